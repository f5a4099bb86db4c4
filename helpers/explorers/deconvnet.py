"""What excites a filter most, and what of it reaches the pixels when it is sent down again."""

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np

from helpers import plots
from helpers.explorers.skin import Explorer, check_pictures

if TYPE_CHECKING:
    import keras


def deconvnet(model: "keras.Model", images: np.ndarray) -> Explorer:
    """A browser of convolutions, filters, and the nine of `images` that excite a filter most.

    Args:
        model: a model with ReLUs and at least one convolution.
        images: (N, H, W, 1 or 3) float32 from 0 to 1, as the model takes them; all are searched
            anew for each filter, so take some thousands at most.

    Raises:
        ValueError: if the model has no convolution, or images leave 0 to 1.
    """
    from helpers.methods.deconvnet import strongest
    from helpers.models.graph import conv_layers

    check_pictures(images)
    layers = conv_layers(model)
    if not layers:
        raise ValueError(f"{model.name!r} has no convolution, so there is no filter to explore")
    layer = widgets.Dropdown(options=layers, description="layer")
    filter = widgets.IntSlider(description="filter", continuous_update=False)
    most = min(9, len(images)) - 1
    rank = widgets.IntSlider(max=most, description="rank", continuous_update=False)

    def follow(_change=None) -> None:
        filter.max = len(strongest(model, images[:1], layer.value).values) - 1

    follow()
    layer.observe(follow, names="value")  # before the explorer's own observer: limits, then picture
    return Explorer(partial(draw_projection, model, images), layer=layer, filter=filter, rank=rank)


def draw_projection(
    model: "keras.Model", images: np.ndarray, layer: str, filter: int, rank: int
) -> plots.Figure:
    """The picture of `deconvnet`: the image of that rank, what its strongest unit sees, what is
    projected down from it, and the patches and projections of all nine."""
    from helpers.methods.deconvnet import patches, project, receptive_field, strongest

    best = strongest(model, images, layer, [filter])
    numbers, positions = best.images[0], best.positions[0]
    field = receptive_field(model, layer, images.shape[1:3])
    sent = project(model, images[numbers], layer, filter)
    titles = [f"image {numbers[rank]}\nactivation {best.values[0, rank]:.2f}", "sent down"]
    return plots.projection_overview(
        images[numbers[rank]],
        sent[rank],
        (*field.corner(positions[rank]), *field.size),
        patches(images[numbers], field, positions),
        patches(sent, field, positions),
        rank,
        titles,
        f"Filter {filter} of {layer}: number {rank + 1} of the images that excite it most",
    )
