"""Checks of notebook 02."""

from __future__ import annotations

import numpy as np

from helpers.checks.core import Case, Check, each_map, same_values, shape_and_type
from helpers.checks.networks import numpy_outputs, random_network
from helpers.own_work import solves

# layer_output(model, images, layer_name)


@solves("layer_output")
def _layer_output(model, images, layer_name):
    return numpy_outputs(model, images)[layer_name]


def _draw_networks(rng, hidden):
    def inputs(layer, images, input_shape):
        batch = rng.random((images, *input_shape)).astype(np.float32)
        return {"model": random_network(rng, input_shape), "images": batch, "layer_name": layer}

    shapes = [(8, 10, 1), (6, 12, 3)] if hidden else [(8, 10, 1)]
    cases = []
    for shape in shapes:
        cases += [
            Case("shape and type", inputs("early", 3, shape), shape_and_type),
            Case("the first convolution, one image", inputs("early", 1, shape), same_values),
            Case("deeper layers, several images", inputs("late", 4, shape), same_values),
            Case("deeper layers, several images", inputs("half", 3, shape), same_values),
        ]
    return cases


layer_output = Check(
    "layer_output",
    {
        "shape and type": 1,
        "the first convolution, one image": 1,
        "deeper layers, several images": 1,
    },
    _draw_networks,
    _layer_output,
    network="model",
    maps=each_map,
)


# class_means(activations, labels, n_classes)


def _activations(rng, images, height, width, filters):
    """Return values like ReLU outputs: positive, with exact zeros."""
    return np.maximum(rng.normal(0.3, 1, (images, height, width, filters)), 0).astype(np.float32)


def _labels(rng, images, n_classes):
    """Return labels in which every class occurs, unequally often, in no order."""
    extra = rng.integers(0, max(1, n_classes - 1), images - n_classes)
    return rng.permutation(np.concatenate([np.arange(n_classes), extra]))


@solves("class_means")
def _class_means(activations, labels, n_classes):
    with np.errstate(invalid="ignore"):
        sums = np.stack([activations[labels == c].sum(axis=0) for c in range(n_classes)])
        counts = np.bincount(labels, minlength=n_classes)
        return (sums / counts.reshape(-1, 1, 1, 1)).astype(np.float32)


def _draw_class_means(rng, hidden):
    def inputs(n, height, width, filters, n_classes, absent=0):
        return {
            "activations": _activations(rng, n, height, width, filters),
            "labels": _labels(rng, n, n_classes),
            "n_classes": n_classes + absent,
        }

    sizes = [(23, 4, 5, 6, 3), (17, 2, 7, 3, 5)] if hidden else [(12, 3, 4, 2, 3)]
    return [
        *(Case("shape and type", inputs(*size), shape_and_type) for size in sizes),
        Case("one image per class", inputs(3, 2, 2, 1, 3), same_values),
        *(Case("unequal numbers of images", inputs(*size), same_values) for size in sizes),
        *(Case("a class without images is NaN", inputs(*size, 1), same_values) for size in sizes),
    ]


class_means = Check(
    "class_means",
    {
        "shape and type": 1,
        "one image per class": 1,
        "unequal numbers of images": 1,
        "a class without images is NaN": 1,
    },
    _draw_class_means,
    _class_means,
    maps=each_map,
)


# winning_filter(activations)


@solves("winning_filter")
def _winning_filter(activations):
    return np.where(activations.max(axis=-1) > 0, activations.argmax(axis=-1), -1)


def _draw_winners(rng, hidden):
    def alive(*size):  # no two filters alike, so that no pixel is a tie
        activations = rng.uniform(0.01, 3, size).astype(np.float32)
        activations[0, 0, 0] *= 0.02  # a weak answer is an answer
        return {"activations": activations}

    def dead(*size):
        activations = _activations(rng, *size)
        activations[rng.random(size[:3]) < 0.4] = 0
        activations[0, 0, 0] = 0
        activations[0, 0, 1] = 0
        activations[0, 0, 1, 0] = 1  # here filter 0 really wins
        return {"activations": activations}

    sizes = [(4, 5, 6, 7), (9, 3, 2, 4)] if hidden else [(2, 3, 4, 3)]
    return [
        *(Case("shape and type", alive(*size), shape_and_type) for size in sizes),
        *(Case("the strongest filter", alive(*size), same_values) for size in sizes),
        *(Case("dead pixels are −1", dead(*size), same_values) for size in sizes),
    ]


