"""What the checks of notebook 03 say beyond points."""

import numpy as np
import tensorflow as tf

from helpers import checks
from helpers.checks.drawn import numpy_gradient
from helpers.checks.exercises.activation_maximization import random_network, score_of
from helpers.checks.networks import keras_model


def test_deprocessing_in_place_is_named():
    def in_place(images):
        images -= images.mean(axis=(1, 2, 3), keepdims=True)
        images /= images.std(axis=(1, 2, 3), keepdims=True) + 1e-9
        return np.rint(255 * np.clip(0.5 + 0.15 * images, 0, 1)).astype(np.uint8)

    result = checks.deprocess(in_place)
    assert result.earned == result.points - 1  # it costs once
    assert "changed its argument 'images': work on a copy" in result.card()


def test_the_reference_gradient_agrees_with_keras():
    rng = np.random.default_rng(0)
    network = random_network(rng, (3, 4, 2))
    images = tf.constant(rng.uniform(0, 1, (5, 3, 4, 2)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        score = keras_model(network)(images)[:, 1]
    np.testing.assert_allclose(score_of(network, images.numpy(), 1), score, atol=1e-5)
    found = numpy_gradient(network, images.numpy(), "", 1)
    np.testing.assert_allclose(found, tape.gradient(score, images), rtol=1e-4, atol=1e-6)


def test_a_step_that_shrinks_after_the_clipping_loses_a_point():
    def step(network, images, index, step_size, l2):
        x = tf.constant(images)
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = network(x)[:, index]
        gradient = tape.gradient(score, x)
        size = tf.sqrt(tf.reduce_mean(gradient**2, axis=(1, 2, 3), keepdims=True))
        scaled = tf.math.divide_no_nan(gradient, size)
        return tf.clip_by_value(x + step_size * scaled, 0, 1) - step_size * l2 * x

    for seed in range(3):
        visible, hidden = (checks.ascent_step(step, hidden=h, seed=seed) for h in (False, True))
        for result in (visible, hidden):
            failed = [line.step for line in result.lines if line.problem]
            assert "the penalty pulls back" in failed
        assert "Clip last" in visible.cause
