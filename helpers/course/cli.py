"""The ``course`` command. Heavy imports wait inside the commands: ``--help`` must be quick."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from helpers.course import CourseError, find_root, use_this_environment
from helpers.course.terminal import counted

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Build, try out, open, diagnose and grade the course.",
)
console = Console()
ASSIGNMENT = typer.Argument(metavar="ASSIGNMENT", help="Like 05_grad_cam.")
ASSIGNMENTS = typer.Argument(metavar="ASSIGNMENT", help="All, if you name none.")
JOBS = typer.Option(min=1, metavar="N", help="Submissions side by side. If not given: one a core.")
SCHEDULER = typer.Option(metavar="ADDRESS", help="Address of a Dask cluster's scheduler.")


@app.callback()
def main(context: typer.Context) -> None:
    # The command may have been called by its path, without its environment activated.
    if context.invoked_subcommand != "doctor":  # doctor first looks at what the user's shell finds
        use_this_environment()
    for stream in (sys.stdout, sys.stderr):  # not every terminal, and no file in Windows, has all
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def clear_errors() -> Iterator[None]:
    """Print a `CourseError` or `OSError` as one message without a traceback, and exit with 1."""
    try:
        yield
    except (CourseError, OSError) as error:  # an unwritable folder, a full disk
        console.print("[bold red]Error:[/]", end=" ")
        console.print(_sentence(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error


def _sentence(error: CourseError | OSError) -> str:
    if isinstance(error, CourseError):
        return str(error)
    said = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    denied = isinstance(error, PermissionError) and "; make it readable and writable, and try again"
    return said + (denied or "; put that right, and try again")


def _course_root() -> Path:
    """Return the folder of the course. Raises `CourseError` if it is a copy for students, without
    the sources."""
    root = find_root()
    if not (root / "solutions").is_dir():
        raise CourseError(
            f"this command is the instructor's: {root} has no folder solutions/, so it is a copy "
            "for students; to open the notebooks: make lab, or course lab"
        )
    return root


@app.command()
def build() -> None:
    """Compile solutions/NN_slug.py to solution and student notebooks."""
    from helpers.course.build import build as build_course
    from helpers.course.build import read_notebook, without_check

    with clear_errors():
        root = _course_root()
        names, removed = build_course(root)
        judged = [
            (n, c) for n in names for c in without_check(read_notebook(root / "solutions", n))
        ]
    for folder in removed:
        console.print(
            f"removed {folder}/: it has no source any more", highlight=False, soft_wrap=True
        )
    for name in names:
        console.print(f"built notebooks/{name}/{name}.ipynb", highlight=False, soft_wrap=True)
    for name, cell in judged:
        console.print(
            f"Look at {name}, {cell}: it calls no check, so it is judged in the student's kernel, "
            "where it can be fooled and its hidden tests can be read. Section 6 of "
            "docs/ADDING_AN_EXERCISE.md makes it a check.",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the notebook: NN_slug, like 13_edges.")
    ],
) -> None:
    """Begin another notebook: its source, a check, known mistakes and right answers."""
    from helpers.course.new import new as new_notebook

    with clear_errors():
        written = new_notebook(_course_root(), name)
    for path in written:
        console.print(f"wrote {path}", highlight=False, soft_wrap=True)
    console.print(
        "Next: course build. docs/ADDING_AN_EXERCISE.md says how to go on.", highlight=False
    )


@app.command()
def demo() -> None:
    """Execute and release every notebook, grade two sample submissions, show the pictures."""
    from helpers.course.demo import run_demo

    with clear_errors():
        root = _course_root()
        _warn_without_sandbox(None)
        if failures := run_demo(root, console):
            raise CourseError("\n".join(failures))


@app.command()
def grade(
    assignments: Annotated[list[str] | None, ASSIGNMENTS] = None,
    student: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this student; repeatable.")
    ] = None,
    jobs: Annotated[int | None, JOBS] = None,
    force: Annotated[bool, typer.Option("--force", help="Also what has not changed.")] = False,
    scheduler: Annotated[str | None, SCHEDULER] = None,
) -> None:
    """Grade what was submitted. An interrupted command goes on when you start it again."""
    from helpers.course.grading.grade import report, run_grade

    with clear_errors():
        try:
            root = _course_root()
            _warn_without_sandbox(scheduler)
            summary = run_grade(
                root, console, assignments or (), student or (), jobs, force, scheduler
            )
        except KeyboardInterrupt:
            console.print("Interrupted. What was graded is kept; start again to go on.")
            raise typer.Exit(130) from None
    if not (summary.graded or summary.failed or summary.unchanged):
        chosen = " and ".join([*(assignments or ()), *(student or ())])
        console.print(
            f"Nothing was handed in{f' for {chosen}' if chosen else ''}: no such folder "
            "submitted/<student>/<assignment>/ holds a notebook. "
            "`course collect` puts there what the LMS's zip holds.",
            markup=False,
            highlight=False,
        )
        return
    report(summary, console)
    if summary.failed:
        raise typer.Exit(1)


@app.command()
def regrade(
    assignments: Annotated[
        list[str] | None,
        typer.Argument(metavar="ASSIGNMENT", help="All that the check concerns, if you name none."),
    ] = None,
    since: Annotated[
        str, typer.Option(metavar="COMMIT", help="The commit before the check was corrected.")
    ] = "HEAD",
    jobs: Annotated[int | None, JOBS] = None,
    new_data: Annotated[
        bool, typer.Option("--new-data", help="Draw other hidden data than until now.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Enter the marks without asking.")] = False,
    scheduler: Annotated[str | None, SCHEDULER] = None,
) -> None:
    """Grade again what a corrected check concerns. The command asks before it enters a mark."""
    from helpers.course.grading.grade import Change, redrawn, report, run_regrade
    from helpers.course.grading.regrade import concerned

    def agree(changes: list[Change]) -> bool:
        for change in changes:
            line = f"{change.student}, {change.assignment}: {change.before:g} → {change.after:g}"
            line += f" ({', '.join(change.cells)})"
            console.print(line, markup=False, highlight=False)
        gain = sum(change.after > change.before for change in changes)
        lose = sum(change.after < change.before for change in changes)
        console.print(f"{gain} gain, {lose} lose", highlight=False)
        return yes or typer.confirm("Enter these marks?")

    with clear_errors():
        root = _course_root()
        names = _assignments(root, assignments)
        changed = [] if new_data else concerned(root, since, names)
        other_data = names if new_data else redrawn(root, names)
        found = [name for name in names if name in {*changed, *other_data}]
        if not found:
            console.print(f"nothing that was graded depends on what changed since {since}")
            return
        for name in other_data:
            console.print(f"{name}: the hidden data changed", highlight=False)
        _warn_without_sandbox(scheduler)
        try:
            summary = run_regrade(root, console, found, agree, jobs, scheduler, new_data)
        except KeyboardInterrupt:
            console.print("Interrupted; start it again.")
            raise typer.Exit(130) from None
    report(summary, console)


def _warn_without_sandbox(scheduler: str | None) -> None:
    from helpers.course.grading.grade import no_sandbox

    if reason := no_sandbox(scheduler):
        console.print("[bold yellow]No sandbox:[/]", end=" ")
        console.print(reason, markup=False, highlight=False)
        console.print("Submissions run with your rights and see the network.")


@app.command()
def collect(archive: Annotated[Path, typer.Argument(metavar="ZIP", help="The LMS's zip.")]) -> None:
    """Put the submissions that Moodle or Canvas delivers into submitted/."""
    from helpers.course.collect import collect as collect_archive
    from helpers.course.grading.nbgrading import opened

    with clear_errors(), opened(_course_root()) as (course, gradebook):
        cells = {
            assignment.name: {cell.name for nb in assignment.notebooks for cell in nb.source_cells}
            for assignment in gradebook.assignments
        }
        if not cells:
            raise CourseError("the gradebook holds no assignment; run `course build`")
        collected = collect_archive(archive, course, gradebook.students, cells)
    for line in collected.written:
        console.print(f"collected {line}", markup=False, highlight=False, soft_wrap=True)
    _look_at(collected.problems)


def _look_at(problems: list[str]) -> None:
    if problems:
        console.rule("Look at")
    for line in problems:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command()
def feedback(
    assignments: Annotated[list[str] | None, ASSIGNMENTS] = None,
    archive: Annotated[
        Path | None,
        typer.Option(
            "--for",
            metavar="ZIP",
            exists=True,
            dir_okay=False,
            help="Moodle's zip of the submissions: pack the pages as Moodle takes them.",
        ),
    ] = None,
) -> None:
    """Write each student's HTML page into feedback/."""
    from helpers.course.collect import pack_feedback
    from helpers.course.grading.nbgrading import generate_feedback, opened

    with clear_errors():
        root = _course_root()
        wanted = _assignments(root, assignments)
        if archive and len(assignments or ()) != 1:
            raise CourseError(
                f"--for {archive}: Moodle's zip is of one assignment; name this assignment, too"
            )
        graded = [name for name in wanted if any((root / "autograded").glob(f"*/{name}"))]
        if not graded:
            raise CourseError(f"nothing is graded of {', '.join(wanted)}; run `course grade`")
        problems = []
        for name in graded:
            problems += generate_feedback(root, name)
            console.print(f"wrote feedback/*/{name}/", highlight=False, soft_wrap=True)
        if archive:
            try:
                with opened(root) as (course, gradebook):
                    path, packed = pack_feedback(archive, course, gradebook.students, wanted[0])
            except CourseError as error:
                raise CourseError("\n".join([*problems, str(error)])) from error
            count = counted(len(packed.written), "student")
            console.print(f"wrote {path}: {count}", markup=False, highlight=False, soft_wrap=True)
            _look_at(packed.problems)
        if problems:
            raise CourseError("\n".join(problems))


