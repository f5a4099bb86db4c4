"""What is said of a wrong answer: causes, facts and questions, each true of small examples."""

import ast

import numpy as np
import pytest

from helpers import checks
from helpers.checks.core import Check, calls
from helpers.checks.diagnosis import Call, diagnose, reading
from helpers.checks.diagnosis.changes import changes
from helpers.checks.diagnosis.differences import difference, which_calls
from helpers.checks.diagnosis.errors import NO_GRADIENT, meaning
from helpers.checks.diagnosis.relations import multiples, relations
from helpers.checks.values import Answer
from tests.checks.solved import remembering

X = np.arange(24.0).reshape(2, 3, 4) + 1


@pytest.mark.parametrize(
    ("got", "phrase"),
    [
        (-X, "minus {}"),
        (X[:, ::-1], "{} in reversed order along axis 1"),
        (X.swapaxes(1, 2), "{} with axes 1 and 2 swapped"),
        (X / X.max(axis=(1, 2), keepdims=True), "{} divided by its maximum, along axes 1 and 2"),
        (X.mean(axis=2), "the mean of {} along axis 2"),
        (np.cumsum(X, axis=0), "{} added up along axis 0"),
    ],
)
def test_a_relation_to_the_right_answer_is_found(got, phrase):
    assert phrase in [
        r.phrase for r in relations(3) if np.shape(r.function(X)) == got.shape
        and np.allclose(r.function(X), got)
    ]  # fmt: skip


def test_a_multiple_is_named_by_what_it_is_a_multiple_of():
    inputs = [{"images": np.zeros((n, 4, 5))} for n in (3, 7)]
    assert [*multiples([3 * X], [X], inputs)] == ["3 times {}"]
    assert [*multiples([3 * X, 7 * X], [X, X], inputs)] == ["{} times `len(images)`"]
    assert [*multiples([X + 2, 3 * X + 2], [X, 3 * X], inputs)] == ["{} plus 2"]


def test_changes_say_which_argument_they_change():
    calls = [{"index": 1, "patch": (2, 3)}, {"index": 4, "patch": (5, 6)}]
    found = {change.phrase: [change(call) for call in calls] for change in changes(calls)}
    assert found["`index + 1`"] == [calls[0] | {"index": 2}, calls[1] | {"index": 5}]
    assert found["`patch` in reversed order"][1]["patch"] == (6, 5)


@pytest.mark.parametrize(
    ("got", "expected", "sentence"),
    [
        (X[:, :2], X, "Along axis 1 there is one too few."),
        (X.swapaxes(0, 1), X, "The axes are the right ones, in another order."),
        (np.where(np.arange(4) < 3, X, 0), X, "Only the last entry along axis 2 is wrong."),
        (X.astype(int), X, "The values are right, their type is not: fractions are asked for"),
        (np.full(3, np.nan), np.ones(3), "These values are NaN"),
        (["a", "c"], ["a", "b"], "There are as many as expected: b missing; c not expected."),
        (["b", "a"], ["a", "b"], "They are the right ones, in another order."),
    ],
)
def test_a_difference_is_told_in_words(got, expected, sentence):
    assert sentence in difference(got, expected)


def test_what_tells_right_calls_from_wrong_ones():
    one, several = {"images": np.ones((1, 4, 5))}, {"images": np.ones((3, 4, 5))}
    assert which_calls([one], [several]) == "Right for one image, wrong for several images."
    assert which_calls([], [several]) is None


@pytest.mark.parametrize(
    ("error", "part"),
    [
        ("AttributeError: 'NoneType' object has no attribute 'numpy'", NO_GRADIENT),
        ("IndexError: index 3 is out of bounds for axis 1 with size 3", "from 0 to 3 − 1"),
        ("NameError: name 'spread' is not defined", "`spread` does not exist here"),
        ("ValueError: something rare", None),
    ],
)
def test_what_an_error_means(error, part):
    _, sentence = meaning(error)
    assert sentence is None if part is None else part in sentence


