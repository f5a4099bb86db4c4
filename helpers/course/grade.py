"""Grade a class: submissions side by side, one process that writes, one transaction a submission.

What has been graded is noted in the gradebook itself, in the transaction that enters the marks: a
run that was interrupted, however it was, goes on where it stopped.
"""

import fcntl
import hashlib
import multiprocessing
import os
import shutil
import signal
import stat
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Course,
    Grade,
    Gradebook,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import Column, Float, MetaData, String, Table, Text, insert, select
from sqlalchemy.exc import SAWarning

from helpers.course import CourseError, use_this_environment
from helpers.course import submission as submissions
from helpers.course.nbgrading import load_config
from helpers.course.rebuild import Cell
from helpers.course.submission import Outcome, Task
from helpers.course.warm import Template

LARGEST = 200 * 2**20  # bytes of a submission
MOST_FILES = 1000  # of a submission
RETRIES = 2  # of a submission whose worker on a cluster died

# In the same database as the marks; nbgrader takes no notice of it.
GRADED = Table(
    "course_graded",
    MetaData(),
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("key", String(64)),
    Column("seconds", Float),
    Column("remarks", Text),
)


@dataclass(frozen=True)
class Summary:
    """What a run did: outcomes with marks, and those that a person has to see to."""

    graded: int
    unchanged: int
    failed: list[Outcome]
    remarked: list[Outcome]


def run_grade(
    root: Path,
    console: Console,
    assignments: Iterable[str] = (),
    students: Iterable[str] = (),
    jobs: int | None = None,
    force: bool = False,
    scheduler: str | None = None,
) -> Summary:
    """Grade what was submitted to the course at `root`, and enter it in its gradebook."""
    config = load_config(root)
    course = CourseDirectory(config=config)
    with _alone(root), closing(Book(course)) as book:
        tasks, refused, unchanged = [], [], 0
        for assignment in _chosen(assignments, book.assignments(), "assignment"):
            against = book.skeleton(assignment, root)
            for folder in _submitted(course, assignment, students):
                try:
                    task = _task(folder, assignment, against)
                except CourseError as error:
                    refused.append(Outcome(folder.parent.name, assignment, "", error=str(error)))
                    continue
                if not force and book.holds(task):
                    unchanged += 1
                else:
                    tasks.append(task)
        _unknown(students, course)
        graded, failed, remarked = 0, refused, []
        for outcome in _shown(tasks, jobs or os.cpu_count() or 1, scheduler, console):
            _write_log(root, outcome)
            if outcome.error is None:
                book.enter(outcome, config)
                graded += 1
                remarked += [outcome] if outcome.remarks else []
            else:
                failed.append(outcome)
    return Summary(graded, unchanged, failed, remarked)


def report(summary: Summary, console: Console) -> None:
    """Say what was done, and end with what a person has to see to."""
    console.print(
        f"{summary.graded} graded, {summary.unchanged} unchanged since they were graded, "
        f"{len(summary.failed)} not graded",
        highlight=False,
    )
    for title, outcomes in (
        ("Graded, but look at", summary.remarked),
        ("Not graded", summary.failed),
    ):
        if outcomes:
            console.rule(title)
        for outcome in sorted(outcomes, key=lambda one: (one.assignment, one.student)):
            console.print(
                f"{outcome.student}, {outcome.assignment}:", markup=False, highlight=False
            )
            for line in (*outcome.remarks, *filter(None, [outcome.error])):
                console.print(f"    {line}", markup=False, highlight=False)


