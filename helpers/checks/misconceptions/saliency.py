"""Wrong answers to the exercises of notebook 07."""

import numpy as np

from helpers.checks.drawn import numpy_gradient
from helpers.checks.misconceptions.registry import NOTEBOOKS, in_numpy, misconception


def numpy_image_gradient(model, images, class_index, target="logit"):
    return numpy_gradient(model.network, images, "", class_index, target)


@in_numpy(numpy_image_gradient)
def image_gradient(model, images, class_index, target="logit"):
    import keras
    import tensorflow as tf

    head = model.layers[-1]
    inner = keras.Model(model.inputs, head.input)
    batch = tf.constant(images)
    with tf.GradientTape() as tape:
        tape.watch(batch)
        logits = tf.matmul(inner(batch), head.kernel) + head.bias
        p = tf.nn.softmax(logits)
        value = {
            "logit": lambda: logits[:, class_index],
            "probability": lambda: p[:, class_index],
            "loss": lambda: -tf.math.log(p[:, class_index]),
            "all": lambda: logits,
            "top": lambda: tf.reduce_max(logits, axis=1),
            "mean": lambda: tf.reduce_mean(logits[:, class_index]),
        }[target]()
    return tape.gradient(value, batch).numpy()


@misconception("saliency_map", "The map is right, but the model has lost its softmax. Put the softmax back after the call, or compute the logits from the last layer's input.", image_gradient, origin=NOTEBOOKS)  # fmt: skip
def softmax_taken_away(model, images, class_index):
    model.layers[-1].activation = None
    return np.abs(image_gradient(model, images, class_index)).max(axis=-1)


@misconception("saliency_map", "The gradient is that of the probability, which is nearly 0 where the network is sure. Differentiate the logit, before the softmax.", image_gradient, origin=NOTEBOOKS)  # fmt: skip
def gradient_of_a_probability(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index, "probability")).max(axis=-1)


@misconception("saliency_map", "The gradient is that of the logarithm of the probability, as in a loss: differentiate the logit itself.", image_gradient)  # fmt: skip
def gradient_of_the_loss(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index, "loss")).max(axis=-1)


@misconception("saliency_map", "All logits are added up. Choose the column `class_index` before you differentiate.", image_gradient, origin=NOTEBOOKS)  # fmt: skip
def all_classes_summed(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index, "all")).max(axis=-1)


@misconception("saliency_map", "`class_index` is not used. The map explains the class with the largest output.", image_gradient, origin=NOTEBOOKS)  # fmt: skip
def top_class_for_all(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index, "top")).max(axis=-1)


@misconception("saliency_map", "A class of 0 was taken for none. `if class_index` and `class_index or …` are false for 0. Compare with `None`.", image_gradient)  # fmt: skip
def class_0_taken_for_none(model, images, class_index):
    target = "logit" if class_index else "top"
    return np.abs(image_gradient(model, images, class_index, target)).max(axis=-1)


@misconception("saliency_map", "The map explains the class before the one that was asked for. Classes are counted from 0.", image_gradient)  # fmt: skip
def one_class_too_low(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index - 1)).max(axis=-1)


@misconception("saliency_map", "The maximum is taken without the absolute value, so that strong negative gradients are lost.", image_gradient, origin=NOTEBOOKS)  # fmt: skip
def maximum_without_abs(model, images, class_index):
    return image_gradient(model, images, class_index).max(axis=-1)


@misconception("saliency_map", "The absolute value comes too late: take `abs` first, then the maximum over the channels.", image_gradient)  # fmt: skip
def abs_of_the_maximum(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index).max(axis=-1))


@misconception("saliency_map", "Gradients of different sign cancel in the mean over the channels: take the absolute value first, and the maximum.", image_gradient, origin=NOTEBOOKS, typical=True)  # fmt: skip
def abs_of_the_channel_mean(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index).mean(axis=-1))


@misconception("saliency_map", "This is the mean of the absolute values over the channels. The exercise asks for their maximum.", image_gradient)  # fmt: skip
def mean_over_the_channels(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index)).mean(axis=-1)


@misconception("saliency_map", "This is the length of the gradient over the channels. The exercise asks for the largest magnitude.", image_gradient)  # fmt: skip
def length_over_the_channels(model, images, class_index):
    return np.linalg.norm(image_gradient(model, images, class_index), axis=-1)