@app.command()
def similar(
    assignment: Annotated[str, ASSIGNMENT],
    earlier: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", help="An earlier term's submitted/; repeatable."),
    ] = None,
) -> None:
    """Show answers that are more alike than the course explains. That is no verdict: read them."""
    from helpers.course.similar import MOST_PAIRS, find_similar

    with clear_errors():
        root = _course_root()
        _assignments(root, [assignment])
        with console.status("Reading and comparing"):
            found = find_similar(root, assignment, earlier or ())
    for pair in found.pairs[:MOST_PAIRS]:
        line = f"{pair.one} and {pair.other}: {pair.total:.0f} bits ({', '.join(pair.bits)})"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    among = counted(found.compared, "student")
    console.print(f"Pairs: {len(found.pairs)}, among {among}", highlight=False)
    if found.problems:
        console.rule("Not compared")
    for line in found.problems:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"Both sides of each pair, and what similarity cannot say: {found.page}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def insight(
    assignment: Annotated[
        str | None, typer.Argument(metavar="ASSIGNMENT", help="All, if you name none.")
    ] = None,
) -> None:
    """Show what the class earned and which mistakes it made: one page, one without names, a CSV."""
    from helpers.course.insight import write_insight

    with clear_errors():
        root = _course_root()
        _assignments(root, [assignment] if assignment else None)
        written = write_insight(root, assignment)
    for one in written.insights:
        waiting = counted(sum(len(exercise.waiting) for exercise in one.exercises), "answer")
        there = counted(len(one.times), "submission")
        console.print(f"{one.name}: {there}, {waiting} to be marked", highlight=False)
    console.print(f"With names: {written.page}", highlight=False, soft_wrap=True)
    console.print(f"To show to the class: {written.without_names}", highlight=False, soft_wrap=True)
    console.print(f"The counts, as a table: {written.table}", highlight=False, soft_wrap=True)


