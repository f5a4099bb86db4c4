"""Correct answers to the exercises of notebook 04, written in other ways."""

import keras
import numpy as np
import tensorflow as tf


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
