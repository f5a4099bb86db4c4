"""Correct answers to the exercises of notebook 05, written in other ways."""

import keras
import numpy as np
import skimage.transform
import tensorflow as tf


def channel_weights_as_sums(gradients):
    return np.einsum("nhwk->nk", gradients)


def channel_weights_as_a_tensor(gradients):
    return keras.layers.GlobalAveragePooling2D()(gradients)


def channel_weights_in_float64(gradients):
    n, _, _, k = gradients.shape
    return gradients.astype(float).reshape(n, -1, k).mean(axis=1)


def weighted_map_by_loops(maps, weights):
    total = np.zeros(maps.shape[:3])
    for i in range(maps.shape[0]):
        for k in range(maps.shape[3]):
            total[i] += weights[i, k] * maps[i, :, :, k]
    total[total < 0] = 0
    return total


def weighted_map_as_a_mean(maps, weights):
    return tf.nn.relu(tf.reduce_mean(maps * weights[:, None, None], axis=-1))


def grad_cam_of_a_model_with_a_linear_head(model, images, layer_name, class_index):
    softmax, model.layers[-1].activation = model.layers[-1].activation, keras.activations.linear
    maps = keras.Model(model.inputs, [model.get_layer(layer_name).output, model.outputs[0]])

    @tf.function
    def explain(batch):
        with tf.GradientTape() as tape:
            activations, scores = maps(batch)
            score = scores[:, class_index]
        gradients = tape.gradient(score, activations)
        weights = tf.reduce_sum(gradients, axis=[1, 2], keepdims=True)
        return tf.nn.relu(tf.reduce_sum(weights * activations, axis=-1))

    try:
        return explain(tf.constant(images))
    finally:
        model.layers[-1].activation = softmax


def grad_cam_image_by_image_scaled_to_one(model, images, layer_name, class_index):
    head = model.layers[-1]
    inner = keras.Model(model.inputs, [model.get_layer(layer_name).output, head.input])
    result = []
    for image in images:
        with tf.GradientTape() as tape:
            maps, features = inner(image[None])
            score = tf.tensordot(features[0], head.kernel[:, class_index], 1)
        gradient = tape.gradient(score, maps).numpy()[0]
        cam = np.maximum((maps.numpy()[0] * gradient.mean((0, 1))).sum(-1), 0)
        result.append(cam / cam.max() if cam.max() > 0 else cam)
    return np.array(result)


def heatmaps_by_keras(maps, height, width):
    large = keras.ops.image.resize(maps[..., None], (height, width), "bilinear")[..., 0]
    large = keras.ops.convert_to_numpy(large)
    return np.stack([m / m.max() if m.any() else m for m in large])


def heatmaps_by_scikit_image(maps, height, width):
    result = []
    for one in maps:
        large = skimage.transform.resize(one, (height, width), order=1, mode="edge")
        result.append(large / max(large.max(), 1e-12))
    return np.array(result)


def overlay_in_place_of_a_copy(images, heat, colour):
    picture = np.repeat(images, 3, axis=-1)
    for channel in range(3):
        picture[..., channel] += heat * (colour[channel] - picture[..., channel])
    return picture


def overlay_as_a_tensor(images, heat, colour):
    share = tf.stack([heat] * 3, axis=-1)
    return (1 - share) * tf.image.grayscale_to_rgb(tf.constant(images)) + share * colour


def class_activation_map_as_a_mean(maps, kernel, class_index):
    return (maps * kernel[:, class_index]).mean(axis=-1)


def class_activation_map_by_loops(maps, kernel, class_index):
    total = np.zeros(maps.shape[:3])
    for k in range(maps.shape[3]):
        total += kernel[k, class_index] * maps[..., k]
    return total / abs(total).max()


def hires_map_by_loops(maps, gradients):
    total = np.zeros(maps.shape[:3])
    for k in range(maps.shape[3]):
        total += maps[..., k] * gradients[..., k]
    total[total < 0] = 0
    return total


def hires_map_as_a_tensor(maps, gradients):
    return tf.nn.relu(tf.reduce_mean(tf.constant(maps) * gradients, axis=-1))


def plus_plus_weights_with_a_small_number_below(maps, gradients):
    square, cube = gradients**2, gradients**3
    alpha = square / (2 * square + maps.sum((1, 2))[:, None, None] * cube + 1e-9)
    return (alpha * np.maximum(gradients, 0)).mean(axis=(1, 2))


def plus_plus_weights_by_loops(maps, gradients):
    weights = np.zeros((len(maps), maps.shape[3]))
    for n, i, j, k in zip(*np.nonzero(gradients > 0), strict=True):
        g = float(gradients[n, i, j, k])
        weights[n, k] += g**2 / (2 * g**2 + maps[n, :, :, k].sum() * g**3) * g
    return weights
