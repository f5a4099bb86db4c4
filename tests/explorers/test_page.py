"""What the page without a kernel is made of; tests/browser/test_page.py uses it."""

import base64
import json
import re

import keras
import numpy as np
import pytest
from keras import layers

from helpers import models
from helpers.datasets import Dataset, Split
from helpers.explorers import page
from helpers.explorers.network import network_file
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


def test_the_fragment_holds_averages_and_no_image_of_the_data():
    model = models.build("course_cnn")
    found = page.fragment(model, DATA)
    parts = re.findall(r'<script type="application/json">(.*?)</script>', found)
    *_, content = (json.loads(part)["content"] for part in parts)
    statistics = filter_statistics(model, IMAGES, LABELS, ["l3"])["l3"]
    stored = content["statistics"]["l3"]
    mean = np.frombuffer(base64.b64decode(stored["mean"]), np.uint8).reshape(10, 7, 7, 16)
    np.testing.assert_allclose(
        mean * stored["limit"] / 255, statistics.mean, atol=0.51 * stored["limit"] / 255
    )
    mode = np.frombuffer(base64.b64decode(stored["mode"]), np.uint8).reshape(10, 7, 7)
    np.testing.assert_array_equal(mode, statistics.mode % 256)
    averages = np.frombuffer(base64.b64decode(content["averages"]["pixels"]), np.uint8)
    np.testing.assert_allclose(averages / 255, (IMAGES[:10] + IMAGES[10:]).ravel() / 2, atol=0.002)
    for image in IMAGES:
        assert base64.b64encode(np.rint(255 * image).astype(np.uint8)).decode() not in found
    assert '"./' not in found and "src=" not in found
