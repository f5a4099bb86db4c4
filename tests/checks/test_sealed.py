"""Sealed checks say what the checks with their references say, and hold no right answer."""

from functools import cache

import numpy as np
import pytest

from helpers import checks
from helpers.checks import diagnosis, sealed
from helpers.checks.core import Case, Check, calls
from helpers.checks.values import Answer, Signature
from helpers.course.export import sealed_checks
from tests.checks.solved import A_MISTAKE_BEFORE, ROOT

EXERCISES = list(checks.CHECKS)
MOST = 50  # mistakes of a kind: enough to compare cards


@cache
def opened(name):
    """The sealed check of an exercise, as `course bundle` writes it."""
    sealed_checks(ROOT, [name])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed, "FOLDER", ROOT / "build" / "sealed")
        return sealed.read(name)


def wrong_answers(check, inputs):
    """Answers of known mistakes, alone and in pairs, and of what nobody knows."""
    for together in (0, 1, 2):
        for wrong in check.mistakes(together)[:: max(1, len(check.mistakes(together)) // 4)]:
            yield [check.known_answer(wrong, one, not n) for n, one in enumerate(inputs)]
    right = [check.right(one) for one in inputs]
    yield [Answer(value) for value in right[::-1]]
    yield [Answer(value if number else None) for number, value in enumerate(right)]
    if all(isinstance(value, np.ndarray) for value in right):
        yield [Answer(value * 2 + 1) for value in right]
        yield [Answer(value[::-1]) for value in right if value.ndim] or [Answer(0)] * len(right)


@pytest.mark.slow
@pytest.mark.parametrize(
    "exercise",
    [*EXERCISES[::2], *(pytest.param(name, marks=pytest.mark.full) for name in EXERCISES[1::2])],
)
def test_the_cards_are_the_same(exercise, monkeypatch):
    check, other = checks.CHECKS[exercise], opened(exercise)
    monkeypatch.setattr(diagnosis, "LIMIT", 60)  # else what is found depends on the computer
    for kind in (Check, sealed.SealedCheck):
        monkeypatch.setattr(
            kind, "mistakes", lambda *args, every=kind.mistakes: every(*args)[:MOST]
        )
    cases, same = check.inputs(False, seed=1), other.inputs(False, seed=1)
    assert other.points == check.points
    differ, count = [], 0
    with np.errstate(all="ignore"):
        wrong = [*wrong_answers(check, calls(cases))]
    for answers in wrong:
        one, two = (c.best(drawn, [answers], False) for c, drawn in ((check, cases), (other, same)))
        count += 1
        if one.card() != two.card():
            differ.append(f"{one.card()}\n{two.card()}")
    assert not differ, "\n\n".join(differ)
    assert count > 5


@pytest.mark.slow
@pytest.mark.parametrize("exercise", EXERCISES)
def test_right_answers_are_right(exercise):
    check, other = checks.CHECKS[exercise], opened(exercise)
    for seed in range(sealed.DRAWS):
        cases = other.inputs(False, seed)
        answers = [Answer(check.right(inputs)) for inputs in calls(cases)]
        read = [other._read(answer, one) for answer, one in zip(answers, calls(cases), strict=True)]
        assert other.best(cases, [read], False).earned == check.points


def test_without_a_seed_one_of_the_draws_is_taken_and_the_card_says_which():
    check = opened("accuracy")
    result = check(lambda p, y: 0.123)
    assert result.seed in range(sealed.DRAWS)
    assert f"example({result.seed}, " in result.card()
    assert {*check.example(result.seed, 0)} == {"probabilities", "labels"}


def test_a_judge_that_students_do_not_have_is_refused():
    def judge(got, expected):
        return None

    check = Check("edges", {"all": 1}, lambda *_: [Case("all", {"x": 1}, judge)], lambda x: x)
    with pytest.raises(ValueError, match=r"edges: judge is not in helpers/checks/judges\.py"):
        sealed.seal(check)


def test_hidden_checks_are_not_in_it():
    with pytest.raises(ValueError, match="hidden checks run at grading"):
        opened("accuracy")(lambda p, y: 0.5, hidden=True)


def test_an_earlier_mistake_costs_nothing_later(tmp_path, monkeypatch):
    names = {"np": np}
    exec(A_MISTAKE_BEFORE, names)
    right = names["covered_places"]
    monkeypatch.setattr(sealed, "MOST", 0)
    (tmp_path / "covered_places.json.gz").write_bytes(sealed.seal(checks.covered_places, right))
    monkeypatch.setattr(sealed, "FOLDER", tmp_path)
    check = sealed.read("covered_places")
    assert check(right, seed=2).earned == check.points


@pytest.mark.parametrize(
    ("value", "same"),
    [
        (np.arange(6.0).reshape(2, 3), np.arange(6).reshape(2, 3)),
        (np.arange(6.0), np.arange(6.0) + 1e-7),
        ((np.ones(3), 2), [np.ones(3), 2]),
        ([1, 2, 3], np.array([1, 2, 3])),
        ("zip", "zip"),
        (np.array([np.nan, 1]), np.array([np.nan, 1])),
        ({"a": (1, 2), "b": None}, {"b": None, "a": (1, 2)}),
        ((), ()),
    ],
)
def test_a_signature_knows_its_value(value, same):
    assert Signature.of(value).matches(same)


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2)),
        (np.arange(6.0), np.arange(6.0)[::-1]),
        (np.arange(6.0), np.arange(6.0) + np.eye(6)[4] * 0.01),
        ("zip", "hdf5"),
        (np.array([np.nan, 1]), np.array([1, np.nan])),
        (np.array([np.inf, 1]), np.array([np.inf, 2])),
        (np.array([np.inf, 1]), np.array([-np.inf, 1])),
        (np.array([np.inf, 1]), np.array([np.nan, 1])),
        ((1, 2), (1, 2, 3)),
        (None, 0),
        ({"a": 1}, {"a": 2}),
    ],
)
def test_a_signature_knows_no_other(value, other):
    assert not Signature.of(value).matches(other)
