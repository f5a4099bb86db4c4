"""The controls choose image, class, layer and method; the picture shows just that map."""

import keras
import numpy as np
import pytest
from keras import layers

from helpers import explorers
from helpers.explorers.grad_cam_explorer import draw_grad_cam

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


def sign_of_ink(activation="relu"):
    """One sigmoid unit: the sum of the ink, as a convolution of weight 1 passes it on, minus 3."""
    conv = layers.Conv2D(1, 1, activation=activation, name="conv")
    head = layers.Dense(1, "sigmoid")
    model = keras.Sequential([keras.Input((2, 3, 1)), conv, layers.Flatten(), head])
    conv.set_weights([np.ones((1, 1, 1, 1)), np.zeros(1)])
    head.set_weights([np.ones((6, 1)), np.array([-3.0])])
    return model


def titles(*arguments):
    return draw_grad_cam(*arguments).alt.split("each: ")[1].split(".")[0].split("; ")


def test_one_sigmoid_unit_predicts_two_classes():
    images = np.stack([np.zeros((2, 3, 1)), np.ones((2, 3, 1))]).astype(np.float32)
    arguments = sign_of_ink(), images, [1, 1], ["blank", "full"]
    first, second = (titles(*arguments, i, None, "conv", "Grad-CAM")[0] for i in (0, 1))
    assert first == "true: full, predicted: blank"
    assert second == "true: full, predicted: full"


@pytest.mark.parametrize(
    ("method", "activation", "class_", "expected"),
    [
        ("Grad-CAM", "relu", 1, ["evidence for", "no evidence against"]),
        ("Grad-CAM", "relu", 0, ["no evidence for", "blue: evidence against"]),
        ("Grad-CAM++", "relu", 1, ["evidence for", "counts nothing against"]),
        ("Grad-CAM++", "relu", 0, ["no evidence for", "counts nothing against"]),
        ("Grad-CAM++", None, 1, ["evidence for", "blue: negative activations"]),
    ],
)
def test_the_titles_say_what_is_seen(method, activation, class_, expected):
    image = np.array([-1, 1, 1, 1, 1, 1], np.float32).reshape(1, 2, 3, 1)
    arguments = sign_of_ink(activation), image, [1], ["blank", "full"]
    assert titles(*arguments, 0, class_, "conv", method)[1:] == expected


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
    with pytest.raises(ValueError, match="drawn from 0 to 1, and these run from"):
        explorers.grad_cam(model, 255 * IMAGES, LABELS, NAMES)
    dense = keras.Sequential([keras.Input((6, 8, 1)), layers.Flatten(), layers.Dense(3)])
    with pytest.raises(ValueError, match="has no convolutional layer"):
        explorers.grad_cam(dense, IMAGES, LABELS, NAMES)
