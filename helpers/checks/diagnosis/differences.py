"""What differs, and where, in words: for a wrong answer whose cause is not known."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from helpers.checks.values import as_array, same_values, shape_and_type

Inputs = dict[str, Any]


NAMES = 3  # that are listed


def difference(got: Any, expected: Any) -> list[str]:
    """Return what one wrong answer has that the right one has not, in sentences; none where nothing
    more can be said than that the values differ."""
    if isinstance(expected, list) and isinstance(got, tuple | list):
        return _of_lists([*got], expected)
    if isinstance(expected, tuple):
        return _of_several(got, expected)
    got, expected = as_array(got), np.asarray(expected)
    if got is None or got.dtype.kind not in "biuf" or expected.dtype.kind not in "biuf":
        return []
    if got.shape != expected.shape:
        return [_of_shapes(got, expected)]
    if not got.size:
        return []
    wrong = ~np.isclose(got, expected, rtol=1e-4, atol=1e-5, equal_nan=True)
    if not wrong.any():
        return _of_types(got, expected)
    return [*_where(wrong, got, expected), *_how(wrong, got, expected)][:2]


def _of_several(got: Any, expected: tuple) -> list[str]:
    if not isinstance(got, tuple | list):
        return []
    if len(got) != len(expected):
        return _of_lists([*got], [*expected])
    words = ("first", "second", "third", "fourth", "fifth", "sixth")
    pairs = [*zip(got, expected, strict=True)]
    wrong = [n for n, pair in enumerate(pairs) if same_values(*pair) or shape_and_type(*pair)]
    if not wrong or len(expected) > len(words):
        return []
    told = [difference(*pairs[n]) for n in wrong]
    if len(wrong) == 1:
        return [f"Only the {words[wrong[0]]} of the {len(expected)} results is wrong.", *told[0]]
    return [one for one in told[0] if all(one in other for other in told)] or [
        f"The {words[n]} result: {' '.join(some)}"
        for n, some in zip(wrong, told, strict=True)
        if some
    ]


def _of_lists(got: list, expected: list) -> list[str]:
    names = all(isinstance(item, str) for item in expected)
    inner = [n for n, item in enumerate(got) if isinstance(item, tuple | list)]
    if names and inner:
        return [
            f"Entry {inner[0]} is a list, where a name belongs: `extend` or `+=` adds the entries "
            "of a list, `append` the list itself."
        ]
    more = len(got) - len(expected)
    verb, way = "is" if abs(more) == 1 else "are", "many" if more > 0 else "few"
    told = f"There {verb} {abs(more)} too {way}" if more else "There are as many as expected"
    if not names or not all(isinstance(item, str) for item in got):
        return [f"{told}."] if more else []
    missing = [item for item in expected if item not in got]
    extra = [item for item in got if item not in expected]
    if missing or extra:
        parts = [f"{_some(missing)} missing"] if missing else []
        parts += [f"{_some(extra)} not expected"] if extra else []
        return [f"{told}: {'; '.join(parts)}."]
    if more:
        return [f"{told}: some come twice."]
    return ["They are the right ones, in another order."]


def _some(names: list[str]) -> str:
    more = len(names) - NAMES
    return ", ".join(names) if more < 2 else f"{', '.join(names[:NAMES])} and {more} more"


def _of_types(got: np.ndarray, expected: np.ndarray) -> list[str]:
    kinds = {"b": "true and false", "i": "whole numbers", "u": "whole numbers", "f": "fractions"}
    one, other = kinds[got.dtype.kind], kinds[expected.dtype.kind]
    if one == other:
        return []
    return [f"The values are right, their type is not: {other} are asked for, these are {one}."]


def _of_shapes(got: np.ndarray, expected: np.ndarray) -> str:
    if sorted(got.shape) == sorted(expected.shape):
        moved = sum(a != b for a, b in zip(got.shape, expected.shape, strict=True))
        swapped = " Two of them are swapped: rows and columns?" if moved == 2 else ""
        return f"The axes are the right ones, in another order.{swapped}"
    if got.size == expected.size:
        return "There are as many values as expected, in another shape."
    if got.ndim < expected.ndim:
        missing = expected.ndim - got.ndim
        lost = "An axis is missing" if missing == 1 else f"{missing} axes are missing"
        return f"{lost}: something was averaged, added up or picked that should stay apart."
    if got.ndim > expected.ndim:
        return "There is an axis too many: something stays apart that should become one."
    wrong = [a for a in range(got.ndim) if got.shape[a] != expected.shape[a]]
    told = []
    for axis in wrong:
        more = got.shape[axis] - expected.shape[axis]
        if abs(more) == 1:
            told.append(f"Along axis {axis} there is one {'too many' if more > 0 else 'too few'}.")
        elif got.shape[axis] == 1:
            told.append(
                f"Along axis {axis} there is only one, where {expected.shape[axis]} belong."
            )
        else:
            told.append(
                f"Axis {axis} has length {got.shape[axis]} in place of {expected.shape[axis]}."
            )
    return " ".join(told)


def _where(wrong: np.ndarray, got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    """Yield at which places the values are wrong, where that has a short name."""
    known = (got != 0) | (expected != 0)  # that a 0 stayed a 0 tells little
    if not (known & ~wrong).any() or got.ndim == 0:
        return
    for right, place in (
        (np.isnan(expected), "NaN is"),
        (expected == 0, "0 is"),
        (expected < 0, "a negative value is"),
    ):
        if (right == wrong).all():
            yield f"Wrong exactly where {place} expected."
            return
    if (np.isnan(got) == wrong).all():
        yield "Wrong exactly where the answer is NaN."
        return
    for axis in range(wrong.ndim):
        rest = tuple(a for a in range(wrong.ndim) if a != axis)
        bad = np.asarray(wrong.any(axis=rest))
        named = _named(bad, axis, wrong.ndim)
        # A few wrong values here and there leave out the first or the last entries by chance.
        among = np.take(known, np.flatnonzero(bad), axis=axis)
        if named and (bad.sum() == 1 or 2 * wrong.sum() >= among.sum()):
            yield named
            return
    if wrong.ndim > 2 and min(wrong.shape[1:3]) > 2:  # images; a table has no border
        inner = wrong
        for axis in (1, 2):
            inner = np.take(inner, range(1, inner.shape[axis] - 1), axis=axis)
        if not inner.any():
            yield "Right inside, wrong at the border."


def _named(bad: np.ndarray, axis: int, ndim: int) -> str | None:
    """Return in words which entries along an axis hold wrong values."""
    count = len(bad)
    if bad.all() or count < 2:
        return None
    along = f" along axis {axis}" if ndim > 1 else ""
    if count > 2 and bad.sum() == count - 1:
        if not bad[0]:
            return f"The first entry{along} is right, the others are not."
        if not bad[-1]:
            return f"The last entry{along} is right, the others are not."
    if bad.sum() == 1 and bad[0]:
        return f"Only the first entry{along} is wrong."
    if bad.sum() == 1 and bad[-1]:
        return f"Only the last entry{along} is wrong."
    if bad.sum() == 1:
        return f"Only entry {int(bad.argmax())}{along} is wrong."
    first, last = np.flatnonzero(bad)[[0, -1]]
    if bad[first:].all():
        return f"Right up to entry {first - 1}{along}, wrong from entry {first} on."
    if bad[: last + 1].all():
        return f"Wrong up to entry {last}{along}, right after it."
    return None


def _how(wrong: np.ndarray, got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    """Yield how the wrong values differ from the right ones."""
    mine, right = (v[wrong].astype(np.float64) for v in (got, expected))
    if not np.isfinite(mine).all():
        if np.isnan(mine).all():
            yield "These values are NaN: a division of 0 by 0?"
        elif np.isnan(mine).any():
            yield "Some of the wrong values are NaN: a division of 0 by 0?"
        elif np.isinf(mine).any():
            yield "Some values are infinite: a division by 0, or the logarithm of 0?"
        return
    if not np.isfinite(right).all():
        if np.isnan(right).all() and np.ptp(mine) == 0:
            yield f"There is {mine[0]:g} where NaN belongs."
        return
    largest = abs(right).max()
    if (got == 0).all():
        yield "Every value is 0."
    elif got.size > 1 and np.ptp(got.astype(np.float64)) == 0:
        yield f"Every value is {got.flat[0]:g}."
    elif (mine == 0).all():
        yield "All wrong values are 0."
    elif abs(mine).max() < 1e-5 * largest:
        yield "All wrong values are 0 but for rounding."
    elif np.ptp(mine) == 0 and mine.size > 1:
        yield f"All wrong values are {mine[0]:g}."
    elif np.allclose(np.sort(got, axis=None), np.sort(expected, axis=None), rtol=1e-4, atol=1e-5):
        yield "The values are the right ones, in another order."
    elif np.allclose(abs(mine), abs(right), rtol=1e-4, atol=1e-5):
        yield "The wrong values have the right size and the wrong sign."
    elif got.dtype.kind in "iu" and expected.dtype.kind == "f":
        yield "They are whole numbers, where fractions belong."
    elif got.dtype.kind == "f" and abs(mine - right).max() < 0.005 * largest:
        yield "Off by less than 0.5 % of the largest value: is a constant not exact?"
    elif mine.size > 3 and 4 * (zeros := ((mine == 0) & (right != 0)).sum()) >= mine.size:
        yield f"{zeros} of the {mine.size} wrong values are 0."
    elif (right >= 0).all() and (mine < 0).all():
        yield "The wrong values are negative, which none should be."
    elif (mine > right).all():
        yield "All wrong values are too large."
    elif (mine < right).all():
        yield "All wrong values are too small."
    elif (right >= 0).all() and (mine < 0).any():
        yield "Some values are negative, which none should be."
    elif mine.size > 7 and np.ptp(right) > 0 and expected.dtype.kind == "f":
        yield _together(float(np.corrcoef(mine, right)[0, 1]))
    else:
        yield "Some values are too large, others too small."


def _together(correlation: float) -> str:
    if correlation > 0.98:
        return "The values rise and fall with the right ones, nearly by the same amounts."
    if correlation > 0.6:
        return "The values rise and fall with the right ones, but not by the same amounts."
    if correlation < -0.9:
        return "The values fall where the right ones rise: is a sign turned round?"
    return "The values have little in common with the right ones: do they come from another place?"


Feature = tuple[str, str, Callable[[Any], bool]]


def _features(name: str, value: Any, values: list[Any]) -> Iterator[Feature]:
    """Yield what tells arguments apart: words for where it holds, for where not, and a test."""
    if isinstance(value, np.ndarray) and value.ndim:
        if value.ndim > 2:
            yield "one image", "several images", lambda v: len(v) == 1
            yield "square images", "other images", lambda v: v.shape[1] == v.shape[2]
        if value.ndim > 3:
            yield "one channel", "several channels", lambda v: v.shape[3] == 1
        plain = f"`{name}`"
        if value.dtype.kind == "f":
            yield f"{plain} without NaN", f"{plain} with NaN", lambda v: not np.isnan(v).any()
            positive = f"{plain} without negative values"
            yield positive, f"{plain} with negative values", lambda v: not (v < 0).any()
            yield f"{plain} not all 0", f"{plain} all 0", lambda v: bool(v.any())
            if value.ndim > 1:
                dead = f"{plain} in which one along axis 0 is all 0"
                yield f"other {plain}", dead, lambda v: bool(v.reshape(len(v), -1).any(1).all())
        yield f"{plain} not empty", f"an empty {plain}", lambda v: v.size > 0
    elif isinstance(value, bool):
        yield f"`{name} = True`", f"`{name} = False`", bool
    elif isinstance(value, int | np.integer):
        for one in (0, 1):
            yield (
                f"`{name} = {one}`",
                f"other values of `{name}`",
                functools.partial(operator.eq, one),
            )
    elif isinstance(value, str):
        for word in dict.fromkeys(values):
            yield (
                f"`{name} = {word!r}`",
                f"other values of `{name}`",
                functools.partial(operator.eq, word),
            )
    elif isinstance(value, tuple | list):
        yield f"one in `{name}`", f"several in `{name}`", lambda v: len(v) == 1
        same = f"`{name}` whose entries are all the same"
        yield same, f"other `{name}`", lambda v: len(set(map(str, v))) == 1


def which_calls(right: list[Inputs], wrong: list[Inputs]) -> str | None:
    """Return in words what tells calls with right answers from those with wrong ones, or None."""
    calls, found = [*right, *wrong], []
    for name, value in calls[0].items() if right else ():
        for yes, no, holds in _features(name, value, [call[name] for call in calls]):
            try:
                of_right, of_wrong = ([holds(i[name]) for i in some] for some in (right, wrong))
            except (ValueError, TypeError, IndexError, AttributeError):
                continue  # another call has another kind of value here
            if all(of_right) and not any(of_wrong):
                found.append(f"right for {yes}, wrong for {no}")
            if all(of_wrong) and not any(of_right):
                found.append(f"right for {no}, wrong for {yes}")
    # Few calls differ in much by chance.
    found = [*dict.fromkeys(found)]
    return f"R{'; or '.join(found)[1:]}." if 0 < len(found) < 3 else None
