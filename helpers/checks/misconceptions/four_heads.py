"""Wrong answers to the exercises of notebook 09."""

import numpy as np

from helpers.checks.misconceptions.registry import NOTEBOOKS, misconception

SUM = "sigmoid and softmax heads: Keras's functional multi-output models, questions about them"


def decide(outputs, threshold=0.5):
    columns = [p[:, 0] > threshold if p.shape[1] == 1 else p.argmax(axis=1) for p in outputs]
    return np.stack(columns, axis=1).astype(int)


@misconception("head_classes", "The heads of one unit always say 0, as the arg-max of one unit does, or a probability that is cut to a whole number. Compare the probability with 0.5.", origin=SUM)  # fmt: skip
def argmax_everywhere(outputs):
    return np.stack([p.argmax(axis=1) for p in outputs], axis=1)


@misconception("head_classes", "The heads of one unit always say 1, since a probability is always above 0 (and a second sigmoid always above 0.5). Compare the probability with 0.5.", decide)  # fmt: skip
def threshold_of_a_logit(outputs):
    return decide(outputs, threshold=0)


@misconception("head_classes", "The two classes of the sigmoid heads are exchanged. The unit is the probability of class 1.", decide)  # fmt: skip
def sigmoid_turned_round(outputs):
    columns = [p[:, 0] < 0.5 if p.shape[1] == 1 else p.argmax(axis=1) for p in outputs]
    return np.stack(columns, axis=1).astype(int)


@misconception("head_classes", "The threshold is the batch's own mean, so that an image's class depends on the other images. The threshold should be 0.5.")  # fmt: skip
def threshold_is_the_mean(outputs):
    columns = [p[:, 0] > p.mean() if p.shape[1] == 1 else p.argmax(axis=1) for p in outputs]
    return np.stack(columns, axis=1).astype(int)


@misconception("head_classes", "A softmax head needs an arg-max, but here its largest probability is compared with 0.5.")  # fmt: skip
def softmax_thresholded(outputs):
    return np.stack([p.max(axis=1) > 0.5 for p in outputs], axis=1).astype(int)


@misconception("head_classes", "The first unit of a softmax head is compared with 0.5. Take the arg-max over all units of the head.")  # fmt: skip
def first_unit_thresholded(outputs):
    return np.stack([p[:, 0] > 0.5 for p in outputs], axis=1).astype(int)


@misconception("head_classes", "A head of two units is a softmax, too. The class of such a head is the one with the larger probability. Do not ask whether the first is above 0.5.")  # fmt: skip
def two_units_as_a_sigmoid(outputs):
    columns = [p[:, 0] > 0.5 if p.shape[1] <= 2 else p.argmax(axis=1) for p in outputs]
    return np.stack(columns, axis=1).astype(int)


@misconception("head_classes", "The values are right, the type is not. Classes are whole numbers, not floats.", decide)  # fmt: skip
def classes_as_floats(outputs):
    return decide(outputs).astype(np.float32)


@misconception("head_classes", "These are the probabilities of the predicted classes, not the classes.")  # fmt: skip
def probabilities_for_classes(outputs):
    return np.stack([p.max(axis=1) for p in outputs], axis=1)


@misconception("head_classes", "The result is transposed. It should have a row per image and a column per head, so stack along axis 1.", decide)  # fmt: skip
def heads_in_rows(outputs):
    return decide(outputs).T


@misconception(
    "head_classes", "Classes count from 0. The classes of the softmax heads are one too large here."
)
def classes_from_one(outputs):
    columns = [p[:, 0] > 0.5 if p.shape[1] == 1 else p.argmax(axis=1) + 1 for p in outputs]
    return np.stack(columns, axis=1).astype(int)


@misconception(
    "head_classes", "This is the least probable class. Take the arg-max, not the arg-min."
)
def least_probable(outputs):
    columns = [p[:, 0] > 0.5 if p.shape[1] == 1 else p.argmin(axis=1) for p in outputs]
    return np.stack(columns, axis=1).astype(int)


@misconception("head_classes", "The shape is (N, heads, 1). Take the sigmoid heads' only column, `[:, 0]`, and stack.", decide)  # fmt: skip
def an_axis_too_many(outputs):
    return decide(outputs)[..., None]


@misconception("accuracies", "This product is the joint accuracy only if the heads err independently. Count the images on which all heads are right.", origin=NOTEBOOKS, typical=True)  # fmt: skip
def joint_is_the_product(predicted, truth):
    each = (predicted == truth).mean(axis=0)
    return each, float(each.prod())


