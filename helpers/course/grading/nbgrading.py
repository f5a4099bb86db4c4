"""nbgrader's converters on a course folder of our choice, and the marks in its gradebook."""

import glob
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import NamedTuple

from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbgrader import api
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.preprocessors import SaveCells
from nbgrader.utils import capture_log
from sqlalchemy import URL, make_url
from sqlalchemy.exc import DatabaseError, OperationalError, SAWarning
from traitlets.config import Config, PyFileConfigLoader

from helpers.course import KERNEL_ARGUMENTS, CourseError, use_this_environment

LOCKED_SECONDS = 60  # that another program may lock the gradebook
DATABASE_REFUSED = re.compile(
    r"sqlalchemy\.exc\.(?:OperationalError|DatabaseError): \([\w.]+\) (.+)"
)
RAISED = re.compile(r"\s*[\w.]+(Error|Exception|Exit|Interrupt|Entry): ")  # the end of a traceback


@cache
def newest_schema() -> str:
    """Return the version of a new gradebook's tables."""
    from alembic.script import ScriptDirectory

    return str(ScriptDirectory(ALEMBIC_DIR).get_current_head())


# For every new gradebook nbgrader would start a program to find the version, which takes seconds.
api.get_alembic_version = newest_schema


class SubmissionFailed(CourseError):
    """nbgrader failed on one submission. The message's first line says why, its log follows."""


class Mark(NamedTuple):
    """What one graded cell earned; ``points`` is None where a person has to mark it."""

    student: str
    assignment: str
    cell: str
    points: float | None
    maximum: float


def load_config(root: Path) -> Config:
    """Return the course's ``nbgrader_config.py``, with ``root`` as the course's folder.

    Raises `CourseError` if the file cannot be read.
    """
    try:
        config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    except Exception as error:  # it is a program
        raise CourseError(
            f"{root / 'nbgrader_config.py'} cannot be read: {type(error).__name__}: {error}; "
            "put it right, or take the course's own again: git checkout nbgrader_config.py"
        ) from error
    config.CourseDirectory.root = str(root.resolve())
    config.Execute.extra_arguments = KERNEL_ARGUMENTS
    return config


def generate_assignment(root: Path, assignment: str) -> None:
    """Make the student version ``notebooks/<assignment>`` and enter it in the gradebook."""
    _run(GenerateAssignment, root, assignment)


def released(root: Path, notebook: NotebookNode, hidden: bool = False) -> NotebookNode:
    """Return what `generate_assignment` makes of a solution notebook: the student version or, with
    what is `hidden` from students, the cells as the gradebook keeps them."""
    course = CourseDirectory(config=load_config(root))
    steps = GenerateAssignment(coursedir=course, config=course.config).preprocessors
    entered = steps.index(SaveCells)
    made, resources = deepcopy(notebook), ResourcesDict()
    for step in steps[:entered] if hidden else steps[:entered] + steps[entered + 1 :]:
        made, resources = step(config=course.config).preprocess(made, resources)
    return made


def autograde(root: Path, assignment: str, student: str) -> str:
    """Run the submission and enter its marks in the gradebook; return nbgrader's log.

    Raises `CourseError` if nbgrader fails.
    """
    return _run(Autograde, root, assignment, student)


def generate_feedback(root: Path, assignment: str) -> list[str]:
    """Write ``feedback/<student>/<assignment>/`` for every graded submission, one after another.
    Return a sentence on each page that could not be written."""
    course = CourseDirectory(config=load_config(root))
    problems = []
    for folder in sorted(Path(course.format_path(course.autograded_directory, "", "")).iterdir()):
        if not (folder / assignment).is_dir():
            continue
        try:
            _run(GenerateFeedback, root, assignment, folder.name)
        except SubmissionFailed as error:
            first, _, log = str(error).partition("\n")
            problems.append(f"{first}; its log: {_keep_log(root, log)}")
    return problems


