"""The still picture of what a network makes of a drawing."""

import numpy as np
import pytest

from helpers import plots
from helpers.explorers.digit_pad import network_answer

pytestmark = pytest.mark.filterwarnings("error")

RNG = np.random.default_rng(0)
IMAGE = RNG.random((6, 8, 1))
PROBABILITIES = np.array([0.1, 0.7, 0.2])
NAMES = ("cat", "dog", "owl")


def drawn(grad_cam=None, **maps):
    grad_cam = np.zeros((6, 8)) if grad_cam is None else grad_cam
    maps = maps or {"conv": RNG.random((3, 4, 5))}
    return network_answer(IMAGE, PROBABILITIES, NAMES, grad_cam, maps, title="A drawing")


def test_the_alt_text_tells_prediction_evidence_and_strongest_filters():
    grad_cam, maps = np.zeros((6, 8)), np.zeros((3, 4, 5))
    grad_cam[2, 7], maps[1, 1, 3] = 0.4, 2.5
    assert drawn(grad_cam, l1=maps).alt == (
        "A drawing. Most probable is dog, 70.0%. Grad-CAM is strongest at row 2, column 7. "
        "Feature maps: l1 strongest is filter 3, up to 2.5."
    )


def test_the_alt_text_says_where_nothing_speaks_for_the_class():
    assert "Grad-CAM is zero everywhere." in drawn().alt


@pytest.mark.parametrize(
    "maps", [np.zeros((3, 4, 5)), -RNG.random((3, 4, 1)), np.full((2, 2, 40), np.nan)]
)
def test_constant_negative_and_missing_maps_are_drawn(maps):
    assert drawn(l1=maps, l2=RNG.random((7, 7, 16))).png().startswith(b"\x89PNG")


def test_every_layer_is_named_above_its_maps():
    figure = drawn(l1=RNG.random((28, 28, 9)), l2=-RNG.random((7, 5, 1)))
    titles = [ax.get_title(loc="left") for sub in figure.subfigs for ax in sub.axes]
    assert "l1: 9 feature maps of 28 × 28, up to 1" in titles
    assert [title[:32] for title in titles if title.startswith("l2")] == [
        "l2: 1 feature map of 7 × 5, up t"
    ]


def test_a_class_without_a_name_is_refused():
    with pytest.raises(ValueError, match="class_names must name all 3 classes"):
        network_answer(IMAGE, PROBABILITIES, NAMES[:2], np.zeros((6, 8)), {}, "A drawing")


def test_evidence_tints_the_image_red_and_none_leaves_it_grey():
    evidence = np.zeros((6, 8))
    grey = plots.tinted(IMAGE[..., 0], evidence)
    assert grey.shape == (6, 8, 3)
    assert np.ptp(grey, axis=-1).max() < 0.01
    evidence[1, 2], evidence[3, 4] = 2, 1
    tint = plots.tinted(IMAGE[..., 0], evidence)
    redness = tint[..., 0] - tint[..., 2] - (grey[..., 0] - grey[..., 2])
    assert redness[3, 4] > 0.1 and tint[1, 2, 0] - tint[1, 2, 1] > 0.2
    untouched = evidence == 0
    np.testing.assert_allclose(tint[untouched], grey[untouched])
    assert not np.isnan(plots.tinted(np.zeros((2, 2)), np.full((2, 2), np.nan))).any()
