"""Ask for a guess before a picture is shown, and tell how far off it was."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets
from numpy.typing import ArrayLike

from helpers.explorers.alone import Live, alone
from helpers.plots import Figure
from helpers.plots.figure import INPUT, palette

__all__ = ["Guess", "guess"]


def guess(
    question: str,
    answer: Any,
    picture: Figure,
    choices: Sequence[object] | None = None,
    image: ArrayLike | None = None,
) -> "Guess":
    """Ask a question; once a guess was made, tell the answer and show the picture.

    No guess is graded or kept. A guess needs no kernel; where no script may run, the picture is
    shown at once.

    Args:
        question: what is asked, in one sentence.
        answer: one of the choices; all choices in their right order (a list); a pixel of `image`
            (row, column); or else a number.
        picture: what answers the question.
        choices: what there is to choose from, or to put in order. Each has another text.
        image: (H, W), one of whose pixels is asked for; drawn from its least to its largest value.

    Raises:
        ValueError: if the answer is none of the choices, no order of them, no pixel of the image,
            or no finite number.

    Example:
        >>> from helpers import explorers, plots
        >>> picture = plots.images([[[[0.0]]]], title="A dead map")
        >>> asked = explorers.guess("What is the largest value?", answer=0, picture=picture)
        >>> asked.asked["kind"], asked.asked["answer"]
        ('number', 0.0)
    """
    if image is not None:
        asked = _pixel(np.asarray(image), answer)
    elif choices is None:
        asked = _number(answer)
    elif isinstance(answer, list | tuple) and answer not in list(choices):
        asked = _order(list(choices), list(answer))
    else:
        asked = _choice(list(choices), answer)
    return Guess({"question": question, **asked}, picture)


class Guess(anywidget.AnyWidget):
    """A question with a control for the guess; below, once it was made, the answer and the picture.

    The browser compares guess and answer, so that a guess needs no kernel.

    Attributes:
        asked: the "question"; its "kind", which is "choice", "order", "number" or "pixel"; the
            "answer", and what there is to choose from.
        picture: HTML of the picture.
    """

    _esm = Path(__file__).with_suffix(".js")
    _css = Path(__file__).with_name("digit_pad.css")
    asked = traitlets.Dict().tag(sync=True)
    picture = traitlets.Unicode().tag(sync=True)

    def __init__(self, asked: dict[str, Any], picture: Figure):
        self._picture = picture
        super().__init__(asked=asked, picture=picture.html())

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        picture, still = self._picture._repr_mimebundle_()
        picture["text/html"] = alone(Live("guessing.js", {"asked": self.asked}), self.picture)
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        return data | picture, metadata | still


def _choice(choices: list, answer: Any) -> dict[str, Any]:
    texts = _texts(choices)
    if answer not in choices:
        raise ValueError(f"the answer {answer!r} is none of the choices: {', '.join(texts)}")
    return {"kind": "choice", "choices": texts, "answer": texts[choices.index(answer)]}


def _order(choices: list, answer: list) -> dict[str, Any]:
    texts = _texts(choices)
    if sorted(map(str, answer)) != sorted(texts):
        raise ValueError(f"the answer {answer!r} is no order of the choices: {', '.join(texts)}")
    return {"kind": "order", "choices": texts, "answer": [str(one) for one in answer]}


def _number(answer: Any) -> dict[str, Any]:
    if isinstance(answer, bool | str) or np.ndim(answer) or not np.isfinite(answer):
        raise ValueError(f"without choices or an image the answer is a number, not {answer!r}")
    return {"kind": "number", "answer": float(answer)}


def _pixel(image: np.ndarray, answer: Any) -> dict[str, Any]:
    if image.ndim != 2:
        raise ValueError(f"image must have the shape (H, W), got {image.shape}")
    row, column = answer
    if not (0 <= row < image.shape[0] and 0 <= column < image.shape[1]):
        raise ValueError(f"the answer {(row, column)} is no pixel of an image {image.shape}")
    low, high = float(image.min()), float(image.max())
    share = (image - low) / ((high - low) or 1)
    rgba = palette(INPUT)[np.rint(255 * share).astype(int)]
    return {
        "kind": "pixel",
        "answer": [int(row), int(column)],
        "size": list(image.shape),
        "colours": base64.b64encode(rgba.tobytes()).decode(),  # RGBA bytes, row by row
    }


def _texts(choices: list) -> list[str]:
    texts = [str(choice) for choice in choices]
    if len(set(texts)) < len(texts) or len(texts) < 2:
        raise ValueError(f"choices must be two or more different ones, got {', '.join(texts)}")
    return texts
