"""What a check asks."""

import numpy as np
import pytest

from helpers import checks
from helpers.checks import apart
from helpers.checks.core import Answer, calls


@pytest.mark.parametrize("exercise", list(checks.CHECKS))
def test_grading_asks_all_that_the_visible_check_asks_and_more(exercise):
    """With the same seed the visible check's cases come first, so that no kind of case is left
    out."""
    visible, hidden = (
        [
            (case.step, case.judge.__qualname__, apart.pack(case.inputs))
            for case in getattr(checks, exercise).inputs(at_grading, seed=0)
        ]
        for at_grading in (False, True)
    )
    assert hidden[: len(visible)] == visible
    assert len(hidden) > len(visible)


def in_floats(value):
    """The same numbers in another type."""
    if isinstance(value, tuple | list):
        return type(value)(map(in_floats, value))
    if isinstance(value, dict | str) or value is None or np.asarray(value).dtype.kind not in "biuf":
        return value
    return np.asarray(value, np.float64)


@pytest.mark.parametrize("exercise", list(checks.CHECKS))
@pytest.mark.parametrize("at_grading", [False, True])
def test_a_slip_of_type_costs_one_line(exercise, at_grading):
    check = getattr(checks, exercise)
    cases = check.inputs(at_grading, seed=0)
    answers = [Answer(in_floats(check.reference(**inputs))) for inputs in calls(cases)]
    result = check.verdict(cases, answers, at_grading)
    assert sum(line.problem is not None for line in result.lines) <= 1, result.card()
