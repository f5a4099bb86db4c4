"""Explore which pixels a class answers to, for any image, class and method that uses gradients."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np
from numpy.typing import ArrayLike

from helpers import plots
from helpers.explorers.alone import IMAGES
from helpers.explorers.network import explained
from helpers.explorers.skin import Explorer, check_labels, check_names, check_pictures

if TYPE_CHECKING:
    import keras

__all__ = ["draw_saliency", "saliency"]


def saliency(
    model: "keras.Model", images: ArrayLike, labels: ArrayLike, class_names: Sequence[object]
) -> Explorer:
    """Browse attributions of `images` to pixels, for any class and method.

    "samples" is the number of SmoothGrad's samples, or of integrated gradients' steps. "noise"
    belongs to SmoothGrad, "baseline" to integrated gradients. Without "signed" only the size of a
    gradient counts.

    Args:
        model: a classifier with one head, convolutions and ReLUs.
        images: (N, H, W, 1 or 3) float32 from 0 to 1, as the model takes them.
        labels: (N,) true classes, integers; choosing an image chooses its class.
        class_names: one name per class.

    Raises:
        ValueError: if there is not a label for each image and a name for each class, or images
            leave 0 to 1.
    """
    from helpers.methods import catalogue

    images, labels = np.asarray(images), np.asarray(labels)
    check_labels(images, labels)
    check_pictures(images)
    check_names(model, class_names)
    methods = catalogue.applicable(model, "gradient")
    low, high = float(images.min()), float(images.max())
    baselines = [(f"{value:.3g}", value) for value in (low, (low + high) / 2, high)]
    plain = [value for _, value in baselines]
    names = [(str(name), i) for i, name in enumerate(class_names)]
    later = {"continuous_update": False}

    image = widgets.IntSlider(max=len(images) - 1, description="image", **later)
    class_ = widgets.Dropdown(options=names, value=int(labels[0]), description="class")

    def follow_image(_change) -> None:
        class_.value = int(labels[image.value])

    image.observe(follow_image, names="value")  # before the explorer's own observer
    some = slice(IMAGES)
    return Explorer(
        partial(draw_saliency, model, images, class_names),
        partial(
            explained, "saliency", model, images[some], class_names, labels[some], baselines=plain
        ),
        image=image,
        class_=class_,
        method=widgets.Dropdown(options=methods, description="method"),
        samples=widgets.IntSlider(50, 1, 200, description="samples", **later),
        noise=widgets.FloatSlider(0.15, max=0.5, step=0.05, description="noise", **later),
        baseline=widgets.Dropdown(options=baselines, description="baseline"),
        signed=widgets.Checkbox(True, description="signed", indent=False),
    )


def draw_saliency(
    model: "keras.Model",
    images: np.ndarray,
    class_names: Sequence[object],
    image: int,
    class_: int,
    method: str,
    samples: int,
    noise: float,
    baseline: float,
    signed: bool,
) -> plots.Figure:
    """Draw the picture of `saliency`: the image and its prediction, the map, and the map over the
    image. For a complete method, such as integrated gradients, the title also gives the map's sum
    and the difference of logits that it should equal."""
    from helpers.methods import catalogue
    from helpers.methods.activations import score_values
    from helpers.models import predict

    one, chosen = images[image : image + 1], catalogue.get(method)
    settings = {"samples": samples, "steps": samples, "noise": noise, "baseline": baseline}
    taken = {name: value for name, value in settings.items() if name in chosen.options}
    [map_] = chosen.maps(model, one, class_, signed=signed, **taken)
    [probabilities] = predict(model, one)
    start = np.full_like(one, baseline)
    logit, without = score_values(model, np.concatenate([one, start]), class_)
    top, name = int(probabilities.argmax()), class_names[class_]
    over = f"over the image\nlogit of {name}: {logit:.2f}"
    if chosen.complete:
        over = f"all pixels together: {map_.sum():.2f}\nlogit − baseline's logit: "
        over += f"{logit - without:.2f}"
    titles = [
        f"image {image}\npredicted: {class_names[top]}, {probabilities.max():.1%}",
        f"{method}\nfrom {map_.min():.3g} to {map_.max():.3g}",
        over,
    ]
    details = [f"{setting} {value:.3g}" for setting, value in taken.items()]
    if not signed and chosen.channels == "max":
        details.append("size alone")
    paper = np.full_like(one, 1 if one.shape[-1] == 3 else 0)
    return plots.overlays(
        np.concatenate([one, paper, one]),
        np.stack([np.zeros_like(map_), map_, map_]),
        titles,
        3,
        ", ".join([f"{method[0].upper()}{method[1:]} of class {name}", *details]),
        one_scale=True,
        label=method,
    )
