"""What is said of a wrong answer: causes, facts and questions, each true of small examples."""

import ast

import numpy as np
import pytest

from benchmarks.checks import other
from helpers import checks
from helpers.checks import diagnosis, misconceptions
from helpers.checks.core import Check, calls
from helpers.checks.diagnosis import Call, _tells, diagnose, reading
from helpers.checks.diagnosis.changes import changes
from helpers.checks.diagnosis.differences import difference, differences, which_calls
from helpers.checks.diagnosis.errors import NO_GRADIENT, NO_TENSOR, meaning
from helpers.checks.diagnosis.relations import multiples, relations
from helpers.checks.values import Answer, describe_inputs
from tests.checks.solved import remembering

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
        (
            np.moveaxis(X, 0, -1).reshape(X.shape),
            "{} in the order of its axes 1, 2, 0, only reshaped: `reshape` moves no axis, "
            "`transpose` does",
        ),
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
    other = [{"images": np.zeros(shape)} for shape in ((3, 4, 5), (7,))]
    assert [*multiples([3 * X, 7 * X], [X, X], other)] == ["{} times `len(images)`"]


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
        (X.astype(int), X, "The values are right, but their type is not. Return fractions"),
        (np.full(3, np.nan), np.ones(3), "These values are NaN"),
        (["a", "c"], ["a", "b"], "There are as many as expected: b missing; c not expected."),
        (["b", "a"], ["a", "b"], "The names are the right ones, in another order."),
        (["a", ["b"]], ["a", "b"], "A list stands where a name belongs"),
        ([], [*"abcdefg"], "There are 7 too few: a, b, c and 4 more missing."),
        (X * 1e-9, X, "All wrong values are 0 but for rounding."),
        (X * 1.001, X, "off by less than 0.5 % of the largest. Is a constant not exact?"),
        (np.where(X % 2 == 0, 0, X - 0.5), X, "Many of the wrong values are 0."),
        (EYE + 5 * np.eye(4), EYE, "The values are wrong only on the diagonal"),
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


def test_a_0_that_stays_a_0_is_no_right_entry():
    """A border that no method reaches, say."""
    right = np.pad(X, ((0, 0), (0, 1), (0, 0)))
    assert "axis" not in difference(2 * right + right**2, right)


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
    said = "The answers are right for one image, wrong for several images."
    assert which_calls([one, one], [several, several]) == said
    assert which_calls([one], [several]) is None  # chance
    assert which_calls([], [several]) is None
    more = [{"images": np.ones(shape), "row": 0} for shape in ((1, 4, 5, 1), (3, 4, 5, 2))]
    assert which_calls(more[:1] * 2, more[1:] * 2) == (
        "The answers are right for one image, wrong for several images; or right for one channel, "
        "wrong for several channels."
    )
    many = [inputs | {"row": row} for row, inputs in enumerate(more)]
    assert which_calls(many[:1] * 2, many[1:] * 2) is None, "so few calls differ in much by chance"


@pytest.mark.parametrize(
    ("error", "part"),
    [
        ("AttributeError: 'NoneType' object has no attribute 'numpy'", NO_GRADIENT),
        ("IndexError: index 3 is out of bounds for axis 1 with size 3", "from 0 to 3 − 1"),
        ("NameError: name 'spread' is not defined", "`spread` does not exist here"),
        ("AttributeError: 'numpy.ndarray' object has no attribute '_id'", NO_TENSOR),
        ("AttributeError: 'numpy.ndarray' object has no attribute 'append'", "has no `append`"),
        (
            "ValueError: gradient takes images of shape (N, 4, 6, 1), got (4, 6, 1)",
            "an array of shape (N, 4, 6, 1), but got an array of shape (4, 6, 1)",
        ),
        ('TypeError: can only concatenate str (not "list") to str', "of the type list"),
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
        ({"score": "model(images)[:, index]"}, "computed from another tensor, `images`"),
        ({"score": "tf.zeros(len(images))[index]"}, None),
        ({"score": "model(other)[:, index]"}, None),
        ({"score": "model(x).numpy()[:, index]"}, "`numpy` leaves TensorFlow"),
        ({"after": "total = score + 1", "of": "total"}, "`total` is computed outside"),
        ({"of": "score[0]"}, "`score[0]` is computed outside"),
        ({"watch": "pass", "score": "top(model(x))[:, index]"}, "`x` is not watched"),
        ({"watch": "k = np.array(index)"}, "`x` is not watched"),
        ({"watch": "x = tf.constant(images)", "score": "top(model(x))"}, "`x` is not watched"),
        ({"watch": "s = model(x); tape.watch(x)", "score": "s[:, index]"}, "comes too late"),
        ({"watch": "tape.watch(x); k = model(x).numpy()"}, None),
        ({"watch": "x, h = model(images)", "score": "top(h)"}, None),
        ({"watch": "x = model(images)", "score": "top(images)"}, "two separate calls"),
    ],
)
def test_why_a_tape_gives_none(changed, part):
    why = reading.no_gradient(reading.parsed(TAPE.format(**FINE | changed), "f"))
    assert why is None if part is None else part in why


