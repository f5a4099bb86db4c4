"""The whole course once: execute, release, submit, grade, and show the pictures."""

import multiprocessing
import shutil
import time
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

import nbformat
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from helpers.course import KERNEL_ARGUMENTS, CourseError, samples, use_this_environment
from helpers.course.build import build, read_notebook
from helpers.course.gallery import write_gallery
from helpers.course.grade import run_grade
from helpers.course.nbgrading import Mark, marks

WORKERS = 2
CELL_TIMEOUT = 600  # seconds; a first training on a slow computer still fits


class Outcome(NamedTuple):
    """How long a notebook took, and what went wrong if anything did."""

    seconds: float
    error: str | None


def run_demo(root: Path, console: Console) -> list[str]:
    """Run the demo of the course at ``root``, writing only to ``build/``; return what failed."""
    started = time.perf_counter()
    use_this_environment()
    console.rule("Data and network")
    network = _network()
    console.rule("Notebooks")
    course = copy_course(root, root / "build" / "course")
    with console.status("building and releasing"):
        names, _ = build(course)
    executed = execute_all(course, names, root / "build", console)
    notebooks = {n: nbformat.read(_executed(root / "build", n), as_version=4) for n in names}
    gallery = root / "build" / "index.html"
    write_gallery(gallery, notebooks)
    console.rule("Submissions")
    samples.make_submissions(course, notebooks, samples.typical_mistakes())
    graded = run_grade(course, console)
    earned = marks(course)
    failures = [outcome.error for outcome in executed.values() if outcome.error]
    for one in graded.failed:  # the rest of an error is in its log
        failures.append(f"{one.student}, {one.assignment}: {one.error.splitlines()[0]}")
    failures += lost_by_the_right(earned)
    console.rule("Summary")
    console.print(f"Network    {network}", highlight=False)
    for name, outcome in executed.items():
        state = "[red]failed[/]" if outcome.error else "executed"
        console.print(f"Notebook   {name}: {state} in {outcome.seconds:.0f} s", highlight=False)
    console.print(f"Released   {len(names)} assignments: {', '.join(names)}", highlight=False)
    console.print(mark_table(earned))
    console.print(f"Pictures   {gallery}", highlight=False, soft_wrap=True)
    console.print(f"Total time {time.perf_counter() - started:.0f} s", highlight=False)
    return failures


def _network() -> str:
    from helpers import datasets, models

    try:
        dataset = datasets.load("default")
    except (datasets.DatasetUnavailable, datasets.DatasetCorrupt) as error:
        raise CourseError(str(error)) from error
    model = models.trained("course_cnn", dataset).model
    accuracy = models.accuracy(model, dataset.test)
    return f"course_cnn on {dataset.name}: test accuracy {accuracy:.2%}"


def copy_course(root: Path, target: Path) -> Path:
    """Copy configuration and sources to a fresh ``target``, which has its own gradebook."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copy(root / "nbgrader_config.py", target)
    shutil.copytree(
        root / "solutions", target / "solutions", ignore=shutil.ignore_patterns("*.ipynb", ".*")
    )
    return target


def execute(course: Path, name: str, output: Path) -> None:
    """Execute a solution notebook; write the copy and its HTML under ``output``."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellControlSignal, DeadKernelError
    from nbconvert import HTMLExporter

    use_this_environment()
    notebook = read_notebook(course / "solutions", name)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT,
        iopub_timeout=60,  # on a busy computer outputs come late
        kernel_name="python3",
        extra_arguments=KERNEL_ARGUMENTS,
        resources={"metadata": {"path": str(course / "solutions" / name)}},
    )
    try:
        client.execute()
    except (CellControlSignal, DeadKernelError) as error:
        raise CourseError(f"{name} failed when executed:\n{error}") from error
    finally:  # as far as it came, to show what happened
        html, _ = HTMLExporter().from_notebook_node(notebook)
        copy, page = _executed(output, name), output / "html" / f"{name}.html"
        for path in (copy, page):
            path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, copy)
        page.write_text(html, encoding="utf-8")


def _executed(output: Path, name: str) -> Path:
    return output / "executed" / f"{name}.ipynb"


def execute_all(
    course: Path, names: list[str], output: Path, console: Console
) -> dict[str, Outcome]:
    """Execute every notebook in its own process, two at a time."""
    outcomes = {}
    # nbclient needs its own event loop: processes, and spawned, since TensorFlow does not survive
    # a fork.
    context = multiprocessing.get_context("spawn")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with (
        Progress(*columns, TimeElapsedColumn(), console=console) as progress,
        ProcessPoolExecutor(WORKERS, mp_context=context) as pool,
    ):
        bar = progress.add_task("executing", total=len(names))
        futures = {pool.submit(_timed, course, name, output): name for name in names}
        for future in as_completed(futures):
            outcomes[futures[future]] = future.result()
            progress.update(bar, advance=1, description=f"executing ({futures[future]} done)")
    return {name: outcomes[name] for name in names}


def _timed(course: Path, name: str, output: Path) -> Outcome:
    started = time.perf_counter()
    try:
        execute(course, name, output)
    except Exception as error:  # a kernel that does not start must not cost the summary
        known = isinstance(error, CourseError)
        text = str(error) if known else f"{type(error).__name__}: {error}"
        return Outcome(time.perf_counter() - started, text)
    return Outcome(time.perf_counter() - started, None)


def lost_by_the_right(earned: Iterable[Mark]) -> list[str]:
    """Return a sentence for every automatic mark that the right answers did not get."""
    return [
        f"{mark.assignment}: the right answers earn {mark.points:g} of {mark.maximum:g} "
        f"in {mark.cell}; run the solution notebook's check"
        for mark in earned
        if mark.student == samples.RIGHT and mark.points is not None and mark.points < mark.maximum
    ]


def mark_table(earned: Iterable[Mark]) -> Table:
    """Return assignment × student: automatic points of the maximum, and what is left to mark."""
    points, maximum, written = (defaultdict(float) for _ in range(3))
    for mark in earned:
        key = (mark.student, mark.assignment)
        if mark.points is None:
            written[key] += mark.maximum
        else:
            points[key] += mark.points
            maximum[key] += mark.maximum
    keys = {*maximum, *written}
    students = sorted({student for student, _ in keys})
    table = Table("Assignment", *students, title="Autograded (+ written, to be marked)")
    for assignment in sorted({assignment for _, assignment in keys}):
        cells = [(student, assignment) for student in students]
        table.add_row(
            assignment, *(f"{points[k]:g} / {maximum[k]:g} (+ {written[k]:g})" for k in cells)
        )
    return table
