"""A family of wrong answers is right with its defaults, and wrong where one parameter is wrong."""

import numpy as np
import pytest

from helpers import checks
from helpers.checks import misconceptions
from helpers.checks.core import calls
from tests.checks.solved import remembering

pytestmark = pytest.mark.slow

EXERCISES = list(checks.CHECKS)
SEEDS = 0, 1


def earned(check, member, cases):
    """The points of a member's answers, without the search for a cause."""
    with np.errstate(all="ignore"):
        answers = [check.known_answer(member, inputs, False) for inputs in calls(cases)]
    return check._result(cases, answers, True)[0].earned


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_family_is_right_with_its_defaults(exercise, hidden):
    functions = {family.function for family in misconceptions.families_of(exercise)}
    check = remembering(getattr(checks, exercise))
    for seed in SEEDS if functions else ():
        cases = check.inputs(hidden, seed)
        for function in functions:
            right = misconceptions.Member(function, (), "")
            assert earned(check, right, cases) == check.points, (function, seed)


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.full)])
@pytest.mark.parametrize("exercise", EXERCISES)
def test_each_member_of_a_family_loses_points(exercise, seed):
    check = remembering(getattr(checks, exercise))
    cases = check.inputs(True, seed)
    members = misconceptions.members(exercise)
    kept = [m.settings for m in members if earned(check, m, cases) == check.points]
    assert not kept, f"no points lost by {kept}"
