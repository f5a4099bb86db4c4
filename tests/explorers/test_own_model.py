"""The controls choose image, class, layer and method; the picture explains, and tests itself."""

import keras
import numpy as np
import pytest
from keras import layers

from helpers import explorers, faithfulness
from helpers.explorers.own_model_explorer import draw_own_model
from helpers.methods import catalogue

NAMES = ["left", "right"]
# A bright pixel on the left, a brighter one on the right, and a blank.
IMAGES = np.zeros((3, 4, 6, 1), np.float32)
IMAGES[0, 1, 0], IMAGES[1, 3, 5] = 1, 2
PICTURES = np.clip(IMAGES, 0, 1)
MEAN = float(IMAGES.mean())


@pytest.fixture(scope="module")
def model():
    """Two logits, the light in the left and in the right half, behind a convolution with a map of
    the light itself and one of twice as much, which the logits do not use."""
    conv = layers.Conv2D(2, 1, activation="relu", name="conv")
    head = layers.Dense(2, "softmax", name="head")
    model = keras.Sequential([keras.Input((4, 6, 1)), conv, layers.Flatten(), head], name="halves")
    conv.set_weights([np.array([1.0, 2.0]).reshape(1, 1, 1, 2), np.zeros(2)])
    left = np.stack([np.tile(np.arange(6) < 3, 4), np.zeros(24)], axis=1).ravel()
    right = np.stack([np.tile(np.arange(6) >= 3, 4), np.zeros(24)], axis=1).ravel()
    head.set_weights([np.stack([left, right], axis=1), np.zeros(2)])
    return model


def alt(model, image, class_, method, layer="conv"):
    return draw_own_model(model, IMAGES, PICTURES, NAMES, image, class_, layer, method).alt


def test_the_picture_tells_prediction_map_curves_and_activations(model):
    deleted, back = alt(model, 1, None, "gradient × input").split("put back")
    # The logits differ by 2; all pixels gone for the mean, both halves are alike.
    assert deleted.startswith(
        "gradient × input: what speaks for right, and whether it matters: image 1: right, 88.1%; "
        "for right, 88.1%. The strongest value, 2, is in map 0, row 3 of 4, column 5 of 6. "
        "deleted 0.88 to 0.50, on average 0."
    )
    assert back.startswith(" 0.50 to 0.88, on average 0.")
    assert back.endswith("Below: 2 maps of conv, 4 × 6; strongest is filter 1, up to 4.")


def test_the_class_asked_about_may_be_another_than_the_predicted_one(model):
    assert "image 1: right, 88.1%; for left, 11.9%" in alt(model, 1, 0, "occlusion")
    assert "image 1: right, 88.1%; nothing speaks for left" in alt(model, 1, 0, "gradient × input")


def test_a_good_map_falls_faster_than_chance_and_rises_sooner(model):
    said = alt(model, 1, None, "gradient × input")
    means = [float(part.split()[0].strip(".,;")) for part in said.split("on average ")[1:]]
    deleted, back, at_random = means
    assert deleted < at_random < back


def test_all_methods_that_apply_can_be_chosen(model):
    shown = explorers.own_model(model, IMAGES, PICTURES, NAMES).controls["method"].options
    assert set(shown) == set(catalogue.METHODS) - {"CAM"}  # it has no pooling over space


@pytest.mark.parametrize("method", [name for name in catalogue.METHODS if name != "CAM"])
def test_the_curves_are_those_of_the_map(model, method):
    chosen = {"layer": "conv", "baseline": MEAN}
    map_ = catalogue.get(method).maps(model, IMAGES[1:2], 1, **chosen)
    assert map_.shape == (1, 4, 6)
    curve = faithfulness.deletion_curves(model, IMAGES[1:2], map_, 1, fill=MEAN)
    said = f"deleted {curve[0, 0]:.2f} to {curve[0, -1]:.2f}, on average {curve.mean():.2f}; put"
    assert said in alt(model, 1, None, method)


def test_it_starts_with_the_image_of_which_the_model_is_surest(model):
    shown = explorers.own_model(model, IMAGES, PICTURES, NAMES)
    assert shown.controls["image"].value == 1  # 2 of light, so 88 %; 1 of light gives 73 %
    first = draw_own_model(model, IMAGES, PICTURES, NAMES, 1, None, "conv", "Grad-CAM")
    assert shown.picture.value == first.html()


def test_the_controls_choose():
    parts = [layers.Conv2D(3, 3, name="first"), layers.Conv2D(2, 2, name="second")]
    head = [layers.Flatten(), layers.Dense(2, "softmax")]
    deeper = keras.Sequential([keras.Input((4, 6, 1)), *parts, *head])
    shown = explorers.own_model(deeper, IMAGES, PICTURES, NAMES)
    assert shown.controls["layer"].value == "second"
    shown.controls["image"].value = 2
    shown.controls["class_"].label = "right"
    shown.controls["layer"].value = "first"
    shown.controls["method"].value = "occlusion"
    last = draw_own_model(deeper, IMAGES, PICTURES, NAMES, 2, 1, "first", "occlusion")
    assert shown.picture.value == last.html()


