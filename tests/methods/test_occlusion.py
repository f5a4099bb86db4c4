"""An occlusion map is the drop of a score, averaged over the patches that cover a pixel."""

import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras import layers

from helpers.checks.drawn import random_network
from helpers.checks.networks import keras_model, numpy_outputs
from helpers.methods import incremental
from helpers.methods.activations import score_values
from helpers.methods.occlusion import (
    average_over_patches,
    centre_and_corners,
    cover,
    filling,
    occlusion_map,
    positions,
)
from helpers.scores import ClassScore, FilterScore, UnitScore

RNG = np.random.default_rng(0)
IMAGES = RNG.random((5, 6, 4, 2)).astype(np.float32)


def linear(shape, classes, last=None, weights=None):
    """Logits that are weighted sums of the pixels: every drop can be said by hand."""
    model = keras.Sequential(
        [keras.Input(shape), layers.Flatten(), layers.Dense(classes, use_bias=False, name="head")]
        + ([layers.Activation(last)] if last else [])
    )
    if weights is not None:
        model.get_layer("head").set_weights([np.asarray(weights, np.float32)])
    return model


def by_loops(images, predict, patch, stride, fill):
    """(N, H, W): one covered image after the other, in plain Python."""
    height, width = images.shape[1:3]
    total, count = np.zeros(images.shape[:3]), np.zeros((height, width))
    base = predict(images)
    starts = [
        sorted({*range(0, size - p + 1, s), size - p})
        for size, p, s in zip((height, width), patch, stride, strict=True)
    ]
    for top in starts[0]:
        for left in starts[1]:
            window = np.s_[top : top + patch[0], left : left + patch[1]]
            covered = images.copy()
            covered[:, *window] = fill[:, *window]
            total[:, *window] += (base - predict(covered))[:, None, None]
            count[window] += 1
    return total / count


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


# What the map holds


def test_by_hand():
    # Two pixels high, three wide; logit 0 adds the pixels up, logit 1 counts only the last one.
    weights = np.array([[1, 0], [1, 0], [1, 0], [1, 0], [1, 0], [1, 5]])
    model = linear((2, 3, 1), 2, weights=weights)
    images = np.array([[[1, 2, 3], [4, 5, 6]], [[0, 0, 0], [0, 0, 1]]], np.float32)[..., None]
    # Patches of 1×2 at columns 0 and 1: the middle pixel is covered by both.
    expected = [[[3, 4, 5], [9, 10, 11]], [[0, 0, 0], [0, 0.5, 1]]]
    np.testing.assert_allclose(occlusion_map(model, images, 0, (1, 2)), expected)
    expected = [[[0, 0, 0], [0, 15, 30]], [[0, 0, 0], [0, 2.5, 5]]]
    np.testing.assert_allclose(occlusion_map(model, images, 1, (1, 2)), expected)


def test_covering_negative_evidence_gives_a_negative_drop():
    model = linear((1, 2, 1), 1, weights=[[1], [-3]])
    drop = occlusion_map(model, np.ones((1, 1, 2, 1), np.float32), UnitScore("head", 0), 1)
    assert drop.tolist() == [[[1, -3]]]


@pytest.mark.parametrize("shape", [(6, 9, 1), (8, 6, 3)])
@pytest.mark.parametrize(("patch", "stride"), [(3, 1), ((2, 4), (2, 3)), (5, 4), ((1, 6), 1)])
def test_it_equals_plain_loops_over_a_numpy_network(shape, patch, stride):
    rng = np.random.default_rng(1)
    network, images = random_network(rng, shape), rng.random((3, *shape)).astype(np.float32)
    pairs = [p if isinstance(p, tuple) else (p, p) for p in (patch, stride)]
    for index in range(3):
        expected = by_loops(
            images,
            lambda x, index=index: numpy_outputs(network, x)["classes"][:, index],
            *pairs,
            np.full_like(images, 0.25),
        )
        got = occlusion_map(keras_model(network), images, index, patch, stride, fill=0.25)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=2e-5)


def test_a_patch_as_large_as_the_image_gives_one_drop_for_all():
    model = linear((6, 4, 2), 3)
    got = occlusion_map(model, IMAGES, 2, (6, 4))
    drop = score_values(model, IMAGES, 2) - score_values(model, 0 * IMAGES, 2)
    np.testing.assert_allclose(got, np.broadcast_to(drop[:, None, None], got.shape), rtol=1e-5)


def test_covering_black_with_black_changes_nothing():
    model, images = linear((6, 4, 2), 3), IMAGES.copy()
    images[:, :3] = 0
    assert not occlusion_map(model, images, 1, patch=3, stride=3)[:, :3].any()


