"""What layers answer: feature maps, their means by class, and the filters that win."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import to_rgb
from matplotlib.image import AxesImage
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from helpers.plots.figure import BYTES, LINE, Figure, filter_colour, house_style
from helpers.plots.layout import (
    Scale,
    check_classes,
    checked_array,
    checked_images,
    checked_names,
    counted,
    in_rows,
    label_grid,
    line_count,
    listed,
    mosaic,
    mosaic_corner,
    mosaic_inches,
    painted_images,
    paler,
    squarest,
    subfigures,
    tell_empty,
    tell_fate,
    tell_strongest,
)

__all__ = [
    "class_mean_maps",
    "class_scatter",
    "dense_activations",
    "feature_maps",
    "layer_maps",
    "mode_maps",
]

NUMBERED = 14  # maps up to this width have room for a number in each pixel


@house_style()
def feature_maps(
    maps: ArrayLike,
    title: str = "What each filter answers to one image",
    label: str = "activation",
) -> Figure:
    """All feature maps of a layer for one image, on one colour scale that starts at zero.

    Args:
        maps: (height, width, filters) activations; negative ones get a signed colour scale.
        title: what one looks at.
        label: what the values are.

    Raises:
        ValueError: if `maps` has another number of axes.

    >>> from helpers import plots
    >>> plots.feature_maps(np.arange(12.0).reshape(2, 2, 3), title="Maps").alt
    'Maps: 3 feature maps of 2 × 2, 0 of them dead; strongest is filter 2, up to 11.'
    """
    maps = checked_array("maps", maps, ("height", "width", "filters"))
    filters = maps.shape[-1]
    dead = [tell_fate(maps[..., i]) == " dead" for i in range(filters)]
    alt = (
        f"{title}: {counted(filters, 'feature map')} of {maps.shape[0]} × {maps.shape[1]}, "
        f"{sum(dead)} of them dead{tell_strongest(maps)}."
    )
    columns = squarest(filters)
    rows = -(-filters // columns)
    across, down = mosaic_inches(rows, columns, maps.shape[0] / maps.shape[1], 1, 1.3, 8.6)
    figure = Figure(title, alt, max(4, across + 1.1), max(2.4, down + 0.6))
    scale = Scale(maps)
    ax = figure.add_subplot()
    labels = [f"{i}{tell_fate(maps[..., i])}" for i in range(filters)]
    mosaic(ax, in_rows([scale(maps[..., i]) for i in range(filters)], columns), labels)
    scale.bar(figure, ax, label)
    return figure


@house_style()
def class_mean_maps(
    mean: ArrayLike,
    class_names: Sequence[object],
    title: str = "Mean activation of each filter, class by class",
) -> Figure:
    """Mean feature maps: a row per class, a column per filter, one colour scale from zero.

    Args:
        mean: (classes, height, width, filters); a class without images is NaN, and left blank.
        class_names: one name per class.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.

    >>> from helpers import plots
    >>> mean = np.arange(16.0).reshape(2, 2, 2, 2)
    >>> plots.class_mean_maps(mean, ["cat", "dog"], title="Means").alt
    'Means: 2 classes by 2 filters, maps of 2 × 2; strongest is filter 1 for class dog, up to 15.'
    """
    mean = checked_array("mean", mean, ("classes", "height", "width", "filters"))
    names = checked_names(class_names, mean)
    classes, height, width, filters = mean.shape
    alt = (
        f"{title}: {counted(classes, 'class', 'classes')} by {counted(filters, 'filter')}, "
        f"maps of {height} × {width}{tell_strongest(mean, names)}."
    )
    across, down = mosaic_inches(classes, filters, height / width, 0, 0.85, 8)
    figure = Figure(title, alt, max(5, across + 1.8), max(2.4, down + 0.8))
    scale = Scale(mean)
    ax = figure.add_subplot()
    mosaic(ax, [[scale(row[..., i]) for i in range(filters)] for row in mean])
    label_grid(ax, [f"{n}{tell_empty(row)}" for n, row in zip(names, mean, strict=True)], filters)
    scale.bar(figure, ax, "mean activation")
    return figure


@house_style()
def mode_maps(
    mode: ArrayLike,
    frequency: ArrayLike | None,
    n_filters: int,
    class_names: Sequence[object],
    title: str = "Which filter wins most often, pixel by pixel",
) -> Figure:
    """A map for each class: which filter answers most strongly; and in how many images it does.

    The colour says which filter. Where a map is at most 14 pixels wide the filter's number stands
    in each of them, in black on a paler colour. Where every filter is dead the paper is hatched.
    The frequency has maps of its own below, on one colour scale from 0 to 1.

    Args:
        mode: (classes, height, width) filter numbers, −1 where every filter is dead.
        frequency: (classes, height, width), the fraction of images in which the mode wins. None,
            where each map is that of one image: it is not drawn then.
        n_filters: the number of filters of the layer; beyond 24 the colours repeat.
        class_names: one name per class.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit or a filter number does not exist.

    >>> from helpers import plots
    >>> mode, frequency = np.array([[[0, 2]], [[2, -1]]]), np.ones((2, 1, 2))
    >>> figure = plots.mode_maps(mode, frequency, 3, ["cat", "dog"])
    >>> figure.alt.split("; ")[1]
    '2 of 3 filters win somewhere, filter 2 most often, on 50% of the pixels'
    """
    mode = checked_array("mode", mode, ("classes", "height", "width"))
    names = checked_names(class_names, mode)
    if mode.min() < -1 or mode.max() >= n_filters:
        raise ValueError(
            f"mode holds filter numbers from {mode.min()} to {mode.max()}, but the layer has "
            f"n_filters={n_filters}: numbers are 0 to {n_filters - 1}, or −1 for a dead pixel"
        )
    live = mode >= 0
    filters, pixels = np.unique(mode[live], return_counts=True)
    alt = f"{title}: {counted(len(names), 'class', 'classes')}, {mode.shape[1]} × {mode.shape[2]}"
    if len(filters):
        top = pixels.argmax()
        alt += (
            f"; {len(filters)} of {n_filters} filters win somewhere, filter {filters[top]} most "
            f"often, on {pixels[top] / mode.size:.0%} of the pixels"
        )
    alt += f"; {1 - live.mean():.0%} of the pixels are dead"

    ratio, columns = mode.shape[1] / mode.shape[2], min(5, len(names))
    across, down = mosaic_inches(-(-len(names) // columns), columns, ratio, 1, 1.85, 9.4)
    points = 72 * across / columns  # how wide a map is
    if frequency is None:
        figure = Figure(title, f"{alt}.", max(6, across + 0.2), down + 1.2)
        _draw_winners(figure, mode, n_filters, names, columns, points)
        return figure
    frequency = checked_array("frequency", frequency, ("classes", "height", "width"))
    if mode.shape != frequency.shape:
        raise ValueError(f"mode {mode.shape} and frequency {frequency.shape} must agree in shape")
    if live.any():
        alt += f"; the mode wins in {frequency[live].mean():.0%} of the images on average"
    in_a_row = min(10, len(names))
    small = mosaic_inches(-(-len(names) // in_a_row), in_a_row, ratio, 1, 0.85, 8.6)
    heights = down + 0.8, small[1] + 0.5
    figure = Figure(title, f"{alt}.", max(6, across + 0.2, small[0] + 1), sum(heights) + 0.4)
    above, below = subfigures(figure, 2, 1, height_ratios=heights)
    _draw_winners(above, mode, n_filters, names, columns, points)
    below.suptitle("in how many images that filter wins", fontsize=9)
    ax, scale = below.add_subplot(), Scale(np.array([0.0, 1.0]))
    mosaic(ax, in_rows([scale(map_) for map_ in frequency], in_a_row), names)
    scale.bar(below, ax, "share of images")
    return figure


def _draw_winners(
    figure: Any, mode: np.ndarray, n_filters: int, names: list[str], columns: int, points: float
) -> None:
    """The maps of winning filters, each so many points wide, and what their colours mean."""
    live = mode >= 0
    numbered = mode.shape[2] <= NUMBERED
    paint = np.array([to_rgb(filter_colour(i)) for i in range(n_filters)])
    if numbered:
        paint = paler(paint, np.full(n_filters, 0.5))  # black numbers can be read on it
    colour = paint[np.where(live, mode, 0)]
    painted = np.concatenate([colour, live[..., None]], axis=-1)
    ax = figure.add_subplot()
    mosaic(ax, in_rows(list(painted), columns), names, hatched=True)
    filters = np.unique(mode[live])
    cell = 1 / mode.shape[2]
    for filter_ in filters if numbered else ():
        number, rows, places = np.nonzero(mode == filter_)
        x, y = mosaic_corner(number // columns, number % columns, mode.shape[1] * cell, 1)
        # One marker for all places: a text for each takes seconds.
        digits = len(str(filter_))
        style = {"marker": rf"$\mathdefault{{{filter_}}}$", "ls": "", "color": "black", "mew": 0}
        size = min(9, 0.55 * cell * points) * (1 if digits == 1 else 1.25)
        ax.plot(x + (places + 0.5) * cell, y + (rows + 0.5) * cell, ms=size, **style)
    handles = [Patch(color=paint[i], label=str(i)) for i in filters]
    if not live.all():
        handles.append(Patch(facecolor="white", edgecolor="0.6", hatch="//////", label="dead"))
    figure.legend(
        handles=handles,
        loc="outside lower center",
        ncols=min(len(handles), 17),
        title="winning filter",
        handlelength=1.2,
        columnspacing=1,
    )


@house_style()
def class_scatter(
    places: Mapping[str, ArrayLike], labels: ArrayLike, title: str = "Points, class by class"
) -> Figure:
    """Points of a plane, each drawn as the number of its class; a panel for each set of places.

    The colour says the class once more. Of the points that lie on each other the last is seen.

    Args:
        places: by panel, (N, 2), right and up; each panel has a scale of its own.
        labels: (N,) int from 0, the classes.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit or a label is no class.

    >>> from helpers import plots
    >>> places = {"l1": [[0, 0], [0, 1], [4, 0], [4, 1]], "l2": [[0, 0], [4, 1], [0, 1], [4, 0]]}
    >>> plots.class_scatter(places, [0, 0, 1, 1], title="Two layers").alt.split(": ")[-1]
    'l1 100%, l2 50%.'
    """
    labels = checked_array("labels", labels, ("N",))
    check_classes("labels", labels, int(labels.max()) + 1)
    panels = {name: checked_array(name, points, ("N", "2")) for name, points in places.items()}
    for name, points in panels.items():
        if points.shape != (len(labels), 2):
            raise ValueError(
                f"{name} {points.shape} must hold two numbers for each of {len(labels)} labels"
            )
    classes = np.unique(labels)
    told = ", ".join(f"{n} {_near_their_own(p, labels):.0%}" for n, p in panels.items())
    alt = (
        f"{title}: {counted(len(labels), 'point')} of {counted(len(classes), 'class', 'classes')}, "
        f"each drawn as the number of its class. Nearest to the mean of their own class: {told}."
    )
    figure = Figure(title, alt, 3.2 * len(panels), 3.7)
    for ax, (name, points) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        for c in classes:  # one marker for all points of a class: a text for each takes seconds
            style = {"marker": rf"$\mathdefault{{{c}}}$", "ls": "", "ms": 6, "mew": 0}
            ax.plot(*points[labels == c].T, color=filter_colour(int(c)), **style)
        ax.set(title=name, xticks=[], yticks=[])
        ax.spines[:].set_visible(True)
    return figure


def _near_their_own(points: np.ndarray, labels: np.ndarray) -> float:
    """The share of points that lie nearer to the mean of their class than to another's."""
    classes = np.unique(labels)
    means = np.stack([points[labels == c].mean(axis=0) for c in classes])
    nearest = np.linalg.norm(points[:, None] - means, axis=-1).argmin(axis=1)
    return float((classes[nearest] == labels).mean())