TAPE = """
def f(model, images, index):
    x = tf.constant(images)
    with tf.GradientTape() as tape:
        {watch}
        score = {score}
    {after}
    return tape.gradient({of}, x)
"""
FINE = {"watch": "tape.watch(x)", "score": "model(x)[:, index]", "after": "pass", "of": "score"}


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        ({}, None),
        ({"watch": "pass"}, "`x` is not watched"),
        ({"score": "model(images)[:, index]"}, "computed from another tensor"),
        ({"score": "model(x).numpy()[:, index]"}, "`numpy` leaves TensorFlow"),
        ({"after": "total = score + 1", "of": "total"}, "`total` is computed outside"),
    ],
)
def test_why_a_tape_gives_none(changed, part):
    why = reading.no_gradient(reading.parsed(TAPE.format(**FINE | changed), "f"))
    assert why is None if part is None else part in why


def test_what_the_source_gives_reason_to_ask():
    [function] = ast.parse("def f(maps, kinds):\n    return np.zeros((28, 28)) + maps").body
    assert [*reading.questions(function)] == [
        "`kinds` is never used. Is it meant to be?",
        "A number is fixed in `np.zeros((28, 28))`. Is it right for all arguments?",
    ]


def test_a_card_s_line_calls_the_function_as_the_check_did():
    def total_variation(images):
        return images.sum(axis=(1, 2, 3))

    result = checks.total_variation(total_variation)
    assert result.again.startswith("total_variation(**checks.total_variation.example(")
    inputs = checks.total_variation.example(result.seed, result.smallest)
    assert checks.total_variation.reference(**inputs) != pytest.approx(total_variation(**inputs))
    assert result.again in result.card()
    assert checks.total_variation(total_variation, hidden=True).again is None


def test_an_argument_that_makes_no_difference_is_named():
    def class_activation_map(maps, kernel, class_index):
        return maps.max(axis=-1) ** 3 + kernel.sum()

    facts = checks.class_activation_map(class_activation_map, seed=0).diagnosis.facts
    assert (
        "`class_index` is not used: the answer stays the same when `class_index` changes." in facts
    )


def test_an_answer_is_compared_with_parts_of_the_right_one():
    def weighted_map(maps, weights):
        return np.einsum("nhwk,nk->nhw", maps, weights) + 1

    facts = checks.weighted_map(weighted_map, seed=0).diagnosis.facts
    assert facts == ("Your answer is the weighted sum before the ReLU plus 1.",)


ODD = [
    *(None, True, float("nan"), "text", [], (), [1, [2, 3]], (np.zeros(2), None), {"a": 1}, 2**62),
    *(np.zeros((2, 0, 3)), np.array("x"), np.full((3, 4), np.nan), np.zeros((2, 3), complex)),
]


@pytest.mark.slow
@pytest.mark.parametrize("exercise", list(checks.CHECKS))
def test_no_odd_answer_ends_the_search(exercise, monkeypatch):
    """`Check.best` would drop the explanation, and nobody would see it. What the known mistakes
    answer does not depend on the odd answer: each is run once for a call."""
    check = remembering(checks.CHECKS[exercise])
    inputs = calls(check.inputs(False, 0))
    answer, answers = Check.known_answer, {}

    def kept(self, wrong, of, strict):
        key = wrong, strict, next(n for n, one in enumerate(inputs) if one is of)
        if key not in answers:
            answers[key] = answer(self, wrong, of, strict)
        return answers[key]

    monkeypatch.setattr(Check, "known_answer", kept)
    right = Call(0, inputs[0], Answer(check.reference(**inputs[0])), ())
    for value in ODD:
        wrong = [Call(n, one, Answer(value), ("line",)) for n, one in enumerate(inputs)]
        diagnose(check, wrong)
        diagnose(check, [right, *wrong[1:]] if wrong[1:] else wrong)


def test_no_negative_number_is_asked_for():
    """A loop with a negative stride may not end."""
    asked = []

    def patch_positions(size, patch, stride):
        asked.append(stride)
        return np.arange(size) * 1.5

    assert checks.patch_positions(patch_positions, seed=0).earned == 0
    assert len(asked) > 4 and min(asked) > 0
