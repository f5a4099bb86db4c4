"""What the page without a kernel is made of; tests/browser/test_page.py uses it."""

import base64
import json
import re

import keras
import numpy as np
import pytest
from keras import layers

from helpers import explorers, models
from helpers.datasets import Dataset, Split
from helpers.explorers import page
from helpers.explorers.network import heads_file, network_file
from helpers.methods.statistics import filter_statistics

RNG = np.random.default_rng(0)
LABELS = np.arange(20) % 10
IMAGES = RNG.random((20, 28, 28, 1)).astype(np.float32)
DATA = Dataset("toy", Split(IMAGES, LABELS), Split(IMAGES, LABELS), tuple("0123456789"), "none")


def test_the_file_has_all_weights_of_the_network():
    model = models.build("course_cnn")
    file = json.loads(json.dumps(network_file(model)))
    assert file["shape"] == [28, 28, 1]
    kinds = [layer["kind"] for layer in file["layers"]]
    assert kinds == ["conv", "pool", "conv", "pool", "conv", "pool", "dense", "dense"]
    stored = [
        layer[part] for layer in file["layers"] for part in ("kernel", "bias") if part in layer
    ]
    for array, weights in zip(stored, model.get_weights(), strict=True):
        values = np.frombuffer(base64.b64decode(array["data"]), "<f4").reshape(array["shape"])
        np.testing.assert_array_equal(values, weights)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Conv2D(2, 3, activation="relu"),
        layers.Conv2D(2, 3, padding="same"),
        layers.Conv2D(2, 3, padding="same", activation="relu", strides=2),
        layers.Conv2D(2, 4, padding="same", activation="relu"),
        layers.Conv2D(2, 3, padding="same", activation="relu", use_bias=False),
        layers.MaxPooling2D(3),
        layers.GlobalAveragePooling2D(),
        layers.BatchNormalization(),
        layers.Dense(2),
    ],
)
def test_a_layer_that_the_browser_does_not_compute_is_refused(layer):
    model = keras.Sequential([keras.Input((8, 8, 1)), layer])
    with pytest.raises(ValueError, match=f"{layer.name!r}.*network like course_cnn"):
        network_file(model)


REFUSED = "use a network like course_cnn|use line_heads|No such layer"


def chain():
    inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(2, 3, padding="same", activation="relu")(inputs)
    return inputs, layers.Flatten()(x)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = layers.Dense(3, activation="softmax")

    def call(self, images):
        return self.dense(keras.ops.mean(images, axis=(1, 2)))


class Silent(layers.Layer):
    """A layer of one's own, without get_config."""

    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def call(self, x):
        return self.factor * x


def with_silent_layer():
    inputs, x = chain()
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(Silent(2)(x)))


def with_operation_at_the_end():
    inputs, x = chain()
    return keras.Model(inputs, 2 * layers.Dense(3, activation="softmax")(x))


def without_flatten():
    inputs = keras.Input((8, 8, 1))
    x = layers.Flatten()(layers.Dense(2, activation="relu")(inputs))
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(x))


class Penalty(keras.regularizers.Regularizer):
    """A regularizer of one's own, without get_config."""

    def __call__(self, weights):
        return 0.0


def with_silent_regularizer():
    inputs, x = chain()
    dense = layers.Dense(3, activation="softmax", kernel_regularizer=Penalty())
    return keras.Model(inputs, dense(x))


def not_built():
    return keras.Sequential([layers.Flatten(), layers.Dense(3, activation="softmax")])


@pytest.mark.parametrize("file", [network_file, heads_file])
@pytest.mark.parametrize(
    "make",
    [
        Subclassed,
        with_silent_layer,
        with_silent_regularizer,
        with_operation_at_the_end,
        without_flatten,
        not_built,
    ],
)
def test_a_model_that_the_browser_does_not_compute_is_refused(file, make):
    with pytest.raises(ValueError, match=REFUSED):
        file(make())


def test_heads_of_weights_on_images_of_one_size():
    inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(2, 3, padding="same", activation="relu")(inputs)
    flat = layers.Flatten()(x)
    dense = layers.Dense(3, activation="softmax", name="kind")(flat)
    sure = layers.Dense(1, activation="sigmoid", name="sure")(flat)
    file = heads_file(keras.Model(inputs, [dense, sure]))
    assert file["shape"] == (8, 8, 1)
    assert file["heads"]["sure"]["kernel"]["shape"] == [128, 2]
    for other in (
        layers.Activation("sigmoid")(flat),
        layers.Dense(2, activation="sigmoid")(flat),
        layers.Flatten()(flat),
        2 * sure,
    ):
        with pytest.raises(ValueError, match=REFUSED):
            heads_file(keras.Model(inputs, [dense, other]))
    inputs = keras.Input((None, None, 1))
    x = layers.Conv2D(2, 3, padding="same", activation="relu")(inputs)
    heads = [layers.Flatten()(x), layers.MaxPooling2D()(x)]
    with pytest.raises(ValueError, match="one size"):
        heads_file(keras.Model(inputs, heads))


def html_of(explorer):
    return explorer._repr_mimebundle_()[0]["text/html"]


def test_explorers_of_models_that_the_browser_does_not_compute_show_a_picture():
    images, labels, names = IMAGES[:4, :8, :8], LABELS[:4] % 3, ("a", "b", "c")
    model = Subclassed()
    model(images)
    shown = explorers.occlusion(model, images, labels, names)
    assert "This picture is still." in html_of(shown)
    shown = explorers.grad_cam(with_silent_layer(), images, labels, names)
    assert "This picture is still." in html_of(shown)


def test_the_fragment_holds_averages_and_no_image_of_the_data():
    model = models.build("course_cnn")
    found = page.fragment(model, DATA)
    parts = re.findall(r'<script type="application/json">(.*?)</script>', found)
    *_, content = (json.loads(part)["content"] for part in parts)
    statistics = filter_statistics(model, IMAGES, LABELS, ["l3"])["l3"]
    stored = content["statistics"]["l3"]
    mean = np.frombuffer(base64.b64decode(stored["mean"]), np.uint8).reshape(10, 7, 7, 16)
    limit = statistics.mean.max()
    np.testing.assert_allclose(mean * limit / 255, statistics.mean, atol=0.51 * limit / 255)
    np.testing.assert_allclose(stored["peaks"], statistics.mean.max(axis=(1, 2)), rtol=1e-3)
    mode = np.frombuffer(base64.b64decode(stored["mode"]), np.uint8).reshape(10, 7, 7)
    np.testing.assert_array_equal(mode, statistics.mode % 256)
    averages = np.frombuffer(base64.b64decode(content["averages"]["pixels"]), np.uint8)
    np.testing.assert_allclose(averages / 255, (IMAGES[:10] + IMAGES[10:]).ravel() / 2, atol=0.002)
    for image in IMAGES:
        assert base64.b64encode(np.rint(255 * image).astype(np.uint8)).decode() not in found
    assert '"./' not in found and "src=" not in found
