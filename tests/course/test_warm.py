"""Kernels forked from a template: as good as fresh ones, and each in walls of its own."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from helpers.course.grading import kept, sandbox, warm
from helpers.course.grading.warm import Template
from helpers.datasets.core import cache_dir

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sandbox.kernels_fork(), reason="kernels are forked on Linux alone"),
]
walled = pytest.mark.skipif(bool(sandbox.unavailable()), reason=str(sandbox.unavailable()))
TRAINS = """
import keras, numpy as np, tensorflow as tf
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(1)])
model.compile("sgd", "mse")
x = np.linspace(0, 1, 32, dtype="float32").reshape(8, 4)
loss = model.fit(x, x.sum(1), epochs=3, verbose=0).history["loss"][-1]
with tf.GradientTape() as tape:
    tape.watch(given := tf.constant(x))
    out = tf.reduce_sum(model(given) ** 2)
print(f"{loss:.5f} {float(tf.reduce_sum(tape.gradient(out, given))):.5f}")
"""


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Return a function that runs cells in a warm kernel, and returns what they print or raise."""
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", "warm-sandbox")
    (tmp_path / "data.txt").write_text("given")

    def in_a_kernel(*sources, **limits):
        notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
        settings = {"allow_errors": True, "shutdown_kernel": "immediate", "timeout": 300}
        settings |= {"iopub_timeout": 60, "startup_timeout": 300}
        settings["config"] = Config({"WarmProvisioner": limits})
        resources = {"metadata": {"path": str(tmp_path)}}
        NotebookClient(notebook, kernel_name="python3", resources=resources, **settings).execute()
        outputs = [output for cell in notebook.cells for output in cell.outputs]
        errors = [f"{o.ename}: {o.evalue}" for o in outputs if o.output_type == "error"]
        return "".join([o.get("text", "") for o in outputs] + errors)

    return in_a_kernel


def test_it_trains_and_differentiates_like_a_fresh_process(run):
    fresh = subprocess.run(
        [sys.executable, "-c", TRAINS], capture_output=True, text=True, check=True
    )
    assert run(TRAINS) == fresh.stdout


@walled
def test_nothing_passes_from_one_kernel_to_the_next(run):
    change = (
        "import numpy, builtins, os\nnumpy.mean = builtins.secret = 3\nos.environ['SECRET'] = '1'"
    )
    run(change, "open('/tmp/left', 'w').write('x')")
    look = "import numpy, builtins, os\nprint(callable(numpy.mean), hasattr(builtins, 'secret'), "
    assert run(look + "os.environ.get('SECRET'), os.path.exists('/tmp/left'))") == (
        "True False None False\n"
    )


def test_two_kernels_draw_other_numbers(run):
    draw = "import random, numpy as np; print(random.random(), np.random.rand())"
    assert run(draw) != run(draw)


def test_it_works_on_a_copy_of_the_submission(run, tmp_path):
    said = run("print(open('data.txt').read())", "with open('data.txt', 'w') as f: f.write('new')")
    assert said.startswith("given")
    assert (tmp_path / "data.txt").read_text() == "given"


def test_pictures_appear_and_lines_with_an_exclamation_mark_run(run):
    said = run("import matplotlib.pyplot as plt; _ = plt.plot([1, 2])", "!echo hello")
    assert "hello" in said


@walled
def test_it_sees_the_course_s_package_but_neither_solutions_nor_tests(run, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))  # that of tests may lie in there
    look = "import helpers, pathlib\nroot = pathlib.Path(helpers.__file__).parents[1]\n"
    # .venv and build: where `make` puts the environment and CI the trained networks.
    look += "print(sorted({p.name for p in root.iterdir()} - {'.venv', 'build'}))"
    assert run(look) == "['datasets', 'helpers']\n"


@walled
def test_it_is_nobody_and_can_become_nobody_else(run):
    ask = "import os\nprint(os.getuid() != 0, open('/proc/self/status').read())"
    said = run(ask)
    assert said.startswith("True" if os.geteuid() == 0 else str(os.getuid() != 0))
    for line in ("CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1"):
        assert line in said


