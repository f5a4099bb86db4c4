"""What notebook 03 says of its networks is what its cells print."""

import re

import pytest

pytestmark = pytest.mark.slow


def titles(executed, picture):
    """The alternative text of the picture whose title begins so."""
    alts = [o.data["text/plain"] for o in executed.outputs if "image/png" in o.get("data", {})]
    return next(alt for alt in alts if alt.startswith(picture))


def test_a_picture_made_from_noise_is_surely_a_three(executed):
    assert executed.numbers(r"made from noise .* probability of ([\d.]+%)")[0][0] > 99


def test_a_tape_needs_to_watch_and_to_record(executed):
    assert re.findall(r"(?:watched|NumPy): +(.+)", executed.text) == ["[2. 4. 6.]", "None", "None"]
    assert "the same tape again: RuntimeError" in executed.text


def test_much_of_the_gradient_lies_where_nothing_is_written(executed):
    assert executed.numbers(r"([\d.]+%) of the gradient")[0][0] > 33


def test_one_step_moves_the_logit_by_several_units(executed):
    alt = titles(executed, "One step towards 3")
    steps = re.search(r"a seven: (-?\d+\.\d+); after one step: (-?\d+\.\d+)", alt).groups()
    before, after = map(float, steps)
    assert after > before + 2


def test_every_climb_ends_far_above_real_threes(executed):
    most = executed.numbers(r"real threes: .* ([\d.]+) at most")[0][0]
    climbs = re.findall(
        r"(?:blank|grey|noise): (\d+\.\d+)", titles(executed, "Three climbs to a 3")
    )
    assert len(climbs) == 3
    assert all(float(reached) > 1.2 * most for reached in climbs)


def test_climbing_the_probability_reaches_a_lower_logit(executed):
    rows = executed.numbers(r"p = ([\d.]+), logit +([\d.]+); climbing the logit: ([\d.]+)")
    assert len(rows) == 3
    assert all(p > 0.99 and logit < 0.8 * by_logit for p, logit, by_logit in rows)


def test_regularisers_cost_logit_and_calm_the_picture(executed):
    rows = executed.numbers(r"total variation +([\d.]+) +mean logit +([\d.]+)")
    (unrest, logit), *others = rows
    assert len(others) == 5
    assert all(calmer < 0.9 * unrest and lower < logit for calmer, lower in others)
    assert others[-1][0] == min(calmer for calmer, _ in others)


def test_four_starts_reach_more_than_a_photograph_by_different_pictures(executed):
    (likeness,) = executed.numbers(r"mean correlation of two pictures: (-?[\d.]+)")[0]
    reached, best = re.search(
        r"reached: (.*); by the best photograph: ([\d.]+)", executed.text
    ).groups()
    assert all(float(value) > float(best) for value in re.findall(r"start \d: ([\d.]+)", reached))
    assert likeness < 0.3


def test_l2_acts_from_a_weight_of_one(executed):
    (start,) = executed.numbers(r"random start: contrast ([\d.]+)")[0]
    weak, acting, strong = (
        contrast for (contrast,) in executed.numbers(r"L2 [\d.]+: contrast ([\d.]+)")
    )
    assert weak > 0.9 * start
    assert acting < 0.75 * start
    assert strong < 0.7 * acting


def test_each_stage_is_calmer_than_the_one_before_and_the_first_is_of_its_class(executed):
    unrest = [value for (value,) in executed.numbers(r"total variation a pixel ([\d.]+)")]
    assert len(unrest) == 4
    assert unrest == sorted(unrest, reverse=True) and unrest[1] < 0.6 * unrest[0]
    certain = executed.numbers(r"no regulariser .*: ostrich ([\d.]+), jellyfish ([\d.]+)")[0]
    assert min(certain) > 0.8


def test_a_filter_of_l2_prefers_vertical_bars(executed):
    selectivity = dict(
        re.findall(r"(l\d): filter \d+ prefers .* selectivity ([\d.]+)", executed.text)
    )
    assert float(selectivity["l2"]) > 0.6
    if executed.data == "digits":
        assert float(selectivity["l1"]) < 0.4


def test_taking_one_filter_of_l1_away_hardly_changes_the_accuracy_for_most(executed):
    lost = [points for (points,) in executed.numbers(r"without l1/\d .*: +(-?[\d.]+) points")]
    assert len(lost) == 9
    assert sum(points > -3 for points in lost) >= 6


def test_small_changes_in_the_right_places_make_the_network_take_a_digit_for_any_class(executed):
    pairs = executed.numbers(
        r"digit (\d), wanted (\d): taken for (\d); change at most ([\d.]+), on average ([\d.]+); "
        r"logit of \d ([+-][\d.]+); shuffled: taken for (\d), logit of \d ([+-][\d.]+)"
    )
    assert len(pairs) == 17
    assert len({wanted for digit, wanted, *_ in pairs if digit == 7}) == 9
    assert len({digit for digit, wanted, *_ in pairs if wanted == 3}) == 9
    for digit, wanted, answer, most, average, gain, shuffled, gain_shuffled in pairs:
        assert answer == wanted and shuffled == digit
        assert most <= 0.5 and average < 0.15
        assert gain_shuffled < gain / 4
    assert sorted(average for *_, average, _, _, _ in pairs)[8] < 0.1
