"""Incremental occlusion gives what computing each covered image as a whole gives."""

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.methods import incremental
from helpers.methods.occlusion import occlusion_map, positions
from helpers.models import graph
from helpers.scores import ClassScore, FilterScore, UnitScore

L = keras.layers
PADDINGS = st.sampled_from(["same", "valid"])
ACTIVATIONS = st.sampled_from(
    ["relu", "linear", "sigmoid", "tanh", "elu", "gelu", "silu", "leaky_relu", "relu6", "softplus"]
)


def randomised(model, seed):
    """All weights drawn, moving averages too, so that no layer is trivial."""
    rng = np.random.default_rng(seed)
    for layer in graph.layers(model).values():
        if isinstance(layer, keras.Model):
            continue
        drawn = [rng.normal(0, 0.4, w.shape) for w in layer.get_weights()]
        if isinstance(layer, L.BatchNormalization):
            drawn[-1] = rng.uniform(0.5, 2, drawn[-1].shape)  # variances
        layer.set_weights(drawn)
    return model


@st.composite
def blocks(draw, x):
    """One more layer, or a few, on top of `x`."""
    sides = x.shape[1:3]
    kernel = tuple(draw(st.integers(1, min(4, side))) for side in sides)
    stride, padding = draw(st.integers(1, 2)), draw(PADDINGS)
    filters = draw(st.integers(1, 4))
    kind = draw(
        st.sampled_from(
            ["conv", "conv", "conv", "dilated", "depthwise", "separable", "batch norm", "pad"]
            + ["max", "average", "activation", "relu", "residual", "concat", "squeeze", "nested"]
            + ["upsample", "prelu", "bottleneck", "layer norm"]
        )
    )
    activation = draw(ACTIVATIONS)
    if kind == "conv":
        stride = tuple(draw(st.integers(1, 2)) for _ in sides)
        return L.Conv2D(filters, kernel, stride, padding, activation=activation)(x)
    if kind == "dilated":
        return L.Conv2D(filters, 2, 1, "same", dilation_rate=2)(x)
    if kind == "depthwise":
        return L.DepthwiseConv2D(kernel, stride, padding, depth_multiplier=2)(x)
    if kind == "separable":
        return L.SeparableConv2D(filters, kernel, stride, padding)(x)
    if kind == "batch norm":
        return L.BatchNormalization()(x)
    if kind == "pad":
        return L.ZeroPadding2D(((0, 1), (2, 0)))(x)
    if kind in ("max", "average"):
        pool = L.MaxPooling2D if kind == "max" else L.AveragePooling2D
        return pool(kernel, stride, padding)(x)
    if kind == "activation":
        return L.Activation(activation)(x)
    if kind == "relu":
        return L.ReLU(negative_slope=draw(st.sampled_from([0.0, 0.3])))(x)
    if kind == "residual":
        return L.Add()([x, L.Conv2D(x.shape[-1], kernel, padding="same")(x)])
    if kind == "concat":
        return L.Concatenate()([L.Conv2D(2, 1)(x), L.Conv2D(1, 3, padding="same")(x), x])
    if kind == "squeeze":
        gate = L.Dense(x.shape[-1], activation="sigmoid")(L.GlobalAveragePooling2D()(x))
        return L.Multiply()([x, L.Reshape((1, 1, x.shape[-1]))(gate)])
    if kind == "nested":
        inner = keras.Sequential([L.Conv2D(filters, kernel, padding=padding), L.ReLU()])
        return inner(x)
    if kind == "upsample":
        return L.UpSampling2D(2)(x)
    if kind == "prelu":
        return L.PReLU(shared_axes=[1, 2])(x)
    if kind == "layer norm":
        return L.LayerNormalization()(x)
    y = L.Conv2D(filters, 1, 2)(L.ReLU()(x))
    return L.Add()([L.Conv2D(filters, 3, 2, "same")(x), y])


@st.composite
def networks(draw):
    shape = draw(st.integers(6, 18)), draw(st.integers(6, 18)), draw(st.integers(1, 3))
    x = inputs = keras.Input(shape)
    for _ in range(draw(st.integers(1, 5))):
        x = draw(blocks(x))
    ends = ["gap", "flatten", "flatten", "two dense", "max"]
    end = draw(st.sampled_from(ends))
    if end in ("gap", "max"):
        x = (L.GlobalAveragePooling2D if end == "gap" else L.GlobalMaxPooling2D)()(x)
    else:
        x = L.Flatten()(x)
    if end == "two dense":
        x = L.Dense(5, activation="relu")(x)
    last = draw(st.sampled_from(["softmax", "sigmoid", None]))
    return randomised(keras.Model(inputs, L.Dense(3, activation=last)(x)), draw(st.integers(0, 99)))


@st.composite
def occlusions(draw):
    model = draw(networks())
    shape = model.input_shape[1:]
    patch = tuple(draw(st.integers(1, side)) for side in shape[:2])
    stride = tuple(draw(st.integers(1, length)) for length in patch)
    images = np.random.default_rng(draw(st.integers(0, 99))).random(
        (draw(st.integers(1, 3)), *shape), np.float32
    )
    fill = draw(st.sampled_from([0.0, 0.7, "mean", "blur", "noise"]))
    return model, images, patch, stride, fill, draw(st.sampled_from([3, 50, None]))


def maps(model, images, score, *args, batch_size=None, **options):
    """Incrementally and in full."""
    return (
        occlusion_map(model, images, score, *args, method="incremental", batch_size=batch_size),
        occlusion_map(model, images, score, *args, method="full", **options),
    )


def assert_same(got, expected):
    """Within 1e-4 of the spread, and what float32 rounds where there is no spread."""
    assert got == pytest.approx(expected, abs=1e-4 * float(np.ptp(expected)) + 1e-5, rel=0)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(occlusions())
def test_any_network_patch_stride_and_fill(drawn):
    model, images, patch, stride, fill, batch_size = drawn
    score = ClassScore(0) + -2 * ClassScore(2)
    got, expected = maps(model, images, score, patch, stride, fill, batch_size=batch_size)
    assert_same(got, expected)
