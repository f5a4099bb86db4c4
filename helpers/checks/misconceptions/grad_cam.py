"""Wrong answers to the exercises of notebook 05."""

import numpy as np

from helpers.checks.drawn import numpy_gradient
from helpers.checks.misconceptions.registry import NOTEBOOKS, in_numpy, misconception
from helpers.checks.networks import numpy_outputs

CHANNELS_FIRST = "https://github.com/jacobgil/pytorch-grad-cam: np.mean(grads, axis=(2, 3))"
FOR_ONE_IMAGE = "https://keras.io/examples/vision/grad_cam: tf.reduce_mean(grads, axis=(0, 1, 2))"
ONE_IMAGE = "https://github.com/jacobgil/keras-grad-cam: np.mean(grads_val, axis=(0, 1))"
PLUS_PLUS = "https://github.com/adityac94/Grad_CAM_plus_plus/blob/master/misc/utils.py"


@misconception("channel_weights", "These are maxima. The weight of a channel is the mean of its gradient over all positions.", origin=NOTEBOOKS)  # fmt: skip
def pooled_with_max(gradients):
    return gradients.max(axis=(1, 2))


@misconception("channel_weights", "The mean or sum runs over the channels: keep one weight for each channel and average over height and width.", origin=NOTEBOOKS)  # fmt: skip
def pooled_over_channels(gradients):
    return gradients.mean(axis=-1)


@misconception("channel_weights", "The mean or sum runs over the rows only. Average over height and width, axes 1 and 2.", origin=NOTEBOOKS)  # fmt: skip
def pooled_over_rows(gradients):
    return gradients.mean(axis=1)


@misconception("channel_weights", "The mean or sum runs over the images, too: every image has weights of its own.", origin=FOR_ONE_IMAGE)  # fmt: skip
def pooled_over_the_batch(gradients):
    return gradients.mean(axis=(0, 1, 2))


@misconception("channel_weights", "The mean or sum runs over the images, axis 0. Average over height and width, axes 1 and 2.")  # fmt: skip
def pooled_over_images_only(gradients):
    return gradients.mean(axis=0)


@misconception("channel_weights", "The sign is lost. A channel that speaks against the class has a negative weight.")  # fmt: skip
def absolute_gradients(gradients):
    return abs(gradients).mean(axis=(1, 2))


@misconception("channel_weights", "Negative gradients were set to 0 before the mean: Grad-CAM averages all of them. The ReLU comes at the end.")  # fmt: skip
def positive_gradients_only(gradients):
    return np.maximum(gradients, 0).mean(axis=(1, 2))


@misconception("channel_weights", "Each image's weights were made to sum up to 1: if weights are negative, this may turn every sign.")  # fmt: skip
def weights_that_sum_to_one(gradients):
    weights = gradients.mean(axis=(1, 2))
    return weights / weights.sum(axis=1, keepdims=True)


@misconception("channel_weights", "Axes 2 and 3 are height and width where channels come first. Here height and width are axes 1 and 2.", origin=CHANNELS_FIRST)  # fmt: skip
def channels_taken_to_come_first(gradients):
    return gradients.mean(axis=(2, 3))


@misconception("channel_weights", "Axes 0 and 1 are height and width of a single image, but here axis 0 counts the images. Take axes 1 and 2.", origin=ONE_IMAGE)  # fmt: skip
def images_axis_forgotten(gradients):
    return gradients.mean(axis=(0, 1))


@misconception("channel_weights", "Height and width were kept as axes of length 1. The result should have shape (N, channels), without keepdims.")  # fmt: skip
def axes_of_length_one(gradients):
    return gradients.mean(axis=(1, 2), keepdims=True)


@misconception("channel_weights", "Only the first image is looked at: return one row of weights for each image.")  # fmt: skip
def first_gradient_only(gradients):
    return gradients[:1].mean(axis=(1, 2))


@misconception("channel_weights", "A softmax makes every weight positive. A channel that speaks against the class has a negative weight.")  # fmt: skip
def weights_after_a_softmax(gradients):
    weights = np.exp(gradients.mean(axis=(1, 2)))
    return weights / weights.sum(axis=1, keepdims=True)


@misconception("channel_weights", "Each image's weights are divided by a number made of them, such as the largest, which is 0 where the class does not depend on the maps. Leave the weights as they are.")  # fmt: skip
def weights_divided_by_the_largest(gradients):
    weights = gradients.mean(axis=(1, 2))
    return weights / abs(weights).max(axis=1, keepdims=True)


@misconception("weighted_map", "There is no ReLU. Negative values are evidence against the class and become 0.", origin=NOTEBOOKS)  # fmt: skip
def without_relu(maps, weights):
    return np.einsum("nhwk,nk->nhw", maps, weights)


@misconception("weighted_map", "This is the absolute value: evidence against the class shows up as evidence for it. Take the ReLU.", origin=NOTEBOOKS, typical=True)  # fmt: skip
def absolute_for_relu(maps, weights):
    return abs(np.einsum("nhwk,nk->nhw", maps, weights))


@misconception("weighted_map", "There is no ReLU, and subtracting the minimum does not replace it: 0 no longer means no evidence.", origin=NOTEBOOKS)  # fmt: skip
def min_max_for_relu(maps, weights):
    total = np.einsum("nhwk,nk->nhw", maps, weights)
    low, high = total.min(axis=(1, 2), keepdims=True), total.max(axis=(1, 2), keepdims=True)
    return (total - low) / (high - low)