def test_a_tape_is_asked_for_a_new_tensor():
    source = TAPE.format(**FINE).replace(", x)", ", tf.constant(images))")
    why = reading.no_gradient(reading.parsed(source, "f"))
    assert why.startswith("`tf.constant(images)` makes a new tensor")


def test_what_the_source_gives_reason_to_ask():
    [function] = ast.parse("def f(maps, kinds):\n    return np.zeros((28, 28)) + maps").body
    assert [*reading.questions(function)] == [
        "`kinds` is never used. Is it meant to be?",
        "A number is fixed in `np.zeros((28, 28))`. Is it right for all arguments?",
    ]
    assert len([*reading.questions(function, {28})]) == 1, "a size that all right answers have"


@pytest.mark.parametrize(
    ("body", "said"),
    [("names.append(1)", True), ("names += [1]", True), ("names = [*names, 1]", False)],
)
def test_a_default_that_keeps_what_earlier_calls_put_into_it(body, said):
    [function] = ast.parse(f"def f(saved, names=[]):\n    {body}\n    return names").body
    assert bool([*reading.kept_defaults(function)]) == said


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


def test_an_argument_that_makes_a_difference_in_some_call_is_used():
    def cover_patch(images, row, column, patch, fill):
        return images**3 + (row if len(images) < 3 else 0)  # not in the largest call

    facts = " ".join(checks.cover_patch(cover_patch, seed=0).diagnosis.facts)
    assert "`column` is not used" in facts
    assert "`row` is not used" not in facts


def test_an_answer_of_a_wrong_shape_is_none_of_the_right_ones():
    """Of the first call's answer the rubric asks the shape alone; its values are wrong, too."""

    def cover_patch(images, row, column, patch, fill):
        covered = images.copy()
        rows, columns = row + np.arange(patch[0]), column + np.arange(patch[1])
        if len(set(patch)) == 1:  # pairs, which make a diagonal
            covered[:, rows, columns] = fill
        else:
            covered[:, rows[:, None], columns] = fill
        return covered

    result = checks.cover_patch(cover_patch, seed=3)
    assert result.earned == 2
    assert not any("several images" in fact for fact in result.diagnosis.facts)


def test_an_argument_that_is_changed_is_not_said_to_be_right_elsewhere():
    def relu_backward(before, signal, rule):
        signal[(before <= 0) & (rule != "deconvnet") | (signal <= 0) & (rule != "gradient")] = 0
        return signal

    result = checks.relu_backward(relu_backward, seed=0)
    assert result.earned == 2  # the first call alone is strict
    assert result.diagnosis.facts == ()


def test_right_values_of_a_wrong_type_are_no_other_mistake():
    """Of grey images the first channel is all."""

    def covered_places(predict, images, patch, fill):
        bottom, right = images.shape[1] - patch[0], images.shape[2] - patch[1]
        answers = []
        for i, j in [(bottom // 2, right // 2), (0, 0), (0, right), (bottom, 0), (bottom, right)]:
            covered = images.copy()
            covered[:, i : i + patch[0], j : j + patch[1]] = fill
            answers.append(predict(covered))
        answers = np.stack(answers, axis=1)
        return answers.argmax(axis=2) * 1.0, answers.max(axis=2)

    for seed in range(3):
        causes = checks.covered_places(covered_places, seed=seed).diagnosis.causes
        assert causes == ("The classes are floating point numbers, but they should be whole ones.",)


def test_errors_of_other_words_are_other_mistakes():
    def preprocess(pictures, size, low, high):
        n, height, width, _ = pictures.shape
        block = min(height, width) // size
        side = size * block
        top, left = (width - side) // 2, (height - side) // 2
        middle = pictures[:, top : top + side, left : left + side] @ np.array([0.299, 0.587, 0.114])
        small = middle.reshape(n, size, block, size, block).mean(axis=(2, 4))
        return low + small[..., None] / 255 * (high - low)

    causes = checks.preprocess(preprocess, seed=3).diagnosis.causes
    assert causes == ("The row and the column where the middle starts are swapped.",)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([np.array([3, 1, 2, 0, 4])], False),  # one of 120 orders
        ([np.array([3, 1, 2, 0, 4])] * 2, True),
        ([np.array([1e-9, -2e-9, 3e-9])], False),
        ([np.array([0.1, 0.2])], True),
    ],
)
def test_how_much_answers_have_to_hold(answers, told):
    assert _tells(answers, few=False) == told


