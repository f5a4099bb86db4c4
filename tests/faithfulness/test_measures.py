"""What a good map earns is known for a linear model and for a mask; so is what a bad one loses."""

import keras
import numpy as np
import pytest
from keras import layers
from scipy.stats import spearmanr
from skimage.filters import sobel

from helpers.checks.drawn import random_network
from helpers.checks.networks import keras_model, numpy_outputs
from helpers.faithfulness import (
    area_under,
    deletion_curves,
    insertion_curves,
    iou,
    pointing_game,
    randomisation,
    rank_correlation,
)
from helpers.methods import saliency
from helpers.methods.activations import score_values
from helpers.methods.cam import grad_cam
from helpers.models import build
from helpers.scores import ClassScore, FilterScore

RNG = np.random.default_rng(0)


def linear(weights, last=None):
    """Logits that are sums of the pixels of one channel, weighted by `weights` (H, W, classes)."""
    *size, classes = np.shape(weights)
    model = keras.Sequential(
        [keras.Input((*size, 1)), layers.Flatten(), layers.Dense(classes, use_bias=False)]
        + ([layers.Activation(last)] if last else [])
    )
    model.layers[1].set_weights([np.reshape(weights, (-1, classes)).astype(np.float32)])
    return model


def times_input(model, images, score):
    return saliency.over_channels(saliency.gradient_times_input(model, images, score))


# Deletion and insertion


def test_by_hand():
    model = linear([[[1, 0], [2, 0]], [[3, 0], [4, 5]]])
    images, maps = np.ones((1, 2, 2, 1), np.float32), np.array([[[0.1, 0.4], [0.2, 0.3]]])
    # The map's order is 2, 4, 3, 1.
    arguments = {"steps": 4, "probability": False}
    deletion = deletion_curves(model, images, maps, 0, **arguments)
    assert deletion.dtype == np.float32
    assert deletion.tolist() == [[10, 8, 4, 1, 0]]
    assert insertion_curves(model, images, maps, 0, **arguments).tolist() == [[0, 2, 6, 9, 10]]
    # By trapezia: (10 + 8)/2, (8 + 4)/2, (4 + 1)/2, (1 + 0)/2, each a quarter wide.
    np.testing.assert_allclose(area_under(deletion), [18 / 4])
    # Each pixel becomes 1/2 instead: what is left is half of what was.
    half = deletion_curves(model, images, maps, 0, fill=0.5, **arguments)
    assert half.tolist() == [[10, 9, 7, 5.5, 5]]


def test_the_probability_is_explained_by_default():
    model = linear([[[1, 0], [2, 0]], [[3, 0], [4, 5]]], "softmax")
    images, maps = np.ones((1, 2, 2, 1), np.float32), np.array([[[0.1, 0.4], [0.2, 0.3]]])
    got = deletion_curves(model, images, maps, 0, steps=4)
    gap = np.array([10 - 5, 8 - 5, 4 - 0, 1 - 0, 0])
    np.testing.assert_allclose(got, [1 / (1 + np.exp(-gap))], rtol=1e-5)


def test_a_score_that_is_no_class_is_what_it_is():
    network = random_network(RNG, (6, 9, 2))
    model, images = keras_model(network), RNG.random((2, 6, 9, 2)).astype(np.float32)
    name = next(layer.name for layer in model.layers if isinstance(layer, layers.Conv2D))
    score = FilterScore(name, 1)
    got = deletion_curves(model, images, RNG.random((2, 6, 9)), score)
    np.testing.assert_allclose(got[:, 0], score_values(model, images, score), rtol=1e-6)
    np.testing.assert_allclose(got[:, -1], score_values(model, 0 * images, score), rtol=1e-6)


