"""The deconvnet against one written by hand in NumPy: windows, switches, transposed filters."""

import re
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers.methods.activations import layer_activations
from helpers.methods.deconvnet import Field, patches, project, receptive_field, strongest
from helpers.methods.saliency import gradient, guided_backprop
from helpers.models.imagenet import alexnet
from helpers.scores import UnitScore

SHAPE = 13, 11, 2
RNG = np.random.default_rng(0)
IMAGES = RNG.normal(0, 1, (4, *SHAPE)).astype(np.float32)

# Networks as plain data: kernel or pool size, stride, padding.
NETWORKS = {
    "valid": [("conv", (3, 2), 1, "valid", 4), ("relu",), ("conv", (2, 2), 1, "valid", 5)],
    "strides": [("conv", (3, 4), (2, 3), "same", 4), ("relu",), ("conv", (3, 3), 2, "same", 5)],
    "pools": [
        ("conv", (3, 3), 1, "same", 4),
        ("relu",),
        ("pool", 2, 2, "valid"),
        ("conv", (3, 2), 1, "same", 5),
        ("relu",),
    ],
    "overlapping": [
        ("conv", (3, 2), 1, "valid", 4),
        ("relu",),
        ("pool", 3, 2, "valid"),
        ("conv", (2, 3), 1, "same", 5),
        ("relu",),
        ("pool", 3, 2, "same"),
    ],
    "normalised": [
        ("conv", (3, 3), 1, "same", 4),
        ("norm",),
        ("relu",),
        ("pool", 3, 2, "same"),
        ("norm",),
        ("conv", (2, 2), 1, "valid", 5),
        ("norm",),
        ("relu",),
    ],
    "as in EfficientNet-Lite": [
        ("conv", (3, 3), 1, "same", 4),
        ("norm",),
        ("relu6",),
        ("depthwise", (3, 2), 2, "same"),
        ("norm",),
        ("relu6",),
        ("conv", (1, 1), 1, "valid", 5),
        ("norm",),
    ],
}


def keras_net(network, as_argument=False):
    """The network in Keras with random weights; its last layer is called "last"."""
    stack = [keras.Input(SHAPE)]
    for i, (kind, *of) in enumerate(network):
        if kind == "conv":
            size, stride, padding, filters = of
            rectified = as_argument and network[i + 1 : i + 2] == [("relu",)]
            activation = "relu" if rectified else None
            layer = layers.Conv2D(filters, size, stride, padding, activation=activation)
        elif kind == "depthwise":
            layer = layers.DepthwiseConv2D(*of)
        elif kind == "relu6":
            layer = layers.ReLU(6.0)
        elif kind == "pool":
            layer = layers.MaxPooling2D(*of)
        elif kind == "norm":
            layer = layers.BatchNormalization(epsilon=0.01)
        elif as_argument and network[i - 1][0] == "conv":
            continue
        else:
            layer = layers.ReLU()
        stack.append(layer)
    stack[-1].name = "last"
    model = keras.Sequential([*stack, layers.Flatten(), layers.Dense(3, activation="relu")])
    rng = np.random.default_rng(1)
    for layer in model.layers:
        weights = [rng.normal(0, 0.6, w.shape) for w in layer.get_weights()]
        if isinstance(layer, layers.BatchNormalization):
            weights[3] = 0.5 + abs(weights[3])  # a variance
        layer.set_weights(weights)
    return model


