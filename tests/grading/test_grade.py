"""`course grade`: wholly or not at all, once, and on from where it was interrupted."""

import contextlib
import csv
import errno
import fcntl
import html
import io
import json
import os
import pickle
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import nbformat
import psutil
import pytest
from bs4 import BeautifulSoup
from jupyter_client.provisioning import KernelProvisionerFactory
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins.export import CsvExportPlugin
from rich.console import Console
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from helpers.course import CourseError, insight
from helpers.course.build import build
from helpers.course.export import export_marks
from helpers.course.grading import evidence, grade, nbgrading, sandbox, submission
from helpers.course.grading.grade import Summary, redrawn, report, run_grade, run_regrade
from helpers.course.grading.gradebook import Book
from helpers.course.grading.nbgrading import marks, opened
from helpers.course.grading.submission import Outcome, Task, plain_text
from helpers.course.grading.warm import Template
from tests.grading.hostile.submissions import NAME, RIGHT, SOURCE, WRONG

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(sandbox.unavailable()), reason=str(sandbox.unavailable())),
]
QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    root = tmp_path_factory.mktemp("released")
    (root / "solutions").mkdir()
    (root / "solutions" / f"{NAME}.py").write_text(SOURCE)
    shutil.copy(Path(__file__).parents[2] / "nbgrader_config.py", root)
    build(root)
    return root


@pytest.fixture
def course(released, tmp_path):
    root = tmp_path / "course"
    shutil.copytree(released, root)
    return root


@pytest.fixture(autouse=True)
def kernels_of_other_tests_stay_what_they_are(monkeypatch):
    """A worker's process sets what starts its kernels for good."""
    factory = KernelProvisionerFactory.instance()
    monkeypatch.setattr(factory, "default_provisioner_name", factory.default_provisioner_name)


def submit(root, student, double="def double(x): return 2 * x", **others):
    sources = {"double": double, **others}
    folder = root / "submitted" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    notebook = json.loads((root / "notebooks" / NAME / f"{NAME}.ipynb").read_text())
    for cell in notebook["cells"]:
        if (name := cell["metadata"].get("nbgrader", {}).get("grade_id")) in sources:
            cell["source"] = sources[name]
    (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook))


def points(root):
    return {mark.student: mark.points for mark in marks(root) if mark.cell == "double_check"}


def card(graded):
    """What a graded notebook, given as text, says of `accuracy`: with WRONG, the inputs too."""
    [shown] = [
        output["data"]["text/html"]
        for cell in nbformat.reads(graded, as_version=4).cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "accuracy_check"
        for output in cell.outputs
    ]
    return shown


def card_of(root, student):
    return card((root / "autograded" / student / NAME / f"{NAME}.ipynb").read_text())


@contextlib.contextmanager
def book_of(root):
    with contextlib.closing(Book(CourseDirectory(config=nbgrading.load_config(root)))) as book:
        yield book


def test_once_again_when_resubmitted_and_when_forced(course, monkeypatch):
    submit(course, "ada", accuracy=WRONG)
    submit(course, "bob", "def double(x): return x", accuracy=WRONG)
    assert len(run_grade(course, QUIET, jobs=2).graded) == 2
    assert points(course) == {"ada": 3, "bob": 0}
    first = card_of(course, "ada")
    assert "called with" in first
    assert card_of(course, "bob") == first
    assert run_grade(course, QUIET).unchanged == 2
    (course / "autograded" / "ada" / NAME / f"{NAME}.ipynb").unlink()
    assert [outcome.student for outcome in run_grade(course, QUIET).graded] == ["ada"]
    submit(course, "bob")
    with opened(course) as (_, gradebook):
        gradebook.remove_student("ada")
    assert sorted(outcome.student for outcome in run_grade(course, QUIET).graded) == ["ada", "bob"]
    assert points(course) == {"ada": 3, "bob": 3}
    forced = run_grade(course, QUIET, students=["ada"], force=True)
    assert [outcome.student for outcome in forced.graded] == ["ada"]
    assert run_grade(course, QUIET).unchanged == 2
    assert (course / "build" / "grading" / NAME / "ada.log").read_text()
    assert card_of(course, "ada") == first
    with book_of(course) as book:
        task = submission.load(course / "submitted" / "ada" / NAME, book.skeleton(NAME, course))
    monkeypatch.setattr(sandbox, "unavailable", lambda: "there is none")
    outcome = submission.grade(task)
    assert outcome.error is None
    assert card(outcome.files[f"{NAME}.ipynb"].decode()) == first
    other = submission.grade(replace(task, seed="7"))
    assert card(other.files[f"{NAME}.ipynb"].decode()) != first


