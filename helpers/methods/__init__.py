"""One file a technique. Every method takes a model, images (N, H, W, C) and what to explain."""

from helpers.models import _quiet_tensorflow  # noqa: F401  # isort: skip  (before any method)
from helpers.methods import (
    activations,
    cam,
    catalogue,
    deconvnet,
    invariance,
    inversion,
    maximization,
    occlusion,
    relevance,
    rise,
    saliency,
    statistics,
)

__all__ = [
    "activations",
    "cam",
    "catalogue",
    "deconvnet",
    "invariance",
    "inversion",
    "maximization",
    "occlusion",
    "relevance",
    "rise",
    "saliency",
    "statistics",
]
