"""Correct answers to the exercises of notebook 08, written in other ways."""

import numpy as np
import tensorflow as tf


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