def test_it_equals_plain_loops_over_a_numpy_network():
    rng = np.random.default_rng(3)
    network, images = random_network(rng, (6, 9, 2)), rng.random((3, 6, 9, 2)).astype(np.float32)
    maps = rng.standard_normal((3, 6, 9))
    for curves, forwards in ((deletion_curves, True), (insertion_curves, False)):
        got = curves(keras_model(network), images, maps, 1, steps=7, fill="mean", probability=False)
        for image, one, curve in zip(images, maps, got, strict=True):
            order = sorted(np.ndindex(6, 9), key=lambda place, one=one: -one[place])
            mean = np.broadcast_to(image.mean(axis=(0, 1)), image.shape)
            before, after = (image, mean) if forwards else (mean, image)
            for k in range(8):
                now = before.copy()
                for place in order[: round(k / 7 * 54)]:
                    now[place] = after[place]
                expected = numpy_outputs(network, now[None])["classes"][0, 1]
                np.testing.assert_allclose(curve[k], expected, rtol=1e-3, atol=2e-5)


def test_gradient_times_input_is_the_best_map_of_a_linear_model():
    rng = np.random.default_rng(4)
    model = linear(rng.standard_normal((4, 5, 3)))
    images = rng.standard_normal((6, 4, 5, 1)).astype(np.float32)
    best = times_input(model, images, 2)
    arguments = {"steps": 20, "probability": False}
    least = area_under(deletion_curves(model, images, best, 2, **arguments))
    most = area_under(insertion_curves(model, images, best, 2, **arguments))
    worst = area_under(deletion_curves(model, images, -best, 2, **arguments))
    for seed in range(20):
        maps = np.random.default_rng(seed).random((6, 4, 5))
        assert (area_under(deletion_curves(model, images, maps, 2, **arguments)) > least).all()
        assert (area_under(deletion_curves(model, images, maps, 2, **arguments)) < worst).all()
        assert (area_under(insertion_curves(model, images, maps, 2, **arguments)) < most).all()


def test_equal_pixels_go_in_no_order_of_the_array():
    # The score is the upper half; a constant map must remove it no sooner than the lower half.
    weights = np.zeros((8, 8, 1))
    weights[:4] = 1 / 32
    model, images = linear(weights), np.ones((1, 8, 8, 1), np.float32)
    curves = [
        deletion_curves(model, images, 0 * images[..., 0], 0, seed=seed, probability=False)
        for seed in range(200)
    ]
    # On average a straight line down; 200 drawn orders stray by 0.06 / √200 at the middle.
    np.testing.assert_allclose(np.mean(curves, axis=0)[0], np.linspace(1, 0, 21), atol=0.02)
    assert not np.array_equal(curves[0], curves[1])


def test_the_same_seed_gives_the_same_curve_and_no_image_depends_on_the_others():
    rng = np.random.default_rng(5)
    model = linear(rng.standard_normal((4, 5, 2)))
    images = rng.random((5, 4, 5, 1)).astype(np.float32)
    maps = rng.integers(0, 3, (5, 4, 5))
    for fill in (0.25, "mean", "blur", "noise"):
        together = insertion_curves(model, images, maps, 1, fill=fill, probability=False)
        for size in (1, 7):
            apart = [
                insertion_curves(
                    model, i[None], m[None], 1, fill=fill, batch_size=size, probability=False
                )
                for i, m in zip(images, maps, strict=True)
            ]
            np.testing.assert_allclose(together, np.concatenate(apart), atol=1e-5)


