"""Plain data: what an answer may be, whether two are the same, and how to write them down."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

PLAIN = "biufcSU"  # NumPy's kinds (`dtype.kind`) of arrays that answers may be
PRINTED = 500  # characters of a student's own output, or of an exception, that a card shows


class Answer(NamedTuple):
    """The result of one call, as plain data: a value, or the problem that prevented one."""

    value: Any = None
    problem: str | None = None
    error: str | None = None  # the exception's type, where there was one
    printed: str = ""


def values_in(value: Any) -> int:
    """Return how many numbers there are in plain data."""
    if isinstance(value, dict):
        return sum(map(values_in, value.values()))
    return sum(map(values_in, value)) if isinstance(value, tuple | list) else np.size(value)


def to_plain(value: Any) -> Any:
    """Return plain data: None, booleans, numbers, strings, arrays, and tuples and lists of these.

    Tensors become arrays. An object of a subclass becomes one of its base, so that methods of a
    student's own class, such as its equality, have no effect outside. Raises `Unusable` for
    anything else.
    """
    if value is None or isinstance(value, bool):
        return value
    plain: tuple[Any, ...] = (int, float, str)
    for kind in plain:
        if isinstance(value, kind):
            base = kind.__getnewargs__(value)[0]
            if kind is int and base.bit_length() > 63:
                raise Unusable("The whole number returned is too large for any array.")
            return base
    several: tuple[Any, ...] = (tuple, list)
    for kind in several:
        if isinstance(value, kind):
            return kind(to_plain(item) for item in kind.__iter__(value))
    if hasattr(value, "numpy"):
        value = value.numpy()
    if not isinstance(value, np.ndarray | np.generic) and not hasattr(value, "__array__"):
        raise Unusable(f"Expected an array or a number, got {describe(value)}.")
    array = np.array(value, subok=False)
    if array.dtype.kind not in PLAIN:
        raise Unusable(f"Expected an array of numbers, got one of {array.dtype}.")
    return array


def each_map(value: np.ndarray) -> np.ndarray:
    """Return the maps (n, h, w) of one map (h, w), of several, or of maps with channels (N, h, w,
    channels)."""
    value = np.asarray(value)
    if value.ndim == 4:
        return np.moveaxis(value, -1, 1).reshape(-1, *value.shape[1:3])
    return value.reshape(-1, *value.shape[-2:])


class Unusable(Exception):
    """The student's result cannot be judged; the message says why and what to return."""


# How to judge: functions (got, expected) that return None, or a sentence on what is wrong.


def shape_and_type(got: Any, expected: Any) -> str | None:
    """Judge shape and type: return None if both are right, else what is wrong."""
    if isinstance(expected, tuple):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return f"Expected {len(expected)} results, got {describe(got)}."
        problems = (shape_and_type(*pair) for pair in zip(got, expected, strict=True))
        return next((problem for problem in problems if problem), None)
    value, got, expected = got, as_array(got), np.asarray(expected)
    if got is None or got.dtype.kind not in "biuf":
        return f"Expected {describe(expected)}, got {describe(value)}: not an array of numbers."
    if got.shape != expected.shape:
        return f"Expected shape {expected.shape}, got shape {got.shape}."
    whole = np.issubdtype(expected.dtype, np.integer)
    if whole and not np.issubdtype(got.dtype, np.integer):
        return f"Expected whole numbers, got {got.dtype}."
    if not whole and not np.issubdtype(got.dtype, np.floating):
        return f"Expected floating point numbers, got {got.dtype}."
    return None


