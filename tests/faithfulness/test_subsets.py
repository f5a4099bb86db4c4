"""ROAD, sensitivity-n, infidelity, max-sensitivity: against the formulas in plain loops."""

import keras
import numpy as np
import pytest
from keras import layers

from helpers.checks.drawn import random_network
from helpers.checks.networks import keras_model, numpy_outputs
from helpers.faithfulness import (
    drops,
    impute,
    infidelity,
    mass_inside,
    max_sensitivity,
    random_subsets,
    road_curves,
    sensitivity_n,
    squares,
)
from helpers.faithfulness.known import known
from helpers.methods import saliency

RNG = np.random.default_rng(0)
SIDES = {(-1, 0), (1, 0), (0, -1), (0, 1)}
CORNERS = {(-1, -1), (-1, 1), (1, -1), (1, 1)}


@pytest.fixture(scope="module")
def network():
    return random_network(np.random.default_rng(3), (6, 9, 2))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(4).random((3, 6, 9, 2)).astype(np.float32)


def logits(network, some):
    return numpy_outputs(network, np.asarray(some, np.float32))["classes"][:, 1]


# What is removed is guessed from what is left


def equations(image, missing):
    """For each missing pixel, its value less the mean of its neighbours: one equation, densely."""
    unknown = [tuple(place) for place in np.argwhere(missing)]
    matrix = np.zeros((len(unknown), len(unknown)))
    right = np.zeros((len(unknown), image.shape[-1]))
    for row, (i, j) in enumerate(unknown):
        near = {(i + di, j + dj): 2 if (di, dj) in SIDES else 1 for di, dj in SIDES | CORNERS}
        near = {
            (y, x): weight
            for (y, x), weight in near.items()
            if 0 <= y < image.shape[0] and 0 <= x < image.shape[1]
        }
        matrix[row, row] = 1
        for place, weight in near.items():
            if place in unknown:
                matrix[row, unknown.index(place)] -= weight / sum(near.values())
            else:
                right[row] += image[place] * weight / sum(near.values())
    return unknown, matrix, right


@pytest.mark.parametrize("share", [0.02, 0.3, 0.95])
def test_a_guess_solves_the_equations_of_its_neighbours(share):
    image = RNG.random((7, 9, 3))
    missing = RNG.random((7, 9)) < share
    missing[0, 0], missing[3, 4] = True, False
    guessed = impute(image, missing)
    unknown, matrix, right = equations(image, missing)
    for place, expected in zip(unknown, np.linalg.solve(matrix, right), strict=True):
        np.testing.assert_allclose(guessed[place], expected, rtol=1e-9)
    np.testing.assert_array_equal(guessed[~missing], image[~missing])


def test_a_slope_is_guessed_exactly_and_nothing_missing_changes_nothing():
    slope = np.add.outer(2.0 * np.arange(6), np.arange(8))[..., None]
    missing = np.zeros((6, 8), bool)
    missing[2:4, 3:6] = True
    np.testing.assert_allclose(impute(slope, missing), slope, rtol=1e-12)
    np.testing.assert_array_equal(impute(slope, missing & False), slope)
    with pytest.raises(ValueError, match="all pixels are missing: leave one"):
        impute(slope, missing | True)


def test_road_removes_the_highest_first_and_adds_noise_there_alone(network, images):
    maps = RNG.standard_normal((3, 6, 9))
    options = {"steps": 6, "noise": 0.05, "seed": 2, "probability": False}
    got = road_curves(keras_model(network), images, maps, 1, **options, batch_size=4)
    assert got.shape == (3, 6) and got.dtype == np.float32
    noise = 0.05 * np.random.default_rng(2).standard_normal((6, 9, 2))
    for image, one, curve in zip(images, maps, got, strict=True):
        order = sorted(np.ndindex(6, 9), key=lambda place, one=one: -one[place])
        for k in range(6):
            missing = np.zeros((6, 9), bool)
            for place in order[: round(k / 6 * 54)]:
                missing[place] = True
            now = image.copy()
            unknown, matrix, right = equations(image, missing)
            for place, value in zip(unknown, np.linalg.solve(matrix, right), strict=True):
                now[place] = value + noise[place]
            np.testing.assert_allclose(
                curve[k], logits(network, now[None])[0], rtol=1e-3, atol=2e-5
            )