def test_what_a_card_says_is_kept_beside_the_mark_and_counted(course):
    submit(course, "ada", accuracy=RIGHT)
    submit(course, "bob", accuracy=RIGHT.replace("mean", "sum"))
    submit(course, "cy", accuracy=WRONG)
    submit(course, "dot", accuracy=WRONG.replace("0.123", "0.123 + 1e-9"))
    submit(course, "eve", accuracy="1 / 0\ndef accuracy(p, y): return 1")
    run_grade(course, QUIET, jobs=2)
    with opened(course) as (_, gradebook):
        check = insight.read(gradebook, course, NAME).exercises[0]
        automatic = [
            gradebook.find_grade("accuracy_check", NAME, NAME, student).auto_score
            for student in check.answers
        ]
    assert {line.of for line in check.lines} == {5}
    assert sum(line.got * line.points for line in check.lines) == sum(automatic)
    right, mistake, stopped, unexplained = check.reasons()
    assert (right.kind, right.students) == ("right", ("ada",))
    assert (mistake.kind, mistake.students) == ("mistake", ("bob",))
    assert mistake.text == "This counts the hits. Divide by the number of images."
    assert mistake.text in card_of(course, "bob")
    assert (stopped.kind, stopped.students) == ("stopped", ("eve",))
    assert (unexplained.kind, unexplained.students) == ("unexplained", ("cy", "dot"))
    assert html.escape(unexplained.text) in card_of(course, "cy")


def test_a_library_that_is_not_there_is_in_the_list_of_who_grades(course):
    answer = "import no_such_library\ndef accuracy(p, y): return 1.0"
    submit(course, "ada", accuracy=answer)
    [outcome] = run_grade(course, QUIET).graded
    assert outcome.remarks == (
        "accuracy_check: The cell accuracy stopped with ModuleNotFoundError: "
        "No module named 'no_such_library', so `accuracy` is not defined.",
    )


@pytest.fixture
def runs_nothing(monkeypatch):
    """The seeds with which submissions are "graded": none is run, and each earns 1 point."""
    seeds = []

    def outcomes(wanted, *_):
        for folder, against in wanted:
            task = submission.load(folder, against)
            seeds.append(task.seed)
            about = {"scores": {(NAME, "double_check"): 1.0}, "files": {f"{NAME}.ipynb": b"{}"}}
            yield Outcome(task.student, NAME, task.key, **about)

    monkeypatch.setattr(grade, "outcomes", outcomes)
    return seeds


def test_hidden_data_stay_until_others_are_agreed_to(course, runs_nothing):
    submit(course, "ada")
    run_grade(course, QUIET)
    build(course)
    run_grade(course, QUIET, force=True)
    run_regrade(course, QUIET, [NAME], lambda changes: False, redraw=True)
    run_grade(course, QUIET, force=True)
    run_regrade(course, QUIET, [NAME], lambda changes: True, redraw=True)
    run_grade(course, QUIET, force=True)
    first, rebuilt, refused, after_that, agreed, last = runs_nothing
    assert first == rebuilt == after_that
    assert agreed == last
    assert len({first, refused, agreed}) == 3
    assert {len(seed) for seed in runs_nothing} == {32}
    assert first not in (course / "notebooks" / NAME / f"{NAME}.ipynb").read_text()


