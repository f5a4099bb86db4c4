"""Grade one submission, on any computer: a `Task` brings all that is needed, an `Outcome` returns.

A `Task` holds the submission's files and, of the gradebook, only the assignment itself. nbgrader
grades the submission in a folder and a gradebook made for it. So a worker needs no shared disk, and
cannot touch the class's gradebook.
"""

import hashlib
import os
import re
import stat
import tempfile
import time
import traceback
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from importlib import metadata
from pathlib import Path
from threading import Lock
from typing import Any

import nbformat
from jupyter_client.provisioning import KernelProvisionerFactory
from nbgrader.utils import parse_utc

from helpers import tensorflow_package
from helpers.course import CourseError
from helpers.course.grading import sandbox
from helpers.course.grading.edition import missing
from helpers.course.grading.rebuild import Cell, read, rebuild
from helpers.course.grading.suspicion import look, said
from helpers.course.grading.warm import prepare
from helpers.course.variants import Variants

MOST_SAID = 1000  # characters of a remark
LARGEST_SUBMISSION = 200 * 2**20  # bytes of a submission
MOST_FILES = 1000  # of a submission
RESERVED = re.compile(r"(?i)^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)")  # by Windows
MISREAD = re.compile(r'[/\\:*?"<>|\[\]]')  # by a file system, or as a pattern of names
ONE_AT_A_TIME = Lock()
STUDENT = "student"  # what everyone is called while being graded


@dataclass(frozen=True)
class Task:
    """A submission to be graded: the submitted files, and what these are graded against."""

    student: str
    assignment: str
    files: dict[str, bytes]
    # 24 digits for the cells it is graded against, 8 for the seed, 32 for the submission. The
    # student's own constants are part of the cells.
    key: str
    timestamp: datetime | None
    cells: dict[str, list[Cell]]  # of each notebook
    gradebook: bytes  # SQLite, with the assignment alone
    config: str  # nbgrader_config.py
    seed: str  # of the hidden data, in hex
    source_files: dict[str, bytes] = field(default_factory=dict)
    own: frozenset[str] = frozenset()  # sources of the course's cells that are not graded
    variants: Variants | None = None  # where each student has own constants
    remarks: tuple[str, ...] = ()
    contained: bool = False  # in a sandbox or not at all


@dataclass(frozen=True)
class Outcome:
    """The result of grading a submission: its marks, or the error that prevented them."""

    student: str
    assignment: str
    key: str
    timestamp: datetime | None = None
    scores: dict[tuple[str, str], float | None] = field(default_factory=dict)
    comments: dict[tuple[str, str], str | None] = field(default_factory=dict)
    verdicts: dict[str, dict[str, dict]] = field(default_factory=dict)  # of each notebook's checks
    files: dict[str, bytes] = field(default_factory=dict)  # of autograded/
    remarks: tuple[str, ...] = ()
    error: str | None = None
    log: str = ""
    seconds: float = 0.0
    version: str = ""  # of the package that graded it

    def __post_init__(self):
        # These texts come from a submission; a terminal may show them, and a database keep them.
        shown: dict[str, Any] = {
            "remarks": tuple(plain_text(remark)[:MOST_SAID] for remark in self.remarks)
        }
        shown |= {"error": self.error and plain_text(self.error), "log": plain_text(self.log)}
        vars(self).update(shown)

    def points(self) -> float:
        """Return the sum of the automatic points."""
        return sum(score for score in self.scores.values() if score is not None)

    def brief(self) -> "Outcome":
        """Return the outcome without its files and log, which have been written already."""
        return replace(self, files={}, log="")


def plain_text(text: str) -> str:
    """Return the text with a replacement character for each character that cannot be printed, such
    as those that steer a terminal; line breaks stay."""
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def one_line(text: str) -> str:
    """Return the text as `plain_text` does, with line breaks replaced, too."""
    return plain_text(text).replace("\n", "\ufffd")


def safe_id(name: str) -> str:
    """Return a student's name as an id that can be the name of a folder everywhere. It has no
    control characters. It has no character that a file system, a pattern of names, a command or a
    spreadsheet reads as something else."""
    joins = "\u200c\u200d"  # unseen, but letters of Persian and Indic names need them
    normal = unicodedata.normalize("NFC", name)
    shown = [c if c.isprintable() or c in joins else "_" for c in normal]
    plain = MISREAD.sub("_", "".join(shown)).strip(". ")
    return re.sub(r"^[=+@-]", "_", RESERVED.sub(r"_\g<0>", plain)) or "_"