@misconception("saliency_map", "Only the first channel is looked at. A colour image has three.", image_gradient, origin=NOTEBOOKS)  # fmt: skip
def first_channel_only(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index)[..., 0])


@misconception("saliency_map", "This is gradient × image. The saliency map is the gradient alone, which is not 0 where the image is.", image_gradient, origin=NOTEBOOKS)  # fmt: skip
def times_the_image(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index) * images).max(axis=-1)


@misconception("saliency_map", "Negative gradients are set to 0. A pixel that lowers the logit matters as well. Take the absolute value.", image_gradient)  # fmt: skip
def negative_gradients_dropped(model, images, class_index):
    return np.maximum(image_gradient(model, images, class_index), 0).max(axis=-1)


@misconception("saliency_map", "The map is rescaled to 0..1, so that maps cannot be compared any more. Leave the scaling to the plot.", image_gradient, origin=NOTEBOOKS)  # fmt: skip
def map_from_0_to_1(model, images, class_index):
    maps = np.abs(image_gradient(model, images, class_index)).max(axis=-1)
    low, high = maps.min(axis=(1, 2), keepdims=True), maps.max(axis=(1, 2), keepdims=True)
    return (maps - low) / (high - low)


@misconception("saliency_map", "The gradient is that of the mean over the images and too small by their number. Do not average the column.", image_gradient)  # fmt: skip
def mean_logit_of_the_batch(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index, "mean")).max(axis=-1)


@misconception("saliency_map", "The map has a channel axis left. A maximum over the last axis gives (N, H, W).", image_gradient)  # fmt: skip
def channel_axis_left(model, images, class_index):
    return np.abs(image_gradient(model, images, class_index)).max(axis=-1, keepdims=True)


def noisy(images, noise, share):
    """(samples, N, H, W, C), as it should be."""
    widths = share * (images.max(axis=(1, 2, 3)) - images.min(axis=(1, 2, 3)))
    return images + widths[:, None, None, None] * noise[:, None]


@misconception("smooth_grad", "The noisy images are averaged, which takes the noise out again. Average the gradients of the noisy images.", noisy)  # fmt: skip
def gradient_of_the_mean_image(gradient, images, noise, share):
    return gradient(noisy(images, noise, share).mean(axis=0))


@misconception("smooth_grad", "The noise adds up from sample to sample. Add each noise to the original images.", noisy)  # fmt: skip
def noise_piles_up(gradient, images, noise, share):
    added = np.cumsum(noisy(images, noise, share) - images, axis=0)
    return np.mean([gradient(images + one) for one in added], axis=0)


@misconception("smooth_grad", "The gradients are summed. Divide by the number of samples.", noisy)
def gradients_summed(gradient, images, noise, share):
    return np.sum([gradient(one) for one in noisy(images, noise, share)], axis=0)


@misconception("smooth_grad", "Absolute values are averaged, so that noise no longer cancels: average the gradients with their signs.", noisy)  # fmt: skip
def absolute_values_averaged(gradient, images, noise, share):
    return np.mean([np.abs(gradient(one)) for one in noisy(images, noise, share)], axis=0)


@misconception("smooth_grad", "Squares are averaged (a variant of the method): average the gradients themselves.", noisy)  # fmt: skip
def squares_averaged(gradient, images, noise, share):
    return np.mean([gradient(one) ** 2 for one in noisy(images, noise, share)], axis=0)


@misconception("smooth_grad", "The noisy images are clipped to 0..1, so that the noise is no longer symmetric. Leave the noisy images as they are.", noisy)  # fmt: skip
def noisy_images_clipped(gradient, images, noise, share):
    return np.mean([gradient(one.clip(0, 1)) for one in noisy(images, noise, share)], axis=0)


@misconception("smooth_grad", "Only the last sample counts: collect the gradients of all of them.", noisy)  # fmt: skip
def last_sample_only(gradient, images, noise, share):
    return gradient(noisy(images, noise, share)[-1])


@misconception("smooth_grad", "The range is that of the whole batch: each image has a range of its own.")  # fmt: skip
def range_of_the_batch(gradient, images, noise, share):
    width = share * (images.max() - images.min())
    return np.mean([gradient(images + width * one) for one in noise], axis=0)


@misconception("smooth_grad", "The width of the noise is a share of the image's range, which need not be 1: multiply it by largest − smallest.")  # fmt: skip
def range_taken_as_1(gradient, images, noise, share):
    return np.mean([gradient(images + share * one) for one in noise], axis=0)


