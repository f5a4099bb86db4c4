"""Correct answers to the exercises of notebook 07, written in other ways."""

import keras
import numpy as np
import tensorflow as tf


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