@cache
def version() -> str:
    """Return the version of this package (a hash), and of the packages that marks depend on."""
    helpers, digest = Path(__file__).parents[2], hashlib.sha256()
    for path in sorted(helpers.rglob("*.py")):
        digest.update(f"{path.relative_to(helpers)}\n".encode() + path.read_bytes())
    names = "nbgrader", "numpy", tensorflow_package()
    packages = [f"{name} {metadata.version(name)}" for name in names]
    return ", ".join([f"helpers {digest.hexdigest()[:12]}", *packages])


def grade(task: Task) -> Outcome:
    """Grade a submission. Never raises: the outcome's `error` says what went wrong."""
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
            result = _grade(_in_order(task), Path(folder))
    except CourseError as error:
        result = {"error": str(error)}
    except Exception as error:
        result = {"error": f"{type(error).__name__}: {error}\n{traceback.format_exc()}"}
    return Outcome(**about, seconds=time.monotonic() - started, **result)


def _grade(task: Task, root: Path) -> dict:
    from nbgrader.api import Gradebook
    from nbgrader.coursedir import CourseDirectory

    from helpers.course.grading import nbgrading

    # Set on the factory itself, which may have read its environment variable before.
    KernelProvisionerFactory.instance().default_provisioner_name = "warm-sandbox"
    prepare()
    database = f"sqlite:///{root / 'gradebook.db'}"
    (root / "gradebook.db").write_bytes(task.gradebook)
    # Of outputs only those are left that `rebuild` has kept.
    ours = f"\nc.CourseDirectory.db_url = {database!r}\nc.ClearOutput.enabled = False\n"
    ours += f"c.ExecuteAndJudge.seed = {task.seed!r}\n"
    code = [c.source for cells in task.cells.values() for c in cells if c.kind == "code"]
    ours += f"c.ExecuteAndJudge.gone = {[*missing([*code, *task.own])]!r}\n"
    (root / "nbgrader_config.py").write_text(task.config + ours, encoding="utf-8")
    write_files(root / "solutions" / task.assignment, task.source_files)
    write_files(root / "submitted" / STUDENT / task.assignment, task.files)
    course = CourseDirectory(config=nbgrading.load_config(root))
    if task.variants:
        with Gradebook(database, course.course_id) as gradebook:
            _enter_cells(gradebook, task)
    log = nbgrading.autograde(root, task.assignment, STUDENT)
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
    remarks, verdicts = [*task.remarks], {}
    for name in task.cells:
        notebook = nbformat.reads(files[f"{name}.ipynb"].decode(), as_version=4)
        remarks += _troubles(notebook)
        verdicts[name] = {
            cell.metadata.nbgrader.grade_id: cell.metadata.verdict
            for cell in notebook.cells
            if "verdict" in cell.metadata
        }
    result = {"scores": scores, "comments": comments, "verdicts": verdicts, "files": files}
    return result | {"remarks": tuple(remarks), "log": log}


def load(folder: Path, against: Task) -> Task:
    """Return a task of the submission in `folder`.

    Args:
        folder: submitted/<student>/<assignment>.
        against: the task without a student that holds what the submission is graded against.

    Raises:
        CourseError: if the submission has too many files or bytes, or its folder is a link or has a
            name that can be misread.
    """
    if link := next((path for path in (folder.parent, folder) if path.is_symlink()), None):
        raise CourseError(f"{link} is a link, which is not followed: put the folder in its place")
    name = folder.parent.name
    if (safe := safe_id(name)) != unicodedata.normalize("NFC", name):
        raise CourseError(
            f"its folder has a name that can be misread, {name!r}: rename it to {safe!r}, and the "
            "student in the gradebook, too"
        )
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
    against = _for_student(against, safe)
    return replace(
        against,
        student=folder.parent.name,
        files=files,
        key=against.key[:32] + digest.hexdigest()[:32],
        timestamp=timestamp,
        remarks=tuple(remarks),
    )


