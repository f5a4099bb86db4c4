"""Correct answers to the exercises of notebook 07, written in other ways."""

from functools import reduce

import keras
import numpy as np
import tensorflow as tf

from helpers.checks import findings


def saliency_map_of_a_copy_without_softmax(model, images, class_index):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.layers[-1].activation = keras.activations.linear
    x = tf.Variable(images)
    with tf.GradientTape() as tape:
        score = copy(x)[:, class_index]
    return tf.reduce_max(tf.abs(tape.gradient(score, x)), axis=-1)


def saliency_map_image_by_image(model, images, class_index):
    head = model.layers[-1]
    features = keras.Model(model.inputs, head.input)
    maps = []
    for image in images:
        x = tf.constant(image[None])
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = tf.tensordot(features(x)[0], head.kernel[:, class_index], 1)
        gradient = tape.gradient(score, x).numpy()[0]
        maps.append(np.maximum(gradient.max(axis=2), -gradient.min(axis=2)))
    return maps


def saliency_map_in_a_compiled_function(model, images, class_index):
    head = model.layers[-1]
    features = keras.Model(model.inputs, head.input)

    @tf.function
    def gradient(x):
        logits = features(x) @ head.kernel + head.bias
        return tf.gradients(tf.reduce_sum(logits[:, class_index]), x)[0]

    return np.max(np.abs(gradient(tf.constant(images)).numpy().astype(float)), axis=-1)


def smooth_grad_by_a_running_sum(gradient, images, noise, share):
    total = np.zeros(images.shape)
    low = images.reshape(len(images), -1).min(axis=1)
    high = images.reshape(len(images), -1).max(axis=1)
    sigma = (share * (high - low)).reshape(-1, 1, 1, 1)
    for k in range(len(noise)):
        total += gradient(images + sigma * noise[k])
    return total / len(noise)


def smooth_grad_image_by_image(gradient, images, noise, share):
    result = []
    for image in images.astype(float):
        copies = image + share * (image.max() - image.min()) * noise
        result.append(gradient(copies).mean(axis=0))
    return tf.stack(result)


def smooth_grad_all_samples_in_one_batch(gradient, images, noise, share):
    sigma = share * np.ptp(images, axis=(1, 2, 3))[None, :, None, None, None]
    copies = images[None] + sigma * noise[:, None]
    return gradient(copies.reshape(-1, *images.shape[1:])).reshape(copies.shape).mean(axis=0)


def integrated_gradients_by_a_running_sum(gradient, images, baseline, steps):
    total = 0
    for k in range(steps):
        share = (2 * k + 1) / (2 * steps)
        total = total + gradient((1 - share) * baseline + share * images)
    return (images - baseline) * total / steps


def integrated_gradients_backwards(gradient, images, baseline, steps):
    ends = np.linspace(0, 1, steps + 1)
    middles = (ends[:-1] + ends[1:]) / 2
    way = np.asarray(baseline, float) - images
    return -way * np.mean([gradient(images + share * way) for share in middles], axis=0)


def integrated_gradients_image_by_image(gradient, images, baseline, steps):
    shares = ((np.arange(steps) + 0.5) / steps).reshape(-1, 1, 1, 1)
    found = [
        (image - baseline) * gradient(baseline + shares * (image - baseline)).mean(axis=0)
        for image in images
    ]
    return np.stack(found)


def relu_backward_by_copies(before, signal, rule):
    result = signal.copy()
    if rule in ("gradient", "guided"):
        result[before <= 0] = 0
    if rule in ("deconvnet", "guided"):
        result[result < 0] = 0
    return result


def relu_backward_by_products(before, signal, rule):
    is_open, rectified = (before > 0).astype(float), np.maximum(signal, 0)
    return {
        "gradient": is_open * signal,
        "deconvnet": rectified,
        "guided": is_open * rectified,
    }[rule]


def relu_backward_by_tensorflow(before, signal, rule):
    if rule != "gradient":
        signal = tf.nn.relu(signal)
    if rule != "deconvnet":
        signal = tf.raw_ops.ReluGrad(gradients=signal, features=before)
    return signal


