"""A page on which the digit pad works without a kernel: the network runs in the browser.

    python -m helpers.explorers.page FOLDER

writes FOLDER/live.html, which needs no other file and no network.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from helpers.datasets import Dataset, centre_like_mnist
from helpers.explorers.alone import Live, alone, array, as_bytes, colours, palettes
from helpers.explorers.digit_pad import CELLS, EXAMPLE, FINE, PEN, rasterised
from helpers.explorers.filters_explorer import filter_content
from helpers.explorers.network import network_file

if TYPE_CHECKING:
    import keras

__all__ = ["document", "fragment", "write"]

# What is guessed about: digits drawn as `EXAMPLE` is.
# fmt: off
DRAWN: list[list[list[tuple[float, float]]]] = [
    EXAMPLE,
    [[(9, 5), (8, 14), (19, 14)], [(17, 5), (17, 23)]],
    [[(8, 6), (19, 6), (15, 13), (12, 23)]],
]
# fmt: on
PARTS = """
<h2>Which pixel matters most?</h2>
<div id="live-guess">{guess}</div>
<h2>Draw a digit</h2>
<p>The network answers while you draw.</p>
<div id="live-pad">{pad}</div>
<h2>What each filter answers to</h2>
<p>The means are those of the {count:,} test images of the data set {data}.</p>
<div id="live-filters">{filters}</div>
"""
ALONE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{look}
body {{
  margin: 0 auto; padding: 16px; max-width: 60rem; font: 16px/1.5 var(--font);
  color: var(--ink); background: var(--page);
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
        look=(Path(__file__).parents[1] / "look.css").read_text("utf-8"),
        title="Look into a network while you draw",
        weights=model.count_params(),
        fragment=fragment(model, data),
    )


def fragment(model: keras.Model, data: Dataset) -> str:
    """Return HTML to stand once in a page: a guess, the digit pad, and what the filters answer to.

    The HTML has the colours of the page's `helpers/look.css`, and needs no other file.

    Args:
        model: a network that `network_file` takes, trained on `data`.
        data: its test images are what filters answer to on average. Only averages are in the page.
    """
    from helpers.methods.statistics import filter_statistics
    from helpers.models import conv_layers

    images, labels = data.test.images, data.test.labels
    classes = range(len(data.class_names))
    averages = np.stack([images[labels == i].mean(axis=0) for i in classes])
    layers = conv_layers(model)
    found = filter_statistics(model, images, labels, layers)
    drawn = [centre_like_mnist(rasterised(strokes), images.shape[1:3]) for strokes in DRAWN]
    shared = {"class_names": data.class_names, "palettes": palettes(), "colours": colours()}
    network = shared | {"network": network_file(model)}
    examples = {"examples": [as_bytes(255 * image) for image in drawn]}
    more = {
        "averages": {
            "height": images.shape[1],
            "width": images.shape[2],
            "pixels": as_bytes(255 * averages),
        },
        "weights": {name: array(model.get_layer(name).get_weights()[0]) for name in layers},
    }
    pad = {"grid": {"cells": CELLS, "fine": FINE, "pen": PEN}}
    parts = {
        "guess": Live("explained.js", {"kind": "guesses", "content": network | examples}),
        "pad": Live("explained.js", {"kind": "pad", "content": network | pad}),
        "filters": filter_content(found, data.class_names, **more),
    }
    html = {name: alone(live, "<p>This part needs JavaScript.</p>") for name, live in parts.items()}
    return PARTS.format(count=len(images), data=data.name, **html)


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