@pytest.mark.parametrize("batch_size", [1, 7, 60, 10_000])
def test_the_batch_size_changes_nothing(batch_size):
    model = linear((6, 4, 2), 3)
    for fill in (0.0, "blur", "noise"):
        expected = np.concatenate([occlusion_map(model, i[None], 1, 2, fill=fill) for i in IMAGES])
        got = occlusion_map(model, IMAGES, 1, 2, fill=fill, batch_size=batch_size)
        np.testing.assert_allclose(got, expected, atol=1e-6)


def test_images_and_model_stay_as_they_were():
    model, images = linear((6, 4, 2), 3), IMAGES.copy()
    occlusion_map(model, images, 1, 2)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(
        occlusion_map(model, images, 1, 2), occlusion_map(model, images, 1, 2)
    )


# Positions and averages


def test_positions_by_hand():
    assert positions(7, 3, 2).tolist() == [0, 2, 4]
    assert positions(8, 3, 2).tolist() == [0, 2, 4, 5]
    assert positions(5, 5, 1).tolist() == [0]
    assert len(positions(224, 50, 5)) ** 2 == 36**2


@given(st.data())
def test_positions_cover_every_pixel_and_no_patch_leaves_the_image(data):
    size = data.draw(st.integers(1, 60))
    patch = data.draw(st.integers(1, size))
    stride = data.draw(st.integers(1, patch))
    starts = positions(size, patch, stride)
    covered = np.unique(starts[:, None] + np.arange(patch))
    assert covered.tolist() == list(range(size))
    assert (np.diff(starts) > 0).all() and (np.diff(starts) <= stride).all()


def test_equal_drops_average_to_themselves():
    rows, columns = positions(9, 4, 3), positions(7, 3, 2)
    ones = np.ones((2, len(rows), len(columns)))
    np.testing.assert_array_equal(average_over_patches(ones, rows, columns, (4, 3), (9, 7)), 1)


# Fills, smoothing, probabilities


@pytest.mark.parametrize("fill", [0.5, "mean", "blur", "noise"])
def test_the_map_is_that_of_the_images_that_cover_makes(fill):
    model = linear((6, 4, 2), 3)
    filling = cover(IMAGES, (0, 0), (6, 4), fill)  # everything covered
    expected = by_loops(IMAGES, lambda x: score_values(model, x, 1), (6, 4), (1, 1), filling)
    np.testing.assert_allclose(
        occlusion_map(model, IMAGES, 1, (6, 4), fill=fill), expected, atol=1e-5
    )


def test_fills_by_hand():
    image = np.array([[0, 2], [4, 6]], np.float32)[None, ..., None]
    assert cover(image, (1, 0), (1, 2), 9)[0, ..., 0].tolist() == [[0, 2], [9, 9]]
    assert cover(image, (0, 1), (2, 1), "mean")[0, ..., 0].tolist() == [[0, 3], [4, 3]]
    assert image[0, ..., 0].tolist() == [[0, 2], [4, 6]]


def test_noise_holds_the_image_s_own_pixels_and_its_colours():
    noise, other = (cover(IMAGES, (0, 0), (6, 4), "noise", seed) for seed in (0, 1))
    for image, shuffled in zip(IMAGES, noise, strict=True):
        assert sorted(map(tuple, image.reshape(-1, 2))) == sorted(
            map(tuple, shuffled.reshape(-1, 2))
        )
    assert (noise != IMAGES).any() and (noise != other).any()


def test_a_blurred_fill_loses_detail_but_neither_colour_nor_place():
    checks = np.indices((12, 12)).sum(axis=0) % 2
    halves = np.stack([checks, np.indices((12, 12))[1] >= 6], axis=-1)[None].astype(np.float32)
    blurred = cover(halves, (4, 0), (4, 12), "blur")[0, 4:8]
    assert np.ptp(blurred[..., 0]) < 0.1  # a chessboard turns grey
    assert blurred[..., 0, 1].max() < 0.2 and blurred[..., -1, 1].min() > 0.8


def test_smoothing_keeps_the_sum_inside_and_spreads_a_peak():
    model = linear((11, 9, 1), 1, weights=np.eye(99)[:, [4 * 9 + 4]])
    image = np.ones((1, 11, 9, 1), np.float32)
    score = UnitScore("head", 0)
    sharp, soft = (occlusion_map(model, image, score, 1, smooth=s)[0] for s in (0, 0.8))
    assert sharp.sum() == sharp[4, 4] == 1
    assert soft.dtype == np.float32
    assert np.isclose(soft.sum(), 1, atol=1e-3) and soft[4, 4] < 0.5
    np.testing.assert_allclose(soft[4, 3], soft[3, 4], rtol=1e-5)


