"""The wrong implementations that people really write, each with one sentence of advice.

They are used twice. As mutants they prove that each check takes points from them. At run time, if a
student's answers equal those of a misconception, the check names the cause.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Misconception:
    """A wrong answer to an exercise.

    Attributes:
        exercise: the name of the exercise.
        function: the wrong answer; it may call the functions in `needs`.
        advice: one sentence for the student.
        origin: where the wrong answer was found.
    """

    exercise: str
    function: Callable
    advice: str
    needs: tuple[Callable, ...]
    origin: str
    typical: bool = False  # what the demo's second sample submission gets wrong

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def source(self) -> str:
        """Source code that answers the exercise in this way."""
        parts = [_without_decorators(function) for function in (*self.needs, self.function)]
        return "\n\n".join([*parts, f"{self.exercise} = {self.name}\n"])


def _without_decorators(function: Callable) -> str:
    lines = inspect.getsource(function).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("def "))
    return "\n".join(lines[start:]) + "\n"


_KNOWN: dict[str, list[Misconception]] = {}


THOUGHT_OF = "thought of: how one could get this wrong"
NOTEBOOKS = "read in public notebooks and in questions about them"


def misconception(
    exercise: str,
    advice: str,
    *needs: Callable,
    origin: str = THOUGHT_OF,
    typical: bool = False,
) -> Callable[[Callable], Callable]:
    """Register a wrong answer to `exercise`; it may call the functions in `needs`, and NumPy."""

    def register(function: Callable) -> Callable:
        wrong = Misconception(exercise, function, advice, needs, origin, typical)
        _KNOWN.setdefault(exercise, []).append(wrong)
        return function

    return register


_searching = False


@contextlib.contextmanager
def searching():
    """Let misconceptions answer for the search of a cause: their models are `NumpyModel`s, and they
    return plain data."""
    global _searching
    _searching = True
    try:
        yield
    finally:
        _searching = False


def in_numpy(instead: Callable) -> Callable[[Callable], Callable]:
    """Decorate a function that works with Keras: in the search of a cause `instead` answers.

    `instead` gives the same answers hundreds of times as fast, and needs no TensorFlow, which the
    judge does not have to import.
    """

    def mark(function: Callable) -> Callable:
        @functools.wraps(function)
        def either(*args, **kwargs):
            return (instead if _searching else function)(*args, **kwargs)

        return either

    return mark


def of(exercise: str) -> tuple[Misconception, ...]:
    """Return the known misconceptions of an exercise."""
    return tuple(_KNOWN.get(exercise, ()))


def everything() -> tuple[Misconception, ...]:
    """Return the known misconceptions of all exercises."""
    return tuple(wrong for known in _KNOWN.values() for wrong in known)


def typical_mistakes() -> dict[str, str]:
    """Return the names of the misconceptions in the demo's second sample submission, by exercise."""
    return {wrong.exercise: wrong.name for wrong in everything() if wrong.typical}


def answer_source(exercise: str, name: str) -> str:
    """Return source code that answers `exercise` with the misconception called `name`."""
    return next(wrong for wrong in of(exercise) if wrong.name == name).source