def test_neither_images_nor_maps_are_changed():
    model, images = linear(np.ones((3, 4, 1))), RNG.random((2, 3, 4, 1)).astype(np.float32)
    maps = RNG.random((2, 3, 4))
    before = images.copy(), maps.copy()
    deletion_curves(model, images, maps, 0, probability=False)
    iou(maps, maps > 0.5)
    pointing_game(maps, maps > 0.5, 1)
    np.testing.assert_array_equal(images, before[0])
    np.testing.assert_array_equal(maps, before[1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"maps": np.zeros((2, 4, 3))}, r"\(2, 4, 3\), \(2, 3, 4\) is needed"),
        ({"maps": np.zeros((2, 3, 4, 1))}, "over_channels"),
        ({"maps": np.full((2, 3, 4), np.nan)}, "map 0 holds NaN"),
        ({"steps": 0}, "steps is 0"),
        ({"steps": 2.5}, "steps is 2.5"),
        ({"fill": "grey"}, "fill is 'grey'"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"probability": True}, "explain its logits"),
    ],
)
def test_errors_name_the_value(options, message):
    model, images = linear(np.ones((3, 4, 1))), np.ones((2, 3, 4, 1), np.float32)
    arguments = {"maps": np.zeros((2, 3, 4)), "probability": False} | options
    with pytest.raises(ValueError, match=message):
        deletion_curves(model, images, score=0, **arguments)


def test_a_single_point_has_no_area():
    with pytest.raises(ValueError, match=r"shape \(3, 1\)"):
        area_under(np.ones((3, 1)))


# Against masks


def test_the_pointing_game_by_hand():
    maps = np.zeros((4, 5, 6), np.float32)
    maps[0, 1, 1] = maps[1, 1, 3] = maps[2, 3, 4] = 1
    maps[3, 1, 1] = maps[3, 4, 5] = 1  # two maxima, one of them outside
    masks = np.zeros((4, 5, 6), bool)
    masks[:, :2, :2] = True
    assert pointing_game(maps, masks).tolist() == [True, False, False, False]
    assert pointing_game(maps, masks, tolerance=2).tolist() == [True, True, False, False]
    # Row 3, column 4 is 2 rows and 3 columns away from the mask's corner.
    distance = np.hypot(2, 3)
    assert pointing_game(maps, masks, distance).tolist() == [True, True, True, False]
    assert pointing_game(maps, masks, distance - 0.01).tolist() == [True, True, False, False]


def test_a_map_points_where_all_its_largest_pixels_lie():
    masks = np.zeros((2, 4, 4), bool)
    masks[:, 1:3, 1:3] = True
    inside = masks.astype(np.float32)
    assert pointing_game(inside, masks).tolist() == [True, True]
    assert pointing_game(np.ones((2, 4, 4)), masks).tolist() == [False, False]


def test_iou_by_hand():
    masks = np.zeros((3, 2, 4), bool)
    masks[:, 0] = True  # four pixels
    maps = np.zeros((3, 2, 4))
    maps[0, 0] = [5, 6, 7, 8]
    maps[1, 0, :2], maps[1, 1, :2] = [5, 6], [7, 8]  # two in common, six in all
    maps[2, 1] = [5, 6, 7, 8]
    got = iou(maps, masks)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, [1, 2 / 6, 0], rtol=1e-6)


def test_a_perfect_map_has_iou_1_and_a_constant_one_that_of_chance():
    masks = RNG.random((5, 7, 9)) < 0.3
    np.testing.assert_array_equal(iou(masks.astype(float), masks), 1)
    np.testing.assert_array_equal(iou(masks - 5.0, masks), 1)
    share = masks.mean(axis=(1, 2))
    # A random choice of as many pixels has the share of them in common with the mask.
    np.testing.assert_allclose(iou(np.zeros(masks.shape), masks), share / (2 - share), rtol=1e-6)


def test_equal_pixels_count_by_the_share_that_is_chosen():
    # One pixel is the highest; two of the four of value 1 are chosen, one of which is masked.
    maps = np.array([[[2, 1, 1, 1, 1, 0]]])
    masks = np.array([[[True, True, False, False, False, True]]])
    common = 1 + 2 / 4
    np.testing.assert_allclose(iou(maps, masks), common / (6 - common), rtol=1e-6)


