"""The explorers without a kernel: their numbers are Python's."""

import base64
from pathlib import Path

import numpy as np
import pytest

from helpers import datasets, models
from helpers.explorers import page as live
from helpers.methods.activations import layer_activations, score_values
from helpers.methods.cam import grad_cam
from helpers.methods.occlusion import occlusion_map
from helpers.models import graph

pytestmark = pytest.mark.browser

LAYERS = ("l1", "pool1", "l2", "pool2", "l3", "pool3", "l4", "l5")
# Evaluated for an image and a class: all numbers of network.js.
NUMBERS = """async ({ module, file, images, classes }) => {
  const { open, forward, softmax, gradCam, occlusion } = await import(module);
  const network = open(file);
  return images.map((image, i) => {
    const found = forward(network, image);
    const logits = found.at(-1).out;
    const maps = ["l1", "l2", "l3"].map((name) => gradCam(network, found, classes[i], name));
    const occluded = occlusion(network, image, found, classes[i], 7, 3);
    const outputs = found.map(({ out }) => out);
    return [...outputs, softmax(logits), ...maps, occluded].map((one) => [...one]);
  });
}"""


@pytest.fixture(scope="module")
def digits():
    return datasets.load("digits")


@pytest.fixture(scope="module")
def model(digits):
    return models.trained("course_cnn", digits).model


@pytest.fixture
def blank(browser):
    page = browser.new_page()
    yield page
    page.close()


def module(name):
    source = (Path(live.__file__).parent / name).read_bytes()
    return "data:text/javascript;base64," + base64.b64encode(source).decode()


def test_the_browser_s_numbers_are_python_s_on_100_digits(blank, model, digits):
    """Each layer, the probabilities, Grad-CAM of each layer and occlusion, for the predicted class
    of one half of the digits, and for another class of the other half."""
    images = digits.test.images[:100]
    top = models.predict(model, images).argmax(axis=1)
    classes = np.where(np.arange(100) % 2, top, (top + 1 + np.arange(100) // 2 % 9) % 10)
    asked = {
        "module": module("network.js"),
        "file": live.network_file(model),
        "images": images.reshape(100, -1).tolist(),
        "classes": classes.tolist(),
    }
    found = blank.evaluate(NUMBERS, asked)
    found = [np.array(each) for each in zip(*found, strict=True)]

    expected = list(layer_activations(model, images, LAYERS[:-1]).values())
    expected.append(np.stack([score_values(model, images, i) for i in range(10)], axis=1))
    expected.append(np.asarray(graph.compiled_probabilities(model)(images)))
    for explain in (
        *(
            lambda some, class_, name=name: grad_cam(model, some, class_, layer=name)
            for name in LAYERS[:5:2]
        ),
        lambda some, class_: occlusion_map(model, some, class_, patch=7, stride=3),
    ):
        maps = np.empty(images.shape[:3])
        for class_ in range(10):
            maps[classes == class_] = explain(images[classes == class_], class_)
        expected.append(maps)
    for mine, theirs in zip(found, expected, strict=True):
        assert theirs.any()
        np.testing.assert_allclose(mine, theirs.reshape(100, -1), rtol=0, atol=1e-4)
