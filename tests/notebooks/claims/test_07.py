"""What notebook 07 says of gradients, on digits and on photographs, holds in its own numbers."""

import numpy as np
import pytest

pytestmark = pytest.mark.slow

NUMBER = r"(-?[\d.]+)"


def columns(executed, pattern):
    return np.array(executed.numbers(pattern)).T


def test_a_network_that_recognises_nothing_draws_nearly_the_same_four(executed):
    [(right,)] = executed.numbers(r"random layers (\d+%) of the test images are recognised")
    [(alike,)] = executed.numbers(rf"correlation of the two pictures: {NUMBER}")
    assert right < 30 and alike > 0.75


def test_ink_has_more_than_its_part_of_the_saliency_and_less_than_half(executed):
    [(ink,)] = executed.numbers(r"\npixels with ink: (\d+%)")
    [(share,)] = executed.numbers(r"saliency on pixels with ink: (\d+%)")
    assert ink < share < 50


def test_the_gradients_of_one_image_for_two_classes_differ(executed):
    alike = executed.numbers(rf"correlation of the maps .*: {NUMBER}")
    assert len(alike) == 2 and np.max(alike) < 0.7


def test_where_the_network_is_sure_the_gradient_of_the_probability_vanishes(executed):
    sure, logit, probability = columns(executed, r"\d   +([01]\.\d{4}) +([\d.]+) +(\d\S*e-\d+)")
    assert len(sure) == 10
    assert np.median(sure) > 0.99
    assert np.median(probability / logit) < 0.01
    assert sure[probability.argmax()] <= np.sort(sure)[2], "one of the least sure has the largest"
    assert logit.max() < 4 * logit.min(), "similar sizes"


def test_noise_changes_the_gradient_and_neither_the_answer_nor_all_of_the_gradient(executed):
    _, kept, alike = columns(executed, rf"noise +{NUMBER}: (\d+) of 10 .* gradient {NUMBER}")
    assert (kept >= 9).all()
    assert (np.diff(alike) < 0).all()
    assert alike[-1] > 0.3, "far above 0, as the text says"


def test_two_draws_of_smoothgrad_agree_the_better_the_more_samples(executed):
    samples, alike = columns(executed, rf"(\d+) samples, drawn twice: .* {NUMBER}")
    assert samples.tolist() == [0, 1, 5, 20, 100]
    assert (np.diff(alike[1:]) > 0).all() and alike[-1] > 0.95


def test_gradient_times_input_comes_near_the_difference_of_the_logits_and_misses_it(executed):
    [products] = executed.numbers(r"all pixels together: +\[" + r" *([\d.]+)" * 10)
    [logits] = executed.numbers(r"logit − logit of no ink: +\[" + r" *([\d.]+)" * 10)
    missed = abs(np.subtract(products, logits)) / logits
    assert 0.005 < missed.mean() < 0.3


def test_a_few_hundred_integrated_gradients_add_up_to_about_a_percent(executed):
    [(difference,)] = executed.numbers(rf"without ink .*: difference {NUMBER}")
    missing = dict(executed.numbers(rf"(\d+) steps: .* missing +{NUMBER}"))
    assert abs(missing[300]) < 0.015 * difference
    assert abs(missing[300]) < abs(missing[3])


def test_every_baseline_adds_up_and_the_baseline_decides_where(executed):
    together, difference, on_ink = columns(
        executed,
        rf"from .*: +all pixels together +{NUMBER}, .* logits +{NUMBER}; +(\d+%) of the",
    )
    np.testing.assert_allclose(together, difference, rtol=0.03)
    _, no_ink, _, all_ink = on_ink
    assert no_ink > 95 and all_ink < 20


def table(executed, first):
    [row] = executed.numbers(rf"\n{first} +{NUMBER} +{NUMBER} +{NUMBER}")
    return dict(zip(("gradient", "integrated", "guided"), row, strict=True))


def test_guided_backprop_hardly_depends_on_the_class_and_the_gradient_does(executed):
    other = table(executed, "another class")
    assert other["guided"] > 0.85
    assert max(abs(other["gradient"]), abs(other["integrated"])) < 0.4


def test_with_random_layers_the_gradient_is_another_and_guided_backprop_is_not(executed):
    last, three = (table(executed, f"random {layer} and up") for layer in ("l5", "l3"))
    assert abs(last["gradient"]) < 0.25 and abs(last["integrated"]) < 0.4
    assert last["guided"] > 0.85 and three["guided"] > 0.75


def test_without_pools_the_deconvnet_depends_on_neither_the_class_nor_the_photograph(executed):
    [classes] = executed.numbers(rf"for two classes +{NUMBER} +{NUMBER} +{NUMBER}")
    [photographs] = executed.numbers(rf"of two photographs +{NUMBER} +{NUMBER} +{NUMBER}")
    (gradient, deconvnet, guided), of_photographs = classes, dict(enumerate(photographs))
    assert abs(gradient) < 0.3 and min(deconvnet, guided) > 0.98
    assert of_photographs[1] > 0.98 and max(of_photographs[0], of_photographs[2]) < 0.4


def test_on_photographs_guided_backprop_survives_six_random_blocks(executed):
    rows = executed.numbers(
        rf"random \w+ and up +gradient +{NUMBER} \(magnitudes {NUMBER}\), "
        rf"guided +{NUMBER} \(magnitudes {NUMBER}\)"
    )
    gradient, magnitudes, guided, _ = np.array(rows).T
    assert len(rows) == 6 and abs(gradient).max() < 0.3
    assert magnitudes[0] > 0.15, "a part of their order is kept"
    assert guided[:3].min() > 0.95 and guided[3] > 0.85, "down to block 11"
    assert abs(guided[-1]) < 0.3
