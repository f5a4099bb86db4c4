"""Where one pixel of a feature map comes from: patch × kernel, under the pointer."""

import base64
from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import anywidget
import ipywidgets as widgets
import matplotlib
import numpy as np
import traitlets
from numpy.typing import ArrayLike

from helpers import plots
from helpers.explorers.skin import Explorer

if TYPE_CHECKING:  # drawing needs the arrays, not the TensorFlow that computes them
    import keras

    from helpers.methods.activations import Convolution


class _Maps(anywidget.AnyWidget):
    """A feature map to point at; the browser multiplies, so that nothing waits for the kernel."""

    _esm = Path(__file__).with_name("patches.js")
    shown = traitlets.Dict().tag(sync=True)
    colours = traitlets.Dict().tag(sync=True)


class Patches(Explorer):
    """An explorer whose picture answers to the pointer and to the arrow keys.

    Args:
        convolution: gives the `Convolution` of a layer, on all images to choose from.
        controls: "image", "layer" and "filter".
    """

    children: list[widgets.Widget]

    def __init__(self, convolution: Callable[[str], "Convolution"], **controls: widgets.Widget):
        self.convolution = convolution
        super().__init__(partial(draw_patch, convolution), **controls)
        self.maps = _Maps(shown=self._shown(), colours=_colours())
        self.children = [self.children[0], self.maps]

    def _redraw(self, _change) -> None:
        self.maps.shown = self._shown()

    def _shown(self) -> dict:
        values = self._values()
        return payload(self.convolution(values["layer"]), **values)


def patches(
    model: "keras.Model",
    images: ArrayLike,
    titles: Sequence[object] | None = None,
    layers: Iterable[str] | None = None,
) -> Patches:
    """A browser of images, layers and filters; pointing at a pixel of a feature map shows the patch
    that the filter saw there, times its kernel.

    Args:
        model: any Keras model with `Conv2D` layers.
        images: (N, H, W, C), a few of them.
        titles: N labels to choose an image by; their numbers by default.
        layers: names of ordinary `Conv2D` layers; by default all that the model has.

    Raises:
        ValueError: if there is no ordinary `Conv2D` layer, or a number of titles that differs.
    """
    from helpers.methods import activations

    images = np.asarray(images)
    names = tuple(activations.ordinary_convolutions(model) if layers is None else layers)
    if not names:
        raise ValueError(f"{model.name!r} has no ordinary Conv2D layer to look into")
    titles = range(len(images)) if titles is None else titles
    if len(titles) != len(images):
        raise ValueError(f"{len(images)} images need {len(images)} titles, got {len(titles)}")

    @cache
    def convolution(layer: str) -> "Convolution":
        return activations.convolution(model, images, layer)

    options = [(f"{i}: {title}", i) for i, title in enumerate(titles)]
    image = widgets.Dropdown(options=options, description="image")
    layer = widgets.Dropdown(options=names, description="layer")
    filter_ = widgets.IntSlider(description="filter", continuous_update=False)

    def follow(_change=None) -> None:
        filter_.max = convolution(layer.value).outputs.shape[-1] - 1

    follow()
    layer.observe(follow, names="value")  # before the explorer's own observer: limits, then picture
    return Patches(convolution, image=image, layer=layer, filter=filter_)


def strongest(convolution: "Convolution", image: int, filter: int) -> tuple[int, int]:
    """The pixel (row, column) at which `filter` answers most strongly to image number `image`."""
    map_ = convolution.outputs[image, ..., filter]
    row, column = map(int, np.unravel_index(map_.argmax(), map_.shape))
    return row, column


def draw_patch(
    convolution: Callable[[str], "Convolution"],
    image: int,
    layer: str,
    filter: int,
    at: tuple[int, int] | None = None,
) -> plots.Figure:
    """The picture of `patches` where no browser computes it: for the pixel `at` (row, column), by
    default the one at which the filter answers most strongly."""
    chosen = convolution(layer)
    row, column = strongest(chosen, image, filter) if at is None else at
    pixel = chosen.pixel(image, row, column, filter)
    size = tuple(
        dilation * (side - 1) + 1
        for dilation, side in zip(chosen.dilation, pixel.kernel.shape[:2], strict=True)
    )
    return plots.patch_times_kernel(
        chosen.outputs[image, ..., filter],
        chosen.inputs[image],
        pixel.patch,
        pixel.kernel,
        pixel.bias,
        pixel.value,
        (row, column),
        chosen.corner(row, column),
        size,
        title=f"Filter {filter} of {layer}: how one pixel comes about",
    )


def payload(convolution: "Convolution", image: int, layer: str, filter: int) -> dict:
    """All that the browser needs to take any pixel of one map apart, as JSON."""
    inputs = convolution.inputs[image]
    return {
        "layer": layer,
        "filter": filter,
        "map": _array(convolution.outputs[image, ..., filter]),
        "inputs": _array(inputs),
        "kernel": _array(convolution.kernel[..., filter]),
        "bias": float(convolution.bias[filter]),
        "activation": convolution.activation,
        "stride": list(convolution.stride),
        "dilation": list(convolution.dilation),
        "padding": list(convolution.padding),
        "start": list(strongest(convolution, image, filter)),
        "ink": bool(inputs.shape[-1] == 1 and 0 <= inputs.min() <= inputs.max() <= 1),
    }


def _array(values: np.ndarray) -> dict:
    # Text: anywidget drops bytes in a traitlet, and lists of numbers are five times larger.
    data = np.ascontiguousarray(values, "<f4").tobytes()
    return {"shape": list(values.shape), "data": base64.b64encode(data).decode()}


def _colours() -> dict:
    names = {"ink": plots.INPUT, "activation": plots.ACTIVATION, "signed": plots.SIGNED}
    return {
        meaning: (matplotlib.colormaps[name](range(256))[:, :3] * 255).round().astype(int).tolist()
        for meaning, name in names.items()
    }
