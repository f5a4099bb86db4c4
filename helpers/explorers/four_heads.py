"""Which head looks where: the maps of all heads of a network for one image, over its mask."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np

from helpers import plots
from helpers.datasets import Split
from helpers.explorers.skin import Explorer

if TYPE_CHECKING:
    import keras

METHODS = (
    "Grad-CAM",
    "Grad-CAM, signed",
    "HiResCAM",
    "gradient × input",
    "integrated gradients",
    "occlusion",
)
WHICH = ("predicted", "another")


def four_heads(
    model: "keras.Model", split: Split, values: Mapping[str, Sequence[object]], mask: str
) -> Explorer:
    """The maps of every head of `model`, of its predicted class or of the one after it.

    "layer" belongs to Grad-CAM and HiResCAM.

    Args:
        model: a classifier with several heads, each named after an attribute of `split`.
        split: images with attributes and masks.
        values: for each head what its classes are, in their order.
        mask: the name of the mask that is drawn and measured against.

    Raises:
        ValueError: if the split has no such mask, no values are given for a head, or the model has
            no convolution.
    """
    from helpers.models import conv_layers

    if mask not in split.masks:
        there = ", ".join(split.masks) or "none"
        raise ValueError(f"the images have no mask {mask!r} (they have: {there})")
    if missing := [name for name in model.output_names if name not in values]:
        raise ValueError(f"values say nothing of head {missing[0]!r}: name its classes in order")
    layers = conv_layers(model)
    if not layers:
        raise ValueError(f"{model.name!r} has no convolutional layer to look at")
    last = len(split.images) - 1
    return Explorer(
        partial(draw_four_heads, model, split, values, mask),
        image=widgets.IntSlider(max=last, description="image", continuous_update=False),
        class_=widgets.Dropdown(options=WHICH, description="class"),
        method=widgets.Dropdown(options=METHODS, description="method"),
        layer=widgets.Dropdown(options=layers, value=layers[-1], description="layer"),
    )


def draw_four_heads(
    model: "keras.Model",
    split: Split,
    values: Mapping[str, Sequence[object]],
    mask: str,
    image: int,
    class_: str,
    method: str,
    layer: str,
) -> plots.Figure:
    """The picture of `four_heads`: the mask in grey under the map of each head, and how well they
    agree."""
    from helpers.faithfulness import iou, pointing_game
    from helpers.methods import cam, occlusion, saliency
    from helpers.models import predict
    from helpers.scores import ClassScore

    patch = max(1, min(split.images.shape[1:3]) // 5)
    one, truth = split.images[image : image + 1], split.masks[mask][image : image + 1]
    methods: dict[str, Callable] = {
        "Grad-CAM": partial(cam.grad_cam, layer=layer),
        "Grad-CAM, signed": partial(cam.grad_cam, layer=layer, signed=True),
        "HiResCAM": partial(cam.hires_cam, layer=layer),
        "gradient × input": saliency.gradient_times_input,
        "integrated gradients": saliency.integrated_gradients,
        "occlusion": partial(occlusion.occlusion_map, patch=patch, stride=max(1, patch // 2)),
    }
    maps, titles = [], []
    for head, names in values.items():
        [probabilities] = predict(model, one, head)
        chosen = int(probabilities.argmax())
        if class_ == "another":
            chosen = (chosen + 1) % len(probabilities)
        map_ = methods[method](model, one, ClassScore(chosen, head=head))
        if map_.ndim == 4:
            map_ = saliency.over_channels(map_)
        where = "in" if pointing_game(map_, truth)[0] else "out"
        maps.append(map_[0])
        titles.append(
            f"{head} {names[chosen]}: {probabilities[chosen]:.1%}\n"
            f"IoU {iou(map_, truth)[0]:.2f}, peak {where}side"
        )
    paper = 0.4 * np.repeat(truth[..., None], len(maps), axis=0)  # pale ink
    real = ", ".join(
        f"{head} {names[split.attributes[head][image]]}" for head, names in values.items()
    )
    with_layer = f" at {layer}" if "CAM" in method else ""
    title = f"{method}{with_layer}, {class_} class of each head. Image {image}: {real}"
    return plots.overlays(paper, np.stack(maps), titles, len(maps), title)
