"""Grade one submission, anywhere: everything that is needed comes with it, and goes back.

A `Task` holds the submission's files and of the gradebook only the assignment itself; nbgrader
grades it in a folder and a gradebook of its own. So a worker needs no disk that others see, and
cannot touch a class's gradebook.
"""

import os
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import nbformat

from helpers.course import CourseError
from helpers.course.rebuild import Cell, read, rebuild

STUDENT = "student"  # what everyone is called while being graded


@dataclass(frozen=True)
class Task:
    """A submission to be graded: its files, and what they are graded against."""

    student: str
    assignment: str
    files: dict[str, bytes]
    key: str  # of the submission and of what it is graded against
    timestamp: datetime | None
    cells: dict[str, list[Cell]]  # of each notebook
    gradebook: bytes  # SQLite, with the assignment alone
    config: str  # nbgrader_config.py
    source_files: dict[str, bytes] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What became of a task: marks, or why there are none."""

    student: str
    assignment: str
    key: str
    timestamp: datetime | None = None
    scores: dict[tuple[str, str], float | None] = field(default_factory=dict)
    comments: dict[tuple[str, str], str | None] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)  # of autograded/
    remarks: tuple[str, ...] = ()
    error: str | None = None
    log: str = ""
    seconds: float = 0.0


def grade(task: Task) -> Outcome:
    """Grade a submission. Never raises: what goes wrong is told in the outcome."""
    started = time.monotonic()
    about = {"student": task.student, "assignment": task.assignment, "key": task.key}
    try:
        with tempfile.TemporaryDirectory(prefix="grading-") as folder:
            found = _grade(task, Path(folder))
    except CourseError as error:
        found = {"error": str(error)}
    except Exception as error:
        found = {"error": f"{type(error).__name__}: {error}", "log": traceback.format_exc()}
    return Outcome(**about, timestamp=task.timestamp, seconds=time.monotonic() - started, **found)


def _grade(task: Task, root: Path) -> dict:
    from nbgrader.api import Gradebook
    from nbgrader.coursedir import CourseDirectory

    from helpers.course import nbgrading

    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "warm-sandbox"
    database = f"sqlite:///{root / 'gradebook.db'}"
    (root / "gradebook.db").write_bytes(task.gradebook)
    own = f"\nc.CourseDirectory.db_url = {database!r}\n"
    (root / "nbgrader_config.py").write_text(task.config + own)
    submitted = root / "submitted" / STUDENT / task.assignment
    write_files(root / "solutions" / task.assignment, task.source_files)
    remarks = [*task.remarks, *_unpack(task, submitted)]
    log = nbgrading.autograde(root, task.assignment, STUDENT)
    course = CourseDirectory(config=nbgrading.load_config(root))
    with Gradebook(database, course.course_id) as gradebook:
        notebooks = gradebook.find_submission(task.assignment, STUDENT).notebooks
        scores = {(nb.name, g.cell.name): g.auto_score for nb in notebooks for g in nb.grades}
        comments = {(nb.name, c.cell.name): c.auto_comment for nb in notebooks for c in nb.comments}
    graded = root / course.autograded_directory / STUDENT / task.assignment
    files = {
        path.relative_to(graded).as_posix(): path.read_bytes()
        for path in sorted(graded.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    for name in task.cells:
        remarks += _troubles(nbformat.reads(files[f"{name}.ipynb"].decode(), as_version=4))
    found = {"scores": scores, "comments": comments, "files": files}
    return found | {"remarks": tuple(remarks), "log": log}


def _unpack(task: Task, target: Path) -> list[str]:
    """Write the submission's files, its notebooks rebuilt; return what was odd about them."""
    remarks = []
    others = {name: c for name, c in task.files.items() if not name.endswith(".ipynb")}
    write_files(target, others)
    for name, cells in task.cells.items():
        file, said = _find(task.files, name, cells)
        try:
            parts, odd = read(task.files[file])
        except CourseError as error:
            raise CourseError(f"{file}: {error}") from error
        notebook, put_right = rebuild(parts, cells)
        remarks += [*said, *odd, *put_right]
        nbformat.write(notebook, target / f"{name}.ipynb")
    return remarks


def _find(files: dict[str, bytes], name: str, cells: list[Cell]) -> tuple[str, list[str]]:
    """The file that is the notebook, whatever its name is."""
    if f"{name}.ipynb" in files:
        return f"{name}.ipynb", []
    found = [file for file in files if file.lower().endswith(".ipynb")]
    if not found:
        raise CourseError(f"there is no notebook {name}.ipynb, nor any other")
    known = [sum(cell.name.encode() in files[file] for cell in cells) for file in found]
    best = [file for file, count in zip(found, known, strict=True) if count == max(known)]
    if len(best) > 1:
        raise CourseError(
            f"there is no notebook {name}.ipynb, and {' and '.join(best)} may be meant; "
            "rename the right one"
        )
    return best[0], [f"the notebook is called {best[0]}"]


def write_files(target: Path, files: dict[str, bytes]) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _troubles(notebook: nbformat.NotebookNode) -> list[str]:
    """What a person should know of how it ran."""
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        name = cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell {number}"
        for output in cell.get("outputs", []):
            if output.output_type == "error" and output.ename in ("KernelDied", "NotRun"):
                found.append(f"{name}: {output.evalue}")
                break
    return found[:5]
