"""Checks of notebook 12."""

from __future__ import annotations

import numpy as np

from helpers.checks import findings
from helpers.checks.core import Case, Check, finding, same_values, shape_and_type
from helpers.checks.drawn import layers_behind, numbered_outputs, numpy_gradient
from helpers.checks.judges import found, result
from helpers.own_work import solves

# concept_direction(activations, has_concept)


def _between_means(activations, has_concept):
    values = activations.astype(np.float64)
    return values[has_concept].mean(axis=0) - values[~has_concept].mean(axis=0)


@solves("concept_direction")
def _concept_direction(activations, has_concept):
    apart = _between_means(activations, has_concept)
    length = np.sqrt((apart**2).sum())
    return (apart / length if length else apart).astype(np.float32)


def _draw_directions(rng, hidden):
    def inputs(with_it, without, *shape, equal=False):
        n = with_it + without
        has_concept = rng.permutation(np.arange(n) < with_it)
        activations = rng.uniform(0, 3, (n, *shape)) + rng.uniform(0, 2, shape)
        activations[has_concept] += rng.uniform(-1, 2, shape)
        activations *= 10 ** rng.uniform(-2, 0.5)
        if equal:  # whole numbers, so that the means are equal to the last bit
            activations = rng.integers(1, 9, (n, *shape))
            for some in (has_concept, ~has_concept):
                activations[some] = activations[np.flatnonzero(some)[0]]
            activations[has_concept] = activations[~has_concept][0]
        return {"activations": activations.astype(np.float32), "has_concept": has_concept}

    one, all_, none = "one place", "several places", "equal means: zeros"
    maps = inputs(4, 3, 2, 4, 3)
    cases = [
        Case("shape and type", maps, shape_and_type),
        Case(one, inputs(2, 5, 1, 1, 6), same_values),
        Case(all_, maps, same_values),
        Case(none, inputs(2, 3, 1, 2, 5, equal=True), same_values),
        Case(none, inputs(3, 2, 2, 1, 4), same_values),
    ]
    if hidden:
        cases += [
            Case(one, inputs(5, 2, 1, 1, 7), same_values),
            Case(one, inputs(1, 6, 1, 1, 4), same_values),
            Case(all_, inputs(3, 6, 4, 2, 3), same_values),
            Case(all_, inputs(6, 1, 3, 5, 2), same_values),
            Case(none, inputs(3, 4, 2, 3, 3, equal=True), same_values),
            Case(none, inputs(4, 2, 3, 2, 2), same_values),
        ]
    return cases


concept_direction = Check(
    "concept_direction",
    {"shape and type": 1, "one place": 1, "several places": 1, "equal means: zeros": 1},
    _draw_directions,
    _concept_direction,
    parts={"the difference of the two means, before its length becomes 1": _between_means},
)


# directional_derivative(gradients, direction)


@solves("directional_derivative")
def _directional_derivative(gradients, direction):
    along = (gradients.astype(np.float64) * direction).sum(axis=(1, 2, 3))
    return (along / np.sqrt((direction.astype(np.float64) ** 2).sum())).astype(np.float32)


def _sums_of_products(gradients, direction):
    return (gradients * direction).sum(axis=(1, 2, 3))


def _draw_derivatives(rng, hidden):
    def inputs(n, *shape, length):
        gradients = rng.normal(0, 1, (n, *shape))
        direction = rng.normal(0, 1, shape)
        gradients += 0.4 * direction * rng.normal(0, 1, (n, 1, 1, 1))
        direction *= length / np.linalg.norm(direction)
        return {
            "gradients": gradients.astype(np.float32),
            "direction": direction.astype(np.float32),
        }

    def long():
        return rng.uniform(2, 5) if rng.random() < 0.5 else rng.uniform(0.1, 0.5)

    one, any_, maps = "a direction of length 1", "a direction of any length", "several places"
    cases = [
        Case(one, inputs(4, 1, 1, 6, length=1), same_values),
        Case(any_, inputs(3, 1, 1, 5, length=long()), same_values),
        Case(maps, inputs(5, 2, 4, 3, length=1), same_values),
        Case(maps, inputs(2, 3, 2, 4, length=long()), same_values),
    ]
    if hidden:
        cases += [
            Case(one, inputs(7, 1, 1, 3, length=1), same_values),
            Case(one, inputs(1, 1, 1, 8, length=1), same_values),
            Case(any_, inputs(6, 1, 1, 4, length=rng.uniform(2, 5)), same_values),
            Case(any_, inputs(5, 1, 1, 7, length=rng.uniform(0.1, 0.5)), same_values),
            Case(maps, inputs(3, 4, 3, 2, length=long()), same_values),
            Case(maps, inputs(1, 2, 5, 3, length=long()), same_values),
        ]
    return cases


