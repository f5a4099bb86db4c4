"""Small networks with hand-set weights, as plain data: for Keras, and for NumPy as the oracle."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

EPSILON = 1e-3  # of Keras's BatchNormalization
# {"input_shape": (H, W, C), "layers": [{"kind": ..., "name": ...}, ...]}. A layer reads the layer
# before it, or those whose names are its "inputs".
Network = dict[str, Any]


def random_network(rng: np.random.Generator, input_shape: tuple[int, int, int]) -> Network:
    """Return a network with random weights: conv (3×3, same, ReLU), pool, conv (1×3, valid, ReLU),
    flatten, dense.

    No two layers and no two axes have the same size. Biases are negative enough that some pixels
    are dead.
    """
    height, width, channels = input_shape
    flat = (height // 2) * (width // 2 - 2) * 5

    def weights(*shape):
        return rng.normal(0, 0.7, shape).astype(np.float32)

    def bias(units):
        return rng.uniform(-0.4, 0.2, units).astype(np.float32)

    return {
        "input_shape": input_shape,
        "layers": [
            {
                "kind": "conv",
                "name": "early",
                "kernel": weights(3, 3, channels, 4),
                "bias": bias(4),
                "padding": "same",
            },
            {"kind": "pool", "name": "half"},
            {
                "kind": "conv",
                "name": "late",
                "kernel": weights(1, 3, 4, 5),
                "bias": bias(5),
                "padding": "valid",
            },
            {"kind": "flatten", "name": "flat"},
            {"kind": "dense", "name": "classes", "kernel": weights(flat, 3), "bias": bias(3)},
        ],
    }


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
        if weights := _weights(spec):
            built[structure].get_layer(spec["name"]).set_weights(weights)
    return built[structure]


def untrained(network: Network) -> Any:
    """Return a functional Keras model of the network's structure, with Keras's initial weights."""
    import keras

    def layer(spec):
        name, kind = spec["name"], spec["kind"]
        if kind == "conv":
            height, width, _, filters = spec["kernel"].shape
            activation = "relu" if _rectifies(spec) else None
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
    *_, last = _walked(network, inputs, output).values()
    return keras.Model(inputs, last)


def _walked(network: Network, images: Any, output: Callable[[Any, list[Any]], Any]) -> dict:
    """Return the output of every layer by its name; `output(spec, inputs)` gives that of one."""
    outputs = {"": images}
    for spec in network["layers"]:
        names = spec.get("inputs", [list(outputs)[-1]])
        outputs[spec["name"]] = output(spec, [outputs[name] for name in names])
    del outputs[""]
    return outputs


def _rectifies(spec: dict[str, Any]) -> bool:
    return spec.get("activation", "relu" if spec["kind"] == "conv" else None) == "relu"


def _weights(spec: dict[str, Any]) -> list[np.ndarray]:
    return [spec[name] for name in ("kernel", "bias", "mean", "variance") if name in spec]


class NumpyModel:
    """A network with those parts of a Keras model that known wrong answers look at. Building one
    Keras model takes longer than running hundreds of these."""

    def __init__(self, network: Network):
        self.network = network
        image = np.zeros((1, *network["input_shape"]), np.float32)
        # Computed at most once: few known wrong answers look at a layer's output.
        outputs = functools.cache(lambda: {"input": image, **numpy_outputs(network, image)})
        specs = [{"kind": "input", "name": "input"}, *network["layers"]]
        self.layers = [NumpyLayer(spec, outputs) for spec in specs]

    def get_layer(self, name: str) -> NumpyLayer:
        return next(layer for layer in self.layers if layer.name == name)

    def get_weights(self) -> list[np.ndarray]:
        return [weight for layer in self.layers for weight in layer.get_weights()]


class NumpyLayer:
    """A layer of a `NumpyModel`; its `output` has the shape for one image."""

    trainable = True

    def __init__(self, spec: dict[str, Any], outputs: Callable[[], dict[str, np.ndarray]]):
        self.spec, self.outputs = spec, outputs
        self.name, self.kind, self.activation = spec["name"], spec["kind"], spec.get("activation")
        if self.kind == "conv":
            self.kernel_size = spec["kernel"].shape[:2]

    @property
    def output(self) -> np.ndarray:
        return self.outputs()[self.spec["name"]]

    def get_weights(self) -> list[np.ndarray]:
        return _weights(self.spec)


def state(argument: Any) -> Any:
    """Return what a call must not change in an argument: the numbers of an array, what a dictionary
    holds, the weights and settings of a model, or None for anything else."""
    if isinstance(argument, np.ndarray):
        return argument.copy()
    if isinstance(argument, dict):
        return copy.deepcopy(argument)
    if isinstance(argument, NumpyModel):
        found = argument.layers
    elif hasattr(argument, "get_weights"):
        from helpers.models import layers  # TensorFlow is there where a Keras model is

        found = layers(argument).values()
    else:
        return None
    settings = [
        (layer, layer.name, getattr(layer, "activation", None), layer.trainable) for layer in found
    ]
    return [*settings, *argument.get_weights()]


def numpy_outputs(network: Network, images: np.ndarray) -> dict[str, np.ndarray]:
    """Return the output of every layer by its name for `images` (N, H, W, C), computed in NumPy."""
    outputs = _walked(network, np.asarray(images, np.float64), _numpy_output)
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
        return (x - spec["mean"]) / _spread(spec)
    if kind == "dropout":  # not in training
        return x
    if kind == "add":
        return x + inputs[1]
    if kind == "concatenate":
        return np.concatenate(inputs, axis=-1)
    x = _convolve(x, spec["kernel"], spec["padding"]) if kind == "conv" else x @ spec["kernel"]
    x = x + spec["bias"]
    if _rectifies(spec):
        return np.maximum(x, 0)
    return _softmax(x) if spec.get("activation") == "softmax" else x


def _spread(spec: dict[str, Any]) -> np.ndarray:
    return np.sqrt(spec["variance"].astype(np.float64) + EPSILON)


def _convolve(x: np.ndarray, kernel: np.ndarray, padding: str) -> np.ndarray:
    height, width = kernel.shape[:2]
    if padding == "same":
        top, left = (height - 1) // 2, (width - 1) // 2
        x = np.pad(x, ((0, 0), (top, height - 1 - top), (left, width - 1 - left), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(1, 2))
    return np.tensordot(windows, kernel, axes=((4, 5, 3), (0, 1, 2)))


def branched_network(
    rng: np.random.Generator, input_shape: tuple[int, int, int], merge: str = "add"
) -> Network:
    """Return a `random_network` with a branch and a dropout behind its pooling.

    The branch is a convolution without a ReLU ("side"). It is added to what it reads, or
    concatenated with it. The name of the sum ("late_input") begins like that of a later layer.
    """
    network = random_network(rng, input_shape)
    early, half, late, *end = network["layers"]
    kernel = rng.normal(0, 0.7, (3, 1, 4, 4)).astype(np.float32)
    bias = rng.uniform(-0.4, 0.2, 4).astype(np.float32)
    side = {**early, "name": "side", "kernel": kernel, "bias": bias, "activation": "linear"}
    both = {"kind": merge, "name": "late_input", "inputs": ["half", "side"]}
    if merge == "concatenate":
        late["kernel"] = rng.normal(0, 0.7, (1, 3, 8, 5)).astype(np.float32)
    dropout = {"kind": "dropout", "name": "dropout"}
    network["layers"] = [early, half, side, both, dropout, late, *end]
    return network


def misnamed_network(
    rng: np.random.Generator, input_shape: tuple[int, int, int], merge: str = ""
) -> Network:
    """Return a network with convolutions whose names say nothing, among layers whose names say
    "conv".

    Without a `merge` it is a chain with three of them. Else there is a dropout, one of them has no
    ReLU, and a layer merges two paths: the second and the third ("add"), or the second and the
    third behind it, which a fourth reads ("concatenate").
    """
    network = random_network(rng, input_shape)
    early, pool, late, flat, classes = network["layers"]
    words = rng.permutation(["amber", "coral", "lime", "plum"])
    first, second, third, fourth = (f"{word}_{rng.integers(100, 1000)}" for word in words)

    def convolution(name, height, width, channels, filters, **settings):
        kernel = rng.normal(0, 0.7, (height, width, channels, filters)).astype(np.float32)
        bias = rng.uniform(-0.4, 0.2, filters).astype(np.float32)
        return {**early, "name": name, "kernel": kernel, "bias": bias, **settings}

    layers = [early | {"name": first}, pool | {"name": "conv_pool"}]
    height, width, filters = input_shape[0] // 2, input_shape[1] // 2, 6
    if merge:
        layers.append({"kind": "dropout", "name": "conv_drop"})
    if merge == "add":
        layers += [
            convolution(second, 3, 1, 4, filters, activation="linear"),
            convolution(third, 1, 3, 4, filters, inputs=["conv_drop"]),
            {"kind": "add", "name": "conv_sum", "inputs": [second, third]},
        ]
    elif merge == "concatenate":
        layers += [
            convolution(second, 3, 1, 4, 5),
            convolution(third, 1, 3, 5, 3, activation="linear"),
            {"kind": "concatenate", "name": "conv_both", "inputs": [second, third]},
            convolution(fourth, 3, 3, 8, filters),
        ]
    else:
        width -= 2
        layers += [late | {"name": second}, convolution(third, 3, 1, 5, filters)]
    kernel = rng.normal(0, 0.7, (height * width * filters, 3)).astype(np.float32)
    layers += [flat | {"name": "conv_end"}, classes | {"name": "conv", "kernel": kernel}]
    return {"input_shape": input_shape, "layers": layers}


def random_classifier(
    rng: np.random.Generator, input_shape: tuple[int, int, int], classes: int
) -> Network:
    """Return a network of two convolutions ("early", "late"), each with an average pooling behind
    it, and two dense layers, the last with a softmax.

    With such a head a wrong gradient shows. There is no maximum pooling: its gradient is a matter
    of taste where two pixels are equal.
    """
    network = random_network(rng, input_shape)
    early, half, late, flat, _ = network["layers"]
    height, width, _ = input_shape
    features = (height // 4) * ((width // 2 - 2) // 2) * 5
    hidden = rng.normal(0, 0.7, (features, 8)).astype(np.float32)
    output = rng.normal(0, 0.7, (8, classes)).astype(np.float32)
    some, none = np.full(8, 0.1, np.float32), np.zeros(classes, np.float32)
    dense = {"kind": "dense"}
    network["layers"] = [
        early,
        {**half, "kind": "average"},
        late,
        {"kind": "average", "name": "quarter"},
        flat,
        {**dense, "name": "hidden", "kernel": hidden, "bias": some, "activation": "relu"},
        {**dense, "name": "classes", "kernel": output, "bias": none, "activation": "softmax"},
    ]
    return network


def branched_classifier(
    rng: np.random.Generator, input_shape: tuple[int, int, int], classes: int
) -> Network:
    """Return a `random_classifier` that is no chain: "late" goes into "joined" as it is and by way
    of one more convolution, "beside"."""
    network = random_classifier(rng, input_shape, classes)
    early, half, late, *rest = network["layers"]
    beside = late | {
        "name": "beside",
        "kernel": rng.normal(0, 0.7, (1, 1, 5, 5)).astype(np.float32),
        "bias": rng.uniform(-0.4, 0.2, 5).astype(np.float32),
    }
    joined = {"kind": "add", "name": "joined", "inputs": ["late", "beside"]}
    network["layers"] = [early, half, late, beside, joined, *rest]
    return network


def numpy_gradient(
    network: Network,
    images: np.ndarray,
    layer_name: str,
    class_index: int,
    target: str = "logit",
) -> np.ndarray:
    """Return the gradient with respect to the output of a layer, for each image, computed in NumPy.

    `target` names the number that is differentiated, one of `TARGETS`. A `layer_name` of "" means
    the images. The way to the layer must not lead through a maximum pooling.
    """
    outputs = {"": np.asarray(images), **numpy_outputs(network, images)}
    names = list(outputs)
    logits = outputs[names[-1]].astype(np.float64)
    if network["layers"][-1].get("activation") == "softmax":
        with np.errstate(divide="ignore"):
            logits = np.log(logits)  # the logits up to a constant
    gradient = TARGETS[target](logits, class_index)
    aside: dict[str, np.ndarray] = {}  # of the layers from which another way branches off
    for spec in reversed(network["layers"]):
        gradient = gradient + aside.get(spec["name"], 0)
        if spec["name"] == layer_name:
            break
        before, after = outputs[names[names.index(spec["name"]) - 1]], outputs[spec["name"]]
        if _rectifies(spec):
            gradient = gradient * (after > 0)
        if spec["kind"] == "conv":
            gradient = _transposed_convolve(gradient, spec["kernel"], before.shape)
        elif spec["kind"] == "average":
            spread = np.zeros(before.shape)
            height, width = 2 * after.shape[1], 2 * after.shape[2]
            spread[:, :height, :width] = gradient.repeat(2, axis=1).repeat(2, axis=2) / 4
            gradient = spread
        elif spec["kind"] == "flatten":
            gradient = gradient.reshape(before.shape)
        elif spec["kind"] == "add":
            branch, _ = spec["inputs"]
            aside[branch] = gradient
        elif spec["kind"] == "normalise":
            gradient = gradient / _spread(spec)
        else:
            gradient = gradient @ spec["kernel"].T
    return gradient.astype(np.float32)


def _softmax(logits: np.ndarray) -> np.ndarray:
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _one(logits: np.ndarray, class_index: Any) -> np.ndarray:
    """Return (N, classes): 1 at the class, or at each image's own class, and 0 elsewhere."""
    signal = np.zeros(logits.shape)
    signal[np.arange(len(logits)), class_index] = 1
    return signal