@misconception("accuracies", "This joint accuracy is the mean over the heads. An image counts only if all its heads are right.", origin=NOTEBOOKS)  # fmt: skip
def joint_is_the_mean(predicted, truth):
    right = predicted == truth
    return right.mean(axis=0), float(right.mean())


@misconception("accuracies", "The weakest head's accuracy is only an upper bound of the joint one: different heads err on different images.")  # fmt: skip
def joint_is_the_weakest(predicted, truth):
    each = (predicted == truth).mean(axis=0)
    return each, float(each.min())


@misconception("accuracies", "Here one right head is enough. Use `all`, not `any`.")
def any_head_is_enough(predicted, truth):
    right = predicted == truth
    return right.mean(axis=0), float(right.any(axis=1).mean())


@misconception("accuracies", "This joint accuracy is the share of heads that are right on all images. Take the other axis, `all(axis=1)`.")  # fmt: skip
def joint_over_the_images(predicted, truth):
    right = predicted == truth
    return right.mean(axis=0), float(right.all(axis=0).mean())


@misconception("accuracies", "These are accuracies per image, (N,): the mean of each head goes over the images, axis 0.")  # fmt: skip
def each_image_for_each_head(predicted, truth):
    right = predicted == truth
    return right.mean(axis=1), float(right.all(axis=1).mean())


@misconception("accuracies", "An accuracy is a share from 0 to 1, not a percentage.")
def percentages(predicted, truth):
    right = predicted == truth
    return 100 * right.mean(axis=0), 100 * float(right.all(axis=1).mean())


@misconception("accuracies", "Both results are counts. Divide by the number of images.")
def counts_for_shares(predicted, truth):
    right = predicted == truth
    return right.sum(axis=0), int(right.all(axis=1).sum())


@misconception("accuracies", "These are error rates, 1 minus what was asked for.")
def error_rates(predicted, truth):
    right = predicted == truth
    return 1 - right.mean(axis=0), 1 - float(right.all(axis=1).mean())


@misconception("accuracies", "Equal sums do not mean equal classes. Compare head by head, then take `all`.")  # fmt: skip
def sums_compared(predicted, truth):
    joint = predicted.sum(axis=1) == truth.sum(axis=1)
    return (predicted == truth).mean(axis=0), float(joint.mean())


@misconception("accuracies", "This joint accuracy only says whether all answers of the whole data set are right (`all` without an axis). Take the share of images on which all heads are right.")  # fmt: skip
def all_without_an_axis(predicted, truth):
    right = predicted == truth
    return right.mean(axis=0), float(right.all())


@misconception("accuracies", "The two results are in the wrong order. Return the accuracy of each head first, then the joint one.")  # fmt: skip
def order_of_results(predicted, truth):
    right = predicted == truth
    return float(right.all(axis=1).mean()), right.mean(axis=0)


@misconception("accuracies", "The joint accuracy is that of the last head alone: does each pass of a loop replace the result of the one before?")  # fmt: skip
def the_last_head_remains(predicted, truth):
    each = (predicted == truth).mean(axis=0)
    return each, float(each[-1])


@misconception("angle_error", "The difference of the numbers is not the angle between the lines: 0° and 165° are 15° apart.", origin=NOTEBOOKS, typical=True)  # fmt: skip
def not_around_the_border(predicted, true, directions):
    return abs(predicted - true) * 180 / directions


@misconception("angle_error", "The error has a sign here, but it should be a size, from 0° to 90°.")
def error_with_a_sign(predicted, true, directions):
    apart = (predicted - true + directions / 2) % directions - directions / 2
    return apart * 180 / directions


@misconception("angle_error", "These are classes. A step of one class is 180° divided by the number of directions.")  # fmt: skip
def error_in_classes(predicted, true, directions):
    apart = abs(predicted - true)
    return np.minimum(apart, directions - apart) * 1.0


@misconception(
    "angle_error",
    "A step is 15° only where there are 12 directions. In general a step is 180° / directions.",
)
def always_fifteen_degrees(predicted, true, directions):
    apart = abs(predicted - true)
    return np.minimum(apart, directions - apart) * 15.0


@misconception("angle_error", "The directions are spread over 180°, the last one a step before it: divide by their number, not by one less.")  # fmt: skip
def divided_by_one_less(predicted, true, directions):
    apart = abs(predicted - true)
    return np.minimum(apart, directions - apart) * 180 / (directions - 1)


