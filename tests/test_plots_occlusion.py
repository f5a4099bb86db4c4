"""Occlusion maps in colour and in words: red is evidence, blue speaks against, grey the image."""

import numpy as np
import pytest
from matplotlib.image import AxesImage

from helpers import plots

pytestmark = pytest.mark.filterwarnings("error")

IMAGES = np.zeros((2, 2, 3, 1), np.float32)
IMAGES[:, 1] = 1
MAPS = np.zeros((2, 2, 3), np.float32)
MAPS[0, 1, 2], MAPS[0, 0, 0] = 4, -2
MAPS[1, 0, 1] = 1


def painted(figure):
    return [np.asarray(image.get_array()) for image in figure.findobj(AxesImage)][:3]


def test_red_is_evidence_for_blue_against_and_the_image_shows_where_nothing_is():
    first, _ = painted(plots.evidence_maps(IMAGES, MAPS))[:2]
    red, blue, paper, ink = first[1, 2], first[0, 0], first[0, 1], first[1, 0]
    assert red[0] > red[2] + 0.2
    assert blue[2] > blue[0] + 0.2
    assert paper.tolist() == [1, 1, 1]
    assert np.ptp(ink) == 0 and ink[0] < 0.8


def test_one_scale_for_all_maps_or_one_for_each():
    shared = painted(plots.evidence_maps(IMAGES, MAPS))
    own = painted(plots.evidence_maps(IMAGES, MAPS, shared=False))
    np.testing.assert_allclose(shared[0], own[0])
    assert own[1][0, 1].mean() < shared[1][0, 1].mean()  # a full red against a pale one


def test_the_alt_text_tells_peaks_and_places():
    assert plots.evidence_maps(IMAGES, MAPS, ["a", "b"], title="Two maps").alt == (
        "Two maps: 2 maps of drop of the logit: a: up to 4 at row 1, column 2, down to -2; "
        "b: up to 1 at row 0, column 1."
    )


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("value", [0, np.nan])
def test_a_map_without_values_shows_the_image_alone(value, shared):
    figure = plots.evidence_maps(IMAGES, np.full(MAPS.shape, value), shared=shared)
    assert "map 0: zero everywhere" in figure.alt
    grey = painted(figure)[0]
    assert (grey == grey[..., :1]).all()
    assert figure.png()


def test_colour_images_are_drawn_in_grey():
    colour = np.random.default_rng(0).random((1, 4, 5, 3))
    bright = np.ones((1, 4, 5, 3))
    zeros = np.zeros((1, 4, 5))
    assert np.ptp(painted(plots.evidence_maps(colour, zeros))[0], axis=-1).max() == 0
    assert painted(plots.evidence_maps(bright, zeros))[0].min() == 1


def test_maps_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"maps \(2, 3, 2\) must lie over images \(2, 2, 3, 1\)"):
        plots.evidence_maps(IMAGES, MAPS.transpose(0, 2, 1))


def test_an_overview_leaves_the_first_two_pictures_uncoloured():
    figure = plots.occlusion_overview(
        IMAGES[0], 1 - IMAGES[0], (1, 0, 1, 2), MAPS[0], ["image", "covered", "map"], "One patch"
    )
    image, covered, map_ = painted(figure)
    np.testing.assert_allclose(image + covered, 1, atol=0.01)
    assert np.ptp(map_, axis=-1).max() > 0.2
    assert figure.alt == ("One patch: image; covered; map: up to 4 at row 1, column 2, down to -2.")
