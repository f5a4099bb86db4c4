"""What each filter answers to each class, layer by layer."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from helpers import plots
from helpers.explorers.skin import Explorer

if TYPE_CHECKING:  # drawing needs the arrays, not the TensorFlow that computes them
    from helpers.methods.statistics import FilterStatistics


def filters(statistics: "FilterStatistics", class_names: Sequence[object]) -> Explorer:
    """A browser of layers, classes and filters (or units, in a dense layer).

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
    return Explorer(draw, layer=layer, class_=class_, filter=filter_)


def draw_filter(
    statistics: "FilterStatistics",
    class_names: Sequence[object],
    layer: str,
    class_: int,
    filter: int,
) -> plots.Figure:
    """The picture of `filters`: one filter (or unit) of `layer`, its answer to `class_` marked."""
    chosen = statistics[layer]
    mean = chosen.mean
    if mean.ndim == 2:
        title = f"Unit {filter} of {layer}: mean activation, class by class"
        return plots.unit_over_classes(mean, class_names, class_, filter, title)
    return plots.filter_over_classes(
        mean,
        chosen.mode,
        chosen.mode_frequency,
        class_names,
        class_,
        filter,
        title=f"Filter {filter} of {layer}: what it answers, and where it wins",
    )