@misconception("angle_error", "A line has no direction and is the same after a turn by 180°. So a full turn of the classes is 180°, not 360°.")  # fmt: skip
def full_circle(predicted, true, directions):
    apart = abs(predicted - true)
    return np.minimum(apart, directions - apart) * 360 / directions


@misconception("angle_error", "These are radians, but the error is asked for in degrees.")
def error_in_radians(predicted, true, directions):
    apart = abs(predicted - true)
    return np.minimum(apart, directions - apart) * np.pi / directions


@misconception("angle_error", "Return one error for each image, not the mean of all errors.")
def mean_error(predicted, true, directions):
    apart = abs(predicted - true)
    return (np.minimum(apart, directions - apart) * 180 / directions).mean()


@misconception("angle_error", "`%` alone turns one way only: a step of one class backwards becomes nearly 180°. Take the shorter way, the minimum of both.")  # fmt: skip
def one_way_round(predicted, true, directions):
    return (predicted - true) % directions * 180 / directions


@misconception("angle_error", "This is the longer way round: take the minimum of both ways.")
def the_longer_way(predicted, true, directions):
    apart = abs(predicted - true)
    return np.maximum(apart, directions - apart) * 180 / directions


@misconception("angle_error", "Differences above 90° are cut at 90° here. Lines that are 165° apart one way are 15° apart the other way.")  # fmt: skip
def cut_at_ninety(predicted, true, directions):
    return np.minimum(abs(predicted - true) * 180 / directions, 90)


@misconception("angle_error", "`% 90` turns 105° into 15°, but the other way round it is 75°.")
def modulo_ninety(predicted, true, directions):
    return abs(predicted - true) * 180 / directions % 90


@misconception("angle_error", "The way across the border is one step too short: from the last class to class 0 it is one step.")  # fmt: skip
def border_step_missing(predicted, true, directions):
    apart = abs(predicted - true)
    return np.minimum(apart, abs(directions - 1 - apart)) * 180 / directions


