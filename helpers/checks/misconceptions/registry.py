"""The wrong implementations that people really write, each with one sentence of advice.

They are used twice. As mutants they prove that each check takes points from them. At run time, if a
student's answers equal those of a misconception, the check names the cause.

A `family` is a right answer with parameters, each of which can be set wrong in several ways, alone
or together with another: one record for many wrong implementations.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple


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


@dataclass(frozen=True)
class Member:
    """One wrong answer of a family: which parameters are set to what, and what to say of it."""

    function: Callable
    settings: tuple[tuple[str, Any], ...]
    advice: str


class Family(NamedTuple):
    """The right answer as a function, and by parameter its wrong values with their sentences."""

    function: Callable
    parameters: dict[str, dict[Any, str]]
    in_pairs: bool  # whether two parameters may be wrong together


_FAMILIES: dict[str, list[Family]] = {}
PAIRS = 1000  # of two wrong parameters, that are tried: those that a family names first


def family(
    exercise: str, *, in_pairs: bool = True, **parameters: dict[Any, str]
) -> Callable[[Callable], Callable]:
    """Register the right answer to `exercise` as a function with parameters that may be set wrong.

    The function takes the inputs of the check's cases by name, as its reference does, and the
    parameters, whose defaults make it right. `parameters` holds the wrong values of each, with the
    sentence that a student reads. Values that are too rare to be wrong together with another belong
    into a family of their own, of the same function, without `in_pairs`.
    """

    def register(function: Callable) -> Callable:
        _FAMILIES.setdefault(exercise, []).append(Family(function, parameters, in_pairs))
        return function

    return register


def families_of(exercise: str) -> tuple[Family, ...]:
    """Return the families of an exercise."""
    return tuple(_FAMILIES.get(exercise, ()))


@functools.cache
def members(exercise: str, together: int = 1) -> tuple[Member, ...]:
    """Return the wrong answers of an exercise's families in which one parameter is wrong, or two
    are. Of the latter there are at most `PAIRS`."""
    found = sorted(_wrong_values(exercise, together), key=lambda one: one[0])
    return tuple(
        Member(
            functools.partial(function, **{name: value for name, value, _ in some}),
            tuple((name, value) for name, value, _ in some),
            " ".join(sentence for *_, sentence in some),
        )
        for _, function, some in found[: PAIRS if together > 1 else None]
    )


WrongValue = tuple[str, Any, str]  # a parameter, its value, and the sentence


def _wrong_values(
    exercise: str, together: int
) -> Iterator[tuple[int, Callable, tuple[WrongValue, ...]]]:
    """Yield how far behind some wrong values stand in the family, its function, and the values."""
    for function, parameters, in_pairs in families_of(exercise):
        for names in (
            itertools.combinations(parameters, together) if in_pairs or together == 1 else ()
        ):
            options = (
                [(place, (name, *one)) for place, one in enumerate(parameters[name].items())]
                for name in names
            )
            for some in itertools.product(*options):
                place = sum(place for place, _ in some) if together > 1 else 0
                yield place, function, tuple(value for _, value in some)


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