def test_road_s_bad_options_are_named(network, images):
    model, maps = keras_model(network), np.zeros((3, 6, 9))
    with pytest.raises(ValueError, match="steps is 1; it must be a whole number, at least 2"):
        road_curves(model, images, maps, 1, steps=1)
    with pytest.raises(ValueError, match=r"noise is -0.1; it is a standard deviation"):
        road_curves(model, images, maps, 1, noise=-0.1)


# Sums of a map beside drops of the score


def test_drops_are_those_of_plain_loops(network, images):
    masks = random_subsets((6, 9), 7, 5, seed=1)
    got = drops(keras_model(network), images, 1, masks, fill="mean", batch_size=4)
    for image, row in zip(images, got, strict=True):
        for mask, drop in zip(masks, row, strict=True):
            covered = image.copy()
            for place in np.argwhere(mask):
                covered[tuple(place)] = image.mean(axis=(0, 1))
            expected = logits(network, image[None]) - logits(network, covered[None])
            np.testing.assert_allclose(drop, expected[0], rtol=1e-3, atol=2e-5)
    with pytest.raises(ValueError, match=r"masks have shape \(5, 9, 6\), \(M, 6, 9\) is needed"):
        drops(keras_model(network), images, 1, masks.transpose(0, 2, 1))


def test_subsets_and_squares_are_what_they_say_and_lie_anywhere():
    some = random_subsets((4, 5), 6, 3000, seed=3)
    assert (some.sum(axis=(1, 2)) == 6).all()
    np.testing.assert_allclose(some.mean(axis=0), 6 / 20, atol=6 * 0.46 / np.sqrt(3000))
    for mask in (found := squares((4, 5), 3, 200, seed=3)):
        rows, columns = np.nonzero(mask)
        assert mask.sum() == 9 and np.ptp(rows) == np.ptp(columns) == 2
    assert found.any(axis=0).all() and len({mask.tobytes() for mask in found}) == 2 * 3
    with pytest.raises(ValueError, match="n is 20; of 20 pixels choose from 1 to 19"):
        random_subsets((4, 5), 20, 3)
    with pytest.raises(ValueError, match=r"side is 5; in \(4, 5\) pixels choose from 1 to 4"):
        squares((4, 5), 5, 3)


def test_sensitivity_n_is_a_correlation_and_infidelity_what_the_best_scale_leaves():
    maps, masks = RNG.standard_normal((4, 6, 9)), random_subsets((6, 9), 10, 30)
    found = RNG.standard_normal((4, 30))
    correlations, left = sensitivity_n(maps, masks, found), infidelity(maps, masks, found)
    for one, drop, correlation, rest in zip(maps, found, correlations, left, strict=True):
        sums = [sum(one[tuple(place)] for place in np.argwhere(mask)) for mask in masks]
        assert correlation == pytest.approx(np.corrcoef(sums, drop)[0, 1], rel=1e-5)
        [scale], [square], *_ = np.linalg.lstsq(np.array(sums)[:, None], drop, rcond=None)
        assert rest == pytest.approx(square / 30, rel=1e-5)
        explained = [(scale * s - d) ** 2 for s, d in zip(sums, drop, strict=True)]
        assert rest == pytest.approx(np.mean(explained), rel=1e-5)
    assert sensitivity_n(0 * maps, masks, found).tolist() == [0] * 4
    assert sensitivity_n(maps, masks, 0 * found + 3).tolist() == [0] * 4
    assert (
        sensitivity_n(0 * maps + 0.1, masks, found).tolist() == [0] * 4
    )  # sums differ by rounding
    np.testing.assert_allclose(infidelity(0 * maps, masks, found), (found**2).mean(axis=1), 1e-6)