@house_style()
def dense_activations(
    mean: ArrayLike,
    class_names: Sequence[object],
    title: str = "Mean activation of each unit, class by class",
    label: str = "mean activation",
) -> Figure:
    """A dense layer's mean activations: a row per class, a column per unit.

    Args:
        mean: (classes, units); a class without images is NaN, and left blank.
        class_names: one name per class.
        title: what one looks at.
        label: what the values are.

    Raises:
        ValueError: if a shape does not fit.

    >>> from helpers import plots
    >>> mean = np.array([[0.0, 1.0, 2.0], [3.0, 1.0, 0.0]])
    >>> plots.dense_activations(mean, ["cat", "dog"], title="Units").alt
    'Units: 2 classes by 3 units; strongest is unit 0 for class dog, up to 3.'
    """
    mean = checked_array("mean", mean, ("classes", "units"))
    names = checked_names(class_names, mean)
    classes, units = mean.shape
    alt = (
        f"{title}: {counted(classes, 'class', 'classes')} by {counted(units, 'unit')}"
        f"{tell_strongest(mean, names, 'unit')}."
    )
    figure = Figure(title, alt, min(9.6, max(5, 2 + 0.3 * units)), max(2.4, 1.3 + 0.28 * classes))
    ax = figure.add_subplot()
    scale = Scale(mean)
    ax.imshow(scale(mean), aspect="auto")
    labels = [f"{n}{tell_empty(row)}" for n, row in zip(names, mean, strict=True)]
    ax.set_yticks(range(classes), labels)
    ax.xaxis.set_major_locator(MaxNLocator(26, integer=True))
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.set(xlabel="unit", xlim=(-0.5, units - 0.5))
    scale.bar(figure, ax, label)
    return figure


