"""Projections in colour and in words: red is positive, blue negative, and zero is white or grey."""

import numpy as np
import pytest
from matplotlib import colormaps
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from helpers import plots
from helpers.explorers.deconvnet_explorer import projection_overview

pytestmark = pytest.mark.filterwarnings("error")

PATCHES = np.zeros((2, 3, 4, 5, 1), np.float32)
PATCHES[:, :, 0] = 1
SENT = np.zeros(PATCHES.shape)
SENT[0, 1, 2, 3], SENT[0, 2, 1, 1] = 2, -1
SENT[1, 0, 0, 0] = 8
SIGNED = colormaps[plots.SIGNED]


def table(patches=PATCHES, sent=SENT, names=("edge", "corner")):
    return plots.projections(patches, sent, names, "Two filters")


def overview(chosen=1, image=PATCHES[0, 1], sent=SENT[0, 1], window=(-1, 2, 3, 3)):
    patches, projections = PATCHES[0, :, :3, :3], SENT[0, :, :3, :3]
    titles = ["image 7", "sent down"]
    return projection_overview(
        image, sent, window, patches, projections, chosen, titles, "One filter"
    )


def painted(figure):
    return [np.asarray(image.get_array()) for image in figure.findobj(AxesImage)]


def test_patches_stand_on_the_left_and_their_projections_in_the_same_order_on_the_right():
    pictures = painted(table())
    assert len(pictures) == 12
    for patch in pictures[:6]:
        assert patch[0, 0, :3].max() == 0 and patch[1, 0, :3].min() == 1  # ink on paper
    strongest = [np.ptp(picture[..., :3], axis=-1).max() > 0.1 for picture in pictures[6:]]
    assert strongest == [False, True, True, True, False, False]


def test_red_is_positive_blue_negative_and_a_filter_has_its_own_scale():
    pictures = painted(table())[6:]
    red, blue, other = pictures[1][2, 3], pictures[2][1, 1], pictures[3][0, 0]
    assert red[0] > red[2] + 0.2 and blue[2] > blue[0] + 0.2
    np.testing.assert_array_equal(red, other)  # 2 and 8: the peaks of their filters
    np.testing.assert_array_equal(blue, SIGNED(0.25))  # half as strong as the peak
    np.testing.assert_array_equal(pictures[0][1, 1], SIGNED(0.5))  # zero is white


def test_three_channels_are_colours_around_grey():
    sent = np.zeros((1, 1, 2, 2, 3))
    sent[0, 0, 0, 0] = 3, 0, -3
    pictures = painted(table(np.zeros(sent.shape), sent, ["colour"]))
    np.testing.assert_array_equal(pictures[1][0, 0], [1, 0.5, 0])
    np.testing.assert_array_equal(pictures[1][1, 1], 0.5)


def test_in_three_channels_brightness_outweighs_colour_and_each_picture_has_its_own_scale():
    sent = np.zeros((1, 2, 2, 2, 3))
    sent[0, 0, 0] = [[3, 3, 3], [3, 0, -3]]
    sent[0, 1, 0] = 10 * sent[0, 0, 0]
    weak, strong = painted(table(np.zeros(sent.shape), sent, ["colour"]))[2:]
    np.testing.assert_array_equal(weak[0, 0], 1)
    np.testing.assert_allclose(weak[0, 1], [0.7, 0.5, 0.3], rtol=1e-6)
    np.testing.assert_allclose(strong, weak, rtol=1e-6)


def test_in_three_channels_a_bright_speck_does_not_leave_the_rest_grey():
    sent = np.full((1, 1, 10, 20, 3), 0.5)
    sent[0, 0, 0, 0] = 100, -100, 100
    picture = painted(table(np.zeros(sent.shape), sent, ["colour"]))[1]
    np.testing.assert_array_equal(picture[0, 0], [1, 0, 1])
    np.testing.assert_array_equal(picture[1:], 1)  # not a hundredth of the way from grey to white