def test_the_layer_chosen_first_is_grad_cam_s_own_and_stands_in_the_title():
    """The last convolution has maps of one position: such a map says that it looks everywhere."""
    parts = [layers.Conv2D(2, 3, name="conv"), layers.ReLU(name="relu")]
    head = [layers.Conv2D(2, 1, name="logits"), layers.Flatten(), layers.Softmax()]
    parts += [layers.GlobalAveragePooling2D(keepdims=True), *head]
    gated = keras.Sequential([keras.Input((4, 6, 1)), *parts])
    shown = explorers.own_model(gated, IMAGES, PICTURES, NAMES)
    assert shown.controls["layer"].options == ("conv", "logits", "relu")
    assert shown.controls["layer"].value == "relu"
    chosen = {"image": 0, "class_": 0, "layer": "relu"}
    drawn = draw_own_model(gated, IMAGES, PICTURES, NAMES, **chosen, method="Grad-CAM")
    assert drawn.alt.startswith("Grad-CAM of relu: what speaks for left, and")
    drawn = draw_own_model(gated, IMAGES, PICTURES, NAMES, **chosen, method="occlusion")
    assert drawn.alt.startswith("occlusion: what speaks for left, and")


def test_classes_without_names_are_counted(model):
    shown = explorers.own_model(model, IMAGES, PICTURES)
    labels = [label for label, _ in shown.controls["class_"].options]
    assert labels == ["predicted", "class 0", "class 1"]


def test_one_sigmoid_unit_tells_two_classes():
    parts = [layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(1, "sigmoid")]
    model = keras.Sequential([keras.Input((4, 6, 1)), *parts])
    for class_ in range(2):
        figure = draw_own_model(
            model, IMAGES, PICTURES, ["no", "yes"], 0, class_, model.layers[0].name, "occlusion"
        )
        assert f"what speaks for {['no', 'yes'][class_]}" in figure.alt
    assert len(explorers.own_model(model, IMAGES, PICTURES).controls["class_"].options) == 3


def test_colour_images_and_layers_inside_a_model():
    inner = keras.Sequential(
        [keras.Input((8, 8, 3)), layers.Conv2D(70, 3, activation="relu", name="deep")], name="in"
    )
    head = [layers.GlobalAveragePooling2D(), layers.Dense(3, "softmax")]
    model = keras.Sequential([keras.Input((8, 8, 3)), inner, *head])
    images = np.random.default_rng(0).uniform(-1, 1, (2, 8, 8, 3)).astype(np.float32)
    for method in catalogue.applicable(model):
        figure = draw_own_model(model, images, images / 2 + 0.5, "abc", 0, 1, "in/deep", method)
        assert "Below: 70 maps of in/deep, 6 × 6" in figure.alt


def no_convolution():
    head = [layers.Flatten(), layers.Dense(2, "softmax")]
    return keras.Sequential([keras.Input((4, 6, 1)), *head], name="flat")


def two_heads():
    image = keras.Input((4, 6, 1))
    features = layers.Flatten()(layers.Conv2D(2, 3)(image))
    heads = [layers.Dense(2, "softmax", name=name)(features) for name in ("colour", "angle")]
    return keras.Model(image, heads)


def test_logits_need_a_softmax_on_top_as_the_error_says():
    parts = [layers.Conv2D(2, 3, activation="relu", name="conv"), layers.Flatten()]
    model = keras.Sequential([keras.Input((4, 6, 1)), *parts, layers.Dense(2)], name="net")
    with pytest.raises(ValueError, match=r"keras.Sequential\(\[model, keras.layers.Softmax"):
        explorers.own_model(model, IMAGES, PICTURES, NAMES)
    shown = explorers.own_model(
        keras.Sequential([model, keras.layers.Softmax()]), IMAGES, PICTURES, NAMES
    )
    for method in shown.controls["method"].options:
        shown.controls["method"].value = method
        assert "2 maps of net/conv" in shown.picture.value


@pytest.mark.parametrize(
    ("build", "pictures", "names", "message"),
    [
        (None, PICTURES[:2], NAMES, r"images \(3, 4, 6, 1\) and pictures \(2, 4, 6, 1\) must"),
        (None, PICTURES, ["left"], "'halves' tells 2 classes apart, got 1 names"),
        (no_convolution, PICTURES, NAMES, "'flat' has no convolutional layer"),
        (two_heads, PICTURES, NAMES, "several heads, name one of: colour, angle"),
    ],
    ids=["pictures", "names", "no convolution", "heads"],
)
def test_what_cannot_be_explored_is_named(model, build, pictures, names, message):
    with pytest.raises(ValueError, match=message):
        explorers.own_model(build() if build else model, IMAGES, pictures, names)
