"""A guess is told how far off it was, and only then the picture is shown."""

import html

import numpy as np
import pytest

from helpers import explorers, plots

PICTURE = plots.images(np.zeros((1, 2, 2, 1)), title="Blank")
IMAGE = np.arange(12.0).reshape(3, 4)


def asked(**kinds):
    return explorers.guess("Which?", picture=PICTURE, **kinds)


def press(guess):
    guess.button.click()
    return guess.answer.value


def test_nothing_is_shown_before_a_guess():
    guess = asked(answer="b", choices=["a", "b"])
    assert guess.picture.value == "" and guess.answer.value == ""
    assert "Choose an answer first." in press(guess)
    assert guess.picture.value == ""


def test_one_of_the_choices():
    guess = asked(answer=3, choices=range(5))
    guess.control.value = "1"
    assert "You guessed 1. It is 3." in press(guess)
    assert guess.picture.value == PICTURE.html()
    guess.control.value = "3"
    assert "You guessed 3. Right." in press(guess)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("0.5", "You guessed 0.5. It is 0.25: your guess is 0.25 too high."),
        ("0,2", "You guessed 0.2. It is 0.25: your guess is 0.05 too low."),
        (" 0.25", "You guessed 0.25. Right: it is 0.25."),
        ("1,000", "You guessed 1,000. It is 0.25: your guess is 1,000 too high."),
        ("20 %", "You guessed 20. "),
        ("many", "'many' is no number: write one, like 12.5."),
        ("inf", "'inf' is no number"),
        (" ", "Write a number first."),
    ],
)
def test_a_number(typed, said):
    guess = asked(answer=np.float32(0.25))
    guess.control.value = typed
    assert said in html.unescape(press(guess))


def test_an_order_needs_each_choice_once():
    guess = asked(answer=["c", "a", "b"], choices=["a", "b", "c"])
    assert "Place 1 is empty: choose for each place." in press(guess)
    for place in guess.control.children:
        place.value = "a"
    assert "a is chosen 3 times: choose it once." in press(guess)
    for place, text in zip(guess.control.children, "cba", strict=True):
        place.value = text
    assert "1 of 3 places are right. The order is c, a, b." in press(guess)


def test_a_pixel():
    guess = asked(answer=(2, 3), image=IMAGE)
    assert guess.control.size == [3, 4]
    assert "Choose a pixel first." in press(guess)
    guess.control.at = [0, 3]
    assert "You guessed row 0, column 3. It is row 2, column 3, 2 pixels away." in press(guess)
    guess.control.at = [2, 3]
    assert "column 3. Right." in press(guess)


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        ({"answer": "c", "choices": ["a", "b"]}, "'c' is none of the choices: a, b"),
        ({"answer": ["a"], "choices": ["a", "b"]}, "is no order of the choices"),
        ({"answer": "a", "choices": ["a", "a"]}, "two or more different ones"),
        ({"answer": (3, 0), "image": IMAGE}, r"\(3, 0\) is no pixel of an image \(3, 4\)"),
        ({"answer": (0, 0), "image": IMAGE[0]}, r"got \(4,\)"),
        ({"answer": np.nan}, "is a number, not nan"),
        ({"answer": "a"}, "is a number, not 'a'"),
    ],
)
def test_an_answer_that_nobody_can_guess(kinds, said):
    with pytest.raises(ValueError, match=said):
        asked(**kinds)


def test_a_change_that_arrives_late_is_told_too():
    """While the kernel is busy, a browser sends a change after the click on the button."""
    guess = asked(answer=(2, 3), image=IMAGE)
    guess.control.at = [0, 3]
    press(guess)
    guess.control.at = [2, 3]
    assert "column 3. Right." in guess.answer.value


def test_where_no_kernel_runs_the_picture_is_shown():
    data, metadata = asked(answer=1)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"] == PICTURE._repr_mimebundle_()[0]["image/png"]
    assert metadata["image/png"]["alt"] == PICTURE.alt
