"""Grade a class: submissions side by side, one process that writes, one transaction a submission.

The transaction that enters a submission's marks also notes in the gradebook that the submission is
graded. So an interrupted run goes on where it stopped.
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
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from helpers.course.export import NO_STUDENTS, write_variants
from helpers.course.grading import sandbox, submission
from helpers.course.grading.gradebook import Book, new_seed
from helpers.course.grading.nbgrading import clear_database_errors, load_config
from helpers.course.grading.submission import Outcome, Task
from helpers.course.grading.warm import prepare
from helpers.course.terminal import counted, progress
from helpers.course.variants import Variants

LONGEST_TMPDIR = 70  # characters: a socket's path may have 107, of which 35 are below this folder
LOOK_AGAIN = 30  # seconds without news after which a cluster is asked whether it has workers
PATIENCE = 60  # seconds that a cluster without workers is given to get one
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)  # no submission's fault


@dataclass
class Summary:
    """What a run did: how many submissions were unchanged, and the outcomes of the others."""

    unchanged: int = 0
    graded: list[Outcome] = field(default_factory=list)  # without the notebooks
    failed: list[Outcome] = field(default_factory=list)
    redrawn: list[str] = field(default_factory=list)  # assignments with marks from other data


def run_grade(
    root: Path,
    console: Console,
    assignments: Iterable[str] = (),
    students: Iterable[str] = (),
    jobs: int | None = None,
    force: bool = False,
    scheduler: str | None = None,
) -> Summary:
    """Grade what was submitted to the course at `root`, and enter the marks in its gradebook.

    Args:
        root: the folder of the course.
        console: shows the progress.
        assignments, students: names of those to grade; all if none is named.
        jobs: how many submissions to grade at a time; one for each core by default.
        force: also grade what has not changed since it was graded.
        scheduler: the address of a Dask cluster that grades; by default this computer does.

    Raises:
        CourseError: for what the instructor can put right and what stops the whole run, such as an
            unknown name, a full disk or a locked gradebook. A submission that cannot be graded is
            among the summary's `failed` instead.
    """
    config, course = _course(root)
    summary = Summary()
    with (
        clear_database_errors(course.db_url),
        _alone(root) as folder,
        closing(Book(course)) as book,
    ):
        where = (book, root, course, assignments, students)
        wanted = _wanted(*where, {}, lambda task: force or not book.holds(task), summary)
        with progress_bar(console, len(wanted)) as tell:
            for outcome in outcomes(wanted, jobs or os.cpu_count() or 1, scheduler, folder):
                tell(_enter(book, root, outcome, config, summary))
        there = _chosen(assignments, book.assignments())
        summary.redrawn = [name for name in there if book.redrawn(name)]
    return summary


def redrawn(root: Path, assignments: Iterable[str]) -> list[str]:
    """Return those of `assignments` that have marks from other hidden data than now."""
    _, course = _course(root)
    with clear_database_errors(course.db_url), _alone(root), closing(Book(course)) as book:
        return [name for name in assignments if book.redrawn(name)]


def vary(root: Path, assignments: Iterable[str] = ()) -> tuple[list[Variants], list[str]]:
    """Give each student own constants in those of `assignments` that declare some (all, if none is
    named). A student who has constants keeps them. The zips are written first, and then what the
    constants rest on is kept.

    Returns what varies, and the students. Raises `CourseError` if a named assignment, or all of
    them, declare no constants, there are no students, or one has no id. Then nothing is kept.
    """
    _, course = _course(root)
    with clear_database_errors(course.db_url), _alone(root), closing(Book(course)) as book:
        students = sorted(student.id for student in book.gradebook.students)
        if not students:
            raise CourseError(NO_STUDENTS)
        if blank := [student for student in students if not student.strip()]:
            raise CourseError(
                "the gradebook has a student without an id: take it out with nbgrader db student "
                f'remove "{blank[0]}"'
            )
        found = {
            name: book.variants(name, root, draw=True)
            for name in _chosen(assignments, book.assignments())
        }
        varied = [one for one in found.values() if one]
        if not varied or (assignments and len(varied) < len(found)):
            same = [name for name, one in found.items() if one is None]
            what, where = (same[0], f"{same[0]}.py") if assignments else ("every assignment", "")
            raise CourseError(
                f"{what} is the same for all students: no cell of solutions/{where} declares "
                'constants, as variants={"NAME": [1, 2]} does'
            )
        write_variants(root, varied, students)
        book.keep_variants(varied)
    return varied, students


def same_for_all(root: Path, assignments: Iterable[str] = ()) -> list[str]:
    """Give all students the same constants from now on in `assignments` (all, if none is named),
    and return their names."""
    _, course = _course(root)
    with clear_database_errors(course.db_url), _alone(root), closing(Book(course)) as book:
        names = _chosen(assignments, book.assignments())
        for name in names:
            book.forget_variants(name)
    return names


class Change(NamedTuple):
    """How a regrade changes the automatic points of a submission."""

    student: str
    assignment: str
    before: float
    after: float
    cells: tuple[str, ...]  # the cells whose points change; the changes may cancel


def run_regrade(
    root: Path,
    console: Console,
    assignments: list[str],
    agree: Callable[[list[Change]], bool],
    jobs: int | None = None,
    scheduler: str | None = None,
    redraw: bool = False,
) -> Summary:
    """Grade again what was graded, and enter the new marks if `agree` returns true.

    `agree` is called once, with the changes of all submissions whose points change. If `redraw`,
    other hidden data are drawn, which are kept with the new marks. The other arguments are those of
    `run_grade`. Raises `CourseError`, as `run_grade` does.
    """
    config, course = _course(root)
    summary = Summary()
    changes: list[Change] = []
    files: list[Path] = []
    with (
        clear_database_errors(course.db_url),
        _alone(root) as folder,
        closing(Book(course)) as book,
    ):

        def as_graded(task: Task) -> bool:
            if not book.knows(task):
                name = shlex.quote(task.student)
                raise CourseError(
                    "what lies in submitted/ is not graded yet: after this, type "
                    f"`course grade --student {name}`"
                )
            return True

        seeds = {name: new_seed() for name in assignments} if redraw else {}
        wanted = _wanted(book, root, course, assignments, (), seeds, as_graded, summary)
        with progress_bar(console, len(wanted)) as tell:
            for outcome in outcomes(wanted, jobs or os.cpu_count() or 1, scheduler, folder):
                tell(outcome)
                if outcome.error:
                    summary.failed.append(outcome)
                    continue
                before = book.scores(outcome.assignment, outcome.student)
                changes.append(_change(outcome, before))
                # A class's executed notebooks together are more than memory holds.
                files.append(Path(folder, f"outcome-{len(files)}"))
                files[-1].write_bytes(pickle.dumps(outcome))
        if agree(sorted(change for change in changes if change.cells)):
            for name, seed in seeds.items():
                book.keep_seed(name, seed)
            for path in files:
                _enter(book, root, pickle.loads(path.read_bytes()), config, summary)
    return summary


def _change(outcome: Outcome, before: dict[tuple[str, str], float | None]) -> Change:
    after = outcome.scores
    names = sorted({*before, *after})
    cells = tuple(name[1] for name in names if (before.get(name) or 0) != (after.get(name) or 0))
    old = sum(score for score in before.values() if score is not None)
    return Change(outcome.student, outcome.assignment, old, outcome.points(), cells)


def _enter(book: Book, root: Path, outcome: Outcome, config: Config, summary: Summary) -> Outcome:
    """Enter an outcome in the gradebook and the summary, and return it. If its marks could not be
    entered, the returned outcome has that as its error."""
    try:
        _write_log(root, outcome)
        if outcome.error is None:
            book.enter(outcome, config)
    except Exception as error:
        outcome = replace(outcome, error=f"its marks could not be entered: {_reason(error)}")
    (summary.failed if outcome.error else summary.graded).append(outcome.brief())
    return outcome


def _reason(error: Exception) -> str:
    """Return a sentence on an error that one submission met. Raises `CourseError` for an error that
    all submissions would meet: a full disk, or a gradebook that is busy or gone."""
    if isinstance(error, CourseError):
        return str(error)
    text = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    database = {type(error), type(error.__context__)}  # nbgrader raises an error of its own instead
    if OperationalError in database or getattr(error, "errno", None) in DISK:
        raise CourseError(
            f"{text}; put it right (a full disk, or another program that keeps the gradebook?) and "
            "start again: what was graded is kept"
        ) from error
    return text


def _course(root: Path) -> tuple[Config, CourseDirectory]:
    config = load_config(root)
    return config, CourseDirectory(config=config)


def _wanted(
    book: Book,
    root: Path,
    course: CourseDirectory,
    assignments: Iterable[str],
    students: Iterable[str],
    seeds: Mapping[str, str],
    to_do: Callable[[Task], bool],
    summary: Summary,
) -> list[tuple[Path, Task]]:
    """Return the submissions that are `to_do`: each one's folder, and the task without a student
    that it is graded against, with the seed that `seeds` has for the assignment, if any. The
    summary gets the other submissions, and those that cannot be read."""
    wanted = []
    for assignment in _chosen(assignments, book.assignments()):
        against = book.skeleton(assignment, root, seeds.get(assignment))
        for folder in _submitted(course, assignment, students):
            try:
                chosen = to_do(submission.load(folder, against))
            except Exception as error:  # a student may hand in anything
                summary.failed.append(_refused(folder, against, _reason(error)))
                continue
            if chosen:
                wanted.append((folder, against))  # loaded again when its turn comes
            else:
                summary.unchanged += 1
    return wanted


def report(summary: Summary, console: Console) -> None:
    """Print how many submissions were graded, and last what a person has to look at."""
    console.print(
        f"{len(summary.graded)} graded, {summary.unchanged} unchanged since they were graded, "
        f"{len(summary.failed)} not graded",
        highlight=False,
    )
    for name in summary.redrawn:
        console.print(
            f"{name}: some marks rest on other hidden data than now; `course regrade {name}` shows "
            "what changes",
            highlight=False,
            soft_wrap=True,
        )
    remarked = [outcome for outcome in summary.graded if outcome.remarks]
    for title, group in {"Graded, but look at": remarked, "Not graded": summary.failed}.items():
        if group:
            console.rule(title)
        for outcome in sorted(group, key=lambda one: (one.assignment, one.student)):
            lines = [*outcome.remarks]
            if outcome.error:
                first, *more = outcome.error.splitlines()
                lines.append(first + (f" ({_log(outcome)})" if more else ""))
            text = "\n    ".join([f"{outcome.student}, {outcome.assignment}:", *lines])
            console.print(text, markup=False, highlight=False, soft_wrap=True)


def outcomes(
    wanted: list[tuple[Path, Task]], jobs: int, scheduler: str | None, folder: str
) -> Iterator[Outcome]:
    """Grade submissions side by side, and yield their outcomes in any order.

    Args:
        wanted: for each submission its folder, and the task without a student that it is graded
            against.
        jobs: how many processes of this computer grade.
        scheduler: the address of a Dask cluster that grades instead; None for this computer.
        folder: where workers of this computer put temporary files.

    Raises:
        CourseError: for what stops the whole run, such as a full disk or a cluster without workers.
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
    """Yield the outcomes of `waiting`, and add to `died` what was lost with its worker."""
    while waiting:
        with _workers(jobs, scheduler, folder) as workers:
            running: dict[Future, tuple[Path, Task]] = {}
            broken = False
            while running or (waiting and not broken):
                while waiting and len(running) < workers.width and not broken:
                    entry = waiting.popleft()
                    try:
                        running[workers.submit(submission.load(*entry))] = entry
                    except BrokenExecutor:
                        waiting.appendleft(entry)
                        broken = True
                    except Exception as error:
                        yield _refused(*entry, _reason(error))
                finished = wait(running, LOOK_AGAIN, FIRST_COMPLETED).done
                if running and not finished:
                    workers.expect_one()
                for future in finished:
                    entry = running.pop(future)
                    try:
                        outcome = workers.outcome(future)
                    except CourseError:
                        raise
                    except Exception as error:  # of the worker; `grade` itself never raises
                        died.append(entry)
                        broken |= isinstance(error, BrokenExecutor)
                    else:
                        yield outcome


