"""Wrong implementations that people really write, by exercise."""

from helpers.checks.misconceptions import (  # noqa: F401
    activation_maximization,
    deconvnet_inversion,
    filter_statistics,
    four_heads,
    grad_cam,
    intermediate_activations,
    occlusion,
    own_model,
    saliency,
    train_a_cnn,
)
from helpers.checks.misconceptions.registry import (
    Misconception,
    answer_source,
    everything,
    of,
    searching,
)

# What the demo's second sample submission gets wrong: exercise -> misconception.
TYPICAL_MISTAKES = {
    "scale_images": "without_channel_axis",
    "count_weights": "without_bias",
    "worst_mistakes": "positions_among_mistakes",
    "class_means": "class_without_images_is_zero",
    "winning_filter": "dead_counted_as_filter_0",
    "mode_map": "dead_pixels_vote",
    "maximise": "last_score_missing",
    "deprocess": "spread_zero_divides",
    "total_variation": "around_the_border",
    "maps_to_bytes": "constant_map_is_grey",
    "pixel_by_hand": "border_wrapped",
    "receptive_fields": "own_stride_counted",
    "weighted_map": "absolute_for_relu",
    "heatmaps": "zero_divided_by_zero",
    "drop_map": "absolute_drop",
    "unpool": "copied_to_all_four",
    "feature_distance": "distance_not_relative",
    "covered_places": "probability_of_the_former_class",
    "preprocess": "squeezed",
    "class_order": "output_of_each_class",
    "deletion_curve": "some_pixels_left_over",
    "saliency_map": "abs_of_the_channel_mean",
    "integrated_gradients": "times_image_for_difference",
    "relu_backward": "deconvnet_for_guided",
    "accuracies": "joint_is_the_product",
    "angle_error": "not_around_the_border",
}

__all__ = [
    "TYPICAL_MISTAKES",
    "Misconception",
    "answer_source",
    "everything",
    "of",
    "searching",
]
