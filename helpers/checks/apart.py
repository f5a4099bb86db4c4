"""Ask a student's kernel for answers, and read them; runs in the judge's process.

The kernel computes answers (`asking`). The judge draws the inputs and makes the verdict. The judge
executes nothing that comes from the kernel: the text is JSON, with arrays of numbers and strings.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from helpers.checks.asking import MIME, Reply
from helpers.checks.core import MOST, Answer, Case, Check, calls
from helpers.checks.values import unpack

__all__ = ["code", "problem", "read"]


def code(
    check: Check, expression: str, cases: list[Case], known: dict[str, str] | None = None
) -> str:
    """Return code that makes a kernel answer the cases with the function called `expression`. For
    `known`, see `Check.attempts`."""
    # The code imports what it needs, so no name that the student has defined can break it.
    question = check.asking.question(calls(cases), known)
    return (
        '__import__("helpers.checks.asking", fromlist=["answer"])'
        f".answer(lambda: {expression}, {question!r})"
    )


def read(cases: list[Case], outputs: Iterable[dict]) -> Reply | None:
    """Return what the kernel answered last: an `Answer` to each call. Returns None where there is
    no usable reply; `problem` says why."""
    for output in reversed([*outputs]):
        reply = _reply(output.get("data", {}).get(MIME))
        if reply and len(reply.answers) == len(calls(cases)):
            return reply
    return None


def problem(outputs: Iterable[dict]) -> str:
    """Return why there is no reply."""
    errors = [f": {o['ename']}: {o['evalue']}" for o in outputs if o["output_type"] == "error"]
    return "The function did not answer" + "".join(errors[-1:])


def _reply(text: Any) -> Reply | None:
    try:
        answers, asked = unpack(text)
        return Reply([_answer(*fields) for fields in answers], [*map(str, asked)])
    except Exception:  # an output of the student's own code, and no answer
        return None


def _answer(value: Any, problem: Any, error: Any, printed: Any) -> Answer:
    """Return an `Answer` whose texts are cut to what a card can show."""
    texts = (None if text is None else str(text) for text in (problem, error, printed))
    cut: list[Any] = [t and t[:MOST].encode("utf-8", "replace").decode() for t in texts]
    return Answer(value, *cut)