def test_marks_from_other_hidden_data_are_named_and_left_to_a_regrade(course, runs_nothing):
    for student in ("ada", "bob"):
        submit(course, student)
    run_grade(course, QUIET)
    assert redrawn(course, [NAME]) == []
    with book_of(course) as book:
        book.keep_seed(NAME, 32 * "7")
    submit(course, "bob", "def double(x): return x")
    summary = run_grade(course, QUIET)
    assert [outcome.student for outcome in summary.graded] == ["bob"]
    assert summary.redrawn == redrawn(course, [NAME]) == [NAME]
    console = Console(file=io.StringIO(), width=80)
    report(summary, console)
    said = f"{NAME}: some marks rest on other hidden data than now; `course regrade {NAME}` shows"
    assert said in console.file.getvalue()
    run_regrade(course, QUIET, [NAME], lambda changes: True)
    assert runs_nothing[-2:] == 2 * [32 * "7"]
    assert run_grade(course, QUIET).redrawn == redrawn(course, [NAME]) == []
    with book_of(course) as book:
        book.keep_seed(NAME, 32 * "8")
        for student in ("ada", "bob"):
            book.gradebook.remove_student(student)
    assert redrawn(course, [NAME]) == []


def test_a_gradebook_from_before_there_were_seeds_is_graded_on(course, runs_nothing):
    submit(course, "ada")
    run_grade(course, QUIET)
    with opened(course) as (_, gradebook):
        gradebook.db.execute(text("DROP TABLE course_seeds"))
        key = "substr(key, 1, 24) || '--------' || substr(key, 33)"  # more of the cells' hash
        gradebook.db.execute(text(f"UPDATE course_graded SET key = {key}"))
        gradebook.db.commit()
    submit(course, "bob")
    summary = run_grade(course, QUIET)
    assert ([outcome.student for outcome in summary.graded], summary.unchanged) == (["bob"], 1)
    assert summary.redrawn == [NAME]
    run_regrade(course, QUIET, [NAME], lambda changes: True)
    first, *others = runs_nothing
    assert len(others) == 3 and {*others} != {first}
    assert len({*others}) == 1
    assert run_grade(course, QUIET).redrawn == []


def test_a_mark_given_by_hand_survives_and_is_flagged(course):
    submit(course, "ada")
    run_grade(course, QUIET)
    with opened(course) as (_, gradebook):
        gradebook.find_grade("why", NAME, NAME, "ada").manual_score = 1.5
        gradebook.db.commit()
    run_grade(course, QUIET, force=True)
    with opened(course) as (_, gradebook):
        grade = gradebook.find_grade("why", NAME, NAME, "ada")
        assert (grade.manual_score, grade.needs_manual_grade) == (1.5, True)


def test_what_goes_wrong_while_it_is_entered_leaves_no_trace(course, monkeypatch):
    submit(course, "ada")
    run_grade(course, QUIET)
    submit(course, "ada", "def double(x): return x")
    monkeypatch.setattr(Book, "_keep_files", lambda *_: 1 / 0)
    [failed] = run_grade(course, QUIET).failed
    assert failed.error == "its marks could not be entered: ZeroDivisionError: division by zero"
    assert points(course) == {"ada": 3}
    monkeypatch.undo()
    run_grade(course, QUIET)
    assert points(course) == {"ada": 0}


def test_what_is_entered_once_more_counts_as_graded_only_when_all_is(course, monkeypatch):
    submit(course, "ada")
    run_grade(course, QUIET)
    monkeypatch.setattr(Book, "_keep_files", lambda *_: 1 / 0)
    assert run_regrade(course, QUIET, [NAME], lambda changes: True).failed
    monkeypatch.undo()
    assert len(run_regrade(course, QUIET, [NAME], lambda changes: False).failed) == 0
    assert [outcome.student for outcome in run_grade(course, QUIET).graded] == ["ada"]


