"""What a graded cell calls: one check per exercise, by the exercise's name."""

from helpers.checks.core import Check, Result
from helpers.checks.filter_statistics import (
    class_means,
    layer_output,
    mode_map,
    standardise,
    winning_filter,
)
from helpers.checks.grad_cam_checks import (
    channel_weights,
    class_activation_map,
    grad_cam,
    heatmaps,
    overlay,
    weighted_map,
)
from helpers.checks.occlusion import (
    average_overlaps,
    cover_patch,
    covered_places,
    drop_map,
    patch_positions,
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
    "average_overlaps",
    "build_network",
    "channel_weights",
    "class_activation_map",
    "class_means",
    "confusion",
    "count_weights",
    "cover_patch",
    "covered_places",
    "drop_map",
    "grad_cam",
    "heatmaps",
    "layer_output",
    "mode_map",
    "overlay",
    "patch_positions",
    "scale_images",
    "standardise",
    "weighted_map",
    "winning_filter",
    "worst_mistakes",
]