class Book:
    """The gradebook, as a run of grading needs it. Only this process writes to it."""

    def __init__(self, course: CourseDirectory):
        self.course = course
        self.gradebook = Gradebook(course.db_url, course.course_id)
        self.db = self.gradebook.db
        GRADED.create(self.gradebook.engine, checkfirst=True)

    def close(self) -> None:
        self.gradebook.close()

    def assignments(self) -> list[str]:
        return sorted(assignment.name for assignment in self.gradebook.assignments)

    def holds(self, task: Task) -> bool:
        """Whether just this submission has been graded already, against the same cells."""
        key = select(GRADED.c.key).where(_row(task))
        return self.db.execute(key).scalar() == task.key and self._folder(task).is_dir()

    def _folder(self, what: Task | Outcome) -> Path:
        folder = self.course.autograded_directory
        return Path(self.course.format_path(folder, what.student, what.assignment))

    def skeleton(self, name: str, root: Path) -> Task:
        """A task without a submission: what any submission to the assignment is graded against."""
        assignment = self.gradebook.find_assignment(name)
        cells = {}
        for notebook in assignment.notebooks:
            cells[notebook.name] = _ordered(notebook, root)
        if not cells:
            raise CourseError(f"{name} has no notebook in the gradebook; run `course build`")
        source = Path(self.course.format_path(self.course.source_directory, ".", name))
        files = _files(source, skip=("*.ipynb",)) if source.is_dir() else {}
        digest = hashlib.sha256(repr((sorted(cells.items()), sorted(files.items()))).encode())
        return Task(
            student="",
            assignment=name,
            files={},
            key=digest.hexdigest(),
            timestamp=None,
            cells=cells,
            gradebook=_copy(self.gradebook, assignment, self.course.course_id),
            config=(root / "nbgrader_config.py").read_text(),
            source_files=files,
        )

    def enter(self, outcome: Outcome, config) -> None:
        """Enter an outcome, wholly or not at all."""
        book, name, student = self.gradebook, outcome.assignment, outcome.student
        with _one_transaction(self.db), warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # nbgrader's own mappings cause them
            book.update_or_create_student(student)
            submission = book.update_or_create_submission(
                name, student, timestamp=outcome.timestamp
            )
            _complete(self.db, submission)
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    grade.auto_score = outcome.scores.get((notebook.name, grade.cell.name))
                    by_hand = grade.manual_score is not None or grade.auto_score is None
                    grade.needs_manual_grade = by_hand
                for comment in notebook.comments:
                    text = outcome.comments.get((notebook.name, comment.cell.name))
                    comment.auto_comment = text
            self.db.flush()
            _penalise(submission, student, config)
            self.db.execute(GRADED.delete().where(_row(outcome)))
            row = {"assignment": name, "student": student, "key": outcome.key}
            row |= {"seconds": outcome.seconds, "remarks": "\n".join(outcome.remarks)}
            self.db.execute(insert(GRADED).values(row))
            self._keep_files(outcome)

    def _keep_files(self, outcome: Outcome) -> None:
        """Put autograded/<student>/<assignment> in the place of an earlier one, at once."""
        target = self._folder(outcome)
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in (*target.parent.glob(".new-*"), *target.parent.glob(".old-*")):
            shutil.rmtree(left)  # by a run that was interrupted
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
        fresh.chmod(0o755)
        submissions.write_files(fresh, outcome.files)
        if target.exists():
            old = Path(tempfile.mkdtemp(prefix=".old-", dir=target.parent))
            target.rename(old / "old")
            fresh.rename(target)
            shutil.rmtree(old)
        else:
            fresh.rename(target)


def _row(what: Task | Outcome):
    return (GRADED.c.assignment == what.assignment) & (GRADED.c.student == what.student)


def _complete(db, submission) -> None:
    """Give a submission the marks to be that the assignment had not when it was first graded."""
    there = {notebook.notebook_id for notebook in submission.notebooks}
    for notebook in submission.assignment.notebooks:
        if notebook.id not in there:
            db.add(SubmittedNotebook(notebook=notebook, assignment=submission))
    db.flush()
    for submitted in submission.notebooks:
        notebook = submitted.notebook
        graded = {grade.cell_id for grade in submitted.grades}
        for cell in (*notebook.grade_cells, *notebook.task_cells):
            if cell.id not in graded:
                db.add(Grade(cell_id=cell.id, notebook=submitted))
        commented = {comment.cell_id for comment in submitted.comments}
        for cell in (*notebook.solution_cells, *notebook.task_cells):
            if cell.id not in commented:
                db.add(Comment(cell_id=cell.id, notebook=submitted))
    db.flush()
    db.expire_all()


@contextmanager
def _one_transaction(db) -> Iterator[None]:
    """nbgrader commits after every step; here its steps count together or not at all."""
    commit = db.commit
    db.commit = db.flush
    try:
        yield
        commit()
    except BaseException:
        db.rollback()
        raise
    finally:
        db.commit = commit


def _penalise(submission, student: str, config) -> None:
    """The late penalty, as nbgrader's preprocessor of that name assigns it."""
    penalties = AssignLatePenalties(config=config)
    penalties.init_plugin()
    late = submission.total_seconds_late
    for notebook in submission.notebooks:
        notebook.late_submission_penalty = None
        if late > 0:
            penalty = penalties.plugin_inst.late_submission_penalty(student, notebook.score, late)
            if penalty is not None:
                penalty = penalties._check_late_penalty(notebook, penalty)
            notebook.late_submission_penalty = penalty


