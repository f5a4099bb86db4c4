"""Plain data: what an answer may be, whether two are the same, and how to write them down."""

from __future__ import annotations

import base64
import functools
import io
import json
import re
import zlib
from collections.abc import Callable, Sequence
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


def each_map_of_the_first(value: Sequence[np.ndarray]) -> np.ndarray:
    """Return the maps (n, h, w) of the first of several results."""
    return each_map(value[0])


def over_peaks(value: Any) -> Any:
    """Return the array of each image over its largest absolute value; other values as they are."""
    x = as_array(value)
    if x is None or x.dtype.kind not in "if" or x.ndim < 2 or not x.size:
        return value
    peak = abs(x).max(axis=tuple(range(1, x.ndim)), keepdims=True)
    return x / np.where(np.isfinite(peak) & (peak > 1e-6), peak, 1)


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
        return f"Expected {describe(expected)}, got {describe(value)}, not an array of numbers."
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
    wrong = ~rounds_to(got, expected)
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


def rounds_to(got: Any, expected: Any) -> np.ndarray:
    """Where two arrays hold the same values but for rounding in float32.

    A sum rounds with its largest term, and a layer's small values are sums of large ones. So what
    is allowed beside 1/10,000 of a value grows with the largest one: 1/100,000 of that, and no
    less than 1/100,000.
    """
    expected = np.asarray(expected)
    return np.isclose(got, expected, rtol=1e-4, atol=rounding(expected), equal_nan=True)


def rounding(expected: np.ndarray) -> float:
    """Return by how much a value that should be 0 may differ from it."""
    if expected.dtype.kind != "f":
        return 1e-5
    sizes = abs(expected)
    return 1e-5 * float(sizes.max(initial=1, where=np.isfinite(sizes)))


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


def odd(value: Any, expected: Any) -> bool:
    """Whether shape or type are not those of the expected answer."""
    if shape_and_type(value, expected):
        return True
    one, other = as_array(value), as_array(expected)
    return one is not None and other is not None and one.dtype != other.dtype


class Signature(NamedTuple):
    """Of plain data what is needed to recognise them: how they are made up, and two sums of their
    numbers with random weights, which are always the same ones. `odd` says whether their shape or
    type is a wrong one."""

    made_of: str
    sums: tuple[float, float]
    odd: bool = False

    @classmethod
    def of(cls, value: Any, odd: bool = False) -> Signature:
        texts: list[str] = []
        numbers = _taken_apart(value, texts)
        return cls(" ".join(texts), tuple(_weights_of(numbers.size) @ numbers), odd)

    def matches(self, value: Any) -> bool:
        """Whether these may be the same plain data, up to rounding."""
        texts: list[str] = []
        numbers = _taken_apart(value, texts)
        if " ".join(texts) != self.made_of:
            return False
        weights = _weights_of(numbers.size)
        rounding = 1e-4 * np.sqrt(weights**2 @ numbers**2) + 1e-5 * np.sqrt(numbers.size)
        return bool((abs(weights @ numbers - self.sums) <= rounding).all())


@functools.cache
def _weights_of(size: int) -> np.ndarray:
    return np.random.default_rng(0).choice([-1.0, 1.0], (2, size)) * np.linspace(1, 2, size)


def _taken_apart(value: Any, texts: list[str]) -> np.ndarray:
    """Return the numbers in plain data, and add to `texts` what else they are made of."""
    if isinstance(value, dict):
        value = tuple(sorted(value.items()))
    array = None if value is None or isinstance(value, str) else as_array(value)
    if isinstance(value, tuple) or (isinstance(value, list) and _kind(array) not in "biuf"):
        texts.append(f"{len(value)}:")
        return np.concatenate([np.zeros(0), *(_taken_apart(item, texts) for item in value)])
    if array is None or array.dtype.kind not in "biuf":
        texts.append(repr(value))
        return np.zeros(0)
    numbers = array.astype(float).ravel()
    finite = np.isfinite(numbers)
    if finite.all():
        texts.append(f"{array.shape}")
        return numbers
    odd_ones = np.where(finite, 0, np.nan_to_num(np.sign(numbers), nan=2))
    texts.append(f"{array.shape} {zlib.crc32(odd_ones.astype(np.int8).tobytes())}")
    return np.where(finite, numbers, 0)


def _kind(array: np.ndarray | None) -> str:
    return "O" if array is None else array.dtype.kind


def same_answer(got: Answer, known: Answer) -> bool:
    for one, other in ((got, known), (known, got)):
        if isinstance(one.value, Signature) and other.problem is None:
            return one.value.matches(other.value)
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
    if a.size:
        first, theirs = float(a.flat[0]), float(b.flat[0])
        if abs(first - theirs) > rounding(a) + 1e-4 * abs(first):
            return False  # most answers differ in the first value, which is found at once
    return bool(rounds_to(a, b).all() and rounds_to(b, a).all())


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


# How plain data travel from one process to another.


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
