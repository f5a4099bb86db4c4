"""Correct answers to the exercises of notebook 02, written in other ways."""

from collections import defaultdict

import keras
import numpy as np
import scipy.ndimage
import scipy.stats
import sklearn.preprocessing
import tensorflow as tf

from helpers.checks import findings


def layer_output_as_a_tensor(model, images, layer_name):
    return keras.Model(model.inputs[0], model.get_layer(layer_name).output)(images)


def layer_output_of_all_layers(model, images, layer_name):
    inner = keras.Model(model.input, [layer.output for layer in model.layers[1:]])
    outputs = zip(model.layers[1:], inner.predict(images, verbose=0), strict=True)
    return next(maps for layer, maps in outputs if layer.name == layer_name)


def class_means_by_numpy_alone(activations, labels, n_classes):
    return np.stack([activations[labels == c].mean(axis=0) for c in range(n_classes)])


def class_means_by_einsum(activations, labels, n_classes):
    one_hot = np.eye(n_classes)[labels]
    with np.errstate(all="ignore"):
        return np.einsum("nc,nhwf->chwf", one_hot, activations) / one_hot.sum(0).reshape(
            -1, 1, 1, 1
        )


def winning_filter_by_appending(activations):
    floor = np.full((*activations.shape[:-1], 1), 1e-12)
    return np.concatenate([floor, activations], axis=-1).argmax(-1) - 1


def winning_filter_in_int32(activations):
    winners = np.argmax(activations, axis=3).astype("int32")
    winners[activations.sum(axis=3) == 0] = -1
    return winners


def mode_map_by_bincount(winners, labels, n_classes):
    mode = np.zeros((n_classes, *winners.shape[1:]), int)
    frequency = np.zeros(mode.shape)
    for c in range(n_classes):
        group = winners[labels == c]
        for i in range(winners.shape[1]):
            for j in range(winners.shape[2]):
                counts = np.bincount(group[:, i, j] + 1)
                counts[0] = 0
                mode[c, i, j] = counts.argmax() - 1 if counts.any() else -1
                frequency[c, i, j] = counts.max() / len(group)
    return [mode, frequency]


def mode_map_by_one_hot(winners, labels, n_classes):
    of_class = np.eye(n_classes)[labels]
    of_filter = np.eye(winners.max() + 2)[winners][..., :-1]  # −1 is the last, which is left out
    votes = np.einsum("nc,nhwf->chwf", of_class, of_filter)
    mode = np.where(votes.max(-1) > 0, votes.argmax(-1), -1)
    return mode, votes.max(-1) / of_class.sum(0)[:, None, None]


def mode_map_by_scipy(winners, labels, n_classes):
    alive = np.where(winners < 0, np.nan, winners)
    found = [
        scipy.stats.mode(alive[labels == c], nan_policy="omit", keepdims=False)
        for c in range(n_classes)
    ]
    mode = np.nan_to_num(np.stack([np.asarray(one.mode) for one in found]), nan=-1).astype(int)
    count = np.stack([np.asarray(one.count) for one in found])
    images = [(labels == c).sum() for c in range(n_classes)]
    return mode, np.stack([one / n for one, n in zip(count, images, strict=True)])


def standardise_by_scikit_learn(activations):
    flat = activations.reshape(-1, activations.shape[-1])
    return sklearn.preprocessing.StandardScaler().fit_transform(flat).reshape(activations.shape)


def standardise_filter_by_filter(activations):
    result = np.empty(activations.shape)
    for f in range(activations.shape[-1]):
        one = activations[..., f].astype(float)
        result[..., f] = (one - one.mean()) / (one.std() or 1)
    return result


def standardise_with_a_tiny_constant(activations):
    centred = activations - activations.mean(axis=(0, 1, 2), keepdims=True)
    return centred / (activations.std(axis=(0, 1, 2), keepdims=True) + 1e-6)


def layer_output_image_by_image(model, images, layer_name):
    part = keras.Model(model.inputs, {"maps": model.get_layer(layer_name).output})
    return np.concatenate([part(image[None], training=False)["maps"] for image in images])


def layer_output_in_a_compiled_function(model, images, layer_name):
    part = keras.Model(model.input, model.get_layer(layer_name).output)
    return tf.function(part)(tf.convert_to_tensor(images))


def class_means_one_image_at_a_time(activations, labels, n_classes):
    sums, counts = defaultdict(float), defaultdict(int)
    for maps, label in zip(activations, labels, strict=True):
        sums[int(label)] += maps.astype(np.float64)
        counts[int(label)] += 1
    nothing = np.full(activations.shape[1:], float("nan"))
    return [sums[c] / counts[c] if counts[c] else nothing for c in range(n_classes)]


def class_means_by_tensorflow(activations, labels, n_classes):
    sums = tf.math.unsorted_segment_sum(activations, labels, n_classes)
    counts = tf.math.bincount(labels, minlength=n_classes, dtype=tf.float32)
    return sums / counts[:, tf.newaxis, tf.newaxis, tf.newaxis]


