"""The figure of notebook 09 says which filter matters most to which head."""

import numpy as np
import pytest

from helpers import plots


def test_the_largest_effect_of_each_row_is_told():
    values = np.array([[0.1, -0.3, 0.2], [0.0, 0.4, 0.1]])
    figure = plots.effects(values, ["length", "angle"], "What is lost", label="loss")
    assert figure.alt == (
        "What is lost. The largest loss of 3 filters: length: filter 2, 0.2; angle: filter 1, 0.4."
    )
    [picture] = figure.axes[0].images
    assert picture.get_array().shape[:2] == (2, 3)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["length", "angle"]


def test_opposite_effects_have_opposite_colours():
    figure = plots.effects(np.array([[0.5, -0.5, 0.0]]), ["angle"], "What is lost")
    red, blue, none = np.asarray(figure.axes[0].images[0].get_array())[0, :, :3]
    assert red[0] > red[2] and blue[2] > blue[0] and none.min() > 0.9


def test_every_row_needs_a_name():
    with pytest.raises(ValueError, match="2 rows need 2 names, got 1"):
        plots.effects(np.zeros((2, 3)), ["length"], "What is lost")
