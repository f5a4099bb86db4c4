"""The whole course once: train, execute, release, submit, grade, and show the pictures."""

import multiprocessing
import os
import re
import shutil
import signal
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from jinja2 import DictLoader
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

import helpers
from helpers.course import CourseError, samples, share_cores, use_this_environment
from helpers.course.build import build
from helpers.course.doctor import OK, writable
from helpers.course.execution import EXECUTIONS, NOTE, ExecutionFailed, executed
from helpers.course.gallery import title, write_gallery
from helpers.course.grading.grade import run_grade
from helpers.course.grading.nbgrading import Mark, marks
from helpers.course.pages import NO_MATHJAX, with_formulas
from helpers.course.terminal import progress

HELPERS = Path(helpers.__file__).parent
WORKERS = max(2, min(4, os.cpu_count() or 2))  # one thread each, and with a kernel 2 GiB
NETWORKS = {  # what the notebooks train, and on which data: what takes longest first
    "face_cnn": "faces",
    "line_heads": "lines",
    "line_classes": "lines",
    "lenet": "default",
    "gap_cnn": "default",
    "course_cnn": "default",
}


class Execution(NamedTuple):
    """How long the execution of a notebook took, now or before, and the error if it failed."""

    seconds: float
    error: str | None


def run_demo(root: Path, console: Console) -> list[str]:
    """Run the demo of the course at ``root``, and return a sentence for each failure.

    Writes only to ``build/``. Raises `CourseError` if data are missing, or training or building
    fails.
    """
    started = time.perf_counter()
    use_this_environment()
    share_cores()
    output = root / "build"
    data = _default_data()
    _warn_of_lost_training(console)
    with _workers(output / "demo.log") as pool:
        futures: dict[Future[Any], str] = {}
        for network in NETWORKS.items():
            futures[pool.submit(_train, *network)] = f"training {network[0]}"
        course = copy_course(root, output / "course")
        futures[pool.submit(build, course)] = "building the notebooks"
        *reached, (names, _) = _finish(futures, "training and building", console)
        # The longest come first, so that none of them is left alone at the end.
        arguments = [(course, name, data, output) for name in reversed(names)]
        futures = {pool.submit(_execute, *one): f"executing {one[1]}" for one in arguments}
        executions = _finish(futures, "executing", console)
    outcomes = dict(zip(names, reversed(executions), strict=True))
    notebooks = {n: nbformat.read(_copy(output, n), as_version=4) for n in names}
    gallery = output / "index.html"
    write_gallery(gallery, notebooks)
    samples.make_submissions(course, notebooks, samples.typical_mistakes())
    with _timed("grading", console):
        graded = run_grade(course, console if console.is_terminal else Console(quiet=True))
    earned = marks(course)
    failures = [outcomes[name].error for name in names if outcomes[name].error]
    for one in graded.failed:  # the rest of an error is in its log
        failures.append(f"{one.student}, {one.assignment}: {str(one.error).splitlines()[0]}")
    failures += lost_by_the_right(earned)
    accuracies = dict(zip(NETWORKS, reached, strict=True))
    seconds = time.perf_counter() - started
    summarise(console, data, accuracies, outcomes, earned, output, seconds)
    return failures


def summarise(
    console: Console,
    data: str,
    reached: Mapping[str, float],
    outcomes: Mapping[str, Execution],
    earned: Iterable[Mark],
    output: Path,
    seconds: float,
) -> None:
    """Print on one screen what was made, where it lies, and what to do next."""
    console.rule("Summary")
    shares = ", ".join(f"{name} {share:.1%}" for name, share in reached.items())
    console.print(f"Right answers of the networks (test images, {data}): {shares}", highlight=False)
    console.print(mark_table(outcomes, earned))
    places = {"Pictures": "index.html", "Notebooks": "html", "Graded": "course/autograded"}
    for what, place in places.items():
        path = os.path.relpath(output / place)
        console.print(f"{what:11} {path}", highlight=False, soft_wrap=True)
    console.print("Next        make lab, which opens the notebooks", highlight=False)
    console.print(f"Total time  {seconds:.0f} s", highlight=False)