@misconception("weighted_map", "The sum starts at 1: start it at 0.", origin="https://github.com/utkuozbulak/pytorch-cnn-visualizations/issues/14")  # fmt: skip
def accumulator_starts_at_ones(maps, weights):
    return np.maximum(np.einsum("nhwk,nk->nhw", maps, weights) + 1, 0)


@misconception("weighted_map", "The ReLU comes before the sum, so that evidence against the class is never subtracted. Add up first.")  # fmt: skip
def relu_before_the_sum(maps, weights):
    return np.maximum(maps * weights[:, None, None, :], 0).sum(axis=-1)


@misconception("weighted_map", "All images got the weights of the first one: each has its own.")
def weights_of_the_first_image(maps, weights):
    return np.maximum(maps @ weights[0], 0)


@misconception(
    "weighted_map",
    "The weights of all images were averaged or added up, but each image has its own.",
)
def weights_averaged_over_images(maps, weights):
    return np.maximum(maps @ weights.mean(axis=0), 0)


@misconception("weighted_map", "The weights are never used: this is the plain mean of the maps.", origin=NOTEBOOKS)  # fmt: skip
def weights_not_used(maps, weights):
    return maps.mean(axis=-1)


@misconception("weighted_map", "The channels were not added up. The result should have one map per image, without a channel axis.")  # fmt: skip
def channels_not_added(maps, weights):
    return np.maximum(maps * weights[:, None, None, :], 0)


@misconception("weighted_map", "This is the largest contribution at each position. Take the sum over the channels.")  # fmt: skip
def largest_for_sum(maps, weights):
    return np.maximum((maps * weights[:, None, None, :]).max(axis=-1), 0)


@misconception("weighted_map", "Rows and columns are swapped.", origin=NOTEBOOKS)  # fmt: skip
def map_transposed(maps, weights):
    return np.maximum(np.einsum("nhwk,nk->nwh", maps, weights), 0)


@misconception("weighted_map", "The maps lose what is negative before they are weighted. The ReLU comes last, after the sum.")  # fmt: skip
def maps_rectified_first(maps, weights):
    return np.maximum(np.einsum("nhwk,nk->nhw", np.maximum(maps, 0), weights), 0)


@misconception("weighted_map", "`squeeze` takes away every axis of length 1, also that of the images where there is one. Name the axis.")  # fmt: skip
def map_squeezed(maps, weights):
    return np.maximum(np.einsum("nhwk,nk->nhw", maps, weights), 0).squeeze()


def numpy_evidence(model, images, layer_name, class_index, target="logit"):
    maps = numpy_outputs(model.network, images)[layer_name]
    return maps, numpy_gradient(model.network, images, layer_name, class_index, target)


@in_numpy(numpy_evidence)
def evidence(model, images, layer_name, class_index, target="logit"):
    """(maps, gradients), by default as they should be."""
    import keras
    import tensorflow as tf

    head = model.layers[-1]
    inner = keras.Model(model.inputs, [model.get_layer(layer_name).output, head.input])
    with tf.GradientTape() as tape:
        maps, features = inner(tf.constant(images))
        logits = tf.matmul(features, head.kernel) + head.bias
        value = {
            "logit": lambda: logits[:, class_index],
            "probability": lambda: tf.nn.softmax(logits)[:, class_index],
            "all": lambda: logits,
            "top": lambda: tf.reduce_max(logits, axis=1),
        }[target]()
    return maps.numpy(), tape.gradient(value, maps).numpy()


def weigh(maps, gradients):
    return np.einsum("nhwk,nk->nhw", maps, gradients.mean(axis=(1, 2)))


@misconception("grad_cam", "The map is right, but the model has lost its softmax. Put the softmax back after the call, or compute the logits from the last layer's input.", evidence, weigh, origin=NOTEBOOKS)  # fmt: skip
def model_left_modified(model, images, layer_name, class_index):
    model.layers[-1].activation = None
    return np.maximum(weigh(*evidence(model, images, layer_name, class_index)), 0)


@misconception("grad_cam", "There is no ReLU at the end. Negative values are evidence against the class and become 0.", evidence, weigh, origin=NOTEBOOKS)  # fmt: skip
def map_without_relu(model, images, layer_name, class_index):
    return weigh(*evidence(model, images, layer_name, class_index))


@misconception("grad_cam", "There is no ReLU, and subtracting the minimum does not replace it. The strongest evidence against the class becomes 0.", evidence, weigh, origin=NOTEBOOKS)  # fmt: skip
def map_scaled_for_relu(model, images, layer_name, class_index):
    total = weigh(*evidence(model, images, layer_name, class_index))
    low, high = total.min(axis=(1, 2), keepdims=True), total.max(axis=(1, 2), keepdims=True)
    return (total - low) / (high - low)


@misconception("grad_cam", "The minimum of the map is subtracted: where all is evidence for the class, the least evidence becomes 0. Leave the map as it is, or only divide it.", evidence, weigh)  # fmt: skip
def map_from_its_minimum(model, images, layer_name, class_index):
    total = np.maximum(weigh(*evidence(model, images, layer_name, class_index)), 0)
    low, high = total.min(axis=(1, 2), keepdims=True), total.max(axis=(1, 2), keepdims=True)
    return (total - low) / np.where(high > low, high - low, 1)


@misconception("grad_cam", "A class of 0 was taken for none. `if class_index` and `class_index or …` are false for 0. Compare with `None`.", evidence, weigh)  # fmt: skip
def class_0_taken_for_none(model, images, layer_name, class_index):
    found = evidence(model, images, layer_name, class_index, "logit" if class_index else "top")
    return np.maximum(weigh(*found), 0)


