"""Correct answers to the exercises of notebook 04, written in other ways."""

from itertools import accumulate

import keras
import numpy as np
import scipy.signal
import scipy.stats
import tensorflow as tf

from helpers.checks import findings


def conv_outputs_of_all_layers(model, images):
    inner = keras.Model(model.inputs, [layer.output for layer in model.layers[1:]])
    outputs = zip(model.layers[1:], inner(images), strict=True)
    return [maps for layer, maps in outputs if isinstance(layer, keras.layers.Conv2D)]


def conv_outputs_one_model_each(model, images):
    return tuple(
        keras.Model(model.input, layer.output)(images).numpy()
        for layer in model.layers
        if type(layer).__name__ == "Conv2D"
    )


def conv_outputs_by_name(model, images):
    """A dictionary in the model's order says the same, and more."""
    names = [layer.name for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    inner = keras.Model(model.inputs, {name: model.get_layer(name).output for name in names})
    found = inner(images)
    return {name: found[name].numpy() for name in names}


def maps_to_bytes_map_by_map(maps):
    result = np.zeros(maps.shape, np.uint8)
    for n in range(len(maps)):
        for f in range(maps.shape[-1]):
            one = maps[n, ..., f].astype(float)
            if one.max() > one.min():
                grey = (one - one.mean()) / one.std() * 64 + 128
                result[n, ..., f] = np.clip(grey, 0, 255).astype("uint8")
    return result


def maps_to_bytes_rounded_with_a_tiny_constant(maps):
    centred = maps - maps.mean(axis=(1, 2), keepdims=True)
    spread = maps.std(axis=(1, 2), keepdims=True)
    grey = np.clip(np.rint(centred / (spread + 1e-7) * 64 + 128), 0, 255)
    return (grey * (spread > 1e-6)).astype(np.uint8)


def silence_by_counting(maps):
    n, _, _, f = maps.shape
    dead = sum(not maps[i, ..., j].any() for i in range(n) for j in range(f))
    return [1 - np.count_nonzero(maps) / maps.size, dead / (n * f)]


def silence_by_sums(maps):
    return np.mean(maps <= 0), np.mean(maps.sum(axis=(1, 2)) == 0)


def pixel_by_hand_in_loops(inputs, kernel, bias, row, column):
    total = bias
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            y, x = row + i - kernel.shape[0] // 2, column + j - kernel.shape[1] // 2
            if y in range(inputs.shape[0]) and x in range(inputs.shape[1]):
                for c in range(kernel.shape[2]):
                    total += inputs[y, x, c] * kernel[i, j, c]
    return max(0, total)


def pixel_by_hand_by_convolving_the_whole_map(inputs, kernel, bias, row, column):
    maps = tf.nn.conv2d(inputs[None], kernel[..., None], strides=1, padding="SAME")
    return tf.nn.relu(maps + bias)[0, row, column, 0]


def receptive_fields_in_a_loop(kernel_sizes, strides):
    size, step, found = 1, 1, []
    for kernel, stride in zip(kernel_sizes, strides, strict=True):
        size += (kernel - 1) * step
        step *= stride
        found.append(int(size))
    return found


def receptive_fields_backwards(kernel_sizes, strides):
    fields = []
    for depth in range(1, len(strides) + 1):
        size = 1
        for kernel, stride in zip(kernel_sizes[:depth][::-1], strides[:depth][::-1], strict=True):
            size = (size - 1) * stride + kernel
        fields.append(size)
    return np.array(fields)


def conv_outputs_in_a_compiled_function(model, images):
    wanted = [one.output for one in model.layers if one.__class__ is keras.layers.Conv2D]
    found = tf.function(keras.Model(model.inputs, wanted))(tf.constant(images))
    return [np.array(maps) for maps in found]


def maps_to_bytes_by_zscores(maps):
    spread = scipy.stats.zscore(maps.astype(np.float64), axis=(1, 2))
    return np.nan_to_num(np.clip(128 + 64 * spread, 0, 255), nan=0).astype(np.uint8)


def maps_to_bytes_by_tensorflow(maps):
    mean, variance = tf.nn.moments(tf.constant(maps, tf.float64), axes=[1, 2], keepdims=True)
    grey = 128 + 64 * (maps - mean) / tf.sqrt(variance)
    constant = tf.reduce_max(maps, [1, 2], True) == tf.reduce_min(maps, [1, 2], True)
    grey = tf.clip_by_value(tf.where(constant, tf.zeros_like(grey), grey), 0, 255)
    return tf.cast(tf.round(grey), tf.uint8)


def silence_by_tensorflow(maps):
    zero = tf.cast(maps == 0, tf.float64)
    return tf.reduce_mean(zero), tf.reduce_mean(tf.reduce_min(zero, axis=[1, 2]))


def silence_map_by_map(maps):
    rows = np.moveaxis(maps, -1, 1).reshape(-1, maps.shape[1] * maps.shape[2])
    zeros = [len(row) - np.count_nonzero(row) for row in rows]
    dead = [count == rows.shape[1] for count in zeros]
    return sum(zeros) / rows.size, sum(dead) / len(dead)


def pixel_by_hand_by_scipy(inputs, kernel, bias, row, column):
    maps = [
        scipy.signal.correlate2d(inputs[..., c], kernel[..., c], mode="same")
        for c in range(inputs.shape[-1])
    ]
    return np.clip(np.sum(maps, axis=0)[row, column] + bias, 0, None)


def pixel_by_hand_by_a_layer(inputs, kernel, bias, row, column):
    layer = keras.layers.Conv2D(1, kernel.shape[:2], padding="same", activation="relu")
    layer.build((None, *inputs.shape))
    layer.set_weights([kernel[..., None], np.array([bias])])
    return float(layer(inputs[None])[0, row, column, 0])


def pixel_by_hand_of_the_overlap(inputs, kernel, bias, row, column):
    top, left = row - kernel.shape[0] // 2, column - kernel.shape[1] // 2
    bottom, right = top + kernel.shape[0], left + kernel.shape[1]
    patch = inputs[max(top, 0) : bottom, max(left, 0) : right]
    first = kernel[max(-top, 0) :, max(-left, 0) :]
    weights = first[: patch.shape[0], : patch.shape[1]]
    return np.maximum(np.vdot(patch.astype(float), weights.astype(float)) + bias, 0)


def pixel_by_hand_of_all_windows(inputs, kernel, bias, row, column):
    margins = [(side // 2, side // 2) for side in kernel.shape[:2]]
    padded = np.pad(inputs, [*margins, (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)[:, :, 0]
    return max(0.0, np.einsum("yxijc,ijc->yx", windows, kernel)[row, column] + bias)


def receptive_fields_by_cumulative_products(kernel_sizes, strides):
    steps = np.cumprod([1, *strides[:-1]])
    return 1 + np.cumsum((kernel_sizes - 1) * steps)


def receptive_fields_by_accumulating(kernel_sizes, strides):
    def layer(state, kernel_and_stride):
        size, step = state
        kernel, stride = map(int, kernel_and_stride)
        return size + (kernel - 1) * step, step * stride

    states = accumulate(zip(kernel_sizes, strides, strict=True), layer, initial=(1, 1))
    return tuple(size for size, _ in states)[1:]


def receptive_fields_by_marking_pixels(kernel_sizes, strides):
    found = []
    for depth in range(len(kernel_sizes)):
        seen = {0}
        for kernel, stride in zip(kernel_sizes[depth::-1], strides[depth::-1], strict=True):
            seen = {place * stride + offset for place in seen for offset in range(kernel)}
        found.append(max(seen) - min(seen) + 1)
    return np.array(found, dtype=np.int32)


def needed_filter_by_weights():
    own_model, own = findings.network(1), findings.images(1)
    kernel, bias = own_model.get_layer("l3").get_weights()

    def right():
        return own_model.predict(own.images, verbose=0).argmax(axis=1) == own.labels

    before, costs = right(), {}
    for f in range(16):
        changed, shift = kernel.copy(), bias.copy()
        changed[..., f], shift[f] = 0, 0
        own_model.get_layer("l3").set_weights([changed, shift])
        costs[f] = right()
    needed = min(costs, key=lambda f: costs[f].sum())
    lost = [sum(before[own.labels == d]) - sum(costs[needed][own.labels == d]) for d in range(10)]
    return needed, lost.index(max(lost)), sum(costs[needed])


def needed_filter_layer_by_layer():
    own_model, own = findings.network(1), findings.images(1)
    *_, last = [layer for layer in own_model.layers[1:] if "pool" not in layer.name][:3]
    inner = keras.Model(own_model.inputs, own_model.get_layer("pool3").output)
    pooled = inner.predict(own.images, verbose=0)

    def classes(maps):
        for name in ("flatten", "l4", "l5"):
            maps = own_model.get_layer(name)(maps)
        return np.argmax(maps, axis=1)

    hits = []
    for f in range(last.filters):
        without = pooled.copy()
        without[:, :, :, f] = 0
        hits.append(classes(without) == own.labels)
    needed = np.argmin([np.count_nonzero(hit) for hit in hits])
    change = (classes(pooled) == own.labels).astype(int) - hits[needed]
    digit = np.argmax([change[own.labels == d].sum() for d in range(10)])
    return np.array([needed, digit, np.count_nonzero(hits[needed])])
