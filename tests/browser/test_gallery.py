"""The gallery and an executed notebook's page in a browser: for every reader, and in parts."""

from itertools import pairwise

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers import checks, plots
from helpers.course.demo import as_page
from helpers.course.gallery import write_gallery
from tests.browser.conftest import axe_at_rest

pytestmark = pytest.mark.browser
SIZES = [(1, 10), (4, 4), (2, 3), (12, 2)] * 5  # rows and columns of images


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A gallery of 20 pictures, wide and high, and the page of their notebook."""
    cells = [new_markdown_cell("# 01 · A toy\n\nA [paper](https://example.org), and $x^2$.")]
    code = "import numpy as np  # a comment\n\n\n@decorated\ndef f(x):\n    return 2 * len('text')"
    for number, (rows, columns) in enumerate(SIZES):
        images = np.zeros((rows * columns, 28, 28, 1))
        figure = plots.images(images, columns=columns, title=f"Picture {number} of the toy")
        data, metadata = figure._repr_mimebundle_()
        shown = new_output("display_data", data, metadata=metadata)
        cells += [new_markdown_cell(f"## Part {number}"), new_code_cell(code, outputs=[shown])]
    card = checks.accuracy(lambda *_: None)
    result = new_output("execute_result", {"text/html": card._repr_html_()}, execution_count=1)
    told = new_output("stream", text="1 2 3\n")
    cells.append(new_code_cell("checks.accuracy(accuracy)", outputs=[told, result]))
    cells.append(new_markdown_cell('<div class="alert alert-info">\n\nTry `patch`.\n</div>'))
    notebook = new_notebook(cells=cells)
    folder = tmp_path_factory.mktemp("gallery")
    write_gallery(folder / "index.html", {"01_toy": notebook})
    (folder / "html").mkdir()
    (folder / "html" / "01_toy.html").write_text(as_page(notebook), encoding="utf-8")
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["index.html", "html/01_toy.html"])
def test_axe_finds_no_fault_and_nothing_is_wider_than_the_page(
    browser, folder, name, width, scheme
):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto((folder / name).as_uri())
    found = axe_at_rest(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(246, 247, 249)") == (scheme == "light")
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_cards_are_equal_and_stand_in_rows_without_gaps(browser, folder, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto((folder / "index.html").as_uri())
    cards = [card.bounding_box() for card in page.locator("figure").all()]
    pictures = [one.bounding_box() for one in page.locator("figure > a").all()]
    assert len(cards) == len(SIZES)
    for boxes in (cards, pictures):
        assert len({(round(box["width"]), round(box["height"])) for box in boxes}) == 1
    rows = sorted({round(card["y"]) for card in cards})
    columns = sorted({round(card["x"]) for card in cards})
    assert len(columns) == (3 if width == 1280 else 1)
    for edges, side in ((rows, "height"), (columns, "width")):
        gaps = {b - a - round(cards[0][side]) for a, b in pairwise(edges)}
        assert all(15 <= gap <= 22 for gap in gaps)
    page.close()


def test_the_first_view_loads_few_pictures_and_scrolling_loads_the_rest(browser, folder):
    page = browser.new_page(viewport={"width": 390, "height": 844})
    asked = []
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith(".png") else None)
    page.goto((folder / "index.html").as_uri(), wait_until="networkidle")
    assert 1 <= len(asked) < len(SIZES)
    last = page.locator("img").last
    last.scroll_into_view_if_needed()
    page.wait_for_function("image => image.naturalWidth > 0", arg=last.element_handle())
    page.close()


def test_the_keyboard_leads_from_a_caption_to_its_place_and_back(browser, folder):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((folder / "index.html").as_uri())
    page.get_by_role("link", name="Part 7").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/html/01_toy.html#Part-7")
    assert page.title() == "01 · A toy"
    page.get_by_role("link", name="All pictures of the course").press("Enter")
    page.wait_for_url("**/index.html")
    page.close()