@pytest.mark.parametrize("value", [0, np.nan])
def test_a_dead_filters_projection_is_drawn_as_zero(value):
    pictures = painted(table(sent=np.full(PATCHES.shape, value)))
    assert all((picture == SIGNED(0.5)).all() for picture in pictures[6:])


def test_the_alt_texts_tell_numbers():
    assert table().alt == (
        "Two filters: 2 filters, 3 patches of 4 × 5 pixels each, strongest first, and their "
        "projections: edge from -1 to 2; corner from 0 to 8."
    )
    assert overview().alt == (
        "One filter: image 7; sent down, from 0 to 2; the unit sees 3 × 3 pixels from row -1, "
        "column 2. Beside them the patches of all 3 images and their projections."
    )


def test_the_window_is_outlined_in_both_pictures_and_the_chosen_patch_in_both_mosaics():
    figure = overview(chosen=2)
    boxes = [b for b in figure.findobj(Rectangle) if b.get_width() == 3 and b.get_height() == 3]
    assert {b.get_xy() for b in boxes} == {(1.5, -1.5)}
    assert len({b.axes for b in boxes}) == 2
    ranks = [b for b in figure.findobj(Rectangle) if b.get_linewidth() == 2]
    assert len(ranks) == 2 and len({b.get_xy() for b in ranks}) == 1
    assert len(painted(figure)) == 2 + 3 + 3


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="2 filters need as many names, got 1"):
        table(names=["edge"])
    with pytest.raises(ValueError, match=r"patches \(2, 3, 4, 5, 1\) and projections \(2, 2, 4, 5"):
        table(sent=SENT[:, :2])
    with pytest.raises(ValueError, match="1 or 3 channels"):
        table(np.zeros((2, 3, 4, 5, 2)), np.zeros((2, 3, 4, 5, 2)))
    with pytest.raises(ValueError, match="chosen must be from 0 to 2, got 3"):
        overview(chosen=3)


def curves(distances=None, probabilities=((1, 0.5, 0), (1, 0.9, 0.8))):
    distances = distances or {"l1": [[0, 1, 2], [0, 3, 4]], "logits": [[0, 0.1, 0.2], [0, 0, 0]]}
    names = ["two", "six"]
    return plots.invariance_curves(
        [0, 45, 90], distances, probabilities, names, "degrees", "Turned"
    )


def test_each_layer_has_a_panel_and_the_probability_the_last():
    figure = curves()
    assert [ax.get_title() for ax in figure.axes] == [
        "distance in l1",
        "distance in logits",
        "probability of its class",
    ]
    drawn = [[line.get_ydata().tolist() for line in ax.lines] for ax in figure.axes]
    assert drawn[0] == [[0, 1, 2], [0, 3, 4]] and drawn[2] == [[1, 0.5, 0], [1, 0.9, 0.8]]
    assert all(ax.lines[0].get_xdata().tolist() == [0, 45, 90] for ax in figure.axes)
    assert all(ax.get_ylim()[0] == 0 for ax in figure.axes)


def test_a_full_turn_is_marked_in_quarters():
    figure = plots.invariance_curves(
        [0, 180, 360], {"l1": [[0, 1, 0]]}, [[1, 0, 1]], ["two"], "degrees", "Turned"
    )
    assert all(ax.get_xticks().tolist() == [0, 90, 180, 270, 360] for ax in figure.axes)


def test_the_alt_text_of_curves_tells_their_ranges():
    alt = curves().alt
    assert alt.startswith("Turned, over degrees: distance in l1 of two from 0 to 2; ")
    assert alt.endswith("probability of its class of six from 0.8 to 1.")


def test_curves_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"distance in l1 \(2, 2\) must hold .* 2 names and 3 deg"):
        curves({"l1": np.zeros((2, 2))})
    with pytest.raises(ValueError, match=r"probability of its class \(1, 3\)"):
        curves(probabilities=np.zeros((1, 3)))
