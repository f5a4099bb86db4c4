"""Every known misconception loses points and is named; every correct variant gets full marks."""

import pytest

from helpers import checks
from helpers.checks import misconceptions

WRONG = misconceptions.everything()


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.exercise}-{wrong.name}")
def test_a_misconception_loses_points_and_is_named(wrong):
    """In the visible check; tests/grading/test_misconceptions.py grades them."""
    check = getattr(checks, wrong.exercise)
    for seed in (0, 1):
        result = check(wrong.function, seed=seed)
        assert result.earned < result.points
        assert result.cause == wrong.advice


def test_every_exercise_has_misconceptions_of_a_stated_origin():
    exercises = {name for name in checks.__all__ if name[0].islower()}
    assert {wrong.exercise for wrong in WRONG} == exercises
    assert all(len(misconceptions.of(exercise)) >= 10 for exercise in exercises)
    assert all(wrong.origin for wrong in WRONG)
