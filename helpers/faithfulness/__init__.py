"""Does a map tell the truth? What it ranks highest is removed, looked up in a mask, or the network
is made to forget what it learned. `known` has networks of which the truth is known.

Maps (N, H, W) come from any method. Most measures read the order of a map's pixels alone; the
measures in `subsets` and `mass_inside` read their values. A constant map says nothing. Where pixels
are looked up or removed it is rated as chance, not as an error. A NaN or an infinite value has no
rank and raises `ValueError`. An attribution (N, H, W, C) becomes a map by `saliency.over_channels`.
"""

from helpers.models import _quiet_tensorflow  # noqa: F401  # isort: skip  (before any measure)
from helpers.faithfulness import known
from helpers.faithfulness.forgetting import Randomisation, randomisation, rank_correlation
from helpers.faithfulness.removal import (
    area_under,
    deletion_curves,
    impute,
    insertion_curves,
    road_curves,
)
from helpers.faithfulness.subsets import (
    drops,
    infidelity,
    max_sensitivity,
    random_subsets,
    sensitivity_n,
    squares,
)
from helpers.faithfulness.truth import iou, mass_inside, pointing_game

__all__ = [
    "Randomisation",
    "area_under",
    "deletion_curves",
    "drops",
    "impute",
    "infidelity",
    "insertion_curves",
    "iou",
    "known",
    "mass_inside",
    "max_sensitivity",
    "pointing_game",
    "random_subsets",
    "randomisation",
    "rank_correlation",
    "road_curves",
    "sensitivity_n",
    "squares",
]
