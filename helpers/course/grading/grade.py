"""Grade a class: submissions side by side, one process that writes, one transaction a submission.

What has been graded is noted in the gradebook itself, in the transaction that enters the marks: a
run that was interrupted, however it was, goes on where it stopped.
"""

import errno
import multiprocessing
import os
import pickle
import shlex
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple, Protocol

from nbgrader.coursedir import CourseDirectory
from rich.console import Console
from sqlalchemy.exc import OperationalError
from traitlets.config import Config

from helpers.course import CourseError, locked, use_this_environment
from helpers.course.grading import sandbox, submission
from helpers.course.grading.gradebook import Book
from helpers.course.grading.nbgrading import clear_database_errors, load_config
from helpers.course.grading.submission import Outcome, Task
from helpers.course.grading.warm import prepare
from helpers.course.terminal import progress

LONGEST_TMPDIR = 70  # characters: a socket's path may have 107, of which 35 are below this folder
LOOK_AGAIN = 30  # seconds without news after which a cluster is asked whether it has workers
PATIENCE = 60  # seconds in which a cluster without workers may get one
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)  # no submission's fault


@dataclass
class Summary:
    """What a run did: outcomes with marks, and those that a person has to see to."""

    unchanged: int = 0
    graded: list[Outcome] = field(default_factory=list)  # without the notebooks
    failed: list[Outcome] = field(default_factory=list)


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
    config, course = _course(root)
    summary = Summary()
    with (
        clear_database_errors(course.db_url),
        _alone(root) as folder,
        closing(Book(course)) as book,
    ):
        where = (book, root, course, assignments, students)
        wanted = _wanted(*where, lambda task: force or not book.holds(task), summary)
        with progress_bar(console, len(wanted)) as tell:
            for outcome in outcomes(wanted, jobs or os.cpu_count() or 1, scheduler, folder):
                tell(_enter(book, root, outcome, config, summary))
    return summary


class Change(NamedTuple):
    """How a regrade changes the automatic points of a submission."""

    student: str
    assignment: str
    before: float
    after: float
    cells: tuple[str, ...]  # whose points change; they may cancel


def run_regrade(
    root: Path,
    console: Console,
    assignments: Iterable[str],
    agree: Callable[[list[Change]], bool],
    jobs: int | None = None,
    scheduler: str | None = None,
) -> Summary:
    """Grade again what was graded; enter it only where `agree` says so of what changes."""
    config, course = _course(root)
    summary = Summary()
    changes: list[Change] = []
    done: list[Path] = []
    with (
        clear_database_errors(course.db_url),
        _alone(root) as folder,
        closing(Book(course)) as book,
    ):

        def as_graded(task: Task) -> bool:
            if not book.knows(task):
                name = shlex.quote(task.student)
                raise CourseError(
                    f"it is not graded as it is now: after this, `course grade --student {name}`"
                )
            return True

        wanted = _wanted(book, root, course, assignments, (), as_graded, summary)
        with progress_bar(console, len(wanted)) as tell:
            for outcome in outcomes(wanted, jobs or os.cpu_count() or 1, scheduler, folder):
                tell(outcome)
                if outcome.error:
                    summary.failed.append(outcome)
                    continue
                before = book.scores(outcome.assignment, outcome.student)
                changes.append(_change(outcome, before))
                # A class's executed notebooks together are more than memory holds.
                done.append(Path(folder, f"outcome-{len(done)}"))
                done[-1].write_bytes(pickle.dumps(outcome))
        if agree(sorted(change for change in changes if change.cells)):
            for path in done:
                _enter(book, root, pickle.loads(path.read_bytes()), config, summary)
    return summary


def _change(outcome: Outcome, before: dict[tuple[str, str], float | None]) -> Change:
    after = outcome.scores
    names = sorted({*before, *after})
    cells = tuple(name[1] for name in names if (before.get(name) or 0) != (after.get(name) or 0))
    old = sum(score for score in before.values() if score is not None)
    return Change(outcome.student, outcome.assignment, old, outcome.points(), cells)


def _enter(book: Book, root: Path, outcome: Outcome, config: Config, summary: Summary) -> Outcome:
    """Keep an outcome, and return what became of it: that it could not be kept, maybe."""
    try:
        _write_log(root, outcome)
        if outcome.error is None:
            book.enter(outcome, config)
    except Exception as error:
        outcome = replace(outcome, error=f"its marks could not be entered: {_reason(error)}")
    (summary.failed if outcome.error else summary.graded).append(outcome.brief())
    return outcome