def class_means_by_a_masked_mean(activations, labels, n_classes):
    own = labels == np.arange(n_classes)[:, None]
    maps = np.where(own[..., None, None, None], activations, np.nan)
    return np.nanmean(maps, axis=1)


def class_means_of_sorted_images(activations, labels, n_classes):
    order = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[order], np.arange(n_classes), side="right")
    groups = np.split(activations[order], ends)[:n_classes]
    return np.array([group.mean(axis=0) for group in groups])


def winning_filter_by_tensorflow(activations):
    winners = tf.argmax(activations, axis=-1, output_type=tf.int32)
    return tf.where(tf.reduce_any(activations > 0, axis=-1), winners, -1)


def winning_filter_by_loops(activations):
    winners = np.empty(activations.shape[:3], np.int64)
    for place in np.ndindex(winners.shape):
        best, strongest = -1, 0.0
        for f, answer in enumerate(activations[place]):
            if answer > strongest:
                best, strongest = f, answer
        winners[place] = best
    return winners


def winning_filter_by_sorting(activations):
    order = np.argsort(activations, axis=-1)[..., -1]
    order[~activations.any(axis=-1)] = -1
    return order


def winning_filter_by_vectorising(activations):
    one = np.vectorize(lambda a: a.argmax() if a.max() else -1, signature="(f)->()")
    return one(activations)


def mode_map_by_adding_votes(winners, labels, n_classes):
    filters = winners.max(initial=0) + 1
    votes = np.zeros((n_classes, *winners.shape[1:], filters), int)
    n, y, x = np.nonzero(winners >= 0)
    np.add.at(votes, (labels[n], y, x, winners[n, y, x]), 1)
    frequency = votes.max(axis=-1) / np.bincount(labels, minlength=n_classes)[:, None, None]
    return np.where(frequency > 0, votes.argmax(axis=-1), -1), frequency


def mode_map_by_tensorflow(winners, labels, n_classes):
    votes = tf.one_hot(winners, int(winners.max()) + 1)  # −1 has no vote
    shares = tf.stack([tf.reduce_mean(votes[labels == c], axis=0) for c in range(n_classes)])
    frequency = tf.reduce_max(shares, axis=-1)
    return tf.where(frequency > 0, tf.argmax(shares, axis=-1), -1), frequency


def mode_map_by_unique_values(winners, labels, n_classes):
    def vote(column):
        values, counts = np.unique(column[column >= 0], return_counts=True)
        return (values[counts.argmax()], counts.max() / len(column)) if len(values) else (-1.0, 0.0)

    found = [np.apply_along_axis(vote, 0, winners[labels == c]) for c in range(n_classes)]
    mode, frequency = np.stack(found, axis=1)
    return mode.astype(np.int16), frequency.astype(np.float32)


def standardise_by_tensorflow(activations):
    mean, variance = tf.nn.moments(tf.cast(activations, tf.float64), axes=[0, 1, 2])
    return tf.math.divide_no_nan(activations - mean, tf.sqrt(variance))


def standardise_by_zscores(activations):
    return np.nan_to_num(scipy.stats.zscore(activations.astype(np.float64), axis=(0, 1, 2)))


def standardise_by_sums(activations):
    values = activations[..., 0].size
    mean = np.einsum("nhwf->f", activations.astype(float)) / values
    centred = activations - mean
    variance = np.einsum("nhwf,nhwf->f", centred, centred) / values
    return centred * np.where(variance > 1e-20, variance, 1) ** -0.5


def standardise_by_ndimage(activations):
    filters = np.broadcast_to(np.arange(activations.shape[-1]), activations.shape)
    names, values = np.unique(filters), activations.astype(float)
    mean = scipy.ndimage.mean(values, filters, names)
    spread = scipy.ndimage.standard_deviation(values, filters, names)
    return (values - mean) / np.maximum(spread, 1e-8)


def loudest_place_with_keras():
    import keras

    own_model, own = findings.network(1), findings.images(1)
    inner = keras.Model(own_model.inputs, own_model.get_layer("l3").output)
    mean = inner.predict(own.images[own.labels == 1], verbose=0).mean(axis=0)
    winner = mean.max(axis=(0, 1)).argmax()
    row, column = divmod(mean[..., winner].argmax(), mean.shape[1])
    return winner, row, column, mean.max()


def loudest_place_pixel_by_pixel():
    own_model, own = findings.network(1), findings.images(1)
    x = tf.constant(own.images[own.labels == 1])
    for name in ("l1", "pool1", "l2", "pool2", "l3"):
        x = own_model.get_layer(name)(x)
    best = (0, 0, 0, -1.0)
    for row in range(7):
        for column in range(7):
            for number in range(16):
                value = float(np.mean(x[:, row, column, number]))
                if value > best[3]:
                    best = (number, row, column, value)
    return list(best)
