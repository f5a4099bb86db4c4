"""Wrong answers to the exercises of notebook 03."""

import numpy as np

from helpers.checks.drawn import numpy_gradient
from helpers.checks.misconceptions.registry import NOTEBOOKS, in_numpy, misconception
from helpers.checks.networks import EPSILON, numpy_outputs

DEPROCESS = "https://www.e-learn.cn/share/2576973, on Keras's example of visualising filters"
ASCENT = "https://keras.io/examples/vision/visualizing_what_convnets_learn"
SOFTMAX = "https://github.com/utkuozbulak/pytorch-cnn-visualizations/issues/71"


def numpy_gradient_of(network, images, index, target="logit", training=False):
    if not training:
        return numpy_gradient(network.network, images, "", index, target)
    _, normalise, hidden, classes = network.network["layers"]
    x = images.reshape(len(images), -1).astype(np.float64)
    mean, variance = x.mean(axis=0), x.var(axis=0)
    for name, batch in {"mean": mean, "variance": variance}.items():
        normalise[name] = np.float32(0.99 * normalise[name] + 0.01 * batch)
    scale = np.sqrt(variance + EPSILON)
    x = (x - mean) / scale
    alive = x @ hidden["kernel"] + hidden["bias"] > 0
    signal = alive * classes["kernel"][:, index] @ hidden["kernel"].T
    gradient = signal - signal.mean(axis=0) - x * (signal * x).mean(axis=0)
    return np.float32(gradient / scale).reshape(images.shape)


