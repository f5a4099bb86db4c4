"""Sample submissions: released notebooks with right and with wrong answers filled in."""

import pytest
from nbformat.v4 import new_output

from helpers.course import CourseError
from helpers.course.build import read_notebook
from helpers.course.samples import make_submissions

WRONG = "def double(x):\n    return x**2"


def sources(root, student):
    notebook = read_notebook(root / "submitted" / student, "01_toy")
    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }


def solution(root):
    return read_notebook(root / "solutions", "01_toy")


def test_only_the_answers_differ_from_the_released_notebook(built_course):
    executed = solution(built_course)
    picture = next(cell for cell in executed.cells if "plt.plot" in cell.source)
    picture.update(execution_count=4, outputs=[new_output("stream", text="shown")])
    make_submissions(built_course, {"01_toy": executed}, {"double": WRONG})
    right, wrong = sources(built_course, "right"), sources(built_course, "typical_mistakes")
    assert "return 2 * x" in right["double"]
    assert right["why_question"] == "The model answer."
    assert "double(5)" not in right["double_check"]
    assert wrong == right | {"double": WRONG}
    handed_in = read_notebook(built_course / "submitted" / "right", "01_toy")
    assert [cell for cell in handed_in.cells if cell.get("outputs")] == [picture]


def test_a_mistake_in_an_unknown_exercise_is_refused(built_course):
    with pytest.raises(CourseError, match="typical mistakes of triple"):
        make_submissions(built_course, {"01_toy": solution(built_course)}, {"triple": WRONG})