@pytest.mark.parametrize(
    "problem", [OSError(errno.ENOSPC, "full"), OperationalError("", {}, Exception("locked"))]
)
def test_what_keeps_all_from_being_entered_ends_the_run(course, monkeypatch, problem):
    def fail(*_):
        raise problem

    submit(course, "ada")
    monkeypatch.setattr(Book, "_keep_files", fail)
    monkeypatch.setattr(grade, "outcomes", lambda *_: [Outcome("ada", NAME, "key")])
    with pytest.raises(CourseError, match=r"(full|locked).* start again: what was graded is kept"):
        run_grade(course, QUIET)
    assert points(course) == {}


def test_a_busy_gradebook_is_waited_for_and_its_password_stays_here(course):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("if True:\n    c.CourseDirectory.db_url = (\n        ")
        config.write(f"'sqlite:///{course}/gradebook.db?timeout=1')\n    last = 'kept'\n")
    coursedir = CourseDirectory(config=nbgrading.load_config(course))
    with contextlib.closing(Book(coursedir)) as book:
        assert book.db.execute(text("PRAGMA busy_timeout")).scalar() == 60_000
        config = book.skeleton(NAME, course).config
    assert "gradebook.db" not in config
    assert "c.Autograde.autograde_preprocessors = graders" in config
    assert "last = 'kept'" in config


def test_a_task_has_the_gradebook_s_cells_in_the_order_of_the_notebook(course):
    with opened(course) as (_, gradebook):  # since then nbgrader adds and removes no cell
        gradebook.add_student("ada")
        gradebook.add_submission(NAME, "ada")
    source = course / "solutions" / f"{NAME}.py"
    cells = re.split(r"\n(?=# %%)", source.read_text())
    cells[1:3], cells[4:6] = cells[4:6], cells[1:3]  # the exercises
    source.write_text("\n".join(cells))
    build(course)
    coursedir = CourseDirectory(config=nbgrading.load_config(course))
    with contextlib.closing(Book(coursedir)) as book:
        cells = book.skeleton(NAME, course).cells[NAME]
    names = ["double", "double_check", "accuracy", "accuracy_check", "why_scheme", "why"]
    assert [cell.name for cell in cells] == names
    assert cells[1].source.splitlines()[0] == "assert double(2) == 4"


def test_what_cannot_be_read_is_refused_and_the_others_are_graded(course, monkeypatch):
    def load(folder, against, really=submission.load):
        return really(folder, against) if folder.parent.name != "bob" else 1 / 0

    monkeypatch.setattr(submission, "load", load)
    odd = {"a\nb": "'a_b'", "[a]": "'_a_'", "*": "'_'", "a:b": "'a_b'", ".x ": "'x'"}
    odd[os.fsdecode(b"M\xfcller")] = "'M_ller'"
    for student in ("ada", "bob", *odd):
        submit(course, student)
    (course / "submitted" / "eve").symlink_to(course / "submitted" / "ada")
    (course / "submitted" / "dan").mkdir()
    (course / "submitted" / "dan" / NAME).symlink_to(course / "submitted" / "ada" / NAME)
    summary = run_grade(course, QUIET)
    assert [outcome.student for outcome in summary.graded] == ["ada"]
    refused = {outcome.student: outcome.error for outcome in summary.failed}
    assert refused["bob"] == "ZeroDivisionError: division by zero"
    for student, safe in odd.items():
        name = plain_text(student.encode(errors="replace").decode())
        assert f"rename it to {safe}" in refused[name if name in refused else student]
    for student in ("eve", f"dan/{NAME}"):
        link = course / "submitted" / student
        name = student.partition("/")[0]
        assert (
            refused[name] == f"{link} is a link, which is not followed: put the folder in its place"
        )