winning_filter = Check(
    "winning_filter",
    {"shape and type": 1, "the strongest filter": 1, "dead pixels are −1": 1},
    _draw_winners,
    _winning_filter,
    maps=each_map,
)


# mode_map(winners, labels, n_classes) -> mode, frequency


@solves("mode_map")
def _mode_map(winners, labels, n_classes):
    mode = np.full((n_classes, *winners.shape[1:]), -1)
    frequency = np.zeros(mode.shape, np.float32)
    for c in range(n_classes):
        of_class = winners[labels == c]
        for pixel in np.ndindex(winners.shape[1:]):
            alive = of_class[:, *pixel]
            alive = alive[alive >= 0]
            if alive.size:
                counts = np.bincount(alive)
                mode[c, *pixel] = counts.argmax()
                frequency[c, *pixel] = counts.max() / len(of_class)
    return mode, frequency


def _only(index, judge):
    def judge_one(got, expected):
        return shape_and_type(got, expected) or judge(got[index], expected[index])

    return judge_one


def _draw_modes(rng, hidden):
    def inputs(n, height, width, filters, n_classes, dead):
        winners = rng.integers(0, filters, (n, height, width))
        winners[rng.random(winners.shape) < dead] = -1
        if dead:
            winners[:, 0, 0] = -1
        return {"winners": winners, "labels": _labels(rng, n, n_classes), "n_classes": n_classes}

    ties = {
        "winners": np.array([[[2, 1]], [[1, 2]], [[0, 1]], [[0, 0]]]),
        "labels": np.array([0, 0, 1, 1]),
        "n_classes": 2,
    }
    sizes = [(40, 3, 5, 4, 3), (60, 4, 2, 9, 4)] if hidden else [(24, 2, 3, 3, 2)]
    cases = [Case("mode, every pixel alive", ties, _only(0, same_values))]
    for size in sizes:
        alive, dying = inputs(*size, 0), inputs(*size, 0.6)
        cases += [
            Case("two maps of the right shape and type", alive, shape_and_type),
            Case("mode, every pixel alive", alive, _only(0, same_values)),
            Case("mode, dead pixels do not vote", dying, _only(0, same_values)),
            Case("frequency", alive, _only(1, same_values)),
            Case("frequency", dying, _only(1, same_values)),
        ]
    return cases


mode_map = Check(
    "mode_map",
    {
        "two maps of the right shape and type": 1,
        "mode, every pixel alive": 1,
        "mode, dead pixels do not vote": 1,
        "frequency": 1,
    },
    _draw_modes,
    _mode_map,
    maps=lambda value: each_map(value[0]),
)


# standardise(activations)


@solves("standardise")
def _standardise(activations):
    centred = activations - activations.mean(axis=(0, 1, 2), dtype=np.float64)
    spread = activations.std(axis=(0, 1, 2), dtype=np.float64)
    return (centred / np.where(spread > 0, spread, 1)).astype(np.float32)


def _draw_activations(rng, hidden):
    def inputs(*size, constant=False):
        activations = _activations(rng, *size)
        bias, loudness = rng.uniform(0, 2, size[-1]), rng.uniform(1, 4, size[-1])
        bias[0], loudness[-1] = 0, 0.3  # one filter with dead pixels, one quiet filter
        activations = ((activations + bias) * loudness).astype(np.float32)
        if constant:
            activations[..., 1] = 2
        return {"activations": activations}

    sizes = [(7, 5, 6, 4), (3, 8, 2, 6)] if hidden else [(4, 3, 5, 3)]
    return [
        *(Case("shape and type", inputs(*size), shape_and_type) for size in sizes),
        *(Case("mean 0 and spread 1 per filter", inputs(*size), same_values) for size in sizes),
        *(
            Case("a constant filter is 0", inputs(*size, constant=True), same_values)
            for size in sizes
        ),
    ]


standardise = Check(
    "standardise",
    {"shape and type": 1, "mean 0 and spread 1 per filter": 1, "a constant filter is 0": 1},
    _draw_activations,
    _standardise,
    maps=each_map,
)
