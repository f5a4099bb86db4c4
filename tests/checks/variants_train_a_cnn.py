"""Correct answers to the exercises of notebook 01, written in other ways."""

import heapq
from collections import Counter
from functools import reduce

import keras
import numpy as np
import scipy.sparse
import sklearn.metrics
import tensorflow as tf

from helpers.checks import findings


def scale_images_in_float64(raw):
    return np.expand_dims((raw / 255.0).astype("float32"), -1)


def scale_images_as_a_tensor(raw):
    return tf.cast(raw, tf.float32)[..., tf.newaxis] / 255


def scale_images_by_a_layer(raw):
    return keras.layers.Rescaling(1 / 255)(raw[:, :, :, None])


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


def build_network_with_tensorflows_functions(input_shape, filters, units, classes):
    layers = [keras.Input(input_shape)]
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        layers.append(keras.layers.Conv2D(size, kernel, padding="same", activation=tf.nn.relu))
        layers.append(keras.layers.MaxPooling2D())
    layers += [keras.layers.Flatten(), keras.layers.Dense(units, activation=tf.nn.relu)]
    return keras.Sequential([*layers, keras.layers.Dense(classes, activation=tf.nn.softmax)])


def build_network_layer_by_layer(input_shape, filters, units, classes):
    x = inputs = keras.Input(shape=input_shape)
    x = keras.layers.Conv2D(filters[0], (5, 5), (1, 1), "same", activation=keras.activations.relu)(
        x
    )
    x = keras.layers.MaxPooling2D((2, 2))(x)
    x = keras.layers.Conv2D(filters[1], 5, padding="same", activation="relu", name="l2")(x)
    x = keras.layers.MaxPooling2D(pool_size=2, strides=2, padding="valid")(x)
    x = keras.layers.Conv2D(filters[2], 3, padding="same")(x)
    x = keras.layers.Activation("relu")(x)
    x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(units, "relu", kernel_initializer="he_normal")(x)
    outputs = keras.layers.Dense(classes)(x)
    return keras.Model(inputs=[inputs], outputs=keras.layers.Activation("softmax")(outputs))


def build_network_with_reshape_and_one_pooling(input_shape, filters, units, classes):
    pool = keras.layers.MaxPooling2D()
    x = inputs = keras.Input(input_shape)
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        x = pool(keras.ops.relu(keras.layers.Conv2D(size, kernel, padding="same")(x)))
    x = keras.layers.Reshape((-1,))(x)
    x = keras.activations.relu(keras.layers.Dense(units)(x))
    return keras.Model(inputs, keras.ops.softmax(keras.layers.Dense(classes)(x)))


def build_network_without_input_layer(input_shape, filters, units, classes):
    model = keras.Sequential()
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        model.add(keras.layers.Conv2D(size, kernel, padding="same"))
        model.add(keras.layers.Activation("relu"))
        model.add(keras.layers.MaxPooling2D())
    model.add(keras.layers.Reshape((-1,)))
    model.add(keras.layers.Dense(units, activation="relu"))
    model.add(keras.layers.Dense(classes, activation="softmax"))
    model.build((None, *input_shape))
    return model


def build_network_of_two_models(input_shape, filters, units, classes):
    inputs = keras.Input(input_shape)
    maps = [keras.Input(input_shape)]
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        maps.append(keras.layers.Conv2D(size, kernel, padding="same", activation="relu"))
        maps.append(keras.layers.MaxPooling2D())
    head = [keras.layers.Flatten(), keras.layers.Dense(units, activation="relu")]
    head = keras.Sequential([*head, keras.layers.Dense(classes, activation="softmax")])
    return keras.Model(inputs, head(keras.Sequential(maps)(inputs)))