def same_values(got: Any, expected: Any) -> str | None:
    """Judge shape and values: return None if both are right, else what is wrong. Values may differ
    by rounding in float32, and are NaN only where NaN is expected."""
    if isinstance(expected, tuple):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return shape_and_type(got, expected)
        problems = (same_values(*pair) for pair in zip(got, expected, strict=True))
        return next((problem for problem in problems if problem), None)
    value, got, expected = got, as_array(got), np.asarray(expected)
    if got is None or got.dtype.kind not in "biuf" or got.shape != expected.shape:
        return shape_and_type(value, expected)
    if np.isnan(got).any() and not np.isnan(expected).any():
        return f"{np.isnan(got).sum()} of {got.size} values are NaN."
    wrong = ~np.isclose(got, expected, rtol=1e-4, atol=1e-5, equal_nan=True)
    if not wrong.any():
        return None
    if expected.ndim == 0:
        return f"Expected {expected:g}, got {got:g}."
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    text = f"{wrong.sum()} of {wrong.size} values differ; at {list(first)} expected "
    text += f"{expected[first]:g}, got {got[first]:g}."
    if expected.size <= 12:
        text += f"\nexpected {numbers(expected)}\ngot      {numbers(got)}"
    return text


def equal(one: Any, other: Any) -> bool:
    """Whether two pieces of plain data are the same, to the last bit."""
    if isinstance(one, dict):
        return isinstance(other, dict) and equal([*one.items()], [*other.items()])
    if isinstance(one, tuple | list):
        same_kind = isinstance(other, tuple | list) and len(one) == len(other)
        return same_kind and all(map(equal, one, other))
    if isinstance(one, np.ndarray | np.generic):
        array = None if isinstance(other, tuple | list) else as_array(other)
        floats = array is not None and one.dtype.kind == array.dtype.kind == "f"
        return array is not None and np.array_equal(one, array, equal_nan=floats)
    return type(one) is type(other) and one == other


def as_array(value: Any) -> np.ndarray | None:
    try:
        return np.asarray(value)
    except ValueError:  # a ragged list
        return None


def same_answer(got: Answer, known: Answer) -> bool:
    if got.problem is not None or known.problem is not None:
        # Exceptions are compared by type: their text may name what differs in the student's code.
        same = "error" if got.error else "problem"
        return getattr(got, same) == getattr(known, same)
    return equal(got.value, known.value) or _close(got.value, known.value)


def _close(one: Any, other: Any) -> bool:
    """Whether two pieces of plain data hold the same numbers, up to rounding."""
    if isinstance(other, tuple):
        several = isinstance(one, tuple | list) and len(one) == len(other)
        return several and all(map(_close, one, other))
    if isinstance(one, tuple) and any(isinstance(item, np.ndarray) and item.ndim for item in one):
        return False  # several results are not one array of them
    a, b = as_array(one), as_array(other)
    if a is None or b is None or a.shape != b.shape or {a.dtype.kind, b.dtype.kind} - set("biuf"):
        return False
    if a.size and abs(float(a.flat[0]) - float(b.flat[0])) > 1e-5 + 1e-4 * abs(float(a.flat[0])):
        return False  # most answers differ in the first value, which is found at once
    close = (np.isclose(x, y, rtol=1e-4, atol=1e-5, equal_nan=True) for x, y in ((a, b), (b, a)))
    return all(each.all() for each in close)


def describe(value: Any) -> str:
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape}, {value.dtype}"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if value is None:
        return "None (is there a `return`?)"
    text = text_of(repr, value)
    return f"{text} ({type(value).__name__})" if len(text) < 60 else type(value).__name__


def describe_inputs(inputs: dict[str, Any]) -> str:
    def text(value):
        if callable(value):
            return "a function"
        if isinstance(value, dict):
            return "a small network" if {"layers", "kernels"} & value.keys() else "a dictionary"
        if isinstance(value, np.ndarray):
            return numbers(value) if value.size <= 12 else describe(value)
        if isinstance(value, list) and all(isinstance(item, np.ndarray) for item in value):
            return f"{len(value)} arrays of shapes {', '.join(str(item.shape) for item in value)}"
        return repr(value)

    return ", ".join(f"{name}={text(value)}" for name, value in inputs.items())


def numbers(array: np.ndarray) -> str:
    return np.array2string(array, precision=4, separator=", ").replace("\n", "")


def text_of(form: Callable[[Any], str], value: Any) -> str:
    """Return `form(value)`, cut if it is too long; the type's name if a student's class raises."""
    try:
        text = form(value)
    except Exception:
        return f"a {type(value).__name__}"
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)  # colours, which a terminal would show
    return text if len(text) <= PRINTED else f"{text[:PRINTED]} …"
