"""The controls choose image, class, method and its settings; the picture tells what they do."""

import keras
import numpy as np
import pytest

from helpers import explorers
from helpers.explorers.saliency_explorer import draw_saliency
from helpers.methods import catalogue, relevance, saliency

NAMES = ["left", "right"]
LABELS = np.array([0, 1])
IMAGES = np.zeros((2, 4, 6, 1), np.float32)
IMAGES[0, 1, 0] = IMAGES[1, 3, 5] = 1
SETTINGS = {"samples": 4, "noise": 0.2, "baseline": 0.0, "signed": True}


@pytest.fixture(scope="module")
def model():
    """Two logits: twice the ink above 0.5 of each pixel in the left, and in the right half."""
    parts = [keras.layers.Conv2D(1, 1, activation="relu"), keras.layers.Flatten()]
    head = keras.layers.Dense(2, "softmax")
    model = keras.Sequential([keras.Input((4, 6, 1)), *parts, head])
    left = np.tile(np.arange(6) < 3, 4).astype(float)
    halves = np.stack([left, 1 - left], axis=1)
    model.set_weights([np.full((1, 1, 1, 1), 2.0), np.array([-1.0]), halves, np.zeros(2)])
    return model


def alt(model, image, class_, method, **settings):
    return draw_saliency(model, IMAGES, NAMES, image, class_, method, **SETTINGS | settings).alt


def test_the_picture_tells_the_prediction_the_range_and_the_logit(model):
    assert alt(model, 1, 1, "gradient") == (
        "Gradient of class right: 3 images with a map each: image 1 predicted: right, 73.1%; "
        "gradient from 0 to 2; over the image logit of right: 1.00. The strongest value, 2, is in "
        "map 1, row 3 of 4, column 5 of 6."
    )
    assert "SmoothGrad of class right, samples 4, noise 0.2: " in alt(model, 1, 1, "SmoothGrad")
    assert "SmoothGrad of class right, samples 4, noise 0.2, size alone: " in alt(
        model, 1, 1, "SmoothGrad", signed=False
    )


def test_integrated_gradients_tell_whether_they_are_complete(model):
    said = "all pixels together: 1.00 logit − baseline's logit: 1.00"
    assert said in alt(model, 1, 1, "integrated gradients")
    # One step, in the middle of the way, where the ReLU is just closed: the sum is not complete.
    said = "all pixels together: 0.00 logit − baseline's logit: 1.00"
    assert said in alt(model, 1, 1, "integrated gradients", samples=1)
    from_ink = alt(model, 1, 1, "integrated gradients", baseline=1.0)  # 11 pixels lose their ink
    assert "steps 4, baseline 1: " in from_ink
    assert "all pixels together: -11.00 logit − baseline's logit: -11.00" in from_ink


def test_the_methods_are_those_of_the_library(model):
    one = IMAGES[1:]
    expected = {
        "gradient": saliency.gradient(model, one, 1),
        "gradient × input": saliency.gradient_times_input(model, one, 1),
        "SmoothGrad": saliency.smooth_grad(model, one, 1, samples=4, noise=0.2),
        "integrated gradients": saliency.integrated_gradients(model, one, 1, steps=4),
        "guided backprop": saliency.guided_backprop(model, one, 1),
        "deconvnet": saliency.deconvnet(model, one, 1),
        "guided Grad-CAM": saliency.guided_grad_cam(model, one, 1),
        "LRP": relevance.lrp(model, one, 1),
    }
    shown = explorers.saliency(model, IMAGES, LABELS, NAMES).controls["method"].options
    assert list(shown) == catalogue.applicable(model, "gradient") and set(shown) == set(expected)
    for method, map_ in expected.items():
        said = f"{method} from {map_.min():.3g} to {map_.max():.3g}; "
        assert said in alt(model, 1, 1, method)


def test_without_its_sign_a_gradient_counts_by_its_size():
    head = keras.layers.Dense(2, use_bias=False)
    parts = [keras.layers.Conv2D(1, 1, use_bias=False), keras.layers.Flatten(), head]
    model = keras.Sequential([keras.Input((4, 6, 1)), *parts, keras.layers.Softmax()])
    model.set_weights([np.ones((1, 1, 1, 1)), np.tile([-2.0, 0.0], (24, 1))])
    assert "gradient from -2 to -2; " in alt(model, 1, 0, "gradient")
    assert "gradient from 2 to 2; " in alt(model, 1, 0, "gradient", signed=False)
    said = "gradient × input from -2 to "  # shares of the score are nothing without their sign
    assert said in alt(model, 1, 0, "gradient × input", signed=False)


def test_a_colour_image_is_drawn_on_paper(model):
    head = keras.layers.Dense(2, "softmax")
    parts = [keras.layers.Conv2D(2, 3, activation="relu"), keras.layers.Flatten(), head]
    colour = keras.Sequential([keras.Input((4, 6, 3)), *parts])
    images = np.random.default_rng(0).random((1, 4, 6, 3), np.float32)
    for method in catalogue.applicable(colour, "gradient"):
        figure = draw_saliency(colour, images, NAMES, 0, 1, method, **SETTINGS)
        assert f"{method} from " in figure.alt


def test_the_controls_choose(model):
    shown = explorers.saliency(model, IMAGES, LABELS, NAMES)
    first = draw_saliency(model, IMAGES, NAMES, 0, 0, "gradient", 50, 0.15, 0.0, True)
    assert shown.picture.value == first.html()
    drawn, draw = [], shown.draw
    shown.draw = lambda **values: drawn.append(values) or draw(**values)
    shown.controls["image"].value = 1
    assert shown.controls["class_"].label == "right" and len(drawn) == 1  # the image's own class
    shown.controls["method"].value = "integrated gradients"
    shown.controls["samples"].value = 3
    shown.controls["noise"].value = 0.3
    shown.controls["baseline"].label = "0.5"
    shown.controls["class_"].label = "left"
    last = draw_saliency(model, IMAGES, NAMES, 1, 0, "integrated gradients", 3, 0.3, 0.5, True)
    assert shown.picture.value == last.html()


def test_every_image_needs_a_label(model):
    with pytest.raises(ValueError, match="2 images need as many labels, got 1"):
        explorers.saliency(model, IMAGES, LABELS[:1], NAMES)


def test_every_class_needs_a_name(model):
    with pytest.raises(ValueError, match="2 classes apart, got 3 names"):
        explorers.saliency(model, IMAGES, LABELS, [*NAMES, "middle"])


def test_images_of_another_range_are_refused(model):
    with pytest.raises(ValueError, match="drawn from 0 to 1, and these run from 0 to 255"):
        explorers.saliency(model, 255 * IMAGES, LABELS, NAMES)