def build_network_with_padding_of_its_own(input_shape, filters, units, classes):
    x = inputs = keras.Input(input_shape)
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        x = keras.layers.ZeroPadding2D(kernel // 2)(x)
        x = keras.layers.Conv2D(size, kernel, activation="relu")(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(units, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(x))


def accuracy_by_loops(probabilities, labels):
    hits = 0
    for row, label in zip(probabilities, labels, strict=True):
        hits += int(np.argmax(row) == label)
    return hits / len(labels)


def accuracy_as_float32(probabilities, labels):
    return np.float32((probabilities.argmax(-1) == labels).mean())


def confusion_by_scikit_learn(labels, predictions, n_classes):
    return sklearn.metrics.confusion_matrix(labels, predictions, labels=range(n_classes))


def confusion_by_one_hot(labels, predictions, n_classes):
    one_hot = np.eye(n_classes, dtype=int)
    return one_hot[labels].T @ one_hot[predictions]


def confusion_by_masks(labels, predictions, n_classes):
    return [
        [((labels == i) & (predictions == j)).sum() for j in range(n_classes)]
        for i in range(n_classes)
    ]


def worst_mistakes_as_a_list(probabilities, labels, k):
    mistakes = [i for i in range(len(labels)) if probabilities[i].argmax() != labels[i]]
    return sorted(mistakes, key=lambda i: probabilities[i].max(), reverse=True)[:k]


def worst_mistakes_by_masking(probabilities, labels, k):
    confidence = probabilities.max(1)
    confidence[probabilities.argmax(1) == labels] = -1
    return np.argsort(confidence)[::-1][: min(k, (confidence >= 0).sum())]


def scale_images_by_converting_the_type(raw):
    return tf.expand_dims(tf.image.convert_image_dtype(raw, tf.float32), axis=-1)


def scale_images_by_a_table(raw):
    grey = np.linspace(0, 1, 256, dtype=np.float32)
    return grey[raw].reshape(*raw.shape, 1)


def scale_images_pixel_by_pixel(raw):
    scaled = np.empty((*raw.shape, 1), "float32")
    for place in np.ndindex(raw.shape):
        scaled[place] = int(raw[place]) / 255
    return scaled


def scale_images_by_vectorising(raw):
    return np.atleast_3d(np.vectorize(lambda byte: byte / 255, otypes=["f"])(raw))[..., None]


def count_weights_of_a_model(kernel_size, channels, filters):
    inputs = keras.Input((None, None, channels))
    return keras.Model(inputs, keras.layers.Conv2D(filters, kernel_size)(inputs)).count_params()


def count_weights_in_numpy(kernel_size, channels, filters):
    kernel = np.prod([*kernel_size, channels, filters], dtype=np.int64)
    return np.add(kernel, filters)


def build_network_by_folding(input_shape, filters, units, classes):
    layers = [
        layer
        for size, kernel in zip(filters, (5, 5, 3), strict=True)
        for layer in (
            keras.layers.Conv2D(size, kernel, activation="relu", padding="same"),
            keras.layers.MaxPool2D(),
        )
    ]
    layers += [
        keras.layers.Flatten(),
        keras.layers.Dense(units, activation="relu"),
        keras.layers.Dense(classes, activation="softmax", name="probabilities"),
    ]
    inputs = keras.layers.Input(shape=input_shape)
    return keras.Model(inputs, reduce(lambda x, layer: layer(x), layers, inputs))


def build_network_compiled_and_named(input_shape, filters, units, classes):
    first, second, third = filters
    model = keras.models.Sequential(
        [
            keras.layers.Input(input_shape, name="l0"),
            keras.layers.Convolution2D(first, (5, 5), padding="SAME".lower(), activation="relu"),
            keras.layers.MaxPooling2D((2, 2), (2, 2)),
            keras.layers.Convolution2D(second, (5, 5), padding="same", activation="relu"),
            keras.layers.MaxPooling2D((2, 2), (2, 2)),
            keras.layers.Convolution2D(third, (3, 3), padding="same", activation="relu"),
            keras.layers.MaxPooling2D((2, 2), (2, 2)),
            keras.layers.Flatten(data_format="channels_last"),
            keras.layers.Dense(units=units, activation=keras.activations.relu),
            keras.layers.Dense(units=classes, activation=keras.activations.softmax),
        ],
        name="practical_network",
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def accuracy_by_keras(probabilities, labels):
    return keras.ops.mean(keras.metrics.sparse_categorical_accuracy(labels, probabilities))


def accuracy_by_scikit_learn(probabilities, labels):
    return sklearn.metrics.accuracy_score(labels, np.argsort(probabilities, axis=-1)[:, -1])


def accuracy_by_tensorflow(probabilities, labels):
    hits = tf.math.in_top_k(labels, probabilities, k=1)
    return tf.math.count_nonzero(hits).numpy() / len(labels)


def accuracy_by_the_diagonal(probabilities, labels):
    pairs = Counter(zip(labels.tolist(), probabilities.argmax(axis=1).tolist(), strict=True))
    return sum(count for (true, said), count in pairs.items() if true == said) / pairs.total()


def confusion_by_tensorflow(labels, predictions, n_classes):
    return tf.math.confusion_matrix(labels, predictions, num_classes=n_classes)


def confusion_by_a_histogram(labels, predictions, n_classes):
    edges = np.arange(n_classes + 1) - 0.5
    return np.histogram2d(labels, predictions, bins=(edges, edges))[0].astype(int)


def confusion_by_a_sparse_matrix(labels, predictions, n_classes):
    ones = np.ones(len(labels), int)
    shape = n_classes, n_classes
    return scipy.sparse.coo_array((ones, (labels, predictions)), shape=shape).toarray()


def confusion_by_counting_pairs(labels, predictions, n_classes):
    counts = np.bincount(n_classes * labels + predictions, minlength=n_classes * n_classes)
    return counts.reshape(n_classes, -1)


def worst_mistakes_by_a_heap(probabilities, labels, k):
    mistakes = (
        (float(max(row)), i)
        for i, (row, label) in enumerate(zip(probabilities, labels, strict=True))
        if np.argmax(row) != label
    )
    return [i for _, i in heapq.nlargest(k, mistakes)]


def worst_mistakes_by_tensorflow(probabilities, labels, k):
    wrong = tf.where(tf.argmax(probabilities, axis=1) != labels)[:, 0]
    confidence = tf.reduce_max(tf.gather(probabilities, wrong), axis=1)
    best = tf.math.top_k(confidence, k=min(k, len(wrong)))
    return tf.gather(wrong, best.indices)


def worst_mistakes_by_two_keys(probabilities, labels, k):
    right = probabilities.argmax(axis=1) == labels
    order = np.lexsort((-probabilities.max(axis=1), right))  # mistakes first
    return order[: np.count_nonzero(~right)][:k].astype(np.int32)


def own_mistakes_with_sklearn():
    own_model, own = findings.network(9), findings.images(9)
    p = own_model.predict(own.images, verbose=0)
    answers = np.argmax(p, axis=1)
    mistaken = np.where((own.labels == 9) & (answers != 9), p.max(axis=1), 0)
    worst = mistaken.argmax()
    table = sklearn.metrics.confusion_matrix(own.labels, answers, labels=range(10))
    table -= np.diag(np.diag(table))
    true, taken = divmod(table.argmax(), 10)
    return worst, answers[worst], true, taken, table[true, taken]


def own_mistakes_with_a_counter():
    own_model, own = findings.network(9), findings.images(9)
    p = own_model(own.images).numpy().tolist()
    answers = [row.index(max(row)) for row in p]
    both = list(zip(own.labels.tolist(), answers, strict=True))
    mine = [(max(p[i]), i) for i, (label, said) in enumerate(both) if label == 9 and said != 9]
    _, worst = max(mine)
    [((true, taken), times)] = Counter(pair for pair in both if pair[0] != pair[1]).most_common(1)
    return [worst, answers[worst], true, taken, times]
