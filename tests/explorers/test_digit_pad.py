"""What the pad answers to a drawing, without a browser; tests/browser draws on it."""

import base64
import json

import keras
import numpy as np
import pytest
from keras import layers

from helpers import datasets, models, plots
from helpers.datasets import centre_like_mnist
from helpers.explorers import DigitPad, digit_pad
from helpers.explorers.alone import palettes
from helpers.explorers.digit_pad import answer, packed, rasterised

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")

RNG = np.random.default_rng(0)
IMAGE = RNG.random((4, 6, 1)).astype(np.float32)


def network(*head, shape=(4, 6, 1), activation="relu", filters=2):
    conv = layers.Conv2D(filters, 1, activation=activation, name="conv")
    return keras.Sequential([keras.Input(shape), conv, layers.Flatten(), *head], name="net")


def softmax(logits):
    exponentials = np.exp(logits - logits.max())
    return exponentials / exponentials.sum()


def pixels(picture):
    flat = np.frombuffer(base64.b64decode(picture["pixels"]), np.uint8)
    return flat.reshape(-1, picture["height"], picture["width"])


def test_the_answer_of_a_small_network_is_what_one_computes_by_hand():
    model = network(layers.Dense(3, activation="softmax"))
    dense = RNG.normal(size=(4 * 6 * 2, 3)).astype(np.float32)
    model.set_weights([np.array([[[[1, -0.5]]]]), np.array([0, 0.3]), dense, np.array([0.1, 0, 0])])
    found = answer(model, IMAGE)

    maps = np.maximum(IMAGE * [1, -0.5] + [0, 0.3], 0)
    logits = maps.reshape(-1) @ dense + [0.1, 0, 0]
    np.testing.assert_array_equal(found.image, IMAGE)
    np.testing.assert_allclose(found.maps["conv"], maps, rtol=1e-5)
    np.testing.assert_allclose(found.probabilities, softmax(logits), rtol=1e-4)
    # before a dense layer the gradient of a logit is that layer's weights
    gradient = dense[:, logits.argmax()].reshape(4, 6, 2)
    grad_cam = np.maximum(maps @ gradient.mean(axis=(0, 1)), 0)
    assert grad_cam.any()
    np.testing.assert_allclose(found.grad_cam, grad_cam, rtol=1e-4, atol=1e-6)


def test_grad_cam_explains_the_last_convolution_at_the_size_of_the_image():
    body = [layers.Conv2D(3, 3, padding="same"), layers.MaxPooling2D(), layers.Conv2D(4, 2)]
    model = keras.Sequential(
        [keras.Input((16, 12, 1)), *body, layers.Flatten(), layers.Dense(5)], name="net"
    )
    found = answer(model, RNG.random((16, 12, 1)))
    assert [maps.shape for maps in found.maps.values()] == [(16, 12, 3), (7, 5, 4)]
    assert found.grad_cam.shape == (16, 12)
    assert found.grad_cam.min() >= 0


HEADS = {
    "softmax": (lambda: [layers.Dense(3, activation="softmax")], lambda out: out),
    "logits": (lambda: [layers.Dense(3)], softmax),
    "Softmax layer": (lambda: [layers.Dense(3), layers.Softmax()], lambda out: out),
    "sigmoid units": (lambda: [layers.Dense(3, activation="sigmoid")], lambda out: out),
    "one sigmoid unit": (
        lambda: [layers.Dense(1, activation="sigmoid")],
        lambda out: np.array([1 - out[0], out[0]]),
    ),
}


@pytest.mark.parametrize(("head", "expected"), HEADS.values(), ids=HEADS)
def test_probabilities_are_the_models_own(head, expected):
    model = network(*head())
    own = model.predict(IMAGE[None], verbose=0)[0]
    np.testing.assert_allclose(answer(model, IMAGE).probabilities, expected(own), rtol=1e-4)


