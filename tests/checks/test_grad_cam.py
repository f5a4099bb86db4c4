"""What the checks of notebook 05 see that no list of misconceptions can hold."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import checks
from helpers.checks.drawn import branched_classifier, numpy_gradient, random_classifier
from helpers.checks.judges import same_pattern
from helpers.checks.networks import keras_model, numpy_outputs


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


def test_a_network_that_is_run_as_a_chain_loses_points():
    """In most networks of today layers branch off and are joined again."""

    def chained(model, images, layer_name, class_index):
        inner = keras.Model(model.inputs, model.get_layer(layer_name).output)
        names = [layer.name for layer in model.layers]
        with tf.GradientTape() as tape:
            x = maps = inner(tf.constant(images))
            tape.watch(maps)
            for layer in model.layers[names.index(layer_name) + 1 : -1]:
                x = layer(x)
            logit = tf.matmul(x, model.layers[-1].kernel)[:, class_index]
        weights = tape.gradient(logit, maps).numpy().mean(axis=(1, 2))
        return np.maximum(np.einsum("nhwk,nk->nhw", maps.numpy(), weights), 0)

    for hidden in (False, True):
        result = checks.grad_cam(chained, hidden=hidden)
        assert result.earned < result.points, result.card()


LAYERS = ["early", "half", "late", "quarter", "flat", "hidden"]


@pytest.mark.parametrize(
    ("draw", "layer"),
    [
        *((random_classifier, layer) for layer in LAYERS),
        *((branched_classifier, layer) for layer in [*LAYERS, "beside", "joined"]),
    ],
)
def test_the_gradient_in_numpy_agrees_with_tensorflow(draw, layer):
    rng = np.random.default_rng(2)
    network = draw(rng, (9, 14, 3), classes=4)  # odd: a row the poolings leave out
    images = rng.random((3, 9, 14, 3)).astype(np.float32)
    model = keras_model(network)
    head = model.layers[-1]
    inner = keras.Model(model.inputs, [model.get_layer(layer).output, head.input])
    with tf.GradientTape() as tape:
        found, features = inner(tf.constant(images))
        logit = tf.matmul(features, head.kernel)[:, 2]
    got, outputs = numpy_gradient(network, images, layer, 2), numpy_outputs(network, images)
    np.testing.assert_allclose(got, tape.gradient(logit, found), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(outputs[layer], found, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(outputs["classes"].sum(axis=1), 1, rtol=1e-5)
