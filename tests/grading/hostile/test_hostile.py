"""One run of `course grade` over half of them, one of each kind, by `make test-full` one over the
others: nothing crashes, nobody is cheated, nobody cheats."""

import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import nbformat
import psutil
import pytest
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from rich.console import Console

import helpers
from helpers.course import samples
from helpers.course.build import build, read_notebook
from helpers.course.grading import sandbox
from helpers.course.grading.grade import run_grade
from helpers.course.grading.nbgrading import generate_feedback, load_config, marks
from tests.grading.hostile.insiders import INSIDERS
from tests.grading.hostile.submissions import (
    CARELESS,
    NAME,
    SUBMISSIONS,
    TAIL,
    WITH_POSITIONS,
    between,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),  # one fixture grades them all
    pytest.mark.skipif(bool(sandbox.unavailable()), reason=str(sandbox.unavailable())),
]
# Few processes: a hundred copies of a kernel need more memory than a kernel may have here.
LIMITS = f"""
c.Execute.timeout = 10
c.WarmProvisioner.memory = 2048
c.WarmProvisioner.files = 128
c.WarmProvisioner.processes = {64 + 4 * os.cpu_count()}
c.ExecuteAndJudge.restarts = 2
c.ExecuteAndJudge.output_limit = 3
"""


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """A course's folder, with one submission: the right answers."""
    root = tmp_path_factory.mktemp("released") / "course"
    root.mkdir()
    (root / "solutions").mkdir()
    (root / "solutions" / f"{NAME}.py").write_text(WITH_POSITIONS)
    shutil.copy(Path(__file__).parents[3] / "nbgrader_config.py", root)
    build(root)
    samples.make_submissions(root, {NAME: read_notebook(root / "solutions", NAME)}, {})
    shutil.rmtree(root / "submitted" / samples.MISTAKEN)
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    return root


FULL = pytest.mark.full
PARTS = {"each kind": SUBMISSIONS.keys() - TAIL, "tail": TAIL}
of_each_part = pytest.mark.parametrize("part", ["each kind", pytest.param("tail", marks=FULL)])


@pytest.fixture(scope="session")
def graded(released, tmp_path_factory):
    """By part: the course's folder, what was said of every submission to it, and
    {student: {cell: points}}; graded once, by the first test that asks."""

    @cache
    def grade(part):
        submissions = {name: SUBMISSIONS[name] for name in SUBMISSIONS if name in PARTS[part]}
        root = shutil.copytree(released, tmp_path_factory.mktemp("graded") / "course")
        right = (root / "submitted" / samples.RIGHT).rename(root / "right answers")
        for name, submission in submissions.items():
            folder = root / "submitted" / name / NAME
            shutil.copytree(right / NAME, folder)
            submission.change(folder)
        summary = run_grade(root, Console(quiet=True), jobs=2)
        said = {o.student: "\n".join([*o.remarks, o.error or ""]) for o in summary.graded}
        said |= {outcome.student: outcome.error for outcome in summary.failed}
        assert set(said) == set(submissions)
        earned = {}
        for mark in marks(root):
            earned.setdefault(mark.student, {})[mark.cell] = mark.points
        return root, said, earned

    return grade


def outputs(root, student):
    path = root / "autograded" / student / NAME / f"{NAME}.ipynb"
    if not path.exists():
        return ""
    notebook = nbformat.read(path, as_version=4)
    found = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    texts = [o.get("text", "") or str(o.get("data", "")) or str(o.get("evalue")) for o in found]
    return "\n".join(texts) + "".join(o.ename for o in found if o.output_type == "error")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=FULL) if name in TAIL else name for name in SUBMISSIONS],
)
def test_it_gets_its_marks_and_its_message(graded, name):
    root, said, earned = graded("tail" if name in TAIL else "each kind")
    submission = SUBMISSIONS[name]
    shown = outputs(root, name)
    if submission.marks is None:
        assert name not in earned
    else:
        points = (earned[name]["accuracy_check"], earned[name]["double_check"])
        positions = earned[name]["patch_positions_check"]
        assert points == submission.marks, said[name] + shown[-3000:]
        assert positions == submission.positions or submission.positions is None, shown
        assert earned[name]["why"] is None
    assert submission.says in said[name] + shown


def named(said):
    """Those that a person is asked to look at, as the work may not be their own."""
    return {name for name in said if "is it the student's own work?" in said[name]}


@of_each_part
def test_who_knows_the_checks_is_named(graded, part):
    _, said, _ = graded(part)
    hiding = {"the check answers itself", "the reference from its module"}
    hiding |= {name for name, insider in INSIDERS.items() if insider.named}
    assert hiding & said.keys() <= named(said)


