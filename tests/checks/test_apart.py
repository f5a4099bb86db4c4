"""The two halves of a check, and what a kernel may send in the place of answers."""

import base64
import io
import json

import IPython.display
import numpy as np
import pytest

from helpers import checks
from helpers.checks import apart, asking, core, values
from helpers.checks.core import ROUNDS, Check, calls

CASES = checks.accuracy.inputs(hidden=True, seed=0)


def error(text):
    return {"output_type": "error", "ename": "NameError", "evalue": text}


def test_a_function_that_is_not_there_is_named(monkeypatch):
    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: shown.append(data))
    asking.answer(lambda: accuracy, checks.accuracy.asking.question(calls(CASES), None))  # noqa: F821
    answers, asked = apart.read(CASES, [{"data": shown[0]}])
    assert len(answers) == len(calls(CASES))
    assert {a.problem for a in answers} == {
        "There is no function to check: name 'accuracy' is not defined."
    }
    assert asked == []


def test_where_nothing_was_answered_the_last_error_says_why():
    said = apart.problem([error("one"), error("two")])
    assert said == "The function did not answer: NameError: two"
    assert apart.problem([error("one")]) == "The function did not answer: NameError: one"
    assert apart.read(CASES, [error("one")]) is None


class Bomb:
    exploded = False

    def __reduce__(self):
        return (setattr, (Bomb, "exploded", True))


def test_no_pickle_in_an_array_is_opened():
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    text = json.dumps({"array": base64.b64encode(buffer.getvalue()).decode()})
    with pytest.raises(ValueError, match="allow_pickle=False"):
        values.unpack(text)
    assert not Bomb.exploded


STEP = "def patch_positions(size, patch, stride):\n    return list(range(0, size, stride))\n"


def places(code):
    """A function that calls an earlier exercise's, which is wrong."""
    names = {"np": np}
    exec(STEP + code, names)
    return names["drop_map"]


@pytest.fixture
def drawn():
    return checks.drop_map.inputs(hidden=False, seed=0)


def test_calls_of_earlier_exercises_are_answered_by_the_judge(drawn):
    check, function = (
        checks.drop_map,
        places(
            "def drop_map(predict, images, class_index, patch, stride, fill):\n"
            "    return np.array(patch_positions(images.shape[1], patch[0], stride[0]))"
        ),
    )
    ask = check.asks(function, drawn)
    _, asked = ask(known={})
    known = {call: check._given(call, drawn) for call in asked}
    answers, none = ask(known)
    assert len(asked) == len(calls(drawn)) and none == []
    for inputs, answer in zip(calls(drawn), answers, strict=True):
        sizes = inputs["images"].shape[1], inputs["patch"][0], inputs["stride"][0]
        np.testing.assert_array_equal(answer.value, checks.patch_positions.reference(*sizes))


@pytest.mark.parametrize(
    "arguments",
    [(10**9, 1, 1), (8,), (8, 4, 0), (np.zeros(100_001), 4, 2), ("8", "4", "2"), (8, 4, 2, 1)],
)
def test_no_call_of_an_earlier_exercise_keeps_the_judge_busy(drawn, arguments):
    call = values.pack([0, "patch_positions", list(arguments), {}])
    assert checks.drop_map._given(call, drawn) is None


def test_many_small_arguments_do_not_make_a_large_call(drawn):
    places = np.arange(700)
    arguments = [np.zeros((1, 700, 700)), places, places, (1, 1), (10_000, 10_000)]
    call = values.pack([0, "average_overlaps", arguments, {}])
    assert checks.drop_map._given(call, drawn) is None


def test_the_judge_s_time_for_such_calls_is_bounded(drawn, monkeypatch):
    spent = iter(range(10**6))
    monkeypatch.setattr(core.time, "process_time", lambda: next(spent))
    function = places(
        "def drop_map(predict, images, class_index, patch, stride, fill):\n"
        "    return np.array([patch_positions(n, 2, 1)[-1] for n in range(4, 40)])"
    )
    reply, known = checks.drop_map.with_known_calls(drawn, checks.drop_map.asks(function, drawn))
    assert len(reply.asked) > len(known) < core.SECONDS_GIVEN


@pytest.mark.parametrize("call", ["", "[]", values.pack([0, "accuracy", [], {}]), values.pack(0)])
def test_what_is_no_such_call_is_not_answered(drawn, call):
    assert checks.drop_map._given(call, drawn) is None


def test_a_function_that_always_asks_for_something_new_comes_to_an_end(drawn):
    function = places(
        "from itertools import count\nnumbers = count(5)\n"
        "def drop_map(predict, images, class_index, patch, stride, fill):\n"
        "    return np.array(patch_positions(next(numbers), 2, 1))"
    )
    rounds = []

    def ask(known):
        rounds.append(known)
        return checks.drop_map.asking.reply(function, calls(drawn), known)

    assert len(checks.drop_map.attempts(drawn, ask)) == 2
    assert len(rounds) == 1 + ROUNDS


def test_right_answers_are_not_asked_for_again(drawn):
    answers = [values.Answer(checks.drop_map.reference(**inputs)) for inputs in calls(drawn)]
    asked = []

    def ask(known):
        asked.append(known)
        return asking.Reply(answers, [])

    assert len(checks.drop_map.attempts(drawn, ask)) == 1
    assert asked == [None]


def test_an_adapter_that_no_kernel_has_is_refused():
    with pytest.raises(ValueError, match=r"edges: <lambda> is not in helpers/checks/adapters.py"):
        Check("edges", {"all": 1}, None, None, plain=lambda value: value)
