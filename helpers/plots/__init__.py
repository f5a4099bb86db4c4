"""Pictures of networks: arrays in, a `Figure` out, one colour map per meaning, alt text on each.

Nothing here knows a model, and nothing touches pyplot's state. A figure is shown once, because it
is the last expression of a cell (or is passed to `display`), whatever `%matplotlib` says.
"""

from helpers.plots.evidence import inversions, overlays, projections, tinted
from helpers.plots.features import (
    class_mean_maps,
    class_scatter,
    dense_activations,
    feature_maps,
    layer_maps,
    mode_maps,
)
from helpers.plots.figure import (
    ACTIVATION,
    BYTES,
    FILTERS,
    INPUT,
    MISTAKES,
    SIGNED,
    Figure,
    palette,
)
from helpers.plots.maximization import progression, score_curves
from helpers.plots.pictures import image_table, images
from helpers.plots.tables import bars, comparison, effects, invariance_curves, shares_by_layer
from helpers.plots.training import check_history, confusion_matrix, training_history

__all__ = [
    "ACTIVATION",
    "BYTES",
    "FILTERS",
    "INPUT",
    "MISTAKES",
    "SIGNED",
    "Figure",
    "bars",
    "check_history",
    "class_mean_maps",
    "class_scatter",
    "comparison",
    "confusion_matrix",
    "dense_activations",
    "effects",
    "feature_maps",
    "image_table",
    "images",
    "invariance_curves",
    "inversions",
    "layer_maps",
    "mode_maps",
    "overlays",
    "palette",
    "progression",
    "projections",
    "score_curves",
    "shares_by_layer",
    "tinted",
    "training_history",
]
