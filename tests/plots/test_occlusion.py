"""Occlusion maps in colour and in words: red is evidence, blue speaks against, grey the image."""

import numpy as np
import pytest
from matplotlib.image import AxesImage
from matplotlib.text import Text

from helpers import plots
from helpers.explorers.occlusion_explorer import occlusion_overview

pytestmark = pytest.mark.filterwarnings("error")

IMAGE = np.zeros((2, 3, 1), np.float32)
IMAGE[1] = 1
MAP = np.zeros((2, 3), np.float32)
MAP[1, 2], MAP[0, 0] = 4, -2
TITLES = ["image", "covered", "map"]


def overview(image=IMAGE, map_=MAP):
    return occlusion_overview(image, 1 - image, (1, 0, 1, 2), map_, TITLES, "One patch")


def painted(figure):
    return [np.asarray(image.get_array()) for image in figure.findobj(AxesImage)][:3]


def test_red_is_evidence_for_blue_against_and_the_image_shows_where_nothing_is():
    map_ = painted(overview())[2]
    red, blue, paper, ink = map_[1, 2], map_[0, 0], map_[0, 1], map_[1, 0]
    assert red[0] > red[2] + 0.2
    assert blue[2] > blue[0] + 0.2
    assert paper.tolist() == [1, 1, 1]
    assert np.ptp(ink) == 0 and ink[0] < 0.8


def test_the_first_two_pictures_are_the_images_alone():
    image, covered, _ = painted(overview())
    assert image[0].max() == 1 - image[1].max() == 1  # ink on paper
    np.testing.assert_allclose(image + covered, 1)


def test_the_alt_text_tells_titles_and_the_strongest_place():
    assert overview().alt == (
        "One patch: image; covered; map. The strongest value, 4, is in map 0, row 1 of 2, "
        "column 2 of 3."
    )


@pytest.mark.parametrize("shape", [(28, 28), (12, 30), (30, 12)], ids=str)
def test_the_labels_stand_close_under_the_title_and_over_the_maps(shape):
    labels = ["image 0\npredicted: 7, 99.9%\nlogit of 7: 9.21", "covered", "map"]
    image, map_ = np.zeros((*shape, 1)), np.ones(shape)
    figure = occlusion_overview(image, image, (0, 0, 3, 3), map_, labels, "One patch")
    figure.draw_without_rendering()
    label = next(text for text in figure.findobj(Text) if text.get_text() == labels[0])
    frame = figure.findobj(AxesImage)[0].get_window_extent()
    over = figure._suptitle.get_window_extent().y0 - label.get_window_extent().y1
    under = label.get_window_extent().y0 - frame.y1
    assert 0 < over < 30 and 0 < under < 10  # CSS pixels


@pytest.mark.parametrize("value", [0, np.nan])
def test_a_map_without_values_shows_the_image_alone(value):
    figure = overview(map_=np.full(MAP.shape, value))
    assert figure.alt.endswith("No map holds any evidence.")
    map_ = painted(figure)[2]
    assert (map_ == map_[..., :1]).all()
    assert figure.png()


def test_colour_images_are_drawn_in_grey():
    figure = overview(np.random.default_rng(0).random((2, 3, 3)), np.zeros((2, 3)))
    assert all(np.ptp(picture, axis=-1).max() < 1e-12 for picture in painted(figure))


def test_a_map_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"map_ \(3, 2\) must lie over an image \(2, 3, 1\)"):
        overview(map_=MAP.T)


def test_a_common_scale_says_what_it_measures():
    maps = np.stack([MAP, MAP / 2])
    shared, own = (
        plots.overlays([IMAGE, IMAGE], maps, one_scale=one, label="drop of the logit")
        for one in (True, False)
    )
    assert "drop of the logit" in [text.get_text() for text in shared.findobj(Text)]
    assert "drop of the logit" not in [text.get_text() for text in own.findobj(Text)]


def test_rounding_does_not_leave_the_range_of_colours(caplog):
    tiny = np.full(MAP.shape, 3e-8, np.float32)
    tiny[1, 1] = 1
    plots.overlays(IMAGE[None], tiny[None])
    assert not caplog.records  # Matplotlib would warn, in red