@app.command()
def mark(
    assignment: Annotated[str, ASSIGNMENT],
    question: Annotated[
        str | None, typer.Argument(metavar="QUESTION", help="All, if you name none.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also what is marked already.")] = False,
) -> None:
    """Mark written answers in groups of like ones: you confirm each mark."""
    from helpers.course.grading.nbgrading import opened
    from helpers.course.mark import Stopped, questions, run_mark

    with clear_errors():
        root = _course_root()
        _assignments(root, [assignment])
        with opened(root) as (course, gradebook):
            asked = questions(root, course, gradebook, assignment, question, again)
            if not asked:
                console.print(f"no written answer to {question or assignment} waits to be marked")
            try:
                for one in asked:
                    run_mark(gradebook, one, console)
            except (Stopped, EOFError, KeyboardInterrupt):
                console.print("Stopped. What was entered is kept; start again to go on.")


@app.command()
def export(
    path: Annotated[Path, typer.Argument(metavar="CSV", help="The file to write.")],
    lms: Annotated[str, typer.Option(metavar="LMS", help="moodle or canvas.")] = "moodle",
) -> None:
    """Write the marks as Moodle or Canvas imports them."""
    from helpers.course.export import export_marks
    from helpers.course.grading.nbgrading import opened

    with clear_errors(), opened(_course_root()) as (_, gradebook):
        if lms not in ("moodle", "canvas"):
            raise CourseError(f"--lms {lms} is unknown: choose moodle or canvas")
        count, left = export_marks(gradebook, path, lms)
    console.print(f"wrote {path}: {counted(count, 'student')}", highlight=False)
    for line in left:
        console.print(f"no mark yet, a written answer waits: {line}", markup=False, soft_wrap=True)


@app.command()
def bundle(
    path: Annotated[Path, typer.Argument(metavar="ZIP", help="The file to write.")] = Path(
        "inside-cnns.zip"
    ),
) -> None:
    """Pack what students get: notebooks, helpers, data sets, environment; no solutions."""
    from helpers.course.export import bundle as write_bundle

    with clear_errors():
        count = write_bundle(_course_root(), path)
    console.print(f"wrote {path}: {counted(count, 'file')}", highlight=False)


