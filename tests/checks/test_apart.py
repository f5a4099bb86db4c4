"""The two halves of a check, and what a kernel may send in the place of answers."""

import base64
import io
import json

import IPython.display
import numpy as np
import pytest

from helpers import checks
from helpers.checks import apart
from helpers.checks.core import calls

CASES = checks.accuracy.inputs(hidden=True, seed=0)


def sent(attempts):
    return {"output_type": "display_data", "data": {apart.MIME: apart.pack(attempts)}}


def error(text):
    return {"output_type": "error", "ename": "NameError", "evalue": text}


def test_a_function_that_is_not_there_is_named(monkeypatch):
    shown = []
    monkeypatch.setattr(IPython.display, "display", lambda data, raw: shown.append(data))
    apart.answer("accuracy", lambda: accuracy, apart.pack(calls(CASES)))  # noqa: F821
    [answers] = apart.read_attempts(checks.accuracy, CASES, [{"data": shown[0]}])
    assert len(answers) == len(calls(CASES))
    assert {a.problem for a in answers} == {
        "There is no function to check: name 'accuracy' is not defined."
    }


def test_where_nothing_was_answered_the_last_error_says_why():
    [answers] = apart.read_attempts(checks.accuracy, CASES, [error("one"), error("two")])
    assert answers[0].problem == "The function did not answer: NameError: two"
    [answers] = apart.read_attempts(checks.accuracy, CASES, [error("one")])
    assert answers[0].problem == "The function did not answer: NameError: one"


def test_one_attempt_is_enough_where_two_are_made():
    check = checks.covered_places
    assert check.given
    cases = check.inputs(hidden=True, seed=0)
    one = [(1, None, None, "")] * len(calls(cases))
    for attempts in ([one], [one, one]):
        assert len(apart.read_attempts(check, cases, [sent(attempts)])) == len(attempts)
    [answers] = apart.read_attempts(check, cases, [sent([one, one, one])])
    assert answers[0].problem == "The function did not answer"


class Bomb:
    exploded = False

    def __reduce__(self):
        return (setattr, (Bomb, "exploded", True))


def test_no_pickle_in_an_array_is_opened():
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    text = json.dumps({"array": base64.b64encode(buffer.getvalue()).decode()})
    with pytest.raises(ValueError, match="allow_pickle=False"):
        apart.unpack(text)
    assert not Bomb.exploded
