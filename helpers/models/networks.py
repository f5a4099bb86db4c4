"""The course's own networks, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from keras import layers

from helpers.datasets.lines import ATTRIBUTES
from helpers.own_work import solves

__all__ = [
    "NETWORKS",
    "build",
    "course_cnn",
    "face_cnn",
    "gap_cnn",
    "lenet",
    "line_classes",
    "line_cnn",
    "line_gap_cnn",
    "line_heads",
    "tetromino_cnn",
]


@solves("build_network")
def course_cnn(input_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Model:
    """The network of the practical work, untrained.

    It has three convolutions of 9, 9 and 16 filters (square grids) and two dense layers: 7,465
    weights on 28×28×1 inputs and ten classes.

    >>> from helpers.models import networks
    >>> networks.course_cnn().count_params()
    7465
    """
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


def lenet(input_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Model:
    """A wider network for digits, after LeNet-5 (LeCun et al., 1998), untrained.

    It has ReLUs and maximum pooling, convolutions of 16 and 32 filters of 5×5 and a dense layer of
    128: 117,066 weights on 28×28×1 inputs and ten classes.

    >>> from helpers.models import networks
    >>> networks.lenet().count_params()
    117066
    """
    x = inputs = keras.Input(input_shape, name="input")
    for i, (filters, padding) in enumerate([(16, "same"), (32, "valid")], start=1):
        x = layers.Conv2D(filters, 5, padding=padding, activation="relu", name=f"conv{i}")(x)
        x = layers.MaxPooling2D(name=f"pool{i}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(128, activation="relu", name="dense")(x)
    outputs = layers.Dense(classes, activation="softmax", name="classes")(x)
    return keras.Model(inputs, outputs, name="lenet")


def gap_cnn(input_shape: tuple[int, int, int] = (28, 28, 1), classes: int = 10) -> keras.Model:
    """A network for class activation maps, untrained.

    It has three convolutions of 12, 16 and 32 filters, each with batch normalisation and a ReLU of
    its own. Then come global average pooling and one dense layer. It has 7,206 weights on 28×28×1
    inputs and ten classes.

    >>> from helpers.models import networks
    >>> networks.gap_cnn().count_params()
    7206
    """
    x = inputs = keras.Input(input_shape, name="input")
    for i, (filters, kernel, stride) in enumerate([(12, 5, 2), (16, 3, 1), (32, 3, 1)], start=1):
        x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=f"conv{i}")(
            x
        )
        # Keras's momentum of 0.99 needs thousands of steps; in few the averages lag behind.
        x = layers.BatchNormalization(momentum=0.9, name=f"norm{i}")(x)
        x = layers.ReLU(name=f"relu{i}")(x)
        if i == 2:
            x = layers.MaxPooling2D(name="pool")(x)
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    outputs = layers.Dense(classes, activation="softmax", name="classes")(x)
    return keras.Model(inputs, outputs, name="gap_cnn")


def line_cnn(input_shape: tuple[int, int, int] = (28, 28, 3), classes: int = 96) -> keras.Model:
    """The 2019 course's network for lines, untrained.

    It has one convolution of 32 filters of 7×7 with a ReLU and batch normalisation, a pool, and a
    dense layer of 1024. Nearly all of its 6,526,816 weights are in that dense layer, which has to
    learn each line anew at each place.

    >>> from helpers.models import networks
    >>> networks.line_cnn().count_params()
    6526816
    """
    inputs = keras.Input(input_shape, name="input")
    x = layers.Conv2D(32, 7, padding="same", activation="relu", name="conv")(inputs)
    x = layers.BatchNormalization(momentum=0.9, name="norm")(x)
    x = layers.MaxPooling2D(name="pool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(1024, activation="relu", name="dense")(x)
    outputs = layers.Dense(classes, activation="softmax", name="classes")(x)
    return keras.Model(inputs, outputs, name="line_cnn")


def line_gap_cnn(input_shape: tuple[int, int, int] = (28, 28, 3), classes: int = 96) -> keras.Model:
    """A small network for lines, of 45,392 weights, untrained.

    It has three convolutions of 16, 32 and 64 filters. Then comes global average pooling, for a
    line is the same wherever it lies. A dense layer of 128 combines what was found. A unit of the
    last convolution sees 20×20 pixels, more than the longest line.

    >>> from helpers.models import networks
    >>> networks.line_gap_cnn().count_params()
    45392
    """
    x = inputs = keras.Input(input_shape, name="input")
    for i, (filters, kernel) in enumerate([(16, 5), (32, 3), (64, 3)], start=1):
        if i > 1:
            x = layers.MaxPooling2D(name=f"pool{i - 1}")(x)
        x = _conv_norm_relu(x, filters, kernel, i)
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    x = layers.Dense(128, activation="relu", name="dense")(x)
    outputs = layers.Dense(classes, activation="softmax", name="classes")(x)
    return keras.Model(inputs, outputs, name="line_gap_cnn")


def line_heads(input_shape: tuple[int, int, int] = (28, 28, 3)) -> keras.Model:
    """A network with a head for each attribute of a line, untrained.

    The four heads share two convolutions of 32 filters and a pool, two of 64 and a pool. A head has
    the name of its attribute. Length, width and colour, of two values each, have one sigmoid unit;
    the angle has a softmax of 12.

    >>> from helpers.models import networks
    >>> networks.line_heads().output_names
    ['length', 'width', 'angle', 'colour']
    """
    inputs, x = _line_features(input_shape)
    heads = [
        layers.Dense(1, activation="sigmoid", name=name)(x)
        if len(values) == 2
        else layers.Dense(len(values), activation="softmax", name=name)(x)
        for name, values in ATTRIBUTES.items()
    ]
    return keras.Model(inputs, heads, name="line_heads")


def line_classes(input_shape: tuple[int, int, int] = (28, 28, 3), classes: int = 96) -> keras.Model:
    """The network `line_heads` with one head for all combinations of the attributes, untrained.

    >>> from helpers.models import networks
    >>> networks.line_classes().count_params(), networks.line_heads().count_params()
    (366720, 112623)
    """
    inputs, x = _line_features(input_shape)
    outputs = layers.Dense(classes, activation="softmax", name="classes")(x)
    return keras.Model(inputs, outputs, name="line_classes")


def _line_features(input_shape: tuple[int, int, int]):
    x = inputs = keras.Input(input_shape, name="input")
    for i, filters in enumerate((32, 64), start=1):
        for j in (1, 2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"conv{i}_{j}")(x)
        x = layers.MaxPooling2D(name=f"pool{i}")(x)
    return inputs, layers.Flatten(name="flatten")(x)


def face_cnn(input_shape: tuple[int, int, int] = (48, 48, 1), classes: int = 7) -> keras.Model:
    """A network for expressions of faces, untrained.

    It has three convolutions of 32, 64 and 128 filters, each with batch normalisation, a ReLU, a
    pool and dropout, and a dense layer of 256. It has 1,275,047 weights on 48×48×1 inputs and seven
    classes.

    >>> from helpers.models import networks
    >>> networks.face_cnn().count_params()
    1275047
    """
    x = inputs = keras.Input(input_shape, name="input")
    for i, filters in enumerate((32, 64, 128), start=1):
        x = _conv_norm_relu(x, filters, 3, i)
        x = layers.MaxPooling2D(name=f"pool{i}")(x)
        # More would need more than twice as many epochs on drawn faces, for the same accuracy.
        x = layers.Dropout(0.1, name=f"dropout{i}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(256, activation="relu", name="dense")(x)
    x = layers.Dropout(0.25, name="dropout")(x)
    outputs = layers.Dense(classes, activation="softmax", name="classes")(x)
    return keras.Model(inputs, outputs, name="face_cnn")


def tetromino_cnn(input_shape: tuple[int, int, int] = (8, 8, 1), classes: int = 2) -> keras.Model:
    """A small network for `datasets.tetrominoes`, of 17,682 weights, untrained.

    It first takes images from 0..1 to −1..1, so that grey is 0. Then come two convolutions of 8 and
    16 filters, and two dense layers.

    >>> from helpers.models import networks
    >>> networks.tetromino_cnn().count_params()
    17682
    """
    x = inputs = keras.Input(input_shape, name="input")
    x = layers.Rescaling(2.0, offset=-1.0, name="centred")(x)
    x = layers.Conv2D(8, 3, padding="same", activation="relu", name="conv1")(x)
    x = layers.Conv2D(16, 3, padding="same", activation="relu", name="conv2")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(16, activation="relu", name="dense")(x)
    outputs = layers.Dense(classes, activation="softmax", name="classes")(x)
    return keras.Model(inputs, outputs, name="tetromino_cnn")


def _conv_norm_relu(x, filters: int, kernel: int, number: int):
    x = layers.Conv2D(filters, kernel, padding="same", use_bias=False, name=f"conv{number}")(x)
    # Keras's momentum of 0.99 needs thousands of steps; on few images the averages lag behind.
    x = layers.BatchNormalization(momentum=0.9, name=f"norm{number}")(x)
    return layers.ReLU(name=f"relu{number}")(x)


@dataclass(frozen=True)
class Network:
    """One of the course's networks: what builds it, how many images it is trained with, and the
    highest learning rate. It also says whether the heads are the attributes of a data set, so that
    the network is not told how many classes there are."""

    build: Callable[..., keras.Model]
    seen: int = 60_000
    peak: float = 0.01
    heads: bool = False


NETWORKS = {
    "course_cnn": Network(course_cnn),
    "lenet": Network(lenet),
    "gap_cnn": Network(gap_cnn),
    "tetromino_cnn": Network(tetromino_cnn, seen=30_000),
    "line_cnn": Network(line_cnn),
    "line_gap_cnn": Network(line_gap_cnn),
    # Of the lines of the test set 99.8, 99.8 and 99.6 % are right on all heads at once after these
    # 4 epochs, with the seeds 0, 1 and 2 (after 8 epochs 99.9 %).
    "line_heads": Network(line_heads, seen=30_000, heads=True),
    # After as many epochs 90 % of the lines of the test set.
    "line_classes": Network(line_classes, seen=30_000),
    # After these 8 epochs 89, 95 and 95 % of the test faces, with the seeds 0, 1 and 2.
    "face_cnn": Network(face_cnn, seen=13_000, peak=0.003),
}


def build(name: str, *, seed: int = 0, **options: Any) -> keras.Model:
    """A fresh, untrained network of the course; the same seed gives the same weights.

    `options` go to the network: `input_shape` (H, W, C) and, but for a network of heads, `classes`.

    >>> from helpers import models
    >>> network = models.build("course_cnn", classes=3)
    >>> network.input_shape, network.output_shape
    ((None, 28, 28, 1), (None, 3))
    """
    if name not in NETWORKS:
        raise ValueError(f"there is no network {name!r}; there are: {', '.join(NETWORKS)}")
    keras.utils.set_random_seed(seed)
    return NETWORKS[name].build(**options)