@misconception("grad_cam", "Evidence is looked for in the convolution below the layer that was asked for. Take the layer's own output.", evidence, weigh)  # fmt: skip
def convolution_below(model, images, layer_name, class_index):
    names = [layer.name for layer in model.layers]
    below = model.layers[: names.index(layer_name) + 1]
    found = [layer.name for layer in below if hasattr(layer, "kernel_size")][-1]
    return np.maximum(weigh(*evidence(model, images, found, class_index)), 0)


@misconception("grad_cam", "This is the absolute value: evidence against the class shows up as evidence for it. Take the ReLU.", evidence, weigh, origin=NOTEBOOKS)  # fmt: skip
def map_absolute(model, images, layer_name, class_index):
    return abs(weigh(*evidence(model, images, layer_name, class_index)))


@misconception("grad_cam", "The gradient is that of the probability, which mixes in all other classes. Differentiate the logit, before the softmax.", evidence, weigh, origin="https://github.com/keras-team/keras-io/issues/370")  # fmt: skip
def gradient_of_the_probability(model, images, layer_name, class_index):
    found = evidence(model, images, layer_name, class_index, "probability")
    return np.maximum(weigh(*found), 0)


@misconception("grad_cam", "The gradient is that of the sum of all logits. Choose the one of the class.", evidence, weigh, origin=NOTEBOOKS)  # fmt: skip
def gradient_of_all_classes(model, images, layer_name, class_index):
    found = evidence(model, images, layer_name, class_index, "all")
    return np.maximum(weigh(*found), 0)


@misconception("grad_cam", "`class_index` is not used. The map explains the class with the largest output.", evidence, weigh, origin=NOTEBOOKS)  # fmt: skip
def always_the_top_class(model, images, layer_name, class_index):
    found = evidence(model, images, layer_name, class_index, "top")
    return np.maximum(weigh(*found), 0)


@misconception("grad_cam", "The map explains the class before the one that was asked for. Classes are counted from 0.", evidence, weigh, origin=NOTEBOOKS)  # fmt: skip
def class_off_by_one(model, images, layer_name, class_index):
    return np.maximum(weigh(*evidence(model, images, layer_name, class_index - 1)), 0)


@misconception("grad_cam", "The gradients are pooled with the maximum: take their mean over height and width.", evidence, origin=NOTEBOOKS)  # fmt: skip
def gradients_pooled_with_max(model, images, layer_name, class_index):
    maps, gradients = evidence(model, images, layer_name, class_index)
    return np.maximum(np.einsum("nhwk,nk->nhw", maps, gradients.max(axis=(1, 2))), 0)


@misconception("grad_cam", "The gradients are averaged or added up over the images of the batch, too: each image has weights of its own.", evidence, origin=FOR_ONE_IMAGE)  # fmt: skip
def gradients_pooled_over_the_batch(model, images, layer_name, class_index):
    maps, gradients = evidence(model, images, layer_name, class_index)
    return np.maximum(maps @ gradients.mean(axis=(0, 1, 2)), 0)


@misconception("grad_cam", "The gradients are averaged or added up over the channels: average over height and width, so that each channel keeps a weight.", evidence, origin=NOTEBOOKS)  # fmt: skip
def gradients_pooled_over_channels(model, images, layer_name, class_index):
    maps, gradients = evidence(model, images, layer_name, class_index)
    return np.maximum(maps.sum(axis=-1) * gradients.mean(axis=-1), 0)


@misconception("grad_cam", "The gradients are averaged or added up over the rows only. Average over height and width.", evidence, origin=NOTEBOOKS)  # fmt: skip
def gradients_pooled_over_one_axis(model, images, layer_name, class_index):
    maps, gradients = evidence(model, images, layer_name, class_index)
    return np.maximum((maps * gradients.mean(axis=1, keepdims=True)).sum(axis=-1), 0)


@misconception("grad_cam", "The gradients are not pooled: this is gradient times activation, position by position.", evidence)  # fmt: skip
def gradients_not_pooled(model, images, layer_name, class_index):
    maps, gradients = evidence(model, images, layer_name, class_index)
    return np.maximum((maps * gradients).sum(axis=-1), 0)


@misconception("grad_cam", "Only positive gradients are averaged: Grad-CAM averages all of them. The ReLU comes at the end.", evidence, weigh)  # fmt: skip
def positive_gradients(model, images, layer_name, class_index):
    maps, gradients = evidence(model, images, layer_name, class_index)
    return np.maximum(weigh(maps, np.maximum(gradients, 0)), 0)


@misconception("grad_cam", "The activations are never used. Weigh the maps, not the gradients.", evidence, origin=NOTEBOOKS)  # fmt: skip
def activations_never_used(model, images, layer_name, class_index):
    _, gradients = evidence(model, images, layer_name, class_index)
    return np.maximum(gradients.mean(axis=-1), 0)


@misconception("grad_cam", "The gradients are never used. A plain mean of the maps is the same for every class.", evidence, origin=NOTEBOOKS)  # fmt: skip
def gradients_never_used(model, images, layer_name, class_index):
    maps, _ = evidence(model, images, layer_name, class_index)
    return maps.mean(axis=-1)


@misconception("grad_cam", "The weighted sum starts at 1: start it at 0.", evidence, weigh, origin="https://github.com/utkuozbulak/pytorch-cnn-visualizations/issues/14")  # fmt: skip
def sum_starts_at_ones(model, images, layer_name, class_index):
    return np.maximum(1 + weigh(*evidence(model, images, layer_name, class_index)), 0)


