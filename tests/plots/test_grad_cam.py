"""Overlays keep zero colourless, red for and blue against, and say their scale."""

import numpy as np
import pytest
from matplotlib import colors
from matplotlib.image import AxesImage

from helpers import plots
from helpers.plots.evidence import AGAINST, FOR

pytestmark = pytest.mark.filterwarnings("error")


def drawn(figure):
    pictures = (np.asarray(image.get_array()) for image in figure.findobj(AxesImage))
    return [picture for picture in pictures if picture.ndim == 3 and picture.shape[0] == 1]


def mixed(opacity, colour):
    """`colour` on white paper."""
    return 1 - opacity * (1 - np.array(colors.to_rgb(colour)))


def test_opacity_follows_strength_and_colour_the_sign():
    blank = np.zeros((1, 1, 4, 1))
    [[picture]] = drawn(plots.overlays(blank, [[[0, 1, 2, -1]]]))
    assert picture[0] == pytest.approx(1)
    assert picture[1] == pytest.approx(mixed(0.425, FOR))
    assert picture[2] == pytest.approx(mixed(0.85, FOR))
    assert picture[3] == pytest.approx(mixed(0.425, AGAINST))


def test_the_image_is_seen_through_pale_and_ink_stays_ink():
    ink = np.array([0.0, 1]).reshape(1, 1, 2, 1)
    [[picture]] = drawn(plots.overlays(ink, np.zeros((1, 1, 2))))
    assert picture[0] == pytest.approx(1)
    assert picture[1] == pytest.approx(0.4)
    white = np.ones((1, 1, 2, 3))  # colour images keep their lightness
    [[picture]] = drawn(plots.overlays(white, np.zeros((1, 1, 2))))
    assert picture == pytest.approx(1)


def test_each_map_has_its_own_scale_unless_they_share_one():
    maps = np.array([[[1.0]], [[4.0]]])
    blank = np.zeros((2, 1, 1, 1))
    own = drawn(plots.overlays(blank, maps))
    assert own[0] == pytest.approx(own[1])
    weak, strong = drawn(plots.overlays(blank, maps, one_scale=True))
    assert strong == pytest.approx(own[1])
    assert weak[0, 0] == pytest.approx(mixed(0.85 / 4, FOR))


def test_the_colour_bar_runs_as_far_as_the_values_do():
    def limits(maps, **options):
        figure = plots.overlays(np.zeros((1, 1, 2, 1)), [[maps]], **options)
        return figure.axes[-1].get_ylim(), figure.axes[-1].get_ylabel()

    assert limits([0, 4]) == ((0, 1), "share of the map's peak")
    assert limits([0, 4], one_scale=True) == ((0, 4), "evidence")
    assert limits([-3, 1], one_scale=True) == ((-3, 3), "evidence")


@pytest.mark.parametrize("value", [0.0, 2.0, -2.0, np.nan])
@pytest.mark.parametrize("one_scale", [False, True])
def test_constant_maps_are_drawn_as_constant(value, one_scale):
    figure = plots.overlays(np.zeros((1, 1, 4, 1)), np.full((1, 1, 4), value), one_scale=one_scale)
    assert figure.png()
    [picture] = drawn(figure)
    assert np.ptp(picture, axis=(0, 1)).max() == 0


def test_the_alt_text_says_where_the_strongest_value_is():
    maps = np.zeros((2, 3, 4))
    maps[1, 2, 0] = -5
    figure = plots.overlays(np.zeros((2, 3, 4, 1)), maps, ["a", "b"], title="Where")
    assert figure.alt == (
        "Where: 2 images with a map each: a; b. "
        "The strongest value, -5, is in map 1, row 2 of 3, column 0 of 4."
    )
    empty = plots.overlays(np.zeros((1, 3, 4, 1)), np.zeros((1, 3, 4)))
    assert empty.alt.endswith("No map holds any evidence.")


def test_maps_of_another_size_are_refused():
    with pytest.raises(ValueError, match=r"maps \(1, 7, 7\) and images \(1, 3, 4, 1\) must agree"):
        plots.overlays(np.zeros((1, 3, 4, 1)), np.zeros((1, 7, 7)))