@misconception("smooth_grad", "The range is the largest value minus the smallest, not the largest value.")  # fmt: skip
def maximum_for_range(gradient, images, noise, share):
    widths = share * images.max(axis=(1, 2, 3), keepdims=True)
    return np.mean([gradient(images + widths * one) for one in noise], axis=0)


@misconception("smooth_grad", "Images are brought to 0..1 before the noise is added, and the gradient is asked for there: leave them in their own range.")  # fmt: skip
def images_brought_to_0_to_1(gradient, images, noise, share):
    low, high = (f(images, axis=(1, 2, 3), keepdims=True) for f in (np.min, np.max))
    unit = (images - low) / np.where(high > low, high - low, 1)
    return np.mean([gradient(unit + share * one) for one in noise], axis=0)


@misconception("smooth_grad", "An image that is the same everywhere has no range and should get no noise, but here it gets some.")  # fmt: skip
def even_images_get_noise(gradient, images, noise, share):
    width = images.max(axis=(1, 2, 3), keepdims=True) - images.min(axis=(1, 2, 3), keepdims=True)
    width = share * np.where(width > 0, width, 1)
    return np.mean([gradient(images + width * one) for one in noise], axis=0)


@misconception("smooth_grad", "The noise is a share of the image's standard deviation, but it should be a share of the image's range.")  # fmt: skip
def deviation_for_range(gradient, images, noise, share):
    widths = share * images.std(axis=(1, 2, 3), keepdims=True)
    return np.mean([gradient(images + widths * one) for one in noise], axis=0)


@misconception("smooth_grad", "The result is multiplied by the image. SmoothGrad is the mean gradient alone.", noisy)  # fmt: skip
def smooth_gradient_times_image(gradient, images, noise, share):
    return np.mean([gradient(one) for one in noisy(images, noise, share)], axis=0) * images


@misconception("smooth_grad", "The noise is added to the gradient: add it to the image, and ask for the gradient there.", noisy)  # fmt: skip
def noise_on_the_gradient(gradient, images, noise, share):
    return gradient(images) + (noisy(images, noise, share) - images).mean(axis=0)


@misconception("smooth_grad", "No noise is added: this is the plain gradient.")
def without_noise(gradient, images, noise, share):
    return gradient(images)


@misconception("smooth_grad", "The image without noise is counted as one more sample.", noisy)
def clean_image_counted(gradient, images, noise, share):
    return np.mean([gradient(one) for one in (images, *noisy(images, noise, share))], axis=0)


def path(images, baseline, shares):
    """The images on the way, (steps, N, H, W, C)."""
    return np.stack([baseline + share * (images - baseline) for share in shares])


def middles(steps):
    return (np.arange(steps) + 0.5) / steps


@misconception("integrated_gradients", "This is the gradient at the image alone: average it over the way from the baseline.")  # fmt: skip
def gradient_at_the_end_only(gradient, images, baseline, steps):
    return gradient(images) * (images - baseline)


@misconception("integrated_gradients", "The mean gradient is not yet an attribution: multiply it by image − baseline.", path, middles)  # fmt: skip
def difference_forgotten(gradient, images, baseline, steps):
    return np.mean([gradient(x) for x in path(images, baseline, middles(steps))], axis=0)


@misconception("integrated_gradients", "The mean gradient is multiplied by the image. Multiply the gradient by image − baseline, which is the image only for a baseline of 0.", path, middles, typical=True)  # fmt: skip
def times_image_for_difference(gradient, images, baseline, steps):
    return images * np.mean([gradient(x) for x in path(images, baseline, middles(steps))], axis=0)


@misconception("integrated_gradients", "Each step is represented by its right end, but the exercise asks for its middle.", path)  # fmt: skip
def right_ends(gradient, images, baseline, steps):
    shares = np.arange(1, steps + 1) / steps
    return (images - baseline) * np.mean([gradient(x) for x in path(images, baseline, shares)], 0)


@misconception("integrated_gradients", "Each step is represented by its left end, but the exercise asks for its middle.", path)  # fmt: skip
def left_ends(gradient, images, baseline, steps):
    shares = np.arange(steps) / steps
    return (images - baseline) * np.mean([gradient(x) for x in path(images, baseline, shares)], 0)


