"""The course's own networks, by name."""

from __future__ import annotations

import keras
from keras import layers

from helpers.own_work import solves


@solves("build_network")
def course_cnn(input_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Model:
    """The network of the practical work: three convolutions of 9, 9 and 16 filters (square
    grids), two dense layers; 7,465 weights on 28×28×1 inputs and ten classes."""
    inputs = keras.Input(input_shape, name="l0")
    x = layers.Conv2D(9, 5, padding="same", activation="relu", name="l1")(inputs)
    x = layers.MaxPooling2D(name="pool1")(x)
    x = layers.Conv2D(9, 5, padding="same", activation="relu", name="l2")(x)
    x = layers.MaxPooling2D(name="pool2")(x)
    x = layers.Conv2D(16, 3, padding="same", activation="relu", name="l3")(x)
    x = layers.MaxPooling2D(name="pool3")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(25, activation="relu", name="l4")(x)
    outputs = layers.Dense(classes, activation="softmax", name="l5")(x)
    return keras.Model(inputs, outputs, name="course_cnn")


def gap_cnn(input_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Model:
    """A network for class activation maps: three convolutions of 12, 16 and 32 filters, each with
    batch normalisation and a ReLU of its own, then global average pooling and one dense layer;
    7,206 weights on 28×28×1 inputs and ten classes."""
    x = inputs = keras.Input(input_shape, name="input")
    for i, (filters, kernel, stride) in enumerate([(12, 5, 2), (16, 3, 1), (32, 3, 1)], start=1):
        x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=f"conv{i}")(
            x
        )
        x = layers.BatchNormalization(name=f"norm{i}")(x)
        x = layers.ReLU(name=f"relu{i}")(x)
        if i == 2:
            x = layers.MaxPooling2D(name="pool")(x)
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    outputs = layers.Dense(classes, activation="softmax", name="classes")(x)
    return keras.Model(inputs, outputs, name="gap_cnn")


NETWORKS = {"course_cnn": course_cnn, "gap_cnn": gap_cnn}


def build(name: str, *, seed: int = 0, **options) -> keras.Model:
    """A fresh, untrained network of the course; the same seed gives the same weights.

    `options` go to the network: `input_shape` (H, W, C) and `classes`.
    """
    if name not in NETWORKS:
        raise ValueError(f"there is no network {name!r}; there are: {', '.join(NETWORKS)}")
    keras.utils.set_random_seed(seed)
    return NETWORKS[name](**options)
