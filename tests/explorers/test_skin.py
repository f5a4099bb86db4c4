"""An explorer shows the picture of its controls' values, in a browser or without one."""

import ipywidgets as widgets
import nbformat
import numpy as np
import pytest

from helpers import plots
from helpers.explorers import Explorer
from helpers.explorers.alone import Live

pytestmark = pytest.mark.filterwarnings("error")


def blank(count):
    if count == 3:
        raise ValueError("three is <not> a number to draw")
    return plots.images(np.zeros((count, 2, 2, 1)), title="Blank")


def explorer():
    return Explorer(blank, count=widgets.IntSlider(1, min=1, max=4, description="count"))


def test_the_picture_follows_the_control():
    shown = explorer()
    assert shown.picture.value == blank(1).html()
    shown.controls["count"].value = 2
    assert shown.picture.value == blank(2).html()
    assert 'alt="Blank: 2 images' in shown.picture.value


def test_an_error_while_exploring_is_read_in_place_of_the_picture():
    shown = explorer()
    shown.controls["count"].value = 3
    assert 'role="alert"' in shown.picture.value
    assert "ValueError: three is &lt;not&gt; a number" in shown.picture.value
    assert "<img" not in shown.picture.value
    shown.controls["count"].value = 4
    assert shown.picture.value == blank(4).html()


def test_an_error_on_the_first_picture_is_raised():
    with pytest.raises(ValueError, match="three"):
        Explorer(blank, count=widgets.IntSlider(3))


def test_what_runs_without_a_kernel_is_made_when_it_is_shown():
    made = []

    def live():
        made.append("live")
        return Live("guessing.js", {})

    shown = Explorer(blank, live, count=widgets.IntSlider(1))
    assert made == []
    assert 'class="live"' in shown._repr_mimebundle_()[0]["text/html"]
    assert made == ["live"]


def test_the_output_holds_the_widget_and_a_picture_for_where_no_kernel_runs():
    data, metadata = explorer()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"] == blank(1)._repr_mimebundle_()[0]["image/png"]
    assert data["text/plain"] == metadata["image/png"]["alt"] == blank(1).alt


def test_exported_html_shows_the_picture_with_its_alt_text():
    from nbconvert import HTMLExporter

    data, metadata = explorer()._repr_mimebundle_()
    output = nbformat.v4.new_output("display_data", data=data, metadata=metadata)
    cell = nbformat.v4.new_code_cell("", outputs=[output])
    page, _ = HTMLExporter().from_notebook_node(nbformat.v4.new_notebook(cells=[cell]))
    assert f'alt="{blank(1).alt}"' in page
    assert data["image/png"] in page
