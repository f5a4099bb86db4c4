"""Which question a wrong answer would answer rightly: each change is a phrase and other arguments.

An answer that is right for `class_index` + 1 in every call tells that something counts from 1, and
no list of wrong implementations has to hold it.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

Inputs = dict[str, Any]


class Change(NamedTuple):
    """Other arguments; `function` returns None where the change makes no sense."""

    phrase: str
    function: Callable[..., Any]  # of the named arguments and of all inputs
    names: tuple[str, ...]
    numbers: bool = False  # it makes other numbers of an array's

    def __call__(self, inputs: Inputs) -> Inputs | None:
        changed = self.function(*(inputs[name] for name in self.names), inputs)
        if changed is None:
            return None
        values = changed if len(self.names) > 1 else (changed,)
        return {**inputs, **dict(zip(self.names, values, strict=True))}


def changes(calls: list[Inputs]) -> Iterator[Change]:
    """Return changes of what the calls have in common, likely ones first."""
    first = calls[0]
    for name, value in first.items():
        for phrase, function in _of(name, value, [call[name] for call in calls]):
            yield Change(phrase, function, (name,))
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            for phrase, function in _of_fractions(name):
                yield Change(phrase, function, (name,), numbers=True)
    for one, other in itertools.combinations(first, 2):
        if all(_alike(call[one], call[other]) for call in calls):
            pair = (one, other)
            yield Change(f"`{one}` and `{other}` swapped", _swapped, pair)
            yield Change(f"`{one}` in the place of `{other}`", _first_twice, pair)
            yield Change(f"`{other}` in the place of `{one}`", _second_twice, pair)


def _swapped(one: Any, other: Any, _: Inputs) -> tuple:
    return other, one


def _first_twice(one: Any, other: Any, _: Inputs) -> tuple:
    return one, one


def _second_twice(one: Any, other: Any, _: Inputs) -> tuple:
    return other, other


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and one.dtype.kind == other.dtype.kind
    return type(one) is type(other) and isinstance(one, int | float) and one is not True


def _of(name: str, value: Any, values: list[Any]) -> list[tuple[str, Callable]]:
    if isinstance(value, bool):
        return [(f"`not {name}`", lambda v, _: not v)]
    if isinstance(value, int | np.integer):
        return _of_whole_numbers(name, values)
    if isinstance(value, float):
        return _of_numbers(name)
    if isinstance(value, str):
        return _of_names(name, values)
    if isinstance(value, tuple | list) and value:
        return _of_sequences(name)
    if isinstance(value, np.ndarray):
        return _of_arrays(name, value)
    if isinstance(value, dict) and "layers" in value:
        return _of_networks(name)
    return []


def _of_whole_numbers(name: str, values: list[int]) -> list[tuple[str, Callable]]:
    found: list[tuple[str, Callable]] = [
        (f"`{name} {sign} {by}`", lambda v, _, by=by * way: v + by)
        for by in (1, 2)
        for sign, way in (("+", 1), ("-", -1))
    ]
    constants = sorted({0, 1, 2, 3, 9, 10, 28, *map(int, values)})
    if len(set(values)) > 1:  # else it could not be told from the argument itself
        found += [
            (f"`{name} = {c}` always: `{name}` is not used", lambda v, _, c=c: c) for c in constants
        ]
    return [*found, (f"`{name} // 2`", lambda v, _: v // 2), (f"`2 * {name}`", lambda v, _: 2 * v)]


def _of_numbers(name: str) -> list[tuple[str, Callable]]:
    return [
        (f"`-{name}`", lambda v, _: -v),
        (f"`{name} = 0`", lambda v, _: 0.0),
        (f"`{name} = 1`", lambda v, _: 1.0),
        (f"`1 - {name}`", lambda v, _: 1 - v),
        (f"`{name} / 2`", lambda v, _: v / 2),
        (f"`2 * {name}`", lambda v, _: 2 * v),
        (f"`{name} ** 2`", lambda v, _: v**2),
        (f"the square root of `{name}`", lambda v, _: v**0.5),
        (f"`{name} / 100`", lambda v, _: v / 100),
        (f"`1 / {name}`", lambda v, _: 1 / v),
    ]


def _of_names(name: str, values: list[str]) -> list[tuple[str, Callable]]:
    found: list[tuple[str, Callable]] = []
    if len(set(values)) > 1:
        for constant in dict.fromkeys(values):
            phrase = f"`{name} = {constant!r}` always: `{name}` is not used"
            found.append((phrase, lambda v, _, c=constant: c))
    for by, where in ((-1, "before"), (1, "after")):
        found.append((f"the layer {where} `{name}`", lambda v, i, by=by: _neighbour(v, i, by)))
    found.append(("the last layer", lambda v, i: _layer_names(i)[-1]))
    return found


def _layer_names(inputs: Inputs) -> list[str]:
    return next(
        [layer["name"] for layer in value["layers"]]
        for value in inputs.values()
        if isinstance(value, dict) and "layers" in value
    )


def _neighbour(name: str, inputs: Inputs, by: int) -> str | None:
    names = _layer_names(inputs)
    place = names.index(name) + by
    return names[place] if 0 <= place < len(names) else None


def _of_sequences(name: str) -> list[tuple[str, Callable]]:
    return [
        (f"`{name}` in reversed order", lambda v, _: v[::-1]),
        (f"`{name}` in sorted order", lambda v, _: type(v)(sorted(v))),
        (f"the first of `{name}` alone", lambda v, _: v[:1]),
        (f"`{name}` without its last", lambda v, _: v[:-1]),
        (f"`{name}` without its first", lambda v, _: v[1:]),
        (
            f"`{name}[0]` in the place of `{name}[1]`, which is not used",
            lambda v, _: type(v)(v[:1]) * len(v),
        ),
        (
            f"`{name}[-1]` in the place of `{name}[0]`, which is not used",
            lambda v, _: type(v)(v[-1:]) * len(v),
        ),
    ]


def _of_arrays(name: str, value: np.ndarray) -> list[tuple[str, Callable]]:
    plain = f"`{name}`"
    found: list[tuple[str, Callable]] = []
    if value.dtype.kind in "iu":
        found += [(f"`{name} + 1`", lambda v, _: v + 1), (f"`{name} - 1`", lambda v, _: v - 1)]
    found.append((f"{plain} all 0", lambda v, _: np.zeros_like(v)))
    for axis in range(value.ndim):
        found += _along(name, axis, value)
    for one, other in itertools.combinations(range(value.ndim), 2):
        swap = f"{plain} with axes {one} and {other} swapped"
        found.append((swap, lambda v, _, a=one, b=other: np.swapaxes(v, a, b)))
    if value.ndim > 2:
        for order in itertools.permutations(range(value.ndim)):
            if order != tuple(range(value.ndim)):
                regrouped = f"{plain} brought into the axes' order {', '.join(map(str, order))} by"
                mixed = f"{regrouped} `reshape`, which mixes the values up: `transpose` moves axes"
                found.append((mixed, functools.partial(_regrouped, order=order)))
    return found


def _regrouped(v: np.ndarray, _: Inputs, order: tuple[int, ...]) -> np.ndarray:
    """Return values as they are found by an index in another order of axes, after a `reshape`."""
    return v.reshape([v.shape[axis] for axis in order]).transpose(np.argsort(order))


def _of_fractions(name: str) -> list[tuple[str, Callable]]:
    plain = f"`{name}`"
    return [
        (f"`{name} / 255`", lambda v, _: v / np.float32(255)),
        (f"`{name} * 255`", lambda v, _: v * np.float32(255)),
        (f"`-{name}`", lambda v, _: -v),
        (f"`1 - {name}`", lambda v, _: 1 - v),
        (f"`2 * {name} - 1`", lambda v, _: 2 * v - 1),
        (f"`{name} ** 2`", lambda v, _: v**2),
        (f"{plain} without its fractions, as whole numbers", lambda v, _: np.trunc(v)),
        (f"{plain} with 0 for what is negative", lambda v, _: np.maximum(v, 0)),
        (f"the absolute value of {plain}", lambda v, _: abs(v)),
        (f"{plain} reduced to its sign", lambda v, _: np.sign(v)),
        (f"{plain} divided by its maximum", lambda v, _: v / v.max()),
        (
            f"{plain} stretched from its minimum to its maximum",
            lambda v, _: (v - v.min()) / (v.max() - v.min()),
        ),
        (f"{plain} without its mean", lambda v, _: v - v.mean()),
        (f"the softmax of {plain} along its last axis", lambda v, _: _softmax(v)),
    ]


IMAGES = ("images", "maps", "activations", "gradients", "winners", "heat", "masks")
AXES = (("image", "images"), ("row", "rows"), ("column", "columns"), ("channel", "channels"))


def _along(name: str, axis: int, value: np.ndarray) -> list[tuple[str, Callable]]:
    one, some = ("entry", "entries")
    if name in IMAGES and value.ndim > 2:
        one, some = AXES[axis]
    along = f" (axis {axis})" if value.ndim > 1 else ""
    of = f"{some} of `{name}`{along}"

    def part(start: int | None, stop: int | None) -> Callable:
        return lambda v, _: v[(slice(None),) * axis + (slice(start, stop),)]

    def spread(v, _):
        return np.broadcast_to(part(0, 1)(v, _), v.shape).copy()

    def averaged(v, _):
        return np.broadcast_to(v.mean(axis, keepdims=True), v.shape).astype(v.dtype)

    found = [
        (f"the {of} in reversed order", lambda v, _: np.flip(v, axis)),
        (f"the {of} sorted", lambda v, _: np.sort(v, axis)),
        (f"the first {one} of `{name}`{along} alone", part(0, 1)),
        (f"the last {one} of `{name}`{along} alone", part(-1, None)),
        (f"`{name}` without its last {one}{along}, which is left out", part(None, -1)),
        (f"`{name}` without its first {one}{along}, which is left out", part(1, None)),
        (f"`{name}` in which every {one}{along} is the first one", spread),
    ]
    if value.dtype.kind == "f":
        found.append((f"`{name}` in which every {one}{along} is the mean of them all", averaged))
    return found


def _softmax(x: np.ndarray) -> np.ndarray:
    exponentials = np.exp(x - x.max(-1, keepdims=True))
    return exponentials / exponentials.sum(-1, keepdims=True)


def _of_networks(name: str) -> list[tuple[str, Callable]]:
    def each(change: Callable[[dict], dict]) -> Callable:
        return lambda network, _: {
            **network,
            "layers": [{**layer, **change(layer)} for layer in network["layers"]],
        }

    def kernels(function):
        return each(
            lambda layer: {"kernel": function(layer["kernel"])} if layer["kind"] == "conv" else {}
        )

    def without_bias(layer):
        return {"bias": np.zeros_like(layer["bias"])} if "bias" in layer else {}

    return [
        (f"a `{name}` whose biases are 0", each(without_bias)),
        (f"a `{name}` whose kernels are turned round", kernels(lambda k: k[::-1, ::-1])),
    ]