@misconception("grad_cam", "A map without evidence is 0 everywhere: dividing it by its maximum, or by its sum, gives NaN. Leave such a map as it is.", evidence, weigh, origin="https://github.com/raghakot/keras-vis/issues/35")  # fmt: skip
def division_by_a_maximum_of_zero(model, images, layer_name, class_index):
    total = np.maximum(weigh(*evidence(model, images, layer_name, class_index)), 0)
    return total / total.max(axis=(1, 2), keepdims=True)


@misconception("grad_cam", "The map is divided by its maximum before the ReLU. Where all is evidence against the class, the maximum is negative and turns every sign.", evidence, weigh, origin=NOTEBOOKS)  # fmt: skip
def maximum_taken_before_the_relu(model, images, layer_name, class_index):
    total = weigh(*evidence(model, images, layer_name, class_index))
    peak = total.max(axis=(1, 2), keepdims=True)
    return np.maximum(total / np.where(peak == 0, 1, peak), 0)


@misconception("grad_cam", "The layer is the last one with maps, a pooling. Use the layer that was asked for.", evidence, weigh, origin=NOTEBOOKS)  # fmt: skip
def last_layer_with_maps(model, images, layer_name, class_index):
    last = [layer.name for layer in model.layers if len(layer.output.shape) == 4][-1]
    return np.maximum(weigh(*evidence(model, images, last, class_index)), 0)


@misconception("grad_cam", "The layer is always the last convolution. Use the layer that was asked for.", evidence, weigh)  # fmt: skip
def always_the_last_convolution(model, images, layer_name, class_index):
    last = [layer.name for layer in model.layers if hasattr(layer, "kernel_size")][-1]
    return np.maximum(weigh(*evidence(model, images, last, class_index)), 0)


@misconception("grad_cam", "Rows and columns are swapped.", evidence, weigh, origin=NOTEBOOKS)  # fmt: skip
def rows_and_columns_swapped(model, images, layer_name, class_index):
    total = weigh(*evidence(model, images, layer_name, class_index))
    return np.maximum(total, 0).transpose(0, 2, 1)


@misconception("grad_cam", "The images were divided by 255 once more, but they are already what the model takes.", evidence, weigh, origin=NOTEBOOKS)  # fmt: skip
def images_scaled_twice(model, images, layer_name, class_index):
    return np.maximum(weigh(*evidence(model, images / 255, layer_name, class_index)), 0)


@misconception("grad_cam", "Only the first image is explained: return a map for each.", evidence, weigh)  # fmt: skip
def only_the_first_image(model, images, layer_name, class_index):
    return np.maximum(weigh(*evidence(model, images[:1], layer_name, class_index)), 0)


def numpy_bilinear(maps, height, width):
    """`tf.image.resize`: bilinear, with half-pixel centres."""

    def stretch(size, target):
        place = np.clip((np.arange(target) + 0.5) * size / target - 0.5, 0, size - 1)
        return np.maximum(1 - abs(place[:, None] - np.arange(size)), 0)

    return stretch(maps.shape[1], height) @ maps @ stretch(maps.shape[2], width).T


@in_numpy(numpy_bilinear)
def bilinear(maps, height, width):
    import tensorflow as tf

    return tf.image.resize(maps[..., None], (height, width), "bilinear").numpy()[..., 0]


def by_own_maximum(maps):
    peak = maps.max(axis=(1, 2), keepdims=True)
    return maps / np.where(peak > 0, peak, 1)


@misconception("heatmaps", "Height and width are swapped. The size is (rows, columns).", bilinear, by_own_maximum, origin="https://github.com/eclique/keras-gradcam/pull/2")  # fmt: skip
def size_swapped(maps, height, width):
    return by_own_maximum(bilinear(maps, width, height))


@misconception("heatmaps", "A map of zeros has maximum 0, and dividing by it gives NaN: leave it at 0.", bilinear, origin="https://github.com/raghakot/keras-vis/issues/35", typical=True)  # fmt: skip
def zero_divided_by_zero(maps, height, width):
    large = bilinear(maps, height, width)
    return large / large.max(axis=(1, 2), keepdims=True)


@misconception("heatmaps", "All maps are divided by one maximum, that of the batch. Divide each map by its own maximum.", bilinear)  # fmt: skip
def one_maximum_for_the_batch(maps, height, width):
    large = bilinear(maps, height, width)
    return large / (large.max() or 1)


@misconception("heatmaps", "The minimum is subtracted: 0 means no evidence and has to stay 0, so divide by the maximum only.", bilinear, origin="https://github.com/raghakot/keras-vis/issues/35, the answer")  # fmt: skip
def from_minimum_to_maximum(maps, height, width):
    large = bilinear(maps, height, width)
    low, high = large.min(axis=(1, 2), keepdims=True), large.max(axis=(1, 2), keepdims=True)
    return (large - low) / np.where(high > low, high - low, 1)


@misconception("heatmaps", "Pixels are repeated (nearest neighbour). Interpolate bilinearly.", by_own_maximum)  # fmt: skip
def nearest_neighbour(maps, height, width):
    rows = ((np.arange(height) + 0.5) * maps.shape[1] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * maps.shape[2] / width).astype(int)
    return by_own_maximum(maps[:, rows][:, :, columns])


