"""Widgets to explore a network with: a thin skin over functions that draw one picture each."""

from helpers.explorers.deconvnet import deconvnet
from helpers.explorers.digit_pad import DigitPad
from helpers.explorers.filters import filters
from helpers.explorers.four_heads import four_heads
from helpers.explorers.grad_cam import grad_cam
from helpers.explorers.maximization import maximization
from helpers.explorers.occlusion import occlusion
from helpers.explorers.own_model import own_model
from helpers.explorers.patches import patches
from helpers.explorers.saliency import saliency
from helpers.explorers.skin import Explorer
from helpers.explorers.training import training

__all__ = [
    "DigitPad",
    "Explorer",
    "deconvnet",
    "filters",
    "four_heads",
    "grad_cam",
    "maximization",
    "occlusion",
    "own_model",
    "patches",
    "saliency",
    "training",
]