@in_numpy(numpy_gradient_of)
def gradient_of(network, images, index, target="logit", training=False):
    import tensorflow as tf

    images = tf.convert_to_tensor(images, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        outputs = network(images, training=training)
        if target == "probability":
            outputs = tf.nn.softmax(outputs)
        score = {
            "all": tf.reduce_sum(outputs, axis=-1),
            "top": tf.reduce_max(outputs, axis=-1),
        }.get(target, outputs[:, index])
    return tape.gradient(score, images).numpy()


def scaled(gradient, axes=(1, 2, 3)):
    size = np.sqrt((gradient**2).mean(axis=axes, keepdims=True))
    return gradient / np.where(size > 0, size, 1)


def step_along(images, gradient, step_size, l2, clip=(0, 1)):
    moved = images + step_size * (scaled(gradient) - l2 * images)
    return np.clip(moved, *clip)


@misconception("ascent_step", "This goes downhill: add the gradient, do not subtract it.", gradient_of, scaled, step_along, origin=NOTEBOOKS)  # fmt: skip
def downhill(network, images, index, step_size, l2):
    return step_along(images, -gradient_of(network, images, index), step_size, l2)


@misconception("ascent_step", "The gradient is used as it is: scale it to a root mean square of 1 first.", gradient_of, origin=NOTEBOOKS)  # fmt: skip
def step_not_scaled(network, images, index, step_size, l2):
    direction = gradient_of(network, images, index) - l2 * images
    return np.clip(images + step_size * direction, 0, 1)


@misconception("ascent_step", "There is one root mean square for the whole batch. Take it image by image, over rows, columns and channels.", gradient_of, scaled, origin=NOTEBOOKS)  # fmt: skip
def step_scaled_over_the_batch(network, images, index, step_size, l2):
    direction = scaled(gradient_of(network, images, index), axes=None) - l2 * images
    return np.clip(images + step_size * direction, 0, 1)


@misconception("ascent_step", "The gradient is divided by its norm (the root of the sum of squares). Divide by the root of their mean.", gradient_of, origin=ASCENT)  # fmt: skip
def step_divided_by_the_norm(network, images, index, step_size, l2):
    gradient = gradient_of(network, images, index)
    size = np.sqrt((gradient**2).sum(axis=(1, 2, 3), keepdims=True))
    direction = gradient / np.where(size > 0, size, 1) - l2 * images
    return np.clip(images + step_size * direction, 0, 1)


@misconception("ascent_step", "Only the sign of the gradient is used: scale it by its root mean square instead.", gradient_of)  # fmt: skip
def step_by_sign(network, images, index, step_size, l2):
    direction = np.sign(gradient_of(network, images, index)) - l2 * images
    return np.clip(images + step_size * direction, 0, 1)


@misconception("ascent_step", "The penalty has the sign of the ascent, so it makes pixels grow: subtract it.", gradient_of, scaled, step_along, origin=NOTEBOOKS)  # fmt: skip
def penalty_added(network, images, index, step_size, l2):
    return step_along(images, gradient_of(network, images, index), step_size, -l2)


@misconception("ascent_step", "The penalty is missing. Subtract l2 times the image from the direction.", gradient_of, scaled, step_along)  # fmt: skip
def penalty_forgotten(network, images, index, step_size, l2):
    return step_along(images, gradient_of(network, images, index), step_size, 0)


@misconception("ascent_step", "Scale the score's gradient alone, before the penalty. Else the weight of the penalty means something else for every score.", gradient_of, scaled)  # fmt: skip
def penalty_scaled_along(network, images, index, step_size, l2):
    direction = scaled(gradient_of(network, images, index) - l2 * images)
    return np.clip(images + step_size * direction, 0, 1)


@misconception("ascent_step", "The step leaves the range that the network was trained on. Clip to 0..1.", gradient_of, scaled, step_along, origin=NOTEBOOKS)  # fmt: skip
def step_not_clipped(network, images, index, step_size, l2):
    gradient = gradient_of(network, images, index)
    return step_along(images, gradient, step_size, l2, clip=(-np.inf, np.inf))


@misconception("ascent_step", "The images are clipped to −1..1, but they run from 0 to 1.", gradient_of, scaled, step_along, origin=NOTEBOOKS)  # fmt: skip
def step_clipped_from_minus_1(network, images, index, step_size, l2):
    return step_along(images, gradient_of(network, images, index), step_size, l2, clip=(-1, 1))


@misconception("ascent_step", "The step is clipped, not the image. Clip after adding.", gradient_of, scaled)  # fmt: skip
def direction_clipped(network, images, index, step_size, l2):
    direction = scaled(gradient_of(network, images, index)) - l2 * images
    return images + np.clip(step_size * direction, 0, 1)


@misconception("ascent_step", "A gradient of 0 divided by its size 0 is NaN. Guard the division.", gradient_of)  # fmt: skip
def step_divided_by_zero(network, images, index, step_size, l2):
    gradient = gradient_of(network, images, index)
    size = np.sqrt((gradient**2).mean(axis=(1, 2, 3), keepdims=True))
    return np.clip(images + step_size * (gradient / size - l2 * images), 0, 1)


@misconception("ascent_step", "This is the gradient of a softmax probability. Climb the logit, which this network gives.", gradient_of, scaled, step_along, origin=SOFTMAX)  # fmt: skip
def step_up_the_probability(network, images, index, step_size, l2):
    gradient = gradient_of(network, images, index, "probability")
    return step_along(images, gradient, step_size, l2)


@misconception("ascent_step", "This is the gradient of all outputs together. Pick the column `index` first.", gradient_of, scaled, step_along)  # fmt: skip
def step_for_all_classes(network, images, index, step_size, l2):
    return step_along(images, gradient_of(network, images, index, "all"), step_size, l2)


@misconception("ascent_step", "This climbs the class that is largest already, whatever `index` says.", gradient_of, scaled, step_along)  # fmt: skip
def step_for_the_best_class(network, images, index, step_size, l2):
    return step_along(images, gradient_of(network, images, index, "top"), step_size, l2)


@misconception("ascent_step", "BatchNormalization runs in training mode. Call the network with training=False.", gradient_of, scaled, step_along, origin=NOTEBOOKS)  # fmt: skip
def step_in_training_mode(network, images, index, step_size, l2):
    gradient = gradient_of(network, images, index, training=True)
    return step_along(images, gradient, step_size, l2)


@misconception("ascent_step", "A class of 0 was taken for none. `if index` and `index or …` are false for 0. Compare with `None`.", gradient_of, scaled, step_along)  # fmt: skip
def step_for_class_0_as_none(network, images, index, step_size, l2):
    gradient = gradient_of(network, images, index, "logit" if index else "top")
    return step_along(images, gradient, step_size, l2)


@misconception("ascent_step", "Images without a gradient are returned as they are: the penalty still pulls them back.", gradient_of, scaled, step_along)  # fmt: skip
def no_penalty_without_a_gradient(network, images, index, step_size, l2):
    gradient = gradient_of(network, images, index)
    alive = gradient.any(axis=(1, 2, 3), keepdims=True)
    return np.where(alive, step_along(images, gradient, step_size, l2), images)


@misconception("ascent_step", "One image without a gradient stops all others: guard the division image by image.", gradient_of, scaled, step_along)  # fmt: skip
def stopped_by_one_image(network, images, index, step_size, l2):
    gradient = gradient_of(network, images, index)
    if not gradient.any(axis=(1, 2, 3)).all():
        gradient = np.zeros_like(gradient)
    return step_along(images, gradient, step_size, l2)


@misconception("ascent_step", "This is the direction. Return the images after the step.", gradient_of, scaled)  # fmt: skip
def direction_returned(network, images, index, step_size, l2):
    return scaled(gradient_of(network, images, index)) - l2 * images


@in_numpy(lambda model, images, index: numpy_outputs(model.network, images)["classes"][:, index])
def score_of(network, images, index):
    return np.asarray(network(images, training=False))[:, index]


def ascend(
    network,
    start,
    index,
    steps,
    step_size,
    l2,
    clip=(0, 1),
    target="logit",
    training=False,
    at=None,
):
    images, curve = start, [score_of(network, start, index)]
    for _ in range(steps):
        gradient = gradient_of(network, images if at is None else at, index, target, training)
        images = step_along(images, gradient, step_size, l2, clip)
        curve.append(score_of(network, images, index))
    return images, np.stack(curve, axis=1)


ASCEND = gradient_of, scaled, step_along, score_of, ascend


@misconception(
    "maximise",
    "Only one step was taken: repeat it, each time from the images of the step before.",
    *ASCEND,
    origin=NOTEBOOKS,
)
def one_step_only(network, start, index, steps, step_size, l2):
    images, curve = ascend(network, start, index, 1, step_size, l2)
    return images, np.pad(curve, ((0, 0), (0, steps - 1)), mode="edge")


@misconception("maximise", "One step too many is taken. The curve has steps + 1 values, but only `steps` steps lie between them.", *ASCEND)  # fmt: skip
def one_step_too_many(network, start, index, steps, step_size, l2):
    images, curve = ascend(network, start, index, steps + 1, step_size, l2)
    return images, curve[:, :-1]


@misconception("maximise", "The score falls. Go up the gradient, not down.", *ASCEND, origin=NOTEBOOKS)  # fmt: skip
def descent(network, start, index, steps, step_size, l2):
    images, curve = start, [score_of(network, start, index)]
    for _ in range(steps):
        images = step_along(images, -gradient_of(network, images, index), step_size, l2)
        curve.append(score_of(network, images, index))
    return images, np.stack(curve, axis=1)


@misconception("maximise", "The target is a softmax probability. Climb the logit.", *ASCEND, origin=SOFTMAX)  # fmt: skip
def probability_climbed(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, l2, target="probability")


@misconception("maximise", "This climbs the class that is largest already, whatever `index` says.", *ASCEND)  # fmt: skip
def best_class_climbed(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, l2, target="top")


@misconception("maximise", "This climbs the sum of all classes: pick one.", *ASCEND)
def all_classes_climbed(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, l2, target="all")


@misconception("maximise", "The images are never clipped: they leave the range 0..1.", *ASCEND, origin=NOTEBOOKS)  # fmt: skip
def never_clipped(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, l2, clip=(-np.inf, np.inf))


@misconception("maximise", "The images are clipped once, at the end. Before that the network saw values that no image can have.", *ASCEND, origin=ASCENT)  # fmt: skip
def clipped_at_the_end(network, start, index, steps, step_size, l2):
    images, curve = ascend(network, start, index, steps, step_size, l2, clip=(-np.inf, np.inf))
    images = np.clip(images, 0, 1)
    curve[:, -1] = score_of(network, images, index)
    return images, curve


@misconception("maximise", "The images are clipped to −1..1, but they run from 0 to 1.", *ASCEND, origin=NOTEBOOKS)  # fmt: skip
def clipped_from_minus_1(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, l2, clip=(-1, 1))


@misconception("maximise", "The images are clipped to 0..255, but they run from 0 to 1.", *ASCEND, origin=NOTEBOOKS)  # fmt: skip
def clipped_to_255(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, l2, clip=(0, 255))


@misconception("maximise", "The curve ends before the last step: score the final images too.", *ASCEND, typical=True)  # fmt: skip
def last_score_missing(network, start, index, steps, step_size, l2):
    images, curve = ascend(network, start, index, steps, step_size, l2)
    return images, curve[:, :-1]


@misconception("maximise", "The curve begins after the first step. Score the start as well.", *ASCEND)  # fmt: skip
def first_score_missing(network, start, index, steps, step_size, l2):
    images, curve = ascend(network, start, index, steps, step_size, l2)
    return images, curve[:, 1:]


@misconception("maximise", "The score reported at the end is the one before the last step: compute it anew for the final images.", *ASCEND, origin=ASCENT)  # fmt: skip
def stale_last_score(network, start, index, steps, step_size, l2):
    images, curve = ascend(network, start, index, steps, step_size, l2)
    return images, np.concatenate([curve[:, :-1], curve[:, -2:-1]], axis=1)


@misconception("maximise", "The curve holds score minus penalty. Report the score alone.", *ASCEND)
def penalised_score_reported(network, start, index, steps, step_size, l2):
    images, curve = start, []
    for step in range(steps + 1):
        if step:
            images = step_along(images, gradient_of(network, images, index), step_size, l2)
        penalty = (np.float32(l2) / 2 + 0.5) * (images**2).sum(axis=(1, 2, 3))
        curve.append(score_of(network, images, index) - penalty)
    return images, np.stack(curve, axis=1)


@misconception("maximise", "The penalty has the sign of the ascent: subtract it.", *ASCEND, origin=NOTEBOOKS)  # fmt: skip
def penalty_climbed(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, -l2)


@misconception("maximise", "The penalty is missing. Pass l2 on to every step.", *ASCEND)
def penalty_not_passed_on(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, 0.0)


@misconception("maximise", "The gradient is used as it is: scale it to a root mean square of 1, image by image.", *ASCEND, origin=NOTEBOOKS)  # fmt: skip
def never_scaled(network, start, index, steps, step_size, l2):
    images, curve = start, [score_of(network, start, index)]
    for _ in range(steps):
        direction = gradient_of(network, images, index) - l2 * images
        images = np.clip(images + step_size * direction, 0, 1)
        curve.append(score_of(network, images, index))
    return images, np.stack(curve, axis=1)


@misconception("maximise", "The gradient is scaled over the whole batch: scale it image by image.", *ASCEND, origin=NOTEBOOKS)  # fmt: skip
def scaled_over_the_batch(network, start, index, steps, step_size, l2):
    images, curve = start, [score_of(network, start, index)]
    for _ in range(steps):
        direction = scaled(gradient_of(network, images, index), axes=None) - l2 * images
        images = np.clip(images + step_size * direction, 0, 1)
        curve.append(score_of(network, images, index))
    return images, np.stack(curve, axis=1)


@misconception("maximise", "Every step uses the gradient at the start: take it anew at the current images.", *ASCEND)  # fmt: skip
def gradient_of_the_start(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, l2, at=start)


@misconception("maximise", "The given start is ignored: begin with it, not with an image of your own.", *ASCEND)  # fmt: skip
def start_ignored(network, start, index, steps, step_size, l2):
    return ascend(network, np.full_like(start, 0.5), index, steps, step_size, l2)


@misconception("maximise", "BatchNormalization runs in training mode. Call the network with training=False.", *ASCEND, origin=NOTEBOOKS)  # fmt: skip
def training_mode(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, l2, training=True)


@misconception("maximise", "The curve is the mean over the images: keep a row for each.", *ASCEND)
def one_curve_for_all(network, start, index, steps, step_size, l2):
    images, curve = ascend(network, start, index, steps, step_size, l2)
    return images, curve.mean(axis=0)


@misconception("maximise", "These are the images with the highest score of all steps. Return the images after the last step, whatever their score.", *ASCEND)  # fmt: skip
def best_images_kept(network, start, index, steps, step_size, l2):
    images, best, scores = start, start, [score_of(network, start, index)]
    for _ in range(steps):
        images = step_along(images, gradient_of(network, images, index), step_size, l2)
        score = score_of(network, images, index)
        better = score > np.max(scores, axis=0)
        best = np.where(better[:, None, None, None], images, best)
        scores.append(score)
    return best, np.stack(scores, axis=1)


@misconception("maximise", "The curve holds the best score so far: report each step's own score, also where it falls.", *ASCEND)  # fmt: skip
def curve_never_falls(network, start, index, steps, step_size, l2):
    images, curve = ascend(network, start, index, steps, step_size, l2)
    return images, np.maximum.accumulate(curve, axis=1)


@misconception("maximise", "A step that lowers the score is not taken. Take every step, for the score may fall.", *ASCEND)  # fmt: skip
def only_steps_that_help(network, start, index, steps, step_size, l2):
    images, curve = start, [score_of(network, start, index)]
    for _ in range(steps):
        moved = step_along(images, gradient_of(network, images, index), step_size, l2)
        better = score_of(network, moved, index) > curve[-1]
        images = np.where(better[:, None, None, None], moved, images)
        curve.append(score_of(network, images, index))
    return images, np.stack(curve, axis=1)


@misconception("maximise", "The curve is transposed. It should have a row for each image and a column for each step.", *ASCEND)  # fmt: skip
def curve_transposed(network, start, index, steps, step_size, l2):
    images, curve = ascend(network, start, index, steps, step_size, l2)
    return images, curve.T


@misconception("maximise", "The results are in the wrong order. Return the images first, then the curve.", *ASCEND)  # fmt: skip
def results_swapped(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, l2)[::-1]


@misconception("maximise", "Return both the images and the curve.", *ASCEND)
def curve_forgotten(network, start, index, steps, step_size, l2):
    return ascend(network, start, index, steps, step_size, l2)[0]


@misconception("total_variation", "The differences are squared: take their absolute values.", origin="https://github.com/jxgu1016/Total_Variation_Loss.pytorch/issues/2")  # fmt: skip
def squared_differences(images):
    down, right = np.diff(images, axis=1), np.diff(images, axis=2)
    return (down**2).sum(axis=(1, 2, 3)) + (right**2).sum(axis=(1, 2, 3))


@misconception("total_variation", "Without absolute values, ups and downs cancel: only the borders are left.")  # fmt: skip
def differences_cancel(images):
    down, right = np.diff(images, axis=1), np.diff(images, axis=2)
    return down.sum(axis=(1, 2, 3)) + right.sum(axis=(1, 2, 3))


@misconception("total_variation", "This is the mean over the pixels. The sum is asked for.")
def mean_difference(images):
    down, right = np.abs(np.diff(images, axis=1)), np.abs(np.diff(images, axis=2))
    return down.mean(axis=(1, 2, 3)) + right.mean(axis=(1, 2, 3))


@misconception("total_variation", "Only neighbours below are compared: add those to the right.")
def downwards_only(images):
    return np.abs(np.diff(images, axis=1)).sum(axis=(1, 2, 3))


@misconception("total_variation", "Only neighbours to the right are compared: add those below.")
def rightwards_only(images):
    return np.abs(np.diff(images, axis=2)).sum(axis=(1, 2, 3))


@misconception("total_variation", "There is one number for the whole batch. Sum over rows, columns and channels, and keep the images apart.")  # fmt: skip
def batch_summed(images):
    return np.abs(np.diff(images, axis=1)).sum() + np.abs(np.diff(images, axis=2)).sum()


@misconception(
    "total_variation",
    "`np.roll` makes opposite borders neighbours, but they are not.",
    typical=True,
)
def around_the_border(images):
    down = np.abs(images - np.roll(images, 1, axis=1))
    right = np.abs(images - np.roll(images, 1, axis=2))
    return (down + right).sum(axis=(1, 2, 3))


@misconception("total_variation", "Axis 0 counts images, not rows. An image is no neighbour of the next. Use axes 1 and 2.")  # fmt: skip
def images_compared(images):
    total = sum(np.abs(np.diff(images, axis=axis)).sum() for axis in (0, 1))
    return np.full(len(images), total, np.float32)


@misconception("total_variation", "Channels are no neighbours. Compare pixels along axes 1 and 2 only.")  # fmt: skip
def channels_compared(images):
    return sum(np.abs(np.diff(images, axis=axis)).sum(axis=(1, 2, 3)) for axis in (1, 2, 3))


@misconception("total_variation", "The sign of the pixels is dropped before they are compared. Take the absolute value of the difference.")  # fmt: skip
def difference_of_absolutes(images):
    images = abs(images)
    down, right = np.diff(images, axis=1), np.diff(images, axis=2)
    return abs(down).sum(axis=(1, 2, 3)) + abs(right).sum(axis=(1, 2, 3))


@misconception("total_variation", "The length of the gradient is summed. Add the two absolute differences instead.", origin="https://github.com/photosynthesis-team/piq/issues/328")  # fmt: skip
def euclidean_variation(images):
    down, right = np.zeros_like(images), np.zeros_like(images)
    down[:, :-1], right[:, :, :-1] = np.diff(images, axis=1), np.diff(images, axis=2)
    return np.sqrt(down**2 + right**2).sum(axis=(1, 2, 3))


def unit_range(images, axes=(1, 2, 3), spread=0.15, middle=0.5):
    centred = images - images.mean(axis=axes, keepdims=True)
    size = images.std(axis=axes, keepdims=True)
    return middle + spread * centred / np.where(size > 0, size, 1)


@misconception("deprocess", "Without clipping, uint8 wraps around: 256 becomes 0. Clip to 0..1 first.", unit_range, origin="https://prodevsblog.com/questions/149601/numpy-uint8-pixel-wrapping-solution")  # fmt: skip
def wraps_around(images):
    return (255 * unit_range(images)).astype(np.int64).astype(np.uint8)


@misconception("deprocess", "There is one mean and one spread for the whole batch. Take both image by image.", unit_range)  # fmt: skip
def one_scale_for_the_batch(images):
    return (255 * np.clip(unit_range(images, axes=(0, 1, 2, 3)), 0, 1)).astype(np.uint8)


@misconception("deprocess", "This stretches each image from its minimum to its maximum: bring mean and spread to 0.5 and 0.15.")  # fmt: skip
def stretched_to_extremes(images):
    low = images.min(axis=(1, 2, 3), keepdims=True)
    size = images.max(axis=(1, 2, 3), keepdims=True) - low
    return (255 * (images - low) / np.where(size > 0, size, 1)).astype(np.uint8)


@misconception("deprocess", "The images are only clipped: first bring mean and spread to 0.5 and 0.15.")  # fmt: skip
def only_clipped(images):
    return (255 * np.clip(images, 0, 1)).astype(np.uint8)


@misconception("deprocess", "The mean is 0, so half of the image is clipped to black. Add 0.5.", unit_range)  # fmt: skip
def mean_zero(images):
    return (255 * np.clip(unit_range(images, middle=0), 0, 1)).astype(np.uint8)


@misconception("deprocess", "The standard deviation is 1, so most pixels are clipped. Multiply by 0.15.", unit_range)  # fmt: skip
def spread_of_one(images):
    return (255 * np.clip(unit_range(images, spread=1), 0, 1)).astype(np.uint8)


@misconception("deprocess", "The values become whole numbers before they are multiplied by 255. So every pixel is 0 or 1.", unit_range)  # fmt: skip
def converted_too_early(images):
    return np.clip(unit_range(images), 0, 1).astype(np.uint8) * 255


@misconception("deprocess", "The values are right, the type is not. Convert to uint8.", unit_range)
def still_floating(images):
    return 255 * np.clip(unit_range(images), 0, 1)


@misconception("deprocess", "A constant image comes out black, as where its spread of 0 divides 0 to NaN, but it has to be mid-grey.", typical=True)  # fmt: skip
def spread_zero_divides(images):
    centred = images - images.mean(axis=(1, 2, 3), keepdims=True)
    unit = 0.5 + 0.15 * centred / images.std(axis=(1, 2, 3), keepdims=True)
    return np.nan_to_num(255 * np.clip(unit, 0, 1)).astype(np.uint8)


@misconception("deprocess", "The spread is 0.1, as in a well-known example: 0.15 is asked for.", unit_range, origin=DEPROCESS)  # fmt: skip
def spread_of_a_tenth(images):
    return (255 * np.clip(unit_range(images, spread=0.1), 0, 1)).astype(np.uint8)


@misconception("deprocess", "Each channel gets a mean and a spread of its own, so that colours are lost: take them over the whole image.", unit_range)  # fmt: skip
def one_scale_per_channel(images):
    return (255 * np.clip(unit_range(images, axes=(1, 2)), 0, 1)).astype(np.uint8)


@misconception(
    "deprocess",
    "The image is divided by its variance. Divide by the standard "
    "deviation, the root of the variance.",
)
def variance_for_spread(images):
    centred = images - images.mean(axis=(1, 2, 3), keepdims=True)
    variance = images.var(axis=(1, 2, 3), keepdims=True)
    unit = 0.5 + 0.15 * centred / np.where(variance > 0, variance, 1)
    return (255 * np.clip(unit, 0, 1)).astype(np.uint8)


@misconception("deprocess", "The values are clipped to 0..1 after they are multiplied by 255, so that every byte is 0 or 1. Clip first.", unit_range, origin="https://github.com/MouseLand/cellpose/issues/744")  # fmt: skip
def clipped_after_multiplying(images):
    return np.clip(255 * unit_range(images), 0, 1).astype(np.uint8)


@misconception("deprocess", "An image that lies in 0..1 is left as it is: bring each to mean 0.5 and standard deviation 0.15.", unit_range)  # fmt: skip
def small_range_left(images):
    inside = ((images >= 0) & (images <= 1)).all(axis=(1, 2, 3), keepdims=True)
    return (255 * np.clip(np.where(inside, images, unit_range(images)), 0, 1)).astype(np.uint8)


@misconception("deprocess", "One constant image makes the others keep their spread. Replace the spread of 0 image by image.")  # fmt: skip
def spread_of_all_replaced(images):
    centred = images - images.mean(axis=(1, 2, 3), keepdims=True)
    size = images.std(axis=(1, 2, 3), keepdims=True)
    unit = 0.5 + 0.15 * centred / (size if size.all() else 1)
    return (255 * np.clip(unit, 0, 1)).astype(np.uint8)


def mean_responses(vertical, horizontal):
    return vertical.mean(axis=(0, 1, 2)), horizontal.mean(axis=(0, 1, 2))


@misconception("vertical_selectivity", "The difference alone grows with the filter's strength: divide by the sum of both responses.", mean_responses)  # fmt: skip
def difference_only(vertical, horizontal):
    v, h = mean_responses(vertical, horizontal)
    return v - h


@misconception("vertical_selectivity", "The sign is turned round. It should be vertical minus horizontal.", mean_responses)  # fmt: skip
def horizontal_selectivity(vertical, horizontal):
    v, h = mean_responses(vertical, horizontal)
    return (h - v) / np.where(v + h > 0, v + h, 1)


@misconception("vertical_selectivity", "This is the response to vertical bars alone. A filter with large outputs answers to everything. Compare with horizontal bars.", mean_responses)  # fmt: skip
def vertical_response_only(vertical, horizontal):
    return mean_responses(vertical, horizontal)[0]


@misconception("vertical_selectivity", "This is the share of the vertical response, 0 to 1. The contrast runs from −1 to 1.", mean_responses)  # fmt: skip
def share_for_contrast(vertical, horizontal):
    v, h = mean_responses(vertical, horizontal)
    return v / np.where(v + h > 0, v + h, 1)


@misconception("vertical_selectivity", "A filter that answers to neither gives 0 / 0: its selectivity is 0, not NaN.", mean_responses)  # fmt: skip
def silent_filter_divides(vertical, horizontal):
    v, h = mean_responses(vertical, horizontal)
    return (v - h) / (v + h)


@misconception("vertical_selectivity", "This takes the strongest response. Take the mean over images and pixels.")  # fmt: skip
def strongest_for_mean(vertical, horizontal):
    v, h = vertical.max(axis=(0, 1, 2)), horizontal.max(axis=(0, 1, 2))
    return (v - h) / np.where(v + h > 0, v + h, 1)


@misconception("vertical_selectivity", "The contrast is taken pixel by pixel and then averaged. Average the responses first.")  # fmt: skip
def contrast_before_mean(vertical, horizontal):
    total = vertical + horizontal
    contrast = (vertical - horizontal) / np.where(total > 0, total, 1)
    return contrast.mean(axis=(0, 1, 2))


@misconception("vertical_selectivity", "The filters are averaged away. Keep the last axis.")
def filters_averaged(vertical, horizontal):
    v, h = vertical.mean(axis=(1, 2, 3)), horizontal.mean(axis=(1, 2, 3))
    return (v - h) / np.where(v + h > 0, v + h, 1)


@misconception("vertical_selectivity", "This is the number of the best filter. Return the selectivity of every filter.", mean_responses)  # fmt: skip
def best_filter_only(vertical, horizontal):
    v, h = mean_responses(vertical, horizontal)
    return int(((v - h) / np.where(v + h > 0, v + h, 1)).argmax())


@misconception("vertical_selectivity", "The sign is lost. A filter that prefers horizontal bars has a negative contrast.", mean_responses)  # fmt: skip
def contrast_without_sign(vertical, horizontal):
    v, h = mean_responses(vertical, horizontal)
    return abs(v - h) / np.where(v + h > 0, v + h, 1)


@misconception("vertical_selectivity", "This is the ratio v / h, which has no upper limit. Divide the difference by the sum.", mean_responses)  # fmt: skip
def ratio_for_contrast(vertical, horizontal):
    v, h = mean_responses(vertical, horizontal)
    return v / np.where(h > 0, h, 1)


@misconception("vertical_selectivity", "Divide by the sum v + h, not by the larger of v and h.", mean_responses)  # fmt: skip
def divided_by_the_larger(vertical, horizontal):
    v, h = mean_responses(vertical, horizontal)
    larger = np.maximum(v, h)
    return (v - h) / np.where(larger > 0, larger, 1)


@misconception("vertical_selectivity", "Adding 1 to the sum avoids 0 / 0, but makes every contrast smaller: replace the sum only where it is 0.", mean_responses)  # fmt: skip
def one_added_to_the_sum(vertical, horizontal):
    v, h = mean_responses(vertical, horizontal)
    return (v - h) / (v + h + 1)


@misconception("vertical_selectivity", "Only the first image of each kind is looked at: average over all of them.", mean_responses)  # fmt: skip
def first_bar_only(vertical, horizontal):
    v, h = mean_responses(vertical[:1], horizontal[:1])
    return (v - h) / np.where(v + h > 0, v + h, 1)


@misconception("vertical_selectivity", "The mean runs over the images only, which leaves a map. Average over rows and columns, too.")  # fmt: skip
def positions_kept(vertical, horizontal):
    v, h = vertical.mean(axis=0), horizontal.mean(axis=0)
    return (v - h) / np.where(v + h > 0, v + h, 1)


@misconception("vertical_selectivity", "A filter that is silent for one kind of bars gets 0: its contrast is 1 or −1. Only a filter that is silent for both gets 0.", mean_responses)  # fmt: skip
def silent_for_one_kind(vertical, horizontal):
    v, h = mean_responses(vertical, horizontal)
    return np.where(v * h > 0, (v - h) / np.where(v + h > 0, v + h, 1), 0)
