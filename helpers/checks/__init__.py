"""What a graded cell calls: one check per exercise, by the exercise's name."""

from helpers.checks.activation_maximization import (
    ascent_step,
    deprocess,
    maximise,
    total_variation,
    vertical_selectivity,
)
from helpers.checks.core import Check, Result
from helpers.checks.deconvnet_inversion import (
    deconvolve,
    feature_distance,
    inversion_loss,
    pool_with_switches,
    unpool,
)
from helpers.checks.filter_statistics import (
    class_means,
    layer_output,
    mode_map,
    standardise,
    winning_filter,
)
from helpers.checks.four_heads import (
    accuracies,
    angle_error,
    head_classes,
    mask_iou,
    without_filter,
)
from helpers.checks.grad_cam_checks import (
    channel_weights,
    class_activation_map,
    grad_cam,
    heatmaps,
    overlay,
    weighted_map,
)
from helpers.checks.intermediate_activations import (
    conv_outputs,
    maps_to_bytes,
    pixel_by_hand,
    receptive_fields,
    silence,
)
from helpers.checks.occlusion import (
    average_overlaps,
    cover_patch,
    covered_places,
    drop_map,
    patch_positions,
)
from helpers.checks.own_model import (
    class_order,
    conv_names,
    deletion_curve,
    file_kind,
    preprocess,
)
from helpers.checks.saliency import (
    backward_pass,
    integrated_gradients,
    relu_backward,
    saliency_map,
    smooth_grad,
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
    "accuracies",
    "accuracy",
    "angle_error",
    "ascent_step",
    "average_overlaps",
    "backward_pass",
    "build_network",
    "channel_weights",
    "class_activation_map",
    "class_means",
    "class_order",
    "confusion",
    "conv_names",
    "conv_outputs",
    "count_weights",
    "cover_patch",
    "covered_places",
    "deconvolve",
    "deletion_curve",
    "deprocess",
    "drop_map",
    "feature_distance",
    "file_kind",
    "grad_cam",
    "head_classes",
    "heatmaps",
    "integrated_gradients",
    "inversion_loss",
    "layer_output",
    "maps_to_bytes",
    "mask_iou",
    "maximise",
    "mode_map",
    "overlay",
    "patch_positions",
    "pixel_by_hand",
    "pool_with_switches",
    "preprocess",
    "receptive_fields",
    "relu_backward",
    "saliency_map",
    "scale_images",
    "silence",
    "smooth_grad",
    "standardise",
    "total_variation",
    "unpool",
    "vertical_selectivity",
    "weighted_map",
    "winning_filter",
    "without_filter",
    "worst_mistakes",
]
