"""The pictures of notebook 04 tell their numbers in words and survive every kind of map."""

import re

import numpy as np
import pytest
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from helpers import plots
from helpers.explorers.patches_explorer import patch_times_kernel

pytestmark = pytest.mark.filterwarnings("error")

RNG = np.random.default_rng(0)


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text)]


def maps(*shape):
    return RNG.integers(0, 256, shape).astype(np.uint8)


# layer_maps


def test_a_column_for_each_image_and_a_row_for_each_layer():
    layers = {"conv": maps(6, 4, 5, 3), "dense": maps(6, 7)}
    layers["conv"][2, ..., 1] = 0
    figure = plots.layer_maps(np.zeros((6, 8, 10, 1)), layers, titles="abcdef", title="All")
    assert figure.alt == (
        "All: 6 images: a; b; c; d; e; f; 2 layers: conv, 3 maps, 4 × 5; dense: 7 units. "
        "Black all over (constant): 1 maps."
    )
    assert len(figure.axes[0].findobj(AxesImage)) == 6 * 3
    assert {"input", "conv\n3 maps\n4 × 5", "dense: 7 units", "a", "f"} <= set(texts(figure))
    assert figure.png()


def test_a_map_is_painted_in_its_own_place():
    layer = np.zeros((1, 2, 2, 3), np.uint8)
    layer[0, 1, 0, 2] = 255  # third of a square of four
    figure = plots.layer_maps(np.zeros((1, 4, 4, 3)), {"conv": layer})
    sheet = np.asarray(figure.axes[0].findobj(AxesImage)[1].get_array())
    assert sheet.shape == (5, 5, 4)  # two maps and a gap of one pixel
    assert sheet[4, 0, :3].tolist() == [1, 1, 1]
    assert sheet[:2, :2, :3].max() == 0
    assert sheet[2].min() == 1  # the gap is paper


def test_of_very_many_maps_the_first_are_drawn():
    figure = plots.layer_maps(np.zeros((1, 4, 4, 1)), {"deep": maps(1, 2, 2, 100)})
    assert "64 of 100 maps" in figure.alt
    assert figure.png()


@pytest.mark.parametrize(
    "wrong", [maps(2, 4, 4, 3), maps(3, 4, 4), RNG.random((3, 4, 4, 2))], ids=["N", "axes", "float"]
)
def test_maps_that_do_not_fit_are_explained(wrong):
    with pytest.raises(ValueError, match=r"maps\['conv'\] must be uint8 .* with to_bytes"):
        plots.layer_maps(np.zeros((3, 4, 4, 1)), {"conv": wrong})


# shares_by_layer


def test_every_line_is_told_in_words():
    shares = {"trained": {"l1": 0.25, "l2": 0.5}, "untrained": {"l1": 1, "l2": 0}}
    figure = plots.shares_by_layer(shares, "Zeros", "share of zeros")
    assert figure.alt == "Zeros. trained: l1 25%, l2 50%; untrained: l1 100%, l2 0%."
    lines = figure.axes[0].get_lines()
    assert [list(line.get_ydata()) for line in lines] == [[0.25, 0.5], [1, 0]]
    assert {"trained", "untrained"} <= {t.get_text() for t in figure.legends[0].get_texts()}
    assert figure.png()


def test_lines_about_different_layers_are_refused():
    with pytest.raises(ValueError, match=r"'b' is about \['l2'\], other lines about \['l1'\]"):
        plots.shares_by_layer({"a": {"l1": 0}, "b": {"l2": 0}}, "Zeros")


# class_scatter


def test_a_point_is_drawn_as_the_number_of_its_class():
    places = {"pixels": [[0, 0], [1, 5], [4, 4]], "l4": [[0, 0], [4, 3], [4, 4]]}
    figure = plots.class_scatter(places, [1, 3, 3], "Two maps")
    assert figure.alt == (
        "Two maps: 3 points of 2 classes, each drawn as the number of its class. Nearest to the "
        "mean of their own class: pixels 100%, l4 100%."
    )
    assert [ax.get_title() for ax in figure.axes] == ["pixels", "l4"]
    ones, threes = figure.axes[1].get_lines()
    assert (ones.get_marker(), threes.get_marker()) == (r"$\mathdefault{1}$", r"$\mathdefault{3}$")
    assert threes.get_xydata().tolist() == [[4, 3], [4, 4]]
    assert ones.get_color() != threes.get_color()
    assert figure.png()


def test_points_among_another_class_are_counted():
    figure = plots.class_scatter({"l1": [[0, 0], [0, 1], [9, 0], [0, 2]]}, [0, 0, 1, 1])
    assert figure.alt.endswith("l1 75%.")


@pytest.mark.parametrize(
    ("places", "labels", "said"),
    [
        ({"l1": np.zeros((3, 2))}, [0, 1], "l1 (3, 2) must hold two numbers for each of 2 labels"),
        ({"l1": np.zeros((2, 3))}, [0, 1], "l1 (2, 3) must hold two numbers"),
        ({"l1": np.zeros((2, 2))}, [0, -1], "labels must be integers from 0"),
    ],
    ids=["N", "axes", "class"],
)
def test_points_that_do_not_fit_are_refused(places, labels, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        plots.class_scatter(places, labels)


# patch_times_kernel


def picture(channels=1, corner=(-1, 2), **changed):
    arguments = {
        "feature_map": RNG.random((6, 5)),
        "inputs": RNG.random((6, 5, channels)),
        "patch": np.full((3, 3, channels), 0.5),
        "kernel": np.full((3, 3, channels), -0.2),
        "bias": 0.1,
        "value": 0.0,
        "pixel": (0, 3),
        "corner": corner,
        "size": (3, 3),
        "title": "One pixel",
    }
    return patch_times_kernel(**arguments | changed)


def test_the_sum_is_told_in_words():
    assert picture().alt == (
        "One pixel: row 0, column 3 of a map of 6 × 5. A patch of 3 × 3 × 1 times the kernel: "
        "sum -0.900, with bias (+0.100) -0.800: answers 0.000."
    )


def test_the_numbers_of_a_small_patch_are_written_into_it():
    written = texts(picture())
    assert written.count("0.50") == written.count("-0.20") == written.count("-0.10") == 9


def test_a_patch_over_the_border_stays_inside_the_picture():
    below = picture().axes[1]
    box = [p for p in below.patches if isinstance(p, Rectangle)][-1]
    assert (box.get_x(), box.get_y()) == (1.5, -1.5)
    assert min(below.get_ylim()) <= -1.5


@pytest.mark.parametrize("channels", [1, 2, 9, 40])
@pytest.mark.parametrize("value", [0, 3, -1])
def test_constant_maps_are_drawn_without_a_warning(channels, value):
    flat = np.full((6, 5), float(value))
    inputs = np.full((6, 5, channels), float(value))
    figure = picture(channels, feature_map=flat, inputs=inputs)
    assert figure.png()


def test_of_many_channels_those_that_add_most_are_shown():
    kernel = np.zeros((3, 3, 40))
    kernel[..., 25] = -2
    figure = picture(40, patch=np.ones((3, 3, 40)), kernel=kernel)
    assert "-18.00" in texts(figure)
    assert "25" in texts(figure)
    assert "39" not in texts(figure)