def test_what_a_function_is_called_with_is_said_in_a_line():
    inputs = {
        "predict": len,
        "outputs": [np.zeros((9, 1)), np.zeros((9, 4))],
        "saved": {"config": {}},
        "network": {"kernels": []},
        "kinds": ("Conv2D",),
    }
    assert describe_inputs(inputs) == (
        "predict=a function, outputs=2 arrays of shapes (9, 1), (9, 4), saved=a dictionary, "
        "network=a small network, kinds=('Conv2D',)"
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
    found = diagnose(check, wrong, ask=lambda inputs, _: Answer(maximise(**inputs)))
    assert any("is not used: the answer stays the same" in fact for fact in found.facts)


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

    def kept(self, wrong, of, strict):  # the check holds on to the inputs, and so to their ids
        key = wrong, strict, id(of)
        if key not in answers:
            answers[key] = answer(self, wrong, of, strict)
        return answers[key]

    monkeypatch.setattr(Check, "known_answer", kept)
    right = Call(0, inputs[0], Answer(check.right(inputs[0])), ())
    for value in ODD:
        wrong = [Call(n, one, Answer(value), ("line",)) for n, one in enumerate(inputs)]
        diagnose(check, wrong, None, lambda *_, value=value: Answer(value))
        diagnose(check, [right, *wrong[1:]] if wrong[1:] else wrong)


@pytest.mark.slow
@pytest.mark.parametrize("exercise", list(checks.CHECKS))
def test_no_wrong_answer_ends_the_search(exercise):
    check = checks.CHECKS[exercise]

    def answer(inputs, drawn=True):
        return Answer(other(check.right(inputs)))

    for hidden in (False, True):
        inputs = calls(check.inputs(hidden, 0))
        wrong = [Call(n, one, answer(one), ("line",)) for n, one in enumerate(inputs)]
        diagnose(check, wrong, None, answer)


def test_no_negative_number_is_asked_for():
    """A loop with a negative stride may not end."""
    asked = []

    def patch_positions(size, patch, stride):
        asked.append(stride)
        return np.arange(size) * 1.5

    assert checks.patch_positions(patch_positions, seed=0).earned == 0
    assert len(asked) > 4 and min(asked) > 0


def test_a_mistake_that_was_seen_before_is_named_however_slow_the_machine_is(monkeypatch):
    monkeypatch.setattr(diagnosis, "LIMIT", 0)
    [wrong] = [w for w in misconceptions.of("cover_patch") if "one pixel too small" in w.advice]
    assert wrong.advice in checks.cover_patch(wrong.function).diagnosis.causes


def calls_of_a_member():
    """The check of an exercise, a family's mistake, and the calls of a function that makes it."""
    check = checks.total_variation
    [member] = [m for m in check.mistakes(1) if m.settings == (("take", "square"),)]
    inputs = calls(check.inputs(False, 0))
    answers = [check.known_answer(member, one, False) for one in inputs]
    made = zip(inputs, answers, strict=True)
    return check, member, [Call(n, one, answer, ("line",)) for n, (one, answer) in enumerate(made)]


@pytest.mark.parametrize("proved", [True, False])
def test_a_cause_proves_true_on_calls_of_another_draw(proved, monkeypatch):
    check, member, made = calls_of_a_member()
    monkeypatch.setattr(Check, "mistakes", lambda _, together: [member] * (together == 1))

    def ask(inputs, drawn):
        answer = check.known_answer(member, inputs, False)
        return answer if proved or not drawn else Answer(answer.value * 2)

    assert diagnose(check, made, ask=ask).causes == (member.advice,) * proved


@pytest.mark.parametrize("several", [True, False])
def test_where_nothing_can_be_asked_more_than_one_wrong_call_agrees(several, monkeypatch):
    check, member, made = calls_of_a_member()
    monkeypatch.setattr(Check, "mistakes", lambda _, together: [member] * (together == 1))
    assert diagnose(check, made if several else made[-1:]).causes == (member.advice,) * several


def test_masks_of_other_layers_are_named():
    def backward_pass(network, inputs, class_index, rule):
        x, masks = inputs, []
        for kernel, bias in zip(network["kernels"][:-1], network["biases"][:-1], strict=True):
            x = np.maximum(x @ kernel + bias, 0)
            masks.append(x > 0)
        signal = np.tile(network["kernels"][-1][:, class_index], (len(inputs), 1))
        for kernel, mask in zip(network["kernels"][-2::-1], masks, strict=True):
            signal = signal * mask if rule != "deconvnet" else signal
            signal = (np.maximum(signal, 0) if rule != "gradient" else signal) @ kernel.T
        return signal

    assert "another layer's ReLU" in checks.backward_pass(backward_pass, seed=0).cause