@pytest.mark.parametrize("measure", [iou, pointing_game])
def test_masks_are_checked(measure):
    maps = np.zeros((2, 3, 4))
    with pytest.raises(ValueError, match="mask 1 is empty"):
        measure(maps, np.arange(2)[:, None, None] < np.ones((3, 4)))
    with pytest.raises(ValueError, match="masks are float64"):
        measure(maps, np.ones((2, 3, 4)))
    with pytest.raises(ValueError, match=r"\(2, 3, 4\), \(2, 4, 3\) is needed"):
        measure(maps, np.ones((2, 4, 3), bool))
    with pytest.raises(ValueError, match="map 1 holds NaN"):
        measure(np.stack([maps[0], maps[0] / np.float64("nan")]), np.ones((2, 3, 4), bool))
    with pytest.raises(ValueError, match="tolerance is -1"):
        pointing_game(maps, np.ones((2, 3, 4), bool), -1)


# Randomisation


def test_rank_correlation_is_spearmans():
    maps, others = RNG.integers(0, 6, (2, 4, 5, 6))
    expected = [
        spearmanr(a.ravel(), b.ravel()).statistic for a, b in zip(maps, others, strict=True)
    ]
    np.testing.assert_allclose(rank_correlation(maps, others), expected, rtol=1e-5)
    np.testing.assert_allclose(rank_correlation(maps, np.exp(maps)), 1, rtol=1e-6)
    np.testing.assert_allclose(rank_correlation(maps, -maps), -1, rtol=1e-6)
    assert rank_correlation(maps, np.ones_like(maps)).tolist() == [0] * 4
    assert rank_correlation(0 * maps, maps).tolist() == [0] * 4
    assert rank_correlation(0 * maps, np.full_like(maps, 7)).tolist() == [1] * 4


@pytest.fixture(scope="module")
def network():
    return build("gap_cnn", seed=1)


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(6).random((3, 28, 28, 1)).astype(np.float32)


def edges(model, images, score):
    return np.stack([sobel(image[..., 0]) for image in images])


def test_an_edge_detector_does_not_notice_that_the_network_forgets(network, images):
    result = randomisation(network, images, 3, edges)
    assert result.layers == ("classes", "norm3", "conv3", "norm2", "conv2", "norm1", "conv1")
    assert result.signed.shape == result.absolute.shape == (7, 3)
    assert result.signed.dtype == np.float32
    np.testing.assert_allclose(result.signed, 1, rtol=1e-6)
    np.testing.assert_allclose(result.absolute, 1, rtol=1e-6)


def test_a_map_of_zeros_does_not_notice_either(network, images):
    result = randomisation(network, images, 3, lambda model, images, score: 0 * images[..., 0])
    np.testing.assert_array_equal(result.signed, np.ones((7, 3)))
    np.testing.assert_array_equal(result.absolute, np.ones((7, 3)))


def test_the_maps_are_those_of_a_network_that_forgets_from_the_top(network, images):
    seen = []

    def method(model, images, score):
        seen.append([weights.copy() for weights in model.get_weights()])
        return times_input(model, images, score)

    result = randomisation(network, images, 3, method, seed=2)
    trained, *later = seen
    changed = [
        [not np.array_equal(a, b) for a, b in zip(trained, now, strict=True)] for now in later
    ]
    names = [variable.path.split("/")[0] for variable in network.weights]
    for k, now in enumerate(changed):
        forgotten = {name for name, different in zip(names, now, strict=True) if different}
        kernels = {name for name in result.layers[: k + 1] if not name.startswith("norm")}
        assert kernels <= forgotten <= set(result.layers[: k + 1])
    # The gradient at the image is another one for a network that knows nothing.
    assert (np.abs(result.signed[-1]) < 0.5).all()


def test_the_model_stays_as_it_was_even_after_an_error(network, images):
    before, calls = network.get_weights(), []

    def fails(model, images, score):
        calls.append(0)
        if len(calls) == 3:
            raise RuntimeError("in the midst of it")
        return edges(model, images, score)

    randomisation(network, images, 3, edges)
    with pytest.raises(RuntimeError, match="in the midst"):
        randomisation(network, images, 3, fails)
    for a, b in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_layers_on_which_the_score_does_not_depend_are_left_alone():
    model = build("line_heads")
    images = RNG.random((2, 28, 28, 3)).astype(np.float32)
    result = randomisation(model, images, ClassScore(4, head="angle"), grad_cam)
    assert result.layers == ("angle", "conv2_2", "conv2_1", "conv1_2", "conv1_1")
    score = FilterScore("conv1_2", 0)
    assert randomisation(model, images, score, times_input).layers == ("conv1_2", "conv1_1")


