"""Numbers as bars, curves and coloured tables."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.figure
import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from helpers.plots.figure import (
    FILTERS,
    TRAINING,
    TURNED,
    VALIDATION,
    Figure,
    filter_colour,
    house_style,
)
from helpers.plots.layout import Scale, checked_array, counted, listed, mosaic, subfigures

__all__ = ["bars", "comparison", "effects", "invariance_curves", "shares_by_layer"]


@house_style()
def bars(
    values: ArrayLike, names: Sequence[object], xlabel: str, ylabel: str, title: str
) -> Figure:
    """A bar for each class or filter, up or down by its signed number.

    Args:
        values: (N,) numbers.
        names: one name per number.
        xlabel: what is counted along the axis.
        ylabel: what the numbers are.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.

    >>> from helpers import plots
    >>> plots.bars([0.5, -1.0], ["cat", "dog"], "class", "logit", "Logits").alt
    'Logits. Logit: cat: 0.5; dog: -1.'
    """
    values = checked_array("values", values, ("N",))
    if len(names) != len(values):
        raise ValueError(f"{len(values)} values need {len(values)} names, got {len(names)}")
    told = [f"{name}: {value:.3g}" for name, value in zip(names, values, strict=True)]
    stop = "" if title.endswith("?") else "."
    figure = Figure(title, f"{title}{stop} {ylabel.capitalize()}{listed(told)}", 8, 3.2)
    ax = figure.add_subplot()
    colours = [VALIDATION if value < 0 else TRAINING for value in values]
    ax.bar(range(len(values)), values, color=colours)
    turned = TURNED if max(map(len, map(str, names))) > 4 else {}
    ax.set_xticks(range(len(values)), [str(name) for name in names], **turned)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.grid(axis="y", color="0.9")
    ax.set_axisbelow(True)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    return figure


@house_style()
def effects(
    values: ArrayLike,
    names: Sequence[object],
    title: str,
    column: str = "filter",
    label: str = "effect",
) -> Figure:
    """A coloured table: one signed number for each row and each of many filters.

    Args:
        values: (rows, filters).
        names: one name per row.
        title: what one looks at.
        column: what the columns are.
        label: what the numbers are.

    Raises:
        ValueError: if a shape does not fit.

    >>> from helpers import plots
    >>> plots.effects([[0.5, -1.0, 2.0]], ["cat"], "Effects").alt
    'Effects. The largest effect of 3 filters: cat: filter 2, 2.'
    """
    values = checked_array("values", values, ("rows", f"{column}s"))
    if len(names) != len(values):
        raise ValueError(f"{len(values)} rows need {len(values)} names, got {len(names)}")
    most = np.nan_to_num(values).argmax(axis=1)
    told = [
        f"{name}: {column} {i}, {row[i]:.3g}"
        for name, i, row in zip(names, most, values, strict=True)
    ]
    alt = f"{title}. The largest {label} of {counted(values.shape[1], column)}{listed(told)}"
    figure = Figure(title, alt, 9.4, 1.3 + 0.32 * len(values))
    ax = figure.add_subplot()
    scale = Scale(values)
    ax.imshow(scale(values), aspect="auto", interpolation="nearest")
    ax.set_yticks(range(len(values)), [str(name) for name in names])
    ax.xaxis.set_major_locator(MaxNLocator(18, integer=True))
    ax.spines[:].set_visible(False)
    ax.tick_params(length=0)
    ax.set(xlabel=column, xlim=(-0.5, values.shape[1] - 0.5))
    scale.bar(figure, ax, label)
    return figure


@house_style()
def invariance_curves(
    degrees: ArrayLike,
    distances: Mapping[str, ArrayLike],
    probabilities: ArrayLike,
    names: Sequence[object],
    xlabel: str,
    title: str,
) -> Figure:
    """Curves of how far a transformation moves features, and of the classes' probabilities.

    Args:
        degrees: (T,), how far each transformation goes.
        distances: by layer, (N, T); each layer has a panel, from 0, on a scale of its own.
        probabilities: (N, T), in the last panel.
        names: one per picture.
        xlabel: what the degrees are.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.

    >>> from helpers import plots
    >>> of_cat = {"l1": [[0.0, 0.5]]}, [[0.9, 0.4]], ["cat"]
    >>> plots.invariance_curves([0, 90], *of_cat, "degrees", "Turned").alt.split("; ")[0]
    'Turned, over degrees: distance in l1 of cat from 0 to 0.5'
    """
    degrees = checked_array("degrees", degrees, ("T",))
    panels = {f"distance in {layer}": values for layer, values in distances.items()}
    panels["probability of its class"] = probabilities
    panels = {name: checked_array(name, values, ("N", "T")) for name, values in panels.items()}
    for name, values in panels.items():
        if values.shape != (len(names), len(degrees)):
            raise ValueError(
                f"{name} {values.shape} must hold a number for each of {len(names)} names and "
                f"{len(degrees)} degrees"
            )
    told = [
        f"{name} of {picture} from {curve.min():.3g} to {curve.max():.3g}"
        for name, values in panels.items()
        for picture, curve in zip(names, values, strict=True)
    ]
    figure = Figure(title, f"{title}, over {xlabel}{listed(told)}", 9.6, 3)
    for ax, (name, values) in zip(figure.subplots(1, len(panels)), panels.items(), strict=True):
        for number, (picture, curve) in enumerate(zip(names, values, strict=True)):
            style = ("-", "--", ":")[number % 3]  # colours alone do not tell curves apart
            ax.plot(degrees, curve, style, color=filter_colour(number), lw=1.5, label=str(picture))
        top = 1.03 if name.startswith("probability") else None
        ax.set(xlabel=xlabel, title=name, ylim=(0, top), xlim=(degrees.min(), degrees.max()))
        ax.xaxis.set_major_locator(matplotlib.ticker.MaxNLocator(4, steps=[1, 2, 3, 4, 5, 9, 10]))
        ax.grid(axis="y", color="0.9")
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5))
    return figure


@house_style()
def comparison(expected: ArrayLike, got: ArrayLike, title: str) -> Figure:
    """Two maps on one scale, and their difference on a scale of its own.

    Args:
        expected, got: (height, width); NaN is painted grey.
        title: what one looks at.

    Raises:
        ValueError: if the shapes differ, or one is no map.

    >>> from helpers import plots
    >>> plots.comparison([[0.0, 1.0]], [[0.0, 3.0]], "Maps").alt.split(". ")[1]
    'It is largest at row 0, column 1: expected 1, got 3.'
    """
    expected, got = (
        checked_array(name, map_, ("height", "width"))
        for name, map_ in (("expected", expected), ("got", got))
    )
    if expected.shape != got.shape:
        raise ValueError(f"expected {expected.shape} and got {got.shape} must have one shape")
    difference = got - expected
    size = np.nan_to_num(abs(difference), nan=np.inf)
    row, column = np.unravel_index(size.argmax(), size.shape)
    where = f"at row {row}, column {column}"
    alt = f"{title}: expected and got side by side, and their difference. It is largest {where}: "
    alt += f"expected {expected[row, column]:.4g}, got {_number(got[row, column])}."
    figure = Figure(title, alt, 7.4, max(2.2, 2.1 * expected.shape[0] / expected.shape[1] + 0.9))
    scales = Scale(np.stack([expected, got])), Scale(np.stack([difference, -difference]))
    drawn = {"expected": expected, "got": got}, {"got − expected": difference}
    parts = subfigures(figure, 1, 2, width_ratios=(2, 1.1))
    for part, scale, maps in zip(parts, scales, drawn, strict=True):
        ax = part.add_subplot()
        mosaic(ax, [[scale(map_) for map_ in maps.values()]], list(maps))
        scale.bar(part, ax, "")
    return figure


def _number(value: Any) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "no number"


@house_style()
def shares_by_layer(
    shares: Mapping[str, Mapping[str, float]], title: str, label: str = "share"
) -> Figure:
    """Lines that show shares from 0 to 1, layer by layer.

    Args:
        shares: by line, by layer; all lines name the same layers in the same order.
        title: what one looks at.
        label: what the shares are, for the axis.

    Raises:
        ValueError: if the lines name different layers.

    >>> from helpers import plots
    >>> plots.shares_by_layer({"dead maps": {"l1": 0.25, "l2": 0.5}}, "Silence").alt
    'Silence. dead maps: l1 25%, l2 50%.'
    """
    layers = list(next(iter(shares.values())))
    for name, line in shares.items():
        if list(line) != layers:
            raise ValueError(f"{name!r} is about {list(line)}, other lines about {layers}")
    told = "; ".join(
        f"{name}: " + ", ".join(f"{layer} {share:.0%}" for layer, share in line.items())
        for name, line in shares.items()
    )
    figure = Figure(title, f"{title}. {told}.", min(9.6, max(6, 2.5 + 0.6 * len(layers))), 3.6)
    ax = figure.add_subplot()
    for i, (name, line) in enumerate(shares.items()):
        style = ("o-", "s--", "^:", "D-.")[i % 4]
        ax.plot(range(len(layers)), [*line.values()], style, ms=5, color=FILTERS[i], label=name)
    turned = TURNED if max(map(len, layers)) > 8 else {}
    ax.set_xticks(range(len(layers)), layers, **turned)
    ax.set_ylim(-0.03, 1.03)
    ax.yaxis.set_major_formatter(matplotlib.ticker.PercentFormatter(1))
    ax.grid(axis="y", color="0.9")
    ax.set(xlabel="layer, from input to output", ylabel=label)
    figure.legend(loc="outside right upper")
    return figure
