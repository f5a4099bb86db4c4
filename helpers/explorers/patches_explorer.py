"""Explore where one pixel of a feature map comes from: patch × kernel, under the pointer."""

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
from matplotlib import colormaps
from numpy.typing import ArrayLike

from helpers import plots
from helpers.explorers.alone import IMAGES, Live
from helpers.explorers.network import explained
from helpers.explorers.skin import Explorer
from helpers.plots.figure import GAP, INPUT, Figure, house_style
from helpers.plots.layout import Scale, checked_array, map_with_box, mosaic, subfigures

if TYPE_CHECKING:  # drawing needs the arrays, not the TensorFlow that computes them
    import keras

    from helpers.methods.activations import Convolution

__all__ = ["Patches", "draw_patch", "patch_times_kernel", "patches", "payload", "strongest"]


class _Maps(anywidget.AnyWidget):
    """A feature map to point at. The browser itself multiplies, so that no picture waits for the
    kernel."""

    _esm = Path(__file__).with_suffix(".js")
    shown = traitlets.Dict().tag(sync=True)
    colours = traitlets.Dict().tag(sync=True)


class Patches(Explorer):
    """An explorer whose picture answers to the pointer and to the arrow keys.

    Args:
        convolution: returns the `Convolution` of a layer, on all images to choose from.
        live: returns what takes the maps apart without a kernel.
        controls: the widgets "image", "layer" and "index".
    """

    children: list[widgets.Widget]

    def __init__(
        self,
        convolution: Callable[[str], "Convolution"],
        live: Callable[[], Live | None] = lambda: None,
        /,
        **controls: widgets.Widget,
    ):
        self.convolution = convolution
        super().__init__(partial(draw_patch, convolution), live, **controls)
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
    """Browse images, layers and filters. Pointing at a pixel of a feature map shows the patch that
    the filter saw there, times its kernel.

    Args:
        model: any Keras model with `Conv2D` layers.
        images: (N, H, W, C), a few, as the model takes them.
        titles: N labels to choose an image by; their numbers by default.
        layers: names of ordinary `Conv2D` layers; by default all that the model has.

    Raises:
        ValueError: if there is no ordinary `Conv2D` layer, or not one title for each image.
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
    texts = [title for title, _ in options[:IMAGES]]
    some, colours = images[:IMAGES], _colours()
    live = partial(explained, "patches", model, some, titles=texts, layers=names, maps=colours)
    return Patches(convolution, live, image=image, layer=layer, index=filter_)


def strongest(convolution: "Convolution", image: int, index: int) -> tuple[int, int]:
    """Return the pixel (row, column) at which filter `index` answers most strongly to image number
    `image`."""
    map_ = convolution.outputs[image, ..., index]
    row, column = map(int, np.unravel_index(map_.argmax(), map_.shape))
    return row, column


def draw_patch(
    convolution: Callable[[str], "Convolution"],
    image: int,
    layer: str,
    index: int,
    at: tuple[int, int] | None = None,
) -> plots.Figure:
    """Draw the picture of `patches` without a browser, for the pixel `at` (row, column). By default
    it is the pixel at which the filter answers most strongly."""
    chosen = convolution(layer)
    row, column = strongest(chosen, image, index) if at is None else at
    pixel = chosen.pixel(image, row, column, index)
    size = tuple(
        dilation * (side - 1) + 1
        for dilation, side in zip(chosen.dilation, pixel.kernel.shape[:2], strict=True)
    )
    return patch_times_kernel(
        chosen.outputs[image, ..., index],
        chosen.inputs[image],
        pixel.patch,
        pixel.kernel,
        pixel.bias,
        pixel.value,
        (row, column),
        chosen.corner(row, column),
        size,
        title=f"Filter {index} of {layer}: how one pixel comes about",
    )


def payload(convolution: "Convolution", image: int, layer: str, index: int) -> dict:
    """Return all that the browser needs to take any pixel of one map apart, as a dictionary for
    JSON."""
    inputs = convolution.inputs[image]
    return {
        "layer": layer,
        "filter": index,
        "map": _array(convolution.outputs[image, ..., index]),
        "inputs": _array(inputs),
        "kernel": _array(convolution.kernel[..., index]),
        "bias": float(convolution.bias[index]),
        "activation": convolution.activation,
        "stride": list(convolution.stride),
        "dilation": list(convolution.dilation),
        "padding": list(convolution.padding),
        "start": list(strongest(convolution, image, index)),
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


@house_style()
def patch_times_kernel(
    feature_map: ArrayLike,
    inputs: ArrayLike,
    patch: ArrayLike,
    kernel: ArrayLike,
    bias: float,
    value: float,
    pixel: tuple[int, int],
    corner: tuple[int, int],
    size: tuple[int, int],
    title: str,
) -> Figure:
    """Draw one pixel of a feature map, and the sum it comes from: patch × kernel, plus bias.

    Args:
        feature_map: (h, w), what the filter answers.
        inputs: (H, W, channels), what the layer reads; its mean over the channels is shown.
        patch, kernel: (height, width, channels); of more than 16 channels, the 16 that add most.
        bias, value: what is added to the sum, and the activation that is shown in the end.
        pixel: (row, column) in the feature map.
        corner, size: the patch's upper left corner and its extent in `inputs`; the corner is
            negative where the patch hangs over the border.
        title: what one looks at.

    Raises:
        ValueError: if an array has another number of axes.
    """
    feature_map = checked_array("feature_map", feature_map, ("h", "w"))
    inputs = checked_array("inputs", inputs, ("H", "W", "channels"))
    patch = checked_array("patch", patch, ("height", "width", "channels"))
    kernel = checked_array("kernel", kernel, ("height", "width", "channels"))
    product = patch * kernel
    sums = product.sum(axis=(0, 1))
    total, channels = float(sums.sum()), len(sums)
    shown = np.sort(np.argsort(-np.abs(sums), kind="stable")[:16])
    equation = f"sum {total:.3f}, with bias ({bias:+.3f}) {total + bias:.3f}: answers {value:.3f}"
    alt = (
        f"{title}: row {pixel[0]}, column {pixel[1]} of a map of {feature_map.shape[0]} × "
        f"{feature_map.shape[1]}. A patch of {patch.shape[0]} × {patch.shape[1]} × {channels} "
        f"times the kernel: {equation}."
    )
    figure = Figure(title, alt, 9.6, 4.4 if channels > 1 else 4.2)
    left, right = subfigures(figure, 1, 2, width_ratios=(1, 2.2))
    above, below = left.subplots(2, 1)
    seen = inputs.mean(axis=-1)
    ink = channels == 1 and 0 <= inputs.min() <= inputs.max() <= 1  # the layer reads the image
    reading = colormaps[INPUT] if ink else Scale(inputs)
    map_with_box(above, Scale(feature_map)(feature_map), pixel, (1, 1))
    above.set_title(f"feature map: {value:.3f} at ({pixel[0]}, {pixel[1]})", fontsize=9)
    map_with_box(below, reading(seen) if ink else Scale(seen)(seen), corner, size)
    below.set_title("input" if channels == 1 else f"mean of {channels} input maps", fontsize=9)
    signed = [Scale(np.stack([values, -values])) for values in (kernel, product)]
    scales = zip((reading, *signed), (patch, kernel, product), strict=True)
    pictures = [scale(values[..., shown]) for scale, values in scales]
    words = ("patch", "× kernel", "= product")
    if channels == 1:
        ax = right.add_subplot()
        cells = [picture[:, :, 0] for picture in pictures]
        mosaic(ax, [cells], words)
        for i, values in enumerate((patch, kernel, product)):
            _numbers_on(ax, values[..., 0], i * (1 + GAP), cells[i])
    else:
        for ax, word, picture, values in zip(
            right.subplots(3, 1), words, pictures, (patch, kernel, product), strict=True
        ):
            cells = [picture[:, :, i] for i in range(len(shown))]
            labels = [f"channel {c}" if len(shown) < 7 else str(c) for c in shown]
            if values is product:
                labels = [f"{sums[c]:+.2f}" for c in shown]
            mosaic(ax, [cells], labels)
            ax.set_title(word if values is not product else f"{word}, with its sum", fontsize=9)
    right.suptitle(equation, fontsize=10)
    return figure


def _numbers_on(ax, values: np.ndarray, x: float, picture: np.ndarray) -> None:
    """Write the numbers of a small map into its cell of a mosaic, which begins at `x`."""
    height, width = values.shape
    if height * width > 49:
        return
    for (row, column), value in np.ndenumerate(values):
        dark = picture[row, column, :3] @ (0.3, 0.6, 0.1) < 0.5
        ax.text(
            x + (column + 0.5) / width,
            (row + 0.5) / width,
            f"{value:.2f}".replace("-0.00", "0.00"),
            ha="center",
            va="center",
            fontsize=6.5 if width > 3 else 8,
            color="white" if dark else "black",
            zorder=4,
        )
