"""The controls choose image, class, patch, stride and fill; the picture tells what they do."""

import keras
import numpy as np
import pytest

from helpers import explorers
from helpers.explorers.occlusion_explorer import draw_occlusion

NAMES = ["left", "right"]
LABELS = np.array([0, 1])
IMAGES = np.zeros((2, 4, 6, 1), np.float32)
IMAGES[0, 1, 0] = IMAGES[1, 3, 5] = 1


@pytest.fixture(scope="module")
def model():
    return of_halves(2)


def of_halves(units, activation="softmax"):
    """Two logits: the ink in the left and in the right half; or one: right minus left."""
    head = keras.layers.Dense(units, activation)
    model = keras.Sequential([keras.Input((4, 6, 1)), keras.layers.Flatten(), head])
    left = np.tile(np.arange(6) < 3, 4).astype(float)
    kernel = {2: np.stack([left, 1 - left], axis=1), 1: (1 - 2 * left)[:, None]}[units]
    head.set_weights([kernel, np.zeros(units)])
    return model


def test_the_picture_tells_predictions_logits_the_place_and_the_cost(model):
    alt = draw_occlusion(model, IMAGES, NAMES, 1, 1, patch=2, stride=2, fill=0.0).alt
    assert alt == (
        "What a patch of 2×2 pixels takes from class right: image 1 predicted: right, 73.1% logit "
        "of right: 1.00; covered where the map is strongest predicted: left, 50.0% logit of right: "
        "0.00; drop of the logit of right 7 forward passes. The strongest value, 1, is in map 0, "
        "row 2 of 4, column 4 of 6."
    )


@pytest.mark.parametrize(("units", "activation"), [(2, None), (1, "sigmoid")])
def test_every_kind_of_classifier_predicts_a_class_with_its_probability(units, activation):
    model = of_halves(units, activation)
    predicted = [
        draw_occlusion(model, IMAGES, NAMES, image, 0, 2, 2, 0.0).alt.split(" logit")[0]
        for image in (0, 1)
    ]
    assert [text.split("predicted: ")[1] for text in predicted] == ["left, 73.1%", "right, 73.1%"]


def test_the_controls_choose(model):
    shown = explorers.occlusion(model, IMAGES, LABELS, NAMES)
    assert shown.controls["class_"].label == "left"
    shown.controls["image"].value = 1
    assert shown.controls["class_"].label == "right"  # the image's own class
    shown.controls["patch"].value = 3
    shown.controls["stride"].value = 2
    shown.controls["fill"].value = "mean"
    expected = draw_occlusion(model, IMAGES, NAMES, 1, 1, 3, 2, "mean")
    assert shown.picture.value == expected.html()
    shown.controls["class_"].label = "left"
    assert shown.picture.value == draw_occlusion(model, IMAGES, NAMES, 1, 0, 3, 2, "mean").html()


def test_the_stride_never_exceeds_the_patch(model):
    shown = explorers.occlusion(model, IMAGES, LABELS, NAMES)
    shown.controls["patch"].value = 4
    shown.controls["stride"].value = 4
    shown.controls["patch"].value = 2
    assert shown.controls["stride"].value == 2
    assert 'role="alert"' not in shown.picture.value


def test_a_new_image_draws_once(model):
    shown = explorers.occlusion(model, IMAGES, LABELS, NAMES)
    drawn, draw = [], shown.draw
    shown.draw = lambda **values: drawn.append(values) or draw(**values)
    shown.controls["image"].value = 1
    assert [(values["image"], values["class_"]) for values in drawn] == [(1, 1)]


def test_fills_span_the_images_own_range(model):
    shown = explorers.occlusion(model, 2 * IMAGES - 1, LABELS, NAMES)
    assert [label for label, _ in shown.controls["fill"].options] == [
        "-1", "0", "1", "mean", "blur", "noise"
    ]  # fmt: skip


def test_every_image_needs_a_label(model):
    with pytest.raises(ValueError, match="2 images need as many labels, got 1"):
        explorers.occlusion(model, IMAGES, LABELS[:1], NAMES)
