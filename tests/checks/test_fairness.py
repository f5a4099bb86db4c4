"""Correct answers get full marks, however they are written."""

import keras
import numpy as np
import pytest
import sklearn.metrics
import tensorflow as tf

from helpers import checks


def scale_images_in_float64(raw):
    return np.expand_dims((raw / 255.0).astype("float32"), -1)


def scale_images_as_a_tensor(raw):
    return tf.cast(raw, tf.float32)[..., tf.newaxis] / 255


def count_weights_by_building(kernel_size, channels, filters):
    layer = keras.layers.Conv2D(filters, kernel_size)
    layer.build((None, 32, 32, channels))
    return layer.count_params()


def count_weights_by_loops(kernel_size, channels, filters):
    count = 0
    for _ in range(filters):
        count += np.prod(kernel_size) * channels + 1
    return count


def build_network_sequential(input_shape, filters, units, classes):
    model = keras.Sequential()
    model.add(keras.Input(input_shape))
    for size, kernel in zip(filters, [(5, 5), (5, 5), (3, 3)], strict=True):
        model.add(keras.layers.Conv2D(size, kernel, padding="same"))
        model.add(keras.layers.ReLU())
        model.add(keras.layers.MaxPool2D((2, 2), strides=2))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(units))
    model.add(keras.layers.Activation("relu"))
    model.add(keras.layers.Dense(classes))
    model.add(keras.layers.Softmax())
    return model


def accuracy_by_loops(probabilities, labels):
    hits = 0
    for row, label in zip(probabilities, labels, strict=True):
        hits += int(np.argmax(row) == label)
    return hits / len(labels)


def accuracy_as_float32(probabilities, labels):
    return np.float32((probabilities.argmax(-1) == labels).mean())


def confusion_by_scikit_learn(labels, predictions, n_classes):
    return sklearn.metrics.confusion_matrix(labels, predictions, labels=range(n_classes))


def confusion_as_floats(labels, predictions, n_classes):
    one_hot = np.eye(n_classes)
    return one_hot[labels].T @ one_hot[predictions]


def worst_mistakes_as_a_list(probabilities, labels, k):
    mistakes = [i for i in range(len(labels)) if probabilities[i].argmax() != labels[i]]
    return sorted(mistakes, key=lambda i: probabilities[i].max(), reverse=True)[:k]


def worst_mistakes_by_masking(probabilities, labels, k):
    confidence = probabilities.max(1)
    confidence[probabilities.argmax(1) == labels] = -1
    return np.argsort(confidence)[::-1][: min(k, (confidence >= 0).sum())]


def layer_output_as_a_tensor(model, images, layer_name):
    return keras.Model(model.inputs[0], model.get_layer(layer_name).output)(images)


def layer_output_layer_by_layer(model, images, layer_name):
    for layer in model.layers[1:]:
        images = layer(images)
        if layer.name == layer_name:
            return images.numpy()


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


def standardise_filter_by_filter(activations):
    result = np.empty(activations.shape)
    for f in range(activations.shape[-1]):
        one = activations[..., f].astype(float)
        result[..., f] = (one - one.mean()) / (one.std() or 1)
    return result


def standardise_with_a_tiny_constant(activations):
    centred = activations - activations.mean(axis=(0, 1, 2), keepdims=True)
    return centred / (activations.std(axis=(0, 1, 2), keepdims=True) + 1e-8)


VARIANTS = [
    (name, function)
    for name, function in list(globals().items())
    for check in checks.__all__
    if check.islower() and name.startswith(f"{check}_") and callable(function)
]


@pytest.mark.parametrize(("name", "function"), VARIANTS, ids=[name for name, _ in VARIANTS])
def test_a_correct_variant_gets_full_marks(name, function):
    check = next(getattr(checks, c) for c in checks.__all__ if name.startswith(f"{c}_"))
    for hidden in (False, True):
        for seed in (None, 0):
            result = check(function, hidden=hidden, seed=seed)
            assert result.earned == result.points, result.card()


def test_every_exercise_has_variants():
    covered = {c for c in checks.__all__ for name, _ in VARIANTS if name.startswith(f"{c}_")}
    assert covered == {name for name in checks.__all__ if name.islower()}
