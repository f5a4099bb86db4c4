"""Grade one submission, anywhere: everything that is needed comes with it, and goes back.

A `Task` holds the submission's files and of the gradebook only the assignment itself; nbgrader
grades it in a folder and a gradebook of its own. So a worker needs no disk that others see, and
cannot touch a class's gradebook.
"""

import hashlib
import os
import stat
import tempfile
import time
import traceback
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import Any

import nbformat
from jupyter_client.provisioning import KernelProvisionerFactory
from nbgrader.utils import parse_utc

from helpers.course import CourseError
from helpers.course.grading import sandbox
from helpers.course.grading.rebuild import Cell, internals, read, rebuild
from helpers.course.grading.warm import prepare

MOST_SAID = 1000  # characters of a remark
LARGEST_SUBMISSION = 200 * 2**20  # bytes of a submission
MOST_FILES = 1000  # of a submission
ONE_AT_A_TIME = Lock()
STUDENT = "student"  # what everyone is called while being graded


@dataclass(frozen=True)
class Task:
    """A submission to be graded: its files, and what they are graded against."""

    student: str
    assignment: str
    files: dict[str, bytes]
    key: str  # 32 digits for what it is graded against, 32 for the submission
    timestamp: datetime | None
    cells: dict[str, list[Cell]]  # of each notebook
    gradebook: bytes  # SQLite, with the assignment alone
    config: str  # nbgrader_config.py
    source_files: dict[str, bytes] = field(default_factory=dict)
    own: frozenset[str] = frozenset()  # sources of the course's cells that are not graded
    remarks: tuple[str, ...] = ()
    contained: bool = False  # in a sandbox or not at all


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
    version: str = ""  # of the package that graded it

    def __post_init__(self):
        # Whatever a submission says may be shown in a terminal, and written to a database.
        shown: dict[str, Any] = {
            "remarks": tuple(plain_text(remark)[:MOST_SAID] for remark in self.remarks)
        }
        shown |= {"error": self.error and plain_text(self.error), "log": plain_text(self.log)}
        vars(self).update(shown)

    def points(self) -> float:
        """Those given automatically."""
        return sum(score for score in self.scores.values() if score is not None)

    def brief(self) -> "Outcome":
        """Without what has been written down already."""
        return replace(self, files={}, log="")


def plain_text(text: str) -> str:
    """Without what is no character, or steers a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def one_line(text: str) -> str:
    """As `plain_text`, for what stands in a line of ours."""
    return plain_text(text).replace("\n", "\ufffd")


@cache
def version() -> str:
    """Of this package, and of those that marks depend on."""
    helpers, digest = Path(__file__).parents[2], hashlib.sha256()
    for path in sorted(helpers.rglob("*.py")):
        digest.update(f"{path.relative_to(helpers)}\n".encode() + path.read_bytes())
    packages = [f"{name} {metadata.version(name)}" for name in ("nbgrader", "numpy", "tensorflow")]
    return ", ".join([f"helpers {digest.hexdigest()[:12]}", *packages])


def grade(task: Task) -> Outcome:
    """Grade a submission. Never raises: what goes wrong is told in the outcome."""
    started = time.monotonic()
    about: dict[str, Any] = {"student": task.student, "assignment": task.assignment}
    about |= {"key": task.key, "timestamp": task.timestamp}
    try:
        about["version"] = version()
        if task.contained and (reason := sandbox.unavailable()):
            raise CourseError(f"there is no sandbox where it was to be graded: {reason}")
        # nbgrader changes the working folder, so a worker with threads takes one after another.
        with (
            ONE_AT_A_TIME,
            tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as folder,
        ):
            found = _grade(_in_order(task), Path(folder))
    except CourseError as error:
        found = {"error": str(error)}
    except Exception as error:
        found = {"error": f"{type(error).__name__}: {error}\n{traceback.format_exc()}"}
    return Outcome(**about, seconds=time.monotonic() - started, **found)


def _grade(task: Task, root: Path) -> dict:
    from nbgrader.api import Gradebook
    from nbgrader.coursedir import CourseDirectory

    from helpers.course.grading import nbgrading

    # Told to the factory itself: it reads its environment once, perhaps before.
    KernelProvisionerFactory.instance().default_provisioner_name = "warm-sandbox"
    prepare()
    database = f"sqlite:///{root / 'gradebook.db'}"
    (root / "gradebook.db").write_bytes(task.gradebook)
    # Of outputs only those are left that `rebuild` has kept.
    ours = f"\nc.CourseDirectory.db_url = {database!r}\nc.ClearOutput.enabled = False\n"
    (root / "nbgrader_config.py").write_text(task.config + ours, encoding="utf-8")
    write_files(root / "solutions" / task.assignment, task.source_files)
    write_files(root / "submitted" / STUDENT / task.assignment, task.files)
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
    remarks = [*task.remarks]
    for name in task.cells:
        remarks += _troubles(nbformat.reads(files[f"{name}.ipynb"].decode(), as_version=4))
    found = {"scores": scores, "comments": comments, "files": files}
    return found | {"remarks": tuple(remarks), "log": log}


def load(folder: Path, against: Task) -> Task:
    """The submission in `folder` as it is, to be graded `against` what that task without a student
    holds. Raises `CourseError`, which says why, if it cannot be."""
    files, remarks = plain_files(folder), []
    stamp = files.pop("timestamp.txt", b"").decode("utf-8", "replace").strip()
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
    digest = hashlib.sha256(f"{timestamp}".encode())
    for name, content in sorted(files.items()):
        called = os.fsencode(name)  # an old archive's names may be no UTF-8
        digest.update(b"%d %s %d " % (len(called), called, len(content)) + content)
    return replace(
        against,
        student=folder.parent.name,
        files=files,
        key=against.key[:32] + digest.hexdigest()[:32],
        timestamp=timestamp,
        remarks=tuple(remarks),
    )


def _in_order(task: Task) -> Task:
    """The task with its notebooks rebuilt. Raises `CourseError` where there is none to rebuild."""
    files, remarks, notebooks = task.files, [*task.remarks], {}
    for name, cells in task.cells.items():
        file, called = _find(files, name, cells)
        try:
            parts, odd = read(files[file])
        except CourseError as error:
            raise CourseError(f"{file}: {error}") from error
        notebook, put_right = rebuild(parts, cells, task.own)
        notebooks[f"{name}.ipynb"] = nbformat.writes(notebook).encode()
        remarks += [*called, *odd, *put_right]
    others = {name: content for name, content in files.items() if not name.endswith(".ipynb")}
    for name, content in others.items():
        if name.endswith(".py") and (reached := internals(content.decode("utf-8", "replace"))):
            remarks.append(f"{name} reaches into the checks ({reached}): is it their own work?")
    if task.timestamp:
        others["timestamp.txt"] = f"{task.timestamp} UTC".encode()
    return replace(task, files=others | notebooks, remarks=tuple(remarks))


def plain_files(folder: Path, skip: Iterable[str] = ()) -> dict[str, bytes]:
    """Every plain file below a folder; no link is followed."""
    found: dict[str, bytes] = {}
    size = 0
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or any(path.match(pattern) for pattern in skip):
            continue
        name = path.relative_to(folder)
        if any(part.startswith(".") or part == "__pycache__" for part in name.parts):
            continue
        size += status.st_size
        if size > LARGEST_SUBMISSION or len(found) == MOST_FILES:
            raise CourseError(
                f"the submission has more than {MOST_FILES} files or "
                f"{LARGEST_SUBMISSION // 2**20} MiB; take out what does not belong to it"
            )
        found[name.as_posix()] = path.read_bytes()
    return found


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
