"""What nbgrader writes into the gradebook, with the course's configuration."""

import shutil
import subprocess
import sys

import pytest
from nbgrader import api, dbutil
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from rich.console import Console

from helpers.course.build import build, read_notebook
from helpers.course.grading import nbgrading
from helpers.course.grading.grade import run_grade
from helpers.course.grading.nbgrading import autograde, load_config, marks
from helpers.course.samples import RIGHT, make_submissions


@pytest.mark.slow
def test_untouched_answers_get_no_point_and_a_person_sees_the_written_one(make_course, toy_source):
    """Under `nbgrader autograde` as under `course grade`."""
    root = make_course(_01_toy=toy_source)
    build(root)
    shutil.copytree(root / "notebooks" / "01_toy", root / "submitted" / "absent" / "01_toy")
    make_submissions(root, {"01_toy": read_notebook(root / "solutions", "01_toy")}, {})
    for student in ("absent", RIGHT):
        autograde(root, "01_toy", student)
    coursedir = CourseDirectory(config=load_config(root))
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        submission = gradebook.find_submission("01_toy", "absent")
        grades = {grade.cell.name: grade for grade in submission.notebooks[0].grades}
        assert grades["double_check"].auto_score == 0
        assert not grades["double_check"].needs_manual_grade
        assert grades["why_question"].auto_score is None
        assert grades["why_question"].needs_manual_grade
        comments = [comment.auto_comment for comment in submission.notebooks[0].comments]
        assert "No response." in comments
    stock = marks(root)
    assert {mark.student: mark.points for mark in stock if mark.points is not None} == {
        "absent": 0,
        RIGHT: 3,
    }
    summary = run_grade(root, Console(quiet=True), students=["absent", RIGHT])
    assert len(summary.graded) == 2
    assert marks(root) == stock
    graded = read_notebook(root / "autograded" / RIGHT, "01_toy")
    [picture] = [cell for cell in graded.cells if "plt.plot" in cell.source]
    assert "image/png" in picture.outputs[0].data


@pytest.mark.slow
def test_a_new_gradebook_has_the_schema_that_nbgrader_s_own_way_finds():
    with dbutil._temp_alembic_ini("sqlite://") as ini:
        asked = [sys.executable, "-m", "alembic.config", "-c", ini, "heads"]
        heads = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert heads.split()[0] == nbgrading.newest_schema() == api.get_alembic_version()
