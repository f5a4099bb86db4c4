"""A check whose two halves run in two processes, and exchange text.

The student's kernel computes answers; the judge draws the inputs and makes the verdict. Nothing
that comes from the kernel is executed here: it is JSON, and arrays that hold numbers.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from helpers.checks.core import MOST, PLAIN, Answer, Case, Check, calls

MIME = "application/vnd.inside-cnns.answers"


def question(check: Check, expression: str, cases: list[Case]) -> str:
    """Code that makes a kernel answer the cases with the function that `expression` names."""
    # A student's own names cannot stand in the way of it.
    return (
        '__import__("helpers.checks.apart", fromlist=["answer"])'
        f".answer({check.name!r}, lambda: {expression}, {pack(calls(cases))!r})"
    )


def answer(name: str, function: Callable[[], Callable], packed: str) -> None:
    """In the kernel: run the student's function, and show the answers to the judge."""
    from IPython.display import display
    from IPython.utils.capture import capture_output

    from helpers import checks

    check: Check = getattr(checks, name)
    inputs = unpack(packed)
    try:
        # Of many pictures, messages would be lost, and the answers with them.
        with capture_output(stdout=False, stderr=False):
            attempts = check.attempts(function(), inputs)
    except NameError as error:
        attempts = [[Answer(problem=f"There is no function to check: {error}.")] * len(inputs)]
    display({MIME: pack([list(map(tuple, answers)) for answers in attempts])}, raw=True)


def read_attempts(check: Check, cases: list[Case], outputs: Iterable[dict]) -> list[list[Answer]]:
    """What the kernel answered last, or why it did not."""
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
    except Exception:  # a student's own output: whatever it is, it is no answer
        return []


def _answer(value: Any, problem: Any, error: Any, printed: Any) -> Answer:
    """Of what a kernel says it is, only as much as a card can show."""
    texts = (None if text is None else str(text) for text in (problem, error, printed))
    cut: list[Any] = [t and t[:MOST].encode("utf-8", "replace").decode() for t in texts]
    return Answer(value, *cut)


def pack(value: Any) -> str:
    """Plain data as text: None, numbers, strings, arrays, and lists, tuples and dicts of them."""
    return json.dumps(_encoded(value))


def unpack(text: str) -> Any:
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