def test_it_goes_on_where_it_was_interrupted_and_leaves_nothing_behind(course, tmp_path):
    students = [f"student {number}" for number in range(7)]
    for student in students:
        submit(course, student)
    temporary = Path(tempfile.mkdtemp())  # pytest's own path is too long for sockets
    environment = {**os.environ, "COURSE_TEST": str(tmp_path), "TMPDIR": str(temporary)}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    environment.pop(Template.VARIABLE, None)  # it starts one, and ends it
    before = {}
    for how, code in ((signal.SIGKILL, -9), (signal.SIGINT, 130)):
        process = subprocess.Popen(
            [shutil.which("course"), "grade", "--jobs", "1"],
            cwd=course,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            # Where the tests run in a shell's background, it would never hear of Ctrl-C.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )
        said = next(line for line in process.stdout if "3 points" in line)
        process.send_signal(how)
        said += process.communicate(timeout=300)[0]
        until = time.monotonic() + 60
        while started_with(environment) and time.monotonic() < until:
            time.sleep(0.2)
        assert started_with(environment) == []
        assert process.returncode == code
        graded = points(course)
        assert before.items() < graded.items()
        assert [student for student in before if f"{student}, " in said] == []
        before = graded
    assert len(before) < len(students)
    summary = run_grade(course, QUIET)
    assert (summary.unchanged, len(summary.graded)) == (len(before), len(students) - len(before))
    assert points(course) == dict.fromkeys(students, 3)
    assert list(temporary.glob("grading-*")) == []
    shutil.rmtree(temporary)


def test_a_temporary_folder_whose_path_is_too_long_is_named(course, tmp_path, monkeypatch):
    temporary = tmp_path / (70 * "x")
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    submit(course, "ada")
    with pytest.raises(CourseError, match=r"x{70}, is too long .* TMPDIR=/tmp"):
        run_grade(course, QUIET)


def started_with(environment):
    """The processes that have this environment, or whose parents had it."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("COURSE_TEST") == environment["COURSE_TEST"]:
                found.append(process.cmdline())
    return found


def test_a_process_that_dies_costs_nobody_else(course, monkeypatch):
    for student in ("ada", "bob", "cy"):
        submit(course, student)
    (course / "submitted" / "bob" / NAME / "die").write_text("")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(DIES)
    summary = run_grade(course, QUIET, jobs=2)
    assert sorted(outcome.student for outcome in summary.graded) == ["ada", "cy"]
    assert [outcome.error for outcome in summary.failed] == [
        "the process that graded it died twice"
    ]


DIES = """
import os
if os.path.exists(os.path.join(os.path.dirname(__file__), "submitted", "student")) and any(
    "die" in files for _, _, files in os.walk(os.path.dirname(__file__))
):
    os._exit(1)
"""


def test_nothing_long_goes_through_the_pipes_of_processes_that_may_be_killed(tmp_path, monkeypatch):
    """A pipe passes on so much at once; for the rest of more one would wait."""
    monkeypatch.setattr(submission, "_in_order", lambda task: 1 / 0)
    pool = SimpleNamespace(submit=lambda *given: given)
    task = Task("ada", NAME, {"large": bytes(10**6)}, "", None, {}, b"no gradebook", "", "")
    workers = grade.PoolWorkers(pool, 1, str(tmp_path))
    run, name = workers.submit(task)
    done = Future()
    done.set_result(run(name))
    assert max(len(pickle.dumps(sent)) for sent in ((run, name), done.result())) < select.PIPE_BUF
    outcome = workers.outcome(done)
    assert (outcome.student, outcome.error is None) == ("ada", False)
    assert list(tmp_path.iterdir()) == []


def test_the_summary_gives_the_reason_and_where_the_log_is(monkeypatch):
    def fail(*_):
        raise OSError("full")

    monkeypatch.setattr(submission, "_in_order", fail)  # what nobody has thought of
    failed = submission.grade(Task("ada", NAME, {}, "", None, {}, b"", "", ""))
    console = Console(file=io.StringIO(), width=80)
    report(Summary(failed=[failed], unchanged=2), console)
    said = console.file.getvalue()
    assert "0 graded, 2 unchanged since they were graded, 1 not graded" in said
    assert f"OSError: full (build/grading/{NAME}/ada.log)" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("terminal", [False, True])
def test_there_is_a_bar_on_a_terminal_and_in_a_file_one_line_a_submission(terminal):
    console = Console(file=io.StringIO(), width=80, force_terminal=terminal)
    scores = {("01_toy", "check"): 2.5, ("01_toy", "why"): None}
    with grade.progress_bar(console, 4) as tell:
        tell(Outcome("ada", "01_toy", "", seconds=1.0))
        tell(Outcome("bob", "01_toy", "", error="no notebook", seconds=2.0))
        tell(Outcome("cy", "01_toy", "", scores=scores, seconds=3.0))
        tell(Outcome("dot", "01_toy", "", scores=scores | {("01_toy", "b"): None}, seconds=1.0))
    said = console.file.getvalue()
    lines = ["ada, 01_toy: 0 points, 1.0 s", "bob, 01_toy: no notebook, 2.0 s"]
    lines.append("cy, 01_toy: 2.5 points and 1 answer to be marked, 3.0 s")
    lines.append("dot, 01_toy: 2.5 points and 2 answers to be marked, 1.0 s")
    assert all(line in said for line in lines)
    assert (said.splitlines() == lines) != terminal
    assert ("4/4" in said) == terminal


def test_nothing_runs_without_the_sandbox_that_the_run_began_with(monkeypatch):
    seen, task = [], Task("ada", NAME, {}, "", None, {}, b"", "", "")
    monkeypatch.setattr(grade, "_side_by_side", lambda waiting, *_: seen.extend(waiting) or ())
    assert list(grade.outcomes([(Path("ada"), task)], 1, None, "")) == []
    [(_, against)] = seen
    monkeypatch.setattr(sandbox, "unavailable", lambda: "out of order")
    failed = submission.grade(against)
    assert failed.error == "there is no sandbox where it was to be graded: out of order"


def test_no_file_of_a_submission_takes_the_place_of_a_module(course, tmp_path):
    submit(course, "eve")
    folder, mark = course / "submitted" / "eve" / NAME, tmp_path / "ran"
    for name in ("json", "multiprocessing", "numpy", "socket"):
        (folder / f"{name}.py").write_text(f"open({str(mark)!r}, 'w')")
    environment = {name: os.environ[name] for name in os.environ if name != Template.VARIABLE}
    command = [shutil.which("course"), "grade"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert "1 graded" in done.stdout
    assert not mark.exists()


def test_two_runs_at_a_time_are_refused(course, monkeypatch):
    submit(course, "ada")
    with (course / ".grading.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CourseError, match="another `course grade`"):
            run_grade(course, QUIET)


def test_unknown_names_are_refused(course):
    with pytest.raises(CourseError, match="no assignment 99_none"):
        run_grade(course, QUIET, ["99_none"])
    with pytest.raises(CourseError, match="nobody has submitted nothing"):
        run_grade(course, QUIET, students=["nobody"])


def test_a_regrade_says_who_gains_and_loses_before_anything_is_written(course, monkeypatch):
    submit(course, "ada")
    submit(course, "bob", "def double(x): return {2: 4, 5: 10}[x]")
    run_grade(course, QUIET)
    source = course / "solutions" / f"{NAME}.py"
    source.write_text(source.read_text().replace("double(5) == 10", "double(7) == 14"))
    build(course)
    seen = []
    run_regrade(course, QUIET, [NAME], lambda changes: seen.extend(changes))
    assert [(one.student, one.before, one.after) for one in seen] == [("bob", 3, 0)]
    assert points(course) == {"ada": 3, "bob": 3}
    run_regrade(course, QUIET, [NAME], lambda changes: True)
    assert points(course) == {"ada": 3, "bob": 0}
    # What was handed in since is for `course grade`.
    submit(course, "bob")
    submit(course, "cy")
    summary = run_regrade(course, QUIET, [NAME], lambda changes: seen.extend(changes))
    assert {one.student: one.error for one in summary.failed} == {
        name: "what lies in submitted/ is not graded yet: after this, type "
        f"`course grade --student {name}`"
        for name in ("bob", "cy")
    }
    assert len(seen) == 1
    # What cancels is a change, too.
    cells = {(NAME, "accuracy_check"): 2.0, (NAME, "double_check"): 1.0, (NAME, "why"): None}
    other = Outcome("ada", NAME, "key", scores=cells)
    monkeypatch.setattr(grade, "outcomes", lambda *_: [other])
    run_regrade(course, QUIET, [NAME], lambda changes: seen.extend(changes))
    assert seen[1:] == [("ada", NAME, 3, 3, ("accuracy_check", "double_check"))]


def test_nbgrader_s_own_tools_say_the_same(course):
    submit(course, "ada")
    submit(course, "bob", "def double(x): return x")
    run_grade(course, QUIET)
    with opened(course) as (coursedir, gradebook):
        gradebook.find_grade("why", NAME, NAME, "ada").manual_score = 1.5
        gradebook.find_grade("why", NAME, NAME, "ada").needs_manual_grade = False
        gradebook.db.commit()
        api = NbGraderAPI(coursedir)  # what the formgrader shows
        shown = {
            one["student"]: (one["autograded"], one["score"], one["needs_manual_grade"])
            for one in api.get_submissions(NAME)
        }
        assert shown == {"ada": (True, 4.5, False), "bob": (True, 0, True)}
        assert {one["student"] for one in api.get_notebook_submissions(NAME, NAME)} == set(shown)
        exporter = CsvExportPlugin()
        exporter.to = str(course / "grades.csv")
        exporter.export(gradebook)
        export_marks(gradebook, course / "marks.csv", "canvas")
    with (course / "grades.csv").open(newline="") as file:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert exported == {"ada": 4.5, "bob": 0}
    with (course / "marks.csv").open(newline="") as file:
        ours = {row[2]: row[-1] for row in csv.reader(file)}
    assert (ours["ada"], ours["bob"]) == ("4.5", "")  # a person has to mark Bob's answer


SEEKS = """
import os
from pathlib import Path

seed, seen = "{}" "{}", dict(os.environ)
own = [path for folder in (".", "/tmp", os.environ["HOME"]) for path in Path(folder).rglob("*")]
for path in [*own, *Path("/proc").glob("[0-9]*/environ"), *Path("/proc").glob("[0-9]*/cmdline")]:
    try:
        seen[str(path)] = path.read_text()
    except (OSError, UnicodeError):
        pass
print("looked", len(seen) > 5, [name for name in seen if seed in seen[name]])
"""


def test_feedback_says_what_failed_but_not_what_is_hidden(course):
    with book_of(course) as book:
        seed = book.seed(NAME)
    seeks = SEEKS.format(seed[:16], seed[16:])
    submit(course, "Zoë d'Été", "def double(x): return {2: 4}.get(x, 0)", accuracy=seeks)
    run_grade(course, QUIET)
    nbgrading.generate_feedback(course, NAME)
    path = course / "feedback" / "Zoë d'Été" / NAME / f"{NAME}.html"
    page = html.unescape(re.sub(r"<[^>]+>", "", path.read_text()))
    for shown in ("the hidden number is five", "assert double(2) == 4", "accuracy: 0 of 2 points"):
        assert shown in page
    for hidden in ("double(5)", "hidden=True", "A point for each reason"):
        assert hidden not in page
    assert "looked True []" in page
    of_the_check = evidence.seed_of("accuracy", seed)
    for path in (p for p in course.rglob("*") if p.suffix in (".html", ".ipynb", ".log")):
        for form in (seed, str(int(seed, 16)), str(of_the_check)):
            assert form not in path.read_text(), path


FAILS = """
import numpy as np, warnings
def deep(number): return deep(number - 1) if number else np.linalg.inv(np.zeros((2, 2)))
import json
warnings.warn(json.__file__)
deep(50)
"""


def test_feedback_shows_what_waits_cards_first_and_short_tracebacks(course):
    submit(course, "ada", accuracy=f"def accuracy(p, y): return 0.123\n{FAILS}")
    run_grade(course, QUIET)

    def page():
        nbgrading.generate_feedback(course, NAME)
        text = (course / "feedback" / "ada" / NAME / f"{NAME}.html").read_text()
        return " ".join(BeautifulSoup(text, "html.parser").find("main").text.split())

    shown = page()
    assert "3 of 7 points so far. 2 points wait for a person who reads: Why? (2)." in shown
    assert "Why?: waits to be read, 2 possible" in shown
    assert "accuracy_check: 0 of 2 points" in shown
    assert shown.index("accuracy: 0 of 2 points at grading") < shown.index("The notebook")
    assert shown.index("The notebook") < shown.index("def accuracy")
    tried = (
        "Try next: Begin with “few images, two classes”. Go through the task again, step by step."
    )
    assert tried in shown and shown.index(tried) < shown.index("The notebook")
    assert shown.count("Nothing is missing here.") == 1  # under the card of `double`
    assert "LinAlgError: Singular matrix" in shown
    assert shown.count("Cell In[") == 3
    assert "python3." in shown  # of the path of the module json, its end
    for folder in (
        sys.prefix,
        sys.base_prefix,
        str(Path(json.__file__).parents[2]),
        "numpy/linalg",
    ):
        assert folder not in shown
    with opened(course) as (_, gradebook):
        grade = gradebook.find_grade("why", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        gradebook.db.commit()
    shown = page()
    assert "4.5 of 7 points" in shown and "Why?: 1.5 of 2 points" in shown
    assert "wait" not in shown


def test_one_page_that_fails_costs_itself(course, monkeypatch):
    for student in ("ada", "bob", "cy"):
        submit(course, student)
    run_grade(course, QUIET)
    page = Path("bob", NAME, f"{NAME}.html")
    assert nbgrading.generate_feedback(course, NAME) == []
    assert (course / "feedback" / page).exists()
    graded = (course / "autograded" / page).with_suffix(".ipynb")
    graded.chmod(0o644)
    graded.write_text("no notebook")
    [problem] = nbgrading.generate_feedback(course, NAME)
    assert problem.startswith(f"nbgrader failed on {NAME} of bob: ")
    log = course / "build" / "nbgrader.log"
    assert problem.endswith(f"its log: {log}") and "Traceback" in log.read_text()
    assert {path.parts[-3] for path in (course / "feedback").rglob("*.html")} == {"ada", "cy"}


def test_what_was_handed_in_is_kept_only_where_no_mark_depends_on_it(course):
    submit(course, "ada", "def double(x): return 2 * x + shift\nshift = 0")
    path = course / "submitted" / "ada" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text())
    forged = {"output_type": "stream", "name": "stdout", "text": "as I say\n"}
    extra = {"cell_type": "code", "source": "print('changed')", "metadata": {}, "id": "own"}
    notebook["cells"].append(extra)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"execution_count": 7, "outputs": [forged, forged]}
    path.write_text(json.dumps(notebook))
    run_grade(course, QUIET)
    assert points(course) == {"ada": 3}
    graded = json.loads((course / "autograded" / "ada" / NAME / f"{NAME}.ipynb").read_text())
    shown = {"".join(cell["source"]): json.dumps(cell.get("outputs")) for cell in graded["cells"]}
    assert [source for source in shown if "as I say" in shown[source]] == ['print("between")']
    between = shown['print("between")']
    assert between.index("it did not run") < between.index("as I say")
    assert "changed" in shown["print('changed')"]
