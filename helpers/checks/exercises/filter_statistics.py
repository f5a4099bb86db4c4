"""Checks of notebook 02."""

from __future__ import annotations

import numpy as np

from helpers.checks import findings
from helpers.checks.core import Case, Check, each_map, finding, same_values, shape_and_type
from helpers.checks.drawn import branched_network, numbered_outputs
from helpers.checks.judges import found, result
from helpers.checks.networks import numpy_outputs
from helpers.checks.values import each_map_of_the_first
from helpers.own_work import solves

# layer_output(model, images, layer_name)


@solves("layer_output")
def _layer_output(model, images, layer_name):
    return numpy_outputs(model, images)[layer_name]


def _draw_networks(rng, hidden):
    def inputs(layer, images, input_shape, merge):
        batch = rng.uniform(-0.5, 1, (images, *input_shape)).astype(np.float32)
        network = branched_network(rng, input_shape, merge)
        return {"model": network, "images": batch, "layer_name": layer}

    def drawn(*where):
        deeper = ("late", 37), ("half", 3), ("side", 2)  # Keras takes 32 images at once
        return [
            Case("shape and type", inputs("early", 3, *where), shape_and_type),
            Case("the first convolution, one image", inputs("early", 1, *where), same_values),
            *(
                Case("deeper layers, several images", inputs(layer, images, *where), same_values)
                for layer, images in deeper
            ),
        ]

    cases = drawn((8, 10, 1), "add")
    if hidden:
        cases += drawn((6, 12, 3), "concatenate")
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
    def inputs(n, height, width, filters, occurring, n_classes=None, signed=False):
        activations = _activations(rng, n, height, width, filters)
        if signed:
            activations -= rng.uniform(0.5, 1, filters).astype(np.float32)
        return {
            "activations": activations,
            "labels": np.array(occurring)[_labels(rng, n, len(occurring))],
            "n_classes": n_classes or len(occurring),
        }

    def cases(n, height, width, filters, classes):
        size, occurring = (n, height, width, filters), range(classes)
        unequal, absent = "unequal numbers of images", "a class without images is NaN"
        return [
            Case("shape and type", inputs(*size, occurring), shape_and_type),
            Case(unequal, inputs(*size, occurring), same_values),
            Case(unequal, inputs(*size, occurring, signed=True), same_values),
            Case(absent, inputs(*size, occurring, classes + 1), same_values),
            Case(absent, inputs(*size, occurring[1:], classes), same_values),
        ]

    drawn = [
        *cases(12, 3, 4, 2, 3),
        Case("one image per class", inputs(3, 2, 2, 1, range(3)), same_values),
    ]
    if hidden:
        drawn += [
            *cases(23, 4, 5, 6, 3),
            *cases(17, 2, 7, 3, 5),
            Case("one image per class", inputs(1, 3, 2, 4, [0]), same_values),
            # Of class 0 more images than a byte can count.
            Case("unequal numbers of images", inputs(300, 2, 3, 1, range(2)), same_values),
            Case("a class without images is NaN", inputs(9, 2, 3, 4, [1, 4, 5], 8), same_values),
        ]
    return drawn


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
        activations[0, 0, 0] *= 1e-6  # a weak answer is an answer
        return {"activations": activations}

    def dead(*size):
        activations = _activations(rng, *size)
        activations[rng.random(size[:3]) < 0.4] = 0
        activations[0, 0, 0] = 0
        activations[0, 0, 1] = 0
        activations[0, 0, 1, 0] = 1  # here filter 0 really wins
        return {"activations": activations}

    def cases(*size):
        return [
            Case("shape and type", alive(*size), shape_and_type),
            Case("the strongest filter", alive(*size), same_values),
            Case("dead pixels are −1", dead(*size), same_values),
        ]

    drawn = cases(2, 3, 4, 3)
    if hidden:
        # At last one filter, and more filters than a byte can count.
        for size in ((4, 5, 6, 7), (9, 3, 2, 4), (1, 4, 2, 1), (1, 2, 3, 300)):
            drawn += cases(*size)
    return drawn


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


