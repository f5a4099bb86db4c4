"""A slip of type costs the line that asks for the type, and no other."""

import numpy as np
import pytest

from helpers import checks
from helpers.checks.core import Answer, calls
from tests.checks.solved import NOTEBOOK

EXERCISES = [name for name in checks.CHECKS if NOTEBOOK[name][:2] not in ("01", "02", "04")]


def in_floats(value):
    """Whole numbers, also those among several results, as floating point numbers."""
    if isinstance(value, tuple):
        return tuple(map(in_floats, value))
    whole = isinstance(value, np.ndarray) and value.dtype.kind in "iu"
    return value.astype(np.float32) if whole else value


def in_one_array(value):
    """Several results of one shape as one array."""
    alike = isinstance(value, tuple) and len(set(map(np.shape, value))) == 1
    return np.array(value) if alike else value


@pytest.mark.parametrize("slip", [in_floats, in_one_array])
@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_slip_of_type_costs_one_line(exercise, slip):
    check = checks.CHECKS[exercise]
    for hidden in (False, True):
        cases = check.inputs(hidden, seed=0)
        right = [check.reference(**inputs) for inputs in calls(cases)]
        result = check.verdict(cases, [Answer(slip(value)) for value in right], hidden)
        lost = [line.step for line in result.lines if line.problem]
        assert lost in ([], [result.lines[0].step]), result.card()


@pytest.mark.parametrize(
    ("exercise", "slip"),
    [
        ("pool_with_switches", in_floats),
        ("pool_with_switches", in_one_array),
        ("covered_places", in_floats),
        ("head_classes", in_floats),
        ("deprocess", in_floats),
    ],
)
def test_it_costs_that_line(exercise, slip):
    check = checks.CHECKS[exercise]
    cases = check.inputs(hidden=True, seed=1)
    answers = [Answer(slip(check.reference(**inputs))) for inputs in calls(cases)]
    assert check.verdict(cases, answers, True).earned == check.points - 1