def windows(n, size, stride, padding):
    """Where windows start along an axis, and how many zeros lie before it."""
    if padding == "valid":
        return range(0, n - size + 1, stride), 0
    places = -(-n // stride)
    before = max((places - 1) * stride + size - n, 0) // 2
    return [i * stride - before for i in range(places)], before


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def each_window(shape, size, stride, padding):
    """(row, column) of the output, and the pixels (rows, columns) of the input it is made of."""
    tops, lefts = (
        windows(*of, padding)[0] for of in zip(shape, pair(size), pair(stride), strict=True)
    )
    for row, top in enumerate(tops):
        for column, left in enumerate(lefts):
            pixels = [
                (r, c)
                for r in range(top, top + pair(size)[0])
                for c in range(left, left + pair(size)[1])
                if 0 <= r < shape[0] and 0 <= c < shape[1]
            ]
            yield row, column, top, left, pixels


def by_hand(network, weights, image, filter, rule="deconvnet"):
    """The map of `filter` and its strongest activation's projection, for one image (H, W, C)."""
    x, inputs, weights = image.astype(float), [], iter(weights)
    used = []
    for kind, *of in network:
        inputs.append(x)
        if kind in ("relu", "relu6"):
            used.append(np.inf if kind == "relu" else 6)
            x = np.clip(x, 0, used[-1])
        elif kind == "norm":
            gamma, beta, mean, variance = (next(weights) for _ in range(4))
            scale = gamma / np.sqrt(variance + 0.01)
            used.append(scale)
            x = (x - mean) * scale + beta
        else:
            places = list(each_window(x.shape[:2], *of[:3]))
            channels = of[3] if kind == "conv" else x.shape[2]
            y = np.zeros((places[-1][0] + 1, places[-1][1] + 1, channels))
            if kind != "pool":
                kernel, bias = next(weights), next(weights)
                if kind == "depthwise":  # a convolution that does not mix channels
                    kernel = kernel * np.eye(channels)
                used.append(kernel)
                y += bias
            else:
                used.append(None)
            for row, column, top, left, pixels in places:
                if kind != "pool":
                    for r, c in pixels:
                        y[row, column] += x[r, c] @ kernel[r - top, c - left]
                else:
                    y[row, column] = np.max([x[r, c] for r, c in pixels], axis=0)
            x = y
    map_ = x[..., filter]
    signal = np.zeros_like(x)
    place = np.unravel_index(map_.argmax(), map_.shape)
    signal[*place, filter] = max(map_[place], 0)
    for (kind, *of), x, own in reversed(list(zip(network, inputs, used, strict=True))):
        if kind in ("relu", "relu6"):
            open_ = (x > 0) & (x < own) if rule == "guided" else True
            signal = np.maximum(signal, 0) * open_
        elif kind == "norm":
            signal = signal * own
        else:
            below = np.zeros_like(x)
            for row, column, top, left, pixels in each_window(x.shape[:2], *of[:3]):
                for channel in range(x.shape[2]) if kind == "pool" else ():
                    switch = max(pixels, key=lambda at, x=x, channel=channel: x[*at, channel])
                    below[*switch, channel] += signal[row, column, channel]
                for r, c in pixels if kind != "pool" else ():
                    below[r, c] += own[r - top, c - left] @ signal[row, column]
            signal = below
    return map_, signal


# What the projection holds


@pytest.mark.parametrize("rule", ["deconvnet", "guided"])
@pytest.mark.parametrize("as_argument", [False, True])
@pytest.mark.parametrize("name", NETWORKS)
def test_it_equals_a_network_run_backwards_by_hand(name, as_argument, rule):
    model = keras_net(NETWORKS[name], as_argument)
    weights = model.get_weights()
    seen = 0
    for filter in range(5):
        got = project(model, IMAGES, "last", filter, rule=rule)
        assert got.dtype == np.float32
        for image, projection in zip(IMAGES, got, strict=True):
            _, expected = by_hand(NETWORKS[name], weights, image, filter, rule)
            np.testing.assert_allclose(projection, expected, rtol=1e-4, atol=1e-5)
            seen += expected.any()
    # Most filters answer; the guided rule stops some of their signals on the way.
    assert seen > (10 if rule == "deconvnet" else 5)


def test_it_is_neither_the_gradient_nor_guided_backprop():
    model = keras_net(NETWORKS["strides"])
    maps = layer_activations(model, IMAGES, ["last"])["last"][..., 2]
    at = np.unravel_index(maps[0].argmax(), maps[0].shape)
    projection = project(model, IMAGES[:1], "last", 2)[0] / maps[0].max()
    score = UnitScore("last", (*map(int, at), 2))
    for other in (gradient, guided_backprop):
        assert abs(other(model, IMAGES[:1], score)[0] - projection).max() > 0.01


def test_without_pools_a_deconvnet_knows_of_the_image_only_where_to_start_and_how_strongly():
    model = keras_net(NETWORKS["as in EfficientNet-Lite"])
    many = np.random.default_rng(2).normal(0, 5, (60, *SHAPE)).astype(np.float32)
    best, guided = strongest(model, many, "last", k=len(many)), []
    for filter, (values, images, positions) in enumerate(zip(*best, strict=True)):
        # The two strongest images of those whose strongest place is that of the strongest.
        pair = np.flatnonzero((positions == positions[0]).all(axis=1) & (values > 0))[:2]
        if len(pair) < 2:
            continue
        two, strength = many[images[pair]], values[pair][:, None, None, None]
        one, other = project(model, two, "last", filter) / strength
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
        one, other = project(model, two, "last", filter, rule="guided") / strength
        guided.append(abs(one - other).max() > 0.1 * abs(one).max())
    assert sum(guided) >= 2, "guided, the same start gives another picture in another image"


def test_of_one_convolution_it_is_the_filter_where_it_fired():
    model = keras.Sequential(
        [keras.Input((5, 6, 1)), layers.Conv2D(1, (2, 3), name="conv"), layers.ReLU()]
    )
    kernel = np.array([[1.0, -2, 3], [-4, 5, 6]])
    model.set_weights([kernel[..., None, None], np.array([7.0])])
    image = np.zeros((1, 5, 6, 1), np.float32)
    image[0, 2:4, 1:4, 0] = kernel
    expected = np.zeros((5, 6))
    expected[2:4, 1:4] = kernel * ((kernel**2).sum() + 7)  # the bias only in the activation
    np.testing.assert_allclose(project(model, image, "conv", 0)[0, ..., 0], expected, rtol=1e-5)


def test_where_nothing_is_above_zero_nothing_is_projected():
    model = keras_net(NETWORKS["valid"])
    weights = model.get_weights()
    weights[3] = weights[3] - [0, 0, 1e3, 0, 0]
    model.set_weights(weights)
    assert not project(model, IMAGES, "last", 2).any()
    assert project(model, IMAGES, "last", 1).any()


def test_nested_and_reloaded_models(tmp_path):
    model = keras_net(NETWORKS["normalised"], as_argument=True)
    expected = project(model, IMAGES, "last", 1)
    model.save(tmp_path / "net.keras")
    reloaded = keras.models.load_model(tmp_path / "net.keras", compile=False)
    np.testing.assert_allclose(project(reloaded, IMAGES, "last", 1), expected, rtol=1e-5)
    reloaded.name = "inner"
    nested = keras.Sequential([keras.Input(SHAPE), reloaded])
    got = project(nested, IMAGES, "inner/last", 1)
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    assert receptive_field(nested, "inner/last") == receptive_field(model, "last")


def test_a_unit_of_a_dense_layer():
    model = keras_net(NETWORKS["valid"])
    dense, flat = model.layers[-1], layer_activations(model, IMAGES, ["last"])["last"]
    values = layer_activations(model, IMAGES, [dense.name])[dense.name]
    got = project(model, IMAGES, dense.name, 1)
    kernels = model.get_weights()
    # Dense down to the map, then the valid convolutions transposed, by windows.
    for image in np.flatnonzero(values[:, 1] > 0):
        signal = (kernels[4][:, 1] * values[image, 1]).reshape(flat.shape[1:])
        for kernel, rectify in ((kernels[2], True), (kernels[0], False)):
            h, w = kernel.shape[:2]
            below = np.zeros((signal.shape[0] + h - 1, signal.shape[1] + w - 1, kernel.shape[2]))
            for row, column in np.ndindex(signal.shape[:2]):
                below[row : row + h, column : column + w] += kernel @ signal[row, column]
            signal = np.maximum(below, 0) if rectify else below
        np.testing.assert_allclose(got[image], signal, rtol=1e-4, atol=1e-4)
    assert (values[:, 1] > 0).any()
    assert receptive_field(model, dense.name) == Field(SHAPE[:2], (0, 0), (0, 0))


def test_where_paths_join_the_signal_takes_both():
    inputs = keras.Input(SHAPE)
    one = layers.Conv2D(2, 3, padding="same", activation="relu", name="one")(inputs)
    outputs = layers.Add(name="sum")([one, inputs])
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(outputs))
    got = project(model, IMAGES, "sum", 0)
    total = layer_activations(model, IMAGES, ["sum"])["sum"]
    kernel = model.get_weights()[0]
    for image, projection in enumerate(got):
        row, column = np.unravel_index(total[image, ..., 0].argmax(), SHAPE[:2])
        value = total[image, row, column, 0]
        expected = np.zeros((SHAPE[0] + 2, SHAPE[1] + 2, 2))
        # A deconvnet does not ask whether the ReLU was open on the way up.
        expected[row : row + 3, column : column + 3] += kernel[..., 0] * value
        expected = expected[1:-1, 1:-1]
        expected[row, column, 0] += value
        np.testing.assert_allclose(projection, expected, rtol=1e-4, atol=1e-5)
    assert receptive_field(model, "sum") == Field((3, 3), (1, 1), (-1, -1))


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_the_batch_size_changes_nothing(batch_size):
    model = keras_net(NETWORKS["pools"])
    expected = np.concatenate([project(model, image[None], "last", 3) for image in IMAGES])
    got = project(model, IMAGES, "last", 3, batch_size)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)
    whole = strongest(model, IMAGES, "last", k=3)
    parts = strongest(model, IMAGES, "last", k=3, batch_size=batch_size)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_the_model_stays_as_it_was():
    model = keras_net(NETWORKS["pools"])
    before = gradient(model, IMAGES, 1), model.get_config(), model.get_weights()
    project(model, IMAGES, "last", 0)
    np.testing.assert_array_equal(gradient(model, IMAGES, 1), before[0])
    assert model.get_config() == before[1]
    for one, other in zip(model.get_weights(), before[2], strict=True):
        np.testing.assert_array_equal(one, other)


