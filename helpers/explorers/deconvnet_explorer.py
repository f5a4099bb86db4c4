"""Explore which images excite a filter most, and what of the filter's answer projects to pixels."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np
from numpy.typing import ArrayLike

from helpers import plots
from helpers.explorers.alone import Live
from helpers.explorers.network import explained, runs_in_browser
from helpers.explorers.skin import Explorer, check_pictures, layers_to_look_at
from helpers.plots.evidence import both_checked, painted_projections
from helpers.plots.figure import Figure, house_style
from helpers.plots.layout import (
    check_index,
    counted,
    in_rows,
    map_with_box,
    mosaic,
    painted_images,
    squarest,
)

if TYPE_CHECKING:
    import keras

__all__ = ["deconvnet", "draw_projection", "projection_overview"]


def deconvnet(model: "keras.Model", images: np.ndarray) -> Explorer:
    """Browse convolutions, filters, and the nine of `images` that excite a filter most.

    Args:
        model: a model with ReLUs and at least one convolution.
        images: (N, H, W, 1 or 3) float32 from 0 to 1, as the model takes them. All of them are
            searched anew for each filter, so take some thousands at most.

    Raises:
        ValueError: if the model has no convolution, or images leave 0 to 1.
    """
    from helpers.methods.deconvnet import strongest

    check_pictures(images)
    layers = layers_to_look_at(model)
    layer = widgets.Dropdown(options=layers, description="layer")
    index = widgets.IntSlider(description="filter", continuous_update=False)
    most = min(9, len(images))
    rank = widgets.IntSlider(1, 1, most, description="rank", continuous_update=False)

    def follow(_change=None) -> None:
        index.max = len(strongest(model, images[:1], layer.value).values) - 1

    follow()
    layer.observe(follow, names="value")  # before the explorer's own observer: limits, then picture
    draw, live = partial(draw_projection, model, images), partial(_live, model, images, layers)
    return Explorer(draw, live, layer=layer, index=index, rank=rank)


def _live(model: "keras.Model", images: np.ndarray, layers: Sequence[str]) -> Live | None:
    from helpers.methods.deconvnet import receptive_field, strongest

    if not runs_in_browser(model):
        return None
    best = {name: strongest(model, images, name).images for name in layers}
    numbers = np.unique(np.concatenate([each.ravel() for each in best.values()]))
    fields = {name: receptive_field(model, name, images.shape[1:3]) for name in layers}
    content = {
        "numbers": numbers.tolist(),
        "best": {name: np.searchsorted(numbers, each).tolist() for name, each in best.items()},
        "fields": {name: field._asdict() for name, field in fields.items()},
    }
    return explained("deconvnet", model, images[numbers], **content)


def draw_projection(
    model: "keras.Model", images: np.ndarray, layer: str, index: int, rank: int
) -> plots.Figure:
    """Draw the picture of `deconvnet`: the image of that rank, from 1 on, what its strongest unit
    sees and projects to pixels, and the patches and projections of all nine images."""
    from helpers.methods.deconvnet import patches, project, receptive_field, strongest

    best = strongest(model, images, layer, [index])
    if not 1 <= rank <= len(best.images[0]):
        raise ValueError(f"rank must be from 1 to {len(best.images[0])}, got {rank}")
    numbers, positions = best.images[0], best.positions[0]
    field = receptive_field(model, layer, images.shape[1:3])
    sent = project(model, images[numbers], layer, index)
    at = rank - 1
    titles = [f"image {numbers[at]}\nactivation {best.values[0, at]:.2f}", "sent down"]
    return projection_overview(
        images[numbers[at]],
        sent[at],
        (*field.corner(positions[at]), *field.size),
        patches(images[numbers], field, positions),
        patches(sent, field, positions),
        at,
        titles,
        f"Filter {index} of {layer}: number {rank} of the images that excite it most",
    )


@house_style()
def projection_overview(
    image: ArrayLike,
    projection: ArrayLike,
    window: tuple[int, int, int, int],
    patches: ArrayLike,
    projections: ArrayLike,
    chosen: int,
    titles: Sequence[str],
    title: str,
) -> Figure:
    """Draw one of the images that excite a filter most, its projection, and the patches of all.

    Args:
        image, projection: (height, width, 1 or 3), from 0 to 1 and signed.
        window: row, column, height and width of what the strongest unit sees, to outline it.
        patches, projections: (k, h, w, 1 or 3), of all images, strongest first.
        chosen: which of the k patches belongs to `image`, to outline it.
        titles: two labels, above the image and above its projection.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit.
    """
    whole = both_checked("images", [[image]], [[projection]])
    patches, projections = both_checked("patches", [patches], [projections])
    check_index("chosen", chosen, patches.shape[1])
    row, column, height, width = window
    told = f"from {whole[1].min():.2g} to {whole[1].max():.2g}"
    alt = (
        f"{title}: {'; '.join(' '.join(label.split()) for label in titles)}, {told}; the unit sees "
        f"{height} × {width} pixels from row {row}, column {column}. Beside them the patches of "
        f"all {counted(patches.shape[1], 'image')} and their projections."
    )
    figure = Figure(title, alt, 9.6, 3)
    axes = figure.subplots(1, 4)
    paint = (painted_images, painted_projections)
    for ax, picture, paint_it, label in zip(axes, whole, paint, titles, strict=False):
        map_with_box(ax, paint_it(picture[0])[0], (row, column), (height, width))
        ax.set_title(label, fontsize=8)
    columns = squarest(patches.shape[1])
    for ax, pictures, paint_it, label in zip(
        axes[2:], (patches, projections), paint, ("all patches", "all projections"), strict=True
    ):
        mosaic(ax, in_rows(list(paint_it(pictures[0])), columns), outlined=chosen)
        ax.set_title(label, fontsize=8)
    return figure
