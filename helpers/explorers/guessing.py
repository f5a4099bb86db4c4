"""Ask for a guess before a picture is shown, and tell how far off it was."""

import base64
import html
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets as widgets
import numpy as np
import traitlets
from numpy.typing import ArrayLike

from helpers.explorers.skin import Manners
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

    No guess is graded or kept. Where no kernel runs the picture is shown at once.

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
        >>> asked.told(0.5)
        'You guessed 0.5. It is 0: your guess is 0.5 too high.'
    """
    if image is not None:
        control, read, told = _pixel(np.asarray(image), answer)
    elif choices is None:
        control, read, told = _number(answer)
    elif isinstance(answer, list | tuple) and answer not in list(choices):
        control, read, told = _order(list(choices), list(answer))
    else:
        control, read, told = _choice(list(choices), answer)
    return Guess(question, control, read, told, picture)


class NoGuess(Exception):
    """What was put in is no guess. The text says why, and what to do."""


class Guess(widgets.VBox):
    """A question and a control for the guess; below, once it was made, the answer and the picture.

    Args:
        question: what is asked.
        control: the widget that holds the guess.
        read: returns the guess; raises `NoGuess` as long as there is none.
        told: a sentence on a guess.
        picture: what is shown then.
    """

    def __init__(
        self,
        question: str,
        control: widgets.Widget,
        read: Callable[[], Any],
        told: Callable[[Any], str],
        picture: Figure,
    ):
        self.control, self.told, self._read, self._picture = control, told, read, picture
        self.button = widgets.Button(description="Guess", button_style="primary")
        self.button.on_click(self._show)
        self.answer = widgets.HTML()  # said by screen readers when it changes
        self.picture = widgets.HTML().add_class("explorer-picture")
        # A browser holds changes back while the kernel is busy, but not the click on the button.
        for part in (control, *getattr(control, "children", ())):
            for name in part.traits().keys() & {"value", "chosen"}:
                part.observe(self._changed, names=name)
        asked = widgets.HTML(f"<strong>Guess first.</strong> {html.escape(question)}")
        row = widgets.HBox([control, self.button, Manners()], layout={"flex_flow": "row wrap"})
        super().__init__([asked, row, self.answer, self.picture])

    def _show(self, _button) -> None:
        try:
            said = self.told(self._read())
            self.picture.value = self._picture.html()
        except NoGuess as error:
            said = str(error)
        self.answer.value = f'<p role="status">{html.escape(said)}</p>'

    def _changed(self, _change) -> None:
        if self.picture.value:  # a guess was made
            self._show(None)

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        picture, metadata = self._picture._repr_mimebundle_()
        return super()._repr_mimebundle_(**kwargs) | picture, metadata


EMPTY = "Write a number first."
_Parts = tuple[widgets.Widget, Callable[[], Any], Callable[[Any], str]]


def _choice(choices: list, answer: Any) -> _Parts:
    texts = _texts(choices)
    if answer not in choices:
        raise ValueError(f"the answer {answer!r} is none of the choices: {', '.join(texts)}")
    right = texts[choices.index(answer)]
    control = _dropdown(texts, "your guess")

    def told(guessed: str) -> str:
        return f"You guessed {guessed}. {'Right.' if guessed == right else f'It is {right}.'}"

    def read() -> str:
        if control.value is None:
            raise NoGuess("Choose an answer first.")
        return control.value

    return control, read, told


def _order(choices: list, answer: list) -> _Parts:
    texts = _texts(choices)
    if sorted(map(str, answer)) != sorted(texts):
        raise ValueError(f"the answer {answer!r} is no order of the choices: {', '.join(texts)}")
    right = [str(one) for one in answer]
    places = [_dropdown(texts, f"{n}.") for n in range(1, len(texts) + 1)]

    def read() -> list[str]:
        chosen = [place.value for place in places]
        for n, text in enumerate(chosen, 1):
            if text is None:
                raise NoGuess(f"Place {n} is empty: choose for each place.")
            if chosen.count(text) > 1:
                raise NoGuess(f"{text} is chosen {chosen.count(text)} times: choose it once.")
        return chosen

    def told(guessed: list[str]) -> str:
        places = sum(a == b for a, b in zip(guessed, right, strict=True))
        return f"{places} of {len(right)} places are right. The order is {', '.join(right)}."

    return widgets.VBox(places), read, told


def _number(answer: Any) -> _Parts:
    if isinstance(answer, bool | str) or np.ndim(answer) or not np.isfinite(answer):
        raise ValueError(f"without choices or an image the answer is a number, not {answer!r}")
    right = float(answer)
    control = widgets.Text(placeholder="a number", description="your guess")

    def read() -> float:
        typed = control.value.strip().removesuffix("%").strip()
        plain = re.sub(r"(?<=\d),(?=\d{3}(\D|$))", "", typed)  # 1,000; but 0,5 is a half
        try:
            guessed = float(plain.replace(",", "."))
        except ValueError:
            guessed = np.nan
        if not np.isfinite(guessed):
            raise NoGuess(f"{typed!r} is no number: write one, like 12.5." if typed else EMPTY)
        return guessed

    def told(guessed: float) -> str:
        off = guessed - right
        if abs(off) <= 0.005 * abs(right):
            return f"You guessed {_text(guessed)}. Right: it is {_text(right)}."
        where = f"your guess is {_text(abs(off))} too {'high' if off > 0 else 'low'}"
        return f"You guessed {_text(guessed)}. It is {_text(right)}: {where}."

    return control, read, told


def _pixel(image: np.ndarray, answer: Any) -> _Parts:
    if image.ndim != 2:
        raise ValueError(f"image must have the shape (H, W), got {image.shape}")
    row, column = answer
    if not (0 <= row < image.shape[0] and 0 <= column < image.shape[1]):
        raise ValueError(f"the answer {(row, column)} is no pixel of an image {image.shape}")
    control = Pixel(image)

    def told(guessed: tuple[int, int]) -> str:
        off = round(float(np.hypot(guessed[0] - row, guessed[1] - column)), 1)
        said = f"You guessed row {guessed[0]}, column {guessed[1]}."
        if off == 0:
            return f"{said} Right."
        return f"{said} It is row {row}, column {column}, {off:g} pixels away."

    def read() -> tuple[int, int]:
        if not control.chosen:
            raise NoGuess("Choose a pixel first.")
        row, column = control.chosen
        return row, column

    return control, read, told


class Pixel(anywidget.AnyWidget):
    """An image (H, W) in which a pixel is chosen, by mouse, finger or arrow keys."""

    _esm = Path(__file__).with_suffix(".js")
    size: traitlets.List = traitlets.List().tag(sync=True)  # height, width
    colours = traitlets.Unicode().tag(sync=True)  # base64 of RGBA bytes, row by row
    at: traitlets.List = traitlets.List().tag(
        sync=True
    )  # row, column; empty as long as nothing is chosen
    chosen: traitlets.List = traitlets.List()  # the same, as soon as the browser has it

    def __init__(self, image: np.ndarray):
        low, high = float(image.min()), float(image.max())
        share = (image - low) / ((high - low) or 1)
        rgba = palette(INPUT)[np.rint(255 * share).astype(int)]
        data = base64.b64encode(rgba.tobytes()).decode()
        super().__init__(size=list(image.shape), colours=data, at=[])
        self.observe(lambda change: self.set_trait("chosen", change.new), names="at")
        self.on_msg(lambda _, content, buffers: self.set_trait("chosen", content["chosen"]))


def _dropdown(texts: list[str], label: str) -> widgets.Dropdown:
    options = [("choose …", None), *((text, text) for text in texts)]
    return widgets.Dropdown(options=options, description=label)


def _text(number: float) -> str:
    """Three figures, and no power of ten below a million."""
    return f"{number:,.0f}" if 999.5 <= abs(number) < 1e6 else f"{number:.3g}"


def _texts(choices: list) -> list[str]:
    texts = [str(choice) for choice in choices]
    if len(set(texts)) < len(texts) or len(texts) < 2:
        raise ValueError(f"choices must be two or more different ones, got {', '.join(texts)}")
    return texts
