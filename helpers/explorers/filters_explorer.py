"""Explore what each filter answers to each class, layer by layer."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import ArrayLike

from helpers import plots
from helpers.explorers.alone import Live, as_bytes, colours, palettes
from helpers.explorers.skin import Explorer
from helpers.plots.figure import TRAINING, TURNED, Figure, filter_colour, house_style
from helpers.plots.layout import (
    Scale,
    check_index,
    checked_array,
    checked_names,
    finite_max,
    in_rows,
    mosaic,
    paler,
    tell_empty,
)

if TYPE_CHECKING:  # drawing needs the arrays, not the TensorFlow that computes them
    from helpers.methods.statistics import FilterStatistics

__all__ = ["draw_filter", "filter_over_classes", "filters", "unit_over_classes"]


def filters(statistics: "FilterStatistics", class_names: Sequence[object]) -> Explorer:
    """Browse layers, classes and filters (or units, in a dense layer).

    Args:
        statistics: what `helpers.methods.statistics.filter_statistics` returns.
        class_names: one name per class.

    Raises:
        ValueError: if there is not one name per class.
    """
    layer = widgets.Dropdown(options=statistics.layers, description="layer")
    classes = [(str(name), i) for i, name in enumerate(class_names)]
    class_ = widgets.Dropdown(options=classes, description="class")
    filter_ = widgets.IntSlider(description="filter", continuous_update=False)

    def follow(_change=None) -> None:
        mean = statistics[layer.value].mean
        filter_.description = "unit" if mean.ndim == 2 else "filter"
        filter_.max = mean.shape[-1] - 1

    follow()
    layer.observe(follow, names="value")  # before the explorer's own observer: limits, then picture
    draw = partial(draw_filter, statistics, class_names)
    live = partial(filter_content, statistics, class_names)
    return Explorer(draw, live, layer=layer, class_=class_, index=filter_)


def filter_content(
    statistics: "FilterStatistics", class_names: Sequence[object], **more: Any
) -> Live | None:
    """Return what explorer.js shows of filters: means as bytes, for colours, and the peak of each
    class and filter. `more` may have the average images and the weights.

    Returns:
        None where a mean is negative, or where a filter's number does not fit into a byte.
    """
    layers = {}
    for name, layer in statistics.items():
        mean, maps = np.nan_to_num(layer.mean), layer.mean.ndim == 4
        if mean.min() < 0 or (maps and mean.shape[-1] > 255):  # 255: no filter wins
            return None
        peaks = mean.max(axis=(1, 2)) if maps else mean
        layers[name] = {
            "mean": as_bytes(255 * mean / (mean.max() or 1)),
            "peaks": [[float(f"{peak:.4g}") for peak in row] for row in peaks],
            "shape": mean.shape[1:] if maps else (1, 1, mean.shape[-1]),
        }
        if maps:
            layers[name]["mode"] = as_bytes(np.where(layer.mode < 0, 255, layer.mode))
            layers[name]["frequency"] = as_bytes(255 * np.nan_to_num(layer.mode_frequency))
    names = [str(name) for name in class_names]
    shown = {"class_names": names, "palettes": palettes(), "colours": colours()}
    content = shown | {"statistics": layers} | more
    return Live("explorer.js", {"kind": "filters", "content": content})


def draw_filter(
    statistics: "FilterStatistics",
    class_names: Sequence[object],
    layer: str,
    class_: int,
    index: int,
) -> plots.Figure:
    """Draw the picture of `filters`: a filter (or unit) of `layer`, with `class_` marked."""
    chosen = statistics[layer]
    mean = chosen.mean
    if mean.ndim == 2:
        title = f"Unit {index} of {layer}: mean activation, class by class"
        return unit_over_classes(mean, class_names, class_, index, title)
    return filter_over_classes(
        mean,
        chosen.mode,
        chosen.mode_frequency,
        class_names,
        class_,
        index,
        title=f"Filter {index} of {layer}: what it answers, and where it wins",
    )


@house_style()
def filter_over_classes(
    mean: ArrayLike,
    mode: ArrayLike,
    frequency: ArrayLike,
    class_names: Sequence[object],
    class_: int,
    index: int,
    title: str,
) -> Figure:
    """Draw a filter's mean map for one class, beside it for every class, and where it wins below.

    Args:
        mean: (classes, height, width, filters); the colour scale is the whole layer's.
        mode: (classes, height, width) filter numbers, −1 where every filter is dead.
        frequency: (classes, height, width), the fraction of images in which the mode wins.
        class_names: one name per class.
        class_: the class shown large, outlined among all classes.
        index: the number of the filter shown.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit or the class or the filter does not exist.
    """
    mean = checked_array("mean", mean, ("classes", "height", "width", "filters"))
    mode = checked_array("mode", mode, ("classes", "height", "width"))
    frequency = checked_array("frequency", frequency, ("classes", "height", "width"))
    if not mean.shape[:3] == mode.shape == frequency.shape:
        raise ValueError(
            f"mean {mean.shape}, mode {mode.shape} and frequency {frequency.shape} must agree in "
            "(classes, height, width): take all three from the same layer"
        )
    names = checked_names(class_names, mean)
    check_index("class_", class_, len(names))
    check_index("filter", index, mean.shape[-1])
    maps, wins = mean[..., index], mode == index
    share = wins.mean(axis=(1, 2))
    peak = finite_max(maps[class_])
    most = f"wins most for {names[share.argmax()]}, on {share.max():.0%}"
    alt = (
        f"{title}. Class {names[class_]}: the mean activation reaches {peak:.3g}, and the filter "
        f"wins on {share[class_]:.0%} of the pixels. Over all classes it "
        f"{most if share.any() else 'wins nowhere'}."
    )

    scale = Scale(mean)
    paint = np.array(to_rgb(filter_colour(index)))
    winning = paler(np.broadcast_to(paint, (*wins.shape, 3)), frequency * wins)
    columns = min(5, len(names))
    labels = [f"{n}{tell_empty(m)}" for n, m in zip(names, maps, strict=True)]
    figure = Figure(title, alt, 9.6, 5.9)
    axes = figure.subplots(2, 2, width_ratios=(1, 2))
    both: tuple[Any, Any] = [scale(m) for m in maps], winning
    for (left, right), pictures in zip(axes, both, strict=True):
        mosaic(left, [[pictures[class_]]])
        mosaic(right, in_rows(list(pictures), columns), labels, outlined=class_)
    axes[0, 0].set_title(f"mean activation, class {names[class_]}{tell_empty(maps[class_])}")
    axes[0, 1].set_title("mean activation, every class")
    axes[1, 0].set_title(f"where filter {index} wins, class {names[class_]}")
    axes[1, 1].set_title("where it wins, every class (paler: in fewer images)")
    scale.bar(figure, axes[0, 1], "mean activation")
    return figure


@house_style()
def unit_over_classes(
    mean: ArrayLike, class_names: Sequence[object], class_: int, unit: int, title: str
) -> Figure:
    """Draw one unit of a dense layer: a bar per class, on the scale of the whole layer.

    Args:
        mean: (classes, units); a class without images is NaN.
        class_names: one name per class.
        class_: the class to mark.
        unit: the unit shown.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit or the class or the unit does not exist.
    """
    mean = checked_array("mean", mean, ("classes", "units"))
    names = checked_names(class_names, mean)
    check_index("class_", class_, len(names))
    check_index("unit", unit, mean.shape[-1])
    bars = np.nan_to_num(mean[:, unit])
    alt = (
        f"{title}. Mean activation {bars[class_]:.3g} for class {names[class_]}; strongest for "
        f"{names[bars.argmax()]}, {bars.max():.3g}."
    )
    figure = Figure(title, alt, max(5, min(9.6, 1.5 + 0.7 * len(names))), 3.4)
    ax = figure.add_subplot()
    drawn = ax.bar(range(len(names)), bars, color="0.75")
    drawn[class_].set_color(TRAINING)
    labels = [f"{n}{tell_empty(row)}" for n, row in zip(names, mean, strict=True)]
    turned = TURNED if max(map(len, names)) > 6 else {}
    ax.set_xticks(range(len(names)), labels, **turned)
    # The bar itself may be too low to be seen.
    ax.get_xticklabels()[class_].set(color=TRAINING, fontweight="bold")
    low, high = min(0.0, -finite_max(-mean)), max(0.0, finite_max(mean))
    ax.set_ylim(1.05 * low, 1.05 * high or 1)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(xlabel="class", ylabel="mean activation")
    return figure