def _for_student(against: Task, student: str) -> Task:
    """Return the task with the student's own constants, if students have some."""
    if (variants := against.variants) is None:
        return against
    values = variants.values(student)
    cells = {
        name: [cell.written(variants.rendered(cell.source, values)) for cell in cells]
        for name, cells in against.cells.items()
    }
    own = against.own | {variants.rendered(source, values) for source in against.own}
    digest = hashlib.sha256(f"{against.key[:24]} {sorted(values.items())}".encode())
    key = digest.hexdigest()[:24] + against.key[24:]
    return replace(against, cells=cells, own=own, key=key)


def _enter_cells(gradebook: Any, task: Task) -> None:
    """Write the cells of a task into its gradebook: nbgrader takes locked cells from there."""
    for name, cells in task.cells.items():
        found = {cell.name: cell for cell in cells}
        for kept in gradebook.find_notebook(name, task.assignment).source_cells:
            kept.source, kept.checksum = found[kept.name].source, found[kept.name].checksum
    gradebook.db.commit()


def _in_order(task: Task) -> Task:
    """Return the task with its notebooks rebuilt. Raises `CourseError` if a notebook is missing or
    cannot be read."""
    files, remarks, notebooks = task.files, [*task.remarks], {}
    variants = task.variants
    others = partial(variants.others, safe_id(task.student)) if variants else None
    for name, cells in task.cells.items():
        file, called = find_notebook(files, name, cells)
        try:
            parts, odd = read(files[file])
        except CourseError as error:
            raise CourseError(f"{file}: {error}") from error
        notebook, put_right = rebuild(parts, cells, task.own, others)
        notebooks[f"{name}.ipynb"] = nbformat.writes(notebook).encode()
        remarks += [*called, *odd, *put_right]
    ours = {cell.source for cells in task.cells.values() for cell in cells} | task.own
    others = {name: content for name, content in files.items() if not name.endswith(".ipynb")}
    for name, content in others.items():
        if name.endswith(".py"):
            [findings] = look([content.decode("utf-8", "replace")], ours)
            remarks += [said(name, finding) for finding in findings]
        if name.endswith((".pyc", ".pyd", ".so", ".pth")):
            remarks.append(f"{name} is code that nobody can read: is it the student's own work?")
    if task.timestamp:
        others["timestamp.txt"] = f"{task.timestamp} UTC".encode()
    return replace(task, files=others | notebooks, remarks=tuple(remarks))


def plain_files(folder: Path, skip: Iterable[str] = ()) -> dict[str, bytes]:
    """Return the content of every plain file below a folder, by its path relative to the folder.

    Links are not followed. Hidden files and files that match a pattern in `skip` are left out.
    Raises `CourseError` for more than `MOST_FILES` files or `LARGEST_SUBMISSION` bytes.
    """
    files: dict[str, bytes] = {}
    size = 0
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or any(path.match(pattern) for pattern in skip):
            continue
        name = path.relative_to(folder)
        if any(part.startswith(".") or part == "__pycache__" for part in name.parts):
            continue
        size += status.st_size
        if size > LARGEST_SUBMISSION or len(files) == MOST_FILES:
            raise CourseError(
                f"the submission has more than {MOST_FILES} files or "
                f"{LARGEST_SUBMISSION // 2**20} MiB; take out what does not belong to it"
            )
        files[name.as_posix()] = path.read_bytes()
    return files


def find_notebook(files: dict[str, bytes], name: str, cells: list[Cell]) -> tuple[str, list[str]]:
    """Return the file that is the notebook, whatever its name, and a remark if its name is another.
    Raises `CourseError` if there is none, or several are as likely."""
    if f"{name}.ipynb" in files:
        return f"{name}.ipynb", []
    notebooks = [file for file in files if file.lower().endswith(".ipynb")]
    if not notebooks:
        raise CourseError(f"there is no notebook {name}.ipynb, nor any other")
    known = [sum(cell.name.encode() in files[file] for cell in cells) for file in notebooks]
    best = [file for file, count in zip(notebooks, known, strict=True) if count == max(known)]
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
    """Return at most five remarks on cells that ended their kernel, did not run, or suffer from
    another cell."""
    messages = []
    for number, cell in enumerate(notebook.cells, start=1):
        name = cell.metadata.get("nbgrader", {}).get("grade_id") or f"cell {number}"
        if cause := cell.metadata.get("suffers"):
            messages.append(f"{name}: {cause}")
        for output in cell.get("outputs", []):
            if output.output_type == "error" and output.ename in ("KernelDied", "NotRun"):
                messages.append(f"{name}: {output.evalue}")
                break
    return messages[:5]
