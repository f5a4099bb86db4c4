"""The controls choose image, class, method and layer; the picture tells what each head answers."""

import keras
import numpy as np
import pytest

from helpers import explorers, models
from helpers.datasets import Split
from helpers.explorers.four_heads_explorer import draw_four_heads
from helpers.scores import ClassScore

VALUES = {"side": ("left", "right"), "row": ("top", "middle", "bottom")}


@pytest.fixture(scope="module")
def model():
    """ "side": right minus left ink; "row": three times the ink of a row."""
    inputs = keras.Input((3, 4, 1))
    x = keras.layers.Conv2D(1, 1, activation="relu", name="conv")(inputs)
    x = keras.layers.Flatten()(x)
    side = keras.layers.Dense(1, "sigmoid", name="side")
    row = keras.layers.Dense(3, "softmax", name="row")
    model = keras.Model(inputs, [side(x), row(x)])
    model.get_layer("conv").set_weights([np.ones((1, 1, 1, 1)), np.zeros(1)])
    left = np.tile(np.arange(4) < 2, 3)
    side.set_weights([np.where(left, -1.0, 1.0)[:, None], np.zeros(1)])
    row.set_weights([3 * np.eye(3).repeat(4, axis=0), np.zeros(3)])
    return model


@pytest.fixture(scope="module")
def split():
    images = np.zeros((2, 3, 4, 1), np.float32)
    images[0, 0, 3] = images[1, 2, 0] = 1
    attributes = {"side": np.array([1, 0]), "row": np.array([0, 2])}
    return Split(images, np.array([0, 1]), {"dot": images[..., 0] > 0}, attributes)


def alt(model, split, image, class_, method, signed=False):
    return draw_four_heads(model, split, VALUES, "dot", image, class_, method, "conv", signed).alt


def test_the_picture_tells_what_each_head_says_and_whether_its_map_hits_the_mask(model, split):
    assert alt(model, split, 0, "predicted", "gradient × input") == (
        "gradient × input, predicted class of each head. Image 0: side right, row top: 2 images "
        "with a map each: side right: 73.1% IoU 1.00, peak inside; row top: 90.9% IoU 1.00, peak "
        "inside. The strongest value, 3, is in map 1, row 0 of 3, column 3 of 4."
    )


def test_the_other_class_of_a_sigmoid_head_is_explained_by_the_negative_logit(model, split):
    said = alt(model, split, 0, "another", "gradient × input")
    # A value of −1 on the dot, 0 elsewhere: the dot is the last that is chosen.
    assert "side left: 26.9% IoU 0.00, peak outside" in said
    # Class "middle" has no weight where the dot is: a constant map, rated as chance, 1 of 12.
    assert "row middle: 4.5% IoU 0.04, peak outside" in said


def test_every_method_explains_every_head(model, split):
    shown = explorers.four_heads(model, split, VALUES, "dot").controls["method"].options
    assert len(shown) > 10
    for method in shown:
        said = alt(model, split, 1, "predicted", method)
        assert said.startswith(method)
        assert "side left: 73.1% IoU" in said and "row bottom: 90.9% IoU" in said
        if "CAM" in method or "input" in method or "integrated" in method:  # 0 where no ink is
            assert "row bottom: 90.9% IoU 1.00" in said


def test_what_speaks_against_a_class_is_shown_when_asked_for(model, split):
    arguments = model, split, 0, "another", "HiResCAM"  # left: the dot is on the right
    assert "The strongest value, -1," not in alt(*arguments)
    assert "The strongest value, -1," in alt(*arguments, signed=True)


def test_the_map_is_that_of_the_head(model, split):
    from helpers.methods import cam

    [map_] = cam.grad_cam(model, split.images[1:], ClassScore(2, head="row"), layer="conv")
    said = alt(model, split, 1, "predicted", "Grad-CAM")
    strongest = max(map_.max(), cam.grad_cam(model, split.images[1:], ClassScore(0, "side")).max())
    assert f"The strongest value, {strongest:.3g}, is" in said


def test_the_controls_choose(model, split):
    shown = explorers.four_heads(model, split, VALUES, "dot")
    shown.controls["image"].value = 1
    shown.controls["class_"].value = "another"
    shown.controls["method"].value = "occlusion"
    expected = draw_four_heads(
        model, split, VALUES, "dot", 1, "another", "occlusion", "conv", False
    )
    assert models.conv_layers(model) == ("conv",)
    assert shown.picture.value == expected.html()


def test_mask_and_values_must_be_there(model, split):
    with pytest.raises(ValueError, match=r"no mask 'line' \(they have: dot\)"):
        explorers.four_heads(model, split, VALUES, "line")
    with pytest.raises(ValueError, match="nothing of head 'row'"):
        explorers.four_heads(model, split, {"side": VALUES["side"]}, "dot")


def test_a_model_without_a_convolution_is_refused(split):
    inputs = keras.Input((3, 4, 1))
    flat = keras.layers.Flatten()(inputs)
    heads = [keras.layers.Dense(1, name="side")(flat), keras.layers.Dense(3, name="row")(flat)]
    model = keras.Model(inputs, heads, name="flat")
    with pytest.raises(ValueError, match="'flat' has no convolutional layer"):
        explorers.four_heads(model, split, VALUES, "dot")