@app.command()
def wheel(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write it.")] = Path(),
) -> None:
    """Make a wheel of what students get: they install it, and type `course start`."""
    from helpers.course.wheel import write_wheel

    with clear_errors():
        written = write_wheel(_course_root(), folder)
    console.print(f"wrote {written}", highlight=False, soft_wrap=True)


@app.command()
def colab(
    place: Annotated[
        str, typer.Argument(metavar="PLACE", help="Address of the wheel, or of a git repository.")
    ],
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to write them.")] = Path(
        "colab"
    ),
) -> None:
    """Write copies of the notebooks that install the course from PLACE in Google Colab."""
    from helpers.course.colab import write_copies

    with clear_errors():
        written = write_copies(_course_root(), place, folder)
    console.print(f"wrote {folder}/: {counted(len(written), 'notebook')}", highlight=False)


@app.command()
def start(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A new folder, or an empty one.")
    ],
) -> None:
    """Make a folder with the notebooks, where the course was installed from its wheel."""
    from helpers.course.wheel import start as start_in

    with clear_errors():
        start_in(folder)
    console.print(
        f"wrote {folder}. Next: change to this folder, and type course lab",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )


@app.command()
def variants(
    assignments: Annotated[list[str] | None, ASSIGNMENTS] = None,
    off: Annotated[
        bool, typer.Option("--off", help="From now on all students have the same.")
    ] = False,
) -> None:
    """Give each student constants of their own: a zip for each, to unpack over the bundle."""
    from helpers.course.grading.grade import same_for_all, vary

    with clear_errors():
        root = _course_root()
        if off:
            names = ", ".join(same_for_all(root, assignments or ()))
            said = f"from now on all students have the same constants in {names}"
        else:
            varied, students = vary(root, assignments or ())
            count = counted(len(students), "student")
            said = f"wrote variants/: {count}, {', '.join(one.assignment for one in varied)}"
    console.print(said, highlight=False)


def _assignments(root: Path, wanted: list[str] | None) -> list[str]:
    from helpers.course.build import sources

    there = [path.stem for path in sources(root)]
    if unknown := sorted(set(wanted or ()) - set(there)):
        raise CourseError(f"no assignment {unknown[0]}; there are {', '.join(there)}")
    return list(wanted or there)


@app.command()
def compare(
    images: Annotated[int, typer.Option(min=1, metavar="N", help="Images of each class.")] = 3,
    guide: Annotated[
        bool, typer.Option("--guide", help="Put the table into docs/WHICH_MAP.md, too.")
    ] = False,
) -> None:
    """Rank all methods by how faithful their maps are, on networks whose evidence is known."""
    from helpers.course.compare import run_compare

    with clear_errors():
        run_compare(find_root(), console, images, guide)


@app.command()
def bench(
    quick: Annotated[
        bool, typer.Option("--quick", help="Check the small networks, and time nothing.")
    ] = False,
    rows: Annotated[
        str, typer.Option(metavar="TEXT", help="Only rows with this text in their name.")
    ] = "",
    repetitions: Annotated[int, typer.Option(min=1, metavar="N", help="Of each contender.")] = 5,
) -> None:
    """Time the methods beside plain TensorFlow and other libraries."""
    with clear_errors():
        program = _course_root() / "benchmarks" / "bench.py"
    command = [sys.executable, str(program), "--rows", rows, "--repetitions", str(repetitions)]
    _become([*command, *(["--quick"] if quick else [])])


@app.command()
def doctor() -> None:
    """Check this computer, and say what to do about each problem."""
    from helpers.course.doctor import PROBLEM, examine, report

    try:
        root = find_root()
    except CourseError:
        root = None  # what keeps the course from running may be found here, too
    with clear_errors():
        results = examine(root)
    report(results, console)
    if any(result.verdict == PROBLEM for result in results):
        raise typer.Exit(1)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    port: Annotated[int, typer.Option(metavar="N", help="Where JupyterLab listens.")] = 8888,
) -> None:
    """Open JupyterLab in notebooks/; further arguments go to `jupyter lab`."""
    with clear_errors():
        folder = find_root() / "notebooks"
        if not folder.is_dir():
            raise CourseError(f"there is no {folder}; run `course build`, which makes it")
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    _become([*command, f"--port={port}", *context.args])


def _become(command: list[str]) -> None:
    """Replace this process by another program. Windows cannot do that: there, run the program, and
    exit with its exit code."""
    if os.name == "nt":
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for that program
        raise typer.Exit(subprocess.run(command).returncode)
    os.execv(command[0], command)
