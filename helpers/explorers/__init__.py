"""Widgets to explore a network: a thin skin over functions, each of which draws one picture."""

from helpers.explorers.deconvnet_explorer import deconvnet
from helpers.explorers.digit_pad import DigitPad
from helpers.explorers.filters_explorer import filters
from helpers.explorers.four_heads_explorer import four_heads
from helpers.explorers.grad_cam_explorer import grad_cam
from helpers.explorers.guessing import guess
from helpers.explorers.maximization_explorer import maximization
from helpers.explorers.occlusion_explorer import occlusion
from helpers.explorers.own_model_explorer import own_model
from helpers.explorers.patches_explorer import patches
from helpers.explorers.saliency_explorer import saliency
from helpers.explorers.skin import Explorer
from helpers.explorers.training_explorer import training

__all__ = [
    "DigitPad",
    "Explorer",
    "deconvnet",
    "filters",
    "four_heads",
    "grad_cam",
    "guess",
    "maximization",
    "occlusion",
    "own_model",
    "patches",
    "saliency",
    "training",
]
