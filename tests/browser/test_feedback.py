"""The page of feedback that a student gets, in a browser."""

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers import checks, plots
from helpers.course.grading.nbgrading import load_config
from helpers.course.pages import Results, name_exercises
from tests.browser.conftest import axe_at_rest
from tests.course.test_pages import ROOT, exporter

pytestmark = pytest.mark.browser


@pytest.fixture
def feedback(tmp_path):
    """The address of a page with a card, a wide picture and a comment."""
    card = checks.accuracy(lambda *_: None)
    figure = plots.images(np.zeros((10, 28, 28, 1)), title="Ten pictures")
    graded = {"grade_id": "accuracy_check", "grade": True, "points": 2, "score": 0.5}
    written = {"grade_id": "why", "grade": True, "solution": True, "points": 2, "score": 1}
    written["comment"] = "Say more."
    cells = [
        new_markdown_cell("# A notebook\n\n## 1 · Sums"),
        new_code_cell(
            f"checks.accuracy(accuracy) if 0 in [0] else 0  # a comment{' that is long' * 30}",
            metadata={"nbgrader": graded},
            outputs=[
                new_output("execute_result", {"text/html": card._repr_html_()}),
                new_output("display_data", figure._repr_mimebundle_()[0]),
            ],
        ),
        new_code_cell("", outputs=[new_output("stream", text="1 2 3 " * 99)]),
        new_markdown_cell("A [paper](https://example.org) in a line of text."),
        new_markdown_cell("<details><summary>Hint 1</summary>Think.</details>"),
        new_markdown_cell("Because.", metadata={"nbgrader": written}),
    ]
    name_exercises(cells)
    graded["next"], graded["read"] = "Begin with “a line”.", cells[1].metadata.nbgrader["read"]
    cells[1].metadata["nbgrader"] = graded
    about = {"notebook": "01_toy", "score": 1.5, "max_score": 4, "late_penalty": 0}
    resources = {"nbgrader": about, "index": 0, "total": 1}
    export = exporter("feedback")
    for preprocessor in load_config(ROOT).GenerateFeedback.preprocessors:
        if preprocessor is not Results:  # there is no gradebook
            export.register_preprocessor(preprocessor)
    page, _ = export.from_notebook_node(new_notebook(cells=cells), resources)
    path = tmp_path / "01_toy.html"
    path.write_text(page, encoding="utf-8")
    return path.as_uri(), card


@pytest.mark.parametrize("width", [1280, 390])
def test_points_messages_and_pictures_are_seen_whole(browser, feedback, width):
    address, card = feedback
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(address)
    for words in ("1.5 of 4 points", "accuracy_check: 0.5 of 2 points", "Say more.", card.headline):
        assert page.get_by_text(words).first.is_visible()
    shown = page.get_by_role("status")
    assert shown.evaluate("card => getComputedStyle(card).borderLeftStyle") == "solid"
    picture = page.get_by_role("img")
    assert picture.evaluate("image => image.naturalWidth") > 0
    for seen in (shown, picture):
        place = seen.bounding_box()
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= width
    for top in page.locator(".answer-head a").all():
        ground = top.locator("..").bounding_box()
        assert top.bounding_box()["y"] < ground["y"] + ground["height"] - 15
    assert page.locator("summary").evaluate("hint => getComputedStyle(hint).display") == "list-item"
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_what_to_read_again_is_a_link_to_its_place(browser, feedback, width):
    page = browser.new_page(viewport={"width": width, "height": 300})
    page.goto(feedback[0])
    told = page.get_by_text("Try next: Begin with “a line”.")
    assert told.is_visible()
    link = told.get_by_role("link", name="1 · Sums")
    link.focus()
    page.keyboard.press("Enter")
    assert page.url.endswith("#section-0")
    place = page.locator("#section-0").bounding_box()
    assert -1 <= place["y"] < 300
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_no_fault(browser, feedback, width, scheme):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(feedback[0])
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = axe_at_rest(page)
    assert found.violations_count == 0, found.generate_report()
    page.close()