@misconception("heatmaps", "The maps are divided by their maximum before the upsampling, which lowers peaks. Scale afterwards.", bilinear, by_own_maximum)  # fmt: skip
def scaled_before_upsampling(maps, height, width):
    return bilinear(by_own_maximum(maps), height, width)


@misconception("heatmaps", "Only maps above 1 are divided by their maximum. Scale up a faint map as well.", bilinear)  # fmt: skip
def faint_maps_left(maps, height, width):
    large = bilinear(maps, height, width)
    return large / np.maximum(large.max(axis=(1, 2), keepdims=True), 1)


@misconception("heatmaps", "A map that is the same everywhere became 0, but it should be 1 everywhere. Only a map of zeros stays 0.", bilinear, by_own_maximum)  # fmt: skip
def even_maps_emptied(maps, height, width):
    large = bilinear(maps, height, width)
    return by_own_maximum(np.where(np.ptp(large, axis=(1, 2), keepdims=True) > 1e-6, large, 0))


@misconception("heatmaps", "The maps are upsampled but not scaled: the largest value of each should be 1.", bilinear)  # fmt: skip
def not_scaled(maps, height, width):
    return bilinear(maps, height, width)


@misconception("heatmaps", "The values run to 255. Floating point pictures run from 0 to 1.", bilinear, by_own_maximum, origin="https://github.com/utkuozbulak/pytorch-cnn-visualizations/issues/38")  # fmt: skip
def heat_up_to_255(maps, height, width):
    return 255 * by_own_maximum(bilinear(maps, height, width))


@misconception("heatmaps", "The corner cells are stretched to the corners of the picture (align corners): a cell's centre lies at half its width.", by_own_maximum, origin="tf.compat.v1.image.resize_images, align_corners=True, docs")  # fmt: skip
def corners_aligned(maps, height, width):
    def stretch(size, target):
        place = np.linspace(0, size - 1, target)
        return np.maximum(1 - abs(place[:, None] - np.arange(size)), 0)

    return by_own_maximum(stretch(maps.shape[1], height) @ maps @ stretch(maps.shape[2], width).T)


@misconception("heatmaps", "The maps are divided by their sum: divide by the largest value, so that it becomes 1.", bilinear)  # fmt: skip
def divided_by_the_sum(maps, height, width):
    large = bilinear(maps, height, width)
    total = large.sum(axis=(1, 2), keepdims=True)
    return large / np.where(total > 0, total, 1)


@misconception("heatmaps", "The channel axis that the resizing needed is still there: take it off again, `[..., 0]`.", bilinear, by_own_maximum, origin="https://www.tensorflow.org/api_docs/python/tf/image/resize: 4-D in, 4-D out")  # fmt: skip
def channel_axis_kept(maps, height, width):
    return by_own_maximum(bilinear(maps, height, width))[..., None]


@misconception("heatmaps", "Without a channel axis, tf.image.resize takes (N, h, w) for one image of w channels: give it maps[..., None].", bilinear, by_own_maximum, origin="https://www.tensorflow.org/api_docs/python/tf/image/resize: 3-D is height, width, channels")  # fmt: skip
def maps_taken_for_one_image(maps, height, width):
    found = bilinear(np.moveaxis(maps, 2, 0), height, width)
    return by_own_maximum(np.moveaxis(found, 0, 2))


@misconception("heatmaps", "np.resize does not enlarge a picture but repeats the numbers row after row. Interpolate.", by_own_maximum, origin="https://numpy.org/doc/stable/reference/generated/numpy.resize.html: not suitable to resize images")  # fmt: skip
def numbers_repeated(maps, height, width):
    return by_own_maximum(np.stack([np.resize(one, (height, width)) for one in maps]))


@misconception("overlay", "The colour is added on top, so that values exceed 1. The image must lose as much as the colour gains.", origin="https://github.com/jacobgil/pytorch-grad-cam/issues/51: heatmap + np.float32(img)")  # fmt: skip
def colour_added(images, heat, colour):
    return images + heat[..., None] * colour


@misconception("overlay", "The colour is added and cut off at 1: bright places lose their hue. The image must lose as much as the colour gains.")  # fmt: skip
def colour_added_and_clipped(images, heat, colour):
    return np.clip(images + heat[..., None] * colour, 0, 1)


@misconception("overlay", "The picture is half image and half colour everywhere. Where there is no heat, the image should be seen as it is.")  # fmt: skip
def half_and_half(images, heat, colour):
    return (0.5 * images + 0.5 * heat[..., None] * colour).astype(np.float32)


@misconception("overlay", "Image and colour are the wrong way round. Full heat should show the colour.")  # fmt: skip
def heat_upside_down(images, heat, colour):
    heat = heat[..., None]
    return heat * images + (1 - heat) * colour


@misconception("overlay", "Red and blue are swapped. Channels are red, green, blue (some libraries reverse them).", origin="https://github.com/jacobgil/vit-explain/issues/20")  # fmt: skip
def blue_green_red(images, heat, colour):
    heat = heat[..., None]
    return (1 - heat) * images + heat * colour[::-1]


@misconception("overlay", "The values run to 255. Floating point pictures run from 0 to 1.")
def picture_up_to_255(images, heat, colour):
    heat = heat[..., None]
    return 255 * ((1 - heat) * images + heat * colour)


@misconception("overlay", "These are bytes from 0 to 255. The exercise asks for floating point values from 0 to 1.")  # fmt: skip
def picture_in_bytes(images, heat, colour):
    heat = heat[..., None]
    return (255 * ((1 - heat) * images + heat * colour)).astype(np.uint8)


