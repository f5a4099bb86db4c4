"""What is said of a wrong answer: causes, facts and questions, each true of small examples."""

import ast

import numpy as np
import pytest

from helpers import checks
from helpers.checks.core import calls
from helpers.checks.diagnosis import Call, diagnose, reading
from helpers.checks.diagnosis.changes import changes
from helpers.checks.diagnosis.differences import difference, differences, which_calls
from helpers.checks.diagnosis.errors import NO_GRADIENT, meaning
from helpers.checks.diagnosis.relations import multiples, relations
from helpers.checks.values import Answer

X = np.arange(24.0).reshape(2, 3, 4) + 1
EYE = np.arange(16).reshape(4, 4)


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
        (2 * X[:, :2], X, "Along axis 1 there is one too few."),
        (X[:, :2], X, "The values are right, but the last one along axis 1 is missing."),
        (X[:, 1:], X, "The values are right, but the first one along axis 1 is missing."),
        (X[:1], np.concatenate([X, X])[:3], "the last ones along axis 0 are missing."),
        (np.arange(5), np.arange(3), "The values are right, but more come after them."),
        (X[None], X, "An axis of length 1 is left that should be gone."),
        (X.swapaxes(0, 1), X, "The axes are the right ones, in another order."),
        (np.where(np.arange(4) < 3, X, 0), X, "Only the last entry along axis 2 is wrong."),
        (X.astype(int), X, "The values are right, their type is not: fractions are asked for"),
        (np.full(3, np.nan), np.ones(3), "These values are NaN"),
        (["a", "c"], ["a", "b"], "There are as many as expected: b missing; c not expected."),
        (["b", "a"], ["a", "b"], "They are the right ones, in another order."),
        (EYE + 5 * np.eye(4), EYE, "Wrong only on the diagonal"),
        (np.pad(X[:, :2, :3], ((0, 0), (0, 1), (0, 1))), X, "in the last row or the last column."),
        (
            np.array([1, 0, 5, 2]),
            np.array([2, 1, 5, 0]),
            "The values are the right ones, in another",
        ),
        (np.array([4, 0, 4, 0]), np.array([2, 1, 5, 0]), "All values add up to the right sum, but"),
        ((X, -X), (X, X), "Only the second of the 2 results is wrong. The wrong values have the"),
        (
            (-X, X[0]),
            (X, X),
            "In the first result: The wrong values have the right size and the wrong",
        ),
        ((-X, -X), (X, X), "The wrong values have the right size and the wrong sign."),
        ((X, X, X), (X, X), "There is 1 result too many."),
    ],
)
def test_a_difference_is_told_in_words(got, expected, sentence):
    assert sentence in difference(got, expected)


def test_what_differs_is_true_of_all_wrong_answers():
    """A sentence that is true of the smallest call alone misleads."""
    zeros, last = np.zeros((2, 2)), np.array([[1, 2, 0], [3, 4, 0]])
    pairs = [(zeros, zeros + 1), (last, np.array([[1, 2, 7], [3, 4, 9]]))]
    assert differences(pairs) == ("All wrong values are 0.",)
    assert differences(pairs[:1]) == ("Every value is 0.",)
    mixed = [(3.0, 2.5), (1.0, 4.5)]
    assert differences(mixed) == ("Some answers are too large, others too small.",)
    assert differences(mixed[:1]) == ("All wrong answers are too large.",)
    apart = [(X[:, :2], X), (X[None], X)]
    assert differences(apart)[0].startswith("In one call: The values are right, but the last one")
    assert differences([*pairs, (last + 5, last)]) == (
        "In most of the wrong calls: All wrong values are 0.",
    )
    assert differences([]) == ()


def test_values_that_fall_are_no_turned_sign_where_nothing_is_negative():
    fall = difference(10 - np.arange(9.0), np.arange(9.0))
    assert "values fall where the right ones rise." in fall
    assert "sign" in difference(4 - np.arange(9.0), np.arange(9.0) - 3.5)


def test_what_tells_right_calls_from_wrong_ones():
    one, several = {"images": np.ones((1, 4, 5))}, {"images": np.ones((3, 4, 5))}
    said = "Right for one image, wrong for several images."
    assert which_calls([one, one], [several, several]) == said
    assert which_calls([one], [several]) is None  # chance
    assert which_calls([], [several]) is None