def backward_pass_by_recursion(network, inputs, class_index, rule):
    def signal_at(x, layers):
        (kernel, bias), *above = layers
        before = x @ kernel + bias
        if not above:
            return np.broadcast_to(kernel[:, class_index], x.shape)
        signal = signal_at(np.maximum(before, 0), above)
        return relu_backward_by_products(before, signal, rule) @ kernel.T

    return signal_at(inputs, list(zip(network["kernels"], network["biases"], strict=True)))


def backward_pass_input_by_input(network, inputs, class_index, rule):
    result = []
    for x in inputs.astype(float):
        before = []
        for kernel, bias in zip(network["kernels"], network["biases"], strict=True):
            before.append(kernel.T @ x + bias)
            x = np.maximum(before[-1], 0)
        signal = np.zeros(len(before[-1]))
        signal[class_index] = 1
        before.pop()
        for kernel in reversed(network["kernels"]):
            signal = kernel @ signal
            if before:
                signal = relu_backward_by_copies(before.pop(), signal, rule)
        result.append(signal)
    return result


def backward_pass_with_a_custom_gradient(network, inputs, class_index, rule):
    @tf.custom_gradient
    def rectify(x):
        return tf.nn.relu(x), lambda signal: relu_backward_by_tensorflow(x, signal, rule)

    x = start = tf.constant(inputs)
    *lower, last = zip(network["kernels"], network["biases"], strict=True)
    with tf.GradientTape() as tape:
        tape.watch(start)
        for kernel, bias in lower:
            x = rectify(x @ kernel + bias)
        logit = (x @ last[0] + last[1])[:, class_index]
    return tape.gradient(logit, start)


def saliency_map_with_a_signal_at_the_logits(model, images, class_index):
    head = model.layers[-1]
    features = keras.Model(model.inputs, head.input)
    x = tf.constant(images)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        logits = keras.ops.matmul(features(x), head.kernel)
    signal = tf.one_hot(tf.fill([len(images)], class_index), logits.shape[1])
    return tf.norm(tape.gradient(logits, x, output_gradients=signal), ord=np.inf, axis=-1)


def saliency_map_with_the_activation_put_back(model, images, class_index):
    head = model.layers[-1]
    activation, head.activation = head.activation, None
    try:
        x = tf.convert_to_tensor(images)
        with tf.GradientTape() as tape:
            tape.watch(x)
            score = tf.reduce_sum(head(keras.Model(model.inputs, head.input)(x))[:, class_index])
        gradient = tape.gradient(score, x).numpy()
    finally:
        head.activation = activation
    return np.sqrt((gradient**2).max(axis=-1))


def smooth_grad_as_a_running_mean(gradient, images, noise, share):
    wide = np.array([share * (x.max() - x.min()) for x in images])[:, None, None, None]
    mean = np.zeros(images.shape)
    for number, sample in enumerate(noise, start=1):
        mean += (gradient(images + wide * sample) - mean) / number
    return mean


def smooth_grad_in_tensorflow(gradient, images, noise, share):
    low, high = (f(images, axis=[1, 2, 3], keepdims=True) for f in (tf.reduce_min, tf.reduce_max))
    noisy = images[None] + share * (high - low)[None] * noise[:, None]
    return tf.reduce_mean(tf.stack([gradient(batch.numpy()) for batch in noisy]), axis=0)


def integrated_gradients_with_einsum(gradient, images, baseline, steps):
    alphas = np.linspace(0.5 / steps, 1 - 0.5 / steps, steps)
    way = images.astype(np.float64) - baseline
    path = [gradient(image) for image in baseline + np.multiply.outer(alphas, way)]
    return np.einsum("snhwc,nhwc->nhwc", path, way / steps)


def integrated_gradients_all_steps_in_one_batch(gradient, images, baseline, steps):
    shares = tf.reshape((tf.range(steps, dtype=tf.float32) + 0.5) / steps, (-1, 1, 1, 1, 1))
    points = baseline + shares * (images - baseline)[None]
    found = gradient(tf.reshape(points, (-1, *images.shape[1:])).numpy())
    return (images - baseline) * tf.reduce_mean(tf.reshape(found, points.shape), axis=0)


