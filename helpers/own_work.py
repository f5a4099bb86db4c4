"""Let the helper that would solve an exercise refuse to run while a student's answer is checked."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["NotOwnWork", "checking", "forget", "solves"]

MISSING = "this solves an exercise of this notebook: it is missing where the notebook is graded"
# The exercises under check, in the whole process: a helper called from a thread refuses, too.
_checked: list[str] = []


class NotOwnWork(RuntimeError):
    """A helper was called that solves the exercise under check."""


def solves(*exercises: str) -> Callable[[Callable], Callable]:
    """Mark a function that solves these exercises. While one of these is checked, the function
    raises `NotOwnWork`, however it was imported."""

    def mark(function: Callable) -> Callable:
        @functools.wraps(function)
        def marked(*args, **kwargs):
            if solved := [exercise for exercise in exercises if exercise in _checked]:
                raise NotOwnWork(
                    f"{function.__module__}.{function.__name__} solves {solved[0]}: this is "
                    "the function you are asked to write."
                )
            return function(*args, **kwargs)

        vars(marked)["__signature__"] = inspect.signature(function)
        del marked.__wrapped__  # else the unmarked function could be called through it
        return marked

    return mark


def forget(marked: Callable) -> None:
    """Take away the function behind a mark, in this process."""
    for cell in getattr(marked, "__closure__", None) or ():
        if callable(cell.cell_contents):
            cell.cell_contents = _missing


def _missing(*args, **kwargs):
    raise NotImplementedError(MISSING)


@contextmanager
def checking(exercise: str) -> Iterator[None]:
    """Let helpers that solve `exercise` refuse, while a student's answer to it runs."""
    _checked.append(exercise)
    try:
        yield
    finally:
        _checked.pop()
