"""Networks that checks draw, and their gradients in NumPy. No student's kernel has them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.checks import findings
from helpers.checks.networks import (
    Network,
    deviation_of,
    numpy_outputs,
    rectifies,
    softmax,
    weights_of,
)


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


def undecided_network(rng: np.random.Generator, input_shape: tuple[int, int, int]) -> Network:
    """Return a `random_network` whose probabilities are far from 0 and 1, so that every changed
    pixel changes them."""
    network = random_network(rng, input_shape)
    network["layers"][-1]["kernel"] *= np.float32(0.3)
    return network


@functools.lru_cache(maxsize=2)
def numbered_outputs(number: int) -> dict[str, np.ndarray]:
    """Return what each layer of a number's network answers to the number's images (`findings`)."""
    return numpy_outputs(findings.plain_network(number), findings.images(number).images)


def before_the_softmax(network: Network) -> Network:
    """Return the network without the activation of its last layer: it answers with logits."""
    *layers, last = network["layers"]
    return network | {"layers": [*layers, last | {"activation": "linear"}]}


def numpy_logits(network: Network, images: np.ndarray) -> np.ndarray:
    """Return what enters the network's softmax for `images`, (N, classes)."""
    return numpy_outputs(before_the_softmax(network), images)[network["layers"][-1]["name"]]


def layers_behind(network: Network, layer_name: str) -> Network:
    """Return the layers of a chain that come behind a layer: a network that reads its output."""
    names = [spec["name"] for spec in network["layers"]]
    return {"layers": network["layers"][names.index(layer_name) + 1 :]}


def parcel_order(number: int) -> np.ndarray:
    """Return which digit each output of `findings.parcel(number)` means."""
    return findings._order(number)


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
        return weights_of(self.spec)


def numpy_gradient(
    network: Network,
    images: np.ndarray,
    layer_name: str,
    class_index: int,
    target: str = "logit",
) -> np.ndarray:
    """Return the gradient with respect to the output of a layer, for each image, computed in NumPy.

    `target` names the number that is differentiated, one of `TARGETS`. A `layer_name` of "" means
    the images. At a maximum pooling the first of equal pixels gets the gradient.
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
        if rectifies(spec):
            gradient = gradient * (after > 0)
        if spec["kind"] == "conv":
            gradient = transposed_convolve(gradient, spec["kernel"], before.shape)
        elif spec["kind"] == "average":
            spread = np.zeros(before.shape)
            height, width = 2 * after.shape[1], 2 * after.shape[2]
            spread[:, :height, :width] = gradient.repeat(2, axis=1).repeat(2, axis=2) / 4
            gradient = spread
        elif spec["kind"] == "pool":
            gradient = unpooled(gradient, before)
        elif spec["kind"] == "flatten":
            gradient = gradient.reshape(before.shape)
        elif spec["kind"] == "add":
            branch, _ = spec["inputs"]
            aside[branch] = gradient
        elif spec["kind"] == "normalise":
            gradient = gradient / deviation_of(spec)
        else:
            gradient = gradient @ spec["kernel"].T
    return gradient.astype(np.float32)


def unpooled(pooled: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Return maps like `maps` (N, H, W, C): each value of `pooled` at the first maximum of its cell
    of 2×2 pixels, and 0 elsewhere."""
    height, width = 2 * pooled.shape[1], 2 * pooled.shape[2]
    four = [maps[:, i:height:2, j:width:2] for i in (0, 1) for j in (0, 1)]
    switches = np.argmax(four, axis=0)
    result = np.zeros(maps.shape, pooled.dtype)
    for k in range(4):
        result[:, k // 2 : height : 2, k % 2 : width : 2] = np.where(switches == k, pooled, 0)
    return result


def _one(logits: np.ndarray, class_index: Any) -> np.ndarray:
    """Return (N, classes): 1 at the class, or at each image's own class, and 0 elsewhere."""
    signal = np.zeros(logits.shape)
    signal[np.arange(len(logits)), class_index] = 1
    return signal


def _of_probability(logits: np.ndarray, class_index: int) -> np.ndarray:
    p = softmax(logits)
    return p[:, [class_index]] * (_one(p, class_index) - p)


# What can be explained: by name, its gradient with respect to the logits.
TARGETS: dict[str, Callable[[np.ndarray, Any], np.ndarray]] = {
    "logit": _one,
    "all": lambda logits, index: np.ones(logits.shape),
    "top": lambda logits, index: _one(logits, logits.argmax(axis=1)),
    "mean": lambda logits, index: _one(logits, index) / len(logits),
    "probability": _of_probability,
    "loss": lambda logits, index: softmax(logits) - _one(logits, index),
}


def transposed_convolve(
    gradient: np.ndarray, kernel: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray:
    """Return the gradient at the input, of shape `shape`, of a convolution, "same" or "valid"."""
    height, width = kernel.shape[:2]
    rows, columns = gradient.shape[1:3]
    result = np.zeros((len(gradient), rows + height - 1, columns + width - 1, kernel.shape[2]))
    for i, j in np.ndindex(height, width):
        result[:, i : i + rows, j : j + columns] += gradient @ kernel[i, j].T
    top, left = ((a - b) // 2 for a, b in zip(result.shape[1:3], shape[1:3], strict=True))
    return result[:, top : top + shape[1], left : left + shape[2]]
