"""Wrong answers to the exercises, which measure how good the explanations of the checks are.

A file holds the wrong answers to the exercises of one notebook. Each is a function under `@wrong`.
Beside it stands what a true sentence about its cause says, as a regular expression.

The bank has two halves, which `seen` tells apart:

- The seen half may be read by whoever writes explanations, and sentences may be written for it.
- The unseen half measures. Whoever writes explanations does not read it, and no sentence is written
  or changed for one of its answers. Only its share of true sentences is a result.

So an answer keeps its name: another name could move it to the other half.
"""

import hashlib
import inspect
import re
import runpy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """A wrong answer to an exercise.

    Attributes:
        id: the name of the function, unique in its file.
        exercise: the name of the exercise.
        function: the wrong answer.
        truth: a regular expression that a true sentence about the cause matches; case is ignored.
        says: one that a true description of what differs matches, or None.
    """

    id: str
    exercise: str
    function: Callable
    truth: str
    says: str | None


def wrong(exercise: str, truth: str, says: str | None = None) -> Callable[[Callable], Callable]:
    """Mark a function as a wrong answer to `exercise`; see `Entry` for `truth` and `says`."""
    re.compile(truth), re.compile(says or "")  # an error shows where it was made

    def mark(function: Callable) -> Callable:
        function.wrong = exercise, truth, says
        return function

    return mark


def read(path: str | Path) -> list[Entry]:
    """Execute a file, and return the wrong answers in it."""
    found = runpy.run_path(str(path))
    marked = {n: f for n, f in found.items() if inspect.isfunction(f) and hasattr(f, "wrong")}
    return [
        Entry(name, exercise, function, truth, says)
        for name, function in marked.items()
        for exercise, truth, says in [function.wrong]
    ]


def seen(entry: Entry) -> bool:
    """Whether sentences may be written for this answer."""
    return hashlib.sha256(f"{entry.exercise} {entry.id}".encode()).digest()[0] % 2 == 0