@misconception("integrated_gradients", "`np.linspace(0, 1, steps)` gives the ends of the way and points between. The exercise asks for the middles of equal steps.", path)  # fmt: skip
def both_ends_counted(gradient, images, baseline, steps):
    shares = np.linspace(0, 1, steps)
    return (images - baseline) * np.mean([gradient(x) for x in path(images, baseline, shares)], 0)


@misconception("integrated_gradients", "The gradients are summed. Divide by the number of steps, else the sum is no difference of scores.", path, middles)  # fmt: skip
def steps_summed(gradient, images, baseline, steps):
    return (images - baseline) * sum(gradient(x) for x in path(images, baseline, middles(steps)))


@misconception("integrated_gradients", "The result is the absolute value: what speaks against the class must stay negative.", path, middles)  # fmt: skip
def absolute_attributions(gradient, images, baseline, steps):
    mean = np.mean([gradient(x) for x in path(images, baseline, middles(steps))], axis=0)
    return np.abs((images - baseline) * mean)


@misconception("integrated_gradients", "The sign is turned round: image − baseline, not baseline − image.", path, middles)  # fmt: skip
def baseline_minus_image(gradient, images, baseline, steps):
    mean = np.mean([gradient(x) for x in path(images, baseline, middles(steps))], axis=0)
    return (baseline - images) * mean


@misconception("integrated_gradients", "The way starts at 0, whatever the baseline is: baseline + share · (image − baseline).", middles)  # fmt: skip
def way_from_zero(gradient, images, baseline, steps):
    return (images - baseline) * np.mean([gradient(s * images) for s in middles(steps)], axis=0)


@misconception("integrated_gradients", "The baseline is ignored, but the way starts there, and the baseline is subtracted.", middles)  # fmt: skip
def baseline_ignored(gradient, images, baseline, steps):
    return images * np.mean([gradient(s * images) for s in middles(steps)], axis=0)


@misconception("integrated_gradients", "The points on the way lack their start. Add the baseline to share · (image − baseline).", middles)  # fmt: skip
def start_not_added(gradient, images, baseline, steps):
    way = images - baseline
    return way * np.mean([gradient(share * way) for share in middles(steps)], axis=0)


@misconception("integrated_gradients", "There is one step in the middle of the way, whatever `steps` says.")  # fmt: skip
def one_step_in_the_middle(gradient, images, baseline, steps):
    return (images - baseline) * gradient((images + baseline) / 2)


@misconception("integrated_gradients", "The way is kept to what is positive. A baseline below 0 is where the way starts, too.", path, middles)  # fmt: skip
def negative_baseline_cut_off(gradient, images, baseline, steps):
    baseline = np.maximum(baseline, 0)
    gradients = [gradient(x) for x in path(images, baseline, middles(steps))]
    return (images - baseline) * np.mean(gradients, axis=0)


@misconception("integrated_gradients", "The last step is missing: there are `steps` of them.", path, middles)  # fmt: skip
def last_step_missing(gradient, images, baseline, steps):
    shares = middles(steps)[:-1]
    total = sum(gradient(x) for x in path(images, baseline, shares)) if len(shares) else 0
    return (images - baseline) * total / steps


@misconception("integrated_gradients", "Each gradient is multiplied by the image on the way. Multiply the mean of the gradients by image − baseline.", path, middles)  # fmt: skip
def times_the_images_on_the_way(gradient, images, baseline, steps):
    return np.mean([gradient(x) * x for x in path(images, baseline, middles(steps))], axis=0)


def masked(before, signal, rule, forward=("gradient", "guided"), backward=("deconvnet", "guided")):
    """The signal under the masks that the rules have, by default the right ones."""
    result = signal.copy()
    if rule in forward:
        result[before <= 0] = 0
    if rule in backward:
        result[signal <= 0] = 0
    return result


@misconception("relu_backward", "The plain gradient is returned for every rule.", masked, origin=NOTEBOOKS)  # fmt: skip
def plain_gradient_for_all(before, signal, rule):
    return masked(before, signal, "gradient")


@misconception("relu_backward", "What is called guided here is a deconvnet. Guided backprop also stops the signal where the ReLU was silent.", masked, origin=NOTEBOOKS, typical=True)  # fmt: skip
def deconvnet_for_guided(before, signal, rule):
    return masked(before, signal, "deconvnet" if rule == "guided" else rule)


@misconception("relu_backward", "What is called guided here is the plain gradient: guided backprop also stops negative signals.", masked, origin=NOTEBOOKS)  # fmt: skip
def gradient_for_guided(before, signal, rule):
    return masked(before, signal, "gradient" if rule == "guided" else rule)