def _default_data() -> str:
    """Return the name of the data set that most notebooks load. Raises `CourseError` if it cannot
    be loaded."""
    from helpers import datasets

    try:
        return datasets.load("default").name
    except (datasets.DatasetUnavailable, datasets.DatasetCorrupt) as error:
        raise CourseError(str(error)) from error


def _warn_of_lost_training(console: Console) -> None:
    from helpers.datasets import cache_dir

    if (cache := writable(cache_dir())).verdict != OK:
        console.print(
            f"Trained networks cannot be kept ({cache.seen}): each notebook trains its own. Make "
            f"{cache_dir()} writable, or name another folder in COURSE_CACHE.",
            soft_wrap=True,
            markup=False,
            highlight=False,
        )


@contextmanager
def _workers(log: Path) -> Iterator[ProcessPoolExecutor]:
    """Yield a pool of processes: nbclient needs an event loop of its own. They are spawned, since
    TensorFlow does not survive a fork. What they and their kernels write goes to a log."""
    log.parent.mkdir(exist_ok=True)
    log.write_bytes(b"")
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(WORKERS, context, _start_worker, (log,))
    try:
        yield pool
    except BaseException:  # interrupted, or one failed: nobody waits for the others
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker(log: Path) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits
    with log.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)


def _finish(futures: Mapping[Future, str], stage: str, console: Console) -> list[Any]:
    """Return the results in the order of the futures. In a terminal a progress bar names what is at
    work. Raises `CourseError` if one fails."""
    left = set(futures)
    with _timed(stage, console), progress(console) as bars:
        bar = bars.add_task(stage, total=len(futures))
        while left:
            at_work = [named for future, named in futures.items() if future in left][:WORKERS]
            done = len(futures) - len(left)
            bars.update(bar, completed=done, description=", ".join(at_work))
            finished, left = wait(left, return_when=FIRST_COMPLETED)
            for future in finished:
                _raise_failure(future, futures[future])
    return [future.result() for future in futures]


def _raise_failure(future: Future, named: str) -> None:
    try:
        future.result()
    except CourseError:
        raise
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        if isinstance(error, BrokenProcessPool):
            message = "its process was ended; is there too little memory?"
        raise CourseError(f"{named} failed: {message}\nMore stands in build/demo.log.") from error


@contextmanager
def _timed(stage: str, console: Console) -> Iterator[None]:
    """Print how long a stage takes. Where the output is no terminal there is no progress bar, so
    that the stage is named when it begins."""
    if not console.is_terminal:
        console.print(f"{stage}: ", end="", highlight=False)
    started, took = time.perf_counter(), "failed"
    try:
        yield
        took = f"{time.perf_counter() - started:.0f} s"
    finally:
        console.print(f"{stage}: {took}" if console.is_terminal else took, highlight=False)


def _train(name: str, data: str) -> float:
    """Train the network, and return the share of test images that it gets right. A network with
    several heads must get all of them right at once."""
    from helpers import datasets, models

    dataset = datasets.load(data)
    return models.accuracy(models.trained(name, dataset).model, dataset.test)


