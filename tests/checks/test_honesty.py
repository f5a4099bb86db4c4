"""Whatever comes in place of an answer is judged, earns nothing, and breaks nothing."""

import itertools

import keras
import numpy as np
import pytest

from helpers import checks
from helpers.checks import apart
from helpers.checks.asking import MIME
from helpers.checks.core import Answer, Check, calls
from helpers.checks.values import pack, unpack
from tests.checks.solved import FINDINGS, remembering

EXERCISES = list(checks.CHECKS)

# The lines of a rubric that ask for no value.
SHAPES = {"shape and type", "two shares", "one array for each convolution", "shapes, one image"}

ODD = {
    "nothing": None,
    "text": "0.5",
    "no values": np.zeros(0, np.float32),
    "one number": 0.5,
    "a whole number": 1,
    "truth": True,
    "an empty tuple": (),
    "a ragged list": [[1, 2], [3]],
    "words": np.array(["a", "b"]),
    "complex numbers": np.ones((2, 3, 4), complex),
    "infinities": np.full((2, 3, 4, 5), np.inf),
    "no numbers": np.full((2, 3), np.nan, np.float32),
    "a dict": {"a": 1},
    "dates": np.array(["2026-01-01"], "datetime64[D]"),
    "tuples of nothing": (None, None),
    "values beyond float32": np.full((2, 3, 4), 1e308),
    "pairs": np.zeros((3, 3), "i4,i4"),
    "seven dimensions": np.zeros((1,) * 7),
}


@pytest.mark.slow
@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_odd_answer_earns_nothing_and_breaks_nothing(monkeypatch, exercise):
    check = remembering(getattr(checks, exercise))
    # What the misconceptions answer takes its time; the right answer stands for it.
    known = lambda self, wrong, inputs, strict: Answer(self.right(inputs))  # noqa: E731
    monkeypatch.setattr(Check, "known_answer", known)
    cases = check.inputs(hidden=True, seed=0)
    for odd, value in ODD.items():
        result = check.verdict(cases, [Answer(value)] * len(calls(cases)), hidden=True)
        assert result.earned == 0, f"{odd}: {result.card()}"
        assert result.card() and result._repr_html_(), odd


@pytest.mark.slow
@pytest.mark.parametrize("exercise", [e for e in EXERCISES if e not in FINDINGS])
def test_the_answers_of_one_check_are_wrong_in_the_next(exercise):
    """Copied in their order or by their shape, they are worth no more than their shape."""
    check = getattr(checks, exercise)
    visible, hidden = check.inputs(False, seed=0), check.inputs(True, seed=1)
    known = [check.right(inputs) for inputs in calls(visible)]
    wanted = [check.right(inputs) for inputs in calls(hidden)]
    in_order = [known[i % len(known)] for i in range(len(wanted))]
    by_shape = [
        next((k for k in known if shapes(k) == shapes(answer)), known[0]) for answer in wanted
    ]
    for copied in (in_order, by_shape):
        result = check.verdict(hidden, [Answer(value) for value in copied], hidden=True)
        earned = {line.step for line in result.lines if line.earned} - SHAPES
        assert not earned, (
            f"{exercise}: another call's answers earn {earned}; draw inputs whose answers differ "
            "(a line that asks for no value is called 'shape and type')"
        )


def shapes(value):
    return [np.shape(item) for item in value] if isinstance(value, tuple) else np.shape(value)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, -2.5, "ä", [1, [2.0, "x"]], (1, (2,)), {"a": (1,), 3: None}, float("inf")],
)
def test_plain_data_travels_unchanged(value):
    there = unpack(pack(value))
    assert there == value
    assert type(there) is type(value)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.uint8, np.int64, bool])
def test_arrays_travel_unchanged(kind):
    for shape in [(), (3,), (2, 0), (2, 3, 4)]:
        array = np.arange(24)[: int(np.prod(shape))].reshape(shape).astype(kind)
        there = unpack(pack({"x": array}))["x"]
        np.testing.assert_array_equal(there, array)
        assert there.dtype == array.dtype


def test_nothing_that_comes_from_a_kernel_is_executed():
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("executed",))

    with pytest.raises(ValueError, match="Object arrays"):
        pack(np.array([Bomb()], dtype=object))
    cases = checks.accuracy.inputs(hidden=True, seed=0)
    for text in (
        "",
        "[]",
        "{}",
        '{"pickle": "gA=="}',
        '{"array": "AAAA"}',
        None,
        "[[1]]" * 9,
        "[" * 9999,
    ):
        output = {"output_type": "display_data", "data": {MIME: text}}
        assert apart.read(cases, [output]) is None


@pytest.mark.parametrize("message", ["caf\udce9", "x" * 1_000_000])
def test_a_message_from_a_kernel_fits_into_a_card(message):
    cases = checks.accuracy.inputs(hidden=True, seed=0)
    packed = pack([[(None, message, "ValueError", message)] * len(calls(cases)), []])
    reply = apart.read(cases, [{"output_type": "display_data", "data": {MIME: packed}}])
    card = checks.accuracy.best(cases, [reply.answers], hidden=True)._repr_html_()
    assert len(card.encode("utf-8")) < 50_000


def test_a_kernel_cannot_send_many_guesses():
    cases = checks.accuracy.inputs(hidden=True, seed=0)
    guesses = [[(share, None, None, "")] * len(calls(cases)) for share in np.linspace(0, 1, 101)]
    for sent in (guesses, [guesses, []], [guesses[0] + guesses[1], []]):
        assert (
            apart.read(cases, [{"output_type": "display_data", "data": {MIME: pack(sent)}}]) is None
        )


def test_both_halves_in_two_processes_agree_with_one():
    def right(model, images, layer_name):
        return keras.Model(model.inputs, model.get_layer(layer_name).output)(images)

    check = checks.layer_output
    cases = check.inputs(hidden=True, seed=0)
    inputs = unpack(pack(calls(cases)))
    answers = unpack(pack([tuple(a) for a in check.asking.answers(right, inputs)]))
    assert check.verdict(cases, itertools.starmap(Answer, answers), True).earned == check.points
