"""Explore which head looks where: the maps of all heads of a network for one image, over a mask."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np

from helpers import plots
from helpers.datasets import Split
from helpers.explorers.alone import Live, array, as_bytes, colours
from helpers.explorers.network import heads_file
from helpers.explorers.skin import Explorer, layer_control

if TYPE_CHECKING:
    import keras

__all__ = ["draw_four_heads", "four_heads"]

WHICH = ("predicted", "another")
IMAGES = 50  # which a page without a kernel has at most


def four_heads(
    model: "keras.Model", split: Split, values: Mapping[str, Sequence[object]], mask: str
) -> Explorer:
    """Browse the maps of every head of `model`, for its predicted class or the class after that.

    Only methods that weigh feature maps use "layer". "signed" also shows what speaks against a
    class.

    Args:
        model: a classifier with several heads, each named after an attribute of `split`.
        split: images with attributes and masks.
        values: by head, the names of its classes in order.
        mask: the name of the mask that is drawn and measured against.

    Raises:
        ValueError: if the split has no such mask, no values are given for a head, or the model has
            no convolution.
    """
    from helpers.methods import catalogue

    if mask not in split.masks:
        there = ", ".join(split.masks) or "none"
        raise ValueError(f"the images have no mask {mask!r} (they have: {there})")
    if missing := [name for name in model.output_names if name not in values]:
        raise ValueError(f"values say nothing of head {missing[0]!r}: name its classes in order")
    layer, methods = layer_control(model, head=next(iter(values))), catalogue.applicable(model)
    last = len(split.images) - 1
    return Explorer(
        partial(draw_four_heads, model, split, values, mask),
        partial(_live, model, split, values, mask),
        image=widgets.IntSlider(max=last, description="image", continuous_update=False),
        class_=widgets.Dropdown(options=WHICH, description="class"),
        method=widgets.Dropdown(options=methods, value="Grad-CAM", description="method"),
        layer=layer,
        signed=widgets.Checkbox(description="signed", indent=False),
    )


def _live(
    model: "keras.Model", split: Split, values: Mapping[str, Sequence[object]], mask: str
) -> Live | None:
    try:
        network = heads_file(model)
    except ValueError:  # the browser does not compute such a network
        return None
    some = slice(IMAGES)
    content = {
        "network": network,
        "images": array(split.images[some]),
        "mask": as_bytes(split.masks[mask][some]),
        "truth": {name: split.attributes[name][some].tolist() for name in values},
        "values": {name: [str(value) for value in each] for name, each in values.items()},
        "colours": colours(),
    }
    return Live("explained.js", {"kind": "four_heads", "content": content})


def draw_four_heads(
    model: "keras.Model",
    split: Split,
    values: Mapping[str, Sequence[object]],
    mask: str,
    image: int,
    class_: str,
    method: str,
    layer: str,
    signed: bool,
) -> plots.Figure:
    """Draw the picture of `four_heads`: the mask in grey under the map of each head, and how well
    mask and map agree."""
    from helpers.faithfulness import iou, pointing_game
    from helpers.methods import catalogue
    from helpers.models import predict
    from helpers.scores import ClassScore

    explained = catalogue.get(method)
    one, truth = split.images[image : image + 1], split.masks[mask][image : image + 1]
    maps, titles = [], []
    for head, names in values.items():
        [probabilities] = predict(model, one, head)
        chosen = int(probabilities.argmax())
        if class_ == "another":
            chosen = (chosen + 1) % len(probabilities)
        score = ClassScore(chosen, head=head)
        map_ = explained.maps(model, one, score, layer=layer, signed=signed)
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
    named = explained.title(model, score, layer)
    title = f"{named}, {class_} class of each head. Image {image}: {real}"
    return plots.overlays(paper, np.stack(maps), titles, len(maps), title)
