"""The search for the cause of a wrong answer: as little work as it takes."""

import subprocess
import sys
from collections import Counter

import keras
import numpy as np
import pytest

from benchmarks.checks import other
from helpers import checks
from helpers.checks import diagnosis, misconceptions, networks
from helpers.checks.core import Answer, Check, calls
from tests.checks.solved import remembering

EXERCISES = list(checks.CHECKS)


def right_but_for(check, cases, number):
    """Answers that are wrong in one call."""
    answers = [Answer(check.right(inputs)) for inputs in calls(cases)]
    answers[number] = Answer(other(answers[number].value))
    return answers


@pytest.fixture
def known(monkeypatch):
    """How often each known mistake was called. To the same call it answers the same: it is run
    once."""
    called, answer, answers = Counter(), Check.known_answer, {}

    def counted(self, wrong, inputs, strict):
        called[wrong] += 1
        key = wrong, strict, *map(id, inputs.values())
        if key not in answers:
            answers[key] = answer(self, wrong, inputs, strict), inputs  # which keeps the ids
        return answers[key][0]

    monkeypatch.setattr(Check, "known_answer", counted)
    return called


@pytest.mark.slow
@pytest.mark.parametrize("exercise", EXERCISES)
def test_an_unknown_mistake_costs_one_call_of_each_known_one(exercise, known, monkeypatch):
    """However many of the calls were answered rightly, as known mistakes do, too."""
    # Facts ask no known mistake.
    monkeypatch.setattr(diagnosis._Search, "found", lambda *_: iter(()))
    check = remembering(getattr(checks, exercise))
    cases = check.inputs(hidden=True, seed=0)
    for number in range(len(calls(cases))):
        known.clear()
        result = check.verdict(cases, right_but_for(check, cases, number), hidden=True)
        assert result.cause is None
        if result.earned < result.points:  # else only the shape of this answer counts
            assert all(known[wrong] == 1 for wrong in misconceptions.of(exercise))
            assert max(known.values()) <= len(calls(cases))


def test_the_smallest_wrong_answer_is_compared_first(monkeypatch):
    sizes, answer = [], Check.known_answer

    def seen(self, wrong, inputs, strict):
        sizes.append(inputs["images"].size)
        return answer(self, wrong, inputs, strict)

    monkeypatch.setattr(Check, "known_answer", seen)
    result = checks.total_variation(lambda images: 7 + images.max(axis=(1, 2)) ** 3, seed=0)
    assert result.cause is None
    assert sizes[0] == min(i["images"].size for i in calls(checks.total_variation.inputs(0, 0)))
    assert sizes == sorted(sizes)


def test_a_right_answer_is_not_searched(known):
    check = checks.total_variation
    cases = check.inputs(hidden=True, seed=0)
    answers = [Answer(check.right(inputs)) for inputs in calls(cases)]
    assert check.best(cases, [answers[::-1], answers], hidden=True).earned == check.points
    assert not known


def test_of_two_attempts_only_the_better_one_is_searched(known):
    check = checks.backward_pass
    cases = check.inputs(hidden=False, seed=0)
    worse = [Answer(np.zeros(1))] * len(calls(cases))
    better = right_but_for(check, cases, len(worse) - 1)
    result = check.best(cases, [worse, better], hidden=False)
    assert 0 < result.earned < check.points
    assert set(known.values()) == {1}


@pytest.mark.slow
def test_the_judge_needs_no_tensorflow():
    """It takes seconds to import, and the judge has no model to run but in the search: for that
    each known mistake is called once."""
    code = """
import sys
from helpers import checks
from helpers.checks import misconceptions
from helpers.checks.core import values_in, calls

for name, check in checks.CHECKS.items():
    known = misconceptions.of(name) or misconceptions.members(name)  # a finding has a family alone
    cases, first = check.inputs(hidden=True, seed=0), known[0]
    answers = [check.known_answer(first, one, not n) for n, one in enumerate(calls(cases))]
    result = check.best(cases, [answers], hidden=True)
    assert result.earned < result.points, (name, first)
    assert result.cause == check.advice(first), (name, first, result.cause)
    smallest = min(calls(cases), key=values_in)
    for wrong in known:
        check.known_answer(wrong, smallest, True)
assert not {"tensorflow", "keras"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def built(monkeypatch, check, function):
    """The result of a check, and how many models were built for it."""
    count, build = [], networks.untrained
    monkeypatch.setattr(networks, "untrained", lambda network: count.append(0) or build(network))
    return check(function, seed=0), len(count)


def maps_of(model, images, layer_name):
    return keras.Model(model.inputs, model.get_layer(layer_name).output)(images)


def test_the_calls_of_a_check_share_a_model(monkeypatch):
    result, count = built(monkeypatch, checks.layer_output, maps_of)
    assert result.earned == result.points
    assert count == 1


def test_both_attempts_and_the_calls_that_look_for_a_cause_share_a_model(monkeypatch):
    assert checks.maximise.given
    monkeypatch.setattr(diagnosis, "LIMIT", 60)  # however slow the first calls of TensorFlow are
    result, count = built(monkeypatch, checks.maximise, lambda _, start, *rest: (start, start))
    assert "is not used" in " ".join(result.diagnosis.facts)
    assert count == 1


@pytest.mark.parametrize("raises", [False, True], ids=["and answers", "and raises"])
def test_a_model_that_was_changed_is_not_used_again(monkeypatch, raises):
    seen = []

    def changing(model, images, layer_name):
        seen.append([layer.name for layer in model.layers])
        found = maps_of(model, images, layer_name)
        model.layers[1].activation = None
        model.layers[2].name = "renamed"
        if raises:
            raise ValueError
        return found

    result, count = built(monkeypatch, checks.layer_output, changing)
    assert count == len(seen) > 2
    assert all(names[1:4] == ["early", "half", "side"] for names in seen)
    wrong = len(result.lines) if raises else 1
    assert sum(line.problem is not None for line in result.lines) == wrong
