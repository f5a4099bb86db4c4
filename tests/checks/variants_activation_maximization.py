"""Correct answers to the exercises of notebook 03, written in other ways."""

import numpy as np
import tensorflow as tf


def gradient_and_score(network, images, index):
    images = tf.Variable(images)
    with tf.GradientTape() as tape:
        score = network(images)[:, index]
    return tape.gradient(score, images).numpy(), score.numpy()


def ascent_step_in_numpy(network, images, index, step_size, l2):
    moved = []
    for image, gradient in zip(images, gradient_and_score(network, images, index)[0], strict=True):
        direction = gradient / (np.sqrt(np.mean(gradient**2)) + 1e-8)
        moved.append((image + step_size * (direction - l2 * image)).clip(0, 1))
    return np.stack(moved)


@tf.function
def compiled_step(network, images, index, step_size, l2):
    with tf.GradientTape() as tape:
        tape.watch(images)
        score = tf.reduce_mean(tf.gather(network(images, training=False), index, axis=1))
    gradient = tape.gradient(score, images)
    size = tf.math.reduce_euclidean_norm(gradient, axis=[1, 2, 3], keepdims=True)
    pixels = tf.cast(tf.size(images[0]), tf.float32)
    direction = tf.math.divide_no_nan(gradient, size / tf.sqrt(pixels))
    return tf.clip_by_value(images + step_size * (direction - l2 * images), 0.0, 1.0)


def ascent_step_as_a_tensor(network, images, index, step_size, l2):
    numbers = (tf.constant(number, tf.float32) for number in (step_size, l2))
    return compiled_step(network, tf.constant(images), index, *numbers)


def maximise_with_a_copy(network, start, index, steps, step_size, l2):
    images, curve = start.copy(), np.empty((len(start), steps + 1))
    for step in range(steps):
        gradient, curve[:, step] = gradient_and_score(network, images, index)
        size = np.sqrt((gradient**2).mean(axis=(1, 2, 3), keepdims=True)) + 1e-8
        images *= np.float32(1 - step_size * l2)
        images += np.float32(step_size) * gradient / size
        np.clip(images, 0, 1, out=images)
    curve[:, steps] = network.predict(images, verbose=0)[:, index]
    return images, curve


def maximise_image_by_image(network, start, index, steps, step_size, l2):
    results = []
    for image in start:
        images, scores = image[None], []
        for _ in range(steps):
            scores.append(float(network(images)[0, index]))
            images = ascent_step_in_numpy(network, images, index, step_size, l2)
        results.append((images[0], [*scores, float(network(images)[0, index])]))
    images, curves = zip(*results, strict=True)
    return [np.stack(images), np.array(curves)]


def total_variation_by_tensorflow(images):
    return tf.image.total_variation(tf.constant(images))


def total_variation_by_slices(images):
    down = np.abs(images[:, 1:] - images[:, :-1])
    right = np.abs(images[:, :, 1:] - images[:, :, :-1])
    return np.array([d.sum() + r.sum() for d, r in zip(down, right, strict=True)])


def deprocess_image_by_image(images):
    finished = []
    for image in images:
        unit = (image - image.mean()) / (image.std() + 1e-7) * 0.15 + 0.5
        finished.append((unit.clip(0, 1) * 255).astype("uint8"))
    return np.stack(finished)


def deprocess_in_place_on_a_copy(images):
    images = np.array(images, np.float64)
    images -= images.mean(axis=(1, 2, 3), keepdims=True)
    images /= np.maximum(images.std(axis=(1, 2, 3), keepdims=True), 1e-9)
    return np.round(np.clip(images * 38.25 + 127.5, 0, 255)).astype(np.uint8)


def vertical_selectivity_by_sums(vertical, horizontal):
    v, h = (maps.sum(axis=(0, 1, 2), dtype=float) for maps in (vertical, horizontal))
    return np.divide(v - h, v + h, out=np.zeros_like(v), where=v + h > 0)


def vertical_selectivity_filter_by_filter(vertical, horizontal):
    values = []
    for f in range(vertical.shape[-1]):
        v, h = vertical[..., f].mean(), horizontal[..., f].mean()
        values.append((v - h) / (v + h) if v + h else 0.0)
    return tuple(values)