directional_derivative = Check(
    "directional_derivative",
    {"a direction of length 1": 1, "a direction of any length": 1, "several places": 1},
    _draw_derivatives,
    _directional_derivative,
    parts={"the sum of products, before it is divided by the length": _sums_of_products},
)


# tcav_scores(derivatives)


@solves("tcav_scores")
def _tcav_scores(derivatives):
    counted = (derivatives != 0).sum(axis=1)
    positive = (derivatives > 0).sum(axis=1)
    return np.where(counted > 0, positive / np.maximum(counted, 1), np.nan)


def _draw_scores(rng, hidden):
    def inputs(directions, n, zeros=0.0, dead=(), single=False):
        """Return inputs in which a share `zeros` of each row is 0, and the rows `dead` wholly. With
        `single` the last row has one slope that is not 0, and it is negative."""
        while True:
            share = rng.uniform(0.15, 0.85, (directions, 1))
            signs = np.where(rng.random((directions, n)) < share, 1, -1)
            derivatives = signs * rng.gamma(1, 1, (directions, n)) * 10 ** rng.uniform(-3, 1)
            if zeros:
                derivatives[rng.random((directions, n)) < zeros] = 0
                derivatives[:, rng.integers(n)] = 0
            derivatives[list(dead)] = 0
            alive = np.delete(derivatives, list(dead), axis=0)
            positive, negative = (alive > 0).sum(axis=1), (alive < 0).sum(axis=1)
            if (positive > 0).all() and (negative > 0).all() and (positive != negative).all():
                if single:
                    derivatives[-1, 1:] = 0
                    derivatives[-1, 0] = -0.7
                return {"derivatives": derivatives.astype(np.float32)}

    plain, zeros, none = "no zeros", "zeros are left out", "zeros alone: NaN"
    cases = [
        Case(plain, inputs(3, 7), same_values),
        Case(zeros, inputs(4, 9, 0.25, single=True), same_values),
        Case(none, inputs(5, 6, 0.2, dead=(1, 3)), same_values),
    ]
    if hidden:
        cases += [
            Case(plain, inputs(1, 11), same_values),
            Case(plain, inputs(6, 5), same_values),
            Case(zeros, inputs(3, 13, 0.3, single=True), same_values),
            Case(zeros, inputs(7, 8, 0.2), same_values),
            Case(none, inputs(4, 7, 0.2, dead=(0,)), same_values),
            Case(none, inputs(3, 10, 0.3, dead=(0, 2)), same_values),
        ]
    return cases


tcav_scores = Check(
    "tcav_scores",
    {"no zeros": 1, "zeros are left out": 1, "zeros alone: NaN": 1},
    _draw_scores,
    _tcav_scores,
)


# p_value(score, random_scores)


@solves("p_value")
def _p_value(score, random_scores):
    random = random_scores[~np.isnan(random_scores)]
    at_least = int((abs(random - 0.5) >= abs(score - 0.5)).sum())
    return (1 + at_least) / (1 + len(random))