@misconception("overlay", "The result is scaled from its minimum to its maximum: image and colour no longer keep their values.", origin="https://github.com/yizt/Grad-CAM.pytorch/issues/30: norm_image(cam)")  # fmt: skip
def picture_rescaled(images, heat, colour):
    heat = heat[..., None]
    mixture = (1 - heat) * images + heat * colour
    return (mixture - mixture.min()) / (np.ptp(mixture) or 1)


@misconception("overlay", "The colour is added with a fixed share of 0.4, as in a well-known example. The share of the colour is the heat, and the image must lose as much.", origin="https://keras.io/examples/vision/grad_cam: heatmap * alpha + img")  # fmt: skip
def faint_colour_added(images, heat, colour):
    return images + 0.4 * heat[..., None] * colour


@misconception("overlay", "The image is multiplied by the colour. Dark places stay dark, however large the heat is. Mix, do not multiply.")  # fmt: skip
def image_tinted(images, heat, colour):
    heat = heat[..., None]
    return images * (1 - heat + heat * colour)


@misconception("overlay", "The image is shown where it is hot, and black elsewhere: where there is no heat, the image should be seen as it is.")  # fmt: skip
def image_cut_out(images, heat, colour):
    return images * heat[..., None] * np.ones(3, np.float32)


@misconception("overlay", "The heat is cut at a half, to all or nothing. Mix in proportion.")
def heat_cut_at_a_half(images, heat, colour):
    return np.where(heat[..., None] > 0.5, colour, images)


@misconception("overlay", "Every image got the heat of the first one, but each has its own.")
def heat_of_the_first_image(images, heat, colour):
    heat = heat[:1, ..., None]
    return (1 - heat) * images + heat * colour


@misconception("overlay", "This keeps the brighter of image and colour. Mix both, so that a dark colour shows on white.")  # fmt: skip
def brighter_of_the_two(images, heat, colour):
    return np.maximum(images, heat[..., None] * colour)


@misconception("class_activation_map", "This is row `class_index` of the kernel: it is (channels, classes), so take column `class_index`.", origin="https://github.com/jacobgil/keras-cam/issues/7")  # fmt: skip
def row_for_column(maps, kernel, class_index):
    return maps @ kernel[class_index]


@misconception("class_activation_map", "A ReLU was applied: this map keeps its sign.")
def map_with_relu(maps, kernel, class_index):
    return np.maximum(maps @ kernel[:, class_index], 0)


@misconception("class_activation_map", "The absolute value was taken: this map keeps its sign.", origin=NOTEBOOKS)  # fmt: skip
def map_without_sign(maps, kernel, class_index):
    return abs(maps @ kernel[:, class_index])


@misconception("class_activation_map", "The map explains the class before the one that was asked for. Classes are counted from 0.", origin=NOTEBOOKS)  # fmt: skip
def previous_class(maps, kernel, class_index):
    return maps @ kernel[:, class_index - 1]


@misconception("class_activation_map", "`class_index` is not used. The map explains the class with the largest score.", origin=NOTEBOOKS)  # fmt: skip
def class_of_the_largest_score(maps, kernel, class_index):
    best = (maps.mean(axis=(1, 2)) @ kernel).argmax(axis=1)
    return np.einsum("nhwk,kn->nhw", maps, kernel[:, best])


@misconception("class_activation_map", "The weights of all classes are added up: take those of one class.")  # fmt: skip
def weights_of_all_classes(maps, kernel, class_index):
    return maps @ kernel.sum(axis=1)


@misconception("class_activation_map", "The maps are averaged or added up over space, which gives the score of the class. A map keeps its positions.")  # fmt: skip
def score_for_map(maps, kernel, class_index):
    return maps.mean(axis=(1, 2)) @ kernel[:, class_index]


@misconception("class_activation_map", "The channels were not added up. The result should have one map per image, without a channel axis.")  # fmt: skip
def channels_kept_apart(maps, kernel, class_index):
    return maps * kernel[:, class_index]


@misconception("class_activation_map", "The minimum of each map was subtracted: 0 no longer separates evidence for the class from evidence against it.", origin="https://github.com/zhoubolei/CAM/blob/master/pytorch_CAM.py")  # fmt: skip
def map_from_minimum_to_maximum(maps, kernel, class_index):
    total = maps @ kernel[:, class_index]
    low, high = total.min(axis=(1, 2), keepdims=True), total.max(axis=(1, 2), keepdims=True)
    return (total - low) / (high - low)


@misconception("class_activation_map", "`reshape` does not move the channels to the front but mixes them with the positions. The channels are the last axis, so multiply along the last axis.", origin="https://github.com/zhoubolei/CAM/blob/master/pytorch_CAM.py, where channels come first")  # fmt: skip
def channels_reshaped_to_the_front(maps, kernel, class_index):
    n, height, width, channels = maps.shape
    rows = maps.reshape(n, channels, height * width)
    return (kernel[:, class_index] @ rows).reshape(n, height, width)


@misconception("class_activation_map", "The kernel is never used. A plain mean of the maps is the same for every class.", origin=NOTEBOOKS)  # fmt: skip
def kernel_never_used(maps, kernel, class_index):
    return maps.mean(axis=-1)


@misconception("class_activation_map", "A class of 0 was taken for none. `if class_index` and `class_index or …` are false for 0. Compare with `None`.")  # fmt: skip
def column_0_taken_for_none(maps, kernel, class_index):
    best = int((maps.mean(axis=(1, 2)) @ kernel).mean(axis=0).argmax())
    return maps @ kernel[:, class_index or best]


