"""What notebook 02 says of its network is what its cells print."""

import pytest

pytestmark = pytest.mark.slow


def test_few_cells_of_a_layer_are_bright_for_one_image(executed):
    bright = executed.numbers(r"l\d: ([\d.]+%) of the cells above half")
    assert len(bright) == 3
    assert all(share < 10 for (share,) in bright)


def test_most_units_of_the_dense_layer_answer_to_several_digits(executed):
    answering, *_ = executed.numbers(r"(\d+) of 25 units answer\.")[0]
    digits = executed.text.split("each answers: [")[1].split("]")[0].split(", ")
    assert len(digits) == answering < 25
    assert sum(int(count) > 1 for count in digits) > 0.6 * answering


def test_images_agree_less_on_the_winners_of_later_layers(executed):
    l1, l2, l3 = (share for (share,) in executed.numbers(r"the mode wins in (\d+%)"))
    assert l1 > l2 and l1 > l3


def test_the_filter_of_the_largest_bias_wins_most_pixels_until_filters_are_standardised(executed):
    biases = [bias for (bias,) in executed.numbers(r"bias ([+-][\d.]+)")]
    standardised = executed.numbers(r"wins +([\d.]+%) of all pixels, +([\d.]+%) after")
    loudest, (before, after) = max(zip(biases, standardised, strict=True))
    assert loudest > 0 and before > 50
    assert [before, after] == max(standardised) and after < before / 2
