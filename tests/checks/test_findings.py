"""Findings: what a student reads off a network and images that belong to a number."""

import itertools
from functools import cache

import numpy as np
import pytest

from helpers import checks
from helpers.checks import findings
from helpers.checks.networks import numpy_outputs
from helpers.checks.values import Answer
from helpers.course.build import compile_source, last_check
from helpers.course.variants import render
from helpers.datasets import Split
from tests.checks.solved import FINDINGS, NOTEBOOK, ROOT, namespace, remembering


@cache
def cells_by_number(finding):
    """The solution's cell and the constants of its check, by the values of the variants."""
    template = compile_source(ROOT / f"solutions/{NOTEBOOK[finding]}.py", template=True)
    choices = dict(template.metadata["variants"])
    by_id = {c.metadata.get("nbgrader", {}).get("grade_id"): c.source for c in template.cells}
    usual = {name: values[0] for name, values in choices.items()}
    return [
        (
            render(by_id[finding], usual | {"NUMBER": number}),
            last_check(render(by_id[f"{finding}_check"], usual | {"NUMBER": number})).values,
        )
        for number in choices["NUMBER"]
    ]


def earned(check, value):
    return check.best(check.inputs(True, 0), [[Answer(value)]], True, search=False).earned


def test_a_number_s_network_is_another_order_of_the_same_network():
    split = findings.images(7)
    one, other = (numpy_outputs(findings.plain_network(n), split.images) for n in (7, 8))
    assert np.allclose(one["l5"], other["l5"], atol=1e-6)
    for layer in ("l1", "l2", "l3", "l4"):
        assert not np.allclose(one[layer], other[layer])
        assert np.allclose(np.sort(one[layer], axis=-1), np.sort(other[layer], axis=-1), atol=1e-5)


def test_keras_and_numpy_answer_the_same():
    split = findings.images(7)
    plain = numpy_outputs(findings.plain_network(7), split.images)["l5"]
    assert np.allclose(findings.network(7).predict(split.images, verbose=0), plain, atol=1e-5)


def test_it_knows_digits_but_not_all_that_are_noisy():
    from helpers.datasets import digits

    test = digits.load().test
    answers = numpy_outputs(findings.plain_network(0), test.images)["l5"].argmax(axis=1)
    assert np.mean(answers == test.labels) > 0.95
    noisy = findings.images(0)
    answers = numpy_outputs(findings.plain_network(0), noisy.images)["l5"].argmax(axis=1)
    assert 0.6 < np.mean(answers == noisy.labels) < 0.95


def test_another_number_has_other_images():
    one, other = findings.images(7), findings.images(8)
    assert not np.array_equal(one.images, other.images)
    assert np.array_equal(one.images, findings.images(7).images)
    assert one.images.dtype == np.float32
    assert one.images.min() >= 0 and one.images.max() <= 1


@pytest.mark.parametrize("number", [-1, 1.5, True, "7", None])
def test_a_number_that_is_none_is_named(number):
    with pytest.raises(ValueError, match=r"number is .*; it must be a whole number, at least 0"):
        findings.network(number)
    with pytest.raises(ValueError, match=r"number is .*; it must be a whole number, at least 0"):
        findings.images(number)


@pytest.mark.slow
@pytest.mark.parametrize("finding", FINDINGS)
def test_what_the_notebook_s_solution_finds_is_right(finding):
    space = namespace(finding)
    for cell, constants in cells_by_number(finding)[:3]:
        exec(cell, space)
        result = getattr(checks, finding)(space[finding], hidden=True, **constants)
        assert result.earned == result.points, result.card()


@pytest.mark.full
@pytest.mark.parametrize("finding", FINDINGS)
def test_it_is_right_for_other_numbers(finding):
    """For every third one: Keras and the reference differ by rounding alone, and that decides no
    finding, as the next test shows for all numbers."""
    space = namespace(finding)
    for cell, constants in cells_by_number(finding)[3::3]:
        exec(cell, space)
        result = getattr(checks, finding)(space[finding], hidden=True, **constants)
        assert result.earned == result.points, (constants, result.card())


@pytest.mark.full
@pytest.mark.parametrize("finding", FINDINGS)
def test_no_finding_hangs_on_rounding(finding, monkeypatch):
    """With a little noise in the images the finding is the same, so on another processor, too."""
    check = getattr(checks, finding)
    variants = [check.variant(constants) for _, constants in cells_by_number(finding)]
    usual = [one.right({}) for one in variants]

    def noisy(number, images=findings.images):
        split = images(number)
        noise = np.random.default_rng(number).normal(0, 1e-4, split.images.shape)
        return Split(np.clip(split.images + noise, 0, 1).astype(np.float32), split.labels)

    monkeypatch.setattr(findings, "images", noisy)
    forget()
    try:
        for one, right in zip(variants, usual, strict=True):
            assert earned(one, right) == one.points, one.values
    finally:
        forget()


def forget():
    from helpers.checks.drawn import numbered_outputs

    numbered_outputs.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("finding", FINDINGS)
def test_what_another_found_is_worth_little(finding):
    """Of two students with different numbers, one earns by the other's finding 10 % on average."""
    check = getattr(checks, finding)
    variants = [remembering(check.variant(own)) for _, own in cells_by_number(finding)]
    assert len(variants) >= 20
    found = [one.right({}) for one in variants]
    copied = [earned(one, found[j]) for (i, one), j in pairs(variants)]
    assert np.mean(copied) <= 0.1 * check.points
    assert np.mean([points == check.points for points in copied]) <= 0.02


def pairs(variants):
    numbered = list(enumerate(variants))
    return [(one, j) for one, j in itertools.product(numbered, range(len(variants))) if one[0] != j]


def test_an_error_in_a_finding_s_function_is_told_without_inputs():
    def loudest_place():
        return [][0]

    card = checks.loudest_place(loudest_place).card()
    assert "IndexError" in card and "called with" not in card


@pytest.mark.parametrize("finding", FINDINGS)
def test_a_finding_s_card_tells_nothing_by_which_one_could_guess(finding):
    check = getattr(checks, finding)
    right = check.right({})
    wrong = tuple(value + 1 for value in right)
    cases = check.inputs(False, 0)
    result = check.best(cases, [[Answer(wrong)]], False)
    assert result.earned < result.points
    assert not result.diagnosis.facts and not result.diagnosis.question
    assert result.again is None and "these points count" in result.headline