def test_errors():
    model = keras_net(NETWORKS["pools"])
    with pytest.raises(IndexError, match="no filter 5 in layer 'last': choose from 0 to 4"):
        project(model, IMAGES, "last", 5)
    with pytest.raises(IndexError, match="no filter -1"):
        strongest(model, IMAGES, "last", [0, -1])
    with pytest.raises(ValueError, match=r"no layer 'lost'\. Did you mean 'last'"):
        project(model, IMAGES, "lost", 0)
    with pytest.raises(ValueError, match="k is 0"):
        strongest(model, IMAGES, "last", k=0)
    with pytest.raises(ValueError, match="'gradient'; choose 'deconvnet' or 'guided'"):
        project(model, IMAGES, "last", 0, rule="gradient")
    smooth = keras.Sequential([keras.Input(SHAPE), layers.Conv2D(2, 3, activation="tanh")])
    with pytest.raises(ValueError, match="no ReLU, at which the deconvnet"):
        project(smooth, IMAGES, smooth.layers[0].name, 0)
    sloped = keras.Sequential([keras.Input(SHAPE), layers.Conv2D(2, 3), layers.PReLU(name="p")])
    with pytest.raises(ValueError, match=r"'p' is no ReLU.*the deconvnet would mask"):
        project(sloped, IMAGES, "p", 0)


