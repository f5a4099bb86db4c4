"""Small networks with hand-set weights, as plain data: for Keras, and for NumPy as the oracle."""

from __future__ import annotations

from typing import Any

import numpy as np

Network = dict[str, Any]  # {"input_shape": (H, W, C), "layers": [{"kind": ..., "name": ...}, ...]}


def random_network(rng: np.random.Generator, input_shape: tuple[int, int, int]) -> Network:
    """Conv (3×3, same, ReLU), pool, conv (1×3, valid, ReLU), flatten, dense: no two layers and no
    two axes have the same size. Biases are negative enough that some pixels are dead."""
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


def keras_model(network: Network):
    """The network as a functional Keras model."""
    import keras

    def layer(spec):
        name, kind = spec["name"], spec["kind"]
        if kind == "conv":
            height, width, _, filters = spec["kernel"].shape
            return keras.layers.Conv2D(
                filters, (height, width), padding=spec["padding"], activation="relu", name=name
            )
        if kind == "dense":
            return keras.layers.Dense(spec["kernel"].shape[1], name=name)
        return {"pool": keras.layers.MaxPooling2D, "flatten": keras.layers.Flatten}[kind](name=name)

    x = inputs = keras.Input(network["input_shape"])
    for spec in network["layers"]:
        x = layer(spec)(x)
    model = keras.Model(inputs, x)
    for spec in network["layers"]:
        if "kernel" in spec:
            model.get_layer(spec["name"]).set_weights([spec["kernel"], spec["bias"]])
    return model


def numpy_outputs(network: Network, images: np.ndarray) -> dict[str, np.ndarray]:
    """The output of every layer for `images` (N, H, W, C), computed in NumPy."""
    outputs, x = {}, np.asarray(images, np.float64)
    for spec in network["layers"]:
        if spec["kind"] == "conv":
            x = np.maximum(_convolve(x, spec["kernel"], spec["padding"]) + spec["bias"], 0)
        elif spec["kind"] == "pool":
            n, h, w, c = x.shape
            x = x[:, : h // 2 * 2, : w // 2 * 2].reshape(n, h // 2, 2, w // 2, 2, c).max((2, 4))
        elif spec["kind"] == "flatten":
            x = x.reshape(len(x), -1)
        else:
            x = x @ spec["kernel"] + spec["bias"]
        outputs[spec["name"]] = x.astype(np.float32)
    return outputs


def _convolve(x: np.ndarray, kernel: np.ndarray, padding: str) -> np.ndarray:
    height, width = kernel.shape[:2]
    if padding == "same":
        top, left = (height - 1) // 2, (width - 1) // 2
        x = np.pad(x, ((0, 0), (top, height - 1 - top), (left, width - 1 - left), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(1, 2))
    return np.einsum("nijchw,hwcf->nijf", windows, kernel)


def misnamed_network(rng: np.random.Generator, input_shape: tuple[int, int, int]) -> Network:
    """Three convolutions whose names say nothing, among layers whose names say "conv"."""
    network = random_network(rng, input_shape)
    early, pool, late, flat, classes = network["layers"]
    first, second, third = (
        f"{word}_{rng.integers(100, 1000)}" for word in rng.permutation(["amber", "coral", "lime"])
    )
    between = late | {
        "name": third,
        "kernel": rng.normal(0, 0.7, (3, 1, 5, 6)).astype(np.float32),
        "bias": rng.uniform(-0.4, 0.2, 6).astype(np.float32),
        "padding": "same",
    }
    height, width = input_shape[0] // 2, input_shape[1] // 2 - 2
    kernel = rng.normal(0, 0.7, (height * width * 6, 3)).astype(np.float32)
    layers = [early | {"name": first}, pool | {"name": "conv_pool"}, late | {"name": second}]
    layers += [between, flat | {"name": "conv_end"}, classes | {"name": "conv", "kernel": kernel}]
    return {"input_shape": input_shape, "layers": layers}
