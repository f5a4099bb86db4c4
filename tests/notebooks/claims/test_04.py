"""What notebook 04 says of its networks is what its cells and the texts of its pictures tell."""

import re

import pytest

pytestmark = pytest.mark.slow


def lines(executed, title):
    """The shares that a picture draws, in percent: by line, by layer."""
    pictures = [o.data["text/plain"] for o in executed.outputs if "image/png" in o.get("data", {})]
    told = next(alt for alt in pictures if alt.startswith(title)).removeprefix(f"{title}. ")
    drawn = {}
    for line in told.rstrip(".").split("; "):
        name, shares = line.rsplit(": ", 1)
        drawn[name] = {layer: float(share) for layer, share in re.findall(r"(\w+) (\d+)%", shares)}
    return drawn


def test_an_untrained_network_is_sure_of_no_digit(executed):
    kinds, sure = executed.numbers(r"trained +(\d) different answers .* has (\d+%)")[0]
    _, unsure = executed.numbers(r"untrained +(\d) different answers .* has (\d+%)")[0]
    assert kinds >= 5 and sure > 80
    assert unsure < 30


def test_zeros_do_not_simply_grow_with_depth(executed):
    silent = lines(executed, "How much is exactly 0, layer by layer")
    zeros, untrained = silent["trained: zeros"], silent["untrained: zeros"]
    assert zeros["l2"] > zeros["l1"]
    assert zeros["l3"] < zeros["l2"] + 5
    for number in "123":
        assert zeros[f"pool{number}"] < zeros[f"l{number}"]
        assert untrained[f"pool{number}"] < untrained[f"l{number}"]
    assert untrained["l1"] > 70 and untrained["l1"] > zeros["l1"] + 3
    assert executed.numbers(r"l1: (\d) of 9 filters answer to an empty image")[0][0] >= 1


def test_hardly_a_map_is_dead_though_about_half_of_the_activations_are_zero(executed):
    silent = lines(executed, "How much is exactly 0, layer by layer")
    for layer in ("l2", "l3"):
        assert silent["trained: zeros"][layer] > 40
    assert max(dead for (dead,) in executed.numbers(r"\btrained l[123]: ([\d.]+%) of the")) < 3
    assert len(re.findall(r"\btrained l[123]: .* never answer: \[\]", executed.text)) == 3


def test_training_wakes_units_that_were_silent(executed):
    (woke,) = re.search(r"woke up: \[(.*)\]; that it silenced", executed.text).groups()
    assert woke


def test_a_large_network_is_sparser_with_depth_and_only_if_trained(executed):
    large = lines(executed, "How much is exactly 0 in EfficientNet-Lite0")
    zeros, dead = large["trained: zeros"], large["trained: dead maps"]
    early, late = ("2", "3", "4", "5"), ("14", "15", "16", "head")
    assert max(zeros[layer] for layer in early) + 30 < min(zeros[layer] for layer in late)
    assert max(dead[layer] for layer in early) + 15 < min(dead[layer] for layer in late)
    level = large["random: zeros"].values()
    assert max(level) - min(level) < 15


def test_some_kernels_are_even_and_so_are_some_random_ones(executed):
    for who in ("trained", "untrained"):
        even = executed.numbers(rf"\b{who} +l1: .* (\d) below 0.25")[0][0]
        assert 2 <= even <= 8


def test_training_and_not_depth_brings_a_digit_s_images_together(executed):
    nearest = lines(executed, "Right by nearest mean, layer by layer")
    trained, untrained = nearest["trained"], nearest["untrained"]
    assert min(trained["l4"], trained["l5"]) > max(trained["l1"], trained["l2"], trained["input"])
    assert all(right < untrained["input"] + 3 for right in untrained.values())
    assert max(untrained["l4"], untrained["l5"]) < untrained["l3"] - 15


def test_neighbours_show_the_same_digit_more_often_from_layer_to_layer_if_trained(executed):
    told = r"same digit, {}: input ([\d.]+%), l2 ([\d.]+%), l4 ([\d.]+%)"
    pixels, l2, l4 = executed.numbers(told.format("trained"))[0]
    assert 60 < pixels < l2 - 1 and l2 < l4 - 2
    untrained = executed.numbers(told.format("untrained"))[0]
    assert untrained[0] == pixels and untrained[2] < pixels - 20


def test_digits_overlap_less_in_the_plane_of_l4_than_in_that_of_the_pixels(executed):
    pictures = [o.data["text/plain"] for o in executed.outputs if "image/png" in o.get("data", {})]
    told = next(alt for alt in pictures if alt.startswith("Test images on a plane"))
    near = {name: int(share) for name, share in re.findall(r"(\w+) (\d+)%", told)}
    assert list(near) == ["pixels", "l2", "l4"]
    assert near["pixels"] + 5 < near["l4"] < 100


def test_one_filter_costs_little_and_not_most_for_the_digit_that_drives_it(executed):
    costs = [c for (c,) in executed.numbers(r"all digits lose (-?[\d.]+) on average")]
    assert len(costs) == 9 and sum(costs) / 9 < 2.5
    assert executed.numbers(r"the same digit for (\d) of 9 filters")[0][0] <= 4


def test_two_filters_together_cost_more_than_both_alone(executed):
    told = r"filters \d and \d: (-?[\d.]+) and (-?[\d.]+) points alone, ([\d.]+) together"
    one, other, together = executed.numbers(told)[0]
    assert together > one + other + 2


def test_no_single_map_makes_a_filter_of_l2(executed):
    share = executed.numbers(r"reads map \d of l1 most: (\d+%) of its weights")[0][0]
    assert 100 / 9 <= share < 50
