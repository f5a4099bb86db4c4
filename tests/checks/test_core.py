"""A check says what it expected, what came and why, whatever a student's function does."""

import functools
import re
import sys
import warnings

import keras
import numpy as np
import pytest
import tensorflow as tf
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import determine_grade

from helpers import checks
from helpers.checks import core
from helpers.checks.drawn import random_network
from helpers.checks.networks import keras_model, numpy_outputs
from tests.checks.solved import A_MISTAKE_BEFORE


def right(probabilities, labels):
    return float((probabilities.argmax(1) == labels).mean())


def problems(function, check=checks.accuracy):
    result = check(function, seed=0)
    assert result.earned == 0
    return "\n".join(line.problem for line in result.lines)


def test_points_of_the_lines_add_up():
    result = checks.accuracy(right, seed=0)
    assert (result.earned, result.points) == (2, 2)
    half = checks.accuracy(lambda p, y: right(p, y) if p.shape[1] < 3 else 0.123, seed=0)
    assert [line.earned for line in half.lines] == [1, 0]
    assert "1 of 2 points" in half.card()
    assert "0.123" in half.card()


@pytest.mark.parametrize("function", [right, lambda p, y: 0.5, lambda p, y: None])
def test_nbgrader_reads_the_points(function):
    result = checks.accuracy(function, seed=0)
    cell = new_code_cell(
        metadata={"nbgrader": {"grade": True, "solution": False, "points": 2, "grade_id": "a"}},
        outputs=[new_output("execute_result", {"text/plain": repr(result)})],
    )
    assert determine_grade(cell) == (result.earned, 2)


def test_data_are_fresh_each_time_unless_seeded():
    def labels(seed):
        return [case.inputs["labels"].tolist() for case in checks.accuracy.inputs(True, seed)]

    assert labels(None) != labels(None)
    assert labels(3) == labels(3)


def test_printed_constants_cannot_be_copied():
    answers = []

    def spy(activations):
        answers.append(np.where(activations.max(-1) > 0, activations.argmax(-1), -1))
        return answers[-1]

    assert checks.winning_filter(spy).earned == 3
    copied = iter(list(answers))
    result = checks.winning_filter(lambda activations: next(copied))
    assert [line.earned for line in result.lines] == [1, 0, 0]  # the shapes are known, no value


def test_an_unwritten_function():
    def stub(probabilities, labels):
        raise NotImplementedError

    assert "Not written yet" in problems(stub)


def test_no_function_at_all():
    assert "should be a function, but it is 0.5 (float)" in problems(0.5)


def test_nothing_returned():
    assert "None (is there a `return`?)" in problems(lambda p, y, n: None, checks.confusion)


def test_an_exception_is_told_with_its_line():
    def broken(probabilities, labels):
        return probabilities[10_000]

    text = problems(broken)
    assert "raised IndexError: index 10000 is out of bounds" in text
    assert "return probabilities[10_000]" in text


def test_a_picture_shows_both_maps_where_they_differ_most():
    def one_pixel_wrong(maps, weights):
        answer = np.maximum(np.einsum("nhwk,nk->nhw", maps, weights), 0)
        answer[1, 2, 3] += 7
        return answer

    result = checks.weighted_map(one_pixel_wrong, seed=0)
    assert (result.maps.step, result.maps.number) == ("all weights positive", 1)
    difference = result.maps.got - result.maps.expected
    assert np.argwhere(difference).tolist() == [[2, 3]]
    assert 'alt="Map 1 of “all weights positive”' in result._repr_html_()
    assert "at row 2, column 3" in result._repr_html_()


def test_no_picture_of_a_right_answer_or_a_wrong_shape():
    wrong_shape = checks.weighted_map(lambda maps, weights: maps, seed=0)
    assert checks.accuracy(right, seed=0).maps is None
    assert wrong_shape.maps is None
    assert "<img" not in wrong_shape._repr_html_()


def test_a_function_that_works_only_once():
    seen = []

    def once(probabilities, labels):
        seen.append(len(labels))
        if len(seen) > 2:
            raise RuntimeError("worn out")
        return right(probabilities, labels)

    line, _ = checks.accuracy(once, seed=0).lines
    assert "It works only once. Called again with the same arguments" in line.problem
    assert "raised RuntimeError: worn out" in line.problem


def test_a_function_that_remembers():
    seen = []

    def remembers(probabilities, labels):
        seen.extend(probabilities.argmax(1) == labels)
        return float(np.mean(seen))

    assert "gives another answer when it is called again" in problems(remembers)