SECRETS = ("TF_CLI_CONFIG_FILE", "TF_TOKEN_app_example_org", "COURSE_DB_PASSWORD", "OMP_TOKEN")
SECRETS += ("KERAS_BACKEND_TOKEN", "LC_SECRET", "LANG_SECRET", "PYTHONPATH_2", "PROCESSOR_KEY")


@walled
def test_it_does_not_see_the_environment_of_who_grades(run, monkeypatch):
    assert "PYTEST_CURRENT_TEST" in os.environ
    for name in SECRETS:
        monkeypatch.setenv(name, "a secret")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    look = "for who in ('self', 1):\n    try: print(open(f'/proc/{who}/environ').read())\n"
    said = run(look + "    except OSError: pass")
    assert "PATH=" in said and "OMP_NUM_THREADS=1" in said
    for name in ("PYTEST_CURRENT_TEST", "a secret", "COURSE_KERNEL_TEMPLATE", *SECRETS):
        assert name not in said


def test_a_sandbox_that_cannot_be_made_is_none(monkeypatch, tmp_path):
    program = tmp_path / "bwrap"
    program.write_text("#!/bin/sh\necho no namespaces >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    reason = "bubblewrap does not work here: bubblewrap failed: no namespaces"
    assert sandbox.unavailable.__wrapped__() == reason
    program.write_text("#!/bin/sh\nkill -KILL $PPID\n")
    assert sandbox.unavailable.__wrapped__() == "bubblewrap does not work here: exit code -9"


@walled
def test_memory_that_is_no_process_s_is_refused(run):
    call = "ctypes.CDLL(None, use_errno=True)"
    said = run(
        f"import ctypes; print({call}.shmget(0, 4096, 0o1600), {call}.msgget(0, 0o1600))",
        "import os; os.memfd_create('x')",
    )
    assert said == "-1 -1\nPermissionError: [Errno 1] Operation not permitted"


@walled
def test_it_can_write_only_where_it_is_counted(run):
    look = "import os\nmounts = [line.split() for line in open('/proc/self/mounts')]\n"
    look += "print(*sorted(m[1] for m in mounts if os.path.isdir(m[1]) and m[2] != 'proc' "
    look += "and m[3].startswith('rw')))"
    assert run(look) == "/dev/shm /tmp\n"


def test_another_template_is_started_where_one_has_died(run):
    address = Template.address()
    Template._started[-1].kill()
    Template._started[-1].wait()
    assert run("print('alive')") == "alive\n"
    assert Template.address() != address
    assert not Path(address).exists()


def test_a_kernel_that_is_not_to_be_had_leaves_nothing_behind(run, monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("temporary")

    def refuse(request):
        raise OSError("no kernel")

    monkeypatch.setattr(warm, "_Kernel", refuse)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    with pytest.raises(OSError, match="no kernel"):
        run("print('alive')")
    assert list(folder.iterdir()) == []


def test_without_walls_it_has_limits_and_a_copy_and_leaves_nothing_behind(
    run, tmp_path, monkeypatch
):
    monkeypatch.setattr(sandbox, "unavailable", lambda: "tried without")
    seconds = f"4322.{os.getpid()}"  # no other run's
    leave = f"import subprocess; _ = subprocess.Popen(['sleep', {seconds!r}], start_new_session=1)"
    said = run("_ = open('data.txt', 'w').write('changed')", leave, "x = bytearray(5 * 2**30)")
    assert said.startswith("MemoryError")
    assert (tmp_path / "data.txt").read_text() == "given"
    assert not [p for p in psutil.process_iter(["cmdline"]) if seconds in (p.info["cmdline"] or [])]


@pytest.fixture(params=["in a sandbox", "without"])
def walls(request, monkeypatch):
    """Both ways in which a submission runs; what it is told where it writes to what is linked."""
    if request.param == "without":
        monkeypatch.setattr(sandbox, "unavailable", lambda: "tried without")
        return ""
    if sandbox.unavailable():
        pytest.skip(sandbox.unavailable())
    return "OSError: [Errno 30] Read-only file system"


@pytest.fixture
def cache(request, monkeypatch, tmp_path):
    """The course's cache, with a trained network in it; the home of who grades is empty else."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("KERAS_HOME", raising=False)
    if getattr(request, "param", None) == "where COURSE_CACHE says":
        monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    else:
        monkeypatch.delenv("COURSE_CACHE", raising=False)
    folder = cache_dir()
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "trained").write_text("weights")
    (folder / "models" / "removed").write_text("weights")
    return folder


FIND = "from helpers.datasets.core import cache_dir\nfolder = cache_dir() / 'models'\n"
ADD = """
(folder / "new").write_text("x")
(folder / "removed").unlink()
(folder / "trained.new").write_text("y")
(folder / "trained.new").replace(folder / "trained")  # as a network is kept
print((folder / "trained").read_text())
"""


@pytest.mark.parametrize("cache", ["in the user's cache", "where COURSE_CACHE says"], indirect=True)
def test_it_reads_the_course_s_cache_and_writes_to_its_own(run, walls, cache):
    assert run(FIND + "print((folder / 'trained').read_text())", ADD) == "weights\ny\n"
    assert {path.name: path.read_text() for path in (cache / "models").iterdir()} == {
        "trained": "weights",
        "removed": "weights",
    }
    # What one has added the next does not find.
    assert run(FIND + "print((folder / 'new').exists())") == "False\n"


def test_it_cannot_write_through_to_the_course_s_cache(run, walls, cache):
    said = run(FIND + "_ = (folder / 'trained').write_text('damaged')")
    assert said.startswith(walls)
    assert bool(said) == bool(walls)  # where it is a copy it may
    assert (cache / "models" / "trained").read_text() == "weights"


def test_mnist_is_found_where_keras_has_put_it(run, walls, cache):
    archive = Path.home() / ".keras" / "datasets" / "mnist.npz"
    archive.parent.mkdir(parents=True)
    archive.write_text("digits")
    look = "import os, pathlib\n"
    look += "print(pathlib.Path('~/.keras/datasets/mnist.npz').expanduser().read_text())"
    assert run(look) == "digits\n"


def test_the_data_are_found_wherever_the_kernel_works(run, walls, cache, tmp_path, monkeypatch):
    (tmp_path / "data" / "mnist").mkdir(parents=True)
    (tmp_path / "data" / "mnist" / "images").write_text("digits")
    monkeypatch.chdir(tmp_path)
    look = "import os, pathlib\nfolder = pathlib.Path(os.environ['COURSE_DATA'])\n"
    look += "print((folder / 'mnist' / 'images').read_text())"
    monkeypatch.setenv("COURSE_DATA", "data")  # a path from where one stands
    assert run(look) == "digits\n"
    monkeypatch.setenv("COURSE_DATA", "~/../data")
    assert run(look) == "digits\n"


def test_what_is_too_large_to_copy_is_linked(tmp_path, monkeypatch):
    (tmp_path / "large").write_bytes(bytes(100))
    (tmp_path / "small").write_bytes(bytes(99))
    monkeypatch.setattr(kept, "LARGEST_COPY", 99)
    kept.bring({"cache": tmp_path}, tmp_path / "home", kept.copy)
    links = {path.name: path.is_symlink() for path in (tmp_path / "home" / "cache").iterdir()}
    assert links == {"large": True, "small": False}


@walled
def test_processes_and_their_processor_time_are_bounded_together(run):
    start = "from threading import Event, Thread\nfor _ in range(50): Thread(target=Event().wait, "
    assert "can't start new thread" in run(start + "daemon=True).start()", processes=40)
    burn = "import os, time\nwhile True:\n    if os.fork() == 0:\n"  # each within the limit
    burn += "        while time.process_time() < 1: pass\n        os._exit(0)\n    os.wait()"
    with pytest.raises(DeadKernelError):
        run(burn, cpu=3)


@walled
def test_processes_that_share_their_memory_are_no_bomb(run):
    share = "x = b'1' * 10**9\nimport os, time\nfor _ in range(8):\n"
    share += "    if os.fork() == 0:\n        time.sleep(3); os._exit(0)\n"
    assert run(share + "time.sleep(2.5); print('alive')") == "alive\n"