@misconception("class_activation_map", "Negative activations were set to 0 first: add up the maps as they are.")  # fmt: skip
def activations_rectified(maps, kernel, class_index):
    return np.maximum(maps, 0) @ kernel[:, class_index]


@misconception("class_activation_map", "These are the maps of all classes. Choose the column of the one that is asked for.")  # fmt: skip
def map_for_every_class(maps, kernel, class_index):
    return maps @ kernel


@misconception("class_activation_map", "A softmax at each position makes probabilities, in which the other classes are mixed: leave the sums as they are.")  # fmt: skip
def probability_at_each_position(maps, kernel, class_index):
    scores = np.exp(maps @ kernel)
    return scores[..., class_index] / scores.sum(axis=-1)


@misconception("class_activation_map", "Rows and columns are swapped.", origin=NOTEBOOKS)
def class_map_transposed(maps, kernel, class_index):
    return (maps @ kernel[:, class_index]).transpose(0, 2, 1)


@misconception("hires_map", "The gradients are still averaged or added up over the positions, which is Grad-CAM. Multiply position by position.")  # fmt: skip
def hires_still_averaged(maps, gradients):
    return np.maximum(np.einsum("nhwk,nk->nhw", maps, gradients.mean(axis=(1, 2))), 0)


@misconception("hires_map", "The gradients are averaged or added up over the rows: each position keeps its own.")  # fmt: skip
def hires_averaged_over_rows(maps, gradients):
    return np.maximum((maps * gradients.mean(axis=1, keepdims=True)).sum(axis=-1), 0)


@misconception(
    "hires_map", "The gradients are averaged or added up over the images: each image keeps its own."
)
def hires_averaged_over_images(maps, gradients):
    return np.maximum((maps * gradients.mean(axis=0)).sum(axis=-1), 0)


@misconception("hires_map", "There is no ReLU. Negative values are evidence against the class and become 0.", origin="https://arxiv.org/abs/2011.08891: HiResCAM is defined without a ReLU")  # fmt: skip
def hires_without_relu(maps, gradients):
    return (maps * gradients).sum(axis=-1)


@misconception("hires_map", "This is the absolute value: evidence against the class shows up as evidence for it. Take the ReLU.")  # fmt: skip
def hires_absolute(maps, gradients):
    return abs((maps * gradients).sum(axis=-1))


@misconception("hires_map", "What is negative is dropped before the sum, so that evidence against the class is never subtracted. Add up first, and take the ReLU of the sum.", origin="https://doi.org/10.1109/TIP.2021.3089943: LayerCAM, another method")  # fmt: skip
def hires_relu_before_the_sum(maps, gradients):
    return (maps * np.maximum(gradients, 0)).sum(axis=-1)


@misconception("hires_map", "There is no ReLU, and subtracting the minimum does not replace it: 0 no longer means no evidence.")  # fmt: skip
def hires_from_minimum_to_maximum(maps, gradients):
    total = (maps * gradients).sum(axis=-1)
    low, high = total.min(axis=(1, 2), keepdims=True), total.max(axis=(1, 2), keepdims=True)
    return (total - low) / (high - low)


@misconception("hires_map", "The channels were not added up. The result should have one map per image, without a channel axis.")  # fmt: skip
def hires_channels_kept(maps, gradients):
    return np.maximum(maps * gradients, 0)


@misconception("hires_map", "Maps and gradients are added up over the channels before they are multiplied: multiply channel by channel, then add up.")  # fmt: skip
def hires_sums_before_the_product(maps, gradients):
    return np.maximum(maps.sum(axis=-1) * gradients.sum(axis=-1), 0)


@misconception("hires_map", "The activations are never used: multiply them with the gradients.")
def hires_gradients_alone(maps, gradients):
    return np.maximum(gradients.sum(axis=-1), 0)


@misconception("hires_map", "The gradients are never used. A plain mean of the maps is the same for every class.")  # fmt: skip
def hires_maps_alone(maps, gradients):
    return maps.mean(axis=-1)


@misconception("hires_map", "This is the largest product at each position. Take the sum over the channels.")  # fmt: skip
def hires_largest_for_sum(maps, gradients):
    return np.maximum((maps * gradients).max(axis=-1), 0)


@misconception("hires_map", "All images got the gradients of the first one: each has its own.")
def hires_gradients_of_the_first_image(maps, gradients):
    return np.maximum((maps * gradients[:1]).sum(axis=-1), 0)


@misconception("hires_map", "Negative activations were set to 0 first. The ReLU comes last, after the sum.")  # fmt: skip
def hires_maps_rectified(maps, gradients):
    return np.maximum((np.maximum(maps, 0) * gradients).sum(axis=-1), 0)


@misconception("hires_map", "`squeeze` takes away every axis of length 1, also that of the images where there is one. Name the axis.")  # fmt: skip
def hires_squeezed(maps, gradients):
    return np.maximum((maps * gradients).sum(axis=-1), 0).squeeze()


@misconception("hires_map", "Rows and columns are swapped.")
def hires_transposed(maps, gradients):
    return np.maximum((maps * gradients).sum(axis=-1), 0).transpose(0, 2, 1)


def alpha(gradients, total):
    """α where it is defined, else 0; `total` stands where the sum of a map belongs."""
    square = gradients**2
    below = 2 * square + total * gradients**3
    return np.where(square > 0, square / np.where(below == 0, 1, below), 0)