@pytest.mark.parametrize(
    "alter",
    [
        lambda model: model.layers[1].set_weights([w * 2 for w in model.layers[1].get_weights()]),
        lambda model: setattr(model.layers[1], "activation", tf.nn.tanh),
        lambda model: setattr(model.layers[1], "trainable", False),
    ],
    ids=["weights", "activation", "trainable"],
)
def test_an_altered_model(alter):
    def altering(model, images, layer_name):
        maps = keras.Model(model.inputs, model.get_layer(layer_name).output)(images)
        alter(model)
        return maps

    result = checks.layer_output(altering, seed=0)
    assert 0 < result.earned < result.points  # it costs once
    assert "layer_output changed its argument 'model'" in result.card()


def test_a_mistake_in_an_earlier_exercise_costs_only_there():
    names = {"np": np}
    exec(A_MISTAKE_BEFORE, names)
    own = names["cover_patch"]
    assert checks.covered_places(names["covered_places"], seed=0).earned == 3
    assert names["cover_patch"] is own
    assert "a mistake" in problems(own, checks.cover_patch)


def test_the_better_of_own_and_given_functions_counts():
    """A student's own functions may return other kinds of right answers than the given ones."""
    names = {"np": np}
    exec(
        "def cover_patch(images, row, column, patch, fill):\n"
        "    covered = images.copy()\n"
        "    covered[:, row : row + patch[0], column : column + patch[1]] = fill\n"
        "    return list(covered)\n"
        "def covered_places(predict, images, patch, fill):\n"
        "    y, x = images.shape[1] - patch[0], images.shape[2] - patch[1]\n"
        "    places = [(y // 2, x // 2), (0, 0), (0, x), (y, 0), (y, x)]\n"
        "    covered = [cover_patch(images, *at, patch, fill) for at in places]\n"
        "    p = np.stack([predict(np.array([] + c)) for c in covered], 1)\n"
        "    return p.argmax(axis=2), p.max(axis=2)",
        names,
    )
    assert checks.covered_places(names["covered_places"], seed=0).earned == 3
    wrapped = functools.partial(names["covered_places"])
    names["cover_patch"] = None
    assert checks.covered_places(wrapped, seed=0).earned == 0  # lists are added, arrays are not


@pytest.mark.slow
def test_a_given_step_takes_the_place_of_the_students_own():
    names = {"np": np}
    exec(
        "ascent_step = None\n"
        "def maximise(network, start, index, steps, step_size, l2):\n"
        "    images, curve = start, []\n"
        "    for _ in range(steps):\n"
        "        curve.append(network(images, training=False).numpy()[:, index])\n"
        "        images = ascent_step(network, images, index, step_size, l2)\n"
        "    curve.append(network(images, training=False).numpy()[:, index])\n"
        "    return images, np.stack(curve, axis=1)",
        names,
    )
    for hidden in (False, True):
        result = checks.maximise(names["maximise"], hidden=hidden, seed=0)
        assert result.earned == result.points, result.card()


def test_what_a_function_printed_before_it_raised_is_in_the_card():
    def debugging(probabilities, labels):
        print("sum is", 42)
        raise ValueError("x" * 100_000)

    text = problems(debugging)
    assert "it printed: sum is 42" in text
    assert len(text) < 5000


def test_an_exception_inside_a_library_names_no_line_of_the_cell():
    text = problems(lambda model, images, name: model.get_layer("nothing"), checks.layer_output)
    assert "No such layer: nothing" in text
    assert text.count("of its cell") == text.count("lambda model, images, name")


def test_tensorflows_own_not_implemented_error_is_no_unwritten_function():
    def symbolic(probabilities, labels):
        raise NotImplementedError("Cannot convert a symbolic tf.Tensor to a numpy array.")

    assert "Cannot convert a symbolic" in problems(symbolic)


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    "odd",
    [10**5000, np.zeros(2, "i4,i4"), {1: 2}, Unprintable()],
    ids=lambda odd: type(odd).__name__,
)
def test_what_cannot_be_printed_or_compared_breaks_nothing(odd):
    def answer(probabilities, labels):
        if isinstance(odd, Exception):
            raise odd
        return odd

    assert problems(answer)


@pytest.mark.parametrize("value", [np.float32(1), np.zeros(3), "x" * 100_000, {}])
@pytest.mark.parametrize("check", [checks.file_kind, checks.conv_names])
def test_an_answer_of_another_type_is_wrong_and_no_more(check, value):
    result = check(lambda *given: value, hidden=True, seed=0)
    assert result.earned == 0
    assert len(result.card()) < 6000 * len(result.lines)


