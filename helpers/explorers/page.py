"""A page on which the digit pad works without a kernel: the network runs in the browser.

    python -m helpers.explorers.page FOLDER

writes FOLDER/live.html, which needs no other file and no network.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import ArrayLike

from helpers.datasets import Dataset, centre_like_mnist
from helpers.explorers.digit_pad import CELLS, EXAMPLE, FINE, PEN, palettes, rasterised
from helpers.plots.evidence import AGAINST, FOR
from helpers.plots.figure import FILTERS

if TYPE_CHECKING:
    import keras

    from helpers.methods.statistics import FilterStatistics

__all__ = ["document", "fragment", "network_file", "write"]

HERE = Path(__file__).parent
# What is guessed about: digits drawn as `EXAMPLE` is.
# fmt: off
DRAWN: list[list[list[tuple[float, float]]]] = [
    EXAMPLE,
    [[(9, 5), (8, 14), (19, 14)], [(17, 5), (17, 23)]],
    [[(8, 6), (19, 6), (15, 13), (12, 23)]],
]
# fmt: on
PARTS = """
<h2>Guess first</h2>
<div id="live-guess">This part needs JavaScript.</div>
<h2>Draw a digit</h2>
<p>The network answers while you draw.</p>
<div id="live-pad">This part needs JavaScript.</div>
<h2>What each filter answers to</h2>
<p>The means are those of the {count:,} test images of the data set {data}.</p>
<div id="live-filters">This part needs JavaScript.</div>
"""
ALONE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{
  margin: 0 auto; padding: 16px; max-width: 60rem; font: 16px/1.5 system-ui, sans-serif;
  color: light-dark(#212121, #e6e6e6); background: light-dark(#ffffff, #161616);
}}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p>The course's network has {weights:,} weights, and runs in your browser. What you draw stays on
your computer.</p>
{fragment}
</main>
</body>
</html>
"""


def write(folder: Path) -> Path:
    """Write live.html, the page of the course's network, to a folder, and return its path.

    The network is trained on MNIST or, where MNIST is not at hand, on scikit-learn's digits.
    """
    from helpers import datasets, models

    data = datasets.load("default")
    path = folder / "live.html"
    page = document(models.trained("course_cnn", data).model, data)
    path.write_text(page, encoding="utf-8")
    return path


def document(model: keras.Model, data: Dataset) -> str:
    """Return `fragment` as a page of its own, light or dark as the reader's computer is."""
    return ALONE.format(
        title="Look into a network while you draw",
        weights=model.count_params(),
        fragment=fragment(model, data),
    )


def fragment(model: keras.Model, data: Dataset) -> str:
    """Return HTML to stand once in a page: a guess, the digit pad, and what the filters answer to.

    The HTML needs no other file. In a page of pydata-sphinx-theme it has the colours of the theme.

    Args:
        model: a network that `network_file` takes, trained on `data`.
        data: its test images are what filters answer to on average. Only averages are in the page.
    """
    from helpers.methods.statistics import filter_statistics
    from helpers.models import conv_layers

    images, labels = data.test.images, data.test.labels
    classes = range(len(data.class_names))
    averages = np.stack([images[labels == i].mean(axis=0) for i in classes])
    found = filter_statistics(model, images, labels, conv_layers(model))
    drawn = [centre_like_mnist(rasterised(strokes), images.shape[1:3]) for strokes in DRAWN]
    content = {
        "network": network_file(model),
        "grid": {"cells": CELLS, "fine": FINE, "pen": PEN},
        "class_names": data.class_names,
        "palettes": palettes(),
        "colours": {
            "for": _rgb(FOR),
            "against": _rgb(AGAINST),
            "filters": [_rgb(colour) for colour in FILTERS],
        },
        "examples": [_bytes(255 * image) for image in drawn],
        "averages": {
            "height": images.shape[1],
            "width": images.shape[2],
            "pixels": _bytes(255 * averages),
        },
        "statistics": _statistics(found),
    }
    style = "".join((HERE / name).read_text("utf-8") for name in ("digit_pad.css", "page.css"))
    shown = PARTS.format(count=len(images), data=data.name)
    return (
        f'<style>{style}</style>\n<div class="live">{shown}</div>\n'
        f'<script type="application/json" id="live-data">{json.dumps(content)}</script>\n'
        f'<script type="module">{_script()}</script>'
    )


def _script() -> str:
    """Return page.js with the modules that it imports inside: a page of file:// may load none."""
    script = (HERE / "page.js").read_text("utf-8")
    for name in ("digit_pad.js", "guessing.js", "network.js"):
        module = base64.b64encode((HERE / name).read_bytes()).decode()
        script = script.replace(f'"./{name}"', f'"data:text/javascript;base64,{module}"')
    return script


def _statistics(found: FilterStatistics) -> dict:
    """Return each layer's statistics as bytes: they are shown as colours."""
    layers = {}
    for name, layer in found.items():
        limit = float(layer.mean.max())
        layers[name] = {
            "mean": _bytes(255 * layer.mean / (limit or 1)),
            "limit": limit,
            "mode": _bytes(np.where(layer.mode < 0, 255, layer.mode)),
            "frequency": _bytes(255 * layer.mode_frequency),
        }
    return layers


def _bytes(values: np.ndarray) -> str:
    return base64.b64encode(np.rint(values).astype(np.uint8).tobytes()).decode()


def _rgb(colour: str) -> list[int]:
    return [round(255 * share) for share in to_rgb(colour)]


def network_file(model: keras.Model) -> dict:
    """Return the layers and weights of a chain of layers as a dictionary for JSON, for network.js.

    Raises:
        ValueError: if a layer is none of those that network.js computes: `Conv2D` with ReLU, "same"
            padding, an odd square kernel and stride 1; `MaxPooling2D` of 2×2; `Flatten`; `Dense`
            with ReLU and, as the last layer, with softmax.
    """
    layers = [_layer(layer, last=layer is model.layers[-1]) for layer in model.layers]
    return {"shape": model.input_shape[1:], "layers": [layer for layer in layers if layer]}


def _layer(layer: keras.layers.Layer, last: bool) -> dict | None:
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
            "use_bias": True,
            "kernel_size": (height, width),
        } if height == width and height % 2:
            kind = "conv"
        case "Dense", {"activation": activation, "use_bias": True} if activation == (
            "softmax" if last else "relu"
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
    return named | {"kernel": _array(kernel), "bias": _array(bias)}


def _array(values: ArrayLike) -> dict:
    data = np.ascontiguousarray(values, "<f4")
    return {"shape": data.shape, "data": base64.b64encode(data.tobytes()).decode()}


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
