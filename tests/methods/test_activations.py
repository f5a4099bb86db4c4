"""Bytes, sparsity and single pixels equal what is computed by hand."""

import keras
import numpy as np
import pytest
from keras import layers

from helpers.methods.activations import (
    convolution,
    layer_activations,
    patch_times_kernel,
    sparsity,
    to_bytes,
)
from helpers.models import graph

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(0, 1, (5, 9, 7, 2)).astype(np.float32)

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


# to_bytes


def test_mean_is_128_and_a_standard_deviation_64_grey_levels():
    # mean 2, standard deviation 2
    maps = np.array([[0, 0], [4, 4]], np.float32)[None, :, :, None]
    assert to_bytes(maps)[0, ..., 0].tolist() == [[64, 64], [192, 192]]


def test_each_map_of_each_image_has_its_own_scale():
    maps = RNG.random((3, 4, 5, 6)).astype(np.float32)
    scaled = maps * 10.0 ** RNG.integers(-6, 6, (3, 1, 1, 6)) - 7.0
    np.testing.assert_allclose(to_bytes(maps), to_bytes(scaled), atol=1)
    alone = np.stack(
        [to_bytes(maps[i : i + 1, ..., j : j + 1]) for i in range(3) for j in range(6)]
    )
    np.testing.assert_array_equal(
        to_bytes(maps).transpose(0, 3, 1, 2).reshape(18, 4, 5), alone[:, 0, ..., 0]
    )


def test_far_values_are_clipped_and_do_not_wrap_around():
    maps = np.zeros((1, 10, 10, 2))
    maps[0, 0, 0] = 1, -1  # ten standard deviations off
    first, second = np.moveaxis(to_bytes(maps)[0], -1, 0)
    assert (first[0, 0], second[0, 0]) == (255, 0)
    assert (first[1, 1], second[1, 1]) == (122, 134)


@pytest.mark.parametrize("value", [0, 1, -3.7, 1e30])
def test_a_constant_map_is_black_and_never_nan(value):
    maps = np.full((2, 3, 4, 2), value, np.float32)
    maps[1, 0, 0, 1] = 2 * value + 1
    bytes_ = to_bytes(maps)
    assert bytes_.dtype == np.uint8
    assert not bytes_[0].any() and not bytes_[1, ..., 0].any()
    assert bytes_[1, ..., 1].any()


def test_the_units_of_a_dense_layer_share_one_scale_per_image():
    np.testing.assert_array_equal(to_bytes([[1, 3], [5, 5]]), [[64, 192], [0, 0]])


@pytest.mark.parametrize(
    ("maps", "message"),
    [
        (np.zeros((3, 4, 5)), r"maps\[None\]"),
        (np.full((1, 2, 2, 1), np.nan), "4 activations are NaN"),
    ],
)
def test_what_cannot_be_scaled_is_explained(maps, message):
    with pytest.raises(ValueError, match=message):
        to_bytes(maps)


# sparsity


def net(*body, name="net"):
    return keras.Sequential([keras.Input((9, 7, 2)), *body], name=name)


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    return net(
        layers.Conv2D(4, 3, name="first"),
        layers.ReLU(name="rectified"),
        layers.MaxPooling2D(name="half"),
        layers.Flatten(name="flat"),
        layers.Dense(6, activation="relu", name="units"),
        layers.Dense(3, activation="softmax", name="head"),
    )


@pytest.mark.parametrize("batch_size", [1, 2, 5, 100])
def test_counts_equal_those_over_all_activations_at_once(model, batch_size):
    images = IMAGES.copy()
    images[3] = -5 * np.sign(model.get_layer("first").kernel.numpy().sum((0, 1, 2)))[0]
    found = sparsity(model, images, batch_size=batch_size)
    outputs = layer_activations(model, images)
    assert list(found) == list(outputs)
    for name, output in outputs.items():
        maps = output.reshape(5, -1, output.shape[-1])
        dead = (maps == 0).all(axis=1)
        assert found[name].zero_share == pytest.approx((output == 0).mean())
        assert found[name].dead_share == pytest.approx(dead.mean())
        np.testing.assert_array_equal(found[name].dead, dead.sum(axis=0))
        np.testing.assert_array_equal(found[name].never, np.flatnonzero(dead.all(axis=0)))
    assert found["rectified"].dead_share > 0
    assert found["first"].zero_share == 0  # before the ReLU nothing is exactly zero