# The strongest images


def test_strongest_equals_sorting_all_maps():
    model, many = keras_net(NETWORKS["overlapping"]), RNG.normal(0, 1, (50, *SHAPE))
    many = many.astype(np.float32)
    got = strongest(model, many, "last", [4, 1], k=6, batch_size=7)
    maps = layer_activations(model, many, ["last"])["last"]
    for row, filter in enumerate([4, 1]):
        peaks = maps[..., filter].max(axis=(1, 2))
        order = np.argsort(-peaks, kind="stable")[:6]
        assert got.images[row].tolist() == order.tolist()
        np.testing.assert_allclose(got.values[row], peaks[order], rtol=1e-5)
        for image, position in zip(order, got.positions[row], strict=True):
            map_ = maps[image, ..., filter]
            assert tuple(position) == np.unravel_index(map_.argmax(), map_.shape)


def test_strongest_of_few_images_equal_ones_and_dense_layers():
    model = keras_net(NETWORKS["pools"])
    same = np.repeat(IMAGES[:1], 3, axis=0)
    found = strongest(model, same, "last", k=9, batch_size=2)
    assert found.images.tolist() == [[0, 1, 2]] * 5
    dense = model.layers[-1].name
    units = strongest(model, IMAGES, dense, k=2)
    values = layer_activations(model, IMAGES, [dense])[dense]
    np.testing.assert_allclose(units.values, -np.sort(-values, axis=0)[:2].T, rtol=1e-5)
    assert units.positions.shape == (3, 2, 2)
    assert not units.positions.any()


# What a position sees


def dependence(model, layer, position):
    """The box of pixels that change the activations at `position`, found by trying each."""
    base = np.abs(np.random.default_rng(2).normal(1, 0.3, (1, *SHAPE))).astype(np.float32)
    changed = np.repeat(base, SHAPE[0] * SHAPE[1], axis=0)
    for i, at in enumerate(np.ndindex(SHAPE[:2])):
        changed[i, *at] += 1e3  # so much that it wins in any pool
    maps = layer_activations(model, np.concatenate([base, changed]), [layer])[layer]
    differs = (maps[1:, *position] != maps[0, *position]).any(axis=-1).reshape(SHAPE[:2])
    rows, columns = np.nonzero(differs)
    return rows.min(), columns.min(), rows.max(), columns.max()


