"""The ``course`` command. Heavy imports wait inside the commands: ``--help`` must be quick."""

import os
import sys
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from helpers.course import CourseError, find_root, use_this_environment

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Build, try out, open and diagnose the course.",
)
console = Console()


@contextmanager
def clear_errors():
    """Show a CourseError as its message alone, and exit with 1."""
    try:
        yield
    except CourseError as error:
        console.print("[bold red]Error:[/]", end=" ")
        console.print(str(error), markup=False, highlight=False)
        raise typer.Exit(1) from error


@app.command()
def build() -> None:
    """Compile solutions/NN_slug.py to solution and student notebooks."""
    from helpers.course.build import build as build_course

    with clear_errors():
        names, removed = build_course(find_root())
    for folder in removed:
        console.print(f"removed {folder}/: it has no source any more", highlight=False)
    for name in names:
        console.print(f"built notebooks/{name}/{name}.ipynb", highlight=False)


@app.command()
def demo() -> None:
    """Execute and release every notebook, grade two sample submissions, show the pictures."""
    from helpers.course.demo import run_demo

    with clear_errors():
        if failures := run_demo(find_root(), console):
            raise CourseError("\n".join(failures))


@app.command()
def compare(
    images: Annotated[int, typer.Option(min=1, help="Test images of each class.")] = 6,
) -> None:
    """Rank all methods by how faithful their maps are, on the line and the face network."""
    from helpers.course.compare import run_compare

    with clear_errors():
        run_compare(find_root(), console, images)


@app.command()
def bench(
    quick: Annotated[bool, typer.Option(help="Small networks alone; assert, don't time.")] = False,
    rows: Annotated[str, typer.Option(help="Only rows with this in their name.")] = "",
    repetitions: Annotated[int, typer.Option(min=1, help="Of each contender.")] = 5,
) -> None:
    """Time the methods beside plain TensorFlow and other libraries."""
    with clear_errors():
        program = find_root() / "benchmarks" / "bench.py"
    use_this_environment()
    command = [sys.executable, str(program), "--rows", rows, "--repetitions", str(repetitions)]
    os.execv(sys.executable, [*command, *(["--quick"] if quick else [])])


@app.command()
def doctor() -> None:
    """Check this computer, and say what to do about each problem."""
    from helpers.course.doctor import PROBLEM, examine, result_table

    with clear_errors():
        results = examine(find_root())
    console.print(result_table(results))
    if any(result.verdict == PROBLEM for result in results):
        raise typer.Exit(1)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="Where JupyterLab listens.")] = 8888,
) -> None:
    """Open JupyterLab in notebooks/; further arguments go to `jupyter lab`."""
    with clear_errors():
        folder = find_root() / "notebooks"
    use_this_environment()
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    os.execv(sys.executable, [*command, f"--port={port}", *context.args])
