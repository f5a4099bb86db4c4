"""What notebook 06 says of its networks, in the numbers that it printed."""

import pytest

pytestmark = pytest.mark.slow


def one(executed, pattern):
    """The numbers of the first match."""
    return executed.numbers(pattern)[0]


def row(executed, start):
    """The numbers of an array that is printed behind `start`."""
    return list(map(float, executed.text.split(f"{start} [")[1].split("]")[0].split()))


def test_the_simple_classifier_takes_a_nine_in_snow_for_a_four_and_the_map_shows_the_snow(executed):
    assert one(executed, r"right on (\d+%) of its training images") == [100]
    plain, snowy = one(executed, r"probability of a four: ([\d.]+), in snow ([\d.]+)")
    assert plain < 0.2 and snowy > 0.6
    [row] = one(executed, r"the largest drop is in row (\d+) of 28")
    assert row >= 24, "the snow lies in the last four rows"
    [strokes] = one(executed, r"far above the snow, it is at most (-?[\d.]+)")
    assert strokes < 0.2 * snowy, "the strokes hardly matter"


def test_a_nine_can_hardly_lose_its_probability_of_a_four(executed):
    low, high = one(executed, r"probability of a four falls by (-?[\d.]+) to (-?[\d.]+)")
    assert high < 0.02
    if executed.data == "mnist":
        assert low < -0.1


def test_the_helper_computes_the_same(executed):
    assert one(executed, r"largest difference from yours: (\S+)")[0] < 1e-5


def test_some_maps_of_the_probability_are_far_paler_than_others(executed):
    drops = row(executed, "largest drop of the probability:")
    assert len(drops) == 10
    assert min(drops) < max(drops) / 2
    assert max(drops) > 0.5, "one stroke can be most of the probability"


def test_each_digit_has_its_place_in_the_logit(executed):
    drops = row(executed, "largest drop of the logit:")
    assert len(drops) == 10
    assert min(drops) > max(drops) / 6


def test_the_upper_stroke_of_the_nine_speaks_against_a_four(executed):
    least, row = one(executed, r"map for 4: (-?[\d.]+), in row (\d+) of 28")
    assert least < 0
    if executed.data == "mnist":
        assert row < 12


def test_a_pixel_changes_little_and_a_large_patch_something_almost_everywhere(executed):
    found = executed.numbers(r"drop of the logit lies between +(-?[\d.]+) and +(-?[\d.]+)")
    (_, pixel), *_, (least, most) = found
    assert len(found) == 6
    assert pixel < most / 4
    assert least > -most / 5


def test_fewer_patches_show_less_and_smoothing_gives_some_of_it_back(executed):
    found = executed.numbers(r"correlation ([\d.]+) with the map of stride 1")
    _, three, _, seven, smoothed = (correlation for (correlation,) in found)
    assert three > 0.9
    assert seven < three - 0.03
    assert smoothed > seven


def test_mean_blur_and_noise_agree_with_paper_and_ink_does_not(executed):
    found = executed.numbers(r"correlation +(-?[\d.]+) with paper, largest drop +(-?[\d.]+)")
    paper, grey, ink, mean, blur, noise = found
    assert min(mean, blur, noise)[0] > 0.65
    assert max(grey, ink)[0] < min(mean, blur, noise)[0]
    assert blur[1] == min(each[1] for each in (paper, mean, blur, noise)), "blur is the mildest"


def test_the_centre_costs_half_of_the_accuracy_and_no_corner_more_than_a_few_percent(executed):
    places = "centre", "top left", "top right", "bottom left", "bottom right"
    pattern = r"10×10 +nothing ([\d.]+%)" + "".join(rf" +{name} ([\d.]+%)" for name in places)
    nothing, centre, *corners = one(executed, pattern)
    assert nothing > 95
    assert centre < 0.65 * nothing
    assert min(corners) > nothing - 6


def test_the_map_of_the_report_has_all_of_its_patches(executed):
    [patches] = one(executed, r"([\d,]+) patches in \d+ seconds; the report: \d+ seconds")
    assert patches == 36**2


def test_no_patch_takes_half_of_the_photographs_probability(executed):
    pattern = r": ([\d.]+); under a patch it falls by (-?[\d.]+) to ([\d.]+)"
    probability, low, high = one(executed, pattern)
    assert low < 0, "some places are blue"
    assert 0 < high < probability / 2


def test_the_strongest_feature_map_is_not_what_the_cat_rests_on(executed):
    of_filter, of_class = executed.numbers(r"largest drop ([\d.]+%) of it")
    assert of_filter[0] > 20
    assert of_class[0] < 10
