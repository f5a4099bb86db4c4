"""Shares known exactly, of networks set by hand; a measure must tell a true map from others."""

from itertools import permutations

import numpy as np
import pytest

from helpers import faithfulness, models
from helpers.datasets import tetrominoes
from helpers.faithfulness.known import GAIN, RULES, known
from helpers.methods import occlusion, saliency
from helpers.methods.activations import score_values
from helpers.methods.cam import grad_cam, hires_cam

every_rule = pytest.mark.parametrize("rule", RULES)


@every_rule
def test_the_shares_are_shapley_values_of_the_network_itself(rule):
    """Each order in which the places appear, asked of the network as a black box."""
    found = known(rule, count=3, seed=4)
    for image, shares in zip(found.images, found.contributions, strict=True):
        places = np.argwhere(shares)
        orders = list(permutations(range(len(places)))) if len(places) < 6 else [range(6)]
        expected = np.zeros((8, 8))
        for order in orders:
            shown = np.zeros((len(places) + 1, 8, 8, 1), np.float32)
            for step, number in enumerate(order, start=1):
                row, column = places[number]
                shown[step:, row, column] = image[row, column]
            rises = np.diff(score_values(found.model, shown, 1))
            for number, rise in zip(order, rises, strict=True):
                expected[tuple(places[number])] += rise / len(orders)
        np.testing.assert_allclose(shares, expected, atol=1e-5)


@every_rule
def test_they_add_up_and_all_other_pixels_mean_nothing(rule):
    found = known(rule, count=5, seed=1)
    black = score_values(found.model, 0 * found.images, 1)
    rise = score_values(found.model, found.images, 1) - black
    np.testing.assert_allclose(found.contributions.sum(axis=(1, 2)), rise, rtol=1e-5)
    truth = found.contributions != 0
    assert (truth == truth[0]).all() and truth[0].sum() == (6 if rule == "sum" else 2)
    noise = np.random.default_rng(0).random(found.images.shape, np.float32)
    other = np.where(truth[..., None], found.images, noise)
    np.testing.assert_array_equal(
        score_values(found.model, other, 1), score_values(found.model, found.images, 1)
    )


@every_rule
def test_integrated_gradients_find_the_places_and_add_up(rule):
    found = known(rule)
    maps = saliency.integrated_gradients(found.model, found.images, 1, steps=400)[..., 0]
    assert (faithfulness.mass_inside(maps, found.contributions != 0) > 0.999).all()
    if rule == "sum":
        np.testing.assert_allclose(maps, found.contributions, atol=1e-4)


def test_where_either_place_is_enough_a_gradient_sees_none():
    found = known("either")
    assert not saliency.gradient(found.model, found.images, 1).any()
    maps = occlusion.occlusion_map(found.model, found.images, 1, patch=1, stride=1)
    truth = found.contributions != 0
    # A place alone hides what the other one lacks to 1.
    left = np.where(truth, found.images[..., 0], 0).sum(axis=(1, 2), keepdims=True)
    others = left - found.images[..., 0]
    np.testing.assert_allclose(maps, np.where(truth, GAIN * (1 - others), 0), atol=1e-5)
    assert (maps[truth] < GAIN / 4 + 1e-5).all() and (found.contributions[truth] > 1).all()
    maps = saliency.integrated_gradients(found.model, found.images, 1)[..., 0]
    assert (maps[truth] > 1).all()


def test_grad_cam_forgets_the_places_where_hires_cam_keeps_them():
    found = known("product")
    truth = found.contributions != 0
    maps = hires_cam(found.model, found.images, 1)
    assert (faithfulness.mass_inside(maps, truth) > 0.999).all() and (maps[truth] > 0.1).all()
    image = found.images[..., 0]
    np.testing.assert_allclose(  # its map is the image itself, but for its unit
        faithfulness.mass_inside(grad_cam(found.model, found.images, 1), truth),
        faithfulness.mass_inside(image, truth),
        rtol=1e-4,
    )


def test_another_seed_draws_other_places_and_the_same_one_the_same():
    one, same, other = known("order", seed=1), known("order", seed=1), known("order", seed=2)
    np.testing.assert_array_equal(one.images, same.images)
    assert ((one.contributions != 0) != (other.contributions != 0)).any()
    with pytest.raises(ValueError, match="rule is 'and'; choose 'sum', 'product'"):
        known("and")


