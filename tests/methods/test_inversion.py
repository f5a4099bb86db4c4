"""Inversion against an objective in NumPy, float64 differences, and layers with known inverses."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers.methods import inversion
from helpers.methods.activations import layer_activations
from helpers.methods.inversion import errors_by_layer, invert

SHAPE = 5, 4, 2
RNG = np.random.default_rng(0)
IMAGES = RNG.random((3, *SHAPE)).astype(np.float32)


def net(seed=0, shape=SHAPE):
    model = keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(4, 3, padding="same", activation="relu", name="early"),
            layers.Conv2D(5, (2, 3), activation="tanh", name="late"),
            layers.Flatten(),
            layers.Dense(6, activation="relu", name="dense"),
            layers.Dense(3, name="classes"),
        ]
    )
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, 0.5, w.shape) for w in model.get_weights()])
    return model


def orthogonal():
    """A dense layer that keeps all lengths: what it gives says all of the image."""
    size = int(np.prod(SHAPE))
    model = keras.Sequential(
        [keras.Input(SHAPE), layers.Flatten(), layers.Dense(size, name="turned")]
    )
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(size, size)))
    model.set_weights([turn, np.full(size, 0.3)])
    return model


# What is found


def test_a_layer_that_keeps_everything_is_inverted():
    found = invert(orthogonal(), IMAGES, "turned", alpha_weight=0, variation_weight=0)
    np.testing.assert_allclose(found.images, IMAGES, atol=1e-3)
    assert found.errors.max() < 1e-3
    assert found.pixel_errors.max() < 1e-3


def test_what_a_layer_does_not_see_stays_open():
    model = keras.Sequential(
        [keras.Input(SHAPE), layers.Cropping2D(((0, 2), (0, 0)), name="upper_rows")]
    )
    found = invert(model, IMAGES, "upper_rows", alpha_weight=0, variation_weight=0)
    np.testing.assert_allclose(found.images[:, :3], IMAGES[:, :3], atol=1e-3)
    # The start is the same for all images, and nothing moves it.
    assert np.ptp(found.images[:, 3:], axis=0).max() == 0
    assert abs(found.images[:, 3:] - 0.5).max() < 0.3
    assert found.pixel_errors.min() > 0.05


def test_the_result_says_what_it_is():
    model = net()
    found = invert(model, IMAGES, "late", steps=60)
    assert found.images.shape == IMAGES.shape
    assert found.images.dtype == np.float32
    assert found.curves.shape == (3, 61)
    features, target = (
        layer_activations(model, x, ["late"])["late"] for x in (found.images, IMAGES)
    )
    expected = [
        np.linalg.norm(got - want) / np.linalg.norm(want)
        for got, want in zip(features, target, strict=True)
    ]
    np.testing.assert_allclose(found.errors, expected, rtol=1e-4)
    off = np.sqrt(((found.images - IMAGES) ** 2).mean(axis=(1, 2, 3)))
    np.testing.assert_allclose(found.pixel_errors, off, rtol=1e-5)
    assert (found.errors < 0.5 * found.curves[:, 0]).all()


def test_a_range_and_its_image_go_together():
    """A network that takes 0 to 255 and one that takes 0 to 1 find the same, on other scales."""
    model = net()
    wide = keras.Sequential([keras.Input(SHAPE), layers.Rescaling(1 / 255), model])
    one = invert(model, IMAGES, "late", steps=40)
    other = invert(wide, 255 * IMAGES, f"{model.name}/late", steps=40, input_range=(0, 255))
    np.testing.assert_allclose(other.images / 255, one.images, atol=1e-3)
    np.testing.assert_allclose(other.pixel_errors, one.pixel_errors, rtol=1e-2)


def test_a_range_of_its_own_for_each_channel_gives_the_same_picture():
    scale, shift = np.float32([255, 40]), np.float32([-104, 3])
    undo = layers.Rescaling((1 / scale).tolist(), (-shift / scale).tolist())
    model = net()
    scaled = keras.Sequential([keras.Input(SHAPE), undo, model])
    rest = {"steps": 40, "alpha_weight": 0.01, "variation_weight": 0.01}
    unit = invert(model, IMAGES, "late", **rest)
    high = shift + scale
    images = np.clip(shift + scale * IMAGES, shift, high)
    found = invert(scaled, images, f"{model.name}/late", input_range=(shift, high), **rest)
    np.testing.assert_allclose((found.images - shift) / scale, unit.images, atol=1e-3)
    np.testing.assert_allclose(found.curves, unit.curves, rtol=1e-2, atol=1e-3)
    np.testing.assert_allclose(found.pixel_errors, unit.pixel_errors, rtol=1e-2)


def test_total_variation_smooths_and_the_alpha_norm_pulls_to_the_middle():
    model = net()
    plain, smooth, grey = (
        invert(model, IMAGES, "dense", steps=100, **weights).images
        for weights in (
            {"alpha_weight": 0, "variation_weight": 0},
            {"alpha_weight": 0, "variation_weight": 0.1},
            {"alpha_weight": 0.1, "variation_weight": 0},
        )
    )
    assert abs(np.diff(smooth, axis=1)).mean() < 0.5 * abs(np.diff(plain, axis=1)).mean()
    assert abs(grey - 0.5).max() < abs(plain - 0.5).max()


def test_a_result_depends_on_its_image_and_the_seed_alone():
    model = net()
    together = invert(model, IMAGES, "late", steps=30)
    apart = invert(model, IMAGES, "late", steps=30, batch_size=2)
    np.testing.assert_allclose(apart.images, together.images, atol=1e-5)
    alone = invert(model, IMAGES[2:], "late", steps=30)
    np.testing.assert_allclose(alone.images[0], together.images[2], atol=1e-5)
    np.testing.assert_allclose(alone.curves[0], together.curves[2], rtol=1e-3)
    other = invert(model, IMAGES, "late", steps=30, seed=1)
    assert abs(other.images - together.images).max() > 0.01


@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_the_chunks_change_nothing(monkeypatch, chunk):
    expected = invert(net(), IMAGES, "late", steps=30)
    monkeypatch.setattr(inversion, "CHUNK", chunk)
    got = invert(net(), IMAGES, "late", steps=30)
    np.testing.assert_allclose(got.images, expected.images, atol=1e-5)
    np.testing.assert_allclose(got.curves, expected.curves, rtol=1e-3, atol=1e-5)


def test_an_interrupt_returns_what_was_reached(monkeypatch, capsys):
    model, made = net(), inversion._descend
    expected = invert(model, IMAGES, "late", steps=100)
    calls = []

    def interrupted(*where):
        run = made(*where)

        def once(*arguments):
            calls.append(1)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return run(*arguments)

        return once

    monkeypatch.setattr(inversion, "_descend", interrupted)
    found = invert(model, IMAGES, "late", steps=100)
    assert "interrupted after 50 of 100 steps" in capsys.readouterr().out
    assert found.curves.shape == (3, 51)
    np.testing.assert_allclose(found.curves, expected.curves[:, :51], rtol=1e-4)


# What is minimised


def objective(features, target, image, alpha, alpha_weight, beta, variation_weight, low, high):
    """For one image, in plain Python and float64."""
    z = (image.astype(float) - (low + high) / 2) / ((high - low) / 2)
    total = np.sum((features - target) ** 2) / np.sum(target**2)
    total += alpha_weight * np.sum(abs(z) ** alpha)
    for row, column, channel in np.ndindex(z.shape):
        here = z[row, column, channel]
        below = z[row + 1, column, channel] - here if row + 1 < len(z) else 0
        right = z[row, column + 1, channel] - here if column + 1 < z.shape[1] else 0
        total += variation_weight * (below**2 + right**2) ** (beta / 2)
    return total


@pytest.mark.parametrize("layer", ["late", "classes"])
@pytest.mark.parametrize("settings", [(6, 0.3, 2, 0.2), (2, 0.1, 3, 0.3), (3, 0.2, 1.5, 0.1)])
def test_the_slope_is_the_objectives_in_float64(layer, settings):
    model, low, high = net(), -1.0, 2.0
    dtype = np.float64
    at = np.random.default_rng(3).uniform(low, high, IMAGES.shape)
    early, early_bias, late, late_bias, dense, dense_bias, top, top_bias = (
        w.astype(dtype) for w in model.get_weights()
    )

    def features(x):
        padded = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        x = np.maximum(convolve(padded, early) + early_bias, 0)
        x = np.tanh(convolve(x, late) + late_bias)
        if layer == "late":
            return x
        return np.maximum(x.reshape(len(x), -1) @ dense + dense_bias, 0) @ top + top_bias

    def value(x):
        return np.array(
            [
                objective(*of, *settings, low, high)
                for of in zip(features(x), features(IMAGES.astype(dtype)), x, strict=True)
            ]
        )

    expected = np.zeros_like(at)
    for pixel in np.ndindex(SHAPE):
        step = np.zeros(SHAPE)
        step[pixel] = 1e-6
        expected[:, *pixel] = (value(at + step) - value(at - step)) / 2e-6

    @tf.function
    def slope(images):
        target = tf.constant(features(IMAGES.astype(dtype)).astype(np.float32))
        return inversion._slope(model, layer, images, target, (low, high), settings)

    error, got = slope(tf.constant(at.astype(np.float32)))
    np.testing.assert_allclose(got, expected, rtol=2e-3, atol=2e-4)
    target = features(IMAGES.astype(dtype))
    axes = tuple(range(1, target.ndim))
    np.testing.assert_allclose(
        error, ((features(at) - target) ** 2).sum(axes) / (target**2).sum(axes), rtol=1e-4
    )


def convolve(x, kernel):
    seen = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[:2], axis=(1, 2))
    return np.einsum("nijchw,hwcf->nijf", seen, kernel)


def test_equal_neighbours_have_a_slope_for_any_beta():
    @tf.function
    def slope(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            size = inversion._penalty(images, 0.0, 1.0, 6.0, 0.0, 1.0, 1.0)
        return tape.gradient(size, images)

    assert not slope(tf.fill((1, *SHAPE), 0.25)).numpy().any()


# Layer by layer


def test_layer_by_layer():
    model = net()
    found = errors_by_layer(model, IMAGES, steps=50)
    assert list(found) == ["early", "late", "dense", "classes"]
    alone = invert(model, IMAGES, "dense", steps=50)
    np.testing.assert_allclose(found["dense"].images, alone.images, atol=1e-5)
    # What a layer can know of an image, 3 numbers of 40, is less than what the first one knows.
    assert found["classes"].pixel_errors.mean() > 1.5 * found["early"].pixel_errors.mean()
    assert list(errors_by_layer(model, IMAGES, "late", steps=1)) == ["late"]


def test_nested_and_reloaded_models(tmp_path):
    model = net()
    expected = invert(model, IMAGES, "late", steps=30)
    model.save(tmp_path / "net.keras")
    reloaded = keras.models.load_model(tmp_path / "net.keras", compile=False)
    got = invert(reloaded, IMAGES, "late", steps=30)
    np.testing.assert_allclose(got.images, expected.images, atol=1e-5)
    nested = keras.Sequential([keras.Input(SHAPE), reloaded])
    got = invert(nested, IMAGES, f"{reloaded.name}/late", steps=30)
    np.testing.assert_allclose(got.images, expected.images, atol=1e-5)


# Errors


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alpha": 0.5}, "alpha is 0.5; it must be at least 1"),
        ({"alpha_weight": -1}, "alpha_weight is -1"),
        ({"beta": float("nan")}, "beta is nan"),
        ({"variation_weight": -0.1}, "variation_weight is -0.1"),
        ({"steps": 0}, "steps is 0"),
        ({"step_size": 0}, "step_size is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"input_range": (1, 0)}, "low < high"),
        ({"input_range": ([0, 0], [1, 0])}, "low < high"),
        ({"input_range": (0, [1, 1, 1])}, "two numbers or two arrays of 2, one a channel"),
        ({"input_range": (0, [1, 0.5])}, "images run from 0.*the range that the network"),
        ({"input_range": (0, 0.5)}, "images run from 0.*the range that the network"),
        ({"layer": "lost"}, "no layer 'lost'"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        invert(net(), IMAGES, **{"layer": "late", **settings})


def test_a_silent_layer_cannot_be_inverted():
    model = net()
    weights = model.get_weights()
    weights[5] = weights[5] - 100
    model.set_weights(weights)
    with pytest.raises(ValueError, match="layer 'dense' has no features to invert for image 0"):
        invert(model, IMAGES, "dense")
    with pytest.raises(ValueError, match="no layer 'lost'"):
        errors_by_layer(model, IMAGES, ["early", "lost"])


@pytest.mark.parametrize("steps", [1, 30])
def test_a_slope_that_is_not_finite_is_not_blamed_on_the_features(steps):
    class Broken(layers.Layer):
        def call(self, x):
            return tf.custom_gradient(lambda x: (x + 0, lambda up: np.nan * up))(x)

    model = keras.Sequential([keras.Input(SHAPE), Broken(name="broken")])
    with pytest.raises(ValueError, match="not finite for image 0, after 1 steps: choose a smaller"):
        invert(model, IMAGES, "broken", steps=steps)