@house_style()
def layer_maps(
    images: ArrayLike,
    maps: Mapping[str, ArrayLike],
    titles: Sequence[object] | None = None,
    title: str = "Every layer, image by image (each map on a scale of its own)",
) -> Figure:
    """What every layer makes of several images: a column per image, a row per layer.

    Args:
        images: (N, height, width, 1 or 3), from 0 to 1.
        maps: by layer, uint8 as from `helpers.methods.activations.to_bytes`: (N, h, w, channels),
            drawn as a square of maps, at most the first 64; or (N, units), drawn as a strip.
        titles: N labels, one above each image.
        title: what one looks at.

    Raises:
        ValueError: if a shape or type does not fit.

    >>> from helpers import plots
    >>> maps = {"l1": np.zeros((4, 8, 8, 2), np.uint8)}
    >>> plots.layer_maps(images, maps, title="Layers").alt
    'Layers: 4 images; 1 layer: l1, 2 maps, 8 × 8. Black all over (constant): 8 maps.'
    """
    pictures, titles = checked_images(images, titles)
    for name, layer in maps.items():
        shape, dtype = np.shape(layer), np.asarray(layer).dtype
        if len(shape) not in (2, 4) or shape[0] != len(pictures) or dtype != np.uint8:
            raise ValueError(
                f"maps[{name!r}] must be uint8 of shape (N, h, w, channels) or (N, units) for "
                f"N = {len(pictures)}, got {dtype} of shape {shape}: scale maps with to_bytes"
            )
    rows: list[tuple[str, list, int | None]] = [("input", list(painted_images(pictures)), 1)]
    for name, layer in maps.items():
        layer = np.asarray(layer)
        paint = [_tiled(colormaps[BYTES](one)) for one in layer]
        rows.append((_layer_label(name, layer.shape), paint, 1 if layer.ndim == 4 else None))
    constant = {name: int(_constant(np.asarray(layer)).sum()) for name, layer in maps.items()}
    alt = (
        f"{title}: {counted(len(pictures), 'image')}{listed(titles)[:-1]}; "
        f"{counted(len(maps), 'layer')}: "
        + "; ".join(_layer_label(n, np.shape(m)).replace("\n", ", ") for n, m in maps.items())
        + f". Black all over (constant): {sum(constant.values())} maps."
    )
    heights = [p[0].shape[0] / p[0].shape[1] if square else 0.12 for _, p, square in rows]
    gap, unit = 0.07, min(1.45, 8 / len(pictures))
    tall = sum(heights) + gap * len(rows) + LINE * line_count(titles)
    wide = len(pictures) * (1 + gap)
    figure = Figure(title, alt, max(5, unit * wide + 1.2), unit * tall + 0.5)
    ax = figure.add_subplot()
    ax.set_aspect("equal")
    ax.set_axis_off()
    ax.set_xlim(-1.1 / unit, wide)
    ax.set_ylim(tall - LINE * line_count(titles), -LINE * line_count(titles))
    y = 0.0
    for (label, cells, _), height in zip(rows, heights, strict=True):
        ax.text(-gap, y + height / 2, label, ha="right", va="center", fontsize=8)
        for column, picture in enumerate(cells):
            x = column * (1 + gap)
            image = AxesImage(ax, extent=(x, x + 1, y + height, y), interpolation="nearest")
            image.set_data(picture)
            ax.add_artist(image)
            ax.add_patch(Rectangle((x, y), 1, height, fill=False, ec="0.8", lw=0.5))
            if titles and not y:
                ax.text(x + 0.5, -0.04, titles[column], ha="center", va="bottom", fontsize=8)
        y += height + gap
    return figure