def check_field(model, used=SHAPE[:2]):
    """What every position of the layer "last" sees of the pixels `used`, against `dependence`."""
    # Positive weights: no change is cut off by a ReLU.
    model.set_weights([abs(w) for w in model.get_weights()])
    field = receptive_field(model, "last")
    h, w = layer_activations(model, IMAGES[:1], ["last"])["last"].shape[1:3]
    for position in np.ndindex(h, w):
        row, column = field.corner(position)
        assert dependence(model, "last", position) == (
            max(0, row),
            max(0, column),
            min(used[0], row + field.size[0]) - 1,
            min(used[1], column + field.size[1]) - 1,
        )
    return field


@pytest.mark.parametrize("name", NETWORKS)
def test_the_receptive_field_is_what_changes_the_activation(name):
    # The valid pool of "overlapping" leaves out the last of ten columns, hence the last pixels.
    used = (SHAPE[0], SHAPE[1] - (name == "overlapping"))
    check_field(keras_net(NETWORKS[name]), used)


class Raw(layers.Layer):
    """TensorFlow's own convolution, with what Keras's layers do in other ways."""

    def __init__(self, **options):
        super().__init__(name="last")
        self.options = options

    def call(self, x):
        return tf.nn.conv2d(x, tf.ones((3, 2, x.shape[-1], 2)), **self.options)


def side_by_side(x):
    """As the fire modules of SqueezeNet: 1×1 and 3×3, joined along the channels."""
    kinds = {"padding": "same", "activation": "relu"}
    both = [layers.Conv2D(2, size, **kinds)(x) for size in (1, 3)]
    return layers.Concatenate(name="last")(both)


AVERAGE = layers.AveragePooling2D
WINDOWS = {
    "average pool": (lambda x: AVERAGE((3, 5), 2, name="last")(x), (3, 5)),
    "average pool, same": (lambda x: AVERAGE((2, 3), (3, 2), "same", name="last")(x), (2, 3)),
    "depthwise": (lambda x: layers.DepthwiseConv2D((3, 2), padding="same", name="last")(x), (3, 2)),
    "depthwise, stride": (lambda x: layers.DepthwiseConv2D(3, 2, "same", name="last")(x), (3, 3)),
    "side by side": (side_by_side, (3, 3)),
    "dilated": (Raw(padding="VALID", strides=1, dilations=2), (5, 3)),
    "padded by hand": (Raw(padding=[[0, 0], [2, 1], [0, 1], [0, 0]], strides=1), (3, 2)),
}


@pytest.mark.parametrize("above", [False, True])
@pytest.mark.parametrize("name", WINDOWS)
def test_windows_of_other_kinds(name, above):
    """Above the images, and above a convolution of 2×3 that moves by one."""
    window, size = WINDOWS[name]
    x = inputs = keras.Input(SHAPE)
    if above:
        x = layers.Conv2D(3, (2, 3), activation="relu")(x)
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(window(x)))
    assert check_field(model).size == (size[0] + above, size[1] + 2 * above)


def test_joined_along_the_rows_it_is_all_rows():
    inputs = keras.Input(SHAPE)
    both = [layers.Conv2D(2, (3, size), padding="same")(inputs) for size in (3, 5)]
    joined = layers.Concatenate(axis=1, name="joined")(both)
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(joined))
    assert receptive_field(model, "joined") == Field((SHAPE[0], 5), (0, 1), (0, -2))


def test_a_network_deeper_than_python_recurses():
    class Deep(layers.Layer):
        def call(self, x):
            for _ in range(2 * sys.getrecursionlimit()):
                x = x + 1
            return x

    inputs = keras.Input(SHAPE)
    x = Deep(name="deep")(layers.Conv2D(2, 3)(inputs))
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(x))
    assert receptive_field(model, "deep") == Field((3, 3), (1, 1), (0, 0))


