"""What is drawn, and what a slip of type costs: the line that asks for the type, and no other."""

import numpy as np
import pytest

from helpers import checks
from helpers.checks import judges
from helpers.checks.core import Answer, calls
from helpers.checks.values import pack
from tests.checks.solved import BEGINS, FINDINGS

EXERCISES = [name for name in checks.CHECKS if name not in BEGINS]


@pytest.mark.parametrize("exercise", BEGINS)
def test_grading_asks_all_that_the_visible_check_asks_and_more(exercise):
    visible, hidden = (
        [
            (case.step, judges.named(case.judge)[0], pack(case.inputs))
            for case in checks.CHECKS[exercise].inputs(at_grading, seed=0)
        ]
        for at_grading in (False, True)
    )
    assert hidden[: len(visible)] == visible
    assert (len(hidden) > len(visible)) == (exercise not in FINDINGS)


def kind_of(value):
    """Shapes and types of inputs, without their values."""
    if isinstance(value, dict):
        return tuple((name, kind_of(item)) for name, item in value.items() if name != "name")
    if isinstance(value, tuple | list):
        return tuple(map(kind_of, value))
    return (type(value), *np.shape(value))


@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e not in ("file_kind", "conv_names")])
def test_the_hidden_check_asks_for_all_kinds_of_inputs_that_the_visible_one_asks_for(exercise):
    """The two left out draw texts and architectures, whose sizes differ from draw to draw."""
    visible, hidden = (
        [(case.step, kind_of(case.inputs)) for case in checks.CHECKS[exercise].inputs(hidden, 3)]
        for hidden in (False, True)
    )
    assert set(visible) <= set(hidden)
    assert (len(visible) < len(hidden)) == (exercise not in FINDINGS)


@pytest.mark.parametrize(("hidden", "seed"), [(False, 110), (True, 117), (True, 188)])
def test_directions_are_drawn_anew_where_all_differ_to_one_side(hidden, seed):
    """As in one of 80 draws at grading. Else a forgotten `abs` might be right."""
    for inputs in calls(checks.angle_error.inputs(hidden, seed)):
        assert (inputs["predicted"] < inputs["true"]).any()
        assert (inputs["predicted"] > inputs["true"]).any()


def in_floats(value):
    """The same numbers in another type."""
    if isinstance(value, tuple | list):
        return type(value)(map(in_floats, value))
    if isinstance(value, dict | str) or value is None or np.asarray(value).dtype.kind not in "biuf":
        return value
    return np.asarray(value, np.float64)


def in_one_array(value):
    """Several results of one shape as one array."""
    alike = isinstance(value, tuple) and len(set(map(np.shape, value))) == 1
    return np.array(value) if alike else value


@pytest.mark.parametrize("slip", [in_floats, in_one_array])
@pytest.mark.parametrize("exercise", list(checks.CHECKS))
def test_a_slip_of_type_costs_one_line(exercise, slip):
    check = checks.CHECKS[exercise]
    for hidden in (False, True):
        cases = check.inputs(hidden, seed=0)
        right = [check.right(inputs) for inputs in calls(cases)]
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
    answers = [Answer(slip(check.right(inputs))) for inputs in calls(cases)]
    assert check.verdict(cases, answers, True).earned == check.points - 1