def test_the_drop_of_the_probability():
    model = linear((6, 4, 2), 3, "softmax")
    expected = by_loops(
        IMAGES, lambda x: model.predict(x, verbose=0)[:, 2], (2, 2), (1, 1), 0 * IMAGES
    )
    got = occlusion_map(model, IMAGES, 2, 2, probability=True)
    np.testing.assert_allclose(got, expected, atol=1e-6)
    assert not np.allclose(got, occlusion_map(model, IMAGES, 2, 2), atol=1e-2)


def test_the_probabilities_of_one_sigmoid_unit_are_of_two_classes():
    model = linear((6, 4, 2), 1, "sigmoid")
    zero, one = (occlusion_map(model, IMAGES, c, 2, probability=True) for c in (0, 1))
    expected = by_loops(
        IMAGES, lambda x: model.predict(x, verbose=0)[:, 0], (2, 2), (1, 1), 0 * IMAGES
    )
    np.testing.assert_allclose(one, expected, atol=1e-6)
    np.testing.assert_allclose(zero, -expected, atol=1e-6)


# Any Keras model


def test_a_softmax_is_peeled_off():
    weights = RNG.normal(size=(48, 3))
    plain, ended = (linear((6, 4, 2), 3, last, weights) for last in (None, "softmax"))
    np.testing.assert_allclose(
        occlusion_map(ended, IMAGES, 1, 2), occlusion_map(plain, IMAGES, 1, 2), atol=1e-5
    )


@pytest.mark.parametrize("outputs", ["list", "dict"])
def test_one_of_several_heads(outputs):
    inputs = keras.Input((6, 4, 2))
    flat = layers.Flatten()(inputs)
    colour = layers.Dense(1, activation="sigmoid", name="colour")(flat)
    angle = layers.Dense(12, activation="softmax", name="angle")(flat)
    model = keras.Model(
        inputs, [colour, angle] if outputs == "list" else {"colour": colour, "angle": angle}
    )
    score = ClassScore(11, "angle")
    base = score_values(model, IMAGES, score) - score_values(model, 0 * IMAGES, score)
    got = occlusion_map(model, IMAGES, score, (6, 4))
    np.testing.assert_allclose(got[:, 0, 0], base, atol=1e-5)
    p = keras.Model(inputs, angle).predict(IMAGES, verbose=0)[:, 11] - 1 / 12
    got = occlusion_map(model, IMAGES, score, (6, 4), probability=True)
    np.testing.assert_allclose(got[:, 0, 0], p, atol=1e-5)
    assert centre_and_corners(model, IMAGES, 2, head="angle").classes.max() < 12
    with pytest.raises(ValueError, match="several heads, name one of: colour, angle"):
        occlusion_map(model, IMAGES, 0, 2)


def test_scores_inside_a_nested_model():
    backbone = keras.Sequential(
        [keras.Input((6, 4, 2)), layers.Conv2D(3, 3, name="conv")], name="backbone"
    )
    model = keras.Sequential([keras.Input((6, 4, 2)), backbone, layers.Flatten(), layers.Dense(2)])
    score = FilterScore("backbone/conv", 2) + -1 * ClassScore(0)
    expected = by_loops(
        IMAGES, lambda x: score_values(model, x, score), (3, 2), (2, 1), np.ones_like(IMAGES)
    )
    got = occlusion_map(model, IMAGES, score, (3, 2), (2, 1), fill=1)
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_images_of_any_size_where_the_model_takes_them():
    model = keras.Sequential(
        [keras.Input((None, None, 1)), layers.Conv2D(2, 3), layers.GlobalAveragePooling2D()]
    )
    for shape in ((1, 9, 5, 1), (2, 6, 8, 1)):
        assert occlusion_map(model, np.ones(shape, np.float32), 1, 3).shape == shape[:3]


def test_a_subclassed_model_with_dropout_answers_as_in_inference():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.drop, self.head = layers.Dropout(0.9), layers.Dense(3)

        def call(self, images, training=None):
            return self.head(self.drop(layers.Flatten()(images), training=training))

    model = Own()
    model(IMAGES)
    first = occlusion_map(model, IMAGES, 1, 3)
    np.testing.assert_array_equal(occlusion_map(model, IMAGES, 1, 3), first)


