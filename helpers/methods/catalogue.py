"""Every method that explains a score by a map: one record each.

Explorers, the ranking, the tests that hold for every method and the README's list read `METHODS`.
To add a method, write its function and add its record here.
"""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import keras
import numpy as np

from helpers.methods import cam, occlusion, relevance, rise, saliency
from helpers.models import graph
from helpers.scores import Score

__all__ = ["FAMILIES", "METHODS", "Method", "applicable", "get"]

# They weigh feature maps, follow the score back to the pixels, or change the image.
FAMILIES = ("CAM", "gradient", "perturbation")
NEEDS = {  # what not every model has, and who knows
    "ReLUs": saliency.has_relus,
    "pooling head": cam.has_pooling_head,
    "rules of relevance": relevance.has_rules,
}
NEGATIVE_EVIDENCE = "evidence against"
NEGATIVE_ACTIVATIONS = "negative activations"


def _nothing(size: tuple[int, int]) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Method:
    """A method that explains a score by a map, and what there is to know of it.

    Attributes:
        name: as people write it.
        function: called with a model, images, a score, and options by name; returns maps (N, H, W),
            or attributions (N, H, W, C).
        family: one of `FAMILIES`.
        sentence: what it does, for a student.
        paper, link: where it was published.
        negative: what a negative value of its signed map means.
        channels: how attributions become maps, as in `saliency.over_channels`: "sum" where they are
            shares of the score, "max" where only their size counts. None where there are maps.
        needs: which of `NEEDS` the model must have.
        complete: whether what it gives to all pixels adds up to score(image) − score(baseline).
        defaults: for images of (height, width), the options that fit them.

    >>> from helpers.methods import catalogue
    >>> method = catalogue.METHODS["Grad-CAM"]
    >>> method.family, method.layer
    ('CAM', True)
    >>> method.maps(model, images, 1).shape
    (4, 8, 8)
    """

    name: str
    function: Callable[..., np.ndarray]
    family: str
    sentence: str
    paper: str
    link: str
    negative: str = NEGATIVE_EVIDENCE
    channels: str | None = None
    needs: tuple[str, ...] = ()
    complete: bool = False
    defaults: Callable[[tuple[int, int]], dict[str, Any]] = _nothing

    @cached_property
    def options(self) -> frozenset[str]:
        """The names of the function's further arguments, after model, images and score."""
        _, _, _, *others = inspect.signature(self.function).parameters.values()
        return frozenset(each.name for each in others if each.kind is not each.VAR_KEYWORD)

    @property
    def layer(self) -> bool:
        """Whether it looks at one layer, which can be named."""
        return "layer" in self.options

    def layer_of(
        self, model: keras.Model, score: Score | int, layer: str | None = None
    ) -> str | None:
        """The layer whose maps the method weighs: `layer`, or by default what
        `cam.default_layer` names; None where no layer can be named.

        >>> from helpers.methods import catalogue
        >>> catalogue.METHODS["Grad-CAM"].layer_of(model, 1)
        'l2'
        """
        return (layer or cam.default_layer(model, score)) if self.layer else None

    def title(self, model: keras.Model, score: Score | int, layer: str | None = None) -> str:
        """What stands above its picture: the name, and the layer of `layer_of`.

        >>> from helpers.methods import catalogue
        >>> catalogue.METHODS["Grad-CAM"].title(model, 1)
        'Grad-CAM of l2'
        """
        found = self.layer_of(model, score, layer)
        return f"{self.name} of {found}" if found else self.name

    def chosen(self, size: tuple[int, int], **options: Any) -> dict[str, Any]:
        """The options that the function is called with, for images of (height, width).

        They are the defaults, and of `options` those that the function knows. `TypeError` for an
        option that no method knows. `baseline` is what an image without evidence is made of: a
        number, "mean" or "blur".
        """
        known = frozenset().union(*(method.options for method in (self, *METHODS.values())))
        if unknown := options.keys() - known:
            raise TypeError(
                f"no method has an option {min(unknown)!r}; there are: {', '.join(sorted(known))}"
            )
        chosen = {"fill": options.get("baseline", 0.0)} | self.defaults(size) | options
        return {name: value for name, value in chosen.items() if name in self.options}

    def maps(
        self,
        model: keras.Model,
        images: np.ndarray,
        score: Score | int,
        *,
        signed: bool = False,
        **options: Any,
    ) -> np.ndarray:
        """Maps (N, H, W) float32 of images (N, H, W, C), with the options of `chosen`.

        Some methods leave out what speaks against the score. With `signed` they show it, too.
        """
        chosen = self.chosen(np.shape(images)[1:3], signed=signed, **options)
        found = self.function(model, images, score, **chosen)
        if self.channels is None:
            return found
        return saliency.over_channels(found, "sum" if signed else self.channels)

    def applies(self, model: keras.Model) -> bool:
        """Whether the model has what the method needs."""
        if self.layer and not graph.conv_layers(model):
            return False
        return all(NEEDS[need](model) for need in self.needs)


