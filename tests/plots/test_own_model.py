"""One prediction explained and put to the test, above a layer's activation maps."""

import numpy as np
import pytest
from matplotlib.image import AxesImage
from matplotlib.text import Text

from helpers.explorers import own_model_explorer

PICTURE = np.linspace(0, 1, 12).reshape(3, 4, 1)
MAP = np.zeros((3, 4))
MAP[1, 2], MAP[0, 0] = -3, 1.5
CURVES = {"deleted": [1, 0.5, 0], "put back": [0, 1, 1], "deleted at random": [1, 0.75, 0]}
TITLES = ["image 4: dog, 97.0%", "for dog"]


def explanation(picture=PICTURE, map_=MAP, curves=CURVES, channels=3, titles=TITLES):
    activations = np.arange(20.0 * channels).reshape(4, 5, channels)
    return own_model_explorer.explanation(
        picture, map_, curves, activations, titles, "conv2", "Why a dog"
    )


def pictures_drawn(figure):
    return [np.asarray(image.get_array()) for image in figure.findobj(AxesImage)]


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text)]


def test_the_alternative_text_tells_all_parts():
    assert explanation().alt == (
        "Why a dog: image 4: dog, 97.0%; for dog. The strongest value, -3, is in map 0, row 1 of "
        "3, column 2 of 4. deleted 1.00 to 0.00, on average 0.50; put back 0.00 to 1.00, on "
        "average 0.67; deleted at random 1.00 to 0.00, on average 0.58. Below: 3 maps of conv2, "
        "4 × 5; strongest is filter 2, up to 59."
    )


def test_red_speaks_for_and_blue_against_over_the_picture():
    picture, overlaid = pictures_drawn(explanation())[:2]
    np.testing.assert_allclose(picture[0, 0, :3], 1)  # one channel: 0 is paper
    assert overlaid[0, 0, 0] > overlaid[0, 0, 2] and overlaid[1, 2, 2] > overlaid[1, 2, 0]
    np.testing.assert_allclose(np.ptp(overlaid[2], axis=-1), 0, atol=1e-6)  # grey: no evidence


def test_a_grey_photograph_of_three_channels_is_light():
    picture = pictures_drawn(explanation(PICTURE.repeat(3, axis=-1)))[0]
    np.testing.assert_allclose(picture, PICTURE.repeat(3, axis=-1))


def test_curves_run_over_shares_of_the_pixels_with_their_means_told():
    figure = explanation()
    [tested] = [ax for ax in figure.axes if ax.lines]
    labels = {line.get_label(): line for line in tested.lines}
    assert list(labels) == [
        "deleted, mean 0.50",
        "put back, mean 0.67",
        "deleted at random, mean 0.58",
    ]
    line = labels["put back, mean 0.67"]
    np.testing.assert_allclose(line.get_xydata(), [[0, 0], [0.5, 1], [1, 1]])


@pytest.mark.parametrize(
    ("channels", "said"), [(64, "conv2: 64 maps of 4 × 5"), (70, "70 maps of 4 × 5, the first 64")]
)
def test_at_most_64_maps_are_drawn_and_it_says_so(channels, said):
    figure = explanation(channels=channels)
    assert any(said in text for text in texts(figure))
    assert len(pictures_drawn(figure)) == 2 + 64


def test_a_map_without_evidence_leaves_the_picture_as_it_is():
    figure = explanation(map_=np.zeros((3, 4)))
    assert "No map holds any evidence." in figure.alt
    np.testing.assert_allclose(np.ptp(pictures_drawn(figure)[1], axis=-1), 0, atol=1e-6)


@pytest.mark.parametrize("shape", [(28, 28), (48, 20), (20, 48)], ids=str)
def test_long_labels_do_not_run_into_each_other(shape):
    labels = ["image 12: golden retriever, 99.9%", "for golden retriever, 99.9%"]
    figure = explanation(np.zeros((*shape, 1)), np.ones(shape), titles=labels)
    figure.draw_without_rendering()
    first, second = (
        text.get_window_extent()
        for text in figure.findobj(Text)
        if " ".join(text.get_text().split()) in labels
    )
    assert first.x1 < second.x0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"map_": MAP.T}, r"map_ \(4, 3\) must lie over a picture \(3, 4, 1\)"),
        ({"picture": PICTURE[..., 0]}, "images must be"),
        ({"curves": {"deleted": [[1, 0]]}}, r"deleted must be .*\(steps \+ 1\)"),
        ({"curves": CURVES | {"fourth": [1, 0]}}, "at most 3 curves can be told apart, got 4"),
        ({"titles": TITLES[:1]}, "2 images need 2 titles, got 1"),
    ],
)
def test_shapes_that_do_not_fit_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        explanation(**change)
