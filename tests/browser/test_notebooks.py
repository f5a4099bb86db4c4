"""Both notebooks in JupyterLab: everything runs, explorers follow the hand, Validate answers."""

import base64
import io
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pytest

from helpers import datasets, models
from helpers.checks import misconceptions
from helpers.explorers.filters import draw_filter
from helpers.explorers.training import draw_training
from helpers.methods.statistics import filter_statistics

pytestmark = pytest.mark.browser

TRAINING, FILTERS = "01_train_a_cnn", "02_filter_statistics"
SUCCESS = "Success! Your notebook passes all the tests."


def training_steps():
    """What the explorer shows first, and (control, key, what it shows then), without a browser."""
    data = datasets.load("default")
    model, history = models.trained("course_cnn", data)
    probabilities = models.predict(model, data.test.images)
    test = data.test
    draw = partial(
        draw_training, history, test.images, test.labels, probabilities, data.class_names
    )
    epochs = len(history["loss"])
    return draw(epoch=epochs), [
        ("epoch", "ArrowLeft", draw(epoch=epochs - 1)),
        ("true class", "4", draw(epoch=epochs - 1, true=4)),
        ("predicted", "9", draw(epoch=epochs - 1, true=4, predicted=9)),
        ("true class", "Home", draw(epoch=epochs - 1, predicted=9)),
        ("epoch", "Home", draw(epoch=1, predicted=9)),
    ]


def filters_steps():
    data = datasets.load("default")
    model = models.trained("course_cnn", data).model
    statistics = filter_statistics(model, data.test.images, data.test.labels)
    draw = partial(draw_filter, statistics, data.class_names)
    return draw(layer="l1", class_=0, filter=0), [
        ("filter", "ArrowRight", draw(layer="l1", class_=0, filter=1)),
        ("class", "7", draw(layer="l1", class_=7, filter=1)),
        ("layer", "ArrowDown", draw(layer="l2", class_=7, filter=1)),
        ("filter", "End", draw(layer="l2", class_=7, filter=8)),
        ("layer", "End", draw(layer="l5", class_=7, filter=8)),
    ]


def explore(notebook, first, steps):
    explorer = notebook.output(".widget-vbox").filter(has=notebook.page.locator("img"))
    image = explorer.locator("img")
    assert_shows(notebook, image, first, steps[0][-1])
    before = first
    for label, key, then in steps:
        named = notebook.page.locator("label").get_by_text(label, exact=True)
        control = explorer.locator(".widget-inline-hbox").filter(has=named)
        control.locator("select, .noUi-handle").press(key)
        assert_shows(notebook, image, then, before)
        before = then
    notebook.expect(notebook.cells).to_have_count(len(notebook.code_cells()))


def assert_shows(notebook, image, figure, other):
    """The picture is that of one figure, and not that of the other."""
    assert figure.alt != other.alt
    notebook.expect(image).to_have_attribute("alt", figure.alt, timeout=30_000)
    png = base64.b64decode(image.get_attribute("src").partition("base64,")[2])
    # Not byte for byte: two processes may disagree in the last bit, hence in who wins a pixel.
    assert difference(png, figure.png()) < difference(png, other.png()) / 10


def difference(png, other):
    pixels, others = (plt.imread(io.BytesIO(content)) for content in (png, other))
    return np.abs(pixels - others).mean() if pixels.shape == others.shape else np.inf


@pytest.mark.parametrize(
    ("name", "expected"), [(TRAINING, training_steps), (FILTERS, filters_steps)]
)
def test_everything_runs_and_the_explorer_follows_also_after_a_restart(
    open_notebook, name, expected
):
    notebook = open_notebook(f"right/{name}/{name}.ipynb")
    first, steps = expected()
    for run in (notebook.run_all, notebook.restart_and_run_all):
        run()
        counts = [f"[{number}]:" for number in range(1, len(notebook.code_cells()) + 1)]
        assert notebook.prompts.all_text_contents() == counts
        for kind in ("error", "stderr"):
            of_kind = notebook.page.locator(f"[data-mime-type='application/vnd.jupyter.{kind}']")
            assert of_kind.all_text_contents() == []
        assert notebook.output("img").count() > 5
        assert notebook.output("img:not([alt]), img[alt='']").count() == 0
        explore(notebook, first, steps)
    notebook.picture(f"{name}_explorer")


@pytest.mark.parametrize("name", [TRAINING, FILTERS])
def test_validate_answers_success_on_right_answers(open_notebook, name):
    notebook = open_notebook(f"right/{name}/{name}.ipynb")
    assert SUCCESS in notebook.validate()
    notebook.picture(f"{name}_validated")


def test_validate_names_every_exercise_that_is_missing(open_notebook):
    notebook = open_notebook(f"{FILTERS}/{FILTERS}.ipynb")
    answer = notebook.validate()
    assert missing_checks(notebook, answer) == []
    assert SUCCESS not in answer
    notebook.picture(f"{FILTERS}_missing")


def missing_checks(notebook, answer):
    checks = [cell.source for cell in notebook.code_cells() if "checks." in cell.source]
    return [check for check in checks if check not in answer]


def test_a_wrong_answer_is_told_its_likely_cause(open_notebook):
    notebook = open_notebook(f"{TRAINING}/{TRAINING}.ipynb")
    wrong = misconceptions.answer_source("scale_images", "without_channel_axis")
    notebook.write("scale_images", wrong)
    notebook.run_all()
    card = notebook.output("[role=status]").first
    card.hover()
    notebook.picture(f"{TRAINING}_wrong")
    notebook.expect(card).to_contain_text("scale_images: 0 of 3 points in the visible check")
    notebook.expect(card).to_contain_text("Expected shape")
    notebook.expect(card).to_contain_text("Likely cause: A convolution wants a channel axis")
    answer = notebook.validate()
    assert "checks.scale_images(scale_images)" in answer
    notebook.picture(f"{TRAINING}_wrong_validated")
