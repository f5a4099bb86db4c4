"""`course grade` where there is no Linux: what macOS and Windows lack is taken from `helpers`.

Libraries go on as on Linux, for only the modules of `helpers` see another system. So this shows
that `helpers` needs nothing that is not there; not, that the libraries work there.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from helpers.course import samples
from helpers.course.build import build, read_notebook
from helpers.course.grading import warm
from helpers.course.grading.nbgrading import marks
from helpers.course.grading.warm import Template, signal_name
from tests.grading.hostile.submissions import (
    NAME,
    SOURCE,
    SUBMISSIONS,
    Submission,
    between,
    file_of,
)

# In the environment of a process it comes before all else, and so in those that it starts.
SITECUSTOMIZE = '''
import builtins, fcntl, multiprocessing, os, platform, signal, socket, sys, types

NEW = "pidfd_open setns unshare setresuid setresgid sched_getaffinity memfd_create"
UNIX = "fork forkpty getuid geteuid getgid getegid setuid setgid setgroups setsid getpgid killpg "
UNIX += "chown lchown uname statvfs mkfifo WNOHANG register_at_fork sched_yield O_NOFOLLOW sysconf"
SIGNALS = "SIGKILL SIGXCPU SIGCHLD SIGHUP SIGUSR1 SIGUSR2 SIGALRM SIGSTOP alarm pthread_sigmask"
WINDOWS = {windows!r}


class Without(types.ModuleType):
    """A module without some of its names, and with other values of some."""

    def __init__(self, real, lacks="", **has):
        super().__init__(real.__name__)
        vars(self).update(_real=real, _lacks=lacks.split(), **has)

    def __getattr__(self, name):
        if name in self._lacks:
            raise AttributeError(f"module {{self.__name__!r}} has no attribute {{name!r}}")
        return getattr(self._real, name)

    def __setattr__(self, name, value):
        setattr(self._real, name, value)


def locking(handle, mode, count):
    fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, count, 0, os.SEEK_CUR)


multiprocessing.set_start_method("spawn", force=True)
if WINDOWS:
    seen = [Without(os, f"{{NEW}} {{UNIX}}", name="nt"), Without(signal, SIGNALS)]
    seen += [Without(sys, platform="win32"), Without(socket, "AF_UNIX")]
    seen += [Without(platform, system=lambda: "Windows", release=lambda: "11")]
    seen += [Without(types.ModuleType("msvcrt"), locking=locking, LK_NBLCK=2)]
    gone = ("fcntl", "resource", "pwd", "grp", "termios")
    for method in ("fork", "forkserver"):
        del multiprocessing.context._concrete_contexts[method]
else:
    seen = [Without(os, NEW), Without(sys, platform="darwin")]
    seen += [Without(platform, system=lambda: "Darwin", release=lambda: "24.6.0")]
    gone = ()
seen = {{module.__name__: module for module in seen}}
real = builtins.__import__


def imported(name, globals=None, locals=None, fromlist=(), level=0):
    if ((globals or {{}}).get("__package__") or "").partition(".")[0] == "helpers":
        if name in gone:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
        if name in seen and not fromlist:
            return seen[name]
    return real(name, globals, locals, fromlist, level)


builtins.__import__ = imported
'''
# One process, which imports once, for all commands of a term.
TERM = """
import json, sys
from typer.testing import CliRunner
from helpers.course.cli import app

if __name__ == "__main__":
    for command in json.loads(sys.argv[1]):
        done = CliRunner().invoke(app, command)
        print(f"exit code {done.exit_code}:", *done.output.split())
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
"""
MEMORY = 1500  # MiB
EATS = "x = b'1' * 3 * 2**30\nimport time\ntime.sleep(600)"
LEAVES = "import subprocess; subprocess.Popen(['sleep', '4322.5']); print('left')"
SHADOW = "raise SystemExit"
DAMAGES = """
from helpers.datasets.core import cache_dir
network = cache_dir() / "models" / "trained"
print("found", network.read_text())
network.write_text("damaged")
"""
CHOSEN = {
    **{
        name: SUBMISSIONS[name]
        for name in ("right", "one step of the rubric", "constants of the visible check")
    },
    "untouched, with a module beside it": Submission(
        file_of("numpy.py", SHADOW), SUBMISSIONS["numpy.py beside it"].marks
    ),
    "leaves Python in between": SUBMISSIONS["leaves Python in between"],
    "leaves a process behind": Submission(between(LEAVES)),
    "damages what is kept": Submission(between(DAMAGES)),
    "eats memory": Submission(between(EATS), says=f"used more than {MEMORY} MiB of memory"),
}


def put_elsewhere(folder, windows):
    """The environment of a process for which this is no Linux."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(SITECUSTOMIZE.format(windows=windows))
    ours = {name: os.environ[name] for name in os.environ if name != Template.VARIABLE}
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    return ours | {"PYTHONPATH": path}


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    root = tmp_path_factory.mktemp("released") / "course"
    (root / "solutions").mkdir(parents=True)
    (root / "solutions" / f"{NAME}.py").write_text(SOURCE)
    shutil.copy(Path(__file__).parents[2] / "nbgrader_config.py", root)
    build(root)
    samples.make_submissions(root, {NAME: read_notebook(root / "solutions", NAME)}, {})
    (root / "submitted" / samples.RIGHT).rename(root / "right answers")
    shutil.rmtree(root / "submitted")
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.WarmProvisioner.memory = {MEMORY}\n")
    return root


