"""What notebook 12 says of its networks is what its cells print."""

import re

import pytest

pytestmark = pytest.mark.slow

CONCEPTS = "thick", "long", "blue", "steep", "on the right"
OWN = {"long": "long", "thick": "thick", "90°": "steep", "blue": "blue"}


def one(executed, pattern):
    """The numbers of the first match."""
    return executed.numbers(pattern)[0]


@pytest.fixture
def table(executed):
    """By answer and concept: the TCAV score and the p-value."""
    rows = {}
    for answer in OWN:
        found = re.search(rf"(?m)^{answer} +((?:[\d.]+, p = [\d.]+ *){{5}})$", executed.text)
        cells = re.findall(r"([\d.]+), p = ([\d.]+)", found[1])
        pairs = [tuple(map(float, cell)) for cell in cells]
        rows[answer] = dict(zip(CONCEPTS, pairs, strict=True))
    return rows


def test_all_four_maps_mark_the_line(executed):
    shares = executed.numbers(r"(?:long|thick|90°|blue): (\d+%) of the 30 strongest pixels")
    assert len(shares) == 4 and min(share for (share,) in shares) > 80


def test_of_the_other_directions_long_is_most_like_thick(executed):
    cosines = executed.numbers(r"cosine of thick and [\w ]+: ([+-][\d.]+)")
    (long,), *others = cosines
    assert long > 0.5
    assert long > max(cosine for (cosine,) in others) + 0.2


def test_a_concept_that_is_encoded_has_a_score_near_one_and_a_small_p_value(table):
    for answer, concept in OWN.items():
        score, p = table[answer][concept]
        assert score > 0.9 and p <= 0.1, (answer, concept)
    assert table["thick"]["thick"][1] <= 0.05


def test_a_concept_that_no_head_was_asked_about_scores_around_a_half(table):
    for answer, row in table.items():
        score, p = row["on the right"]
        assert 0.2 < score < 0.8 and p > 0.15, answer


def test_random_concepts_are_often_as_far_from_a_half_as_ninety_per_cent(executed):
    (far,) = one(executed, r"(\d+) of 99 random concepts have a score of at least 0.9")
    assert 3 <= far <= 40, "some of them, and by no means all"
    assert 0.35 < one(executed, r"mean score of the random concepts: ([\d.]+)")[0] < 0.65


def test_near_the_heads_random_scores_are_0_or_1_and_nothing_is_found(executed):
    score, p = one(executed, r"conv2_2: score ([\d.]+), p-value ([\d.]+)")
    assert score > 0.9 and p > 0.2
    assert one(executed, r"conv2_2: (\d+%) of the random scores are 0 or 1")[0] > 30


def test_the_p_value_of_thick_for_long_is_small_and_a_thicker_line_is_not_longer(executed):
    score, p = one(executed, r"concept thick, answer long: score ([\d.]+), p-value ([\d.]+)")
    assert score > 0.9 and p <= 0.05
    assert one(executed, r"the logit of thick rises in (\d+%)")[0] > 95
    (short,), (long,) = executed.numbers(r"lines of \d+ pixels: the logit of long rises in (\d+%)")
    assert short < 25 and long > 75


def test_no_step_of_nmf_makes_the_error_larger_and_scikit_learn_agrees(executed):
    assert one(executed, r"steps in which the error grows: (\d+)")[0] == 0
    ours, theirs = one(executed, r"not explained: (\d+%) by your steps, (\d+%) by scikit-learn's")
    assert abs(ours - theirs) <= 3


def test_the_concept_of_the_brows_lies_on_the_mouth_and_some_avoid_the_parts(executed):
    parts = executed.numbers(r"concept \d: brows ([\d.]+), eyes ([\d.]+), mouth ([\d.]+)")
    assert len(parts) == 6
    brows, _, mouth = max(parts)
    assert brows > 2 and mouth > 1.5
    assert 1 <= sum(max(row) < 0.7 for row in parts) <= 3


def test_no_concept_is_missed_much_and_six_alone_lose_some_faces(executed):
    (whole,) = one(executed, r"all activations: (\d+%) of 56 faces are right")
    without = [share for (share,) in executed.numbers(r"without concept \d: (\d+%) are right")]
    assert len(without) == 6 and min(without) > whole - 15
    assert one(executed, r"six concepts alone: (\d+%) are right")[0] < whole