def test_a_reloaded_sequential_and_a_nested_model_answer_too(tmp_path):
    model = network(layers.Dense(3, activation="softmax"))
    model.save(tmp_path / "model.keras")
    reloaded = keras.models.load_model(tmp_path / "model.keras", compile=False)
    first, second = answer(model, IMAGE), answer(reloaded, IMAGE)
    np.testing.assert_allclose(second.grad_cam, first.grad_cam, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(second.probabilities, first.probabilities, rtol=1e-5)
    backbone = keras.Sequential(
        [keras.Input((4, 6, 1)), layers.Conv2D(2, 3, name="conv")], name="backbone"
    )
    nested = [keras.Input((4, 6, 1)), backbone, layers.Flatten(), layers.Dense(3)]
    assert list(answer(keras.Sequential(nested), IMAGE).maps) == ["backbone/conv"]


def packed_maps(maps, image=IMAGE):
    probabilities = np.array([0.2, 0.8])
    found = digit_pad.Answer(image, probabilities, {"conv": maps}, np.zeros(image.shape[:2]))
    return packed(found)["layers"][0]


def test_maps_of_a_layer_share_one_scale_that_starts_at_zero():
    maps = np.stack([np.full((2, 3), 4.0), np.zeros((2, 3)), np.full((2, 3), 1.0)], axis=-1)
    layer = packed_maps(maps)
    assert (layer["palette"], layer["limit"], layer["filters"]) == ("activation", 4, 3)
    assert [set(picture.flat) for picture in pixels(layer)] == [{255}, {0}, {64}]


def test_a_layer_with_negative_values_gets_a_scale_about_zero():
    layer = packed_maps(np.array([[[-2.0], [0.0], [1.0]]]))
    assert (layer["palette"], layer["limit"]) == ("signed", 2)
    assert pixels(layer).tolist() == [[[0, 128, 191]]]


@pytest.mark.parametrize("value", [0.0, np.nan])
def test_a_layer_that_answers_to_nothing_is_black(value):
    assert not pixels(packed_maps(np.full((2, 3, 1), value))).any()


def test_of_a_wide_layer_the_first_32_maps_are_sent():
    layer = packed_maps(RNG.random((2, 3, 40)))
    assert (layer["filters"], len(pixels(layer))) == (40, 32)


def test_the_palettes_are_those_of_all_figures():
    colours = np.frombuffer(base64.b64decode(palettes()["activation"]), np.uint8).reshape(256, 4)
    np.testing.assert_array_equal(colours, plots.palette(plots.ACTIVATION))
    assert set(palettes()) == {"ink", "activation", "signed"}


def test_a_stroke_is_a_line_of_the_pens_width_with_round_ends():
    ink = rasterised([[(5, 14), (23, 14)]])
    assert ink.shape == (112, 112)
    assert ink[:, 56].sum() == pytest.approx(4 * digit_pad.PEN)
    rows, columns = np.nonzero(ink > 0.5)
    assert (rows.min() + rows.max() + 1) / 2 == 56
    assert np.ptp(columns) + 1 == pytest.approx(4 * (18 + digit_pad.PEN), abs=2)
    dot = rasterised([[(14, 14)]])
    assert dot.sum() == pytest.approx(np.pi * (2 * digit_pad.PEN) ** 2, rel=0.02)


@pytest.fixture(scope="module")
def model():
    return models.build("course_cnn")


NAMES = tuple("0123456789")


def message(ink, id=1):
    return {"id": id, "ink": base64.b64encode(np.rint(255 * ink).astype(np.uint8)).decode()}


def test_before_the_first_stroke_the_network_has_seen_blank_paper(model):
    pad = DigitPad(model, NAMES)
    assert pad.answered["blank"] is True
    assert pad.image.shape == (28, 28, 1) and not pad.image.any()
    assert np.isfinite(pad.answered["probabilities"]).all()


def test_a_stroke_is_answered_with_the_network_s_view_of_it(model):
    pad, ink = DigitPad(model, NAMES), rasterised(digit_pad.EXAMPLE)
    pad.drawn = message(ink, id=0.25)
    answered = json.loads(json.dumps(pad.answered))
    assert (answered["id"], answered["blank"]) == (0.25, False)
    np.testing.assert_allclose(pad.image, centre_like_mnist(ink), atol=0.005)
    expected = packed(answer(model, pad.image))
    assert {"id": 0.25, **expected} == answered
    assert pixels(answered["image"]).max() == 255
    assert [layer["name"] for layer in answered["layers"]] == ["l1", "l2", "l3"]


def test_an_answer_is_small(model):
    pad = DigitPad(model, NAMES)
    pad.drawn = message(rasterised(digit_pad.EXAMPLE))
    assert len(json.dumps(pad.answered)) < 20_000


def test_what_goes_wrong_is_told_and_the_next_stroke_answered(model):
    pad = DigitPad(model, NAMES)
    pad.drawn = message(np.zeros((3, 3)), id=1)
    assert pad.answered["id"] == 1
    assert pad.answered["error"].startswith("ValueError: cannot reshape")
    pad.drawn = message(np.zeros((112, 112)), id=2)
    assert (pad.answered["id"], pad.answered["blank"]) == (2, True)
    assert "error" not in pad.answered


def test_images_have_the_models_own_size():
    pad = DigitPad(models.build("course_cnn", input_shape=(40, 32, 1)), NAMES)
    pad.drawn = message(rasterised(digit_pad.EXAMPLE))
    assert pad.image.shape == (40, 32, 1) and pad.image.any()
    assert pad.answered["image"]["height"] == 40


def two_heads():
    inputs = keras.Input((8, 8, 1))
    x = layers.Flatten()(layers.Conv2D(2, 3)(inputs))
    return keras.Model(inputs, [layers.Dense(2, name="a")(x), layers.Dense(2, name="b")(x)])


def no_convolution():
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2)])


def any_size():
    body = [layers.Conv2D(2, 3), layers.GlobalAveragePooling2D(), layers.Dense(2)]
    return keras.Sequential([keras.Input((None, None, 1)), *body])


def no_classifier():
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 3)])


@pytest.mark.parametrize(
    ("model", "what"),
    [
        (two_heads, "several heads.*: a, b"),
        (no_convolution, "no convolutional layer"),
        (any_size, r"\(any, any, 1\); a drawing is \(height, width, 1\), of a fixed size"),
        (no_classifier, "no classifier"),
        (lambda: network(layers.Dense(2), shape=(8, 8, 3)), r"\(8, 8, 3\); a drawing is"),
        (lambda: network(layers.Dense(3)), "name 3 classes, got 2"),
    ],
)
def test_a_model_that_cannot_be_drawn_for_is_refused(model, what):
    with pytest.raises(ValueError, match=what):
        DigitPad(model(), ["a", "b"])


def test_the_output_holds_the_pad_and_a_picture_for_where_no_kernel_runs(model):
    data, metadata = DigitPad(model, NAMES)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"] == metadata["image/png"]["alt"]
    assert data["text/plain"].startswith("A drawn digit, and what the network makes of it. Most")
    assert 'alt="A drawn digit' in data["text/html"]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")


def test_the_example_is_a_two():
    """For whoever compares it with handwritten digits; what a network says depends on training."""
    digits = datasets.load("digits").train
    image = centre_like_mnist(rasterised(digit_pad.EXAMPLE))
    apart = np.square(digits.images - image).sum(axis=(1, 2, 3))
    assert np.bincount(digits.labels[np.argsort(apart)[:15]]).argmax() == 2