def test_the_projection_stays_in_the_receptive_field():
    model = keras_net(NETWORKS["overlapping"])
    found, field = strongest(model, IMAGES, "last", [1], k=4), receptive_field(model, "last")
    projections = project(model, IMAGES[found.images[0]], "last", 1)
    cut = patches(projections, field, found.positions[0])
    assert cut.shape == (4, *field.size, 2)
    assert np.count_nonzero(cut) == np.count_nonzero(projections) > 0


def test_the_fields_of_alexnet():
    """Those of its architecture: 11, 19, 51, 67, 99, 131, 163 and 195 pixels."""
    model = alexnet()
    names = ["conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5"]
    sizes = [receptive_field(model, name).size for name in names]
    assert sizes == [(n, n) for n in (11, 19, 51, 67, 99, 131, 163, 195)]
    assert receptive_field(model, "conv1") == Field((11, 11), (4, 4), (-2, -2))
    assert receptive_field(model, "fc6") == Field((224, 224), (0, 0), (0, 0))


def test_images_of_any_size():
    model = keras.Sequential([keras.Input((None, None, 1)), layers.Conv2D(2, 3, name="conv")])
    assert receptive_field(model, "conv", (9, 8)) == Field((3, 3), (1, 1), (0, 0))
    with pytest.raises(ValueError, match="images of any size: give size"):
        receptive_field(model, "conv")


def test_where_it_is_no_plain_window_the_field_is_the_whole_image():
    inputs = keras.Input(SHAPE)
    for layer in (
        layers.Conv2D(2, 3, dilation_rate=2, name="x"),
        layers.Conv2D(2, 3, groups=2, name="x"),
        layers.UpSampling2D(name="x"),
    ):
        model = keras.Model(inputs, layers.GlobalAveragePooling2D()(layer(inputs)))
        assert receptive_field(model, "x") == Field(SHAPE[:2], (0, 0), (0, 0))


def test_patches_by_hand():
    pictures = np.arange(24, dtype=np.float32).reshape(2, 3, 4, 1)
    field = Field((2, 3), (1, 2), (-1, -1))
    got = patches(pictures, field, [(0, 0), (2, 1)], fill=-1)
    assert got[..., 0].tolist() == [
        [[-1, -1, -1], [-1, 0, 1]],
        [[17, 18, 19], [21, 22, 23]],
    ]
    with pytest.raises(ValueError, match="one position for each picture"):
        patches(pictures, field, [(0, 0)])


def test_a_layer_that_does_not_see_the_image():
    class Constant(keras.layers.Layer):
        def call(self, x):
            return tf.ones((1, 4, 4, 2))

    inputs = keras.Input(SHAPE)
    flat = layers.GlobalAveragePooling2D()(Constant(name="constant")(inputs))
    model = keras.Model(inputs, layers.Dense(2, activation="relu")(flat))
    with pytest.raises(ValueError, match="does not depend on the images"):
        receptive_field(model, "constant")
    with pytest.raises(ValueError, match="no gradient at the images"):
        project(model, IMAGES[:1], "constant", 0)


def test_a_projection_in_half_precision_is_that_in_full_precision():
    keras.utils.set_random_seed(4)

    def network(policy):
        return keras.Sequential(
            [
                keras.Input(SHAPE),
                layers.Conv2D(4, 3, activation="relu", name="early", dtype=policy),
                layers.MaxPooling2D(dtype=policy),
                layers.Conv2D(3, 2, activation="relu", name="late", dtype=policy),
            ]
        )

    full, half = network("float32"), network("mixed_float16")
    half.set_weights(full.get_weights())
    images = np.random.default_rng(3).random((4, *SHAPE)).astype(np.float32)
    for index in range(3):
        expected = project(full, images, "late", index)
        got = project(half, images, "late", index)
        assert got.dtype == np.float32
        np.testing.assert_allclose(got, expected, atol=0.01 * abs(expected).max() + 1e-6)
    assert abs(expected).max() > 0.01


@pytest.mark.parametrize(
    ("shape", "layer"),
    [
        ((20, 2), layers.Conv1D(4, 3, name="c")),
        ((6, 6, 6, 1), layers.Conv3D(4, 3, name="c")),
        ((20,), layers.Dense(4, name="c")),
    ],
)
def test_what_takes_no_images_has_no_receptive_field(shape, layer):
    model = keras.Sequential([keras.Input(shape), layer])
    told = re.escape(f"takes inputs of shape {shape}; a receptive field is a part of an image")
    with pytest.raises(ValueError, match=told):
        receptive_field(model, "c")