def test_by_hand():
    inputs = keras.Input((1, 2, 1))
    conv = layers.Conv2D(2, 1, activation="relu", name="conv")
    model = keras.Model(inputs, conv(inputs))
    conv.set_weights([np.array([[[[1.0, -1.0]]]]), np.zeros(2)])
    images = np.array([[1, 2], [-1, 2], [0, 0]], np.float32).reshape(3, 1, 2, 1)
    found = sparsity(model, images)["conv"]
    # filter 0 answers (1, 2), (0, 2), (0, 0); filter 1 answers (0, 0), (1, 0), (0, 0)
    assert (found.zeros, found.activations, found.images) == (8, 12, 3)
    assert found.dead.tolist() == [1, 2]
    assert found.never.tolist() == []
    assert found.dead_share == 0.5


def test_parts_add_up_to_the_whole(model):
    parts = [sparsity(model, IMAGES[part]) for part in (slice(2), slice(2, None))]
    for name, whole in sparsity(model, IMAGES).items():
        together = parts[0][name] + parts[1][name]
        assert (together.images, together.zeros) == (whole.images, whole.zeros)
        assert together.zero_share == whole.zero_share
        np.testing.assert_array_equal(together.dead, whole.dead)
    with pytest.raises(ValueError, match="4 and 6 channels"):
        parts[0]["first"] + parts[0]["units"]


def test_a_layer_of_a_nested_model(model):
    expected = sparsity(model, IMAGES, "rectified")
    found = sparsity(net(model, name="outer"), IMAGES, ["net/rectified"])
    assert found["net/rectified"].zeros == expected["rectified"].zeros
    assert list(expected) == ["rectified"]


# All layers


@pytest.fixture(scope="module")
def with_backbone():
    """A nested backbone that gives two maps; the head uses both."""
    inputs = keras.Input((9, 7, 2))
    first = layers.Conv2D(3, 3, activation="relu", name="conv")(inputs)
    second = layers.Conv2D(4, 1, name="deep")(first)
    backbone = keras.Model(inputs, [first, second], name="backbone")
    inputs = keras.Input((9, 7, 2))
    both = layers.Concatenate(name="both")(backbone(inputs))
    outputs = layers.Dense(3, activation="softmax", name="head")(layers.Flatten(name="flat")(both))
    return keras.Model(inputs, outputs, name="whole")


@pytest.mark.parametrize("method", [layer_activations, sparsity])
def test_by_default_a_layer_of_several_outputs_is_left_out_but_not_its_inner_layers(
    with_backbone, method
):
    found = method(with_backbone, IMAGES)
    assert list(found) == ["backbone/conv", "backbone/deep", "both", "flat", "head"]


def test_the_layers_inside_a_backbone_of_several_outputs_answer_as_the_backbone_does(
    with_backbone,
):
    found = layer_activations(with_backbone, IMAGES)
    maps = with_backbone.get_layer("backbone").predict(IMAGES, verbose=0)
    for name, expected in zip(("backbone/conv", "backbone/deep"), maps, strict=True):
        np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found["both"], np.concatenate([*maps], axis=-1))


@pytest.mark.parametrize("method", [layer_activations, sparsity])
def test_a_layer_of_several_outputs_is_refused_where_it_is_named(with_backbone, method):
    message = (
        r"layer 'backbone' of 'whole' gives 2 outputs, one is needed: "
        r"name one of its inner layers: backbone/conv, backbone/deep$"
    )
    with pytest.raises(ValueError, match=message):
        method(with_backbone, IMAGES, ["both", "backbone"])


@pytest.mark.parametrize("outputs", ["list", "dict"])
def test_every_head_of_several_is_a_layer(outputs):
    inputs = keras.Input((9, 7, 2))
    maps = layers.Conv2D(4, 3, activation="relu", name="conv")(inputs)
    flat = layers.Flatten(name="flat")(maps)
    colour = layers.Dense(1, activation="sigmoid", name="colour")(flat)
    angle = layers.Dense(6, activation="relu", name="angle")(flat)
    heads = [colour, angle] if outputs == "list" else {"colour": colour, "angle": angle}
    model = keras.Model(inputs, heads)
    found = layer_activations(model, IMAGES)
    assert list(found) == list(graph.layers(model))
    for name, head in (("colour", colour), ("angle", angle)):
        expected = keras.Model(inputs, head).predict(IMAGES, verbose=0)
        np.testing.assert_allclose(found[name], expected, rtol=1e-5, atol=1e-6)
    zeros = sparsity(model, IMAGES)["angle"].zero_share
    assert zeros == (found["angle"] == 0).mean() > 0


