"""What notebook 05 says of its networks, in the numbers that it printed."""

import re

import pytest

pytestmark = pytest.mark.slow


def one(executed, pattern):
    """The numbers of the first match."""
    return executed.numbers(pattern)[0]


def test_both_networks_recognise_nearly_all_digits(executed):
    recognised = executed.numbers(r"_cnn: ([\d.]+%) of [\d,]+ test images are recognised")
    assert len(recognised) == 2
    assert min(recognised)[0] > 90


def test_where_maps_are_averaged_grad_cam_is_cam(executed):
    assert one(executed, r"CAM / Grad-CAM: ([\d.]+), positions: (\d+), difference: (\S+)") == [
        49,
        49,
        pytest.approx(0, abs=1e-3),
    ]


def test_the_mean_of_a_class_activation_map_and_the_bias_are_the_logit(executed):
    averaged, logits = (
        executed.text.split(start)[1].split("]")[0].strip(" [").split()
        for start in ("mean + bias: ", "logit of 3: ")
    )
    assert list(map(float, averaged)) == pytest.approx(list(map(float, logits)), abs=0.02)


def test_beside_a_cat_little_is_left_of_the_espresso(executed):
    whole, beside = (
        one(executed, rf"the {where}: (\d+%) espresso")[0] for where in ("whole cup", "cat")
    )
    assert beside < whole / 3


def test_each_class_of_a_photograph_points_at_its_own_half(executed):
    found = r" +from the left half +(-?[\d.]+), from the right half +(-?[\d.]+)"
    cat, espresso, daisy = (one(executed, name + found) for name in ("cat", "espresso", "daisy"))
    assert cat[0] > 4 * cat[1]
    assert espresso[1] > 4 * espresso[0]
    assert max(map(abs, daisy)) < 2, "the daisy is not there"


def test_averaging_loses_nothing_or_most_of_the_gradient(executed):
    kept = r": ([\d.]+%) of the gradient is left after averaging"
    assert one(executed, "gap_cnn, relu3" + kept) == [100]
    assert one(executed, "course_cnn, l3" + kept)[0] < 50


def test_some_maps_of_grad_cam_are_much_paler_than_others(executed):
    row = executed.text.split("largest value of each map: [")[1].split("]")[0]
    peaks = list(map(float, row.split()))
    assert len(peaks) == 10
    assert min(peaks) < max(peaks) / 3


def test_hires_cam_and_grad_cam_plus_plus_agree_better_with_occlusion(executed):
    alike = r"correlation with occlusion (-?[\d.]+)"
    grad_cam, hires_cam = (one(executed, f"{n}: {alike}")[0] for n in ("Grad-CAM", "HiResCAM"))
    plus_plus = one(executed, rf"Grad-CAM\+\+: {alike}")[0]
    assert hires_cam > grad_cam + 0.05
    assert plus_plus > hires_cam + 0.03, "even better than HiResCAM"


def test_grad_cam_plus_plus_shows_the_ink_whatever_the_class(executed):
    told = r": correlation of the maps for the first two classes (-?[\d.]+)"
    plus_plus, hires_cam, occlusion = (
        one(executed, name + told)[0] for name in (r"Grad-CAM\+\+", "HiResCAM", "occlusion")
    )
    assert plus_plus > 0.9
    assert max(hires_cam, occlusion) < 0.7
    agreed = r": correlation with occlusion (-?[\d.]+)"
    ink, by_plus_plus = (one(executed, n + agreed)[0] for n in ("the ink alone", r"Grad-CAM\+\+"))
    assert ink > by_plus_plus - 0.05, "about as well as Grad-CAM++, or better"


def test_grad_cam_peaks_in_empty_places_which_matter_little(executed):
    far = one(executed, r"Grad-CAM: .+ peak at least 3 pixels from ink: ([\d.]+%)")[0]
    drop = one(executed, r"drop of the logit at those peaks: on average (-?[\d.]+%)")[0]
    assert far >= 5
    assert drop < 40


def test_grad_cam_plus_plus_counts_a_small_channel_for_more_than_the_mean_does(executed):
    mean, plus_plus = one(executed, r"mean ([\d.]+), Grad-CAM\+\+ ([\d.]+)")
    assert mean == 6
    assert plus_plus < 2


def test_little_of_the_gradient_of_the_first_layer_survives_the_mean(executed):
    pictures = [o.data["text/plain"] for o in executed.outputs if "image/png" in o.get("data", {})]
    told = next(alt for alt in pictures if alt.startswith("Grad-CAM of the same four, by layer"))
    left = {layer: int(share) for layer, share in re.findall(r"(l\d): (\d+)% left", told)}
    assert list(left) == ["l1", "l2", "l3"]
    assert left["l1"] < 30


def test_rejected_classes_have_evidence_somewhere(executed):
    assert one(executed, r"(\d+) of 10 classes have evidence somewhere")[0] >= 5


def test_students_maps_are_those_of_the_helpers(executed):
    differences = executed.numbers(r"largest difference to (?:your maps|the helper): (\S+)")
    assert len(differences) == 3
    assert max(differences)[0] < 1e-4


def test_the_images_of_the_two_gradients_are_those_that_the_network_is_sure_of(executed):
    row = executed.text.split("probabilities: [")[1].split("]")[0]
    assert min(map(float, row.split())) > 0.98