def _ordered(notebook: Notebook, root: Path) -> list[Cell]:
    """The notebook's cells as the gradebook knows them, in the order of the released notebook."""
    graded = {cell.name: cell for cell in (*notebook.grade_cells, *notebook.task_cells)}
    solutions = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    cells = [
        Cell(
            name=cell.name,
            kind=cell.cell_type,
            source=cell.source or "",
            locked=cell.locked,
            grade=cell.name in graded and cell.name not in tasks,
            solution=cell.name in solutions,
            task=cell.name in tasks,
            points=graded[cell.name].max_score if cell.name in graded else 0.0,
            checksum=cell.checksum,
        )
        for cell in notebook.source_cells
    ]
    released = next((root / "notebooks").glob(f"*/{notebook.name}.ipynb"), None)
    if released:  # a database keeps no order
        order = [
            c.metadata.get("nbgrader", {}).get("grade_id") for c in nbformat.read(released, 4).cells
        ]
        cells.sort(key=lambda cell: order.index(cell.name) if cell.name in order else len(order))
    return cells


def _copy(gradebook: Gradebook, assignment: Assignment, course_id: str) -> bytes:
    """A gradebook that holds the assignment and nothing else."""
    notebooks = [notebook.id for notebook in assignment.notebooks]
    cells = select(BaseCell.id).where(BaseCell.notebook_id.in_(notebooks))
    wanted = {
        Course: Course.id == assignment.course_id,
        Assignment: Assignment.id == assignment.id,
        Notebook: Notebook.assignment_id == assignment.id,
        BaseCell: BaseCell.notebook_id.in_(notebooks),
        SourceCell: SourceCell.notebook_id.in_(notebooks),
        **{kind: kind.__table__.c.id.in_(cells) for kind in (GradeCell, SolutionCell, TaskCell)},
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gradebook.db"
        with Gradebook(f"sqlite:///{path}", course_id) as copy:
            copy.db.execute(Course.__table__.delete())
            for kind, which in wanted.items():
                table = kind.__table__
                rows = gradebook.db.execute(select(table).where(which)).mappings().all()
                if rows:
                    copy.db.execute(insert(table), [dict(row) for row in rows])
            copy.db.commit()
        return path.read_bytes()


def _chosen(wanted: Iterable[str], there: list[str], what: str) -> list[str]:
    wanted = list(wanted)
    if unknown := [name for name in wanted if name not in there]:
        known = ", ".join(there) or "none; run `course build`"
        raise CourseError(f"no {what} {unknown[0]} in the gradebook; there are {known}")
    return wanted or there


def _submitted(course: CourseDirectory, assignment: str, students: Iterable[str]) -> list[Path]:
    """The folders submitted/<student>/<assignment>."""
    folder = Path(course.root) / course.submitted_directory
    wanted = set(students)
    found = sorted(folder.glob("*/")) if folder.is_dir() else []
    return [
        student / assignment
        for student in found
        if (student / assignment).is_dir() and (not wanted or student.name in wanted)
    ]


def _unknown(students: Iterable[str], course: CourseDirectory) -> None:
    folder = Path(course.root) / course.submitted_directory
    if unknown := [name for name in students if not (folder / name).is_dir()]:
        raise CourseError(f"{unknown[0]} has submitted nothing: there is no {folder / unknown[0]}")


def _task(folder: Path, assignment: str, against: Task) -> Task:
    """The submission in `folder`, to be graded. Raises `CourseError` if that cannot be."""
    files, remarks = _files(folder), []
    stamp = files.get("timestamp.txt", b"").decode("utf-8", "replace").strip()
    timestamp = None
    if stamp:
        try:
            timestamp = parse_utc(stamp)
        except (ValueError, OverflowError):
            remarks.append(f"timestamp.txt holds no time: {stamp[:60]!r}; not counted as late")
    if timestamp and timestamp > datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1):
        remarks.append(f"it was submitted in the future, {timestamp} UTC: which clock is wrong?")
    if links := [path for path in folder.rglob("*") if path.is_symlink()]:
        remarks.append(f"links are not followed: {', '.join(path.name for path in links[:5])}")
    digest = hashlib.sha256(against.key.encode())
    for name, content in sorted(files.items()):
        digest.update(f"{len(name.encode())} {name} {len(content)} ".encode() + content)
    return replace(
        against,
        student=folder.parent.name,
        files=files,
        key=digest.hexdigest(),
        timestamp=timestamp,
        remarks=tuple(remarks),
    )