@misconception("relu_backward", "What is called a deconvnet here is guided backprop. A deconvnet does not look at what came forward.", masked)  # fmt: skip
def guided_for_deconvnet(before, signal, rule):
    return masked(before, signal, "guided" if rule == "deconvnet" else rule)


@misconception("relu_backward", "The gradient and the deconvnet are mixed up. The gradient asks whether the ReLU was open, the deconvnet whether the signal is positive.", masked)  # fmt: skip
def gradient_and_deconvnet_swapped(before, signal, rule):
    swapped = {"gradient": "deconvnet", "deconvnet": "gradient", "guided": "guided"}
    return masked(before, signal, swapped[rule])


@misconception("relu_backward", "Guided backprop needs both to be positive, what came forward and the signal, but here one of them is enough.", masked)  # fmt: skip
def one_of_both_is_enough(before, signal, rule):
    if rule == "guided":
        return np.where((before > 0) | (signal > 0), signal, 0)
    return masked(before, signal, rule)


@misconception("relu_backward", "Two negative factors make a positive product: ask for each sign by itself.", masked)  # fmt: skip
def positive_product(before, signal, rule):
    if rule == "guided":
        return np.where(before * signal > 0, signal, 0)
    return masked(before, signal, rule)


@misconception("relu_backward", "The signal is multiplied by the activation. A ReLU lets the signal pass unchanged or stops it.", masked)  # fmt: skip
def signal_times_activation(before, signal, rule):
    return masked(before, signal, rule) * np.maximum(before, 0)


@misconception("relu_backward", "This is the mask itself: multiply the signal by it.", masked)
def mask_for_signal(before, signal, rule):
    return (masked(before, signal, rule) != 0).astype(float)


@misconception("relu_backward", "The signal is made positive by `abs`: stop what is negative, set it to 0.", masked)  # fmt: skip
def absolute_signal(before, signal, rule):
    return masked(before, np.abs(signal), rule)


@misconception("relu_backward", "A ReLU that is just at 0 counts as open here. Write > 0, not >= 0.", masked)  # fmt: skip
def open_at_zero(before, signal, rule):
    return masked(np.where(before == 0, 1, before), signal, rule)


@misconception("relu_backward", "The ReLU is applied again to what came forward. Apply the ReLU to the signal that goes down.", masked)  # fmt: skip
def activation_for_signal(before, signal, rule):
    if rule == "gradient":
        return masked(before, signal, rule)
    return np.maximum(before, 0) if rule == "deconvnet" else np.maximum(before * (signal > 0), 0)


@misconception("relu_backward", "Negative signals pass and positive ones stop, but it should be the other way round.", masked)  # fmt: skip
def negative_signals_pass(before, signal, rule):
    if rule == "gradient":
        return masked(before, signal, rule)
    return -masked(before, -signal, rule)


@misconception(
    "relu_backward", "There is no mask at all, so every signal passes, as if there were no ReLU."
)
def no_mask(before, signal, rule):
    return signal.copy()


def rectified(before, signal, rule):
    """The right rules."""
    passes = np.ones(signal.shape, bool)
    if rule in ("gradient", "guided"):
        passes &= before > 0
    if rule in ("deconvnet", "guided"):
        passes &= signal > 0
    return np.where(passes, signal, 0)


def go_through(
    network, inputs, class_index, rule,
    rectify=rectified, start=None, transpose=True, with_bias=False, below=False, top=False,
):  # fmt: skip
    """The right pass, but for what is altered."""
    kernels, biases = network["kernels"], network["biases"]
    x, before = inputs, []
    for kernel, bias in zip(kernels, biases, strict=True):
        before.append(x @ kernel + bias)
        x = np.maximum(before[-1], 0)
    logits = before[-1]
    signal = np.zeros_like(logits)
    signal[:, class_index] = 1
    if start is not None:
        signal = start(logits, class_index)
    before = [inputs, *before]  # before[i] belongs to the layer under kernels[i]
    for i in reversed(range(len(kernels))):
        if i < len(kernels) - 1 or top:
            if with_bias:
                signal = signal - biases[i]
            signal = rectify(before[i + 1], signal, rule)
        signal = signal @ (kernels[i].T if transpose else kernels[i])
    return rectify(inputs, signal, rule) if below else signal


