"""Correct answers to the exercises of notebook 01, written in other ways."""

import keras
import numpy as np
import sklearn.metrics
import tensorflow as tf


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
