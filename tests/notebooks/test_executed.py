"""Every notebook runs from top to bottom, and the solutions earn every point."""

import pytest

from helpers.course import gallery

DEFAULT = {"mnist": "Data set: MNIST", "digits": "Data set: scikit-learn's digits"}
OTHERS = {  # what notebooks without digits print
    "09_four_heads": "Data set: lines",
    "10_your_own_model": "Data set: faces",
    "12_concepts": "Data set: lines",
}

WIDGET = "application/vnd.jupyter.widget-view+json"

pytestmark = pytest.mark.slow


def test_it_runs_on_the_data_set_that_it_names(executed):
    data_set = OTHERS.get(executed.name) or DEFAULT[executed.data]
    assert data_set in executed.text, (
        f"it does not print {data_set!r}, as datasets.load does; a notebook on other data has its "
        "line in OTHERS here"
    )


def test_the_solutions_earn_every_point(executed):
    graded = [
        cell
        for cell in executed.notebook.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    ]
    assert len(graded) >= 4, f"{len(graded)} checks; a notebook has at least four"
    for cell in graded:
        # On a slow computer a method shows its bar, a widget, for a moment.
        shown = [float(o.data["text/plain"]) for o in cell.outputs if WIDGET not in o.data]
        assert shown == [cell.metadata.nbgrader.points], (
            f"{cell.metadata.nbgrader.grade_id} shows {shown}; with the solution it ends with its "
            f"{cell.metadata.nbgrader.points} points and shows nothing else"
        )


def test_nothing_is_red(executed):
    red = [o.text for o in executed.outputs if o.get("name") == "stderr"]
    assert red == [], "a cell writes to stderr: mend what warns"


def test_every_picture_has_alt_text(executed):
    pictures = [output for output in executed.outputs if "image/png" in output.get("data", {})]
    assert len(pictures) >= 5, f"{len(pictures)} pictures; a notebook has at least five"
    for picture in pictures:
        alt = picture.metadata["image/png"]["alt"]
        assert len(alt) > 20, f"{alt!r} is no alternative text; helpers.plots write one"


def test_each_picture_of_the_gallery_has_a_caption_of_its_own(executed):
    captions = [picture.title for picture in gallery.pictures(executed.notebook)]
    repeated = {caption for caption in captions if captions.count(caption) > 1}
    assert repeated == set(), "give these pictures titles of their own"
    short = [caption for caption in captions if len(caption.split()) < 3]
    assert short == [], "these titles do not say what is seen"
    sections = {picture.section for picture in gallery.pictures(executed.notebook)}
    assert not sections & set(captions), "a heading says what a section is about, and no picture"