def sum_of_maps(maps):
    return maps.sum(axis=(1, 2), keepdims=True)


@misconception("plus_plus_weights", "These are the weights of Grad-CAM, the mean gradients. α and the ReLU are missing.")  # fmt: skip
def plain_mean_gradients(maps, gradients):
    return gradients.mean(axis=(1, 2))


@misconception(
    "plus_plus_weights", "α is missing: this adds up the positive gradients as they are."
)
def without_alpha(maps, gradients):
    return np.maximum(gradients, 0).sum(axis=(1, 2))


@misconception("plus_plus_weights", "Negative gradients count, too: set them to 0 before they are multiplied with α.", alpha, sum_of_maps)  # fmt: skip
def alpha_times_signed_gradients(maps, gradients):
    return (alpha(gradients, sum_of_maps(maps)) * gradients).sum(axis=(1, 2))


@misconception("plus_plus_weights", "The gradient is missing: α is a factor of the positive gradient.", alpha, sum_of_maps)  # fmt: skip
def alpha_alone(maps, gradients):
    return (alpha(gradients, sum_of_maps(maps)) * (gradients > 0)).sum(axis=(1, 2))


@misconception("plus_plus_weights", "S is the activation at the position, but it should be the sum of the channel's whole map.", alpha)  # fmt: skip
def activation_for_its_sum(maps, gradients):
    return (alpha(gradients, maps) * np.maximum(gradients, 0)).sum(axis=(1, 2))


@misconception("plus_plus_weights", "S is the mean of the map, but it should be the sum over all positions.", alpha)  # fmt: skip
def mean_for_the_sum(maps, gradients):
    total = maps.mean(axis=(1, 2), keepdims=True)
    return (alpha(gradients, total) * np.maximum(gradients, 0)).sum(axis=(1, 2))


@misconception("plus_plus_weights", "S is summed over the channels, too: each channel has its own.", alpha)  # fmt: skip
def sum_over_all_channels(maps, gradients):
    total = maps.sum(axis=(1, 2, 3), keepdims=True)
    return (alpha(gradients, total) * np.maximum(gradients, 0)).sum(axis=(1, 2))


@misconception("plus_plus_weights", "S is summed over the images, too: each image has its own.", alpha)  # fmt: skip
def sum_over_all_images(maps, gradients):
    total = maps.sum(axis=(0, 1, 2), keepdims=True)
    return (alpha(gradients, total) * np.maximum(gradients, 0)).sum(axis=(1, 2))


@misconception("plus_plus_weights", "The cube of the gradient is inside the sum. S adds up the map alone, and S is multiplied by the cube of the gradient at the position.", origin="the paper's Σ A · ∂³Y/∂A³, read as one sum")  # fmt: skip
def cube_inside_the_sum(maps, gradients):
    square = gradients**2
    below = 2 * square + (maps * gradients**3).sum(axis=(1, 2), keepdims=True)
    factor = np.where(square > 0, square / np.where(below == 0, 1, below), 0)
    return (factor * np.maximum(gradients, 0)).sum(axis=(1, 2))


@misconception("plus_plus_weights", "The gradient behind S is squared: the formula has its cube there.", sum_of_maps)  # fmt: skip
def square_for_the_cube(maps, gradients):
    factor = np.where(gradients == 0, 0, 1 / (2 + sum_of_maps(maps)))
    return (factor * np.maximum(gradients, 0)).sum(axis=(1, 2))


@misconception(
    "plus_plus_weights",
    "The factor 2 in the denominator is missing, or stands before both terms: it belongs to the first.",
    sum_of_maps,
)
def two_forgotten(maps, gradients):
    positive = np.maximum(gradients, 0)
    below = positive**2 + sum_of_maps(maps) * positive**3
    return (positive**3 / np.where(below > 0, below, 1)).sum(axis=(1, 2))


@misconception("plus_plus_weights", "The α of each channel were made to sum up to 1, as in the authors' program: the formula leaves them as they are.", alpha, sum_of_maps, origin=PLUS_PLUS)  # fmt: skip
def alpha_normalised(maps, gradients):
    positive = np.maximum(gradients, 0)
    factor = alpha(positive, sum_of_maps(maps))
    total = factor.sum(axis=(1, 2), keepdims=True)
    return (factor / np.where(total > 0, total, 1) * positive).sum(axis=(1, 2))


@misconception("plus_plus_weights", "A channel whose map is 0 everywhere gets no weight: with S = 0 the α is 1/2 where the gradient is not 0.", alpha, sum_of_maps)  # fmt: skip
def dead_maps_without_weight(maps, gradients):
    total = sum_of_maps(maps)
    found = alpha(gradients, total) * np.maximum(gradients, 0)
    return np.where(total > 0, found, 0).sum(axis=(1, 2))


@misconception("plus_plus_weights", "Where the gradient is 0, α is 0 divided by 0, which is NaN: make it 0.", sum_of_maps)  # fmt: skip
def zero_by_zero(maps, gradients):
    square = gradients**2
    with np.errstate(invalid="ignore"):
        factor = square / (2 * square + sum_of_maps(maps) * gradients**3)
    return (factor * np.maximum(gradients, 0)).sum(axis=(1, 2))


@misconception("plus_plus_weights", "The positions were not added up: the result has one weight for each channel, (N, channels).", alpha, sum_of_maps)  # fmt: skip
def weights_of_every_position(maps, gradients):
    return alpha(gradients, sum_of_maps(maps)) * np.maximum(gradients, 0)