def _reason(error: Exception) -> str:
    """What to say of the submission that it happened to. Raises `CourseError` where it would
    happen to all: a disk is full, the gradebook is busy or gone."""
    if isinstance(error, CourseError):
        return str(error)
    said = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    database = {type(error), type(error.__context__)}  # nbgrader raises an error of its own instead
    if OperationalError in database or getattr(error, "errno", None) in DISK:
        raise CourseError(
            f"{said}; put it right (a full disk, or another program that keeps the gradebook?) and "
            "start again: what was graded is kept"
        ) from error
    return said


def _course(root: Path) -> tuple[Config, CourseDirectory]:
    config = load_config(root)
    return config, CourseDirectory(config=config)


def _wanted(
    book: Book,
    root: Path,
    course: CourseDirectory,
    assignments: Iterable[str],
    students: Iterable[str],
    to_do: Callable[[Task], bool],
    summary: Summary,
) -> list[tuple[Path, Task]]:
    """What there is `to_do`; the rest, and what cannot be read, goes into the summary."""
    wanted = []
    for assignment in _chosen(assignments, book.assignments()):
        against = book.skeleton(assignment, root)
        for folder in _submitted(course, assignment, students):
            try:
                chosen = to_do(submission.load(folder, against))
            except Exception as error:  # of what one may hand in there is no list
                summary.failed.append(_refused(folder, against, _reason(error)))
                continue
            if chosen:
                wanted.append((folder, against))  # loaded again when its turn comes
            else:
                summary.unchanged += 1
    return wanted


def report(summary: Summary, console: Console) -> None:
    """Say what was done, and end with what a person has to see to."""
    console.print(
        f"{len(summary.graded)} graded, {summary.unchanged} unchanged since they were graded, "
        f"{len(summary.failed)} not graded",
        highlight=False,
    )
    remarked = [outcome for outcome in summary.graded if outcome.remarks]
    for title, found in {"Graded, but look at": remarked, "Not graded": summary.failed}.items():
        if found:
            console.rule(title)
        for outcome in sorted(found, key=lambda one: (one.assignment, one.student)):
            said = [*outcome.remarks]
            if outcome.error:
                first, *more = outcome.error.splitlines()
                said.append(first + (f" ({_log(outcome)})" if more else ""))
            text = "\n    ".join([f"{outcome.student}, {outcome.assignment}:", *said])
            console.print(text, markup=False, highlight=False, soft_wrap=True)


def outcomes(
    wanted: list[tuple[Path, Task]], jobs: int, scheduler: str | None, folder: str
) -> Iterator[Outcome]:
    """Grade submissions side by side, in any order, as many at a time as there are workers.

    `folder`: where workers of this computer put what is temporary.
    """
    if not wanted:
        return
    contained = no_sandbox(scheduler) is None  # found out once: no worker goes on without
    wanted = [(folder, replace(against, contained=contained)) for folder, against in wanted]
    died: list[tuple[Path, Task]] = []
    yield from _side_by_side(deque(wanted), jobs, scheduler, folder, died)
    # Where processes share a pool, all die with one, and nobody knows which it was.
    for one in died:
        again: list[tuple[Path, Task]] = []
        yield from _side_by_side(deque([one]), 1, scheduler, folder, again)
        for submitted, against in again:
            yield _refused(submitted, against, "the process that graded it died twice")


def _side_by_side(
    waiting: deque[tuple[Path, Task]], jobs: int, scheduler: str | None, folder: str, died: list
) -> Iterator[Outcome]:
    """The outcomes; into `died` goes what was lost with its worker."""
    while waiting:
        with _workers(jobs, scheduler, folder) as workers:
            running: dict[Future, tuple[Path, Task]] = {}
            broken = False
            while running or (waiting and not broken):
                while waiting and len(running) < workers.width and not broken:
                    one = waiting.popleft()
                    try:
                        running[workers.submit(submission.load(*one))] = one
                    except BrokenExecutor:
                        waiting.appendleft(one)
                        broken = True
                    except Exception as error:
                        yield _refused(*one, _reason(error))
                done = wait(running, LOOK_AGAIN, FIRST_COMPLETED).done
                if running and not done:
                    workers.expect_one()
                for future in done:
                    one = running.pop(future)
                    try:
                        outcome = workers.outcome(future)
                    except CourseError:
                        raise
                    except Exception as error:  # of the worker; `grade` itself never raises
                        died.append(one)
                        broken |= isinstance(error, BrokenExecutor)
                    else:
                        yield outcome


