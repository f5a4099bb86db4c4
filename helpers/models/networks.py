"""The course's own networks, by name."""

from __future__ import annotations

import keras
from keras import layers


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


NETWORKS = {"course_cnn": course_cnn}


def build(name: str, *, seed: int = 0, **options) -> keras.Model:
    """A fresh, untrained network of the course; the same seed gives the same weights.

    `options` go to the network: for `course_cnn` `input_shape` (H, W, C) and `classes`.
    """
    if name not in NETWORKS:
        raise ValueError(f"there is no network {name!r}; there are: {', '.join(NETWORKS)}")
    keras.utils.set_random_seed(seed)
    return NETWORKS[name](**options)
