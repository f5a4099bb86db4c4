"""A graded cell without a check: the number it shows counts; without evidence there is no point.

What becomes of careless and hostile submissions is in hostile/.
"""

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.utils import determine_grade

from helpers.course.evidence import ExecuteAndJudge


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "points"),
    [
        ("1.5", 1.5),
        ("assert False", 0),
        ("x = 2", 0),
        ("x = (", 0),
        ("'2'", 0),
        ("-1", 0),
        ("3", 0),
        ("float('inf')", 0),
    ],
)
def test_a_graded_cell_without_a_check_needs_evidence(source, points):
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {"grade": True, "solution": False, "points": 2, "grade_id": "own"}
    ExecuteAndJudge(kernel_name="python3").preprocess(new_notebook(cells=[cell]), {})
    assert determine_grade(cell)[0] == points