class Workers(Protocol):
    """The processes that grade, here or on a cluster. They take `width` tasks at a time."""

    width: int

    def submit(self, task: Task) -> Future: ...

    def outcome(self, future: Future) -> Outcome: ...

    def expect_one(self) -> None:
        """Raises `CourseError` if no worker is left."""


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
        context.set_forkserver_preload(["helpers.course.grading.preload"])
    pool = ProcessPoolExecutor(jobs, context, initializer=_start_worker, initargs=(folder,))
    try:
        yield PoolWorkers(pool, jobs, folder)
    finally:
        for process in multiprocessing.active_children():
            process.terminate()
        pool.shutdown()


@dataclass
class PoolWorkers:
    """Processes of this computer. A task lies in a file of `folder`, and its outcome takes the
    task's place. The pool's pipes carry only the file's name. If a process were killed while it
    sends a longer message, the pool would wait for the rest without end."""

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
        """Do nothing: the pool itself reports a process that died."""


def _grade_file(name: str) -> str:
    """Grade the task in the file `name`, and write the outcome in its place; runs in a worker."""
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
        """Return the outcome. Its worker may have joined after all workers were asked for their
        version, so the version is compared again; raises `CourseError` if it is another."""
        outcome = future.result()
        if outcome.version != submission.version():
            raise _other_version("a Dask worker that came late", outcome.version)
        return outcome

    def expect_one(self) -> None:
        _expect_a_worker(self.client)