# A measure tells the truth from a random map, and a random map from the truth turned upside down.


def score_of(measure, found, maps):
    """One number for each image, the larger the better."""
    model, images, truth = found.model, found.images, found.contributions != 0
    size = (8, 8)
    if measure in ("deletion", "ROAD", "insertion"):
        curves = {
            "deletion": faithfulness.deletion_curves,
            "ROAD": faithfulness.road_curves,
            "insertion": faithfulness.insertion_curves,
        }[measure]
        area = faithfulness.area_under(curves(model, images, maps, 1, steps=16, probability=False))
        return area if measure == "insertion" else -area
    if measure in ("sensitivity-n", "infidelity"):
        masks = (
            faithfulness.random_subsets(size, 16, 200)
            if measure == "sensitivity-n"
            else faithfulness.squares(size, 4, 200)
        )
        drops = faithfulness.drops(model, images, 1, masks)
        if measure == "sensitivity-n":
            return faithfulness.sensitivity_n(maps, masks, drops)
        return -faithfulness.infidelity(maps, masks, drops)
    positive = found.contributions > 0
    return {
        "mass": lambda: faithfulness.mass_inside(maps, truth),
        "pointing game": lambda: faithfulness.pointing_game(maps, positive),
        "IoU": lambda: faithfulness.iou(maps, positive),
    }[measure]()


def turned_round(maps):
    """What was highest is lowest, and what was largest is smallest."""
    return maps.min(axis=(1, 2), keepdims=True) + maps.max(axis=(1, 2), keepdims=True) - maps


MEASURES = [
    *("mass", "pointing game", "IoU", "deletion", "insertion", "ROAD", "sensitivity-n"),
    "infidelity",
]


@every_rule
@pytest.mark.parametrize("measure", MEASURES)
def test_truth_beats_chance_and_chance_the_truth_turned_round(rule, measure):
    found = known(rule, count=40, seed=3)
    truth = found.contributions
    chance = np.random.default_rng(5).random(truth.shape)
    opposite = turned_round(abs(truth) if measure == "mass" else truth)  # mass reads sizes alone
    scores = [score_of(measure, found, maps).mean() for maps in (truth, chance, opposite)]
    assert scores[0] > scores[1] + 0.01
    if measure == "infidelity":  # a factor of a map, −1 too, is no part of what it says
        assert score_of(measure, found, -truth).mean() == pytest.approx(scores[0], rel=1e-5)
    elif measure == "sensitivity-n":
        assert scores[1] > scores[2] + 0.01
        assert scores[2] == pytest.approx(-scores[0], abs=1e-5)  # the sums' offset is one number
    else:
        assert scores[1] > scores[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "background"),
    [
        pytest.param(scenario, background, marks=[] if background == "white" else pytest.mark.full)
        for scenario in tetrominoes.SCENARIOS
        for background in tetrominoes.BACKGROUNDS
    ],
)
def test_removing_the_evidence_of_a_trained_network_costs_more_than_chance_and_the_rest(
    scenario, background
):
    """On the mean of both classes: a network can say "L" wherever it sees no T, and does so for
    the correlated rigid set. There the evidence for L is no pixel of the L."""
    data = tetrominoes.draw(scenario, background, seed=0)
    model = models.trained("tetromino_cnn", data).model
    assert models.accuracy(model, data.test) > 0.9
    right = models.predict(model, data.test.images).argmax(axis=1) == data.test.labels
    areas = []
    for label in (0, 1):
        some = np.flatnonzero(right & (data.test.labels == label))[:40]
        images, masks = data.test.images[some], data.test.masks["evidence"][some]
        chance = np.random.default_rng(1).random(masks.shape)
        areas.append(
            [
                [
                    faithfulness.area_under(curves(model, images, maps, label, **fill)).mean()
                    for maps in (1.0 * masks, chance, 1.0 - masks)
                ]
                for curves, fill in (
                    (faithfulness.deletion_curves, {"fill": 0.5}),
                    (faithfulness.road_curves, {}),
                    (faithfulness.insertion_curves, {"fill": 0.5}),
                )
            ]
        )
    deletion, road, insertion = np.mean(areas, axis=0)
    for truth, chance, opposite in (deletion, road, -insertion):
        assert truth < chance - 0.02 and chance < opposite - 0.02
