"""Explore what a patch hides: occlusion maps of any image and class, patch by patch."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from helpers import plots
from helpers.explorers.alone import IMAGES
from helpers.explorers.network import explained
from helpers.explorers.skin import Explorer, check_labels
from helpers.plots.evidence import brightness, evidence_bar, overlaid, peak_alt
from helpers.plots.figure import GAP, TRAINING, Figure, house_style
from helpers.plots.layout import (
    checked_array,
    checked_images,
    line_count,
    listed,
    mosaic,
    mosaic_inches,
)

if TYPE_CHECKING:
    import keras

__all__ = ["draw_occlusion", "occlusion", "occlusion_overview"]


def occlusion(
    model: "keras.Model", images: np.ndarray, labels: np.ndarray, class_names: Sequence[object]
) -> Explorer:
    """Browse occlusion maps of `images`, for any class, patch, stride and fill.

    Args:
        model: a classifier with one head.
        images: (N, H, W, 1 or 3) float32, in the model's own input range.
        labels: (N,) true classes, integers; choosing an image chooses its class.
        class_names: one name per class.

    Raises:
        ValueError: if there are not as many labels as images.
    """
    from helpers.methods import catalogue

    check_labels(images, labels)
    side = min(images.shape[1:3])
    low, high = float(images.min()), float(images.max())
    numbers = [(f"{value:.3g}", value) for value in (low, (low + high) / 2, high)]
    plain = [value for _, value in numbers]
    fills = [*numbers, *((name, name) for name in ("mean", "blur", "noise"))]
    names = [(str(name), i) for i, name in enumerate(class_names)]

    def slider(value, least, most, name):
        limits = {"min": least, "max": most, "description": name}
        return widgets.IntSlider(value, continuous_update=False, **limits)

    image = slider(0, 0, len(images) - 1, "image")
    class_ = widgets.Dropdown(options=names, value=int(labels[0]), description="class")
    usual = catalogue.get("occlusion").defaults(images.shape[1:3])
    patch = slider(usual["patch"], 1, side, "patch")
    stride = slider(usual["stride"], 1, patch.value, "stride")

    def follow_image(_change) -> None:
        class_.value = int(labels[image.value])

    def follow_patch(_change) -> None:
        stride.max = patch.value

    image.observe(follow_image, names="value")  # before the explorer's own observer
    patch.observe(follow_patch, names="value")
    some = slice(IMAGES)
    return Explorer(
        partial(draw_occlusion, model, images, class_names),
        partial(
            explained, "occlusion", model, images[some], class_names, labels[some], fills=plain
        ),
        image=image,
        class_=class_,
        patch=patch,
        stride=stride,
        fill=widgets.Dropdown(options=fills, description="fill"),
    )


def draw_occlusion(
    model: "keras.Model",
    images: np.ndarray,
    class_names: Sequence[object],
    image: int,
    class_: int,
    patch: int,
    stride: int,
    fill: float | str,
) -> plots.Figure:
    """Draw the picture of `occlusion`: the image, the image with its most important spot covered,
    the prediction for each, and the map of how much each spot matters."""
    from helpers.methods.activations import score_values
    from helpers.methods.occlusion import cover, occlusion_map, positions
    from helpers.models import graph

    one = images[image : image + 1]
    map_ = occlusion_map(model, one, class_, patch, stride, fill)[0]
    name = class_names[class_]
    rows, columns = (positions(size, patch, stride).tolist() for size in map_.shape)
    windows = np.lib.stride_tricks.sliding_window_view(map_, (patch, patch))
    strength = windows[np.ix_(rows, columns)].mean(axis=(2, 3))
    row, column = np.unravel_index(strength.argmax(), strength.shape)
    row, column = rows[row], columns[column]
    covered = cover(one, (row, column), patch, fill)
    both = np.concatenate([one, covered])
    predict = graph.compiled_probabilities(model)
    before, after = (
        f"predicted: {class_names[p.argmax()]}, {p.max():.1%}\nlogit of {name}: {logit:.2f}"
        for p, logit in zip(predict(both).numpy(), score_values(model, both, class_), strict=True)
    )
    runs = len(rows) * len(columns) + 1
    titles = [
        f"image {image}\n{before}",
        f"covered where the map is strongest\n{after}",
        f"drop of the logit of {name}\n{runs:,} forward passes",
    ]
    title = f"What a patch of {patch}×{patch} pixels takes from class {name}"
    return occlusion_overview(one[0], covered[0], (row, column, patch, patch), map_, titles, title)


@house_style()
def occlusion_overview(
    image: ArrayLike,
    covered: ArrayLike,
    window: tuple[int, int, int, int],
    map_: ArrayLike,
    titles: Sequence[object],
    title: str,
) -> Figure:
    """Draw an image, the same image with one patch covered, and its occlusion map.

    Args:
        image, covered: (height, width, 1 or 3), from 0 to 1.
        window: row, column, height and width of the patch in pixels, to outline it.
        map_: (height, width), the drop of the logit.
        titles: three labels, one above each picture.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    pictures, titles = checked_images([image, covered, image], titles)
    map_ = np.nan_to_num(checked_array("map_", map_, ("height", "width")))
    if map_.shape != pictures.shape[1:3]:
        raise ValueError(f"map_ {map_.shape} must lie over an image {pictures.shape[1:]}")
    alt = f"{title}{listed(titles)}{peak_alt(map_[None])}"
    limit = abs(map_).max() or 1.0
    _, down = mosaic_inches(1, 3, map_.shape[0] / map_.shape[1], 0, 2.5, 8.4)
    figure = Figure(title, alt, 9.6, down + 0.14 * line_count(titles) + 0.6)
    ax = figure.add_subplot()
    plain = np.repeat(brightness(pictures[:2])[..., None], 3, axis=-1)
    mosaic(ax, [[*plain, *overlaid(pictures[2:], map_[None] / limit)]])
    for number, label in enumerate(titles):  # a mosaic's own labels stand too far off large maps
        place: dict[str, Any] = {"xy": (number * (1 + GAP) + 0.5, 0), "xytext": (0, 4)}
        style: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 8, "linespacing": 1.1}
        ax.annotate(label, textcoords="offset points", **place, **style)
    row, column, height, width = (pixels / map_.shape[1] for pixels in window)
    frame = Rectangle((1 + GAP + column, row), width, height)
    frame.set(fill=False, ec=TRAINING, lw=2, zorder=4)
    ax.add_patch(frame)
    evidence_bar(figure, ax, limit, signed=True, label="drop of the logit")
    return figure