@misconception("angle_error", "The step is cut off to whole degrees, as by `//`: 180° / directions need not be whole.")  # fmt: skip
def whole_degrees(predicted, true, directions):
    apart = abs(predicted - true)
    return np.minimum(apart, directions - apart) * float(180 // directions)


@misconception("angle_error", "A negative difference is always the smaller one. Take `abs` before you take the minimum.")  # fmt: skip
def minimum_without_abs(predicted, true, directions):
    apart = predicted - true
    return np.minimum(apart, directions - apart) * 180 / directions


def highest(values, count):
    chosen = np.zeros(values.shape, bool)
    chosen.ravel()[np.argsort(-values, axis=None)[: max(int(count), 0)]] = True
    return chosen


def rated(maps, masks, choose):
    chosen = [choose(values, mask) for values, mask in zip(maps, masks, strict=True)]
    pairs = zip(chosen, masks, strict=True)
    return np.array([(c & mask).sum() / (c | mask).sum() for c, mask in pairs])


@misconception("mask_iou", "The intersection is divided by the area of the mask, which is also that of the chosen pixels (and the Dice coefficient, then): divide by the union of both.", highest, origin=NOTEBOOKS)  # fmt: skip
def share_of_the_mask(maps, masks):
    pairs = zip(maps, masks, strict=True)
    return np.array([(highest(v, m.sum()) & m).sum() / m.sum() for v, m in pairs])


@misconception("mask_iou", "The intersection is counted twice in this union: subtract it once from the sum of the areas.", highest, origin=NOTEBOOKS)  # fmt: skip
def union_is_the_sum(maps, masks):
    pairs = zip(maps, masks, strict=True)
    return np.array([(highest(v, m.sum()) & m).sum() / (2 * m.sum()) for v, m in pairs])


@misconception("mask_iou", "The magnitude decides here, so that evidence against the class is chosen, too. Rank the values with their sign.", highest, rated)  # fmt: skip
def magnitudes_ranked(maps, masks):
    return rated(abs(maps), masks, lambda values, mask: highest(values, mask.sum()))


@misconception("mask_iou", "The lowest values are chosen. Take the highest. (`argsort` sorts upwards.)", highest, rated, origin="numpy.argsort sorts ascending, docs")  # fmt: skip
def lowest_chosen(maps, masks):
    return rated(-maps, masks, lambda values, mask: highest(values, mask.sum()))


@misconception("mask_iou", "Only pixels above 0 are chosen: rank all of them, for a map may be negative everywhere.", highest, rated)  # fmt: skip
def positive_pixels_only(maps, masks):
    return rated(maps, masks, lambda values, mask: highest(values, mask.sum()) & (values > 0))


@misconception("mask_iou", "What exceeds half of the maximum is chosen, and its area differs from method to method. Choose as many pixels as the mask has.", rated, origin=NOTEBOOKS)  # fmt: skip
def half_of_the_maximum(maps, masks):
    return rated(maps, masks, lambda values, mask: values > values.max() / 2)


@misconception("mask_iou", "What exceeds the map's mean is chosen. Choose as many pixels as the mask has.", rated)  # fmt: skip
def above_the_mean(maps, masks):
    return rated(maps, masks, lambda values, mask: values > values.mean())


@misconception("mask_iou", "A tenth of the pixels is chosen, whatever the mask's area is.", highest, rated)  # fmt: skip
def a_tenth_chosen(maps, masks):
    return rated(maps, masks, lambda values, mask: highest(values, round(0.1 * values.size)))


@misconception("mask_iou", "One pixel too few is chosen. Choose as many as the mask has. (Is there a `>` for a `>=`?)", highest, rated)  # fmt: skip
def last_one_left_out(maps, masks):
    return rated(maps, masks, lambda values, mask: highest(values, mask.sum() - 1))


@misconception("mask_iou", "One pixel too many is chosen. Choose as many as the mask has. (Sorted upwards the k highest start at index −k.)", highest, rated)  # fmt: skip
def one_too_many(maps, masks):
    return rated(maps, masks, lambda values, mask: highest(values, mask.sum() + 1))


@misconception("mask_iou", "Every image gets as many pixels as the first mask has: each has an area of its own.", highest, rated)  # fmt: skip
def area_of_the_first_mask(maps, masks):
    return rated(maps, masks, lambda values, mask: highest(values, masks[0].sum()))


@misconception("mask_iou", "The pixels of all images are ranked together: rank each map on its own.")  # fmt: skip
def ranked_together(maps, masks):
    last = np.sort(maps, axis=None)[-masks.sum()]
    pairs = zip(maps >= last, masks, strict=True)
    return np.array([(c & mask).sum() / (c | mask).sum() for c, mask in pairs])


@misconception("mask_iou", "This is the share of pixels on which both agree. Most of these pixels are background. Leave out the background.", highest)  # fmt: skip
def pixel_accuracy(maps, masks):
    pairs = zip(maps, masks, strict=True)
    return np.array([(highest(v, m.sum()) == m).mean() for v, m in pairs])


@misconception("mask_iou", "Return one number for each image, not the mean of all.", highest, rated)
def mean_over_the_images(maps, masks):
    return rated(maps, masks, lambda values, mask: highest(values, mask.sum())).mean()


@misconception("mask_iou", "This is the intersection in pixels. Divide by the union.", highest)
def intersection_in_pixels(maps, masks):
    pairs = zip(maps, masks, strict=True)
    return np.array([(highest(v, m.sum()) & m).sum() * 1.0 for v, m in pairs])


def head_logits(features, kernels, biases):
    flat = features.reshape(len(features), -1)
    return [flat @ kernel + bias for kernel, bias in zip(kernels, biases, strict=True)]


def head_accuracies(logits, truth, threshold=0):
    columns = [x[:, 0] > threshold if x.shape[1] == 1 else x.argmax(axis=1) for x in logits]
    return (np.stack(columns, axis=1) == truth).mean(axis=0)


@misconception("without_filter", "Row k is what is left without the filters 0 to k. Silence filter k alone, in a fresh copy of the features.", head_logits, head_accuracies, origin=NOTEBOOKS)  # fmt: skip
def filters_stay_silent(features, kernels, biases, truth):
    left, rows = features.copy(), []
    for filter in range(features.shape[-1]):
        left[..., filter] = 0
        rows.append(head_accuracies(head_logits(left, kernels, biases), truth))
    return np.stack(rows)


@misconception("without_filter", "All filters but this one are silenced. Silence this filter alone.", head_logits, head_accuracies)  # fmt: skip
def only_this_filter(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = np.zeros_like(features)
        left[..., filter] = features[..., filter]
        rows.append(head_accuracies(head_logits(left, kernels, biases), truth))
    return np.stack(rows)


@misconception("without_filter", "This is the accuracy that is lost. The accuracy that remains is asked for.", head_logits, head_accuracies)  # fmt: skip
def loss_of_accuracy(features, kernels, biases, truth):
    before, rows = head_accuracies(head_logits(features, kernels, biases), truth), []
    for filter in range(features.shape[-1]):
        left = features.copy()
        left[..., filter] = 0
        rows.append(before - head_accuracies(head_logits(left, kernels, biases), truth))
    return np.stack(rows)


@misconception("without_filter", "The heads' biases are missing.", head_accuracies)
def heads_without_bias(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = features.copy()
        left[..., filter] = 0
        flat = left.reshape(len(left), -1)
        rows.append(head_accuracies([flat @ kernel for kernel in kernels], truth))
    return np.stack(rows)


@misconception("without_filter", "The logits of the heads of one unit are compared with 0.5. A sigmoid is above 0.5 where its logit is above 0.", head_logits, head_accuracies)  # fmt: skip
def logit_above_a_half(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = features.copy()
        left[..., filter] = 0
        rows.append(head_accuracies(head_logits(left, kernels, biases), truth, 0.5))
    return np.stack(rows)


@misconception("without_filter", "The heads of one unit always say 0, as the arg-max of one unit does. The class of such a head is 1 where the logit is above 0.", head_logits)  # fmt: skip
def argmax_of_one_unit(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = features.copy()
        left[..., filter] = 0
        logits = head_logits(left, kernels, biases)
        decided = np.stack([x.argmax(axis=1) for x in logits], axis=1)
        rows.append((decided == truth).mean(axis=0))
    return np.stack(rows)


@misconception("without_filter", "The result is transposed. It should have a row per filter and a column per head.", head_logits, head_accuracies)  # fmt: skip
def filters_in_columns(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = features.copy()
        left[..., filter] = 0
        rows.append(head_accuracies(head_logits(left, kernels, biases), truth))
    return np.stack(rows, axis=1)


@misconception("without_filter", "One value of the flattened features is silenced, not a filter: a filter has one at each pixel.", head_logits, head_accuracies)  # fmt: skip
def one_value_silenced(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = features.reshape(len(features), -1).copy()
        left[:, filter] = 0
        rows.append(head_accuracies(head_logits(left, kernels, biases), truth))
    return np.stack(rows)


@misconception("without_filter", "A filter's values do not lie side by side when flattened. The channel is the last axis and changes fastest. Silence it before you flatten.", head_logits, head_accuracies)  # fmt: skip
def values_side_by_side(features, kernels, biases, truth):
    height, width, filters = features.shape[1:]
    rows = []
    for filter in range(filters):
        left = features.reshape(len(features), -1).copy()
        left[:, filter * height * width : (filter + 1) * height * width] = 0
        rows.append(head_accuracies(head_logits(left, kernels, biases), truth))
    return np.stack(rows)


@misconception("without_filter", "The filter is replaced by its mean, not silenced.", head_logits, head_accuracies)  # fmt: skip
def filter_at_its_mean(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = features.copy()
        left[..., filter] = features[..., filter].mean()
        rows.append(head_accuracies(head_logits(left, kernels, biases), truth))
    return np.stack(rows)


@misconception("without_filter", "The features are flattened in the wrong order. The kernels expect the channel as the last axis, as it is.", head_logits, head_accuracies)  # fmt: skip
def flattened_channels_first(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = features.copy()
        left[..., filter] = 0
        left = np.moveaxis(left, -1, 1)
        rows.append(head_accuracies(head_logits(left, kernels, biases), truth))
    return np.stack(rows)


@misconception("without_filter", "These are the shares of wrong answers, 1 minus the accuracy.", head_logits, head_accuracies)  # fmt: skip
def errors_for_accuracies(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = features.copy()
        left[..., filter] = 0
        rows.append(1 - head_accuracies(head_logits(left, kernels, biases), truth))
    return np.stack(rows)


@misconception("without_filter", "The filter is silenced in the first image alone. `[..., filter]` is all images, rows and columns.", head_logits, head_accuracies)  # fmt: skip
def first_image_alone(features, kernels, biases, truth):
    rows = []
    for filter in range(features.shape[-1]):
        left = features.copy()
        left[0, ..., filter] = 0
        rows.append(head_accuracies(head_logits(left, kernels, biases), truth))
    return np.stack(rows)