def _files(folder: Path, skip: Iterable[str] = ()) -> dict[str, bytes]:
    """Every plain file below a folder; no link is followed."""
    found, size = {}, 0
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or any(path.match(pattern) for pattern in skip):
            continue
        name = path.relative_to(folder)
        if any(part.startswith(".") or part == "__pycache__" for part in name.parts):
            continue
        size += status.st_size
        if size > LARGEST or len(found) == MOST_FILES:
            raise CourseError(
                f"the submission has more than {MOST_FILES} files or {LARGEST // 2**20} MiB; "
                "take out what does not belong to it"
            )
        found[name.as_posix()] = path.read_bytes()
    return found


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Only one run at a time grades a course."""
    with open(root / ".grading.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError("another `course grade` is at work here; wait for it") from None
        yield


def _write_log(root: Path, outcome: Outcome) -> None:
    path = root / "build" / "grading" / outcome.assignment / f"{outcome.student}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{outcome.seconds:.1f} s", *outcome.remarks, outcome.error or "graded", outcome.log]
    path.write_text("\n".join(lines), encoding="utf-8")


def _shown(
    tasks: list[Task], jobs: int, scheduler: str | None, console: Console
) -> Iterator[Outcome]:
    """The outcomes as they come, each with a line of its own below a progress bar."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        bar = progress.add_task("grading", total=len(tasks))
        outcomes = on_cluster(tasks, scheduler) if scheduler else on_this_computer(tasks, jobs)
        for outcome in outcomes:
            yield outcome
            said = outcome.error.splitlines()[0] if outcome.error else _points(outcome)
            line = f"{outcome.student}, {outcome.assignment}: {said}, {outcome.seconds:.1f} s"
            console.print(line, markup=False, highlight=False)
            progress.advance(bar)


def _points(outcome: Outcome) -> str:
    earned = [score for score in outcome.scores.values() if score is not None]
    by_hand = len(outcome.scores) - len(earned)
    return f"{sum(earned):g} points" + (f" and {by_hand} to be marked" if by_hand else "")


def on_this_computer(tasks: list[Task], jobs: int) -> Iterator[Outcome]:
    """Grade side by side in processes of this computer."""
    if not tasks:
        return
    use_this_environment()
    # More threads than cores only wait for each other.
    for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(variable, "1")
    Template.address()  # one for all workers: they inherit it
    waiting = list(reversed(tasks))
    while waiting:
        pool, running = _pool(min(jobs, len(waiting))), {}
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    task = waiting.pop()
                    running[pool.submit(submissions.grade, task)] = task
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    outcome = future.result()
                    del running[future]
                    yield outcome
        except BrokenProcessPool:
            # One of them died, and nobody knows which.
            yield from map(_graded_alone, running.values())
        finally:
            for process in multiprocessing.active_children():
                process.terminate()
            pool.shutdown()


def _pool(jobs: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["helpers.course.evidence", "helpers.course.nbgrading"])
    # Ctrl-C is for the process that writes: it ends the others.
    ignore = (signal.SIGINT, signal.SIG_IGN)
    return ProcessPoolExecutor(jobs, context, initializer=signal.signal, initargs=ignore)


def _graded_alone(task: Task) -> Outcome:
    with _pool(1) as pool:
        try:
            return pool.submit(submissions.grade, task).result()
        except BrokenProcessPool:
            error = "the process that graded it died twice"
            return Outcome(task.student, task.assignment, task.key, error=error)


def on_cluster(tasks: list[Task], scheduler: str) -> Iterator[Outcome]:
    """Grade on the workers of an existing dask.distributed cluster."""
    try:
        from distributed import Client, as_completed
    except ImportError as error:
        raise CourseError("--scheduler needs dask: pip install 'inside-cnns[cluster]'") from error
    try:
        client = Client(scheduler, timeout=20)
    except (OSError, ValueError) as error:
        raise CourseError(f"no scheduler answers at {scheduler}: {error}") from error
    with client:
        futures = {
            client.submit(submissions.grade, task, pure=False, retries=RETRIES): task
            for task in tasks
        }
        for future in as_completed(futures):
            task = futures[future]
            if future.status == "finished":
                yield future.result()
            else:
                error = f"its worker failed: {future.exception()}"
                yield Outcome(task.student, task.assignment, task.key, error=error)
            future.release()
