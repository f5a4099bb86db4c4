"""Every known wrong answer loses points and is told why, in the visible check and at grading."""

import html
import re
from dataclasses import replace

import pytest

from helpers import checks
from helpers.checks import apart, misconceptions
from helpers.checks.asking import MIME
from helpers.checks.core import calls
from helpers.checks.values import pack
from tests.checks.solved import FINDINGS, NOTEBOOK, cells, namespace

pytestmark = pytest.mark.slow

FULL, ALL = pytest.mark.full, slice(None)
EVEN, ODD = slice(0, None, 2), slice(1, None, 2)
# hidden, seed, which misconceptions. `make test` asks every one once, half of them at grading.
ASKED = [
    (False, 0, EVEN),
    (True, 0, ODD),
    pytest.param(False, 0, ODD, marks=FULL),
    pytest.param(True, 0, EVEN, marks=FULL),
    pytest.param(False, 1, ALL, marks=FULL),
]


@pytest.mark.parametrize(("hidden", "seed", "which"), ASKED)
@pytest.mark.parametrize("exercise", NOTEBOOK)
def test_every_misconception_loses_points_and_is_named(exercise, hidden, seed, which):
    """Each answers the same inputs, defined by its source, as in a notebook; then the right answer
    does, and gets full marks. (In tests/grading/test_misconceptions.py a kernel answers.)"""
    kernel, check, missed = namespace(exercise), getattr(checks, exercise), []
    cases, built = check.inputs(hidden, seed), {}

    def judged(source):
        exec(source, kernel)
        function = kernel[exercise]

        def ask(known):
            answers, asked = check.asking.reply(function, calls(cases), known, built)
            text = pack([[*map(tuple, answers)], asked])
            return apart.read(cases, [{"data": {MIME: text}}])

        return check.best(cases, check.attempts(cases, ask), hidden)

    for wrong in misconceptions.of(exercise)[which]:
        result = judged(wrong.source)
        named = re.sub("`(.+?)`", r"<code>\1</code>", wrong.advice)
        shown = f"Likely cause:</b> {named}<" in html.unescape(
            replace(result, maps=None)._repr_html_()
        )
        if result.earned == result.points or result.cause != wrong.advice or not shown:
            missed.append(f"{wrong.name} ({wrong.advice})\n{result.card()}")
    assert not missed, "\n".join(missed)
    result = judged(cells(NOTEBOOK[exercise])[exercise].source)
    assert result.earned == result.points, result.card()


@pytest.mark.parametrize("exercise", list(checks.CHECKS))
def test_an_exercise_has_ten_misconceptions_of_a_stated_origin(exercise):
    known = misconceptions.of(exercise)
    if exercise in FINDINGS:
        assert len(misconceptions.members(exercise)) >= 10
        return
    assert len(known) >= 10, (
        f"{exercise} has {len(known)} misconceptions and needs ten: write wrong answers under "
        f"@misconception({exercise!r}, advice) in helpers/checks/misconceptions/"
    )
    assert all(wrong.origin for wrong in known)


def test_checks_misconceptions_and_notebooks_have_the_same_exercises():
    exercises = set(checks.CHECKS)
    assert exercises <= set(NOTEBOOK), (
        "these checks are of no exercise: in no notebook is there a solution cell with such a "
        f"grade_id: {exercises - set(NOTEBOOK)}"
    )
    unknown = {wrong.exercise for wrong in misconceptions.everything()} - exercises
    assert not unknown, f"misconceptions of what is no exercise; correct the name: {unknown}"
