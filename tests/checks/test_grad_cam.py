"""What the checks of notebook 05 see that no list of misconceptions can hold."""

import numpy as np
import pytest
import tensorflow as tf

from helpers import checks
from helpers.checks.exercises.grad_cam import same_pattern
from helpers.checks.networks import (
    keras_model,
    numpy_gradient,
    numpy_outputs,
    random_classifier,
)


def test_maps_weighted_in_place_are_told_so():
    def in_place(maps, weights):
        maps *= weights[:, None, None, :]
        return np.maximum(maps.sum(axis=-1), 0)

    result = checks.weighted_map(in_place)
    assert result.earned == result.points - 1  # it costs once
    assert "changed its argument 'maps': work on a copy" in result.card()


def test_a_positive_factor_for_each_image_does_not_matter_but_a_negative_one_does():
    right = np.array([[[0, 1.0], [2, 4]], [[3, 0], [0, 1]]])
    assert same_pattern(right * [[[7]], [[0.01]]], right) is None
    assert "Image 1: 2 of 4 values differ" in same_pattern(right * [[[1]], [[-1]]], right)


def test_zero_stays_zero():
    nothing = np.zeros((1, 2, 2))
    assert same_pattern(nothing, nothing) is None
    assert "expected 0 everywhere" in same_pattern(nothing + 1, nothing)
    assert "4 of 4 values are NaN" in same_pattern(nothing * np.nan, nothing)
    assert "values differ" in same_pattern(nothing, nothing + 1)


@pytest.mark.parametrize("layer", ["early", "half", "late", "quarter", "flat", "hidden"])
def test_the_gradient_in_numpy_agrees_with_tensorflow(layer):
    rng = np.random.default_rng(2)
    network = random_classifier(rng, (9, 14, 3), classes=4)  # odd: a row the poolings leave out
    images = rng.random((3, 9, 14, 3)).astype(np.float32)
    model, x, found = keras_model(network), tf.constant(images), None
    with tf.GradientTape() as tape:
        for each in model.layers[1:-1]:
            x = each(x)
            if each.name == layer:
                found = x
                tape.watch(found)
        head = model.layers[-1]
        logit = tf.matmul(x, head.kernel)[:, 2]
    got = numpy_gradient(network, images, layer, 2)
    np.testing.assert_allclose(got, tape.gradient(logit, found), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(numpy_outputs(network, images)["classes"].sum(axis=1), 1, rtol=1e-5)