@contextmanager
def opened(root: Path) -> Iterator[tuple[CourseDirectory, Gradebook]]:
    """Open the course: yield its folders and its gradebook."""
    course = CourseDirectory(config=load_config(root))
    with (
        clear_database_errors(course.db_url),
        Gradebook(patient(course.db_url), course.course_id) as gradebook,
    ):
        yield course, gradebook


def patient(url: str) -> URL:
    """Return the gradebook's address with `LOCKED_SECONDS` to wait for an SQLite file, which the
    formgrader or a backup may lock."""
    made = make_url(url)
    if made.get_backend_name() != "sqlite":
        return made
    return made.update_query_dict({"timeout": str(LOCKED_SECONDS)})


@contextmanager
def clear_database_errors(url: str) -> Iterator[None]:
    """Raise a database's error as a `CourseError`: the gradebook is locked, damaged or cannot be
    reached."""
    try:
        yield
    except Exception as error:
        # nbgrader raises an error of its own instead.
        known = [e for e in (error, error.__context__) if isinstance(e, DatabaseError)]
        # Other database errors are faults of a program.
        failure = next((e for e in known if type(e) in (DatabaseError, OperationalError)), None)
        if isinstance(error, CourseError) or failure is None:
            raise
        raise _unusable(url, str(failure.orig).partition("\n")[0]) from error


def _unusable(url: str, said: str) -> CourseError:
    made = make_url(url)
    where = made.database if made.get_backend_name() == "sqlite" else made.render_as_string()
    remedy = "make sure that it can be read and written, and that it is the gradebook"
    if "locked" in said:
        remedy = "close the other program that keeps it (the formgrader, a backup)"
    return CourseError(f"the gradebook {where}: {said}; {remedy}, and start again")


def marks(root: Path) -> list[Mark]:
    """Return the mark of every graded cell of every submission in the course's gradebook."""
    rows = []
    with opened(root) as (_, gradebook):
        for assignment in gradebook.assignments:
            for submission in assignment.submissions:
                for notebook in submission.notebooks:
                    rows += [
                        Mark(
                            submission.student.id,
                            assignment.name,
                            grade.cell.name,
                            grade.auto_score,
                            grade.max_score,
                        )
                        for grade in notebook.grades
                    ]
    return sorted(rows, key=lambda mark: mark[:3])


def _run(converter: type, root: Path, assignment: str, student: str | None = None) -> str:
    use_this_environment()
    config = load_config(root)
    config.CourseDirectory.assignment_id = assignment
    if student is not None:
        config.CourseDirectory.student_id = glob.escape(student)
    # The folder is given only once: a converter reads it from its own course directory.
    course = CourseDirectory(config=config)
    url = course.db_url
    course.db_url = patient(url).render_as_string(hide_password=False)
    app = converter(coursedir=course, config=config, force=True)
    with clear_database_errors(url), warnings.catch_warnings():
        # nbgrader's own mappings make SQLAlchemy warn about every new submission.
        warnings.simplefilter("ignore", SAWarning)
        result = capture_log(app)
    if not result["success"]:
        log = result.get("log", result["error"]).strip()
        if refused := DATABASE_REFUSED.search(log):
            raise _unusable(url, refused[1])
        cause = ([line.strip() for line in log.splitlines() if RAISED.match(line)] or [""])[-1]
        if student is None:  # of a submission the grader keeps the log
            cause = cause or log.rpartition("\n")[2]
            file = _keep_log(root, log)
            raise CourseError(f"nbgrader failed on {assignment}: {cause}; its log: {file}")
        raise SubmissionFailed(f"nbgrader failed on {assignment} of {student}: {cause}\n{log}")
    return result.get("log", "")


def _keep_log(root: Path, log: str) -> Path:
    file = root / "build" / "nbgrader.log"
    file.parent.mkdir(exist_ok=True)
    file.write_text(log, encoding="utf-8", errors="backslashreplace")
    return file