def relu_backward_one_by_one(before, signal, rule):
    result = np.zeros(signal.shape)
    for at in np.ndindex(signal.shape):
        is_open, is_positive = before[at] > 0, signal[at] > 0
        if rule == "gradient":
            passes = is_open
        elif rule == "deconvnet":
            passes = is_positive
        else:
            passes = is_open and is_positive
        result[at] = signal[at] if passes else 0
    return result


def relu_backward_by_a_tape(before, signal, rule):
    incoming = signal if rule == "gradient" else np.clip(signal, 0, None)
    if rule == "deconvnet":
        return incoming
    x = tf.Variable(before)
    with tf.GradientTape() as tape:
        y = keras.activations.relu(x)
    return tape.gradient(y, x, output_gradients=incoming)


def relu_backward_by_steps(before, signal, rule):
    rules = {
        "gradient": lambda: np.heaviside(before, 0),
        "deconvnet": lambda: np.heaviside(signal, 0),
        "guided": lambda: np.heaviside(np.minimum(before, signal), 0),
    }
    return signal * rules[rule]()


def backward_pass_by_reduction(network, inputs, class_index, rule):
    def up(values, layer):
        kernel, bias = layer
        return [*values, np.maximum(values[-1], 0) @ kernel + bias]

    kernels = network["kernels"]
    first = [inputs @ kernels[0] + network["biases"][0]]
    values = reduce(up, zip(kernels[1:], network["biases"][1:], strict=True), first)
    start = np.zeros(values[-1].shape)
    start[:, class_index] = 1

    def down(signal, layer):
        kernel, below = layer
        return relu_backward_one_by_one(below, signal @ kernel.T, rule)

    pairs = zip(kernels[:0:-1], values[-2::-1], strict=True)
    return reduce(down, pairs, start) @ kernels[0].T


def backward_pass_in_tensorflow(network, inputs, class_index, rule):
    computed, x = [], tf.cast(inputs, tf.float64)
    for kernel, bias in zip(network["kernels"], network["biases"], strict=True):
        computed.append(tf.linalg.matvec(kernel.T.astype(float), x) + bias)
        x = tf.nn.relu(computed[-1])
    signal = tf.one_hot([class_index] * len(inputs), computed[-1].shape[1], dtype=tf.float64)
    for i in range(len(computed) - 1, -1, -1):
        signal = tf.matmul(signal, network["kernels"][i].astype(float), transpose_b=True)
        if i:
            signal = relu_backward_by_steps(computed[i - 1].numpy(), signal.numpy(), rule)
    return signal


def own_logits(images):
    """Return the logits of a two for images of the number 22, and their gradients."""
    model, x = findings.network(22), tf.constant(images, tf.float32)
    head = model.layers[-1]
    with tf.GradientTape() as tape:
        tape.watch(x)
        maps = x
        for layer in model.layers[1:-1]:
            maps = layer(maps)
        logits = (maps @ head.kernel + head.bias)[:, 2]
    return logits.numpy(), tape.gradient(logits, x).numpy()


def own_slopes_in_one_batch():
    own = findings.images(22)
    image = next(i for i, c in zip(own.images, own.labels, strict=True) if c == 2)
    shares = [1, 0, *np.arange(1 / 16, 1, 1 / 8)]
    logits, gradients = own_logits(np.stack([share * image for share in shares]))
    row, column, _ = np.argwhere(abs(gradients[0]) == abs(gradients[0]).max())[0]
    total = np.vdot(image, gradients[2:].sum(axis=0)) / 8
    return [row, column, total, logits[0] - logits[1] - total]


def own_slopes_step_by_step():
    own = findings.images(22)
    image = own.images[np.flatnonzero(own.labels == 2)[0]]
    saliency = np.max(np.abs(own_logits(image[None])[1][0]), axis=-1)
    steepest = np.unravel_index(np.argmax(saliency), saliency.shape)
    total = np.zeros_like(image)
    for step in range(8):
        total += image / 8 * own_logits((step + 0.5) / 8 * image[None])[1][0]
    together = round(float(total.sum()), 3)
    gap = own_logits(image[None])[0][0] - own_logits(0 * image[None])[0][0]
    return (*steepest, together, round(float(gap - together), 3))
