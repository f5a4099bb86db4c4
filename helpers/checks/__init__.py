"""What a graded cell calls: one check per exercise, by the exercise's name."""

from helpers.checks.activation_maximization import (
    ascent_step,
    deprocess,
    maximise,
    total_variation,
    vertical_selectivity,
)
from helpers.checks.core import Check, Result
from helpers.checks.filter_statistics import (
    class_means,
    layer_output,
    mode_map,
    standardise,
    winning_filter,
)
from helpers.checks.intermediate_activations import (
    conv_outputs,
    maps_to_bytes,
    pixel_by_hand,
    receptive_fields,
    silence,
)
from helpers.checks.train_a_cnn import (
    accuracy,
    build_network,
    confusion,
    count_weights,
    scale_images,
    worst_mistakes,
)

__all__ = [
    "Check",
    "Result",
    "accuracy",
    "ascent_step",
    "build_network",
    "class_means",
    "confusion",
    "conv_outputs",
    "count_weights",
    "deprocess",
    "layer_output",
    "maps_to_bytes",
    "maximise",
    "mode_map",
    "pixel_by_hand",
    "receptive_fields",
    "scale_images",
    "silence",
    "standardise",
    "total_variation",
    "vertical_selectivity",
    "winning_filter",
    "worst_mistakes",
]