def test_maps_are_compared_after_some_layers_and_all_above_are_random(network, images):
    calls = []

    def method(model, images, score):
        calls.append(0)
        return times_input(model, images, score)

    every = randomisation(network, images, 3, method)
    calls.clear()
    some = randomisation(network, images, 3, method, layers=["conv2", "classes"])
    assert some.layers == ("classes", "conv2")
    assert len(calls) == 3, "once as trained, and after each of the two"
    rows = [every.layers.index(name) for name in some.layers]
    np.testing.assert_array_equal(some.signed, every.signed[rows])
    np.testing.assert_array_equal(some.absolute, every.absolute[rows])


@pytest.mark.parametrize("wrong", [["flatten"], ["conv9"], []])
def test_layers_that_cannot_forget_are_refused(network, images, wrong):
    with pytest.raises(ValueError, match="layer"):
        randomisation(network, images, 3, edges, layers=wrong)


def test_the_same_seed_gives_the_same_numbers(network, images):
    one, two, other = (
        randomisation(network, images, 3, times_input, seed=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one.signed, two.signed)
    assert not np.array_equal(one.signed, other.signed)


def test_magnitudes_are_compared_too(images):
    # The sign of a linear model's map flips with its weight, its magnitude is the image's.
    model = linear(np.ones((28, 28, 1)) * 0.5)

    def method(model, images, score):
        weight = model.get_weights()[0].mean()
        return np.sign(weight) * (images[..., 0] + 1)

    found = [randomisation(model, images, 0, method, seed) for seed in range(8)]
    assert {np.sign(result.signed[0, 0]) for result in found} == {-1, 1}
    for result in found:
        np.testing.assert_allclose(result.absolute, 1, rtol=1e-6)


def test_a_nested_model_forgets_inside():
    inner = keras.Sequential([keras.Input((6, 5, 1)), layers.Conv2D(3, 3, name="inner_conv")])
    inner.name = "backbone"
    model = keras.Sequential([inner, layers.Flatten(), layers.Dense(2, name="head")])
    images = RNG.random((2, 6, 5, 1)).astype(np.float32)
    result = randomisation(model, images, 1, times_input)
    assert result.layers == ("head", "backbone/inner_conv")


def test_a_single_number_is_forgotten_too():
    class Scale(layers.Layer):
        def build(self, shape):
            self.factor = self.add_weight(shape=(), initializer="ones", name="factor")

        def call(self, inputs):
            return self.factor * inputs

    model = keras.Sequential([keras.Input((4, 5, 1)), Scale(name="scale"), layers.Flatten()])
    images, seen = RNG.random((2, 4, 5, 1)).astype(np.float32), []

    def method(model, images, score):
        seen.append(float(model.get_weights()[0]))
        return images[..., 0]

    assert randomisation(model, images, 0, method).layers == ("scale",)
    assert seen[0] == 1 and seen[1] not in (0, 1)
    assert model.get_weights()[0] == 1


def test_a_method_that_gives_no_maps_is_told_so(network, images):
    with pytest.raises(ValueError, match="over_channels"):
        randomisation(network, images, 3, saliency.gradient)


def test_a_score_of_the_input_alone_has_nothing_to_forget():
    model = keras.Sequential(
        [keras.Input((4, 5, 1)), layers.MaxPooling2D(name="pool"), layers.Flatten()]
    )
    images = RNG.random((2, 4, 5, 1)).astype(np.float32)
    with pytest.raises(ValueError, match="depends on no weights"):
        randomisation(model, images, FilterScore("pool", 0), times_input)
