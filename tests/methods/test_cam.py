"""CAM and its descendants against maps computed by hand, in NumPy, and by differences."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers.checks.drawn import numpy_gradient, random_classifier
from helpers.checks.networks import keras_model, numpy_outputs
from helpers.methods.activations import score_values
from helpers.methods.cam import (
    cam,
    default_layer,
    grad_cam,
    grad_cam_plus_plus,
    hires_cam,
    layer_cam,
    maps_with_gradients,
    score_cam,
)
from helpers.models import graph
from helpers.scores import ClassScore, FilterScore, UnitScore

METHODS = [grad_cam, grad_cam_plus_plus, layer_cam, hires_cam, score_cam]
RNG = np.random.default_rng(0)
IMAGES = RNG.random((5, 8, 12, 2)).astype(np.float32)


def by_hand():
    """A model whose maps are its two channels, so that everything can be done on paper: two
    positions high, three wide; logits of three classes from the flattened maps."""
    model = keras.Sequential(
        [
            keras.Input((2, 3, 2)),
            layers.Conv2D(2, 1, name="conv"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax", name="head"),
        ]
    )
    model.get_layer("conv").set_weights([np.eye(2).reshape(1, 1, 2, 2), np.zeros(2)])
    kernel = np.zeros((2, 3, 2, 3))
    kernel[0, 0, 0, 0] = 6  # class 0: channel 0, weight 6 / 6 positions = 1
    kernel[0, 0, 1, 1] = -12  # class 1: minus 2 × channel 1,
    kernel[1, 2, 0, 1] = 3  # and half of channel 0
    model.get_layer("head").set_weights([kernel.reshape(12, 3), np.array([0, 0, 7])])
    return model


A = np.array([[1, 0, 2], [0, 3, 0]], np.float32)
B = np.array([[0, 1, 0.25], [0, 0, 4]], np.float32)
TWO = np.stack([np.stack([A, B], -1), np.stack([B, A], -1)])  # channels swapped in the second


def upsample(coarse, size):
    """Bilinear with half-pixel centres, in NumPy."""

    def stretch(small, large):
        place = np.clip((np.arange(large) + 0.5) * small / large - 0.5, 0, small - 1)
        return np.maximum(1 - abs(place[:, None] - np.arange(small)), 0)

    return stretch(coarse.shape[1], size[0]) @ coarse @ stretch(coarse.shape[2], size[1]).T


def test_grad_cam_by_hand():
    model = by_hand()
    np.testing.assert_allclose(grad_cam(model, TWO, 0), [A, B], atol=1e-6)
    expected = np.stack([A / 2 - 2 * B, B / 2 - 2 * A])
    np.testing.assert_allclose(grad_cam(model, TWO, 1, signed=True), expected, atol=1e-6)
    np.testing.assert_allclose(grad_cam(model, TWO, 1), np.maximum(expected, 0), atol=1e-6)
    assert (grad_cam(model, TWO, 2) == 0).all()  # nothing but its bias speaks for class 2


def test_grad_cam_plus_plus_by_hand():
    # Class 1: one gradient of 3 in channel 0, whose maps sum up to 6 and 5.25; the negative one
    # of channel 1 counts for nothing. α = 9 / (2·9 + Σ·27), weight = α·3.
    got = grad_cam_plus_plus(by_hand(), TWO, 1)
    weights = [3 * 9 / (18 + 6 * 27), 3 * 9 / (18 + 5.25 * 27)]
    np.testing.assert_allclose(got, [weights[0] * A, weights[1] * B], rtol=1e-5)


def test_where_the_denominator_of_alpha_is_0_alpha_is_0():
    image = np.zeros((1, 2, 3, 2), np.float32)
    image[0, 1, 1, 0] = -2 / 3  # 2·3² + (−2/3)·3³ = 0
    assert (grad_cam_plus_plus(by_hand(), image, 1, signed=True) == 0).all()


def test_hires_cam_and_layer_cam_by_hand():
    # Class 1: a gradient of 3 in channel 0 at the lower right, of -12 in channel 1 at the upper
    # left. In the first image both meet a 0, in the second 4 and 1.
    nothing, down, up = np.zeros((3, 2, 3))
    down[1, 2], up[0, 0] = 3 * 4, -12 * 1
    model = by_hand()
    np.testing.assert_allclose(hires_cam(model, TWO, 1, signed=True), [nothing, down + up])
    np.testing.assert_allclose(hires_cam(model, TWO, 1), [nothing, down])
    np.testing.assert_allclose(hires_cam(model, -TWO, 1), [nothing, -up])
    np.testing.assert_allclose(layer_cam(model, TWO, 1, signed=True), [nothing, down])
    np.testing.assert_allclose(layer_cam(model, -TWO, 1, signed=True), [nothing, -down])
    assert (layer_cam(model, -TWO, 1) == 0).all()


def test_the_maps_and_their_gradients_are_those_of_the_network():
    model = by_hand()
    maps, gradients = maps_with_gradients(model, TWO, 1, batch_size=1)
    np.testing.assert_allclose(maps, TWO)
    kernel = model.get_layer("head").kernel[:, 1].numpy().reshape(2, 3, 2)
    np.testing.assert_allclose(gradients, [kernel, kernel])


def test_hires_cam_sums_up_to_the_logit_without_its_bias():
    model = by_hand()
    for c, bias in enumerate((0, 0, 7)):
        total = hires_cam(model, TWO, c, signed=True).sum(axis=(1, 2))
        np.testing.assert_allclose(total + bias, score_values(model, TWO, c), rtol=1e-6)


@pytest.mark.parametrize("layer", ["early", "late", "quarter"])
@pytest.mark.parametrize(
    ("method", "weigh"), [(hires_cam, lambda g: g), (layer_cam, lambda g: np.maximum(g, 0))]
)
def test_pixels_weighted_by_their_own_gradients_in_a_whole_network(method, weigh, layer):
    network = random_classifier(np.random.default_rng(1), (8, 12, 2), classes=4)
    weights = weigh(numpy_gradient(network, IMAGES, layer, 3))
    coarse = (numpy_outputs(network, IMAGES)[layer] * weights).sum(axis=-1)
    got = method(keras_model(network), IMAGES, 3, layer=layer, signed=True)
    assert (got.shape, got.dtype) == ((5, 8, 12), np.float32)
    np.testing.assert_allclose(got, upsample(coarse, (8, 12)), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("batch_size", [2, 100])  # of five channels
def test_score_cam_against_a_loop(network, batch_size):
    *body, head = network["layers"]
    bias = next(spec for spec in body if spec["name"] == "late")["bias"].copy()
    bias[0] = 3  # nowhere 0
    bias[1] = -100  # a constant map: it covers all
    body = [{**spec, "bias": bias} if spec["name"] == "late" else spec for spec in body]
    model = keras_model({**network, "layers": [*body, head]})
    logits = {**network, "layers": [*body, {**head, "activation": None}]}
    maps = numpy_outputs(logits, IMAGES)["late"]
    assert (maps[..., 0] > 0).all() and (maps[..., 1] == 0).all()
    expected = []
    for image, own in zip(IMAGES, maps, strict=True):
        gains = []
        for channel in np.moveaxis(own, -1, 0):
            mask = upsample(channel[None], (8, 12))[0]
            if np.ptp(mask):
                mask = (mask - mask.min()) / np.ptp(mask)
            pair = np.stack([image * mask[..., None], np.zeros_like(image)])
            seen, black = numpy_outputs(logits, pair)["classes"][:, 2]
            gains.append(seen - black)  # the paper's increase of confidence
        weights = np.exp(gains) / np.exp(gains).sum()
        assert np.ptp(weights) > 0.01
        expected.append(own @ weights)
    got = score_cam(model, IMAGES, 2, batch_size=batch_size)
    assert (got.shape, got.dtype) == ((5, 8, 12), np.float32)
    np.testing.assert_allclose(got, upsample(np.array(expected), (8, 12)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("layer", ["early", "late", "quarter"])
def test_grad_cam_of_a_whole_network(layer):
    network = random_classifier(np.random.default_rng(1), (8, 12, 2), classes=4)
    model = keras_model(network)
    for c in range(4):
        weights = numpy_gradient(network, IMAGES, layer, c).mean(axis=(1, 2))
        coarse = np.einsum("nhwk,nk->nhw", numpy_outputs(network, IMAGES)[layer], weights)
        got = grad_cam(model, IMAGES, c, layer=layer, signed=True)
        assert (got.shape, got.dtype) == ((5, 8, 12), np.float32)
        np.testing.assert_allclose(got, upsample(coarse, (8, 12)), rtol=1e-3, atol=1e-6)
        positive = upsample(np.maximum(coarse, 0), (8, 12))
        np.testing.assert_allclose(grad_cam(model, IMAGES, c, layer=layer), positive, atol=1e-6)


def differences(function, maps, step):
    """First, second and third derivatives of `function` (n, h, w, k) -> (n,) for one image's
    `maps` (h, w, k), entry by entry, in float64."""
    steps = step * np.eye(maps.size).reshape(-1, *maps.shape)
    at = {i: function(maps + i * steps) for i in (-2, -1, 0, 1, 2)}
    first = (at[1] - at[-1]) / (2 * step)
    second = (at[1] - 2 * at[0] + at[-1]) / step**2
    third = (at[2] - 2 * at[1] + 2 * at[-1] - at[-2]) / (2 * step**3)
    return [each.reshape(maps.shape) for each in (first, second, third)]


def logit(network, maps, class_index):
    """What the part of the network behind "late" makes of maps, in float64."""
    x = maps[:, : maps.shape[1] // 2 * 2, : maps.shape[2] // 2 * 2]
    n, h, w, k = x.shape
    x = x.reshape(n, h // 2, 2, w // 2, 2, k).mean((2, 4)).reshape(n, -1)
    hidden, output = network["layers"][-2:]
    x = np.maximum(x @ hidden["kernel"].astype(float) + hidden["bias"], 0)
    return x @ output["kernel"][:, class_index].astype(float) + output["bias"][class_index]


@pytest.fixture(scope="module")
def network():
    return random_classifier(np.random.default_rng(5), (8, 12, 2), classes=3)


def test_grad_cam_against_finite_differences(network):
    maps = numpy_outputs(network, IMAGES)["late"].astype(float)
    coarse = []
    for image in maps:
        gradient, _, _ = differences(lambda m: logit(network, m, 1), image, 1e-5)
        coarse.append(image @ gradient.mean(axis=(0, 1)))
    got = grad_cam(keras_model(network), IMAGES, 1, signed=True)
    np.testing.assert_allclose(got, upsample(np.array(coarse), (8, 12)), rtol=1e-5, atol=2e-7)


def test_grad_cam_plus_plus_against_finite_differences_of_the_papers_derivatives(network):
    """α from the second and third derivatives of Y = exp(score) themselves, not from powers of
    the gradient."""
    maps = numpy_outputs(network, IMAGES)["late"].astype(float)
    coarse = []
    for image in maps:
        here = logit(network, image[None], 1)
        first, second, third = differences(
            lambda m, here=here: np.exp(logit(network, m, 1) - here), image, 1e-2
        )  # a wide step, as the third difference divides rounding errors by its cube
        denominator = 2 * second + image.sum(axis=(0, 1)) * third
        alpha = np.divide(second, denominator, out=np.zeros_like(second), where=abs(first) > 1e-6)
        coarse.append(image @ (alpha * np.maximum(first, 0)).sum(axis=(0, 1)))
    got = grad_cam_plus_plus(keras_model(network), IMAGES, 1)
    assert got.max() > 0.01
    expected = upsample(np.maximum(coarse, 0), (8, 12))
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5 * got.max())


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("batch_size", [1, 2, 3, 5, 100])
def test_images_do_not_mix_and_the_last_partial_batch_is_there(network, method, batch_size):
    model = keras_model(network)
    alone = np.concatenate([method(model, image[None], 2) for image in IMAGES])
    got = method(model, IMAGES, 2, batch_size=batch_size)
    np.testing.assert_allclose(got, alone, rtol=1e-4, atol=1e-6)


def test_score_cam_looks_through_no_more_masks_at_a_time_than_the_batch_holds(network, monkeypatch):
    compiled, seen = graph.compiled_score, []

    def counting(*args):
        run = compiled(*args)
        return lambda image, maps: (seen.append((len(image), maps.shape[-1])), run(image, maps))[1]

    monkeypatch.setattr(graph, "compiled_score", counting)
    score_cam(keras_model(network), IMAGES[:2], 2, batch_size=3)
    assert seen == [(1, 3), (1, 2)] * 2  # five channels


def test_scores_add_up_and_grad_cam_with_them(network):
    model = keras_model(network)
    both = grad_cam(model, IMAGES, ClassScore(0) + -2 * ClassScore(1), signed=True)
    one, two = (grad_cam(model, IMAGES, c, signed=True) for c in (0, 1))
    np.testing.assert_allclose(both, one - 2 * two, rtol=1e-4, atol=1e-6)


def test_a_filter_of_an_inner_layer_can_be_explained(network):
    model = keras_model(network)
    maps = numpy_outputs(network, IMAGES)["late"]
    strong = int(maps.sum(axis=(0, 1, 2)).argmax())
    score, late = FilterScore("late", strong), maps[..., strong]
    got = grad_cam(model, IMAGES, score)  # by default its own layer
    np.testing.assert_allclose(got, upsample(late, (8, 12)) / late[0].size, rtol=1e-4, atol=1e-6)
    assert abs(grad_cam(model, IMAGES, score, layer="early", signed=True)).max() > 0
    assert grad_cam(model, IMAGES, UnitScore("hidden", 0)).shape == (5, 8, 12)


def test_class_activation_maps_by_hand():
    model = gap_network("softmax")
    kernel = model.get_layer("head").get_weights()[0]
    maps = numpy_convolution(model)
    for c in range(4):
        expected = upsample(maps @ kernel[:, c], (8, 12))
        np.testing.assert_allclose(cam(model, IMAGES, c, signed=True), expected, atol=1e-5)
        assert (cam(model, IMAGES, c) >= 0).all()


def gap_network(activation, **pooling):
    keras.utils.set_random_seed(2)
    inputs = keras.Input((8, 12, 2))
    x = layers.Conv2D(5, 3, name="conv", bias_initializer="ones")(inputs)
    x = layers.ReLU(name="relu")(x)
    x = layers.GlobalAveragePooling2D(name="gap", **pooling)(x)
    if pooling:
        x = layers.Flatten()(x)
    x = layers.Dropout(0.5)(x)
    outputs = layers.Dense(4, activation, name="head", bias_initializer="ones")(x)
    return keras.Model(inputs, outputs)


def numpy_convolution(model):
    kernel, bias = model.get_layer("conv").get_weights()
    windows = np.lib.stride_tricks.sliding_window_view(IMAGES, (3, 3), axis=(1, 2))
    return np.maximum(np.einsum("nijchw,hwcf->nijf", windows, kernel) + bias, 0)


@pytest.mark.parametrize("model", [gap_network("softmax"), gap_network(None, keepdims=True)])
def test_cam_is_grad_cam_up_to_a_positive_factor(model):
    gradient = grad_cam(model, IMAGES, 3, layer="relu", signed=True)
    np.testing.assert_allclose(
        cam(model, IMAGES, 3, signed=True), 6 * 10 * gradient, rtol=1e-3, atol=1e-5
    )


def test_the_mean_of_the_class_activation_map_is_the_logit_without_its_bias():
    model = gap_network("softmax")
    coarse = numpy_convolution(model) @ model.get_layer("head").get_weights()[0][:, 1]
    logits = score_values(model, IMAGES, 1)
    np.testing.assert_allclose(coarse.mean(axis=(1, 2)) + 1, logits, rtol=1e-4)


def test_cam_where_the_pooled_maps_are_the_logits():
    inputs = keras.Input((8, 12, 2))
    x = layers.Conv2D(4, 3, name="conv10")(inputs)
    model = keras.Model(inputs, layers.Softmax()(layers.GlobalAveragePooling2D()(x)))
    expected = upsample(model.get_layer("conv10")(IMAGES).numpy()[..., 2], (8, 12))
    np.testing.assert_allclose(cam(model, IMAGES, 2, signed=True), expected, atol=1e-5)


def test_cam_of_several_heads_each_with_the_maps_it_pools():
    keras.utils.set_random_seed(3)
    inputs = keras.Input((8, 12, 2))
    pooled = {}
    for name, filters in (("colour", 3), ("angle", 4)):
        maps = layers.Conv2D(filters, 3, activation="relu", name=f"{name}_maps")(inputs)
        pooled[name] = layers.GlobalAveragePooling2D()(maps)
    colour = layers.Dense(1, "sigmoid", name="colour")(pooled["colour"])
    angle = layers.Dense(6, "softmax", name="angle")(pooled["angle"])
    model = keras.Model(inputs, [colour, angle])
    for head, index, column, sign in (("colour", 0, 0, -1), ("angle", 5, 5, 1)):
        maps = model.get_layer(f"{head}_maps")(IMAGES).numpy()
        coarse = sign * maps @ model.get_layer(head).get_weights()[0][:, column]
        got = cam(model, IMAGES, ClassScore(index, head=head), signed=True)
        np.testing.assert_allclose(got, upsample(coarse, (8, 12)), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="several heads, name one of: colour, angle"):
        cam(model, IMAGES, 0)


def test_cam_says_what_a_network_lacks():
    with pytest.raises(ValueError, match="has no GlobalAveragePooling2D layer: use grad_cam"):
        cam(by_hand(), TWO, 0)
    inputs = keras.Input((8, 12, 2))
    x = layers.GlobalAveragePooling2D(name="gap")(layers.Conv2D(4, 3)(inputs))
    two_dense = layers.Dense(3)(layers.Dense(6, activation="relu")(x))
    message = "single dense layer; in .* the score is no weighted sum of what 'gap' pools"
    with pytest.raises(ValueError, match=message):
        cam(keras.Model(inputs, two_dense), IMAGES, 0)
    with pytest.raises(ValueError, match=message):
        cam(gap_network("softmax"), IMAGES, FilterScore("conv", 0))


# Models that somebody else saved


def small(*head):
    keras.utils.set_random_seed(4)
    body = [layers.Conv2D(3, 3, activation="relu", name="conv"), layers.Flatten(name="flat")]
    return keras.Sequential([keras.Input((8, 12, 2)), *body, *head])


def expected_of(model, direction):
    """Grad-CAM of `small` networks whose logit is `direction` (180,) · features."""
    maps = model.get_layer("conv")(IMAGES).numpy()
    coarse = maps @ direction.reshape(6, 10, 3).mean(axis=(0, 1))
    return upsample(coarse, (8, 12))


HEADS = {
    "argument": lambda: [layers.Dense(4, "softmax", name="head")],
    "Activation layer": lambda: [layers.Dense(4, name="head"), layers.Activation("softmax")],
    "Softmax layer": lambda: [layers.Dense(4, name="head"), layers.Softmax()],
    "logits": lambda: [layers.Dense(4, name="head")],
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("reloaded", [False, True])
def test_the_logit_is_explained_whatever_the_end_of_the_network(head, reloaded, tmp_path):
    model = small(*head())
    expected = expected_of(model, model.get_layer("head").get_weights()[0][:, 2])
    if reloaded:  # a reloaded Sequential has no outputs whose gradient could be taken
        model.save(tmp_path / "net.keras")
        model = keras.models.load_model(tmp_path / "net.keras")
    np.testing.assert_allclose(grad_cam(model, IMAGES, 2, signed=True), expected, atol=1e-5)
    assert np.isfinite(grad_cam_plus_plus(model, IMAGES, 2)).all()
    by_pixel = model.get_layer("head").get_weights()[0][:, 2].reshape(6, 10, 3)
    coarse = (model.get_layer("conv")(IMAGES).numpy() * by_pixel).sum(axis=-1)
    got = hires_cam(model, IMAGES, 2, signed=True)
    np.testing.assert_allclose(got, upsample(coarse, (8, 12)), atol=1e-5)


def test_one_sigmoid_unit_is_explained_in_both_directions():
    model = small(layers.Dense(1, "sigmoid", name="head"))
    expected = expected_of(model, model.get_layer("head").get_weights()[0][:, 0])
    np.testing.assert_allclose(grad_cam(model, IMAGES, 1, signed=True), expected, atol=1e-5)
    np.testing.assert_allclose(grad_cam(model, IMAGES, 0, signed=True), -expected, atol=1e-5)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["list", "dict"])
def test_several_heads_each_with_the_convolution_it_depends_on(method, kind):
    keras.utils.set_random_seed(6)
    inputs = keras.Input((8, 12, 2))
    shared = layers.Conv2D(3, 3, activation="relu", name="shared")(inputs)
    left = layers.Conv2D(4, 3, activation="relu", name="left")(shared)
    right = layers.Conv2D(2, 5, activation="relu", name="right")(shared)
    colour = layers.Dense(1, "sigmoid", name="colour")(layers.Flatten()(left))
    angle = layers.Dense(6, "softmax", name="angle")(layers.Flatten()(right))
    heads = [colour, angle] if kind == "list" else {"colour": colour, "angle": angle}
    model = keras.Model(inputs, heads)
    for head, layer in (("colour", "left"), ("angle", "right")):
        score = ClassScore(1, head=head)
        got = method(model, IMAGES, score)
        np.testing.assert_array_equal(got, method(model, IMAGES, score, layer=layer))
        assert got.max() > 0
    with pytest.raises(
        ValueError, match=r"does not depend on right in .* before what is explained"
    ):
        method(model, IMAGES, ClassScore(1, head="colour"), layer="right")


def test_a_convolution_in_a_nested_model_and_the_same_one_flat():
    keras.utils.set_random_seed(7)
    parts = [layers.Conv2D(3, 3, name="odd"), layers.ReLU(name="relu")]
    head = [layers.Flatten(), layers.Dense(4, "softmax")]
    flat = keras.Sequential([keras.Input((8, 12, 2)), *parts, *head])
    backbone = keras.Sequential([keras.Input((8, 12, 2)), *parts], name="backbone")
    nested = keras.Sequential([keras.Input((8, 12, 2)), backbone, *head])
    for layer in ("odd", "relu"):  # before and behind an activation that is a layer of its own
        expected = grad_cam(flat, IMAGES, 1, layer=layer, signed=True)
        assert abs(expected).max() > 0
        got = grad_cam(nested, IMAGES, 1, layer=f"backbone/{layer}", signed=True)
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)
    assert default_layer(flat, 1) == "relu" and default_layer(nested, 1) == "backbone/relu"
    by_default = grad_cam(flat, IMAGES, 1)
    np.testing.assert_array_equal(by_default, grad_cam(flat, IMAGES, 1, layer="relu"))


def behind(last, *more, size=(8, 12, 2)):
    """A network that ends in a convolution `last`, these layers, a mean over space, a dense one."""
    inputs = x = keras.Input(size)
    x = layers.Conv2D(3, 3, padding="same", activation="relu", name="early")(x)
    for layer in (last, *more, layers.GlobalAveragePooling2D(), layers.Dense(4)):
        x = layer(x)
    return keras.Model(inputs, x)


@pytest.mark.parametrize("size", [(8, 12, 2), (None, None, 2)])
@pytest.mark.parametrize(
    ("activation", "more", "expected"),
    [
        ("relu", [layers.BatchNormalization], "last"),
        (None, [layers.BatchNormalization, layers.ReLU], "re_lu"),
        (None, [], "last"),
        ("elu", [layers.BatchNormalization], "batch_normalization"),
        ("silu", [layers.Dropout, layers.MaxPooling2D], "last"),
        (None, [layers.MaxPooling2D, layers.ReLU], "last"),
    ],
)
def test_the_default_layer_is_the_last_with_maps_of_the_last_convolution_s_size(
    size, activation, more, expected
):
    keras.utils.clear_session()  # names count from the beginning
    options = {layers.Dropout: (0.5,)}
    last = layers.Conv2D(5, 3, padding="same", activation=activation, name="last")
    model = behind(last, *(kind(*options.get(kind, ())) for kind in more), size=size)
    assert default_layer(model, 1) == expected
    assert default_layer(model, FilterScore("early", 0)) == "early"


def test_a_gate_and_a_convolution_behind_the_pooling_are_no_default_layer():
    keras.utils.clear_session()
    inputs = keras.Input((8, 12, 2))
    x = layers.Conv2D(6, 3, padding="same", activation="relu", name="wide")(inputs)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Conv2D(6, 1, activation="sigmoid", name="gate")(gate)
    x = layers.Multiply(name="gated")([x, gate])
    x = layers.GlobalAveragePooling2D(keepdims=True)(x)
    logits = layers.Flatten()(layers.Conv2D(4, 1, name="logits")(x))
    model = keras.Model(inputs, logits)
    assert default_layer(model, 1) == "wide"
    maps = grad_cam(model, IMAGES, 1)
    np.testing.assert_array_equal(maps, grad_cam(model, IMAGES, 1, layer="wide"))
    signed = grad_cam(model, IMAGES, 1, signed=True)
    assert all(np.ptp(one) > 0 for one in signed)
    means = layers.GlobalAveragePooling2D(keepdims=True)(inputs)
    narrow = keras.Model(inputs, layers.Flatten()(layers.Conv2D(4, 1, name="narrow")(means)))
    with pytest.raises(ValueError, match="or their maps have one position: name a layer"):
        default_layer(narrow, 1)


def test_the_default_layer_of_a_residual_block_is_the_addition_s_activation():
    keras.utils.clear_session()
    inputs = keras.Input((8, 12, 2))
    x = layers.Conv2D(5, 3, padding="same", activation="relu", name="shortcut")(inputs)
    y = layers.BatchNormalization()(layers.Conv2D(5, 3, padding="same", name="last")(x))
    x = layers.Activation("relu", name="out")(layers.Add()([x, y]))
    model = keras.Model(inputs, layers.Dense(4)(layers.GlobalAveragePooling2D()(x)))
    assert default_layer(model, 1) == "out"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("MobileNetV3Small", "activation_17"),
        ("MobileNetV2", "out_relu"),
        ("ResNet50", "conv5_block3_out"),
        ("EfficientNetB0", "top_activation"),
        ("VGG16", "block5_conv3"),
    ],
)
def test_the_default_layer_of_networks_for_photographs(name, expected):
    keras.utils.clear_session()
    model = getattr(keras.applications, name)(weights=None)
    assert default_layer(model, 1) == expected


def test_a_subclassed_model():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv2D(3, 3, name="conv")
            self.gap = layers.GlobalAveragePooling2D(name="gap")
            self.head = layers.Dense(4, activation="softmax")

        def call(self, images):
            return self.head(self.gap(self.conv(images)))

    model = Own()
    model(IMAGES)
    np.testing.assert_allclose(
        cam(model, IMAGES, 2), 60 * grad_cam(model, IMAGES, 2), rtol=1e-3, atol=1e-5
    )


@pytest.mark.parametrize("method", METHODS)
def test_a_shortcut_with_a_strided_one_by_one_convolution(method):
    # In eager mode TensorFlow 2.21 with oneDNN crashes the process here.
    inputs = keras.Input((60, 60, 1))
    body = layers.Conv2D(4, 3, padding="same", name="body")(inputs)
    shortcut = layers.Conv2D(8, 1, strides=2, name="shortcut")(body)
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(shortcut))
    images = np.ones((2, 60, 60, 1), np.float32)
    assert np.isfinite(method(model, images, 1, layer="body")).all()


def test_images_of_any_size():
    inputs = keras.Input((None, None, 1))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(3, 3, strides=2)(inputs))
    model = keras.Model(inputs, layers.Dense(2)(x))
    for size in ((9, 14), (20, 6)):
        assert cam(model, np.ones((2, *size, 1), np.float32), 0).shape == (2, *size)


def test_half_precision_gives_float32_maps():
    inputs = keras.Input((8, 12, 2))
    conv = layers.Conv2D(3, 3, dtype="mixed_float16")(inputs)
    x = layers.GlobalAveragePooling2D(dtype="mixed_float16")(conv)
    model = keras.Model(inputs, layers.Dense(2, "softmax", dtype="float32")(x))
    for method in (cam, *METHODS):
        assert method(model, IMAGES, 1).dtype == np.float32


def test_what_cannot_be_explained_is_said():
    model = small(layers.Dense(4, "softmax", name="head"))
    with pytest.raises(ValueError, match=r"no layer 'conv2'\. Did you mean 'conv'"):
        grad_cam(model, IMAGES, 0, layer="conv2")
    with pytest.raises(ValueError, match=r"'flat' .* \(None, 180\).*its convolutions are: conv"):
        grad_cam(model, IMAGES, 0, layer="flat")
    with pytest.raises(IndexError, match="no class 4: choose from 0 to 3"):
        grad_cam(model, IMAGES, 4)
    with pytest.raises(ValueError, match=r"got \(8, 12, 2\); for one image write images\[None\]"):
        grad_cam(model, IMAGES[0], 0)
    dense = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(ValueError, match="has no convolutional layer"):
        grad_cam(dense, np.ones((1, 4, 4, 1), np.float32), 0)


def test_no_gradient_beyond_the_layer():
    """The cost of a map is little more than a forward pass: behind the last convolution there is
    nothing to differentiate but the head."""
    inputs = x = keras.Input((8, 12, 2))
    for i in range(4):
        x = layers.Conv2D(4, 3, padding="same", name=f"conv{i}")(x)
    model = keras.Model(inputs, layers.Dense(3)(layers.Flatten()(x)))
    grad_cam(model, IMAGES, 0)
    [(run, _)] = model._inside_cnns.values()
    operations = [op.type for op in run.graph.get_operations()]
    assert operations.count("Conv2D") == 4
    assert not [kind for kind in operations if kind.startswith("Conv2DBackprop")]


def test_the_model_is_left_as_it_was():
    model = small(layers.Dense(4, "softmax", name="head"))
    before = model.predict(IMAGES, verbose=0)
    grad_cam(model, tf.constant(IMAGES), 1)
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), before)
    assert "call" not in vars(model.get_layer("conv"))
