"""What is asked, and what a guess is compared with; tests/browser/test_alone.py makes guesses."""

import base64

import numpy as np
import pytest

from helpers import explorers, plots

PICTURE = plots.images(np.zeros((1, 2, 2, 1)), title="Blank")
IMAGE = np.arange(12.0).reshape(3, 4)


def asked(**kinds):
    return explorers.guess("Which?", picture=PICTURE, **kinds).asked


def test_one_of_the_choices():
    assert asked(answer=3, choices=range(5)) == {
        "question": "Which?",
        "kind": "choice",
        "choices": ["0", "1", "2", "3", "4"],
        "answer": "3",
    }


def test_all_choices_in_their_order():
    found = asked(answer=["c", "a", "b"], choices=["a", "b", "c"])
    assert (found["kind"], found["answer"]) == ("order", ["c", "a", "b"])


def test_a_choice_may_be_a_list():
    assert asked(answer=[1], choices=[[1], [2]])["answer"] == "[1]"


def test_a_number():
    found = asked(answer=np.float32(0.25))
    assert (found["kind"], found["answer"]) == ("number", 0.25)


def test_a_pixel_of_an_image_drawn_from_its_least_to_its_largest_value():
    found = asked(answer=(2, 3), image=IMAGE)
    assert (found["kind"], found["size"], found["answer"]) == ("pixel", [3, 4], [2, 3])
    colours = np.frombuffer(base64.b64decode(found["colours"]), np.uint8).reshape(3, 4, 4)
    np.testing.assert_array_equal(colours[0, 0], plots.palette(plots.INPUT)[0])
    np.testing.assert_array_equal(colours[2, 3], plots.palette(plots.INPUT)[255])


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


def test_where_no_kernel_runs_the_browser_asks_and_else_the_picture_is_shown():
    data, metadata = explorers.guess("Which?", 1, PICTURE)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"] == PICTURE._repr_mimebundle_()[0]["image/png"]
    assert metadata["image/png"]["alt"] == PICTURE.alt
    assert PICTURE.html() in data["text/html"] and '"kind": "number"' in data["text/html"]