def _draw_modes(rng, hidden):
    def inputs(size, dead):
        n, height, width, filters, n_classes = size
        winners, labels = rng.integers(0, filters, (n, height, width)), _labels(rng, n, n_classes)
        winners[:, -1, -1] = filters - 1
        winners[rng.random(winners.shape) < dead] = -1
        if dead:
            winners[:, 0, 0] = -1
            winners[labels == n_classes - 1, 0, 1] = -1
        return {"winners": winners, "labels": labels, "n_classes": n_classes}

    def cases(*size):
        alive, dying = inputs(size, dead=0), inputs(size, dead=0.6)
        return [
            Case("two maps of the right shape and type", alive, shape_and_type),
            Case("mode, every pixel alive", alive, result(0)),
            Case("mode, dead pixels do not vote", dying, result(0)),
            Case("frequency", alive, result(1)),
            Case("frequency", dying, result(1)),
        ]

    ties = {
        "winners": np.array([[[2, 1]], [[1, 2]], [[0, 1]], [[0, 0]]]),
        "labels": np.array([0, 0, 1, 1]),
        "n_classes": 2,
    }
    drawn = [
        Case("mode, every pixel alive", ties, result(0)),
        *cases(24, 2, 3, 3, 2),
        *cases(30, 2, 3, 14, 3),
    ]
    if hidden:
        # At last one image of each class, and many filters.
        for size in ((40, 3, 5, 4, 3), (60, 4, 2, 9, 4), (5, 3, 2, 4, 5), (20, 2, 3, 70, 1)):
            drawn += cases(*size)
    return drawn


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
    maps=each_map_of_the_first,
)


# standardise(activations)


@solves("standardise")
def _standardise(activations):
    centred = activations - activations.mean(axis=(0, 1, 2), dtype=np.float64)
    spread = activations.std(axis=(0, 1, 2), dtype=np.float64)
    return (centred / np.where(spread > 0, spread, 1)).astype(np.float32)


def _draw_activations(rng, hidden):
    def inputs(*size, constant=None):
        activations = _activations(rng, *size)
        bias, loudness = rng.uniform(0, 2, size[-1]), rng.uniform(1, 4, size[-1])
        # A filter with dead pixels, one on both sides of zero, and a quiet one.
        bias[0], bias[1], loudness[-1] = 0, -0.6, 0.03
        activations = ((activations + bias) * loudness).astype(np.float32)
        if constant is not None:
            activations[..., 1] = constant
        return {"activations": activations}

    def cases(*size, constant):
        return [
            Case("shape and type", inputs(*size), shape_and_type),
            Case("mean 0 and spread 1 per filter", inputs(*size), same_values),
            Case("a constant filter is 0", inputs(*size, constant=constant), same_values),
        ]

    drawn = cases(4, 3, 5, 3, constant=2)
    if hidden:
        drawn += cases(7, 5, 6, 4, constant=0)
        drawn += cases(3, 8, 2, 6, constant=-4)
        drawn += cases(1, 6, 9, 3, constant=0.5)
    return drawn


standardise = Check(
    "standardise",
    {"shape and type": 1, "mean 0 and spread 1 per filter": 1, "a constant filter is 0": 1},
    _draw_activations,
    _standardise,
    maps=each_map,
)


# loudest_place()


@solves("loudest_place")
def _loudest_place(number):
    labels = findings.images(number).labels
    mean = numbered_outputs(number)["l3"][labels == number % 10].mean(axis=0)
    row, column, winner = map(int, np.unravel_index(mean.argmax(), mean.shape))
    return winner, row, column, float(mean.max())


loudest_place = finding(
    "loudest_place",
    {
        "the filter": found(0),
        "the filter and its place": found(0, 1, 2),
        "the class mean, to 2 %": found(3, within=0.02),
    },
    _loudest_place,
    number=1,
    tolerance=0.02,
)