def test_endless_recursion():
    def again(probabilities, labels):
        return again(probabilities, labels)

    assert "calls itself without end" in problems(again)


def test_leaving_python_does_not_leave_the_check():
    assert "SystemExit" in problems(lambda p, y: sys.exit())


def test_an_altered_argument():
    def alter(probabilities, labels):
        share = right(probabilities, labels)
        probabilities[:] = 0
        return share

    result = checks.accuracy(alter, seed=0)
    assert [line.earned for line in result.lines] == [0, 1]
    assert "changed its argument 'probabilities'" in result.card()


def test_nan():
    result = checks.standardise(lambda a: np.full(a.shape, np.nan, np.float32), seed=0)
    assert re.search(r"(\d+) of \1 values are NaN", result.card())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("a word", "not an array of numbers|Expected whole numbers"),
        ([[1, 2], [3]], "not an array of numbers"),
        (object(), "Expected an array or a number, got <object"),
        (np.zeros((2, 2)), r"Expected shape \(3, 3\), got shape \(2, 2\)"),
    ],
)
def test_a_wrong_type_or_shape(value, message):
    assert re.search(message, problems(lambda labels, predictions, n: value, checks.confusion))


def test_what_student_code_prints_does_not_reach_the_cell(capfd):
    def chatty(probabilities, labels):
        print("hello")
        print("red", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        tf.get_logger().warning("retracing")
        return right(probabilities, labels)

    assert checks.accuracy(chatty).earned == 2
    assert capfd.readouterr() == ("", "")


def test_what_a_wrong_answer_printed_is_in_the_card():
    def debugging(probabilities, labels):
        print("sum is", 42)
        return 0.123

    assert "it printed: sum is 42" in checks.accuracy(debugging, seed=0).card()


def test_the_card_is_safe_html():
    card = checks.accuracy(lambda p, y: exec("raise ValueError('<script>')"), seed=0)._repr_html_()
    assert "&lt;script&gt;" in card
    assert "<script>" not in card


def test_no_cause_is_named_for_an_unknown_mistake():
    assert checks.accuracy(lambda p, y: float(np.sqrt(p).sum() + y.sum()), seed=0).cause is None
    assert checks.accuracy(right, seed=0).cause is None


@pytest.mark.parametrize("shape", [(8, 10, 1), (6, 12, 3), (7, 9, 2)])
def test_the_numpy_oracle_agrees_with_keras(shape):
    rng = np.random.default_rng(0)
    network, images = random_network(rng, shape), rng.random((3, *shape)).astype(np.float32)
    model, expected = keras_model(network), numpy_outputs(network, images)
    for layer in model.layers[1:]:
        images = layer(images)
        np.testing.assert_allclose(images, expected[layer.name], rtol=1e-4, atol=1e-5)


def test_the_first_value_that_differs_is_named():
    problem = core.same_values(np.array([9.0, 0, 8]), np.zeros(3))
    assert problem.startswith("2 of 3 values differ; at [0] expected 0, got 9.")


def test_so_many_results_are_expected():
    two = (np.zeros(2), np.zeros(3))
    assert core.shape_and_type(two, two) is None
    assert core.shape_and_type(list(two), two) is None
    assert core.shape_and_type(two[:1], two) == "Expected 2 results, got a tuple of 1."


def test_whole_numbers_that_an_array_can_hold_are_plain():
    assert core.to_plain(2**63 - 1) == 2**63 - 1
    with pytest.raises(core.Unusable, match="too large"):
        core.to_plain(2**63)


def test_an_altered_argument_is_found_in_the_first_call():
    def alter(probabilities, labels):
        share = right(probabilities, labels)
        probabilities[:] = 0
        return share

    line, _ = checks.accuracy(alter, seed=0).lines
    assert line.problem.startswith("accuracy changed its argument")


def test_several_results_are_compared_one_by_one():
    two = (np.zeros(2), np.ones(3))
    assert core.same_values([*two], two) is None
    assert core.same_values(two[0], two) == core.shape_and_type(two[0], two)
    for wrong in (two[:1], (*two, np.ones(1))):
        assert core.same_values(wrong, two).startswith("Expected 2 results")
    assert core.same_values((np.zeros(2), np.zeros(3)), two).startswith("3 of 3 values differ")


def test_words_that_no_known_mistake_gives_have_no_cause():
    assert checks.file_kind(lambda content: "no such kind", seed=0).cause is None
