"""Draw a digit, and watch what a network makes of it while the pen moves."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import anywidget
import numpy as np
import traitlets
from matplotlib import colormaps
from numpy.typing import ArrayLike

from helpers import plots
from helpers.datasets import centre_like_mnist
from helpers.explorers.alone import Live, alone, colours, palettes
from helpers.explorers.network import network_file, runs_in_browser
from helpers.plots.evidence import tinted
from helpers.plots.figure import INPUT, TRAINING, Figure, house_style
from helpers.plots.layout import (
    Scale,
    checked_array,
    checked_arrays,
    checked_names,
    counted,
    finite_max,
    in_rows,
    mosaic,
    subfigures,
    tell_strongest,
)

if TYPE_CHECKING:  # TensorFlow is imported where it is needed, see `answer`
    import keras

__all__ = [
    "CELLS",
    "EXAMPLE",
    "PEN",
    "Answer",
    "DigitPad",
    "answer",
    "network_answer",
    "packed",
    "rasterised",
]

CELLS = 28  # width and height of the pad in cells: the unit of strokes, and the keyboard's step
FINE = 4  # width and height in pixels of a cell as it is sent
PEN = 2.2  # width of a line in cells: scaled along with the drawing, about as thick as MNIST's
MAPS = 32  # how many feature maps of a layer are shown at most
# A two, shown where nobody can draw: the stroke's corners, (x, y) in cells.
# fmt: off
EXAMPLE = [[
    (8, 9), (9, 6.5), (11.5, 5), (15, 5), (17.5, 6.5), (18.5, 9), (17.5, 12), (14, 16), (10, 20),
    (7.5, 23), (12, 22.5), (20, 22.5),
]]
# fmt: on


class Answer(NamedTuple):
    """What a network makes of one image (H, W, 1).

    Attributes:
        image: (H, W, 1) float32, the image itself.
        probabilities: (classes,).
        maps: by the name of each convolutional layer, its feature maps (h, w, filters).
        grad_cam: (H, W), Grad-CAM of the most probable class at the last of these layers; not
            negative.
    """

    image: np.ndarray
    probabilities: np.ndarray
    maps: dict[str, np.ndarray]
    grad_cam: np.ndarray


def answer(model: keras.Model, image: ArrayLike) -> Answer:
    """Return prediction, feature maps and Grad-CAM of one image (H, W, C), in one compiled call.

    Raises:
        ValueError: if the image does not fit, or the model has several heads, no class scores or
            no convolutional layer.
    """
    from helpers.models import graph

    images = graph.check_images(model, np.asarray(image)[None])
    layers = graph.conv_layers(model)
    if not layers:
        raise ValueError(f"{model.name!r} has no convolutional layer, so there is nothing to show")
    graph.class_count(model)  # refuses what is no classifier
    look = graph.compiled(model, "digit pad", partial(_look, model, layers))
    probabilities, maps, grad_cam = look(images)
    return Answer(
        images[0],
        probabilities.numpy()[0],
        {name: values.numpy()[0] for name, values in zip(layers, maps, strict=True)},
        grad_cam.numpy()[0],
    )


def _look(model, layers, images):
    import tensorflow as tf

    from helpers.methods.cam import add_up, mean_gradients
    from helpers.models import graph

    outputs = graph.forward(model, images, layers)
    logits = outputs.logits()
    top = tf.gather(logits, tf.argmax(logits, axis=-1), batch_dims=1)
    maps = [outputs.layer(name) for name in layers]
    weights = mean_gradients(maps[-1], tf.gradients(top, maps[-1])[0])
    grad_cam = add_up(maps[-1], weights, tf.shape(images)[1:3], signed=False)
    return graph.shown_probabilities(outputs), maps, grad_cam


def packed(answer: Answer) -> dict:
    """Return an answer as the browser gets it: numbers, and pictures as base64 of bytes.

    The image and the feature maps have one byte a pixel, which is an index into a palette of
    `palettes`. Grad-CAM has four: it is painted already (RGBA). The maps of one layer share a
    scale. It begins at zero or, if a value is negative, is symmetric about zero.
    """
    height, width = answer.grad_cam.shape
    probabilities = np.nan_to_num(answer.probabilities)
    tinted = plots.tinted(answer.image[..., 0], answer.grad_cam)
    opaque = np.pad(tinted, ((0, 0), (0, 0), (0, 1)), constant_values=1)
    layers = []
    for name, maps in answer.maps.items():
        pixels, palette, limit = _scaled(np.moveaxis(maps, -1, 0)[:MAPS])
        rows, columns = maps.shape[:2]
        picture = _picture(pixels, rows, columns, palette)
        layers.append({"name": name, "filters": maps.shape[-1], "limit": limit, **picture})
    return {
        "blank": not answer.image.any(),
        "prediction": int(probabilities.argmax()),
        "probabilities": probabilities.tolist(),
        "image": _picture(255 * np.clip(answer.image, 0, 1), height, width, "ink"),
        "grad_cam": _picture(255 * opaque, height, width, None),
        "layers": layers,
    }


def _scaled(maps: np.ndarray) -> tuple[np.ndarray, str, float]:
    maps = np.nan_to_num(maps)
    limit = float(np.abs(maps).max())
    if maps.min() < 0:
        return 127.5 + 127.5 * maps / limit, "signed", limit
    return 255 * maps / (limit or 1), "activation", limit


def _picture(pixels: np.ndarray, height: int, width: int, palette: str | None) -> dict:
    content = base64.b64encode(np.rint(pixels).astype(np.uint8).tobytes()).decode()
    return {"height": height, "width": width, "palette": palette, "pixels": content}


def rasterised(strokes: Sequence[Sequence[tuple[float, float]]]) -> np.ndarray:
    """Draw strokes as the browser draws them.

    Args:
        strokes: for each stroke the (x, y) of its corners in cells, from 0 to `CELLS`.

    Returns:
        (112, 112) ink from 0 to 1.
    """
    y, x = (np.indices((FINE * CELLS, FINE * CELLS)) + 0.5) / FINE
    distance = np.full(x.shape, np.inf)
    for corners in strokes:
        for (x0, y0), (x1, y1) in pairwise([corners[0], *corners]):  # the first is a dot
            dx, dy = x1 - x0, y1 - y0
            along = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy or 1), 0, 1)
            distance = np.minimum(distance, np.hypot(x - x0 - along * dx, y - y0 - along * dy))
    return np.clip(FINE * (PEN / 2 - distance) + 0.5, 0, 1)


def draw_answer(
    model: keras.Model, image: ArrayLike, class_names: Sequence[object]
) -> plots.Figure:
    """Draw the answer to one image (H, W, 1) as a still picture."""
    found = answer(model, image)
    return network_answer(
        found.image,
        found.probabilities,
        class_names,
        found.grad_cam,
        {name: maps[..., :MAPS] for name, maps in found.maps.items()},
        title="A drawn digit, and what the network makes of it",
    )


class DigitPad(anywidget.AnyWidget):
    """A pad to draw on with mouse, finger or keyboard, and a network's answer while drawing.

    The drawing is centred and scaled as the images of MNIST are, to the model's input size. The
    answer has the image, the probabilities, Grad-CAM of the most probable class, and the first
    `MAPS` feature maps of each layer. Where no kernel runs, the browser computes the answer, and
    occlusion beside it, for a network that `network_file` takes; else an example is shown.

    Attributes:
        image: (H, W, 1) float32 from 0 to 1, the drawing as the model gets it. Any method may
            explain it.

    Args:
        model: a classifier with convolutions and one head, which takes images (H, W, 1) of ink:
            1 on paper: 0.
        class_names: one name per class.

    Raises:
        ValueError: if the model is no such classifier, or the names do not fit.
    """

    _esm = Path(__file__).with_suffix(".js")
    _css = Path(__file__).with_suffix(".css")
    class_names: traitlets.List = traitlets.List().tag(sync=True)
    palettes = traitlets.Dict().tag(sync=True)
    grid = traitlets.Dict({"cells": CELLS, "fine": FINE, "pen": PEN}).tag(sync=True)
    # The browser sets `drawn` to {id, ink}, and waits for `answered` with the same id before it
    # sends the next. The ink is base64: traitlets.Bytes would get a memoryview, and drop it.
    drawn = traitlets.Dict().tag(sync=True, echo_update=False)
    answered = traitlets.Dict().tag(sync=True)

    def __init__(self, model: keras.Model, class_names: Sequence[object]):
        from helpers.models import graph

        names, classes = [str(name) for name in class_names], graph.class_count(model)
        shape = graph.input_shape(model)
        if len(shape) != 3 or shape[-1] != 1 or None in shape:
            sizes = ", ".join("any" if size is None else str(size) for size in shape)
            raise ValueError(
                f"{model.name!r} takes images of shape ({sizes}); a drawing is (height, width, 1), "
                "of a fixed size"
            )
        if len(names) != classes:
            raise ValueError(f"class_names must name {classes} classes, got {len(names)} names")
        height, width = (size or 0 for size in shape[:2])
        self._model, self._shape = model, (height, width)
        self.image = np.zeros((height, width, 1), np.float32)
        first = packed(answer(model, self.image))  # also compiles, so that no stroke waits for it
        super().__init__(class_names=names, palettes=palettes(), answered=first)

    @traitlets.observe("drawn")
    def _answer(self, change: Mapping) -> None:
        drawn = change["new"]
        try:
            ink = np.frombuffer(base64.b64decode(drawn["ink"]), np.uint8) / 255
            self.image = centre_like_mnist(ink.reshape(2 * [FINE * CELLS]), self._shape)
            found = packed(answer(self._model, self.image))
        except Exception as error:  # the front end would drop it, and the pad wait for ever
            found = {"error": f"{type(error).__name__}: {error}"}
        self.answered = {"id": drawn["id"], **found}

    def _live(self) -> Live | None:
        if not runs_in_browser(self._model):
            return None
        network = network_file(self._model)
        shown = {"grid": self.grid, "class_names": self.class_names, "palettes": self.palettes}
        content = shown | {"network": network, "colours": colours()}
        return Live("explained.js", {"kind": "pad", "content": content})

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        example = centre_like_mnist(rasterised(EXAMPLE), self._shape)
        picture, still = draw_answer(self._model, example, self.class_names)._repr_mimebundle_()
        picture["text/html"] = alone(self._live(), picture["text/html"])
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return data | picture, metadata | still


@house_style()
def network_answer(
    image: ArrayLike,
    probabilities: ArrayLike,
    class_names: Sequence[object],
    grad_cam: ArrayLike,
    maps: Mapping[str, ArrayLike],
    title: str,
) -> Figure:
    """Draw what a network makes of one image: Grad-CAM, probabilities and feature maps.

    Args:
        image: (height, width, 1), from 0 to 1.
        probabilities: (classes,).
        class_names: one name per class.
        grad_cam: (height, width) of the most probable class, not negative.
        maps: by layer, (h, w, filters), each layer on a scale of its own.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    image = checked_array("image", image, ("height", "width", "1"))[..., 0]
    grad_cam = checked_array("grad_cam", grad_cam, ("height", "width"))
    probabilities = checked_array("probabilities", probabilities, ("classes",))
    names = checked_names(class_names, probabilities)
    maps = checked_arrays(maps, ("height", "width", "filters"))
    top = int(probabilities.argmax())
    row, column = np.unravel_index(grad_cam.argmax(), grad_cam.shape)
    where = f"strongest at row {row}, column {column}" if grad_cam.any() else "zero everywhere"
    strongest = "; ".join(
        f"{name}{tell_strongest(m).removeprefix(';')}" for name, m in maps.items()
    )
    alt = (
        f"{title}. Most probable is {names[top]}, {probabilities[top]:.1%}. Grad-CAM is {where}. "
        f"Feature maps: {strongest}."
    )
    columns = 16
    inches = [
        0.33 + 0.66 * -(-m.shape[-1] // columns) * m.shape[0] / m.shape[1] for m in maps.values()
    ]
    above = max(2.5, 0.22 * len(names))
    figure = Figure(title, alt, 9.4, above + sum(inches) + 0.4)
    upper, lower = subfigures(figure, 2, 1, height_ratios=(above, sum(inches)))
    seen, says = upper.subplots(1, 2, width_ratios=(2, 1.4))
    pictures = [colormaps[INPUT](np.clip(image, 0, 1)), tinted(image, grad_cam)]
    mosaic(seen, [pictures], ["what the network sees", f"Grad-CAM: what speaks for {names[top]}"])
    bars = says.barh(range(len(names)), probabilities, color="0.75")
    bars[top].set_color(TRAINING)
    says.set_yticks(range(len(names)), names)
    says.set(xlim=(0, 1), ylim=(len(names) - 0.5, -0.5), xlabel="probability")
    for ax, (name, m) in zip(
        np.ravel(lower.subplots(len(maps), 1, height_ratios=inches)), maps.items(), strict=True
    ):
        scale = Scale(m)
        cells = [scale(m[..., i]) for i in range(m.shape[-1])]
        mosaic(ax, in_rows(cells, columns), least=(1, columns))
        what = counted(m.shape[-1], "feature map")
        ax.set_title(
            f"{name}: {what} of {m.shape[0]} × {m.shape[1]}, up to {finite_max(m):.3g}",
            loc="left",
            fontsize=8,
        )
    return figure
