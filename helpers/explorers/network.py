"""The file of a network that network.js computes in a browser."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from helpers.explorers.alone import Live, array, colours, palettes

if TYPE_CHECKING:
    import keras

__all__ = ["explained", "heads_file", "network_file", "runs_in_browser"]


def explained(
    kind: str,
    model: keras.Model,
    images: np.ndarray,
    class_names: Sequence[object] = (),
    labels: np.ndarray | Sequence[int] = (),
    **content: Any,
) -> Live | None:
    """Return what explained.js needs to explain images (N, H, W, 1), which may have labels (N,);
    None if the browser does not compute such a network."""
    if not runs_in_browser(model):
        return None
    shown = {
        "network": network_file(model),
        "images": array(images[..., 0]),
        "labels": [int(label) for label in labels],
        "class_names": [str(name) for name in class_names],
        "palettes": palettes(),
        "colours": colours(),
    }
    return Live("explained.js", {"kind": kind, "content": shown | content})


def runs_in_browser(model: keras.Model) -> bool:
    """Return whether network.js computes such a network."""
    try:
        network_file(model)
    except ValueError:
        return False
    return True


def network_file(model: keras.Model) -> dict:
    """Return the layers and weights of a chain of layers as a dictionary for JSON, for network.js.

    Raises:
        ValueError: if a layer is none of those that network.js computes: `Conv2D` with ReLU, "same"
            padding, an odd square kernel and stride 1; `MaxPooling2D` of 2×2; `Flatten`; `Dense`
            with ReLU and, as the last layer, with softmax. Also if the model is neither Sequential
            nor functional, or the layers are no chain from images (N, H, W, 1) of one size to
            classes.
    """
    _check_graph(model)
    layers = [_layer(layer, last=layer is model.layers[-1]) for layer in model.layers]
    shape = model.input_shape
    if not (
        _is_chain(model.layers)
        and model.outputs[0] is model.layers[-1].output  # no operation after the last layer
        and len(model.outputs) == 1
        and _is_fixed(shape)
        and shape[3] == 1
        and layers[-1]
        and layers[-1]["kind"] == "dense"
    ):
        raise ValueError(
            f"{model.name!r} is no chain of layers from images (N, H, W, 1) of one size to "
            "classes: use a network like course_cnn"
        )
    return {"shape": shape[1:], "layers": [layer for layer in layers if layer]}


def heads_file(model: keras.Model) -> dict:
    """Return a chain of layers with several heads as a dictionary for JSON: "layers" as those of
    `network_file`, and "heads", a last layer by name. A head of one sigmoid unit gets two logits,
    as in `models.graph.peel`.

    Raises:
        ValueError: if network.js does not compute such a layer, the heads do not share all other
            layers, or images may have any size.
    """
    _check_graph(model)
    heads = [model.get_layer(name) for name in model.output_names]
    trunk = [layer for layer in model.layers if layer not in heads]
    layers = [_layer(layer, last=False) for layer in trunk]
    if not (
        trunk
        and _is_chain(trunk)
        and all(head.input is trunk[-1].output for head in heads)
        and all(head.output is output for head, output in zip(heads, model.outputs, strict=True))
        and _is_fixed(model.input_shape)
    ):
        raise ValueError(
            f"{model.name!r} is no chain of layers from images of one size to heads: use line_heads"
        )
    return {
        "shape": model.input_shape[1:],
        "layers": [layer for layer in layers if layer],
        "heads": {head.name: _head(head) for head in heads},
    }


def _check_graph(model: keras.Model) -> None:
    """Raise `ValueError` if a model does not say how its layers hang together."""
    known = type(model).__name__ in ("Sequential", "Functional")
    if not (known and getattr(model, "outputs", None)):
        raise ValueError(
            f"{model.name!r} is no model of keras.Sequential or keras.Model(inputs, outputs) that "
            "is built: use a network like course_cnn"
        )


def _is_chain(layers: Sequence[keras.layers.Layer]) -> bool:
    return all(after.input is before.output for before, after in pairwise(layers))


def _is_fixed(shape: tuple) -> bool:
    return len(shape) == 4 and None not in shape[1:]


def _head(layer: keras.layers.Layer) -> dict:
    match type(layer).__name__, _config(layer):
        case "Dense", {"activation": "sigmoid", "units": 1, "use_bias": True} if (
            len(layer.input.shape) == 2
        ):
            kernel, bias = layer.get_weights()
            both = [np.concatenate([-each, each], axis=-1) for each in (kernel, bias)]
            named = {"kind": "dense", "name": layer.name, "relu": False, "sigmoid": True}
            return named | {"kernel": array(both[0]), "bias": array(both[1])}
    found = _layer(layer, last=True)
    if not found or found["kind"] != "dense":
        raise ValueError(f"the layer {layer.name!r} is no head of classes: use line_heads")
    return found


def _config(layer: keras.layers.Layer) -> dict:
    """Return a layer's settings; none of a layer of another kind, or which cannot tell them."""
    known = type(layer).__name__ in ("MaxPooling2D", "Conv2D", "Dense")
    try:
        return layer.get_config() if known else {}
    except NotImplementedError:  # its regularizer, say, is the student's own
        return {}


def _layer(layer: keras.layers.Layer, last: bool) -> dict | None:
    about, kind = _config(layer), type(layer).__name__
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
            "use_bias": True,
            "kernel_size": (height, width),
        } if height == width and height % 2:
            kind = "conv"
        case "Dense", {"activation": activation, "use_bias": True} if (
            activation == ("softmax" if last else "relu") and len(layer.input.shape) == 2
        ):
            kind = "dense"
        case _:
            raise ValueError(
                f"the layer {layer.name!r} ({kind}) is none that network.js computes: use a "
                "network like course_cnn"
            )
    kernel, bias = layer.get_weights()
    relu = about["activation"] == "relu"
    named = {"kind": kind, "name": layer.name, "relu": relu}
    return named | {"kernel": array(kernel), "bias": array(bias)}
