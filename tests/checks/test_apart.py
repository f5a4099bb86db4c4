"""The two halves of a check, and what a kernel may send in the place of answers."""

import base64
import io
import json

import IPython.display
import numpy as np
import pytest

from helpers import checks
from helpers.checks import apart, asking, values
from helpers.checks.core import calls

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