# patch_times_kernel


def conv_cases():
    for padding in ("same", "valid"):
        for kernel in ((3, 3), (2, 5), (4, 1), (1, 1)):
            yield {"padding": padding, "kernel_size": kernel}
            yield {"padding": padding, "kernel_size": kernel, "strides": (2, 3)}
            yield {"padding": padding, "kernel_size": kernel[0], "dilation_rate": (2, 1)}
    yield {"padding": "same", "kernel_size": 1, "strides": 3}
    yield {"padding": "valid", "kernel_size": 3, "use_bias": False, "activation": "tanh"}


@pytest.mark.parametrize("options", [*conv_cases()], ids=str)
def test_patch_times_kernel_is_the_pre_activation_at_every_pixel(options):
    keras.utils.set_random_seed(2)
    options = {"activation": "relu", "bias_initializer": "normal"} | options
    inner = layers.Conv2D(3, name="inner", **options)
    model = net(layers.Conv2D(4, 1, activation="relu"), inner)
    conv = convolution(model, IMAGES, "inner")
    assert conv.inputs.shape == (5, 9, 7, 4)
    assert conv.activation == options["activation"]
    f = {"relu": lambda x: max(x, 0), "tanh": np.tanh}[conv.activation]
    for index in np.ndindex(conv.outputs.shape):
        if index[0] not in (0, 4):
            continue
        pixel = conv.pixel(*index)
        total = (pixel.patch * pixel.kernel).sum() + pixel.bias
        assert pixel.pre_activation == pytest.approx(total, rel=1e-4, abs=1e-5)
        assert pixel.value == conv.outputs[index]
        assert pixel.value == pytest.approx(f(pixel.pre_activation), rel=1e-4, abs=1e-5)


def test_by_hand_at_the_border():
    conv = layers.Conv2D(1, (3, 3), padding="same", activation="relu", name="conv")
    model = net(conv)
    kernel = np.arange(18, dtype=np.float32).reshape(3, 3, 2, 1)
    conv.set_weights([kernel, np.array([-1.0])])
    image = np.ones((9, 7, 2), np.float32)
    corner = patch_times_kernel(model, image, "conv", 8, 0, 0)  # the lower left one
    assert corner.patch[..., 0].tolist() == [[0, 1, 1], [0, 1, 1], [0, 0, 0]]
    np.testing.assert_array_equal(corner.kernel, kernel[..., 0])
    assert corner.value == corner.pre_activation == (2 + 3 + 4 + 5 + 8 + 9 + 10 + 11) - 1
    assert corner.bias == -1


def test_a_convolution_in_a_nested_reloaded_model(tmp_path):
    inner = net(layers.Conv2D(2, 3, padding="same"), layers.Conv2D(3, 3, name="deep"), name="body")
    outer = net(inner, layers.GlobalAveragePooling2D(), layers.Dense(2, activation="softmax"))
    outer.save(tmp_path / "outer.keras")
    reloaded = keras.models.load_model(tmp_path / "outer.keras")
    pixel = patch_times_kernel(reloaded, IMAGES[1], "body/deep", 6, 4, 2)
    assert pixel.patch.shape == (3, 3, 2)
    assert pixel.value == pytest.approx(pixel.pre_activation, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize(
    "layer",
    [
        layers.DepthwiseConv2D(2),
        layers.SeparableConv2D(4, 2),
        layers.Conv2DTranspose(4, 2),
        layers.Conv2D(4, 2, groups=2),
        layers.MaxPooling2D(),
    ],
    ids=lambda layer: layer.name,
)
def test_other_layers_are_refused(layer):
    model = net(layers.Conv2D(4, 1, name="fine"), layer)
    with pytest.raises(ValueError, match=r"no ordinary Conv2D .* layers: fine"):
        patch_times_kernel(model, IMAGES[0], layer.name, 0, 0, 0)


def test_a_pixel_that_does_not_exist_is_named():
    model = net(layers.Conv2D(4, 3, name="conv"))
    with pytest.raises(IndexError, match="no column 5: choose from 0 to 4"):
        patch_times_kernel(model, IMAGES[0], "conv", 6, 5, 0)
    with pytest.raises(IndexError, match="no row -1"):
        patch_times_kernel(model, IMAGES[0], "conv", -1, 0, 0)
    with pytest.raises(ValueError, match="has no layer 'cov'"):
        patch_times_kernel(model, IMAGES[0], "cov", 0, 0, 0)