def _tiled(pictures: np.ndarray) -> np.ndarray:
    """RGBA (h, w, maps, 4) as one picture, a square of maps; (units, 4) as a strip."""
    if pictures.ndim == 2:
        return pictures[None]
    pictures = pictures[:, :, :64]
    height, width, count = pictures.shape[:3]
    columns = squarest(count)
    rows, gap = -(-count // columns), max(1, round(0.06 * width))
    sheet = np.ones((rows * (height + gap) - gap, columns * (width + gap) - gap, 4))
    for i in range(count):
        y, x = i // columns * (height + gap), i % columns * (width + gap)
        sheet[y : y + height, x : x + width] = pictures[:, :, i]
    return sheet


def _constant(layer: np.ndarray) -> np.ndarray:
    """Which maps (N, channels) are constant."""
    maps = layer.reshape(len(layer), -1, layer.shape[-1]) if layer.ndim == 4 else layer[..., None]
    return np.ptp(maps, axis=1) == 0


def _layer_label(name: str, shape: tuple[int, ...]) -> str:
    if len(shape) == 2:
        return f"{name}: {counted(shape[1], 'unit')}"
    count = f"{shape[3]} maps" if shape[3] <= 64 else f"64 of {shape[3]} maps"
    return f"{name}\n{count}\n{shape[1]} × {shape[2]}"
