"""Correct answers to the exercises of notebook 03, written in other ways."""

import keras
import numpy as np
import scipy.stats
import tensorflow as tf

from helpers.checks import findings


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


def ascent_step_by_keras_operations(network, images, index, step_size, l2):
    ops, pixels = keras.ops, tf.convert_to_tensor(images)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(pixels)
        scores = ops.take(network(pixels, training=False), index, axis=-1)
    gradient = tape.gradient(scores, pixels)
    size = ops.sqrt(ops.mean(ops.square(gradient), axis=(1, 2, 3), keepdims=True))
    direction = ops.where(size > 0, gradient / size, 0.0)
    return ops.clip(pixels + step_size * (direction - l2 * pixels), 0, 1)


def ascent_step_in_double_precision(network, images, index, step_size, l2):
    gradient = gradient_and_score(network, images, index)[0].astype(np.float64)
    flat = gradient.reshape(len(images), -1)
    length = np.linalg.norm(flat, axis=1) / np.sqrt(flat.shape[1])
    scaled = flat / np.where(length == 0, np.inf, length)[:, None]
    moved = images.astype(np.float64) * (1 - step_size * l2)
    moved += step_size * scaled.reshape(images.shape)
    moved[moved < 0], moved[moved > 1] = 0, 1
    return moved


def ascent_step_with_a_persistent_tape(network, images, index, step_size, l2):
    pixels = [tf.Variable(image[None]) for image in images]
    with tf.GradientTape(persistent=True) as tape:
        scores = [network(one, training=False)[0][index] for one in pixels]
    moved = []
    for one, score in zip(pixels, scores, strict=True):
        gradient = tape.gradient(score, one)
        size = tf.sqrt(tf.reduce_mean(gradient * gradient))
        step = tf.math.divide_no_nan(gradient, size) - l2 * one
        moved.append(tf.clip_by_value(one + step_size * step, 0.0, 1.0)[0])
    return tf.stack(moved)


def ascent_step(network, images, index, step_size, l2):
    return np.asarray(ascent_step_by_keras_operations(network, images, index, step_size, l2))


def maximise_by_recursion(network, start, index, steps, step_size, l2):
    score = network(start, training=False).numpy()[:, [index]]
    if steps == 0:
        return start, score
    after = ascent_step(network, start, index, step_size, l2)
    images, curve = maximise_by_recursion(network, after, index, steps - 1, step_size, l2)
    return images, np.concatenate([score, curve], axis=1)


def maximise_by_a_generator(network, start, index, steps, step_size, l2):
    def climb():
        images = np.copy(start)
        yield images
        for _ in range(steps):
            images = ascent_step(network, images, index, step_size, l2)
            yield images

    path = list(climb())
    scores = network(np.concatenate(path)).numpy()[:, index]
    return path[-1], scores.reshape(steps + 1, len(start)).T


def maximise_in_one_compiled_function(network, start, index, steps, step_size, l2):
    @tf.function
    def climb(images):
        scores = tf.TensorArray(tf.float32, size=steps + 1)
        for step in tf.range(steps):
            with tf.GradientTape() as tape:
                tape.watch(images)
                score = network(images, training=False)[:, index]
            gradient = tape.gradient(score, images)
            rms = tf.sqrt(tf.reduce_mean(gradient**2, axis=[1, 2, 3], keepdims=True))
            direction = tf.math.divide_no_nan(gradient, rms) - l2 * images
            images = tf.clip_by_value(images + step_size * direction, 0, 1)
            scores = scores.write(step, score)
        scores = scores.write(steps, network(images, training=False)[:, index])
        return images, tf.transpose(scores.stack())

    return climb(tf.constant(start))


def total_variation_by_keras_operations(images):
    images = keras.ops.convert_to_tensor(images)
    down, right = keras.ops.diff(images, axis=1), keras.ops.diff(images, axis=2)
    return keras.ops.sum(abs(down), axis=(1, 2, 3)) + keras.ops.sum(abs(right), axis=(1, 2, 3))


def total_variation_with_a_repeated_border(images):
    padded = np.pad(images.astype(float), ((0, 0), (0, 1), (0, 1), (0, 0)), mode="edge")
    here = padded[:, :-1, :-1]
    return (abs(padded[:, 1:, :-1] - here) + abs(padded[:, :-1, 1:] - here)).sum((1, 2, 3))


def total_variation_pair_by_pair(images):
    n, height, width, _ = images.shape
    pairs = [((y, x), (y + 1, x)) for y in range(height - 1) for x in range(width)]
    pairs += [((y, x), (y, x + 1)) for y in range(height) for x in range(width - 1)]
    return [
        sum(np.abs(images[i][a] - images[i][b]).sum(dtype=float) for a, b in pairs)
        for i in range(n)
    ]


def deprocess_by_zscores(images):
    flat = images.reshape(len(images), -1).astype(np.float64)
    unit = np.nan_to_num(scipy.stats.zscore(flat, axis=1)) * 0.15 + 0.5
    return np.clip(np.floor(unit * 255), 0, 255).astype(np.uint8).reshape(images.shape)


def deprocess_by_tensorflow(images):
    mean, variance = tf.nn.moments(tf.constant(images, tf.float64), [1, 2, 3], keepdims=True)
    unit = 0.5 + tf.math.divide_no_nan(images - mean, tf.sqrt(variance)) * 0.15
    return tf.cast(tf.clip_by_value(unit, 0, 1) * 255, tf.uint8)


def vertical_selectivity_by_tensorflow(vertical, horizontal):
    v, h = (tf.reduce_mean(maps, axis=[0, 1, 2]) for maps in (vertical, horizontal))
    return tf.math.divide_no_nan(v - h, v + h)


def vertical_selectivity_without_nan(vertical, horizontal):
    both = np.stack([vertical, horizontal]).mean(axis=(1, 2, 3), dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(-np.diff(both, axis=0)[0] / both.sum(axis=0), nan=0.0)


def own_logits():
    own_model = findings.network(2)
    inner = keras.Model(own_model.inputs, own_model.layers[-1].input)
    kernel, bias = own_model.layers[-1].weights
    return lambda images: inner(images) @ kernel + bias


def steps_to_fool_in_tensorflow():
    logits, own = own_logits(), findings.images(2)
    target = (own.labels[0] + 1) % 10
    image, curve, answers = tf.constant(own.images[:1]), [], []
    for _ in range(61):
        with tf.GradientTape() as tape:
            tape.watch(image)
            answer = logits(image)[0]
            score = answer[int(target)]
        answers.append(int(tf.argmax(answer)))
        curve.append(float(score))
        gradient = tape.gradient(score, image)
        scaled = gradient / tf.sqrt(tf.reduce_mean(gradient**2))
        image = tf.clip_by_value(image + 0.005 * scaled, 0, 1)
    return answers.index(target), curve[-1]


def steps_to_fool_with_a_counter():
    logits, own = own_logits(), findings.images(2)
    wanted = int(own.labels[0]) + 1
    image, steps, fooled = own.images[:1].copy(), 0, None
    while steps < 60:
        if fooled is None and np.argmax(logits(image)) == wanted:
            fooled = steps
        x = tf.Variable(image)
        with tf.GradientTape() as tape:
            score = tf.reduce_sum(logits(x)[:, wanted])
        slope = tape.gradient(score, x).numpy()
        image = np.clip(image + 0.005 * slope / np.sqrt(np.square(slope).mean()), 0, 1)
        image = image.astype(np.float32)
        steps += 1
    return [fooled, round(float(logits(image)[0, wanted]), 1)]