@pytest.mark.parametrize(
    ("system", "names"),
    [
        pytest.param(
            *("macOS, Darwin 24.6.0", ["right", "leaves a process behind"]), marks=pytest.mark.full
        ),
        ("Windows 11", list(CHOSEN)),
    ],
)
def test_the_marks_are_the_same_where_nothing_can_be_forked(released, tmp_path, system, names):
    root = shutil.copytree(released, tmp_path / "course")
    for name in names:
        shutil.copytree(root / "right answers" / NAME, root / "submitted" / name / NAME)
        CHOSEN[name].change(root / "submitted" / name / NAME)
    environment = put_elsewhere(tmp_path / "elsewhere", windows=system == "Windows 11")
    kept = tmp_path / "cache" / "models" / "trained"
    kept.parent.mkdir(parents=True)
    kept.write_text("weights")
    environment["COURSE_CACHE"] = str(tmp_path / "cache")
    (tmp_path / "term.py").write_text(TERM)
    term = [["build"], ["grade", "--jobs", "2"], ["grade"], ["feedback"], ["export", "marks.csv"]]
    command = [sys.executable, str(tmp_path / "term.py"), json.dumps(term)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    built, graded, again, *rest = done.stdout.splitlines()
    assert all(said.startswith("exit code 0") for said in (built, graded, again, *rest)), (
        done.stdout
    )
    missing = f"No sandbox: it needs Linux, 5.3 or later, and this is {system}: "
    assert missing in graded and graded.count("Submissions run with your rights") == 1
    assert f"{len(names)} graded, 0 unchanged" in graded
    assert f"0 graded, {len(names)} unchanged" in again
    earned = {name: {} for name in names}
    for mark in marks(root):
        earned[mark.student][mark.cell] = mark.points
    for name in names:
        points = dict(zip(("accuracy_check", "double_check"), CHOSEN[name].marks, strict=True))
        assert earned[name] == points | {"why": None}, name
        assert CHOSEN[name].says in graded + (root / f"build/grading/{NAME}/{name}.log").read_text()
    assert len(list((root / "feedback").rglob("*.html"))) == len(names)
    if "damages what is kept" in names:
        graded = root / "autograded" / "damages what is kept" / NAME / f"{NAME}.ipynb"
        assert "found weights" in graded.read_text()
    assert kept.read_text() == "weights"
    assert not [
        p for p in psutil.process_iter(["cmdline"]) if "4322.5" in (p.info["cmdline"] or [])
    ]


def test_another_system_lacks_what_it_is_to_lack(tmp_path):
    """Else the test above would show nothing."""
    environment = put_elsewhere(tmp_path / "elsewhere", windows=True)
    look = """
import os
from helpers.course import locked
from helpers.course.grading import grade, sandbox, warm
assert hasattr(os, "fork") and not hasattr(grade.os, "fork")
assert not hasattr(warm.signal, "SIGKILL") and not hasattr(sandbox.os, "pidfd_open")
try:
    sandbox.limit(1, 1, 1, 1)
except ModuleNotFoundError as error:
    print(error)
with open("lock", "a+") as one:
    print(locked(one))
"""
    command = [sys.executable, "-c", look]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout == "No module named 'resource'\nTrue\n", done.stderr


def test_jupyterlab_starts_where_no_program_can_take_another_s_place(released, tmp_path):
    environment = put_elsewhere(tmp_path / "elsewhere", windows=True)
    command = [os.path.join(sysconfig.get_path("scripts"), "course"), "lab", "--version"]
    done = subprocess.run(command, cwd=released, env=environment, capture_output=True, text=True)
    assert done.stdout == f"{metadata.version('jupyterlab')}\n", done.stderr
    assert done.returncode == 0


def test_memory_is_counted_where_nobody_knows_what_processes_share():
    info = SimpleNamespace(rss=3)
    processes = [SimpleNamespace(memory_full_info=lambda: info, number=n) for n in range(4)]
    assert warm.memory_used(processes) == 12


@pytest.mark.parametrize(
    ("code", "name"),
    [(-11, "SIGSEGV"), (-9, "SIGKILL"), (0xC0000005, "SIGSEGV"), (0xC000001D, "SIGILL")],
)
def test_how_a_process_ended_is_named_as_each_system_says_it(code, name):
    assert signal_name(code) == name
    assert signal_name(3) is None
    assert signal_name(-1000) == "signal 1000"
