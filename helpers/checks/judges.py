"""Judges of an answer: functions (got, expected) that return None, or a sentence on what is wrong.

`values` has those of shapes, types and values; here are all others. Students have them: there is no
right answer in them. Judges of values ask for no type: the rubric has another line for that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from helpers.checks.adapters import layer
from helpers.checks.values import as_array, describe, rounds_to, same_values, shape_and_type

Judge = Callable[[Any, Any], str | None]
NEAR = 2e-3


def named(judge: Judge) -> tuple[str, tuple]:
    """Return the name of a judge's function, and what it is told beside the answers."""
    if isinstance(judge, functools.partial):
        if judge.keywords:
            raise ValueError(f"a judge is told by place, not by name: {judge.keywords}")
        return judge.func.__name__, judge.args
    return judge.__name__, ()


def result(position: int) -> Judge:
    """Return a judge of one of several results."""
    return functools.partial(_result, position)


def _result(position: int, got: Any, expected: Any) -> str | None:
    if not _several(got, expected):
        return shape_and_type(got, expected)
    return same_values(got[position], expected[position])


def _several(got: Any, expected: Any) -> bool:
    return (isinstance(got, tuple | list) or np.ndim(got) > 0) and len(got) == len(expected)


def found(*positions: int, within: float = 0) -> Judge:
    """Return a judge of some of the numbers that were found; `within` is the share by which they
    may be off."""
    return functools.partial(_found, positions, within)


def _found(positions: tuple[int, ...], within: float, got: Any, expected: Any) -> str | None:
    if not _several(got, expected):
        return shape_and_type(got, expected)
    for i in positions:
        one = as_array(got[i])
        if one is None or one.ndim or one.dtype.kind not in "biuf":
            return f"Number {i + 1} of your answer is {describe(got[i])}. Return a single number."
        if not np.isclose(got[i], expected[i], rtol=within, atol=0):
            told = ", ".join(f"{got[i]:.4g}" for i in positions)
            return (
                f"Got {told}. The network and the images of your number give something else. Go "
                "through the task once more, step by step."
            )
    return None


def columns(chosen: Any) -> Judge:
    """Return a judge of some columns of a table."""
    return functools.partial(_columns, chosen)


def _columns(chosen: Any, got: Any, expected: Any) -> str | None:
    if np.shape(got) != expected.shape:
        return shape_and_type(got, expected)
    return same_values(np.asarray(got)[:, chosen], expected[:, chosen])


def bytes_of(grey: np.ndarray) -> Judge:
    """Return a judge of bytes, all rounded or all cut off, whatever their type."""
    return functools.partial(_bytes_of, grey)


def _bytes_of(grey: np.ndarray, got: Any, expected: Any) -> str | None:
    little = 1e-3  # grey levels, by which float32 may miss a whole number
    if np.shape(got) != expected.shape:
        return shape_and_type(got, expected)
    for whole in (np.floor, np.rint):
        low, high = (np.clip(whole(grey + by), 0, 255) for by in (-little, little))
        if ((low <= np.floor(got)) & (np.floor(got) <= high)).all():
            return None
    return same_values(got, expected)


def uint8(got: Any, expected: Any) -> str | None:
    """Judge shape and type, uint8 alone."""
    array = as_array(got)
    if array is not None and array.shape == expected.shape and array.dtype != np.uint8:
        return f"Expected uint8, got {array.dtype}."
    return shape_and_type(got, expected)


def whole_numbers(got: Any, expected: Any) -> str | None:
    """Judge whole numbers: values, shape and type."""
    return same_values(got, expected) or shape_and_type(got, expected)


def float32(got: Any, expected: Any) -> str | None:
    """Judge shape and type, float32 alone."""
    problem = shape_and_type(got, expected)
    if problem is None and np.asarray(got).dtype != np.float32:
        return f"Expected float32, got {np.asarray(got).dtype}, which needs twice the memory."
    return problem


def grey_values(got: Any, expected: Any) -> str | None:
    """Judge grey values: one step of 255 is no mistake, since values may be rounded or cut off."""
    expected = expected.astype(float)
    near = np.shape(got) == expected.shape and np.allclose(got, expected, rtol=0, atol=1)
    return None if near else same_values(got, expected)


def nearly_same_values(got: Any, expected: Any) -> str | None:
    """Judge as `same_values` does, with room for the rounding of another library's weights."""
    problem = shape_and_type(got, expected)
    if problem or np.isnan(np.asarray(got)).any():
        return problem or same_values(got, expected)
    if np.allclose(got, expected, atol=NEAR):
        return None
    return same_values(got, expected)