def _draw_p_values(rng, hidden):
    def inputs(n, above, ties=False, nans=0):
        """Return scores of 64 images, exact in binary, so that no tie is one of rounding. Some
        random scores are farther from a half than the score, on both sides, and some nearer."""
        far = int(rng.integers(8, 21))
        score = 32 + far if above else 32 - far
        farther = 32 + rng.choice([-1, 1], n, p=[0.3, 0.7]) * rng.integers(far + 1, 33, n)
        nearer = 32 + rng.choice([-1, 1], n, p=[0.3, 0.7]) * rng.integers(1, far, n)
        farther[:3] = 32 - far - 2, 32 + far + 1, 32 + far + 3
        nearer[:2] = 32 - far + 1, 32 + far - 2
        few = int(rng.integers(4, max(5, n // 2)))
        random = np.concatenate([farther[:few], nearer[: n - few]])
        if ties:
            random[1:4] = 32 + far, 32 - far, 32 + far
        random = rng.permutation(random) / 64
        random[rng.permutation(n)[:nans]] = np.nan
        return {"score": score / 64, "random_scores": random}

    above, below = "a score above one half", "a score below one half"
    ties, nans = "as far from one half as the score", "NaN is left out"
    cases = [
        Case(above, inputs(12, True), same_values),
        Case(below, inputs(15, False), same_values),
        Case(ties, inputs(13, bool(rng.integers(2)), ties=True), same_values),
        Case(nans, inputs(17, True, nans=4), same_values),
    ]
    if hidden:
        cases += [
            Case(above, inputs(29, True), same_values),
            Case(above, inputs(49, True), same_values),
            Case(below, inputs(22, False), same_values),
            Case(below, inputs(99, False), same_values),
            Case(ties, inputs(19, True, ties=True), same_values),
            Case(ties, inputs(24, False, ties=True), same_values),
            Case(nans, inputs(21, False, nans=3), same_values),
            Case(nans, inputs(34, True, nans=9), same_values),
        ]
    return cases


p_value = Check(
    "p_value",
    {
        "a score above one half": 1,
        "a score below one half": 1,
        "as far from one half as the score": 1,
        "NaN is left out": 1,
    },
    _draw_p_values,
    _p_value,
)


# nmf_step(activations, weights, concepts)


def _scaled(values, above, below):
    return np.where(below > 0, values * above / np.where(below > 0, below, 1), 0)


@solves("nmf_step")
def _nmf_step(activations, weights, concepts):
    a, w, h = (x.astype(np.float64) for x in (activations, weights, concepts))
    h = _scaled(h, w.T @ a, w.T @ w @ h)
    w = _scaled(w, a @ h.T, w @ (h @ h.T))
    return w.astype(np.float32), h.astype(np.float32)


def _draw_steps(rng, hidden):
    def inputs(n, channels, k, dead=False):
        """Return inputs; with `dead` one channel, one place and one concept have no weight."""
        activations, weights, concepts = (
            rng.gamma(2, 0.5, shape) for shape in ((n, channels), (n, k), (k, channels))
        )
        if dead:
            concepts[:, 1] = weights[2] = weights[:, 0] = 0
        names = ("activations", "weights", "concepts")
        arrays = (activations, weights, concepts)
        return {name: x.astype(np.float32) for name, x in zip(names, arrays, strict=True)}

    new_concepts, new_weights = "concepts, from the old weights", "weights, from the new concepts"
    none, few, more = "a denominator of 0", inputs(5, 4, 2), inputs(4, 6, 3)
    cases = [
        Case("shape and type", few, shape_and_type),
        Case(new_concepts, few, result(1)),
        Case(new_concepts, more, result(1)),
        Case(new_weights, few, result(0)),
        Case(new_weights, more, result(0)),
        Case(none, inputs(6, 5, 2, dead=True), same_values),
    ]
    if hidden:
        wide, long, single = inputs(3, 8, 2), inputs(9, 3, 2), inputs(7, 5, 1)
        cases += [Case(new_concepts, one, result(1)) for one in (wide, long, single)]
        cases += [Case(new_weights, one, result(0)) for one in (wide, long, single)]
        cases += [
            Case(none, inputs(5, 7, 3, dead=True), same_values),
            Case(none, inputs(8, 4, 2, dead=True), same_values),
        ]
    return cases


nmf_step = Check(
    "nmf_step",
    {
        "shape and type": 1,
        "concepts, from the old weights": 1,
        "weights, from the new concepts": 1,
        "a denominator of 0": 1,
    },
    _draw_steps,
    _nmf_step,
)


# own_concept()


@solves("own_concept")
def _own_concept(number):
    maps = numbered_outputs(number)["pool3"]
    rest = layers_behind(findings.plain_network(number), "pool3")
    direction = _concept_direction(maps, findings.images(number).labels == number % 10)
    slopes = np.stack([
        _directional_derivative(numpy_gradient(rest, maps, "", digit), direction)
        for digit in range(10)
    ])  # fmt: skip
    means, scores = slopes.mean(axis=1), _tcav_scores(slopes)
    winner, undecided = direction.max(axis=(0, 1)).argmax(), abs(scores - 0.5).argmin()
    return (
        int(winner),
        int(means.argmin()),
        float(means.min()),
        int(undecided),
        float(scores[undecided]),
    )


own_concept = finding(
    "own_concept",
    {
        "the filter": found(0),
        "the digit that falls most, and its mean slope, to 1 %": found(1, 2, within=0.01),
        "the digit nearest to one half, and its score, to 2 %": found(3, 4, within=0.02),
    },
    _own_concept,
    number=1,
)