@pytest.mark.parametrize(
    ("error", "part"),
    [
        ("AttributeError: 'NoneType' object has no attribute 'numpy'", NO_GRADIENT),
        ("IndexError: index 3 is out of bounds for axis 1 with size 3", "from 0 to 3 − 1"),
        ("NameError: name 'spread' is not defined", "`spread` does not exist here"),
        ("mine raised TypeError: mine() missing 1 required positional argument: 'x'", "the stub"),
        (
            "mine raised TypeError: AveragePooling2D.__init__() missing 1 required positional "
            "argument: 'pool_size'",
            "`AveragePooling2D` is called without 'pool_size'",
        ),
        ("TypeError: draw() takes 1 positional argument but 2 were given", "with more arguments"),
        ("TypeError: sum() got an unexpected keyword argument 'axes'", "`sum` has no argument"),
        ('TypeError: can only concatenate tuple (not "int") to tuple', "cannot do arithmetic"),
        (
            "IndexError: boolean index did not match indexed array along axis 1; size of axis is 5 "
            "but size of corresponding boolean axis is 2",
            "A mask of 2 values chooses along axis 1, which has 5",
        ),
        ("slice index 2 of dimension 0 out of bounds.", "Index 2 does not exist along axis 0"),
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


def test_a_tuple_of_positions_is_asked_about():
    body = "def f(x):\n    at = np.where(x > 0)\n    return {}"
    for use, asked in (("len(at)", True), ("x[at]", False), ("at[0]", False)):
        [function] = ast.parse(body.format(use)).body
        found = [*reading.questions(function)]
        assert found == asked * [
            "`at` is a tuple with the positions along each axis. Is it meant to be its first "
            "entry, `at[0]`?"
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


def test_where_any_scale_is_right_answers_are_compared_without_it():
    def weighted_map(maps, weights):
        return 7 * np.einsum("nhwk,nk->nhw", maps, np.maximum(weights, 0))

    known = checks.weighted_map(weighted_map, seed=0)
    assert known.cause and "Negative weights become 0" in known.cause

    def hires_map(maps, gradients):
        return np.maximum((maps * gradients).sum(-1), 0) / 3 + np.arange(maps.shape[2])

    [prefix, *_] = checks.hires_map(hires_map, seed=0).diagnosis.facts
    assert prefix == "Both divided by their largest absolute value:"


def test_a_byte_that_is_rounded_is_compared_as_one_that_is_cut_off():
    for whole in (np.rint, np.floor):

        def deprocess(images, whole=whole):
            x = images - images.mean(axis=(1, 2, 3), keepdims=True)
            spread = x.std(axis=(1, 2, 3), keepdims=True)
            unit = 0.5 + 0.25 * x / np.where(spread > 0, spread, 1)
            return whole(255 * np.clip(unit, 0, 1)).astype(np.uint8)

        assert "becomes 0.25" in checks.deprocess(deprocess, seed=0).cause


def test_where_some_calls_raise_the_others_are_explained():
    def ascent_step(network, images, index, step_size, l2):
        import tensorflow as tf

        x = tf.constant(images)
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = network(x)[index]
        g = tape.gradient(score, x).numpy()
        rms = np.sqrt((g**2).mean(axis=(1, 2, 3), keepdims=True))
        return np.clip(images + step_size * (g / np.where(rms > 0, rms, 1) - l2 * images), 0, 1)

    cause = checks.ascent_step(ascent_step, seed=1).cause
    assert cause.startswith("Where nothing is raised: `index` chooses an image, axis 0")


def test_an_axis_moved_by_reshape_is_named():
    def channel_weights(gradients):
        n, h, w, c = gradients.shape
        return gradients.reshape(n, c, h * w).mean(axis=2)

    [fact] = checks.channel_weights(channel_weights, seed=0).diagnosis.facts
    assert "axes' order 0, 3, 1, 2 by `reshape`, which mixes the values up" in fact


def test_an_answer_of_several_results_is_asked_for_again(monkeypatch):
    """`Check.best` would drop an exception, and with it every sentence."""
    monkeypatch.setattr("helpers.checks.diagnosis.LIMIT", 20.0)

    def maximise(start, index, steps, **_):
        return start + 0.5, np.arange(len(start) * (steps + 1.0)).reshape(len(start), -1) ** index

    check = checks.maximise
    wrong = [
        Call(n, one, Answer(maximise(**one)), ("line",))
        for n, one in enumerate(calls(check.inputs(False, 0)))
    ]
    found = diagnose(check, wrong, ask=lambda inputs: Answer(maximise(**inputs)))
    assert any("is not used: the answer stays the same" in fact for fact in found.facts)


ODD = [
    *(None, True, float("nan"), "text", [], (), [1, [2, 3]], (np.zeros(2), None), {"a": 1}, 2**62),
    *(np.zeros((2, 0, 3)), np.array("x"), np.full((3, 4), np.nan), np.zeros((2, 3), complex)),
]


@pytest.mark.slow
@pytest.mark.parametrize("exercise", list(checks.CHECKS))
def test_no_odd_answer_ends_the_search(exercise):
    """`Check.best` would drop the explanation, and nobody would see it."""
    check = checks.CHECKS[exercise]
    inputs = calls(check.inputs(False, 0))
    for value in ODD:
        wrong = [Call(n, one, Answer(value), ("line",)) for n, one in enumerate(inputs)]
        diagnose(check, wrong)
        right = Call(0, inputs[0], Answer(check.reference(**inputs[0])), ())
        diagnose(check, [right, *wrong[1:]] if wrong[1:] else wrong)


def test_no_negative_number_is_asked_for():
    """A loop with a negative stride may not end."""
    asked = []

    def patch_positions(size, patch, stride):
        asked.append(stride)
        return np.arange(size) * 1.5

    assert checks.patch_positions(patch_positions, seed=0).earned == 0
    assert len(asked) > 4 and min(asked) > 0
