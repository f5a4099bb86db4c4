"""Small networks as plain data: as Keras models, and run in NumPy.

A student's kernel has this module. What draws networks and differentiates them is in `drawn`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.own_work import solves

EPSILON = 1e-3  # of Keras's BatchNormalization
# {"input_shape": (H, W, C), "layers": [{"kind": ..., "name": ...}, ...]}. A layer reads the layer
# before it, or those whose names are its "inputs".
Network = dict[str, Any]


def keras_model(network: Network, built: dict[str, Any] | None = None) -> Any:
    """Return the network as a functional Keras model.

    `built` holds models by their structure. A model of the same structure gets the network's
    weights, which is ten times as fast as building another. A new model is added to `built`.
    """
    built = {} if built is None else built
    structure = repr(
        [network["input_shape"]]
        + [[(k, getattr(v, "shape", v)) for k, v in spec.items()] for spec in network["layers"]]
    )
    if structure not in built:
        built[structure] = untrained(network)
    for spec in network["layers"]:
        if weights := weights_of(spec):
            built[structure].get_layer(spec["name"]).set_weights(weights)
    return built[structure]


def untrained(network: Network) -> Any:
    """Return a functional Keras model of the network's structure, with Keras's initial weights."""
    import keras

    def layer(spec):
        name, kind = spec["name"], spec["kind"]
        if kind == "conv":
            height, width, _, filters = spec["kernel"].shape
            activation = "relu" if rectifies(spec) else None
            return keras.layers.Conv2D(
                filters, (height, width), padding=spec["padding"], activation=activation, name=name
            )
        if kind == "dense":
            units, activation = spec["kernel"].shape[1], spec.get("activation")
            return keras.layers.Dense(units, activation=activation, name=name)
        if kind == "flatten":
            return keras.layers.Flatten(name=name)
        if kind == "normalise":
            return keras.layers.BatchNormalization(
                center=False, scale=False, epsilon=EPSILON, name=name
            )
        if kind == "dropout":
            return keras.layers.Dropout(0.5, name=name)
        merges = {"add": keras.layers.Add, "concatenate": keras.layers.Concatenate}
        if kind in merges:
            return merges[kind](name=name)
        pools = {"pool": keras.layers.MaxPooling2D, "average": keras.layers.AveragePooling2D}
        return pools[kind](2, name=name)

    def output(spec, inputs):
        return layer(spec)(inputs if len(inputs) > 1 else inputs[0])

    inputs = keras.Input(network["input_shape"])
    *_, last = walked(network, inputs, output).values()
    return keras.Model(inputs, last)


def walked(network: Network, images: Any, output: Callable[[Any, list[Any]], Any]) -> dict:
    """Return the output of every layer by its name; `output(spec, inputs)` gives that of one."""
    outputs = {"": images}
    for spec in network["layers"]:
        names = spec.get("inputs", [list(outputs)[-1]])
        outputs[spec["name"]] = output(spec, [outputs[name] for name in names])
    del outputs[""]
    return outputs


def rectifies(spec: dict[str, Any]) -> bool:
    return spec.get("activation", "relu" if spec["kind"] == "conv" else None) == "relu"


def weights_of(spec: dict[str, Any]) -> list[np.ndarray]:
    return [spec[name] for name in ("kernel", "bias", "mean", "variance") if name in spec]


def state(argument: Any) -> Any:
    """Return what a call must not change in an argument: the numbers of an array, what a dictionary
    holds, the weights and settings of a model, or None for anything else."""
    if isinstance(argument, np.ndarray):
        return argument.copy()
    if isinstance(argument, dict):
        return copy.deepcopy(argument)
    if not hasattr(argument, "get_weights"):
        return None
    if hasattr(argument, "network"):  # a `drawn.NumpyModel`
        found = argument.layers
    else:
        from helpers.models import layers  # TensorFlow is there where a Keras model is

        found = layers(argument).values()
    settings = [
        (layer, layer.name, getattr(layer, "activation", None), layer.trainable) for layer in found
    ]
    return [*settings, *argument.get_weights()]


@solves("conv_outputs", "layer_output")
def numpy_outputs(network: Network, images: np.ndarray) -> dict[str, np.ndarray]:
    """Return the output of every layer by its name for `images` (N, H, W, C), computed in NumPy."""
    outputs = walked(network, np.asarray(images, np.float64), _numpy_output)
    return {name: x.astype(np.float32) for name, x in outputs.items()}


def _numpy_output(spec: dict[str, Any], inputs: list[np.ndarray]) -> np.ndarray:
    kind, x = spec["kind"], inputs[0]
    if kind in ("pool", "average"):
        n, h, w, c = x.shape
        x = x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c)
        return x.max((2, 4)) if kind == "pool" else x.mean((2, 4))
    if kind == "flatten":
        return x.reshape(len(x), -1)
    if kind == "normalise":
        return (x - spec["mean"]) / deviation_of(spec)
    if kind == "dropout":  # not in training
        return x
    if kind == "add":
        return x + inputs[1]
    if kind == "concatenate":
        return np.concatenate(inputs, axis=-1)
    x = _convolve(x, spec["kernel"], spec["padding"]) if kind == "conv" else x @ spec["kernel"]
    x = x + spec["bias"]
    if rectifies(spec):
        return np.maximum(x, 0)
    return softmax(x) if spec.get("activation") == "softmax" else x


def deviation_of(spec: dict[str, Any]) -> np.ndarray:
    return np.sqrt(spec["variance"].astype(np.float64) + EPSILON)


def _convolve(x: np.ndarray, kernel: np.ndarray, padding: str) -> np.ndarray:
    height, width = kernel.shape[:2]
    if padding == "same":
        top, left = (height - 1) // 2, (width - 1) // 2
        n, rows, columns, channels = x.shape
        padded = np.zeros((n, rows + height - 1, columns + width - 1, channels), x.dtype)
        padded[:, top : top + rows, left : left + columns] = x
        x = padded
    # As NumPy's `sliding_window_view` and `tensordot`, which take longer than small images.
    x = np.ascontiguousarray(x)
    n, rows, columns, channels = x.shape
    shape = (n, rows - height + 1, columns - width + 1, height, width, channels)
    windows = np.ndarray(shape, x.dtype, x, 0, (*x.strides[:3], *x.strides[1:]))
    flat = windows.reshape(-1, height * width * channels)
    return np.dot(flat, kernel.reshape(-1, kernel.shape[3])).reshape(*shape[:3], kernel.shape[3])


def softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)
