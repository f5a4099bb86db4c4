"""A page on which the digit pad works without a kernel: the network runs in the browser.

    python -m helpers.explorers.page FOLDER

writes FOLDER/live.html, which needs no other file and no network.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import keras

__all__ = ["network_file"]


def network_file(model: keras.Model) -> dict:
    """Return a network's layers and weights as a dictionary for JSON, as network.js reads it.

    Raises:
        ValueError: if a layer is none of those that network.js computes: `Conv2D` with ReLU, "same"
            padding, an odd square kernel and stride 1; `MaxPooling2D` of 2×2; `Flatten`; `Dense`.
    """
    layers = [_layer(layer) for layer in model.layers]
    return {"shape": model.input_shape[1:], "layers": [layer for layer in layers if layer]}


def _layer(layer: keras.layers.Layer) -> dict | None:
    about, kind = layer.get_config(), type(layer).__name__
    match kind, about:
        case "InputLayer" | "Flatten", _:
            return None
        case "MaxPooling2D", {"pool_size": (2, 2), "strides": (2, 2), "padding": "valid"}:
            return {"kind": "pool", "name": layer.name}
        case "Conv2D", {
            "padding": "same",
            "strides": (1, 1),
            "dilation_rate": (1, 1),
            "groups": 1,
            "activation": "relu",
            "kernel_size": (height, width),
        } if height == width and height % 2:
            kind = "conv"
        case "Dense", {"activation": "relu" | "softmax" | "linear"}:
            kind = "dense"
        case _:
            raise ValueError(
                f"the layer {layer.name!r} ({kind}) is none that network.js computes: use a network "
                "like course_cnn"
            )
    kernel, bias = layer.get_weights()
    relu = about["activation"] == "relu"
    named = {"kind": kind, "name": layer.name, "relu": relu}
    return named | {"kernel": _array(kernel), "bias": _array(bias)}


def _array(values: ArrayLike) -> dict:
    data = np.ascontiguousarray(values, "<f4")
    return {"shape": data.shape, "data": base64.b64encode(data).decode()}