def copy_course(root: Path, target: Path) -> Path:
    """Copy configuration and sources to a fresh ``target``, which has its own gradebook."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    shutil.copy(root / "nbgrader_config.py", target)
    shutil.copytree(
        root / "solutions", target / "solutions", ignore=shutil.ignore_patterns("*.ipynb", ".*")
    )
    return target


def _execute(course: Path, name: str, data: str, output: Path) -> Execution:
    """Execute a solution notebook, and write the executed copy and its HTML under ``output``."""
    seconds, error = 0.0, None
    try:
        notebook = executed(course, name, data, output / EXECUTIONS)
        seconds = notebook.metadata[NOTE]["seconds"]
    except ExecutionFailed as failed:
        notebook, error = failed.notebook, str(failed)  # as far as it came, to show what happened
    copy, page = _copy(output, name), output / "html" / f"{name}.html"
    html = as_page(notebook)
    for path in (copy, page):
        path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, copy)
    page.write_text(html, encoding="utf-8")
    return Execution(seconds, error)


_IN_WORDS = {
    r"^### BEGIN MARK SCHEME$": "\n**Marking scheme**\n",
    r"^### END MARK SCHEME$": "\n**An answer**\n",
    r"^ *### (BEGIN|END) (SOLUTION|HIDDEN TESTS)\n?": "",
    r"\]\(\.\./(\w+)/\1\.ipynb": r"](\1.html",  # a link to another notebook
}


def as_page(notebook: NotebookNode) -> str:
    """Return an executed notebook as HTML, for an instructor.

    No kernel runs behind a page, so explorers compute in the browser, or are still pictures. The
    page loads nothing from elsewhere: formulas are pictures, too. nbgrader's marks of regions
    become words, or are left out. The page has a way back to the gallery. It is dark where the
    reader's computer is.
    """
    from nbconvert import HTMLExporter

    shown = deepcopy(notebook)
    shown.metadata["title"] = title(notebook)
    shown.cells.insert(0, new_markdown_cell("[← All pictures of the course](../index.html)"))
    shown.metadata.pop("widgets", None)
    for cell in shown.cells:
        for pattern, words in _IN_WORDS.items():
            cell.source = re.sub(pattern, words, cell.source, flags=re.MULTILINE)
    for output in (output for cell in shown.cells for output in cell.get("outputs", [])):
        output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    exporter = HTMLExporter(
        filters={"markdown2html": with_formulas},
        extra_loaders=[DictLoader({"mathjax.html.j2": NO_MATHJAX})],
    )
    html, _ = exporter.from_notebook_node(shown)
    html = html.replace(f'<script src="{exporter.require_js_url}"></script>', "")
    places = (Path(f, "static", "theme-dark.css") for f in exporter.template_paths)
    dark = next(place for place in places if place.is_file())
    look, own = (HELPERS / "look.css", HELPERS / "course" / "executed.css")
    texts = [path.read_text(encoding="utf-8") for path in (dark, look, own)]
    texts[0] = f"@media (prefers-color-scheme: dark) {{\n{texts[0]}}}\n"
    return html.replace("</head>", f"<style>\n{''.join(texts)}</style>\n</head>", 1)


def _copy(output: Path, name: str) -> Path:
    return output / "executed" / f"{name}.ipynb"


def lost_by_the_right(earned: Iterable[Mark]) -> list[str]:
    """Return a sentence for every automatic mark that the right answers did not get."""
    return [
        f"{mark.assignment}: the right answers earn {mark.points:g} of {mark.maximum:g} "
        f"in {mark.cell}; run the solution notebook's check"
        for mark in earned
        if mark.student == samples.RIGHT and mark.points is not None and mark.points < mark.maximum
    ]


def mark_table(outcomes: Mapping[str, Execution], earned: Iterable[Mark]) -> Table:
    """Return a table with a row for each assignment. It says how many seconds the execution took.
    For each student it gives the automatic points, their maximum, and the points that are left to
    mark."""
    Points = defaultdict[tuple[str, str], float]
    points, maximum, written = (Points(float) for _ in range(3))
    for mark in earned:
        key = (mark.student, mark.assignment)
        if mark.points is None:
            written[key] += mark.maximum
        else:
            points[key] += mark.points
            maximum[key] += mark.maximum
    students = sorted({student for student, _ in {*maximum, *written}})
    headings = ("Executed, released and graded (+ points to be marked)", *students)
    table = Table(*headings, box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name, outcome in outcomes.items():
        state = "[red]failed[/]" if outcome.error else f"{outcome.seconds:.0f} s"
        keys = [(student, name) for student in students]
        cells = [f"{points[k]:g} / {maximum[k]:g} (+ {written[k]:g})" for k in keys]
        table.add_row(f"{name}: {state}", *cells)
    return table