def test_one_compiled_function_for_all_classes_patches_strides_and_fills():
    model = linear((6, 4, 2), 3)
    for patch, stride, fill in ((2, 1, 0.0), (4, 2, "blur"), ((3, 1), 1, "noise")):
        for score in (0, 1):
            occlusion_map(model, IMAGES, score, patch, stride, fill)
    kept = vars(model)["_inside_cnns"].values()
    assert sum(not isinstance(each, dict) for each in kept) == 2  # and one that was only traced


# Tables


def test_centre_and_corners_by_hand():
    # Class c is the brightness of one place; class 5 is a constant that all places outshine.
    shape, size = (5, 8), (2, 3)
    places = [(1, 2), (0, 0), (0, 5), (3, 0), (3, 5)]
    weights = np.zeros((*shape, 5), np.float32)
    for c, (row, column) in enumerate(places):
        weights[row : row + 2, column : column + 3, c] = 5 - c
    model = linear((*shape, 1), 5, "softmax", weights.reshape(-1, 5))
    images = np.ones((2, *shape, 1), np.float32)
    images[1] *= 0.5
    table = centre_and_corners(model, images, size, fill=0.0)
    assert table.names == (
        "nothing", "centre", "top left", "top right", "bottom left", "bottom right"
    )  # fmt: skip
    assert table.classes.tolist() == [[0, 1, 0, 0, 0, 0]] * 2
    for column, place in enumerate(places, start=1):
        expected = model.predict(cover(images, place, size), verbose=0).max(axis=1)
        np.testing.assert_allclose(table.probabilities[:, column], expected, rtol=1e-5)
    expected = model.predict(images, verbose=0).max(axis=1)
    np.testing.assert_allclose(table.probabilities[:, 0], expected, rtol=1e-5)


# Errors


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"patch": 5}, ValueError, "a patch of 5 pixels does not fit an image of 4: 1 to 4"),
        ({"patch": 0}, ValueError, "patch of 0 pixels"),
        ({"patch": 2, "stride": 0}, ValueError, "stride is 0: from 1 to the patch's 2 pixels"),
        ({"patch": 2, "stride": 3}, ValueError, "stride is 3.*some stay uncovered"),
        ({"patch": 2.5}, TypeError, "2.5 is no size: give pixels"),
        ({"patch": 2, "fill": "gray"}, ValueError, "fill is 'gray'; give a number.*'noise'"),
        ({"patch": 2, "fill": float("nan")}, ValueError, "fill is nan"),
        ({"patch": 2, "smooth": -1}, ValueError, "smooth is -1"),
        ({"patch": 2, "batch_size": 0}, ValueError, "batch_size is 0"),
        ({"patch": 2, "probability": True}, ValueError, "neither a softmax nor a sigmoid"),
        ({"patch": 2, "score": 7}, IndexError, "no class 7: choose from 0 to 2"),
    ],
)
def test_errors_name_the_value_and_the_remedy(options, error, message):
    with pytest.raises(error, match=message):
        occlusion_map(linear((6, 4, 2), 3), IMAGES, **{"score": 1, **options})


def test_only_a_class_has_a_probability():
    with pytest.raises(ValueError, match="only a ClassScore has a probability"):
        occlusion_map(linear((6, 4, 2), 3), IMAGES, UnitScore("head", 0), 2, probability=True)


def test_inputs_that_are_no_images():
    model = keras.Sequential([keras.Input((6, 4)), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(ValueError, match="patches need images"):
        occlusion_map(model, IMAGES[..., 0], 0, 2)


def test_a_blur_is_half_as_wide_as_the_patch_along_each_axis():
    point = np.zeros((1, 21, 21, 1))
    point[0, 10, 10] = 1
    blurred = filling(point, "blur", (8, 2), 0)[0, ..., 0]
    np.testing.assert_allclose(blurred[10, 14] / blurred[10, 10], np.exp(-(4**2) / 2), rtol=1e-3)
    np.testing.assert_allclose(blurred[14, 10] / blurred[10, 10], np.exp(-(4**2) / 32), rtol=1e-3)


@pytest.mark.parametrize(("method", "planned"), [("incremental", "plan"), ("full", "whole")])
def test_a_method_computes_what_it_says(monkeypatch, method, planned):
    made = []
    for name in ("plan", "whole"):
        make = getattr(incremental, name)
        note = lambda *given, name=name, make=make: made.append(name) or make(*given)  # noqa: E731
        monkeypatch.setattr(incremental, name, note)
    model = keras.Sequential([keras.Input((12, 12, 1)), layers.Conv2D(2, 3), layers.Flatten()])
    occlusion_map(model, np.zeros((1, 12, 12, 1), np.float32), 0, 3, 3, method=method)
    assert made[0] == planned
