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

from helpers.checks.core import Answer, Case, Check, calls

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

    from helpers import checks

    check: Check = getattr(checks, name)
    inputs = unpack(packed)
    try:
        answers = check.answers(function(), inputs)
    except NameError as error:
        answers = [Answer(problem=f"There is no function to check: {error}.")] * len(inputs)
    display({MIME: pack([tuple(answer) for answer in answers])}, raw=True)


def read_answers(cases: list[Case], outputs: Iterable[dict]) -> list[Answer]:
    """What the kernel answered last, or why it did not."""
    count, outputs = len(calls(cases)), list(outputs)
    for output in reversed(outputs):
        answers = _answers(output.get("data", {}).get(MIME))
        if len(answers) == count:
            return answers
    errors = [f": {o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]
    return [Answer(problem="The function did not answer" + "".join(errors[-1:]))] * count


def _answers(text: Any) -> list[Answer]:
    try:
        return [
            Answer(value, *(None if field is None else str(field) for field in fields))
            for value, *fields in unpack(text)
        ]
    except Exception:  # a student's own output: whatever it is, it is no answer
        return []


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
        buffer = io.BytesIO(base64.b64decode(content))
        return np.lib.format.read_array(buffer, allow_pickle=False)[()]
    return {"dict": dict, "list": list, "tuple": tuple}[kind](map(_decoded, content))
