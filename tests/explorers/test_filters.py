"""The controls choose a filter; its picture shows the statistics of just that filter."""

from dataclasses import dataclass

import numpy as np
import pytest

from helpers import explorers
from helpers.explorers.filters_explorer import draw_filter

pytestmark = pytest.mark.filterwarnings("error")

NAMES = ["cat", "dog"]


@dataclass
class Layer:
    mean: np.ndarray
    mode: np.ndarray | None = None
    mode_frequency: np.ndarray | None = None


class Statistics(dict):
    layers = ("conv", "dense")


MEAN = np.zeros((2, 1, 2, 4), np.float32)
MEAN[1, 0, 0, 3] = 7
STATISTICS = Statistics(
    conv=Layer(MEAN, np.array([[[-1, -1]], [[3, -1]]]), np.array([[[0, 0]], [[1, 0]]])),
    dense=Layer(np.array([[1.0, 2], [3, 4]], np.float32)),
)


def test_a_filter_is_told_by_its_strength_and_where_it_wins():
    alt = draw_filter(STATISTICS, NAMES, "conv", 1, 3).alt
    assert alt == (
        "Filter 3 of conv: what it answers, and where it wins. Class dog: the mean activation "
        "reaches 7, and the filter wins on 50% of the pixels. Over all classes it wins most for "
        "dog, on 50%."
    )
    assert draw_filter(STATISTICS, NAMES, "conv", 0, 1).alt.endswith("all classes it wins nowhere.")


def test_a_unit_is_told_by_its_mean_per_class():
    alt = draw_filter(STATISTICS, NAMES, "dense", 0, 1).alt
    assert alt.endswith("Mean activation 2 for class cat; strongest for dog, 4.")


def test_the_controls_choose_layer_class_and_filter():
    shown = explorers.filters(STATISTICS, NAMES)
    assert shown.picture.value == draw_filter(STATISTICS, NAMES, "conv", 0, 0).html()
    shown.controls["class_"].label = "dog"
    shown.controls["index"].value = 3
    assert shown.picture.value == draw_filter(STATISTICS, NAMES, "conv", 1, 3).html()


def test_the_slider_ends_at_the_last_filter_of_the_layer():
    shown = explorers.filters(STATISTICS, NAMES)
    slider = shown.controls["index"]
    assert (slider.max, slider.description) == (3, "filter")
    slider.value = 3
    shown.controls["layer"].value = "dense"
    assert (slider.max, slider.value, slider.description) == (1, 1, "unit")
    assert shown.picture.value == draw_filter(STATISTICS, NAMES, "dense", 0, 1).html()
    shown.controls["layer"].value = "conv"
    assert (slider.max, slider.value, slider.description) == (3, 1, "filter")


def test_changing_the_layer_draws_once(monkeypatch):
    shown = explorers.filters(STATISTICS, NAMES)
    shown.controls["index"].value = 3
    drawn = []
    draw = shown.draw
    shown.draw = lambda **values: drawn.append(values) or draw(**values)
    shown.controls["layer"].value = "dense"
    assert drawn == [{"layer": "dense", "class_": 0, "index": 1}]


def test_a_class_without_images_can_be_chosen():
    empty = Statistics(conv=Layer(MEAN.copy(), *[np.zeros((2, 1, 2), int)] * 2))
    empty["conv"].mean[0] = np.nan
    figure = draw_filter(empty, NAMES, "conv", 0, 0)
    assert figure.png()


def test_every_class_needs_a_name():
    with pytest.raises(ValueError, match="name all 2 classes"):
        explorers.filters(STATISTICS, ["cat"])