class Workers(Protocol):
    """Who grades, here or on a cluster; `width` is how many tasks to give them at a time."""

    width: int

    def submit(self, task: Task) -> Future: ...

    def outcome(self, future: Future) -> Outcome: ...

    def expect_one(self) -> None:
        """`CourseError` where nobody is left."""


@contextmanager
def _workers(jobs: int, scheduler: str | None, folder: str) -> Iterator[Workers]:
    if scheduler:
        with _cluster(scheduler) as client:
            yield ClusterWorkers(client)
        return
    if sandbox.kernels_fork() and len(tempfile.gettempdir()) > LONGEST_TMPDIR:
        raise CourseError(
            f"the path of the folder for temporary files, {tempfile.gettempdir()}, is too long for "
            "the sockets in it; choose another: TMPDIR=/tmp course grade"
        )
    use_this_environment()
    os.environ["PYTHONSAFEPATH"] = "1"  # for the pool: see `sandbox.unavailable`
    prepare()  # one template for all workers: they inherit it
    # Elsewhere a fork does not survive what was loaded before, or there is none.
    context = multiprocessing.get_context("forkserver" if sandbox.kernels_fork() else "spawn")
    if sandbox.kernels_fork():
        context.set_forkserver_preload(
            ["helpers.course.grading.evidence", "helpers.course.grading.nbgrading"]
        )
    pool = ProcessPoolExecutor(jobs, context, initializer=_start_worker, initargs=(folder,))
    try:
        yield PoolWorkers(pool, jobs, folder)
    finally:
        for process in multiprocessing.active_children():
            process.terminate()
        pool.shutdown()


@dataclass
class PoolWorkers:
    """Processes of this computer. A task lies in a file of the folder, and so does its outcome. The
    pool's pipes carry the file's name alone: the rest of what a process was sending when it was
    killed would be waited for without end."""

    pool: ProcessPoolExecutor
    width: int
    folder: str

    def submit(self, task: Task) -> Future:
        with tempfile.NamedTemporaryFile(dir=self.folder, prefix="task-", delete=False) as file:
            pickle.dump(task, file)
        return self.pool.submit(_grade_file, file.name)

    def outcome(self, future: Future) -> Outcome:
        try:
            file = Path(future.result())
        except OSError as error:  # it could not be written
            raise CourseError(_reason(error)) from error
        outcome = pickle.loads(file.read_bytes())
        file.unlink()
        return outcome

    def expect_one(self) -> None:
        """The pool itself says who died."""


def _grade_file(name: str) -> str:
    """In a worker: put the outcome in the place of the task."""
    file = Path(name)
    outcome = submission.grade(pickle.loads(file.read_bytes()))
    file.write_bytes(pickle.dumps(outcome))
    return name


class ClusterWorkers:
    """The workers of a Dask cluster."""

    def __init__(self, client: Any):
        self.client, self.executor = client, client.get_executor(pure=False)
        self.width = max(1, 2 * sum(client.nthreads().values()))

    def submit(self, task: Task) -> Future:
        return self.executor.submit(submission.grade, task)

    def outcome(self, future: Future) -> Outcome:
        """Of its worker nobody knows whether it was there when all were asked for their version."""
        outcome = future.result()
        if outcome.version != submission.version():
            raise _other_version("a Dask worker that came late", outcome.version)
        return outcome

    def expect_one(self) -> None:
        _expect_a_worker(self.client)


@contextmanager
def _cluster(scheduler: str) -> Iterator:
    """A client of a Dask cluster that has a worker."""
    try:
        from distributed import Client
    except ImportError as error:
        hint = "--scheduler needs Dask: pip install -e '.[cluster]' in the course's folder"
        raise CourseError(hint) from error
    try:
        client = Client(scheduler, timeout=20)
    except (OSError, ValueError, TypeError) as error:
        raise CourseError(
            f"no Dask scheduler answers at {scheduler}: {error}; name it as it names itself when "
            "it starts, like tcp://host:8786"
        ) from error
    with client:
        _expect_a_worker(client)
        _expect_same_version(client)
        yield client


