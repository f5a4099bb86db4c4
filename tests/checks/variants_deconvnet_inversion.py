"""Correct answers to the exercises of notebook 08, written in other ways."""

import math

import keras
import numpy as np
import tensorflow as tf
from scipy.signal import convolve2d
from scipy.spatial.distance import cdist
from skimage.util import view_as_blocks

from helpers.checks import findings


def pool_with_switches_by_slices(maps):
    four = [maps[:, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    return np.max(four, axis=0), np.argmax(four, axis=0)


def pool_with_switches_pixel_by_pixel(maps):
    n, height, width, channels = maps.shape
    pooled = np.full((n, height // 2, width // 2, channels), -np.inf)
    switches = np.zeros(pooled.shape, int)
    for i, r, c, k in np.ndindex(maps.shape):
        at = i, r // 2, c // 2, k
        if maps[i, r, c, k] > pooled[at]:
            pooled[at], switches[at] = maps[i, r, c, k], 2 * (r % 2) + c % 2
    return pooled, switches


def pool_with_switches_in_tensorflow(maps):
    pooled, index = tf.nn.max_pool_with_argmax(maps, 2, 2, "VALID")
    width, channels = maps.shape[2], maps.shape[3]
    row, column = index // (width * channels), index // channels % width
    return pooled, row % 2 * 2 + column % 2


def unpool_by_slices(pooled, switches):
    n, height, width, channels = pooled.shape
    result = np.zeros((n, 2 * height, 2 * width, channels))
    for k in range(4):
        result[:, k // 2 :: 2, k % 2 :: 2] = pooled * (switches == k)
    return result


def unpool_by_a_mask(pooled, switches):
    wide = pooled.repeat(2, axis=1).repeat(2, axis=2)
    which = switches.repeat(2, axis=1).repeat(2, axis=2)
    rows, columns = np.indices(wide.shape[1:3])
    return wide * (which == (2 * (rows % 2) + columns % 2)[..., None])


def deconvolve_in_tensorflow(maps, kernel):
    n, rows, columns, _ = maps.shape
    height, width, channels, _ = kernel.shape
    shape = n, rows + height - 1, columns + width - 1, channels
    return tf.nn.conv2d_transpose(tf.nn.relu(maps), kernel, shape, 1, "VALID")


def deconvolve_value_by_value(maps, kernel):
    height, width, channels, _ = kernel.shape
    n, rows, columns, _ = maps.shape
    result = np.zeros((n, rows + height - 1, columns + width - 1, channels))
    for i, r, c, f in np.ndindex(maps.shape):
        if maps[i, r, c, f] > 0:
            result[i, r : r + height, c : c + width] += maps[i, r, c, f] * kernel[..., f]
    return result


def deconvolve_as_a_convolution(maps, kernel):
    height, width = kernel.shape[:2]
    edges = (0, 0), (height - 1, height - 1), (width - 1, width - 1), (0, 0)
    padded = np.pad(np.clip(maps, 0, None), edges)
    turned = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    return tf.nn.conv2d(padded, turned, 1, "VALID")


def inversion_loss_by_norms(features, target, image, alpha, alpha_weight, variation_weight):
    error = np.linalg.norm(features - target) ** 2 / np.linalg.norm(target) ** 2
    size = np.linalg.norm(image.ravel(), alpha) ** alpha
    down, right = image[1:] - image[:-1], image[:, 1:] - image[:, :-1]
    return error + alpha_weight * size + variation_weight * ((down**2).sum() + (right**2).sum())


def inversion_loss_in_tensorflow(features, target, image, alpha, alpha_weight, variation_weight):
    error = tf.reduce_sum((features - target) ** 2) / tf.reduce_sum(tf.square(target))
    size = tf.reduce_sum(tf.abs(image) ** alpha)
    down, right = image[1:] - image[:-1], image[:, 1:] - image[:, :-1]
    variation = tf.reduce_sum(down**2) + tf.reduce_sum(right**2)
    return error + alpha_weight * size + variation_weight * variation


def feature_distance_in_a_loop(features, transformed):
    length = np.sqrt((features**2).sum())
    return [float(np.sqrt(((other - features) ** 2).sum()) / length) for other in transformed]


def feature_distance_over_all_axes(features, transformed):
    axes = tuple(range(1, transformed.ndim))
    return np.sqrt(np.sum((transformed - features) ** 2, axis=axes)) / np.linalg.norm(features)


def pool_with_switches_by_blocks(maps):
    blocks = view_as_blocks(maps, (1, 2, 2, 1))[..., 0, :, :, 0]
    flat = blocks.reshape(*blocks.shape[:4], 4)
    switches = flat.argmax(axis=-1)
    return np.take_along_axis(flat, switches[..., None], axis=-1)[..., 0], switches


def pool_with_switches_by_comparisons(maps):
    top = np.maximum(maps[:, ::2, ::2], maps[:, ::2, 1::2])
    bottom = np.maximum(maps[:, 1::2, ::2], maps[:, 1::2, 1::2])
    pooled = np.where(bottom > top, bottom, top)
    right = np.maximum(maps[:, ::2, 1::2], maps[:, 1::2, 1::2]) == pooled
    return pooled, 2 * (bottom > top) + right


def pool_with_switches_by_keras(maps):
    pooled = keras.ops.max_pool(maps, 2, strides=2)
    held = keras.ops.repeat(keras.ops.repeat(pooled, 2, axis=1), 2, axis=2) == maps
    numbers = np.array([[0, 1], [2, 3]])
    tiled = np.tile(numbers, (maps.shape[1] // 2, maps.shape[2] // 2))[None, ..., None]
    codes = tf.cast(held, tf.int32) * tiled
    return pooled, codes[:, ::2, ::2] + codes[:, ::2, 1::2] + codes[:, 1::2, ::2] + codes[
        :, 1::2, 1::2
    ]


def unpool_by_indices(pooled, switches):
    n, height, width, channels = pooled.shape
    result = np.zeros((n, 2 * height, 2 * width, channels))
    i, y, x, c = np.indices(pooled.shape)
    result[i, 2 * y + switches // 2, 2 * x + switches % 2, c] = pooled
    return result


def unpool_by_depth_to_space(pooled, switches):
    n, height, width, _ = pooled.shape
    four = tf.one_hot(switches, 4, dtype=pooled.dtype) * pooled[..., None]
    return tf.nn.depth_to_space(
        tf.reshape(tf.einsum("nhwck->nhwkc", four), (n, height, width, -1)), 2
    )


def unpool_by_kronecker_products(pooled, switches):
    corners = [
        np.array(c)
        for c in ([[1, 0], [0, 0]], [[0, 1], [0, 0]], [[0, 0], [1, 0]], [[0, 0], [0, 1]])
    ]

    def one(values, which):
        return sum(np.kron(values * (which == k), corner) for k, corner in enumerate(corners))

    maps = [
        [one(p[..., c], s[..., c]) for c in range(pooled.shape[-1])]
        for p, s in zip(pooled, switches, strict=True)
    ]
    return np.moveaxis(np.array(maps), 1, -1)


def deconvolve_with_scipy(maps, kernel):
    pictures = []
    for image in np.where(maps > 0, maps, 0):
        channels = [
            sum(
                convolve2d(image[..., f], kernel[:, :, c, f], mode="full")
                for f in range(kernel.shape[3])
            )
            for c in range(kernel.shape[2])
        ]
        pictures.append(np.stack(channels, axis=-1))
    return np.stack(pictures)


def deconvolve_by_a_gradient(maps, kernel):
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    x = tf.zeros((n, h + a - 1, w + b - 1, channels))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.nn.conv2d(x, kernel, strides=1, padding="VALID")
    return tape.gradient(y, x, output_gradients=keras.ops.relu(maps))


def deconvolve_place_by_place(maps, kernel):
    a, b, channels, _ = kernel.shape
    n, h, w, _ = maps.shape
    result = np.zeros((n, h + a - 1, w + b - 1, channels))
    for y in range(result.shape[1]):
        for x in range(result.shape[2]):
            for i in range(max(0, y - h + 1), min(a, y + 1)):
                for j in range(max(0, x - w + 1), min(b, x + 1)):
                    values = maps[:, y - i, x - j].clip(min=0)
                    result[:, y, x] += np.inner(values, kernel[i, j])
    return result


def inversion_loss_of_means(features, target, image, alpha, alpha_weight, variation_weight):
    error = np.mean(np.square(target - features)) / np.mean(np.square(target))
    size = alpha_weight * np.power(np.fabs(image), alpha).sum()
    below, right = np.roll(image, -1, axis=0) - image, np.roll(image, -1, axis=1) - image
    variation = np.vdot(below[:-1], below[:-1]) + np.vdot(right[:, :-1], right[:, :-1])
    return error + size + variation_weight * variation


def inversion_loss_number_by_number(features, target, image, alpha, alpha_weight, variation_weight):
    pairs = list(zip(features.ravel().tolist(), target.ravel().tolist(), strict=True))
    loss = math.fsum((f - t) ** 2 for f, t in pairs) / math.fsum(t * t for _, t in pairs)
    height, width, channels = image.shape
    for y, x, c in np.ndindex(height, width, channels):
        loss += alpha_weight * float(abs(image[y, x, c])) ** alpha
        if y + 1 < height:
            loss += variation_weight * float(image[y + 1, x, c] - image[y, x, c]) ** 2
        if x + 1 < width:
            loss += variation_weight * float(image[y, x + 1, c] - image[y, x, c]) ** 2
    return loss


def feature_distance_by_cdist(features, transformed):
    rows = transformed.reshape(len(transformed), -1)
    origin = np.zeros((1, features.size))
    one = features.reshape(1, -1)
    return cdist(rows, one)[:, 0] / cdist(one, origin)[0, 0]


def feature_distance_in_tensorflow(features, transformed):
    relative = (transformed - features) / tf.norm(features)
    return tf.norm(tf.reshape(relative, (tf.shape(relative)[0], -1)), axis=1)


def feature_distance_with_einsum(features, transformed):
    moved = np.subtract(transformed, features, dtype=np.float64).reshape(len(transformed), -1)
    squares = np.einsum("tf,tf->t", moved, moved)
    return np.sqrt(squares / np.sum(features.astype(np.float64) ** 2))


def own_projection_with_a_tape():
    """The projection as a gradient through transposed convolutions and a max pooling."""
    model, own = findings.network(4), findings.images(4)
    image = tf.constant(own.images[own.labels == 4][:1])
    l1, l2 = (model.get_layer(name) for name in ("l1", "l2"))
    first = l1(image)
    with tf.GradientTape() as tape:
        tape.watch(first)
        pooled = model.get_layer("pool1")(first)
    second = l2(pooled)
    alone = tf.where(second == tf.reduce_max(second), second, 0.0)
    down = tf.nn.conv2d_transpose(alone, l2.kernel, pooled.shape, 1)
    down = tape.gradient(pooled, first, output_gradients=tf.nn.relu(down))
    down = tf.nn.conv2d_transpose(down, l1.kernel, image.shape, 1)[0, ..., 0].numpy()
    _, _, _, best = np.argwhere(second.numpy() == second.numpy().max())[0]
    row, column = divmod(np.argmax(down), 28)
    return [best, row, column, down.max()]


def own_projection_painted_by_hand():
    model, own = findings.network(4), findings.images(4)
    image = own.images[own.labels == 4][0]
    x, outputs = image[None], {}
    for name in ("l1", "pool1", "l2"):
        x = outputs[name] = model.get_layer(name)(x).numpy()
    _, y, x, best = np.unravel_index(outputs["l2"].argmax(), outputs["l2"].shape)
    below = np.zeros((18, 18, 9))
    kernel = model.get_layer("l2").kernel.numpy()
    below[y : y + 5, x : x + 5] = outputs["l2"].max() * kernel[..., best]
    picture, kernel = np.zeros((32, 32)), model.get_layer("l1").kernel.numpy()
    for row, column, channel in np.argwhere(below[2:-2, 2:-2] > 0):
        cell = outputs["l1"][0, 2 * row : 2 * row + 2, 2 * column : 2 * column + 2, channel]
        down, right = np.add((2 * row, 2 * column), divmod(int(cell.argmax()), 2))
        value = below[row + 2, column + 2, channel]
        picture[down : down + 5, right : right + 5] += value * kernel[..., 0, channel]
    picture = picture[2:-2, 2:-2]
    row, column = np.unravel_index(picture.argmax(), picture.shape)
    return best, row, column, round(float(picture.max()), 2)
