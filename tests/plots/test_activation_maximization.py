"""The pictures of notebook 03 say what they show, in numbers too."""

import matplotlib
import numpy as np
import pytest
from matplotlib.image import AxesImage
from matplotlib.text import Text

from helpers import plots
from helpers.explorers.maximization_explorer import ascent

pytestmark = pytest.mark.filterwarnings("error")


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text)]


def pictures(figure):
    return [
        np.asarray(image.get_array())
        for ax in figure.axes
        for image in ax.findobj(AxesImage)
        if np.ndim(image.get_array()) == 3
    ]


def test_a_table_of_images_names_its_rows_and_labels():
    images = np.linspace(0, 1, 2 * 3 * 4 * 5).reshape(2, 3, 4, 5, 1)
    figure = plots.image_table(images, ["with", "without"], list("abcdef"), title="Digits")
    assert figure.alt == (
        "Digits: 2 rows of 3 images, 4 × 5 pixels; with: a, b, c; without: d, e, f."
    )
    assert {"with", "without", *"abcdef", *"012"} <= set(texts(figure))
    drawn = pictures(figure)
    assert len(drawn) == 6
    expected = matplotlib.colormaps[plots.INPUT](images[1, 2, ..., 0])  # row by row
    np.testing.assert_array_equal(drawn[5], expected)


def test_a_table_without_labels_has_none():
    figure = plots.image_table(np.zeros((1, 2, 3, 3, 3)), ["all"], title="T")
    assert figure.alt == "T: 1 row of 2 images, 3 × 3 pixels; all."


def test_a_table_needs_a_name_per_row_and_five_axes():
    with pytest.raises(ValueError, match="name all 2 rows, got 1 names"):
        plots.image_table(np.zeros((2, 1, 3, 3, 1)), ["one"])
    with pytest.raises(ValueError, match="rows, columns, height"):
        plots.image_table(np.zeros((2, 3, 3, 1)), ["one", "two"])
    with pytest.raises(ValueError, match="4 images need 4 titles, got 3"):
        plots.image_table(np.zeros((2, 2, 3, 3, 1)), ["one", "two"], list("abc"))


def test_a_progression_has_a_row_a_class_and_a_column_a_stage():
    images = np.linspace(0, 1, 3 * 2 * 4 * 5 * 3).reshape(3, 2, 4, 5, 3)
    scores = [[1234.5, 8.25], [7, 6], [5, 4]]
    figure = plots.progression(images, ["none", "L2", "both"], ["cat", "dog"], scores, title="T")
    assert figure.alt == (
        "T: none, then L2, then both, 4 × 5 pixels; cat: scores 1,234, 7, 5; "
        "dog: scores 8.25, 6, 4."
    )
    assert {"cat", "dog", "none\nscore 8.25", "both\nscore 5"} <= set(texts(figure))
    drawn = pictures(figure)
    assert len(drawn) == 6
    np.testing.assert_allclose(drawn[4][..., :3], images[1, 1])  # second row, second column


def test_a_progression_of_other_shapes_is_refused():
    images, names = np.zeros((3, 2, 4, 5, 1)), ["a", "b"]
    for stages, scores in ((["x", "y"], np.zeros((3, 2))), (["x", "y", "z"], np.zeros((2, 3)))):
        with pytest.raises(ValueError, match="as many rows and columns"):
            plots.progression(images, stages, names, scores)


def test_score_curves_are_told_from_start_to_end():
    figure = plots.score_curves([[0, 1, 2.5], [4, 3, 3]], ["up", "down"], title="Scores")
    assert figure.alt == "Scores, 2 steps: up 0 to 2.5; down 4 to 3."
    first, second = figure.axes[0].lines
    assert first.get_ydata().tolist() == [0, 1, 2.5]
    assert first.get_color() != second.get_color()


def test_score_curves_are_told_apart_without_their_colours():
    figure = plots.score_curves(np.zeros((24, 5)), range(24), label="probability")
    assert figure.axes[0].get_ylabel() == "probability"
    lines = figure.axes[0].lines
    assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == 24
    first, second = plots.score_curves(np.zeros((2, 101)), ["a", "b"]).axes[0].lines
    places = [set(range(101)[line.get_markevery()[0] :: 10]) for line in (first, second)]
    assert not places[0] & places[1], "markers of curves that lie on each other"
    for line in (first, second):
        assert line.get_markevery()[1] == 10


def test_a_constant_curve_and_a_single_value_can_be_drawn():
    assert plots.score_curves(np.zeros((2, 4)), ["a", "b"]).png()
    assert plots.score_curves(np.zeros((1, 1)), ["a"]).png()


def test_every_curve_needs_a_name():
    with pytest.raises(ValueError, match="2 curves need 2 names, got 1"):
        plots.score_curves(np.zeros((2, 4)), ["a"])


def test_bars_below_zero_have_their_own_colour():
    figure = plots.bars([0.5, -2, 0], ["a", "b", "c"], "filter", "selectivity", "Which way?")
    assert figure.alt == "Which way? Selectivity: a: 0.5; b: -2; c: 0."
    up, down, none = figure.axes[0].patches
    assert [bar.get_height() for bar in (up, down, none)] == [0.5, -2, 0]
    assert up.get_facecolor() == none.get_facecolor() != down.get_facecolor()
    with pytest.raises(ValueError, match="3 values need 3 names"):
        plots.bars([1, 2, 3], "ab", "x", "y", "z")


def test_an_ascent_marks_its_step():
    image = np.zeros((2, 3, 1))
    figure = ascent(image, 2, [1, 2, 4, 3], title="Class 3")
    assert figure.alt == ("Class 3. After 2 steps the score is 4; it goes from 1 to 3 in 3 steps.")
    assert {"after 2 steps", "score 4"} <= set(texts(figure))
    marked = [line for line in figure.axes[-1].lines if line.get_marker() == "o"]
    assert [tuple(map(list, line.get_data())) for line in marked] == [([2], [4])]
    with pytest.raises(ValueError, match="step must be from 0 to 3, got 4"):
        ascent(image, 4, [1, 2, 4, 3])


def test_feature_maps_may_hold_weights():
    figure = plots.feature_maps(np.eye(3)[..., None] - 0.5, label="weight")
    assert "weight" in [ax.get_ylabel() for ax in figure.axes]
