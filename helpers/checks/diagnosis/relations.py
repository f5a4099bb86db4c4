"""How a wrong value may come from the right one: each relation is a phrase and a function.

A phrase holds `{}` for what the value is made of: "minus {}" of "the expected answer", or of a
part of it, such as "the sum before the ReLU".
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from helpers.checks.values import rounding

Values = np.ndarray


class Relation(NamedTuple):
    phrase: str
    function: Callable[[Values], Values]


def relations(ndim: int) -> list[Relation]:
    """Return the relations that an array with so many axes can have to another, simple ones
    first."""
    return [*_elementwise(), *_order(ndim), *_shapes(ndim), *_scales(ndim), *_reductions(ndim)]


@functools.cache
def _elementwise() -> tuple[Relation, ...]:
    found: dict[str, Callable[[Values], Values]] = {
        "minus {}": np.negative,
        "the absolute value of {}": abs,
        "{} with 0 for what is negative": lambda x: np.maximum(x, 0),
        "{} with 0 for what is positive": lambda x: np.minimum(x, 0),
        "1 minus {}": lambda x: 1 - x,
        "the square of {}": np.square,
        "the square root of {}": lambda x: np.sqrt(x),
        "1 divided by {}": lambda x: 1 / x,
        "the exponential of {}": np.exp,
        "the logarithm of {}": np.log,
        "{} rounded down to whole numbers": np.floor,
        "{} without its fraction, as whole numbers": np.trunc,
        "{} rounded to whole numbers": np.rint,
        "{} clipped to 0 … 1": lambda x: np.clip(x, 0, 1),
        "{} reduced to 1 where it is positive, else 0": lambda x: (x > 0) * 1.0,
        "{} reduced to its sign": np.sign,
        "{} with NaN replaced by 0": np.nan_to_num,
        "{} as 8-bit whole numbers, which wrap round at 256": _eight_bits,
        "{} with 1 for NaN": lambda x: np.nan_to_num(x, nan=1),
        "{} with −1 for NaN": lambda x: np.nan_to_num(x, nan=-1),
    }
    return tuple(itertools.starmap(Relation, found.items()))


def _eight_bits(x: Values) -> Values:
    return np.trunc(x).astype(np.int64).astype(np.uint8)


def _axis(axis: int, ndim: int) -> str:
    return f"axis {axis}" if ndim > 1 else "its only axis"


def _order(ndim: int) -> Iterator[Relation]:
    for axis in range(ndim):
        name = _axis(axis, ndim)
        flip = functools.partial(np.flip, axis=axis)
        yield Relation(f"{{}} in reversed order along {name}", flip)
        for by, way in ((1, "later"), (-1, "earlier")):
            phrase = f"{{}} shifted by one along {name}, to a {way} place"
            yield Relation(phrase, functools.partial(_shifted, by=by, axis=axis))
            yield Relation(
                f"{phrase} (the last comes round)", functools.partial(np.roll, shift=by, axis=axis)
            )
        yield Relation(f"{{}} sorted along {name}", functools.partial(np.sort, axis=axis))
        yield Relation(f"{{}} added up along {name}", functools.partial(np.cumsum, axis=axis))
    for one, other in itertools.combinations(range(ndim), 2):
        swap = functools.partial(np.swapaxes, axis1=one, axis2=other)
        yield Relation(f"{{}} with axes {one} and {other} swapped", swap)
    if ndim > 1:
        for order in itertools.permutations(range(ndim)):
            if sum(axis != place for place, axis in enumerate(order)) > 2:  # else two are swapped
                phrase = f"{{}} with its axes in the order {', '.join(map(str, order))}"
                yield Relation(phrase, functools.partial(np.transpose, axes=order))
        for order in itertools.permutations(range(ndim)):
            if order != (*range(ndim),):
                phrase = (
                    f"{{}} in the order of its axes {', '.join(map(str, order))}, only reshaped: "
                    "`reshape` moves no axis, `transpose` does"
                )
                yield Relation(phrase, functools.partial(_reshaped, order=order))
        yield Relation("{} turned round whole, along every axis", np.flip)


def _reshaped(x: Values, order: tuple[int, ...]) -> Values:
    return x.transpose(order).reshape(x.shape)


def _shifted(x: Values, by: int, axis: int) -> Values:
    x = np.roll(x.astype(np.float64), by, axis)
    empty = [slice(None)] * x.ndim
    empty[axis] = slice(by) if by > 0 else slice(by, None)
    x[tuple(empty)] = 0
    return x


def _shapes(ndim: int) -> Iterator[Relation]:
    if ndim:
        yield Relation("{} squeezed: its axes of length 1 are lost", np.squeeze)
        yield Relation("{} in one row (flattened)", np.ravel)
        yield Relation("{} with another axis of length 1 at the end", lambda x: x[..., None])
        yield Relation("{} with another axis of length 1 in front", lambda x: x[None])
        yield Relation("{}, its first entry in the place of each", _repeated(0))
        yield Relation("{}, its last entry in the place of each", _repeated(-1))
    if ndim > 2:
        yield Relation("{} with all but the first axis flattened", lambda x: x.reshape(len(x), -1))
    for axis in range(ndim):
        name = _axis(axis, ndim)
        for index, which in ((0, "first"), (-1, "last")):
            take = functools.partial(np.take, indices=index, axis=axis)
            yield Relation(f"the {which} entry of {{}} along {name}", take)
            keep = functools.partial(np.take, indices=[index], axis=axis)
            yield Relation(f"the {which} entry alone of {{}} along {name}", keep)
            without = functools.partial(np.delete, obj=index, axis=axis)
            yield Relation(f"{{}} without its {which} entry along {name}", without)


def _repeated(index: int) -> Callable[[Values], Values]:
    return lambda x: np.broadcast_to(x[index], x.shape)


def _subsets(ndim: int) -> dict[tuple[int, ...], str]:
    """Return what may be taken together: tuples of axes, and a name for each."""
    found: dict[tuple[int, ...], str] = {tuple(range(ndim)): "over all values at once"}
    for length in (1, 2, 3):
        for axes in itertools.combinations(range(ndim), length):
            several = "axes " + ", ".join(map(str, axes[:-1])) + f" and {axes[-1]}"
            name = f"along {_axis(axes[0], ndim) if length == 1 else several}"
            found.setdefault(axes, name)
    return found


SCALES: dict[str, Callable[[Values, tuple[int, ...]], Values]] = {
    "{} divided by its maximum": lambda x, a: x / x.max(a, keepdims=True),
    "{} divided by its largest absolute value": lambda x, a: x / abs(x).max(a, keepdims=True),
    "{} divided by its sum": lambda x, a: x / x.sum(a, keepdims=True),
    "{} divided by its length (L2 norm)": lambda x, a: x / np.sqrt((x**2).sum(a, keepdims=True)),
    "{} divided by its root mean square": lambda x, a: x / np.sqrt((x**2).mean(a, keepdims=True)),
    "{} stretched from its minimum to its maximum": lambda x, a: (
        (x - x.min(a, keepdims=True)) / np.ptp(x, axis=a, keepdims=True)
    ),
    "{} without its mean": lambda x, a: x - x.mean(a, keepdims=True),
    "{} with mean 0 and standard deviation 1": lambda x, a: (
        (x - x.mean(a, keepdims=True)) / x.std(a, keepdims=True)
    ),
    "{} divided by its mean": lambda x, a: x / x.mean(a, keepdims=True),
    "{} divided by its standard deviation": lambda x, a: x / x.std(a, keepdims=True),
    "the softmax of {}": lambda x, a: (
        np.exp(x - x.max(a, keepdims=True))
        / np.exp(x - x.max(a, keepdims=True)).sum(a, keepdims=True)
    ),
}


def _scales(ndim: int) -> Iterator[Relation]:
    for axes, where in _subsets(ndim).items():
        for phrase, scale in SCALES.items():
            yield Relation(f"{phrase}, {where}", functools.partial(_scaled, scale=scale, axes=axes))


def _scaled(x: Values, scale: Callable, axes: tuple[int, ...]) -> Values:
    return scale(x.astype(np.float64), axes)


REDUCTIONS: dict[str, Callable[..., Values]] = {
    "mean": np.mean,
    "sum": np.sum,
    "maximum": np.max,
    "minimum": np.min,
    "median": np.median,
}


def _reductions(ndim: int) -> Iterator[Relation]:
    if not ndim:
        return
    for axes, where in _subsets(ndim).items():
        for name, function in REDUCTIONS.items():
            phrase, reduce = f"the {name} of {{}} {where}", functools.partial(function, axis=axes)
            yield Relation(phrase, reduce)
            kept = functools.partial(function, axis=axes, keepdims=True)
            yield Relation(f"{phrase}, with axes of length 1 left", kept)
            yield Relation(f"{phrase}, in the place of each value", _spread(kept))


def _spread(reduce: Callable[[Values], Values]) -> Callable[[Values], Values]:
    return lambda x: np.broadcast_to(reduce(x), x.shape)


def multiples(
    got: Sequence[Values], right: Sequence[Values], inputs: Sequence[dict[str, Any]]
) -> Iterator[str]:
    """Yield phrases for answers that are a multiple of the right ones, or more by a number."""
    if any(g.shape != r.shape for g, r in zip(got, right, strict=True)):
        return
    factors = [
        _constant([g], [r], _quotients, np.multiply) for g, r in zip(got, right, strict=True)
    ]
    known = [c for c in factors if c is not None]
    if len(known) == len(factors) and sum(g.size for g in got) > 2:
        if np.allclose(known, known[0], rtol=1e-3):
            if not np.isclose(known[0], 1):  # else only the type is wrong
                yield "minus {}" if np.isclose(known[0], -1) else f"{known[0]:.4g} times {{}}"
            return
        for name, sizes in _sizes(inputs).items():
            for phrase, function in BY_SIZE.items():
                with np.errstate(all="ignore"):
                    if np.allclose(function(np.array(sizes, float)), known, rtol=1e-3):
                        yield phrase.replace("SIZE", name)
                        return
    if more := _constant(got, right, np.subtract, np.add):
        yield f"{{}} {'plus' if more > 0 else 'minus'} {abs(more):.4g}"


BY_SIZE: dict[str, Callable[[Values], Values]] = {
    "{} times SIZE": lambda s: s,
    "{} divided by SIZE": lambda s: 1 / s,
    "{} times SIZE over (SIZE − 1)": lambda s: s / (s - 1),
    "{} times (SIZE − 1) over SIZE": lambda s: (s - 1) / s,
    "{} times SIZE over (SIZE + 1)": lambda s: s / (s + 1),
    "{} times (SIZE + 1) over SIZE": lambda s: (s + 1) / s,
    "{} times the square of SIZE": np.square,
    "{} divided by the square of SIZE": lambda s: 1 / s**2,
    "{} times the square root of SIZE": np.sqrt,
    "{} divided by the square root of SIZE": lambda s: 1 / np.sqrt(s),
}


def _sizes(inputs: Sequence[dict[str, Any]]) -> dict[str, list[float]]:
    """Return numbers that an answer may be multiplied by, by name: one for each call."""
    found: dict[str, list[float]] = {}
    for name, value in inputs[0].items():
        if isinstance(value, np.ndarray) and value.ndim:
            ndim = min(call[name].ndim for call in inputs)
            for axis in range(ndim):
                code = f"`{name}.shape[{axis}]`" if axis else f"`len({name})`"
                found[code] = [call[name].shape[axis] for call in inputs]
            if ndim > 2:
                pixels = [float(np.prod(call[name].shape[1:3])) for call in inputs]
                found[f"the number of pixels of `{name}`"] = pixels
            found[f"`{name}.size`"] = [call[name].size for call in inputs]
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[f"`{name}`"] = [call[name] for call in inputs]
    return found


def _quotients(got: Values, right: Values) -> Values:
    return got[right != 0] / right[right != 0]


def _constant(
    got: Sequence[Values], right: Sequence[Values], solve: Callable, apply: Callable
) -> float | None:
    """Return the one number that makes all of `got` of all of `right`, or None."""
    mine, theirs = (
        np.concatenate([v.ravel() for v in values], dtype=float) for values in (got, right)
    )
    known = np.isfinite(mine) & np.isfinite(theirs)
    solved = solve(mine[known], theirs[known])
    if not solved.size:
        return None
    constant = float(np.median(solved))
    all_of_them = apply(theirs, constant)
    near = 1e-3, rounding(all_of_them)
    same = np.allclose(mine, all_of_them, *near, equal_nan=True)
    return constant if same else None