def _expect_a_worker(client) -> None:
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except OSError as error:  # a TimeoutError is one
        raise CourseError(
            f"the Dask scheduler at {client.scheduler.address} has no workers, or is gone; start "
            "some, and then this command again: what was graded is kept"
        ) from error


def _expect_same_version(client) -> None:
    """Marks must not depend on who gives them."""
    for worker, there in client.run(submission.version, on_error="return").items():
        if there != submission.version() and not isinstance(there, OSError):  # it has died
            raise _other_version(f"the Dask worker {worker}", there)


def _other_version(who: str, there: object) -> CourseError:
    return CourseError(
        f"{who} has another version of the course, or of what it needs ({there}, here "
        f"{submission.version()}); install this one there, start the worker anew, and then this "
        "command: what was graded is kept"
    )


def no_sandbox(scheduler: str | None) -> str | None:
    """Why submissions would run without a sandbox, here or on a worker; None if they would not."""
    if scheduler is None:
        return sandbox.unavailable()
    with _cluster(scheduler) as client:
        found = client.run(sandbox.unavailable, on_error="ignore")
    return next((f"{worker}: {reason}" for worker, reason in found.items() if reason), None)


def _start_worker(folder: str) -> None:
    """In a worker: end with the process that writes, however that ends, and with no other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for that process
    tempfile.tempdir = folder
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent  # in a worker
    parent.join()
    os._exit(1)


def _refused(folder: Path, against: Task, error: str) -> Outcome:
    student = folder.parent.name.encode(errors="replace").decode()  # a name may be no UTF-8
    return Outcome(student, against.assignment, "", error=error)


def _chosen(wanted: Iterable[str], there: list[str]) -> list[str]:
    wanted = list(wanted)
    if not there:
        raise CourseError("the gradebook holds no assignment; run `course build`")
    if unknown := [name for name in wanted if name not in there]:
        known = ", ".join(there)
        raise CourseError(f"no assignment {unknown[0]} in the gradebook; there are {known}")
    return wanted or there


def _submitted(course: CourseDirectory, assignment: str, students: Iterable[str]) -> list[Path]:
    """The folders submitted/<student>/<assignment>."""
    folder = Path(course.root) / course.submitted_directory
    wanted = set(students)
    if unknown := [name for name in wanted if not (folder / name).is_dir()]:
        raise CourseError(f"{unknown[0]} has submitted nothing: there is no {folder / unknown[0]}")
    found = sorted(folder.glob("*/")) if folder.is_dir() else []
    return [
        student / assignment
        for student in found
        if (student / assignment).is_dir() and (not wanted or student.name in wanted)
    ]


@contextmanager
def _alone(root: Path) -> Iterator[str]:
    """Only one run at a time grades a course, and what it keeps for a while is in one folder.

    The lock holds the folder's name: where a run was killed, the next one removes it.
    """
    with open(root / ".grading.lock", "a+", encoding="utf-8") as lock:
        if not locked(lock):
            raise CourseError("another `course grade` is at work here; wait for it")
        lock.seek(0)
        if (left := lock.read()).startswith("grading-"):
            shutil.rmtree(Path(tempfile.gettempdir(), Path(left).name), ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as folder:
            lock.truncate(0)
            lock.write(Path(folder).name)
            lock.flush()
            yield folder


def _log(outcome: Outcome) -> Path:
    return Path("build", "grading", outcome.assignment, f"{outcome.student}.log")


def _write_log(root: Path, outcome: Outcome) -> None:
    path = root / _log(outcome)
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [f"{outcome.seconds:.1f} s", *outcome.remarks, outcome.error or "graded", outcome.log]
    path.write_text("\n".join(lines), encoding="utf-8", errors="backslashreplace")


@contextmanager
def progress_bar(console: Console, total: int) -> Iterator[Callable[[Outcome], None]]:
    """A bar on a terminal, and a function that adds a line for each outcome above it."""
    with progress(console) as bars:
        bar = bars.add_task("grading", total=total)

        def tell(outcome: Outcome) -> None:
            said = outcome.error.splitlines()[0] if outcome.error else _marks(outcome)
            line = f"{outcome.student}, {outcome.assignment}: {said}, {outcome.seconds:.1f} s"
            console.print(line, markup=False, highlight=False)
            bars.advance(bar)

        yield tell


def _marks(outcome: Outcome) -> str:
    by_hand = sum(score is None for score in outcome.scores.values())
    return f"{outcome.points():g} points" + (f" and {by_hand} to be marked" if by_hand else "")
