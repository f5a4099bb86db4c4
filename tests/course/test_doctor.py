"""Each check of `course doctor`, both when all is well and when it is not."""

import socket
import sys
from types import SimpleNamespace

import pytest

from helpers.course import doctor
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
    assert optional.seen == "no network"


def test_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.getsockname()[1]
        taken = doctor.port(number)
    assert taken.verdict == WARNING
    assert f"--port {number + 1}" in taken.remedy
    assert doctor.port(number).verdict == OK


def test_disk():
    assert doctor.disk(2 * GIB).verdict == OK
    assert doctor.disk(0).verdict == WARNING


@pytest.mark.slow
def test_every_finding_that_is_not_fine_says_what_to_do(make_course):
    results = doctor.examine(make_course())
    assert all(result.remedy for result in results if result.verdict != OK)
    assert doctor.result_table(results).row_count == len(results) == 15