@contextmanager
def _cluster(scheduler: str) -> Iterator:
    """Yield a client of a Dask cluster that has a worker. Raises `CourseError` if there is none."""
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
    """Raise `CourseError` if a worker has another version, which might give other marks."""
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
    """Return why submissions would run without a sandbox, here or on a worker; None if each has
    one."""
    if scheduler is None:
        return sandbox.unavailable()
    with _cluster(scheduler) as client:
        reasons = client.run(sandbox.unavailable, on_error="ignore")
    return next((f"{worker}: {reason}" for worker, reason in reasons.items() if reason), None)


def _start_worker(folder: str) -> None:
    """Prepare a worker: it ends with the process that writes, however that process ends."""
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
    """Return the folders submitted/<student>/<assignment>. Raises `CourseError` for a student who
    submitted nothing."""
    folder = Path(course.root) / course.submitted_directory
    wanted = set(students)
    if unknown := [name for name in wanted if not (folder / name).is_dir()]:
        raise CourseError(f"{unknown[0]} has submitted nothing: there is no {folder / unknown[0]}")
    folders = sorted(folder.glob("*/")) if folder.is_dir() else []
    return [
        student / assignment
        for student in folders
        if (student / assignment).is_dir() and (not wanted or student.name in wanted)
    ]


@contextmanager
def _alone(root: Path) -> Iterator[str]:
    """Let only one run at a time grade a course, and yield a folder for the run's temporary files.

    The lock file holds the folder's name, so that the next run removes the folder of a run that was
    killed. Raises `CourseError` if another run is at work.
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
    """Show a progress bar on a terminal, and yield a function that prints a line for an outcome."""
    with progress(console) as bars:
        bar = bars.add_task("grading", total=total)

        def tell(outcome: Outcome) -> None:
            result = outcome.error.splitlines()[0] if outcome.error else _marks(outcome)
            line = f"{outcome.student}, {outcome.assignment}: {result}, {outcome.seconds:.1f} s"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
            bars.advance(bar)

        yield tell


def _marks(outcome: Outcome) -> str:
    by_hand = sum(score is None for score in outcome.scores.values())
    waiting = f" and {counted(by_hand, 'answer')} to be marked" if by_hand else ""
    return f"{outcome.points():g} points{waiting}"
