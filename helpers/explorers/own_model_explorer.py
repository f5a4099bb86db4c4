"""Explore any model's activation maps and explanations, and put the explanations to the test."""

import textwrap
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import matplotlib.figure
import numpy as np
from numpy.typing import ArrayLike

from helpers import plots
from helpers.explorers.skin import Explorer, check_names, explanation_controls
from helpers.plots.evidence import overlaid, peak_alt
from helpers.plots.figure import MUTED, TRAINING, VALIDATION, Figure, house_style
from helpers.plots.layout import (
    Scale,
    checked_array,
    checked_arrays,
    checked_images,
    counted,
    in_rows,
    listed,
    mosaic,
    painted_images,
    subfigures,
    tell_strongest,
)

if TYPE_CHECKING:
    import keras

__all__ = ["draw_own_model", "explanation", "own_model"]


def own_model(
    model: "keras.Model",
    images: np.ndarray,
    pictures: np.ndarray,
    class_names: Sequence[object] | None = None,
) -> Explorer:
    """Look into a classifier, whoever made it.

    The picture has a layer's activation maps, an explanation of a class, and the probability of the
    class while the pixels that matter most are deleted, or put back, first. The first image is the
    one of whose class the model is surest.

    Args:
        model: a classifier with one head and convolutions.
        images: (N, H, W, C) float32, in the model's own input range.
        pictures: (N, H, W, 1 or 3) from 0 to 1, the images to look at; one channel is ink on paper.
        class_names: one name per class; by default "class 0", "class 1" and so on.

    Raises:
        ValueError: if there is not a picture for each image and a name for each class, or the
            model has no convolution.
    """
    from helpers.methods import catalogue
    from helpers.models import graph, predict

    if images.shape[:3] != pictures.shape[:3]:
        raise ValueError(f"images {images.shape} and pictures {pictures.shape} must agree")
    class_names = class_names or [f"class {i}" for i in range(graph.class_count(model))]
    check_names(model, class_names)
    surest = int(predict(model, images).max(axis=1).argmax())
    methods = catalogue.applicable(model)
    return Explorer(
        partial(draw_own_model, model, images, pictures, class_names),
        **explanation_controls(model, len(images), class_names, methods, first=surest),
    )


def draw_own_model(
    model: "keras.Model",
    images: np.ndarray,
    pictures: np.ndarray,
    class_names: Sequence[object],
    image: int,
    class_: int | None,
    layer: str,
    method: str,
) -> plots.Figure:
    """Draw the picture of `own_model`. `class_` None is the predicted class. Deleted pixels become
    the mean of all images, which is also the baseline of integrated gradients."""
    from helpers import faithfulness
    from helpers.methods import catalogue
    from helpers.methods.activations import layer_activations
    from helpers.models import predict

    one, nothing = images[image : image + 1], float(images.mean())
    [answer] = predict(model, one)
    predicted = int(answer.argmax())
    class_ = predicted if class_ is None else class_
    explained = catalogue.get(method)
    map_ = explained.maps(model, one, class_, layer=layer, baseline=nothing)
    chance = np.random.default_rng(0).random(map_.shape)
    curves = {
        "deleted": faithfulness.deletion_curves(model, one, map_, class_, fill=nothing),
        "put back": faithfulness.insertion_curves(model, one, map_, class_, fill=nothing),
        "deleted at random": faithfulness.deletion_curves(model, one, chance, class_, fill=nothing),
    }
    name = class_names[class_]
    titles = [
        f"image {image}: {class_names[predicted]}, {answer[predicted]:.1%}",
        f"for {name}, {answer[class_]:.1%}" if map_.any() else f"nothing speaks for {name}",
    ]
    [activations] = layer_activations(model, one, [layer])[layer]
    named = explained.title(model, class_, layer)
    title = f"{named}: what speaks for {name}, and whether it matters"
    return explanation(
        pictures[image],
        map_[0],
        {what: curve[0] for what, curve in curves.items()},
        activations,
        titles,
        layer,
        title,
    )


@house_style()
def explanation(
    picture: ArrayLike,
    map_: ArrayLike,
    curves: Mapping[str, ArrayLike],
    activations: ArrayLike,
    titles: Sequence[object],
    layer: str,
    title: str,
) -> Figure:
    """Draw one prediction, explained and put to the test, above a layer's activation maps.

    Args:
        picture: (height, width, 1 or 3), from 0 to 1; one channel is ink on paper.
        map_: (height, width), signed, what speaks for the class.
        curves: by name, (steps + 1,) probabilities along a deletion or insertion, at most three.
        activations: (h, w, channels), drawn on one scale, at most the first 64.
        titles: two labels, above the picture and above the map.
        layer: the name of the layer.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit, or there are more than three curves.
    """
    looks = (TRAINING, "-"), (VALIDATION, "-"), (MUTED, "--")
    if len(curves) > len(looks):
        raise ValueError(f"at most {len(looks)} curves can be told apart, got {len(curves)}")
    pictures, titles = checked_images([picture, picture], titles)
    map_ = np.nan_to_num(checked_array("map_", map_, ("height", "width")))
    if map_.shape != pictures.shape[1:3]:
        raise ValueError(f"map_ {map_.shape} must lie over a picture {pictures.shape[1:]}")
    activations = checked_array("activations", activations, ("height", "width", "channels"))
    curves = checked_arrays(curves, ("steps + 1",))
    told = "; ".join(
        f"{name} {curve[0]:.2f} to {curve[-1]:.2f}, on average {curve.mean():.2f}"
        for name, curve in curves.items()
    )
    filters = counted(activations.shape[-1], "map")
    height, width = activations.shape[:2]
    alt = (
        f"{title}{listed(titles)}{peak_alt(map_[None])} {told}. Below: {filters} of {layer}, "
        f"{height} × {width}{tell_strongest(activations)}."
    )
    shown = activations[..., :64]
    across = 16 if shown.shape[-1] > 12 else 8
    rows = -(-shown.shape[-1] // across)
    below = 0.55 + 8.6 / across * rows * height / width
    figure = Figure(title, alt, 9.6, 3.3 + below)
    upper, lower = subfigures(figure, 2, 1, height_ratios=(2.9, below))
    parts = subfigures(upper, 1, 2, width_ratios=(2, 1.3))
    seen, tested = (part.add_subplot() for part in parts)
    limit = abs(map_).max() or 1.0
    painted = [painted_images(pictures[:1])[0], overlaid(pictures[1:], map_[None] / limit)[0]]
    room = max(10, int(36 * min(1, map_.shape[1] / map_.shape[0])))  # letters over a picture
    mosaic(seen, [painted], [textwrap.fill(label, room) for label in titles])
    for (name, curve), (colour, line) in zip(curves.items(), looks, strict=False):
        shares = np.linspace(0, 1, len(curve))
        tested.plot(shares, curve, line, color=colour, label=f"{name}, mean {curve.mean():.2f}")
    tested.set(xlim=(0, 1), ylim=(0, 1), xlabel="share of the pixels", ylabel="probability")
    tested.xaxis.set_major_formatter(matplotlib.ticker.PercentFormatter(1))
    tested.legend(loc="lower center", bbox_to_anchor=(0.5, 1))
    scale = Scale(shown)
    ax = lower.add_subplot()
    cells = [scale(shown[..., i]) for i in range(shown.shape[-1])]
    mosaic(ax, in_rows(cells, across), least=(1, across))
    first = "" if shown.shape == activations.shape else ", the first 64 of them"
    ax.set_title(f"{layer}: {filters} of {height} × {width}{first}", loc="left", fontsize=9)
    scale.bar(lower, ax, "")
    return figure
