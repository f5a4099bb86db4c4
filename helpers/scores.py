"""What is explained: a score turns a network's outputs into one number per image.

Every method takes a model, images and a score. A score reads logits, never probabilities (the
model's final softmax or sigmoid is peeled off in `helpers.models.graph`), or the output of an
inner layer. Scores add up and scale: `ClassScore(4) + -1 * ClassScore(9)` asks what speaks for a
four and against a nine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any, Protocol

__all__ = ["ClassScore", "Combination", "FilterScore", "Score", "UnitScore", "as_score"]


class Outputs(Protocol):
    """What a score may read of one forward pass (see `helpers.models.graph.Outputs`)."""

    def logits(self, head: str | int | None) -> Any: ...

    def layer(self, name: str) -> Any: ...


class Score:
    """What is explained: one number for each image.

    A score is called with the outputs of a forward pass. It gives a tensor of shape (N,).

    >>> from helpers.scores import ClassScore, FilterScore
    >>> score = 2 * ClassScore(1) + FilterScore("l2", 3)
    >>> score.layers
    ('l2',)
    """

    @property
    def layers(self) -> tuple[str, ...]:
        """The inner layers whose output this score reads."""
        return ()

    def __call__(self, outputs: Outputs) -> Any:
        raise NotImplementedError

    def __add__(self, other: Score) -> Score:
        if not isinstance(other, Score):
            return NotImplemented
        return Combination(((1.0, self), (1.0, other)))

    def __mul__(self, weight: float) -> Score:
        if not isinstance(weight, Real):
            return NotImplemented
        return Combination(((float(weight), self),))

    __rmul__ = __mul__


@dataclass(frozen=True)
class Combination(Score):
    """A weighted sum of scores. `+` and `*` make it.

    >>> from helpers.scores import FilterScore
    >>> (FilterScore("l1", 0) + FilterScore("l2", 3)).layers
    ('l1', 'l2')
    """

    terms: tuple[tuple[float, Score], ...]

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for _, score in self.terms for name in score.layers))

    def __call__(self, outputs: Outputs) -> Any:
        return sum(weight * score(outputs) for weight, score in self.terms)


@dataclass(frozen=True)
class ClassScore(Score):
    """The logit of class `index`, in output `head` where a model has several (name or position).

    A head of one sigmoid unit has two classes: 1 is the unit's logit, 0 its negative.

    >>> from helpers.methods.activations import score_values
    >>> from helpers.scores import ClassScore
    >>> score_values(model, images, ClassScore(1)).shape
    (4,)
    """

    index: int
    head: str | int | None = None

    def __call__(self, outputs: Outputs) -> Any:
        return self.pick(outputs.logits(self.head))

    def pick(self, values: Any) -> Any:
        """The class's column (N,) of a head's logits or probabilities (N, classes)."""
        self.check(values.shape)
        return values[:, self.index]

    def check(self, shape: Sequence[int]) -> None:
        """`ValueError` or `IndexError` where an output of this shape does not have the class."""
        if len(shape) != 2:
            raise ValueError(
                f"ClassScore needs an output of shape (N, classes), this one is {shape}; "
                "explain a FilterScore or UnitScore of an inner layer instead"
            )
        _check_index("class", self.index, shape[-1])


@dataclass(frozen=True)
class FilterScore(Score):
    """The mean over space of filter `index` in the output (N, ..., filters) of layer `layer`.

    >>> from helpers.methods.activations import score_values
    >>> from helpers.scores import FilterScore
    >>> score_values(model, images, FilterScore("l2", 3)).shape
    (4,)
    """

    layer: str
    index: int

    @property
    def layers(self) -> tuple[str, ...]:
        return (self.layer,)

    def __call__(self, outputs: Outputs) -> Any:
        from keras import ops

        maps = outputs.layer(self.layer)
        _check_index(f"filter of layer {self.layer!r}", self.index, maps.shape[-1])
        maps = maps[..., self.index]
        return (
            ops.mean(maps, axis=tuple(range(1, len(maps.shape)))) if len(maps.shape) > 1 else maps
        )


@dataclass(frozen=True)
class UnitScore(Score):
    """The output of one unit of layer `layer`.

    `index` is the number of the unit, or (row, column, filter) in a map.

    >>> from helpers.methods.activations import score_values
    >>> from helpers.scores import UnitScore
    >>> score_values(model, images, UnitScore("l2", (0, 1, 3))).shape
    (4,)
    """

    layer: str
    index: int | tuple[int, ...]

    @property
    def layers(self) -> tuple[str, ...]:
        return (self.layer,)

    def __call__(self, outputs: Outputs) -> Any:
        unit = outputs.layer(self.layer)
        index = self.index if isinstance(self.index, tuple) else (self.index,)
        if len(index) != len(unit.shape) - 1:
            raise ValueError(
                f"layer {self.layer!r} has output of shape {tuple(unit.shape)}: a unit needs "
                f"{len(unit.shape) - 1} indices (all axes but the first), got {self.index!r}"
            )
        for axis, (i, size) in enumerate(zip(index, unit.shape[1:], strict=True), start=1):
            if size is not None:
                _check_index(f"position on axis {axis} of layer {self.layer!r}", i, size)
        return unit[(slice(None), *index)]


def as_score(score: Score | int) -> Score:
    """The score that was given; a whole number becomes a `ClassScore`.

    `TypeError` for anything else.

    >>> from helpers.scores import as_score
    >>> as_score(4)
    ClassScore(index=4, head=None)
    """
    if isinstance(score, Score):
        return score
    if isinstance(score, Integral) and not isinstance(score, bool):
        return ClassScore(int(score))
    raise TypeError(
        f"{score!r} does not say what to explain: "
        "give a class number, or a ClassScore, FilterScore or UnitScore"
    )


def _check_index(what: str, index: int, size: int) -> None:
    if not isinstance(index, Integral) or isinstance(index, bool) or not 0 <= index < size:
        raise IndexError(f"there is no {what} {index!r}: choose from 0 to {size - 1}")