@misconception("backward_pass", "The plain gradient is returned for every rule.", rectified, go_through, origin=NOTEBOOKS)  # fmt: skip
def plain_pass_for_all(network, inputs, class_index, rule):
    return go_through(network, inputs, class_index, "gradient")


@misconception("backward_pass", "The kernels are not transposed on the way down. A signal per output becomes one per input.", rectified, go_through, origin=NOTEBOOKS)  # fmt: skip
def kernels_not_transposed(*arguments):
    return go_through(*arguments, transpose=False)


@misconception("backward_pass", "The bias is taken into account on the way down, but a bias is a constant and has no gradient.", rectified, go_through, origin=NOTEBOOKS)  # fmt: skip
def bias_on_the_way_down(*arguments):
    return go_through(*arguments, with_bias=True)


@misconception("backward_pass", "The pass starts with the logit's value, but it should start with 1, its gradient with respect to itself.", rectified, go_through)  # fmt: skip
def starts_with_the_logit(*arguments):
    def start(logits, c):
        return logits * (np.arange(logits.shape[1]) == c)

    return go_through(*arguments, start=start)


@misconception("backward_pass", "All logits send a signal: only the one of `class_index` sends a 1, the others send 0.", rectified, go_through, origin=NOTEBOOKS)  # fmt: skip
def all_logits_send_a_signal(*arguments):
    return go_through(*arguments, start=lambda logits, c: np.ones_like(logits))


@misconception("backward_pass", "`class_index` is not used. The signal starts at the largest logit.", rectified, go_through, origin=NOTEBOOKS)  # fmt: skip
def starts_at_the_largest_logit(*arguments):
    def start(logits, c):
        return (logits == logits.max(axis=1, keepdims=True)).astype(float)

    return go_through(*arguments, start=start)


@misconception("backward_pass", "A class of 0 was taken for none. `if class_index` and `class_index or …` are false for 0. Compare with `None`.", rectified, go_through)  # fmt: skip
def starts_elsewhere_for_class_0(network, inputs, class_index, rule):
    def at_the_largest(logits, c):
        return (logits == logits.max(axis=1, keepdims=True)).astype(np.float32)

    start = None if class_index else at_the_largest
    return go_through(network, inputs, class_index, rule, start=start)


@misconception("backward_pass", "The signal starts one class too low. Classes are counted from 0.", rectified, go_through)  # fmt: skip
def starts_a_class_too_low(network, inputs, class_index, rule):
    return go_through(network, inputs, class_index - 1, rule)


@misconception("backward_pass", "The pass goes through the softmax. Start with 1 at the logit.", rectified, go_through, origin=NOTEBOOKS)  # fmt: skip
def softmax_on_the_way_down(*arguments):
    def start(logits, c):
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        return p[:, [c]] * ((np.arange(p.shape[1]) == c) - p)

    return go_through(*arguments, start=start)


@misconception("backward_pass", "The rule is applied to the inputs as well. There is no ReLU at the inputs, so the result keeps both signs.", rectified, go_through)  # fmt: skip
def inputs_rectified(*arguments):
    return go_through(*arguments, below=True)


@misconception("backward_pass", "The rule is applied to the logits as well. There is no ReLU behind the last layer.", rectified, go_through)  # fmt: skip
def logits_rectified(*arguments):
    return go_through(*arguments, top=True)


@misconception("backward_pass", "The ReLUs are left out on the way down. The kernels alone are multiplied.", rectified, go_through)  # fmt: skip
def relus_left_out(*arguments):
    return go_through(*arguments, rectify=lambda before, signal, rule: signal)


@misconception("backward_pass", "The masks are those of the first input for all of them: each has its own.", rectified, go_through)  # fmt: skip
def masks_of_the_first_input(*arguments):
    def rectify(before, signal, rule):
        return rectified(np.broadcast_to(before[:1], signal.shape), signal, rule)

    return go_through(*arguments, rectify=rectify)


@misconception("backward_pass", "The result is multiplied by the inputs: what goes down is the signal alone.", rectified, go_through)  # fmt: skip
def signal_times_inputs(network, inputs, class_index, rule):
    return inputs * go_through(network, inputs, class_index, rule)


@misconception("backward_pass", "The result is the absolute value. The signal has a sign at the inputs.", rectified, go_through)  # fmt: skip
def absolute_signal_at_the_inputs(*arguments):
    return np.abs(go_through(*arguments))
