"""What differs, and where, in words: for a wrong answer whose cause is not known."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from helpers.checks.values import as_array, rounds_to, same_values

Inputs = dict[str, Any]
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


def differences(answers: Sequence[tuple[Any, Any]]) -> tuple[str, ...]:
    """Return what wrong answers have that the right ones have not, in words, of pairs of both.

    What is said is true of each of them; where there is no such thing, it says so. It returns
    nothing where nothing more can be said than that the values differ.
    """
    told = [[*_kinds(got, expected)] for got, expected in answers]
    if not told:
        return ()
    common = [s for s in told[0] if all(s in some for some in told[1:])]
    if common:
        return tuple(_one_a_kind(common))
    often = [s for s in told[0] if s[0] != SIZE and 2 * sum(s in some for some in told) > len(told)]
    if often:
        return (f"In most of the wrong calls: {' '.join(_one_a_kind(often))}",)
    if one := " ".join(_one_a_kind([s for s in told[0] if s[0] in FORMS])):
        return (f"In one call: {one}",)
    sizes = {way for pair in answers for way in _ways(*pair)}
    if sizes != {True, False}:
        return ()
    several = any(np.ndim(expected) for _, expected in answers)
    return (BOTH_WAYS if several else BOTH_WAYS.replace("values", "answers"),)


BOTH_WAYS = "Some values are too large, others too small."
DIAGONAL = "where row and column have the same number"
SIZE = "size"  # what a sentence is about that says little
FORMS = "shape", "list", "result"  # of answers with a form of their own


def difference(got: Any, expected: Any) -> str | None:
    """Return what one wrong answer has that the right one has not, in words; None where nothing
    more can be said than that the values differ."""
    return " ".join(differences([(got, expected)])) or None


Told = tuple[str, str]  # what a sentence is about, of which one is enough; and the sentence


def _one_a_kind(told: list[Told]) -> Iterator[str]:
    seen = set()
    for kind, sentence in told:
        if kind not in seen and not (kind == SIZE and "how" in seen):
            seen.add(kind)
            yield sentence


def _ways(got: Any, expected: Any) -> set[bool]:
    """Return True where a value is too large, and False where one is too small."""
    mine, right = as_array(got), as_array(expected)
    if mine is None or right is None or {mine.dtype.kind, right.dtype.kind} - set("iuf"):
        return set()
    if mine.shape != right.shape or not same_values(got, expected):
        return set()
    return {*(mine > right)[mine != right].tolist()}


def _kinds(got: Any, expected: Any) -> Iterator[Told]:
    """Yield all that is true of one wrong answer, what tells most first."""
    if isinstance(expected, list) and isinstance(got, tuple | list):
        yield from (("list", text) for text in _of_lists([*got], expected))
        return
    if isinstance(expected, tuple):
        yield from _of_several(got, expected)
        return
    got, expected = as_array(got), np.asarray(expected)
    if got is None or got.dtype.kind not in "biuf" or expected.dtype.kind not in "biuf":
        return
    if got.shape != expected.shape:
        yield from (("shape", text) for text in _of_shapes(got, expected))
        return
    if not got.size:
        return
    wrong = ~rounds_to(got, expected)
    if not wrong.any():
        yield from (("type", text) for text in _of_types(got, expected))
        return
    yield from (("where", text) for text in _where(wrong, got, expected))
    yield from (("how" if got.ndim else SIZE, text) for text in _how(wrong, got, expected))
    yield from ((SIZE, text) for text in _sizes(wrong, got, expected))


def wrong_result(pairs: Sequence[tuple[Any, Any]]) -> int | None:
    """Return the number of the one result that is wrong, of pairs of several results and what is
    expected; None where there are more. Rounding that grows from step to step is no mistake."""
    count = len(pairs[0][1])
    bad = [n for n in range(count) if any(same_values(g[n], r[n]) for g, r in pairs)]
    if len(bad) > 1:
        bad = [n for n in bad if any(_far(g[n], r[n]) for g, r in pairs)]
    return bad[0] if len(bad) == 1 else None


def _far(got: Any, expected: Any) -> bool:
    mine, right = as_array(got), np.asarray(expected)
    if mine is None or mine.dtype.kind not in "biuf" or mine.shape != right.shape:
        return True
    return not np.allclose(mine, right, rtol=0, atol=1e-3 * float(abs(right).max(initial=0)))


def _of_several(got: Any, expected: tuple) -> Iterator[Told]:
    if not isinstance(got, tuple | list):
        return
    count = len(expected)
    if got and all(isinstance(item, tuple | list) and len(item) == count for item in got):
        yield (
            "list",
            (
                f"The results stand in lists of {count}, perhaps one for each image. Return "
                f"{count} results, each for all images at once."
            ),
        )
    if len(got) != count:
        yield from (("list", text) for text in _of_lists([*got], [*expected], "result"))
        return
    number = wrong_result([(got, expected)])
    if number is not None and len(expected) <= len(ORDINALS):
        if len(expected) > 1:
            which = f"Only the {ORDINALS[number]} of the {len(expected)} results is wrong."
            yield "result", which
        yield from _kinds(got[number], expected[number])
        return
    pairs = [*zip(got, expected, strict=True)]
    told = {n: some for n, pair in enumerate(pairs) if (some := [*_kinds(*pair)])}
    if not told:
        return
    first, *rest = told.values()
    if common := [s for s in first if all(s in some for some in rest)]:
        yield from common
    elif len(expected) <= len(ORDINALS):
        for n, some in told.items():
            for _, sentence in some:
                yield f"result {n}", f"In the {ORDINALS[n]} result: {sentence}"


def _of_lists(got: list, expected: list, noun: str = "") -> Iterator[str]:
    names = all(isinstance(item, str) for item in expected)
    inner = [n for n, item in enumerate(got) if isinstance(item, tuple | list)]
    if expected and names and inner:
        yield (
            "A list stands where a name belongs. `extend` or `+=` adds the entries of a list, but "
            "`append` adds the list itself."
        )
        return
    more = len(got) - len(expected)
    verb, way = "is" if abs(more) == 1 else "are", "many" if more > 0 else "few"
    one = noun + "s" * (abs(more) != 1) if noun else ""
    told = f"There {verb} {abs(more)} {one} too {way}".replace("  ", " ")
    told = told if more else "There are as many as expected"
    if not names or not all(isinstance(item, str) for item in got):
        if more:
            yield f"{told}."
            yield f"There are too {way} {noun or 'entrie'}s."
        return
    missing = [item for item in expected if item not in got]
    extra = [item for item in got if item not in expected]
    if missing or extra:
        parts = [f"{_some(missing)} missing"] if missing else []
        parts += [f"{_some(extra)} not expected"] if extra else []
        yield f"{told}: {'; '.join(parts)}."
    elif more:
        yield f"{told}: some come {'twice' if more > 0 else 'too rarely'}."
    else:
        yield "The names are the right ones, in another order."


def _some(names: list[str]) -> str:
    """Return three names, and how many more there are."""
    more = len(names) - 3
    return ", ".join(names) if more < 2 else f"{', '.join(names[:3])} and {more} more"


def _of_types(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    kinds = {"b": "true and false", "i": "whole numbers", "u": "whole numbers", "f": "fractions"}
    one, other = kinds[got.dtype.kind], kinds[expected.dtype.kind]
    if one != other:
        yield f"The values are right, but their type is not. Return {other}, not {one}."


def _of_shapes(got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    if got.ndim < expected.ndim:
        missing = expected.ndim - got.ndim
        lost = "An axis is missing" if missing == 1 else f"{missing} axes are missing"
        apart = [axis for axis, length in enumerate(expected.shape) if length > 1]
        if got.size < expected.size and len(apart) > got.ndim:
            yield f"{lost}, so something was averaged, added up or picked that should stay apart."
        yield f"{lost}."
        return
    if got.ndim > expected.ndim:
        if np.squeeze(got).shape == np.squeeze(expected).shape:
            yield "An axis of length 1 is left that should be gone."
        yield "There is an axis too many, so something stays apart that should become one."
        return
    if sorted(got.shape) == sorted(expected.shape):
        moved = sum(a != b for a, b in zip(got.shape, expected.shape, strict=True))
        swapped = " Two of them are swapped. Are these rows and columns?" if moved == 2 else ""
        yield f"The axes are the right ones, in another order.{swapped}"
        yield "The axes are the right ones, in another order."
        return
    wrong = [a for a in range(got.ndim) if got.shape[a] != expected.shape[a]]
    if len(wrong) == 1:
        yield from _cut(got, expected, wrong[0])
    if got.size == expected.size:
        yield "There are as many values as expected, but in another shape."
    told, ways = [], []
    for axis in wrong:
        more = got.shape[axis] - expected.shape[axis]
        ways.append(f"Along axis {axis} there are too {'many' if more > 0 else 'few'}.")
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
    yield " ".join(told)
    yield " ".join(ways)


def _cut(got: np.ndarray, expected: np.ndarray, axis: int) -> Iterator[str]:
    """Yield what is right of an array that is too long or too short along one axis."""
    short, long = sorted((got.shape[axis], expected.shape[axis]))
    along = f" along axis {axis}" if got.ndim > 1 else ""
    few = got.shape[axis] == short

    def part(start: int) -> tuple[np.ndarray, np.ndarray]:
        pick = range(start, start + short)
        longer = np.take(expected if few else got, pick, axis=axis)
        return (got, longer) if few else (longer, expected)

    for start, (missing, place) in {
        0: ("last", "after"),
        long - short: ("first", "before"),
    }.items():
        if not same_values(*part(start)):
            if long - short == 1:
                one = (
                    f"the {missing} one{along} is missing"
                    if few
                    else f"one more comes {place} them"
                )
                yield f"The values are right, but {one}{'' if few else along}."
            some = f"the {missing} ones{along} are missing" if few else f"more come {place} them"
            yield f"The values are right, but {some}{'' if few else along}."
            return


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
            yield f"The values are wrong exactly where {place} expected."
    if (np.isnan(got) == wrong).all():
        yield "The values are wrong exactly where the answer is NaN."
    for axis in range(wrong.ndim):
        along = np.moveaxis(wrong, axis, 0)
        bad = np.asarray(along.reshape(len(along), -1).any(axis=1))
        # A few wrong values here and there leave out the first or the last entries by chance.
        if bad.sum() == 1 or 2 * wrong.sum() >= np.moveaxis(known, axis, 0)[bad].sum():
            yield from _named(along, axis)
    axes = {1: (), 2: (0, 1), 3: (1, 2)}.get(wrong.ndim, (1, 2))
    if wrong.ndim == 2 and wrong.shape[0] == wrong.shape[1] > 2:
        diagonal = np.eye(len(wrong), dtype=bool)
        if not wrong[~diagonal].any():
            yield f"The values are wrong only on the diagonal, {DIAGONAL}."
        elif not wrong[diagonal].any() and wrong[~diagonal].all():
            yield f"The values are right on the diagonal alone, {DIAGONAL}."
    if axes and min(wrong.shape[a] for a in axes) > 1:
        for one, name in ((-1, "last"), (0, "first")):
            rest = np.delete(np.delete(wrong, one, axes[0]), one, axes[1])
            if not rest.any():
                yield f"The values are wrong only in the {name} row or the {name} column."
    if axes and min(wrong.shape[a] for a in axes) > 3:
        inner = np.delete(np.delete(wrong, [0, -1], axes[0]), [0, -1], axes[1])
        if not inner.any() and 2 * wrong.sum() > wrong.size - inner.size:
            yield "The values are right inside, wrong at the border."


def _named(wrong: np.ndarray, axis: int) -> Iterator[str]:
    """Yield in words which entries along the first axis hold wrong values; it was axis `axis`."""
    bad = np.asarray(wrong.reshape(len(wrong), -1).any(axis=1))
    count = len(bad)
    if bad.all() or count < 2:
        return
    along = f" along axis {axis}" if wrong.ndim > 1 else ""
    others = "the others are not" if wrong[bad].all() else "each of the others holds wrong values"
    if count > 2 and bad.sum() == count - 1:
        if not bad[0]:
            yield f"The first entry{along} is right, {others}."
        if not bad[-1]:
            yield f"The last entry{along} is right, {others}."
    if bad.sum() == 1 and bad[0]:
        yield f"Only the first entry{along} is wrong."
    if bad.sum() == 1 and bad[-1]:
        yield f"Only the last entry{along} is wrong."
    if bad.sum() == 1 and not (bad[0] or bad[-1]):
        yield f"Only entry {int(bad.argmax())}{along} is wrong."
    first, last = np.flatnonzero(bad)[[0, -1]]
    if bad[first:].all() and first and count - first > 1:
        yield f"All is right up to entry {first - 1}{along}, wrong from entry {first} on."
    if bad[: last + 1].all() and last:
        yield f"All is wrong up to entry {last}{along}, right after it."


def _how(wrong: np.ndarray, got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    """Yield how the wrong values differ from the right ones."""
    mine, right = (v[wrong].astype(np.float64) for v in (got, expected))
    values = "values" if got.ndim else "answers"
    if not np.isfinite(mine).all():
        if np.isnan(mine).all():
            yield f"These {values} are NaN. Is there a division of 0 by 0?"
        elif np.isnan(mine).any():
            yield f"Some {values} are NaN. Is there a division of 0 by 0?"
        else:
            yield f"Some {values} are infinite. Is there a division by 0, or the logarithm of 0?"
        return
    if not np.isfinite(right).all():
        if np.isnan(right).all() and np.ptp(mine) == 0:
            yield f"There is {mine[0]:g} where NaN belongs."
        return
    if got.size > 1 and np.ptp(got.astype(np.float64)) == 0:
        yield f"Every value is {got.flat[0]:g}."
    if np.ptp(mine) == 0 and (mine.size > 1 or mine[0] == 0):
        yield f"All wrong {values} are {mine[0]:g}."
    if got.ndim and rounds_to(np.sort(got, axis=None), np.sort(expected, axis=None)).all():
        yield "The values are the right ones, in another order."
    if mine.all() and rounds_to(mine, -right).all():
        yield f"The wrong {values} have the right size and the wrong sign."
    largest = abs(right).max()
    if mine.any() and abs(mine).max() < 1e-5 * largest:
        yield f"All wrong {values} are 0 but for rounding."
    if got.dtype.kind == "f" and abs(mine - right).max() < 0.005 * largest:
        yield "The values are off by less than 0.5 % of the largest. Is a constant not exact?"
    zeros = (mine == 0) & (right != 0)
    if mine.size > 3 and mine.any() and 4 * zeros.sum() >= mine.size:
        yield "Many of the wrong values are 0."
    if got.dtype.kind in "iu" and expected.dtype.kind == "f":
        yield "The values are whole numbers, where fractions belong."
    if (right >= 0).all() and (mine < 0).all():
        yield f"The wrong {values} are negative, which none should be."
    if (expected >= 0).all() and (mine < 0).any():
        yield f"Some {values} are negative, which none should be."
    whole = got.dtype.kind in "iu" and expected.dtype.kind in "iu"
    if whole and expected.size > 2 and got.sum() == expected.sum():
        yield "All values add up to the right sum, but some stand in the wrong place."


def _sizes(wrong: np.ndarray, got: np.ndarray, expected: np.ndarray) -> Iterator[str]:
    """Yield whether the wrong values are too large or too small."""
    mine, right = (v[wrong].astype(np.float64) for v in (got, expected))
    values = "values" if got.ndim else "answers"
    if (mine > right).all():
        yield f"All wrong {values} are too large."
    if (mine < right).all():
        yield f"All wrong {values} are too small."
    if (mine > right).any() and (mine < right).any():
        whole = got.dtype.kind in "iu" and np.ptp(expected) < 20
        if mine.size > 7 and np.ptp(right) > 0 and np.ptp(mine) > 0 and not whole:
            yield from _together(float(np.corrcoef(mine, right)[0, 1]), (right < 0).any())
        yield BOTH_WAYS


def _together(correlation: float, signed: bool) -> Iterator[str]:
    rise = "The values rise and fall with the right ones"
    if correlation > 0.98:
        yield f"{rise}, nearly by the same amounts."
    elif correlation > 0.6:
        yield f"{rise}, but not by the same amounts."
    if correlation > 0.6:
        yield f"{rise}."
    elif correlation < -0.6:
        turned = ". Is a sign turned round?" if signed and correlation < -0.9 else "."
        yield f"The values fall where the right ones rise{turned}"
    elif abs(correlation) < 0.3:
        yield (
            "The values have little to do with the right ones. Were other values taken for them?"
        )


FEWEST = 4  # calls, of which chance hardly makes two kinds
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
    for name, value in calls[0].items() if right and len(calls) >= FEWEST else ():
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
    return f"The answers are {'; or '.join(found)}." if 0 < len(found) < 3 else None