def _of_probability(logits: np.ndarray, class_index: int) -> np.ndarray:
    p = _softmax(logits)
    return p[:, [class_index]] * (_one(p, class_index) - p)


# What can be explained: by name, its gradient with respect to the logits.
TARGETS: dict[str, Callable[[np.ndarray, Any], np.ndarray]] = {
    "logit": _one,
    "all": lambda logits, index: np.ones(logits.shape),
    "top": lambda logits, index: _one(logits, logits.argmax(axis=1)),
    "mean": lambda logits, index: _one(logits, index) / len(logits),
    "probability": _of_probability,
    "loss": lambda logits, index: _softmax(logits) - _one(logits, index),
}


def _transposed_convolve(gradient, kernel: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return the gradient at the input, of shape `shape`, of a convolution, "same" or "valid"."""
    height, width = kernel.shape[:2]
    rows, columns = gradient.shape[1:3]
    result = np.zeros((len(gradient), rows + height - 1, columns + width - 1, kernel.shape[2]))
    for i, j in np.ndindex(height, width):
        result[:, i : i + rows, j : j + columns] += gradient @ kernel[i, j].T
    top, left = ((a - b) // 2 for a, b in zip(result.shape[1:3], shape[1:3], strict=True))
    return result[:, top : top + shape[1], left : left + shape[2]]


def predictor(network: Network) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from images (N, H, W, C) to probabilities (N, classes), in NumPy. It raises
    `ValueError` for images of another shape."""

    def predict(images):
        images = np.asarray(images)
        if images.ndim != 4 or images.shape[1:] != network["input_shape"]:
            expected = ", ".join(map(str, network["input_shape"]))
            raise ValueError(f"predict takes images of shape (N, {expected}), got {images.shape}")
        return _softmax(numpy_outputs(network, images)["classes"])

    return predict


def undecided_network(rng: np.random.Generator, input_shape: tuple[int, int, int]) -> Network:
    """Return a `random_network` whose probabilities are far from 0 and 1, so that every changed
    pixel changes them."""
    network = random_network(rng, input_shape)
    network["layers"][-1]["kernel"] *= np.float32(0.3)
    return network
