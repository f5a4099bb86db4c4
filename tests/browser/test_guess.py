"""A guess in JupyterLab, by keyboard: what was guessed is told, then the picture is shown."""

import pytest

from tests.browser.conftest import Visit, axe_at_rest

pytestmark = pytest.mark.browser

SOURCE = """
import numpy as np
from IPython.display import display
from helpers import explorers, plots

image = np.arange(35.0).reshape(5, 7)
picture = plots.images(image[None, ..., None], title="Ramp")
display(
    explorers.guess("Which row?", answer=4, choices=range(5), picture=picture),
    explorers.guess("Which pixel?", answer=(4, 6), image=image, picture=picture),
    explorers.guess("Which value?", answer=34, picture=picture),
    explorers.guess("Which order?", answer=["b", "a"], choices=["a", "b"], picture=picture),
)
"""


@pytest.fixture(scope="module")
def visited(browser, lab, course):
    visit = Visit(browser, lab, course)
    notebook = visit.show("guess.ipynb", SOURCE, ".digit-pad")
    notebook.expect(notebook.output(".digit-pad")).to_have_count(4)
    yield notebook
    visit.end()


def asked(notebook, number):
    """A question with its control, its answer and its picture."""
    return notebook.output(".digit-pad").nth(number)


def say(notebook, guess, said):
    assert guess.locator("img").count() == 0
    guess.get_by_role("button", name="Guess").press("Enter")
    notebook.expect(guess.get_by_role("status")).to_have_text(said)
    notebook.expect(guess.locator("img")).to_be_visible()


def test_a_choice(visited):
    guess = asked(visited, 0)
    guess.locator("select").press("ArrowDown")
    say(visited, guess, "You guessed 0. It is 4.")


def test_a_pixel(visited):
    guess = asked(visited, 1)
    area = guess.get_by_role("application")
    for key in ("ArrowUp", "ArrowDown", "ArrowRight"):  # the first one goes to the middle
        area.press(key)
    visited.expect(guess.locator("[aria-live]")).to_have_text("Row 3, column 4.")
    say(visited, guess, "You guessed row 3, column 4. It is row 4, column 6, 2.2 pixels away.")
    area.click(position={"x": 209, "y": 149})
    guess.get_by_role("button", name="Guess").press("Enter")
    visited.expect(guess.get_by_role("status")).to_contain_text("column 6. Right.")


def test_a_number(visited):
    guess = asked(visited, 2)
    guess.get_by_role("textbox").fill("30")
    say(visited, guess, "You guessed 30. It is 34: your guess is 4 too low.")


def test_an_order(visited):
    guess = asked(visited, 3)
    for select, key in zip(guess.locator("select").all(), "ba", strict=True):
        select.press(key)
    say(visited, guess, "2 of 2 places are right. The order is b, a.")


def test_no_fault_of_accessibility(visited):
    visited.picture("guess", top=asked(visited, 0))
    found = axe_at_rest(visited.page, context=".jp-OutputArea-output")
    assert found.response["violations"] == []
