"""The controls choose layer, filter and rank; the picture shows the image, patch and projection."""

import keras
import numpy as np
import pytest
from matplotlib.image import AxesImage

from helpers import explorers
from helpers.explorers.deconvnet_explorer import draw_projection

# A bright pixel of strength 1, 3 and 2, at another place in each image.
IMAGES = np.zeros((3, 5, 6, 1), np.float32)
IMAGES[0, 1, 1], IMAGES[1, 2, 4], IMAGES[2, 3, 2] = 1, 3, 2
IMAGES /= 3


@pytest.fixture(scope="module")
def model():
    """`first` answers to a bright pixel (filter 0) or twice that (1); `second` sees 3×3 pixels."""
    first = keras.layers.Conv2D(2, 1, activation="relu", name="first")
    second = keras.layers.Conv2D(1, 3, activation="relu", name="second")
    head = keras.layers.Dense(2)
    layers = [keras.Input((5, 6, 1)), first, second, keras.layers.Flatten(), head]
    model = keras.Sequential(layers)
    first.set_weights([np.array([1.0, 2.0]).reshape(1, 1, 1, 2), np.zeros(2)])
    second.set_weights([np.ones((3, 3, 2, 1)), np.zeros(1)])
    return model


def test_the_picture_tells_the_image_the_activation_and_what_the_unit_sees(model):
    assert draw_projection(model, IMAGES, "first", 1, 1).alt == (
        "Filter 1 of first: number 1 of the images that excite it most: image 1 activation 2.00; "
        "sent down, from 0 to 4; the unit sees 1 × 1 pixels from row 2, column 4. Beside them the "
        "patches of all 3 images and their projections."
    )
    assert "image 2 activation 1.33; sent down" in draw_projection(model, IMAGES, "first", 1, 2).alt


def test_image_and_projection_are_those_of_the_rank(model):
    figure = draw_projection(model, IMAGES, "first", 0, 3)  # the weakest: image 0
    image, sent = (np.asarray(i.get_array()) for i in figure.findobj(AxesImage)[:2])
    assert np.argwhere(image[..., 0] < 1).tolist() == [[1, 1]]
    assert np.argwhere(np.ptp(sent[..., :3], axis=-1) > 0.1).tolist() == [[1, 1]]


@pytest.mark.parametrize("rank", [0, 4])
def test_ranks_are_counted_from_1(model, rank):
    with pytest.raises(ValueError, match=f"rank must be from 1 to 3, got {rank}"):
        draw_projection(model, IMAGES, "first", 1, rank)


def test_the_controls_choose(model):
    shown = explorers.deconvnet(model, IMAGES)
    shown.controls["index"].value = 1
    shown.controls["rank"].value = 2
    assert shown.picture.value == draw_projection(model, IMAGES, "first", 1, 2).html()
    shown.controls["layer"].value = "second"
    assert shown.controls["index"].max == shown.controls["index"].value == 0
    assert shown.picture.value == draw_projection(model, IMAGES, "second", 0, 2).html()


def test_there_are_as_many_ranks_as_images_nine_at_most(model):
    assert explorers.deconvnet(model, IMAGES).controls["rank"].max == 3
    many = np.tile(IMAGES, (4, 1, 1, 1))
    assert explorers.deconvnet(model, many).controls["rank"].max == 9


def test_a_model_without_a_convolution_is_refused():
    model = keras.Sequential([keras.Input((5, 6, 1)), keras.layers.Flatten()], name="flat")
    with pytest.raises(ValueError, match="'flat' has no convolution"):
        explorers.deconvnet(model, IMAGES)


def test_images_of_another_range_are_refused(model):
    with pytest.raises(ValueError, match="drawn from 0 to 1, and these run from 0 to 255"):
        explorers.deconvnet(model, 255 * IMAGES)
