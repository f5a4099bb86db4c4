"""Correct answers to the exercises of notebook 05, written in other ways."""

import keras
import numpy as np
import scipy.ndimage
import skimage.transform
import tensorflow as tf
from PIL import Image

from helpers.checks import findings


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


def channel_weights_by_loops(gradients):
    weights = np.zeros((gradients.shape[0], gradients.shape[-1]))
    for n, y, x in np.ndindex(gradients.shape[:3]):
        weights[n] += gradients[n, y, x]
    return weights / gradients[0, ..., 0].size


def channel_weights_by_keras_operations(gradients):
    return keras.ops.mean(keras.ops.mean(gradients, axis=1), axis=1)


def weighted_map_by_matrices(maps, weights):
    n, height, width, channels = maps.shape
    total = maps.reshape(n, -1, channels) @ weights[..., None]
    return total.reshape(n, height, width).clip(min=0)


def weighted_map_by_keras_operations(maps, weights):
    return keras.ops.relu(keras.ops.einsum("nhwk,nk->nhw", maps, weights))


def weighted_map_image_by_image(maps, weights):
    found = (np.dot(own, weight) for own, weight in zip(maps, weights, strict=True))
    return [np.where(total > 0, total, 0.0) for total in found]


def grad_cam_of_two_halves(model, images, layer_name, class_index):
    maps_output, head = model.get_layer(layer_name).output, model.layers[-1]
    first, second = keras.Model(model.inputs, maps_output), keras.Model(maps_output, head.input)
    maps = first(images)
    with tf.GradientTape() as tape:
        tape.watch(maps)
        score = tf.linalg.matvec(second(maps), head.kernel[:, class_index])
    weights = keras.ops.mean(tape.gradient(score, maps), axis=(1, 2), keepdims=True)
    return keras.ops.relu(keras.ops.sum(weights * maps, axis=-1))


def grad_cam_of_a_copy_with_a_linear_head(model, images, layer_name, class_index):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    copy.layers[-1].activation = None
    parts = keras.Model(copy.inputs, {"maps": copy.get_layer(layer_name).output, "y": copy.output})
    with tf.GradientTape(persistent=True) as tape:
        found = parts(tf.constant(images), training=False)
        total = tf.reduce_sum(found["y"], axis=0)[class_index]
    gradient = tape.gradient(total, found["maps"]).numpy()
    cam = np.einsum("nhwk,nijk->nhw", found["maps"].numpy(), gradient)
    cam[cam < 0] = 0
    return cam


def grad_cam_in_a_compiled_function(model, images, layer_name, class_index):
    head = model.layers[-1]
    parts = keras.Model(model.inputs, [model.get_layer(layer_name).output, head.input])

    @tf.function
    def explain(batch, index):
        with tf.GradientTape() as tape:
            maps, features = parts(batch)
            logits = keras.ops.matmul(features, head.kernel) + head.bias
            score = tf.gather(logits, index, axis=1)
        weights = tf.reduce_mean(tape.gradient(score, maps), axis=[1, 2])
        return maps, weights

    maps, weights = explain(tf.constant(images), tf.constant(class_index))
    cam = np.maximum([m @ w for m, w in zip(maps.numpy(), weights.numpy(), strict=True)], 0)
    return cam / (cam.max(axis=(1, 2), keepdims=True) + 1e-12)


def heatmaps_by_scipy(maps, height, width):
    zoom = 1, height / maps.shape[1], width / maps.shape[2]
    large = scipy.ndimage.zoom(maps.astype(float), zoom, order=1, mode="nearest", grid_mode=True)
    peak = large.max(axis=(1, 2), keepdims=True)
    return np.divide(large, peak, out=np.zeros_like(large), where=peak > 0)


def heatmaps_by_pillow(maps, height, width):
    def enlarged(one):
        picture = Image.fromarray(np.float32(one), mode="F")
        return np.array(picture.resize((width, height), Image.Resampling.BILINEAR))

    return np.stack([m / (m.max() or 1) for m in map(enlarged, maps)])


def heatmaps_by_a_layer(maps, height, width):
    large = tf.squeeze(keras.layers.Resizing(height, width)(maps[..., None]), axis=-1)
    return tf.math.divide_no_nan(large, tf.reduce_max(large, axis=[1, 2], keepdims=True))