def same_pattern(got: Any, expected: Any) -> str | None:
    """Judge shape and values, up to a positive factor for each image: a mean passes for a sum."""
    problem = shape_and_type(got, expected)
    if problem:
        return problem
    got = np.asarray(got, np.float64)
    if not np.isfinite(got).all():
        wrong = (~np.isfinite(got)).sum()
        return f"{wrong} of {got.size} values are NaN or infinite. Was something divided by 0?"
    for i, (mine, right) in enumerate(zip(got, expected, strict=True)):
        peak, right_peak = abs(mine).max(), abs(right).max()
        if right_peak == 0:
            if peak > 1e-6:
                return f"Image {i}: expected 0 everywhere, got values up to {peak:g}."
            continue
        wrong = ~np.isclose(mine / (peak or 1), right / right_peak, rtol=1e-3, atol=3e-4)
        if wrong.any():
            first = tuple(int(k) for k in np.argwhere(wrong)[0])
            return (
                f"Image {i}: {wrong.sum()} of {wrong.size} values differ, also when both results "
                f"are divided by their largest absolute value; at {list(first)} expected "
                f"{right[first] / right_peak:.4g}, got {mine[first] / (peak or 1):.4g}."
            )
    return None


def as_many(got: Any, expected: Any) -> str | None:
    """Judge how many arrays there are."""
    if isinstance(got, tuple) and len(got) == len(expected):
        return None
    count = len(got) if isinstance(got, tuple) else "one array or number"
    return f"Expected {len(expected)} arrays, got {count}."


def same_word(got: Any, expected: Any) -> str | None:
    """Judge a text."""
    if isinstance(got, str) and got == expected:
        return None
    return f"Expected {expected!r}, got {got!r}."


def same_names(got: Any, expected: Any) -> str | None:
    """Judge a list of texts, and their order."""
    got = got.tolist() if isinstance(got, np.ndarray) else got
    if not isinstance(got, tuple | list) or not all(isinstance(name, str) for name in got):
        return f"Expected a list of {len(expected)} names, got {got!r}."
    if list(got) == expected:
        return None
    order = " (the same names in another order)" if sorted(got) == sorted(expected) else ""
    return f"Expected {expected}\ngot      {list(got)}{order}."


def in_and_out(got: Any, expected: Any) -> str | None:
    """Judge the shapes and the last layer of a described model."""
    for what in ("input", "output"):
        if got[what] != expected[what]:
            return f"Expected {what} of shape {expected[what]} per image, got {got[what]}."
    return _same_layer("last layer", got["layers"][-1], expected["layers"][-1])


def convolutions(got: Any, expected: Any) -> str | None:
    """Judge the convolutions of a described model."""

    def of(model):
        return [layer for layer in model["layers"] if layer["kind"] == "Conv2D"]

    return _same_layers("convolution", of(got), of(expected))


def layers_in_order(got: Any, expected: Any) -> str | None:
    """Judge all layers of a described model."""
    kinds = [[layer["kind"] for layer in model["layers"]] for model in (got, expected)]
    if kinds[0] != kinds[1]:
        return f"Expected the layers {', '.join(kinds[1])}; got {', '.join(kinds[0])}."
    return _same_layers("layer", got["layers"], expected["layers"])


def number_of_weights(got: Any, expected: Any) -> str | None:
    """Judge how many weights a described model has."""
    if got["weights"] != expected["weights"]:
        return f"Expected {expected['weights']:,} weights, got {got['weights']:,}."
    return None


def model_like(found: dict[str, Any], right: dict[str, Any] | None) -> dict[str, Any]:
    """Return a described model without what it computes. One that computes the same as the right
    model is described as that is, however it is built."""
    compared = ("input", "output", "layers", "weights")
    got, computed = {key: found[key] for key in compared}, found["computed"]
    if right is None or computed is None or found["shapes"] != right["shapes"]:
        return got
    expected = right["computed"]
    if computed.shape == expected.shape and rounds_to(computed, expected).all():
        return {key: right[key] for key in compared}
    if layers_in_order(got, right) is None:
        got["layers"] = [layer("something that is no layer"), *got["layers"]]
    return got


def _same_layers(what, got, expected):
    if len(got) != len(expected):
        return f"Expected {len(expected)} {what}s, got {len(got)}."
    for number, pair in enumerate(zip(got, expected, strict=True), start=1):
        if problem := _same_layer(f"{what} {number}", *pair):
            return problem
    return None


def _same_layer(what, got, expected):
    for key, value in expected.items():
        if value is not None and got[key] != value:
            name = {"size": "filters or units", "kernel": "kernel or pool size"}.get(key, key)
            return f"{what.capitalize()}: expected {name} {value}, got {got[key]}."
    return None
