"""What a function is called with, and how what it returns becomes plain data.

A student's kernel has this module, so nothing in it may say how an exercise is solved. The judge
names the adapters of an exercise in its question.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.checks.networks import Network, numpy_outputs, softmax
from helpers.checks.values import Unusable, rounds_to, to_plain

# Arguments: functions from a call's inputs, by name, to what the student's function is given.


def as_drawn(inputs: dict[str, Any]) -> dict[str, Any]:
    """Give the inputs as they are."""
    return inputs


def as_bytes(inputs: dict[str, Any]) -> dict[str, Any]:
    """Give bytes for the texts in which they travel, one character a byte."""
    return {name: text.encode("latin-1") for name, text in inputs.items()}


def with_predict(inputs: dict[str, Any]) -> dict[str, Any]:
    """Give `predict` as a function."""
    return {**inputs, "predict": predictor(inputs["predict"])}


def with_gradient(inputs: dict[str, Any]) -> dict[str, Any]:
    """Give `gradient` as a function."""
    return {**inputs, "gradient": gradient_of(inputs["gradient"])}


def predictor(network: Network) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from images (N, H, W, C) to probabilities (N, classes), in NumPy. It raises
    `ValueError` for images of another shape."""

    def predict(images):
        images = _checked(images, network["input_shape"], "predict")
        return softmax(numpy_outputs(network, images)["classes"])

    return predict


def gradient_of(score: dict[str, Any]) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from images (N, H, W, C) to the gradient (N, H, W, C) of the smooth score
    tanh(x · kernel + bias) · weights. It raises `ValueError` for images of another shape."""

    def gradient(images):
        images = _checked(images, tuple(score["shape"]), "gradient")
        hidden = np.tanh(images.reshape(len(images), -1) @ score["kernel"] + score["bias"])
        found = ((1 - hidden**2) * score["weights"]) @ score["kernel"].T
        return found.reshape(images.shape).astype(np.float32)

    return gradient


def _checked(images: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[1:] != shape:
        expected = ", ".join(map(str, shape))
        raise ValueError(f"{name} takes images of shape (N, {expected}), got {images.shape}")
    return images


# Plain data: functions from what the student's function returned.


def as_returned(value: Any) -> Any:
    """Take plain data as they are, and tensors as arrays."""
    return to_plain(value)


def tuple_of_arrays(value: Any) -> Any:
    """Take a list, or a dictionary's values, for a tuple."""
    value = to_plain(list(value.values()) if isinstance(value, dict) else value)
    return tuple(value) if isinstance(value, list) else value


LAYER = ("kind", "size", "kernel", "strides", "dilation", "padding", "activation")


def described_model(model: Any) -> dict[str, Any]:
    """Return a Keras model as plain data: its shapes, its layers with their main settings, and what
    it computes, in training as well, with other weights (see `other_weights`)."""
    import keras

    if not isinstance(model, keras.Model):
        raise Unusable(f"Expected a Keras model, got {type(model).__name__}. Is there a `return`?")
    if not model.built or not model.inputs:
        raise Unusable("The model does not know its input shape. Begin with keras.Input(...).")
    shapes = [tuple(weight.shape) for weight in model.get_weights()]
    found = {
        "input": tuple(model.inputs[0].shape[1:]),
        "output": tuple(model.outputs[0].shape[1:]),
        "layers": _layers(model),
        "weights": model.count_params(),
        "shapes": shapes,
        "computed": None,
    }
    one = len(model.inputs) == len(model.outputs) == 1
    if one and len(found["input"]) == 3 and None not in found["input"] and _in_pairs(shapes):
        weights, images = other_weights(shapes, found["input"])
        model.set_weights([array for pair in weights for array in pair.values()])
        once, again = (np.asarray(model(images, training=True)) for _ in range(2))
        # What a dropout computes is another each time. So no numbers are told of it.
        found["computed"] = once if rounds_to(once, again).all() else np.zeros(0)
    return found


def layer(kind: str, **settings: Any) -> dict[str, Any]:
    """Return a layer as `described_model` describes it."""
    return {**dict.fromkeys(LAYER), "kind": kind, **settings}


def _layers(model: Any) -> list[dict[str, Any]]:
    import keras

    found: list[dict[str, Any]] = []
    for each in model.layers:
        if isinstance(each, keras.layers.InputLayer):
            continue
        activation = getattr(getattr(each, "activation", None), "__name__", None)
        activation = activation and activation.removesuffix("_v2")  # tf.nn.softmax
        if isinstance(each, keras.layers.ReLU | keras.layers.Softmax | keras.layers.Activation):
            name = activation or type(each).__name__.lower()
            if found and found[-1]["activation"] in ("linear", None):
                found[-1]["activation"] = name  # an activation of its own belongs to that layer
            else:
                found.append(layer(name, activation=name))
            continue
        flat = isinstance(each, keras.layers.Reshape) and len(each.output.shape) == 2
        found.append(
            layer(
                "Flatten" if flat else type(each).__name__,
                size=getattr(each, "filters", getattr(each, "units", None)),
                kernel=getattr(each, "kernel_size", getattr(each, "pool_size", None)),
                strides=getattr(each, "strides", None),
                dilation=getattr(each, "dilation_rate", None),
                padding=getattr(each, "padding", None),
                activation=activation,
            )
        )
    return found


def _in_pairs(shapes: list[tuple[int, ...]]) -> bool:
    """Whether these can be the shapes of kernels, each with its biases."""
    pairs = zip(shapes[::2], shapes[1::2], strict=False)
    even = shapes and len(shapes) % 2 == 0
    return bool(even) and all(len(kernel) > 1 and bias == kernel[-1:] for kernel, bias in pairs)


def other_weights(
    shapes: list[tuple[int, ...]], input_shape: tuple[int, ...]
) -> tuple[list[dict[str, np.ndarray]], np.ndarray]:
    """Return kernels and biases of these shapes, and three images: always the same ones. They are
    so large that a ReLU with a maximum shows."""
    rng, spread = np.random.default_rng(0), 30

    def kernel_and_bias(kernel, bias):
        weights = rng.normal(0, math.sqrt(2 / math.prod(kernel[:-1])), kernel)
        weights[..., -1] = -weights[..., 0]  # one of the two is negative: each ReLU has work to do
        return {"kernel": weights, "bias": rng.normal(0, spread / 3, bias)}

    weights = [kernel_and_bias(*pair) for pair in zip(shapes[::2], shapes[1::2], strict=True)]
    weights[-1] = {name: array / spread / 3 for name, array in weights[-1].items()}
    return weights, rng.normal(0, spread, (3, *input_shape)).astype(np.float32)
