"""Networks whose weights are set by hand, so that each pixel's share of the score is known.

Each answers about images 8×8×1 of random brightness. What it reads are single pixels, its *places*,
and the rest means nothing to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from helpers.models import _quiet_tensorflow  # noqa: F401  # isort: skip  (first: it imports it)
import keras
import numpy as np
from keras import layers

__all__ = ["RULES", "Known", "known"]

SIZE = (8, 8)
GAIN = 4.0  # so that the probability goes from nearly 0 to nearly 1
SUMMANDS = (1.0, 1.0, 0.75, 0.5, -0.5, -0.75)  # the weights of the places of the sum


class Known(NamedTuple):
    """A network with two classes, and what it is known to do.

    Attributes:
        model: class 1 is explained. Its logit is 4 times the rule's value, that of class 0 is 2.
        images: (N, 8, 8, 1) float32 from 0 to 1.
        contributions: (N, 8, 8) float, each pixel's exact share of class 1's logit. They add up to
            the logit's rise over that of a black image.

    >>> from helpers.faithfulness import known
    >>> found = known.known("sum", count=3)
    >>> found.images.shape, int((found.contributions[0] != 0).sum())
    ((3, 8, 8, 1), 6)
    """

    model: keras.Model
    images: np.ndarray
    contributions: np.ndarray


def _sum(*values):
    return sum(weight * value for weight, value in zip(SUMMANDS, values, strict=True))


class _Rule(NamedTuple):
    """value: of the brightness of the places. units: the weights of the hidden units (places + 1,
    units), the last row their offsets. out: what each unit counts. bright: the least brightness of
    each place, out of four equal steps."""

    value: Callable[..., np.ndarray]
    units: list[list[float]]
    out: list[float]
    bright: list[int]


RULES = {
    "sum": _Rule(
        _sum,
        [[max(w, 0), max(-w, 0)] for w in SUMMANDS] + [[0, 0]],
        [1, -1],
        [2] * len(SUMMANDS),
    ),
    # For 0 and 1 it is the product.
    "product": _Rule(
        lambda a, b: np.maximum(a + b - 1, 0), [[1, 0], [1, 0], [-1, 0]], [1, 0], [3, 3]
    ),
    "order": _Rule(lambda a, b: np.maximum(a - b, 0), [[1, 0], [-1, 0], [0, 0]], [1, 0], [3, 1]),
    "either": _Rule(lambda a, b: np.minimum(a + b, 1), [[1, 1], [1, 1], [0, -1]], [1, -1], [3, 3]),
}


def known(rule: str, count: int = 8, seed: int = 0) -> Known:
    """A network that follows one of `RULES`, and `count` images for it.

    Which pixels are its places, and how bright all pixels are, is drawn with `seed`. The rules, of
    the brightness a, b of two places:

    - "sum": six places, each times its weight, of which two are negative;
    - "product": a + b − 1, at least 0: both have to be bright;
    - "order": a − b, at least 0: the first has to be brighter than the second;
    - "either": a + b, at most 1: one bright place is enough, and both are bright.

    The shares are Shapley values against black: the mean, over the orders in which the places can
    appear, of what a place adds. For the sum they are its summands.

    Raises:
        ValueError: for another rule.

    >>> from helpers.faithfulness import known
    >>> known.known("either", seed=3).contributions.sum(axis=(1, 2)).round(3)[:2]
    array([4., 4.])
    """
    if rule not in RULES:
        raise ValueError(f"rule is {rule!r}; choose {', '.join(map(repr, RULES))}")
    value, units, out, bright = RULES[rule]
    rng = np.random.default_rng(seed)
    places = rng.choice(SIZE[0] * SIZE[1], len(bright), replace=False)
    flat = rng.random((count, SIZE[0] * SIZE[1]), np.float32)
    flat[:, places] = (np.array(bright, np.float32) + flat[:, places]) / 4

    reading = np.zeros((flat.shape[1], len(out)))
    reading[places] = units[:-1]
    model = _network(len(out))
    kernel = np.ones((1, 1, 1, 1))
    last = np.column_stack([np.zeros(len(out)), GAIN * np.array(out)])
    model.set_weights([kernel, reading, np.array(units[-1]), last, np.array([2.0, 0.0])])

    shares = np.zeros(flat.shape)
    shares[:, places] = GAIN * _shapley(value, flat[:, places].astype(float))
    return Known(model, flat.reshape(count, *SIZE, 1), shares.reshape(count, *SIZE))


def _network(units: int) -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((*SIZE, 1)),
            layers.Conv2D(1, 1, activation="relu", use_bias=False, name="maps"),
            layers.Flatten(name="flatten"),
            layers.Dense(units, activation="relu", name="places"),
            layers.Dense(2, name="logits"),
            layers.Softmax(name="classes"),
        ],
        name="known",
    )


def _shapley(value: Callable[..., np.ndarray], x: np.ndarray) -> np.ndarray:
    """(N, places): what each place adds to `value`; for more than two places it must be a sum."""
    if x.shape[1] > 2:
        return np.stack([value(*(x * one).T) for one in np.eye(x.shape[1])], axis=1)
    a, b = x.T
    nothing, both = value(0 * a, 0 * b), value(a, b)
    of_a, of_b = value(a, 0 * b) - nothing, value(0 * a, b) - nothing
    together = both - nothing
    return np.stack([of_a + together - of_b, of_b + together - of_a], axis=1) / 2