def _patches(size: tuple[int, int]) -> dict[str, Any]:
    """A quarter of the image, three places to a patch. Smoothed, for all the pixels under the same
    patches have the same value."""
    patch = max(1, min(size) // 4)
    stride = max(1, patch // 3)
    return {"patch": patch, "stride": stride, "smooth": stride / 2}


def _cells(size: tuple[int, int]) -> dict[str, Any]:
    """The paper's grid of 7×7 cells; in small images a cell is two pixels wide."""
    return {"cells": min(7, max(1, min(size) // 2))}


METHODS = {
    method.name: method
    for method in (
        Method(
            "CAM",
            cam.cam,
            "CAM",
            "Weighs the last feature maps by the class's own weights.",
            "Zhou et al. 2016",
            "https://arxiv.org/abs/1512.04150",
            needs=("pooling head",),
        ),
        Method(
            "Grad-CAM",
            cam.grad_cam,
            "CAM",
            "Weighs each feature map by its mean gradient.",
            "Selvaraju et al. 2017",
            "https://arxiv.org/abs/1610.02391",
        ),
        Method(
            "Grad-CAM++",
            cam.grad_cam_plus_plus,
            "CAM",
            "Weighs each feature map by its positive gradients, pixel by pixel.",
            "Chattopadhay et al. 2018",
            "https://arxiv.org/abs/1710.11063",
            negative=NEGATIVE_ACTIVATIONS,
        ),
        Method(
            "XGrad-CAM",
            cam.xgrad_cam,
            "CAM",
            "Weighs each feature map by its gradient where the map is active.",
            "Fu et al. 2020",
            "https://arxiv.org/abs/2008.02312",
        ),
        Method(
            "LayerCAM",
            cam.layer_cam,
            "CAM",
            "Weighs each pixel of each feature map by its own gradient, if that is positive.",
            "Jiang et al. 2021",
            "https://doi.org/10.1109/TIP.2021.3089943",
            negative=NEGATIVE_ACTIVATIONS,
        ),
        Method(
            "HiResCAM",
            cam.hires_cam,
            "CAM",
            "Weighs each pixel of each feature map by its own gradient.",
            "Draelos and Carin 2020",
            "https://arxiv.org/abs/2011.08891",
        ),
        Method(
            "Score-CAM",
            cam.score_cam,
            "CAM",
            "Weighs each feature map by the score of the image seen through the map.",
            "Wang et al. 2020",
            "https://arxiv.org/abs/1910.01279",
            negative=NEGATIVE_ACTIVATIONS,
        ),
        Method(
            "gradient",
            saliency.gradient,
            "gradient",
            "Says by how much the score rises when a pixel becomes a little brighter.",
            "Simonyan et al. 2013",
            "https://arxiv.org/abs/1312.6034",
            channels="max",
        ),
        Method(
            "gradient × input",
            saliency.gradient_times_input,
            "gradient",
            "Multiplies the gradient by the pixel's value.",
            "Shrikumar et al. 2016",
            "https://arxiv.org/abs/1605.01713",
            channels="sum",
        ),
        Method(
            "SmoothGrad",
            saliency.smooth_grad,
            "gradient",
            "Averages the gradient over noisy copies of the image.",
            "Smilkov et al. 2017",
            "https://arxiv.org/abs/1706.03825",
            channels="max",
        ),
        Method(
            "integrated gradients",
            saliency.integrated_gradients,
            "gradient",
            "Adds up the gradient on the way from a baseline to the image.",
            "Sundararajan et al. 2017",
            "https://arxiv.org/abs/1703.01365",
            channels="sum",
            complete=True,
        ),
        Method(
            "deconvnet",
            saliency.deconvnet,
            "gradient",
            "Goes back like the gradient, and cuts off at each ReLU what arrives negative.",
            "Zeiler and Fergus 2014",
            "https://arxiv.org/abs/1311.2901",
            channels="max",
            needs=("ReLUs",),
        ),
        Method(
            "guided backprop",
            saliency.guided_backprop,
            "gradient",
            "Goes back like the gradient, and cuts off at each ReLU what is negative either way.",
            "Springenberg et al. 2014",
            "https://arxiv.org/abs/1412.6806",
            channels="max",
            needs=("ReLUs",),
        ),
        Method(
            "guided Grad-CAM",
            saliency.guided_grad_cam,
            "gradient",
            "Multiplies guided backprop by the map of Grad-CAM.",
            "Selvaraju et al. 2017",
            "https://arxiv.org/abs/1610.02391",
            channels="max",
            needs=("ReLUs",),
        ),
        Method(
            "LRP",
            relevance.lrp,
            "gradient",
            "Hands the score back layer by layer, to each value its share.",
            "Bach et al. 2015",
            "https://doi.org/10.1371/journal.pone.0130140",
            channels="sum",
            needs=("rules of relevance",),
        ),
        Method(
            "occlusion",
            occlusion.occlusion_map,
            "perturbation",
            "Covers a patch of the image, and says by how much the score falls.",
            "Zeiler and Fergus 2014",
            "https://arxiv.org/abs/1311.2901",
            defaults=_patches,
        ),
        Method(
            "RISE",
            rise.rise,
            "perturbation",
            "Covers the image at random, and says how much a pixel that shows adds to the score.",
            "Petsiuk et al. 2018",
            "https://arxiv.org/abs/1806.07421",
            defaults=_cells,
        ),
    )
}


def get(identifier: str | Method | Callable[..., np.ndarray]) -> Method:
    """The record of a method, found by its name, its function or the record itself.

    Raises:
        ValueError: where there is no such method; the message lists those there are.

    >>> from helpers.methods import catalogue
    >>> catalogue.get("grad_cam").name
    'Grad-CAM'
    """
    for method in METHODS.values():
        if identifier in (method, method.function, method.name, method.function.__name__):
            return method
    close = difflib.get_close_matches(str(identifier), METHODS, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"there is no method {identifier!r}.{hint} There are: {', '.join(METHODS)}")


def applicable(model: keras.Model, *families: str) -> list[str]:
    """The names of the methods that apply to the model, of all families or of those named.

    >>> from helpers.methods import catalogue
    >>> catalogue.applicable(model, "perturbation")
    ['occlusion', 'RISE']
    """
    return [
        name
        for name, method in METHODS.items()
        if method.family in (families or FAMILIES) and method.applies(model)
    ]
