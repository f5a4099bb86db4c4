"""A check with constants judges by those of the student's notebook, and explains as always."""

from functools import partial

import numpy as np
import pytest

from helpers import checks
from helpers.checks import misconceptions, sealed
from helpers.checks.core import Answer, Check, calls
from helpers.checks.values import equal

OWN = {"middle": 116, "grey": 40}
WITH_CONSTANTS = [name for name, check in checks.CHECKS.items() if check.values]


def maps_to_bytes(maps, middle=116, grey=40):
    low, mean = maps.min(axis=(1, 2), keepdims=True), maps.mean(axis=(1, 2), keepdims=True)
    constant = low == maps.max(axis=(1, 2), keepdims=True)
    spread = np.where(constant, 1, maps.std(axis=(1, 2), keepdims=True))
    values = np.clip(middle + grey * (maps - mean) / spread, 0, 255)
    return np.where(constant, 0, values).astype(np.uint8)


@pytest.mark.parametrize("hidden", [False, True])
def test_the_right_answer_is_that_of_the_constants(hidden):
    check = checks.maps_to_bytes
    assert check(maps_to_bytes, hidden=hidden, **OWN).earned == check.points
    usual = partial(maps_to_bytes, middle=128, grey=64)
    assert check(usual, hidden=hidden).earned == check.points
    for answer, values in ((maps_to_bytes, {}), (usual, OWN)):
        lost = {line.step for line in check(answer, hidden=hidden, **values).lines if line.problem}
        assert lost == {*check.steps} - {"uint8 of the same shape"}


def test_other_names_than_the_check_has_are_refused():
    with pytest.raises(
        ValueError, match=r"maps_to_bytes has the constants middle, grey, not middle$"
    ):
        checks.maps_to_bytes(maps_to_bytes, middle=116)
    with pytest.raises(ValueError, match=r"checks\.silence has no constants: take out seeds$"):
        checks.silence(maps_to_bytes, seeds=3)


def test_a_sealed_check_without_constants_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(sealed, "FOLDER", tmp_path)
    (tmp_path / "silence.json.gz").write_bytes(sealed.seal(checks.silence))
    with pytest.raises(ValueError, match=r"checks\.silence has no constants: take out seeds$"):
        sealed.read("silence")(maps_to_bytes, seeds=3)


@pytest.mark.parametrize("name", WITH_CONSTANTS)
def test_what_is_drawn_is_the_same_for_all(name):
    check = checks.CHECKS[name]
    other = check.variant({constant: value / 2 for constant, value in check.values.items()})
    for hidden in (False, True):
        drawn = [calls(each.inputs(hidden, seed=3)) for each in (check, other)]
        assert equal(*drawn)


def test_known_mistakes_are_named_whatever_the_constants():
    check = checks.maps_to_bytes.variant(OWN)
    for wrong in misconceptions.of("maps_to_bytes"):
        result = check(partial(wrong.function, **OWN), hidden=True, seed=0)
        assert result.earned < result.points, wrong.name
        assert result.cause == wrong.advice, (wrong.name, result.card())
    cases = check.inputs(True, 0)
    for family in misconceptions.families_of("maps_to_bytes"):
        right = misconceptions.Member(family.function, (), "")
        answers = [check.known_answer(right, inputs, False) for inputs in calls(cases)]
        assert check.verdict(cases, answers, True).earned == check.points
    for member in misconceptions.members("maps_to_bytes"):
        with np.errstate(all="ignore"):  # some divide by 0
            answers = [check.known_answer(member, inputs, False) for inputs in calls(cases)]
        assert check._result(cases, answers, True)[0].earned < check.points, member.settings


def test_a_sentence_names_the_student_s_own_constants():
    dark = partial(maps_to_bytes, middle=0)
    for values, said in ((OWN, "Add 116."), ({}, "Add 128.")):
        answer = dark if values else partial(dark, grey=64)
        result = checks.maps_to_bytes(answer, hidden=True, seed=0, **values)
        assert result.cause == f"The mean becomes grey level 0. {said}"


def test_a_sealed_check_is_for_the_constants_of_one_student(tmp_path, monkeypatch):
    monkeypatch.setattr(sealed, "FOLDER", tmp_path)
    own = checks.maps_to_bytes.variant(OWN)
    (tmp_path / "maps_to_bytes.json.gz").write_bytes(sealed.seal(own))
    check = sealed.read("maps_to_bytes")
    assert check(maps_to_bytes, **OWN).earned == check(maps_to_bytes).earned == check.points
    cases = check.inputs(False, seed=1)
    answers = [Answer(maps_to_bytes(**inputs, middle=0)) for inputs in calls(cases)]
    card = check.best(cases, [answers], False).card()
    assert "Add 116." in card
    assert card == Check.best(own, own.inputs(False, seed=1), [answers], False).card()
    with pytest.raises(ValueError, match=r"is here for .*116.* zip of your own, unpack it"):
        check(maps_to_bytes, middle=128, grey=64)