def heatmaps_row_by_row_and_column_by_column(maps, height, width):
    def stretched(values, size):
        places = (np.arange(size) + 0.5) * len(values) / size - 0.5
        return np.interp(places, np.arange(len(values)), values)

    large = np.apply_along_axis(stretched, 1, maps, height)
    large = np.apply_along_axis(stretched, 2, large, width)
    return [one / one.max() if one.max() > 0 else one for one in large]


def overlay_pixel_by_pixel(images, heat, colour):
    result = np.zeros((*heat.shape, 3))
    for place in np.ndindex(heat.shape):
        h, grey = heat[place], images[(*place, 0)]
        result[place] = [grey - h * grey + h * c for c in colour]
    return result


def overlay_by_einsum(images, heat, colour):
    paint = np.einsum("nhw,c->nhwc", heat.astype(float), colour)
    return paint + np.einsum("nhw,nhwc->nhwc", 1 - heat, np.tile(images, (1, 1, 1, 3)))


def overlay_channel_by_channel(images, heat, colour):
    grey = images[..., 0]
    return np.stack([grey + heat * (part - grey) for part in colour], axis=-1)


def class_activation_map_by_a_convolution(maps, kernel, class_index):
    return tf.nn.conv2d(maps, kernel[None, None], 1, "VALID")[..., class_index]


def class_activation_map_by_tensordot(maps, kernel, class_index):
    return np.tensordot(maps.astype(np.float64), np.take(kernel, class_index, axis=1), axes=(3, 0))


def hires_map_by_einsum(maps, gradients):
    return np.clip(np.einsum("nhwk,nhwk->nhw", maps, gradients), 0, None)


def hires_map_by_keras_operations(maps, gradients):
    return keras.ops.relu(keras.ops.sum(keras.ops.multiply(maps, gradients), axis=-1))


def hires_map_by_vectorising(maps, gradients):
    return np.vectorize(lambda a, g: max(a @ g, 0.0), signature="(k),(k)->()")(maps, gradients)


def plus_plus_weights_by_tensorflow(maps, gradients):
    total = tf.reduce_sum(maps, axis=[1, 2], keepdims=True)
    alpha = tf.math.divide_no_nan(gradients**2, 2 * gradients**2 + total * gradients**3)
    return tf.reduce_sum(alpha * tf.nn.relu(gradients), axis=[1, 2])


def plus_plus_weights_of_positive_gradients(maps, gradients):
    g, total = gradients.clip(min=0).astype(float), np.einsum("nhwk->nk", maps)
    return (g / (2 + np.einsum("nk,nhwk->nhwk", total, g))).mean(axis=(1, 2))


def plus_plus_weights_without_nan(maps, gradients):
    g = gradients.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        alpha = g**2 / (2 * g**2 + maps.sum(axis=(1, 2), keepdims=True) * g**3)
    return np.sum(np.nan_to_num(alpha) * np.maximum(g, 0), axis=(1, 2))


def strongest_evidence_by_one_tape():
    own_model, own = findings.network(1), findings.images(1)
    label = int(own.labels[0])
    maps = keras.Model(own_model.inputs, own_model.get_layer("l3").output)(own.images[:1])
    with tf.GradientTape() as tape:
        tape.watch(maps)
        x = maps
        for name in ("pool3", "flatten", "l4"):
            x = own_model.get_layer(name)(x)
        kernel, bias = own_model.get_layer("l5").weights
        logit = (x @ kernel + bias)[0, label]
    weights = np.mean(tape.gradient(logit, maps)[0], axis=(0, 1))
    evidence = np.clip(np.einsum("ijk,k->ij", maps.numpy()[0], weights), 0, None)
    row, column = divmod(evidence.argmax(), 7)
    return weights.argmax(), row, column, round(float(evidence.max() / evidence.sum()), 3)


def strongest_evidence_by_the_helper():
    from helpers.methods import cam

    own_model, own = findings.network(1), findings.images(1)
    maps, gradients = cam.maps_with_gradients(own_model, own.images, int(own.labels[0]), layer="l3")
    weights = gradients[0].sum(axis=(0, 1))
    evidence = np.maximum((maps[0] * weights).sum(axis=2), 0)
    shares = evidence / evidence.sum()
    row, column = np.argwhere(shares == shares.max())[0]
    return [np.argmax(weights), row, column, shares.max()]
