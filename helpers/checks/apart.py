"""Run the two halves of a check in two processes, which exchange text.

The student's kernel computes answers. The judge draws the inputs and makes the verdict. The judge
executes nothing that comes from the kernel: the text is JSON, with arrays of numbers and strings.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from helpers.checks.core import MOST, PLAIN, Answer, Case, Check, calls

__all__ = ["MIME", "answer", "pack", "question", "read_attempts", "unpack"]

MIME = "application/vnd.inside-cnns.answers"


def question(check: Check, expression: str, cases: list[Case]) -> str:
    """Return code that makes a kernel answer the cases with the function called `expression`."""
    # The code imports what it needs, so no name that the student has defined can break it.
    return (
        '__import__("helpers.checks.apart", fromlist=["answer"])'
        f".answer({check.name!r}, lambda: {expression}, {pack(calls(cases))!r})"
    )


def answer(name: str, function: Callable[[], Callable], packed: str) -> None:
    """Run the student's function, and display the answers for the judge; runs in the kernel.

    Args:
        name: the name of the check.
        function: returns the student's function, or raises `NameError` where there is none.
        packed: the inputs of the calls, as `pack` writes them.
    """
    from IPython.display import display
    from IPython.utils.capture import capture_output

    from helpers import checks

    check: Check = getattr(checks, name)
    inputs = unpack(packed)
    try:
        # If the function shows many pictures, messages would be lost, and the answers with them.
        with capture_output(stdout=False, stderr=False):
            attempts = check.attempts(function(), inputs)
    except NameError as error:
        attempts = [[Answer(problem=f"There is no function to check: {error}.")] * len(inputs)]
    display({MIME: pack([list(map(tuple, answers)) for answers in attempts])}, raw=True)


def read_attempts(check: Check, cases: list[Case], outputs: Iterable[dict]) -> list[list[Answer]]:
    """Return the attempts that the kernel answered last: for each attempt an `Answer` to each call.
    Without a usable reply, it is one attempt whose answers say that there is none."""
    count, outputs = len(calls(cases)), list(outputs)
    for output in reversed(outputs):
        attempts = _attempts(output.get("data", {}).get(MIME))
        as_many = 1 <= len(attempts) <= 1 + bool(check.given)
        if as_many and all(len(answers) == count for answers in attempts):
            return attempts
    errors = [f": {o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]
    return [[Answer(problem="The function did not answer" + "".join(errors[-1:]))] * count]


def _attempts(text: Any) -> list[list[Answer]]:
    try:
        return [[_answer(*fields) for fields in answers] for answers in unpack(text)]
    except Exception:  # an output of the student's own code, and no answer
        return []


def _answer(value: Any, problem: Any, error: Any, printed: Any) -> Answer:
    """Return an `Answer` whose texts are cut to what a card can show."""
    texts = (None if text is None else str(text) for text in (problem, error, printed))
    cut: list[Any] = [t and t[:MOST].encode("utf-8", "replace").decode() for t in texts]
    return Answer(value, *cut)


def pack(value: Any) -> str:
    """Return plain data as text: None, numbers, strings, arrays, and lists, tuples and dicts of
    them."""
    return json.dumps(_encoded(value))


def unpack(text: str) -> Any:
    """Return the plain data that `pack` wrote as text. Raises `ValueError` for an array of anything
    but numbers and strings."""
    return _decoded(json.loads(text))


def _encoded(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        buffer = io.BytesIO()
        np.save(buffer, value, allow_pickle=False)
        return {"array": base64.b64encode(buffer.getvalue()).decode()}
    if isinstance(value, dict):
        return {"dict": [_encoded(item) for item in value.items()]}
    if isinstance(value, tuple | list):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_encoded(item) for item in value]}
    return value


def _decoded(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    [(kind, content)] = value.items()
    if kind == "array":
        array = np.lib.format.read_array(io.BytesIO(base64.b64decode(content)), allow_pickle=False)
        if array.dtype.kind not in PLAIN:
            raise ValueError(f"an array of {array.dtype} is no answer")
        return array[()]
    return {"dict": dict, "list": list, "tuple": tuple}[kind](map(_decoded, content))
