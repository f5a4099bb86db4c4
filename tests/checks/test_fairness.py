"""Correct answers get full marks, however they are written.

They are the functions `<exercise>_<how>` in the files `variants_*.py` beside this one.
"""

import runpy
import warnings
from pathlib import Path

import numpy as np
import pytest

from helpers import checks
from helpers.checks.core import calls
from helpers.checks.exercises.own_model import _shortcuts
from helpers.checks.values import rounds_to
from tests.checks.solved import BEGINS

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


# What the visible check asks of exercises in `BEGINS` the hidden one asks, too. Of the others it
# asks all kinds, as test_draws.py shows but for two. So `make test` asks in the visible check the
# variants of these two, and one variant of each other exercise.
FULL = pytest.mark.full
IN_BOTH = {name for name in VARIANTS if exercise_of(name) in ("file_kind", "conv_names")}
IN_BOTH |= {*{exercise_of(name): name for name in VARIANTS}.values()}
ASKED = [
    pytest.param(name, hidden, seed, marks=FULL if seed or not (hidden or name in IN_BOTH) else ())
    for name in VARIANTS
    for seed in (0, 1)
    for hidden in (False, True)
    if hidden or exercise_of(name) not in BEGINS
]


@pytest.mark.parametrize(("name", "hidden", "seed"), ASKED)
def test_a_correct_variant_gets_full_marks(name, hidden, seed):
    check = getattr(checks, exercise_of(name))
    result = check(VARIANTS[name], hidden=hidden, seed=seed)
    assert result.earned == result.points, result.card()


@pytest.mark.parametrize("seed", [157, 446, 1221])
def test_float32_is_no_mistake_where_values_are_small_beside_others(seed):
    """Of these draws a layer's largest value is above 100: float32 rounds its smallest ones away
    by more than 1e-5."""
    check = checks.conv_outputs
    drawn = calls(check.inputs(hidden=True, seed=seed))
    assert max(abs(maps).max() for inputs in drawn for maps in check.right(inputs)) > 100
    result = check(VARIANTS["conv_outputs_one_model_each"], hidden=True, seed=seed)
    assert result.earned == result.points, result.card()


@pytest.mark.parametrize(
    ("variant", "seed"),
    [
        # Constant maps whose spread in float32 was 1e-6 and more.
        ("maps_to_bytes_rounded_with_a_tiny_constant", 3),
        ("maps_to_bytes_rounded_with_a_tiny_constant", 20005),
        # A gradient on the way that was so small that the usual 1e-8 counted.
        ("maximise_image_by_image", 20006),
    ],
)
def test_no_draw_makes_a_mistake_of_a_tiny_constant(variant, seed):
    check = getattr(checks, exercise_of(variant))
    result = check(VARIANTS[variant], hidden=True, seed=seed)
    assert result.earned == result.points, result.card()


@pytest.mark.parametrize(
    ("got", "expected", "same"),
    [
        ([100.0, 5e-4], [100.0, 0.0], True),
        ([100.0, 2e-3], [100.0, 0.0], False),
        ([0.5, 5e-6], [0.5, 0.0], True),
        ([0.5, 2e-5], [0.5, 0.0], False),
        ([np.inf, 2e-5], [np.inf, 0.0], False),
        ([np.nan, 100.0], [np.nan, 100.0], True),
        ([[200_000, 1]], [[200_000, 0]], False),
    ],
)
def test_what_rounding_may_do_grows_with_the_largest_value(got, expected, same):
    assert rounds_to(np.array(got), np.array(expected)).all() == same


@pytest.mark.full
@pytest.mark.parametrize("exercise", EXERCISES)
def test_nothing_warns_while_cases_are_drawn(exercise):
    """A student would see it, in red. A warning may be rare, so that many are drawn."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(50):
            assert getattr(checks, exercise).inputs(bool(seed % 2), seed)


def test_a_class_without_images_has_an_order_and_no_warning():
    counts = np.array([[9, 4, 0], [0, 0, 0], [3, 5, 7]])
    with np.errstate(all="raise"):
        orders = [order.tolist() for order in _shortcuts(counts)]
    assert orders[-1] == [0, 1, 2]


@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_exercise_has_variants(exercise):
    assert exercise in map(exercise_of, VARIANTS), (
        f"{exercise} has no right answer in another style: write functions {exercise}_HOW in "
        "tests/checks/variants_NOTEBOOK.py"
    )


def test_there_are_many_variants():
    assert len(VARIANTS) >= 200
