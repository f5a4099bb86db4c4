"""nbgrader's converters on a course folder of our choice, and the marks in its gradebook."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log
from sqlalchemy.exc import SAWarning
from traitlets.config import Config, PyFileConfigLoader

from helpers.course import KERNEL_ARGUMENTS, CourseError, use_this_environment

RAISED = re.compile(r"\s*[\w.]+(Error|Exception|Exit|Interrupt): ")  # the end of a traceback


class Mark(NamedTuple):
    """What one graded cell earned; ``points`` is None where a person has to mark it."""

    student: str
    assignment: str
    cell: str
    points: float | None
    maximum: float


def load_config(root: Path) -> Config:
    """Return the course's ``nbgrader_config.py``, rooted at ``root``."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root.resolve())
    config.Execute.extra_arguments = KERNEL_ARGUMENTS
    return config


def generate_assignment(root: Path, assignment: str) -> None:
    """Make the student version ``notebooks/<assignment>`` and enter it in the gradebook."""
    _run(GenerateAssignment, root, assignment)


def autograde(root: Path, assignment: str, student: str) -> str:
    """Run the submission and enter its marks in the gradebook; return nbgrader's log."""
    return _run(Autograde, root, assignment, student)


def generate_feedback(root: Path, assignment: str) -> None:
    """Write ``feedback/<student>/<assignment>/`` for every graded submission."""
    _run(GenerateFeedback, root, assignment)


@contextmanager
def opened(root: Path) -> Iterator[tuple[CourseDirectory, Gradebook]]:
    """The course's folders and its gradebook."""
    course = CourseDirectory(config=load_config(root))
    with Gradebook(course.db_url, course.course_id) as gradebook:
        yield course, gradebook


def marks(root: Path) -> list[Mark]:
    """Return the mark of every graded cell of every submission in the course's gradebook."""
    found = []
    with opened(root) as (_, gradebook):
        for assignment in gradebook.assignments:
            for submission in assignment.submissions:
                for notebook in submission.notebooks:
                    found += [
                        Mark(
                            submission.student.id,
                            assignment.name,
                            grade.cell.name,
                            grade.auto_score,
                            grade.max_score,
                        )
                        for grade in notebook.grades
                    ]
    return sorted(found, key=lambda mark: mark[:3])


def _run(converter: type, root: Path, assignment: str, student: str | None = None) -> str:
    use_this_environment()
    config = load_config(root)
    config.CourseDirectory.assignment_id = assignment
    if student is not None:
        config.CourseDirectory.student_id = student
    # The folder is given only once: a converter reads it from its own course directory.
    app = converter(coursedir=CourseDirectory(config=config), config=config, force=True)
    with warnings.catch_warnings():
        # nbgrader's own mappings make SQLAlchemy warn about every new submission.
        warnings.simplefilter("ignore", SAWarning)
        result = capture_log(app)
    if not result["success"]:
        who = f" of {student}" if student else ""
        log = result.get("log", result["error"]).strip()
        cause = ([line.strip() for line in log.splitlines() if RAISED.match(line)] or [""])[-1]
        raise CourseError(f"nbgrader failed on {assignment}{who}: {cause}\n{log}")
    return result.get("log", "")
