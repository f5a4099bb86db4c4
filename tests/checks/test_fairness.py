"""Correct answers get full marks, however they are written.

They are the functions `<exercise>_<how>` in the files `variants_*.py` beside this one.
"""

import runpy
from pathlib import Path

import pytest

from helpers import checks

pytestmark = pytest.mark.slow

EXERCISES = list(checks.CHECKS)


def exercise_of(variant):
    """The longest exercise name that `variant` begins with, so that names may share a start."""
    return max((e for e in EXERCISES if variant.startswith(f"{e}_")), key=len, default=None)


VARIANTS = {
    name: function
    for path in sorted(Path(__file__).parent.glob("variants_*.py"))
    for name, function in runpy.run_path(str(path)).items()
    if callable(function) and exercise_of(name)
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_correct_variant_gets_full_marks(name):
    check = getattr(checks, exercise_of(name))
    for hidden in (False, True):
        for seed in (0, 1):
            result = check(VARIANTS[name], hidden=hidden, seed=seed)
            assert result.earned == result.points, result.card()


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exercise_has_variants(exercise):
    assert exercise in map(exercise_of, VARIANTS), (
        f"{exercise} has no right answer in another style: write functions {exercise}_HOW in "
        "tests/checks/variants_NOTEBOOK.py"
    )


def test_there_are_many_variants():
    assert len(VARIANTS) >= 40