def test_the_shares_of_a_sum_are_perfect():
    found = known("sum")
    masks = np.concatenate([squares((8, 8), 3, 50), random_subsets((8, 8), 9, 50)])
    changes = drops(found.model, found.images, 1, masks)
    np.testing.assert_allclose(sensitivity_n(found.contributions, masks, changes), 1, rtol=1e-5)
    np.testing.assert_allclose(infidelity(found.contributions, masks, changes), 0, atol=1e-9)


def test_shapes_that_do_not_belong_together_are_named():
    maps, masks = np.zeros((2, 4, 5)), random_subsets((4, 5), 3, 6)
    with pytest.raises(ValueError, match=r"drops have shape \(2, 5\), \(2, 6\) is needed"):
        sensitivity_n(maps, masks, np.zeros((2, 5)))
    with pytest.raises(ValueError, match=r"they must be bool \(M, H, W\)"):
        infidelity(maps, 1.0 * masks, np.zeros((2, 6)))
    with pytest.raises(ValueError, match="map 1 holds NaN"):
        infidelity(np.stack([maps[0], maps[0] * np.nan]), masks, np.zeros((2, 6)))


# Maps of images that hardly differ


def times_input(model, images, score):
    return saliency.gradient_times_input(model, images, score)[..., 0]


def test_max_sensitivity_of_a_linear_model_is_that_of_its_weights():
    weights = RNG.standard_normal((4, 5))
    model = keras.Sequential([keras.Input((4, 5, 1)), layers.Flatten(), layers.Dense(1)])
    model.layers[1].set_weights([weights.reshape(-1, 1), np.zeros(1)])
    images = RNG.random((3, 4, 5, 1)).astype(np.float32)
    got = max_sensitivity(model, images, 0, times_input, radius=0.1, samples=4, seed=6)
    rng, most = np.random.default_rng(6), np.zeros(3)
    for _ in range(4):
        change = rng.uniform(-0.1, 0.1, images.shape)
        for n in range(3):
            by = np.linalg.norm(weights * change[n, ..., 0]) / np.linalg.norm(
                weights * images[n, ..., 0]
            )
            most[n] = max(most[n], by)
    np.testing.assert_allclose(got, most, rtol=1e-3)
    wider = max_sensitivity(model, images, 0, times_input, radius=0.2, samples=4, seed=6)
    np.testing.assert_allclose(wider, 2 * got, rtol=1e-3)


def test_a_map_that_never_changes_is_not_sensitive_and_one_that_appears_is_infinitely():
    model, images = known("sum", count=2)[:2]

    def constant(model, images, score):
        return np.ones(images.shape[:3])

    def appearing(model, some, score):
        return (some - images)[..., 0]

    assert max_sensitivity(model, images, 1, constant).tolist() == [0, 0]
    zeros = max_sensitivity(model, images, 1, lambda *given: 0 * constant(*given))
    assert zeros.tolist() == [0, 0]
    assert max_sensitivity(model, images, 1, appearing).tolist() == [np.inf, np.inf]
    with pytest.raises(ValueError, match="radius is 0 and samples 10; both must be more than 0"):
        max_sensitivity(model, images, 1, constant, radius=0)


# The share of a map that lies on the truth


def test_mass_inside_by_hand():
    maps = np.array([[[1.0, -3.0], [0.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]]])
    masks = np.array([[[True, True], [False, False]], [[False, False], [False, True]]])
    got = mass_inside(maps, masks)
    assert got.tolist() == [0.5, 0.25] and got.dtype == np.float32  # zeros say nothing: chance
    assert mass_inside(0 * maps + 7, masks).tolist() == [0.5, 0.25]
    with pytest.raises(ValueError, match="mask 0 is empty"):
        mass_inside(maps, masks & False)
