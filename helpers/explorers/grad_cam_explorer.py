"""Explore where a network finds its evidence, for any image, class, layer and method."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from helpers import plots
from helpers.explorers.alone import IMAGES
from helpers.explorers.network import explained
from helpers.explorers.skin import Explorer, check_labels, check_pictures, explanation_controls

if TYPE_CHECKING:
    import keras

    from helpers.methods.catalogue import Method

__all__ = ["draw_grad_cam", "grad_cam"]


def grad_cam(
    model: "keras.Model", images: ArrayLike, labels: ArrayLike, class_names: Sequence[object]
) -> Explorer:
    """Browse the class activation maps of a network with one head: Grad-CAM and its relatives.

    Args:
        model: a classifier with convolutions.
        images: (N, height, width, 1 or 3) float32, what the model takes, from 0 to 1.
        labels: (N,) true classes, integers.
        class_names: one name per class.

    Raises:
        ValueError: if lengths do not fit, images leave 0 to 1, or the model has no convolution.
    """
    from helpers.methods import catalogue

    images, labels = np.asarray(images), np.asarray(labels)
    check_labels(images, labels)
    check_pictures(images)
    methods = catalogue.applicable(model, "CAM")
    against = {name: _against(catalogue.get(name)) for name in methods}
    some = slice(IMAGES)
    return Explorer(
        partial(draw_grad_cam, model, images, labels, class_names),
        partial(
            explained, "grad_cam", model, images[some], class_names, labels[some], against=against
        ),
        **explanation_controls(model, len(images), class_names, methods),
    )


def draw_grad_cam(
    model: "keras.Model",
    images: np.ndarray,
    labels: np.ndarray,
    class_names: Sequence[object],
    image: int,
    class_: int | None,
    layer: str,
    method: str,
) -> plots.Figure:
    """Draw the picture of `grad_cam`: the image, its map for `class_` (None: the predicted class),
    and the same map with its sign."""
    from helpers.methods import catalogue
    from helpers.models import predict

    chosen = catalogue.get(method)
    one = images[image : image + 1]
    [outputs] = predict(model, one)
    predicted = int(outputs.argmax())
    class_ = predicted if class_ is None else class_
    [positive] = chosen.maps(model, one, class_, layer=layer)
    [signed] = chosen.maps(model, one, class_, layer=layer, signed=True)
    titles = [
        f"true: {class_names[labels[image]]}, predicted: {class_names[predicted]}",
        "evidence for" if positive.any() else "no evidence for",
        _against(chosen)[0 if signed.min() < 0 else 1],
    ]
    named = chosen.title(model, class_, layer)
    title = f"{named}: image {image}, what speaks for {class_names[class_]}"
    maps = np.stack([np.zeros_like(positive), positive, signed])
    return plots.overlays(np.repeat(one, 3, axis=0), maps, titles, 3, title, one_scale=True)


def _against(method: "Method") -> tuple[str, str]:
    """Return the signed map's title where a value is negative, and where none is. If a method's
    weights are never negative, a negative value comes from an activation, and the lack of one says
    nothing about the class."""
    from helpers.methods.catalogue import NEGATIVE_EVIDENCE

    evidence = method.negative == NEGATIVE_EVIDENCE
    return (
        f"blue: {method.negative}",
        "no evidence against" if evidence else "counts nothing against",
    )
