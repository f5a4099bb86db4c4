"""The controls choose image, class, layer and method; the picture shows just that map."""

import keras
import numpy as np
import pytest
from keras import layers

from helpers import explorers
from helpers.explorers.grad_cam import draw_grad_cam

NAMES = ["cat", "dog", "cow"]
IMAGES = np.random.default_rng(0).random((4, 6, 8, 1)).astype(np.float32)
LABELS = np.array([0, 1, 2, 0])


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((6, 8, 1)),
            layers.Conv2D(3, 3, activation="relu", name="first"),
            layers.Conv2D(4, 3, activation="relu", name="second"),
            layers.Flatten(),
            layers.Dense(3, "softmax"),
        ]
    )


def test_the_picture_tells_truth_prediction_and_the_class_asked_about(model):
    predicted = NAMES[model.predict(IMAGES, verbose=0)[1].argmax()]
    figure = draw_grad_cam(model, IMAGES, LABELS, NAMES, 1, 2, "first", "Grad-CAM++")
    assert figure.alt.startswith("Grad-CAM++ of first: image 1, what speaks for cow: 3 images")
    assert f"true: dog, predicted: {predicted}; evidence for" in figure.alt
    asked = draw_grad_cam(model, IMAGES, LABELS, NAMES, 1, None, "first", "Grad-CAM")
    assert asked.alt.startswith(f"Grad-CAM of first: image 1, what speaks for {predicted}")


def test_the_controls_choose_what_is_drawn(model):
    shown = explorers.grad_cam(model, IMAGES, LABELS, NAMES)
    arguments = model, IMAGES, LABELS, NAMES
    assert shown.picture.value == draw_grad_cam(*arguments, 0, None, "second", "Grad-CAM").html()
    shown.controls["image"].value = 3
    shown.controls["class_"].label = "dog"
    shown.controls["layer"].value = "first"
    shown.controls["method"].value = "Grad-CAM++"
    assert shown.picture.value == draw_grad_cam(*arguments, 3, 1, "first", "Grad-CAM++").html()
    assert shown.controls["image"].max == 3


def test_what_cannot_be_explored_is_said(model):
    with pytest.raises(ValueError, match="4 images need as many labels, got 3"):
        explorers.grad_cam(model, IMAGES, LABELS[:3], NAMES)
    dense = keras.Sequential([keras.Input((6, 8, 1)), layers.Flatten(), layers.Dense(3)])
    with pytest.raises(ValueError, match="has no convolutional layer"):
        explorers.grad_cam(dense, IMAGES, LABELS, NAMES)