@of_each_part
def test_who_does_nothing_of_the_kind_is_not_named(graded, part):
    _, said, _ = graded(part)
    plain = CARELESS.keys() | {name for name, insider in INSIDERS.items() if not insider.named}
    assert plain & said.keys()
    assert not plain & named(said)


@of_each_part
def test_no_notebook_is_large(graded, part):
    root, _, _ = graded(part)
    sizes = {path.stat().st_size for path in (root / "autograded").rglob("*.ipynb")}
    assert max(sizes) < 4 * 2**20


@of_each_part
def test_every_one_has_a_page_of_feedback(graded, part):
    root, _, earned = graded(part)
    generate_feedback(root, NAME)
    assert {path.parts[-3] for path in (root / "feedback").rglob("*.html")} == set(earned)


def test_there_are_at_least_sixty():
    assert len(SUBMISSIONS) >= 60


@of_each_part
def test_nothing_is_left_running(graded, part):
    graded(part)
    assert not [p for p in psutil.process_iter(["cmdline"]) if "4321" in (p.info["cmdline"] or [])]


@of_each_part
def test_nothing_is_left_to_grade(graded, part):
    root, said, _ = graded(part)
    again = run_grade(root, Console(quiet=True), jobs=1)
    refused = [name for name in said if SUBMISSIONS[name].marks is None]
    assert again.graded == []
    assert sorted(outcome.student for outcome in again.failed) == sorted(refused)


def test_the_late_one_is_late(graded):
    root, _, _ = graded("each kind")
    coursedir = CourseDirectory(config=load_config(root))
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        assert str(gradebook.find_submission(NAME, "late").timestamp) == "2020-12-31 23:00:00"


GRADE = """
from pathlib import Path
from rich.console import Console
from helpers.course.grading.grade import run_grade
run_grade(Path.cwd(), Console(quiet=True), jobs=1)
"""
LOOK = """
import contextlib, os, socket
with contextlib.suppress(OSError):
    os.kill(-1, 9)  # spares this process, and the first one of the sandbox
refused = os.strerror(socket.socket().connect_ex(("192.0.2.1", 80)))
print(os.getuid(), os.path.exists({!r}), refused)
bytearray(3 * 2**30)
"""
ORPHAN = """
import os, time
from pathlib import Path
import psutil
from helpers.course.grading import sandbox
package = sandbox.PACKAGE.parent
walls = sandbox.Sandbox(Path("/usr/share"), 4096, {}, package, package)
child = os.fork()
if child == 0:
    sandbox.enter(walls.init)
    if os.fork() == 0 and os.fork() == 0:
        while time.process_time() < 0.5:
            pass
    os._exit(0)
os.waitpid(child, 0)
first, end = psutil.Process(walls.init), time.monotonic() + 60
def waited_for():
    times = first.cpu_times()
    return times.children_user + times.children_system
while waited_for() < 0.4 and time.monotonic() < end:
    time.sleep(0.05)
print(len(first.children()), waited_for())
walls.close()
"""


def test_the_time_of_orphans_counts_and_none_becomes_a_zombie():
    command = [sys.executable, "-c", ORPHAN]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    left, seconds = done.stdout.split()
    assert int(left) == 0 and float(seconds) >= 0.4


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs the other tests here")
def test_an_ordinary_user_grades_within_the_same_walls(released):
    user = 64321  # nobody's
    folders = [
        *sandbox.readable_folders(),
        sandbox.PACKAGE,
    ]  # of which an interpreter may lie in root's home
    closed = {above for path in folders for above in path.parents if not above.stat().st_mode & 1}
    command = ["bwrap", "--dev-bind", "/", "/"]
    command += [word for folder in sorted(closed) for word in ("--tmpfs", str(folder))]
    for folder in folders:
        if not closed & {*folder.parents}:
            continue
        command += [*sandbox.parent_folders(folder), "--ro-bind-try", str(folder), str(folder)]
    command += ["--", "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        root = shutil.copytree(released, Path(home, "course"))
        between(LOOK.format(f"{root}/gradebook.db"))(root / "submitted" / samples.RIGHT / NAME)
        for path in (Path(home), *Path(home).rglob("*")):
            os.chown(path, user, user)
        own = {"HOME": home, "TMPDIR": home, "COURSE_CACHE": f"{home}/cache"}
        own |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(helpers.__path__[0]).parent)}
        subprocess.run([*command, sys.executable, "-c", GRADE], cwd=root, env=own, check=True)
        points = {mark.cell: mark.points for mark in marks(root)}
        shown = outputs(root, samples.RIGHT)
    right = {"accuracy_check": 2, "double_check": 3, "why": None, "patch_positions_check": 3}
    assert points == right
    assert f"{user} False Network is unreachable" in shown
    assert "MemoryError" in shown
