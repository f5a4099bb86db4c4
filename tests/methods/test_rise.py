"""RISE: what a pixel is worth is known where pixels are covered one by one."""

import keras
import numpy as np
import pytest
from keras import layers
from scipy.ndimage import gaussian_filter

from helpers.methods.rise import covers, rise
from helpers.scores import ClassScore


def network(make, size=(1, 3)):
    """A score that `make` computes of the flattened pixels of one channel."""
    inputs = keras.Input((*size, 1))
    x = layers.Flatten()(inputs)
    return keras.Model(inputs, layers.Reshape((1,))(make(x)))


def weighted(weights):
    dense = layers.Dense(1, use_bias=False)
    dense.build((None, len(weights)))
    dense.set_weights([np.array(weights, np.float32)[:, None]])
    return dense


ONES = np.ones((1, 1, 3, 1), np.float32)
ALONE = {"cells": 3, "masks": 20_000}  # a cell is one pixel: each is covered independently


def test_of_a_sum_each_pixel_has_its_summand_times_the_chance_that_it_is_covered():
    model = network(weighted([4.0, -2.0, 0.0]))
    for seen in (0.5, 0.8):
        found = rise(model, ONES, 0, seen=seen, **ALONE)[0, 0]
        # E[f | seen] − E[f] = w − seen · w; six standard errors
        error = 6 * np.sqrt(20 * seen * (1 - seen) / (seen * 20_000))
        np.testing.assert_allclose(found, (1 - seen) * np.array([4, -2, 0]), atol=error)


def test_of_a_product_both_pixels_have_the_same():
    model = network(lambda x: layers.Multiply()([x[:, :1], x[:, 1:2]]))
    found = rise(model, ONES, 0, **ALONE)[0, 0]
    np.testing.assert_allclose(found, [1 / 4, 1 / 4, 0], atol=0.02)  # 1/2 if seen, 1/4 on average


@pytest.mark.parametrize(
    ("fill", "filling"),
    [
        ("mean", lambda image: np.ones_like(image) * image.mean(axis=(0, 1))),
        ("blur", lambda image: gaussian_filter(image, (6 / 8, 9 / 8, 0), mode="nearest")),
    ],
)
def test_it_is_the_mean_weighted_by_what_was_really_seen_less_the_mean_of_all(fill, filling):
    rng = np.random.default_rng(0)
    weights = keras.initializers.GlorotUniform(seed=0)
    conv = layers.Conv2D(3, 3, activation="softplus", kernel_initializer=weights)  # never silent
    model = keras.Sequential([keras.Input((6, 9, 2)), conv, layers.Flatten()])
    images = rng.random((3, 6, 9, 2)).astype(np.float32)
    options = {"masks": 40, "cells": 3, "seen": 0.4, "fill": fill, "seed": 5}
    found = rise(model, images, 7, **options, batch_size=7)
    masks = covers((6, 9), 40, cells=3, seen=0.4, seed=5).astype(float)
    for image, map_ in zip(images, found, strict=True):
        under = filling(image)
        seen = [mask[..., None] * image + (1 - mask[..., None]) * under for mask in masks]
        values = np.asarray(model(np.stack(seen).astype(np.float32)))[:, 7].astype(float)
        expected = sum(v * mask for v, mask in zip(values, masks, strict=True)) / masks.sum(axis=0)
        np.testing.assert_allclose(map_, expected - values.mean(), atol=1e-6)
    assert abs(found - rise(model, images, 7, **options | {"seed": 6})).max() > 1e-3


def test_covers_are_seen_as_often_as_asked_and_are_smooth_and_shifted():
    masks = covers((8, 12), 4000, cells=4, seen=0.3)
    np.testing.assert_allclose(masks.mean(axis=0), 0.3, atol=6 * 0.46 / np.sqrt(4000))
    assert masks.min() == 0 and masks.max() == 1
    assert abs(np.diff(masks, axis=1)).max() <= 1 / 2 + 1e-6  # a cell is two rows high,
    assert abs(np.diff(masks, axis=2)).max() <= 1 / 3 + 1e-6  # and three columns wide
    halves = masks[:, 0, 0] % 1 != 0  # the first pixel lies at a point of the grid or beside it
    assert 0.2 < halves.mean() < 0.6
    np.testing.assert_array_equal(
        covers((8, 12), 4000, cells=4, seen=0.3, part=slice(7, 9)), masks[7:9]
    )


def test_a_cover_that_changes_nothing_is_told():
    with pytest.warns(UserWarning, match="shows nothing: it is 0 everywhere. No cover changes"):
        rise(network(weighted([4.0, -2.0, 0.0])), ONES, ClassScore(0), fill=1.0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"masks": 1}, "masks is 1; it is a whole number, 2 or more"),
        ({"cells": 0.5}, "cells is 0.5; it is a whole number, 1 or more"),
        ({"seen": 1}, "seen is 1; it is a probability between 0 and 1"),
        ({"fill": "grey"}, "fill is 'grey'; give a number"),
    ],
)
def test_bad_options_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        rise(network(weighted([4.0, -2.0, 0.0])), ONES, 0, **options)


def test_what_has_no_pixels_is_refused():
    flat = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    with pytest.raises(ValueError, match=r"covers need images \(N, H, W, C\)"):
        rise(flat, np.ones((1, 4), np.float32), 0)
