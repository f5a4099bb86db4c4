"""Checks of notebook 01."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from helpers.checks import findings
from helpers.checks.adapters import described_model, layer, other_weights
from helpers.checks.core import Case, Check, each_map, finding, same_values
from helpers.checks.drawn import numbered_outputs
from helpers.checks.judges import (
    convolutions,
    float32,
    found,
    in_and_out,
    layers_in_order,
    model_like,
    number_of_weights,
    whole_numbers,
)
from helpers.checks.networks import Network, numpy_outputs
from helpers.own_work import solves

# scale_images(raw): bytes to what a network takes


@solves("scale_images")
def _scaled(raw):
    return (raw / np.float32(255))[..., None]


def _draw_images(rng, hidden):
    def raw(*shape, low=0, high=256):
        return rng.integers(low, high, shape, dtype=np.uint8)

    def dark(*shape):
        """Return images, the first of them black, whose largest value is 1."""
        images = raw(*shape, high=2)
        images[0], images[1, 0, 0] = 0, 1
        return images

    def cases(*shape):
        return [
            Case("shape and type", {"raw": raw(*shape)}, float32),
            Case("0 becomes 0, 255 becomes 1", {"raw": raw(*shape)}, same_values),
        ]

    def not_white(*shape):
        faint = {"raw": raw(*shape, low=20, high=180)}
        return Case("images without a white pixel", faint, same_values)

    known = np.array([[[0, 51], [102, 255]]], np.uint8)
    drawn = [
        *cases(2, 4, 5),
        Case("0 becomes 0, 255 becomes 1", {"raw": known}, same_values),
        Case("0 becomes 0, 255 becomes 1", {"raw": raw(2, 28, 28)}, same_values),
        not_white(3, 4, 5),
        Case("images without a white pixel", {"raw": dark(2, 3, 4)}, same_values),
    ]
    if hidden:
        drawn += [*cases(5, 7, 6), *cases(1, 3, 4), not_white(1, 6, 2)]
    return drawn


scale_images = Check(
    "scale_images",
    {"shape and type": 1, "0 becomes 0, 255 becomes 1": 1, "images without a white pixel": 1},
    _draw_images,
    _scaled,
    maps=each_map,
)


# count_weights(kernel_size, channels, filters): how many numbers a convolution learns


@solves("count_weights")
def _weight_count(kernel_size, channels, filters):
    return (kernel_size[0] * kernel_size[1] * channels + 1) * filters


def _draw_convolutions(rng, hidden):
    def case(step, kernel_size, channels, filters=None, judge=same_values):
        filters = int(rng.integers(6, 40)) if filters is None else filters
        inputs = {"kernel_size": kernel_size, "channels": channels, "filters": filters}
        return Case(step, inputs, judge)

    size, channels = int(rng.integers(3, 8)), int(rng.integers(2, 6))
    cases = [
        case("one input channel, and a whole number", (size, size), 1, judge=whole_numbers),
        case("several input channels", (size, size), channels),
        case("a kernel that is not square", (size, size + 2), channels),
        case("a kernel that is not square", (size + 2, size), channels),
    ]
    if hidden:
        cases += [
            case(
                "one input channel, and a whole number", (size + 1, size + 1), 1, 1, whole_numbers
            ),
            case("several input channels", (1, 1), channels + 60),
            case("several input channels", (3, 3), 256, 512),
            case("a kernel that is not square", (1, size), channels + 9),
        ]
    return cases


count_weights = Check(
    "count_weights",
    {
        "one input channel, and a whole number": 1,
        "several input channels": 1,
        "a kernel that is not square": 1,
    },
    _draw_convolutions,
    _weight_count,
)


# build_network(input_shape, filters, units, classes): the practical work's architecture

KERNELS = (5, 5, 3)


def _weight_shapes(input_shape, filters, units, classes) -> list[tuple[int, ...]]:
    """Return the shapes of the weights of the network that the exercise asks for."""
    height, width, channels = input_shape
    shapes: list[tuple[int, ...]] = []
    for size, kernel in zip(filters, KERNELS, strict=True):
        shapes += [(kernel, kernel, channels, size), (size,)]
        height, width, channels = height // 2, width // 2, size
    return [*shapes, (height * width * channels, units), (units,), (units, classes), (classes,)]


def _description(input_shape, filters, units, classes) -> dict[str, Any]:
    """Return the network that the exercise asks for as `described_model` does."""
    layers = []
    for size, kernel in zip(filters, KERNELS, strict=True):
        settings = {"strides": (1, 1), "dilation": (1, 1), "padding": "same", "activation": "relu"}
        layers.append(layer("Conv2D", size=size, kernel=(kernel, kernel), **settings))
        layers.append(layer("MaxPooling2D", kernel=(2, 2), strides=(2, 2), padding="valid"))
    layers += [
        layer("Flatten"),
        layer("Dense", size=units, activation="relu"),
        layer("Dense", size=classes, activation="softmax"),
    ]
    shapes = _weight_shapes(input_shape, filters, units, classes)
    return {
        "input": input_shape,
        "output": (classes,),
        "layers": layers,
        "weights": sum(map(math.prod, shapes)),
        "shapes": shapes,
        "computed": _computed(tuple(shapes), input_shape),
    }


@functools.cache
def _computed(shapes: tuple[tuple[int, ...], ...], input_shape: tuple[int, ...]) -> np.ndarray:
    """Return what the network that the exercise asks for computes with `other_weights`."""
    weights, images = other_weights([*shapes], input_shape)
    network: Network = {"layers": []}
    for number, pair in enumerate(weights[:3]):
        network["layers"] += [
            {"kind": "conv", "name": f"conv {number}", "padding": "same", **pair},
            {"kind": "pool", "name": f"pool {number}"},
        ]
    network["layers"] += [
        {"kind": "flatten", "name": "flat"},
        {"kind": "dense", "name": "hidden", "activation": "relu", **weights[3]},
        {"kind": "dense", "name": "classes", "activation": "softmax", **weights[4]},
    ]
    return numpy_outputs(network, images)["classes"]


@solves("build_network")
def _network(input_shape, filters, units, classes):
    return _description(input_shape, filters, units, classes)


def _draw_networks(rng, hidden):
    def inputs(input_shape):
        filters = tuple(int(size) for size in rng.permutation(np.arange(2, 12))[:3])
        units, classes = (int(size) for size in rng.permutation(np.arange(3, 14))[:2])
        return {"input_shape": input_shape, "filters": filters, "units": units, "classes": classes}

    judges = {
        "images in, class probabilities out": in_and_out,
        "the convolutions": convolutions,
        "pooling and dense layers in order": layers_in_order,
        "the number of weights": number_of_weights,
    }
    networks = [inputs((28, 28, 1)), inputs((18, 26, 2))]
    if hidden:
        networks.append({**inputs((33, 20, 3)), "classes": 2})
    return [Case(step, network, judge) for network in networks for step, judge in judges.items()]


build_network = Check(
    "build_network",
    {
        "images in, class probabilities out": 1,
        "the convolutions": 1,
        "pooling and dense layers in order": 1,
        "the number of weights": 1,
    },
    _draw_networks,
    _network,
    plain=described_model,
    read=model_like,
)


# accuracy(probabilities, labels)


def _probabilities(rng, images, classes):
    return rng.dirichlet(np.ones(classes), images).astype(np.float32)


@solves("accuracy")
def _accuracy(probabilities, labels):
    return float(np.mean(probabilities.argmax(axis=1) == labels))


def _draw_predictions(rng, hidden):
    def two_classes(images):
        """Return a case of which some predictions are right, and the surest one is first and right.
        With an odd number of `images`, the share of right ones is not that of wrong ones."""
        first = rng.choice([0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1], images).astype(np.float32)
        first[0] = 0.95
        probabilities = np.stack([first, 1 - first], axis=1)
        wrong = np.append(False, rng.permutation(images - 1) < rng.integers(1, images - 1))
        labels = np.where(wrong, probabilities.argmin(1), probabilities.argmax(1))
        inputs = {"probabilities": probabilities, "labels": labels}
        return Case("few images, two classes", inputs, same_values)

    def any_number(images, classes):
        """Return a case of which the first image is a mistake and the last ones are hits, so that
        the last batch, which has fewer images, counts no more than the others."""
        probabilities = _probabilities(rng, images, classes)
        best, right = probabilities.argmax(1), rng.random(images) < 0.5
        right[0], right[-3:] = False, True
        labels = np.where(right, best, (best + rng.integers(1, classes, images)) % classes)
        inputs = {"probabilities": probabilities, "labels": labels}
        return Case("any number of images and classes", inputs, same_values)

    unsure = np.array([[0.4, 0.35, 0.25], [0.1, 0.45, 0.45001], [0.2, 0.2, 0.6]], np.float32)
    unsure = {"probabilities": unsure, "labels": np.array([0, 1, 2])}
    cases = [
        two_classes(3),
        Case("any number of images and classes", unsure, same_values),
        any_number(11, 4),
        any_number(131, 12),
    ]
    if hidden:
        cases += [two_classes(5), two_classes(7)]
        cases += [any_number(*size) for size in ((7, 7), (45, 3), (1, 4), (701, 2))]
    return cases


accuracy = Check(
    "accuracy",
    {"few images, two classes": 1, "any number of images and classes": 1},
    _draw_predictions,
    _accuracy,
)


# confusion(labels, predictions, n_classes)


@solves("confusion")
def _confusion(labels, predictions, n_classes):
    counts = np.zeros((n_classes, n_classes), np.int64)
    np.add.at(counts, (labels, predictions), 1)
    return counts


def _draw_confusions(rng, hidden):
    def inputs(images, n_classes, occurring):
        labels, guesses = rng.choice(occurring, (2, images))
        predictions = np.where(rng.random(images) < 0.5, labels, guesses)
        labels[0], predictions[0] = occurring[:2]  # never symmetric by chance
        predictions[labels == occurring[1]] = occurring[1]
        return {"labels": labels, "predictions": predictions, "n_classes": n_classes}

    def once(images, n_classes):
        """Return a case with no pair twice, and never symmetric: 0 is taken for 1, not 1 for 0."""
        others = np.setdiff1d(np.arange(n_classes**2), [1, n_classes])
        pairs = np.append(rng.choice(others, images - 1, replace=False), 1)
        labels, predictions = divmod(pairs, n_classes)
        drawn = {"labels": labels, "predictions": predictions, "n_classes": n_classes}
        return Case("each image once, and whole numbers", drawn, whole_numbers)

    def many(images, n_classes):
        drawn = inputs(images, n_classes, range(n_classes))
        return Case("many images of a kind", drawn, same_values)

    def crowd(images, n_classes):
        """Return a case with more images of one pair than a byte can count."""
        drawn = inputs(images, n_classes, range(n_classes))
        added = int(rng.integers(256, 300))
        for name, often in (("labels", n_classes - 1), ("predictions", n_classes - 2)):
            drawn[name] = np.append(drawn[name], np.full(added, often))
        return Case("many images of a kind", drawn, same_values)

    def absent(images, n_classes, occurring):
        drawn = inputs(images, n_classes, occurring)
        return Case("a class that does not occur", drawn, same_values)

    cases = [once(5, 4), many(30, 3), crowd(20, 3), absent(30, 5, [0, 2])]
    if hidden:
        cases += [once(9, 4), many(50, 4), many(200, 7), many(150, 12)]
        cases += [absent(50, 6, [0, 2, 3]), absent(200, 11, [2, 3, 5, 9]), absent(20, 3, [2, 1])]
    return cases


confusion = Check(
    "confusion",
    {
        "each image once, and whole numbers": 1,
        "many images of a kind": 1,
        "a class that does not occur": 1,
    },
    _draw_confusions,
    _confusion,
    maps=each_map,
)


# worst_mistakes(probabilities, labels, k)


@solves("worst_mistakes")
def _worst_mistakes(probabilities, labels, k):
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    return wrong[np.argsort(-probabilities[wrong].max(axis=1), kind="stable")][:k]


def _draw_mistakes(rng, hidden):
    def inputs(images, classes, k, right):
        """Return a case with one hit and one mistake at least, and no two images that are equally
        sure."""
        probabilities = _probabilities(rng, images, classes)
        while len(np.unique(probabilities.max(1))) < images:
            probabilities = _probabilities(rng, images, classes)
        best = probabilities.argmax(1)
        hit = rng.random(images) < right
        hit[:2] = True, False
        labels = np.where(hit, best, (best + 1) % classes)
        return {"probabilities": probabilities, "labels": labels, "k": k}

    def one(images, position):
        probabilities = _probabilities(rng, images, 2)
        labels = probabilities.argmax(1)
        labels[position] = 1 - labels[position]
        drawn = {"probabilities": probabilities, "labels": labels, "k": 1}
        return Case("one mistake, as a whole number", drawn, whole_numbers)

    def first(images, classes, k):
        drawn = inputs(images, classes, k, 0.4)
        return Case("the most confident first", drawn, same_values)

    def fewer(images, classes, k, right=0.5):
        drawn = inputs(images, classes, k, right)
        return Case("fewer than k mistakes", drawn, same_values)

    def none(images, classes):
        probabilities = _probabilities(rng, images, classes)
        drawn = {"probabilities": probabilities, "labels": probabilities.argmax(1), "k": 3}
        return Case("fewer than k mistakes", drawn, same_values)

    # The mistakes, 1 to 4, come in another order by position, by the probability of the true class,
    # by its distance from the predicted one, and by the lead over the second.
    four = [[0.8, 0.1, 0.1], [0.5, 0.1, 0.4], [0.45, 0.25, 0.3]]
    four += [[0.2, 0.7, 0.1], [0.6, 0.38, 0.02], [0.1, 0.15, 0.75]]
    four = {
        "probabilities": np.array(four, np.float32),
        "labels": np.array([0, 1, 2, 0, 1, 2]),
        "k": 3,
    }
    cases = [
        one(3, 1),
        Case("the most confident first", four, same_values),
        first(30, 5, 4),
        # So many that a partition, which sorts a few hundred on the way, leaves them unsorted.
        first(1200, 3, 400),
        fewer(12, 3, 12),
        none(4, 3),
    ]
    if hidden:
        cases += [one(6, 4), one(9, 2), one(1, 0), first(60, 4, 6), first(25, 9, 3)]
        cases += [fewer(9, 12, 40), fewer(8, 2, 10, right=0)]
    return cases


worst_mistakes = Check(
    "worst_mistakes",
    {
        "one mistake, as a whole number": 1,
        "the most confident first": 1,
        "fewer than k mistakes": 1,
    },
    _draw_mistakes,
    _worst_mistakes,
)


# own_mistakes()


@solves("own_mistakes")
def _own_mistakes(number):
    labels, probabilities = findings.images(number).labels, numbered_outputs(number)["l5"]
    predictions = probabilities.argmax(axis=1)
    wrong = np.flatnonzero((labels == number % 10) & (predictions != labels))
    worst = int(wrong[probabilities[wrong].max(axis=1).argmax()])
    counts = _confusion(labels, predictions, 10)
    np.fill_diagonal(counts, 0)
    true, taken = map(int, np.unravel_index(counts.argmax(), counts.shape))
    return worst, int(predictions[worst]), true, taken, int(counts.max())


own_mistakes = finding(
    "own_mistakes",
    {
        "the worst mistake": found(0),
        "the worst mistake and its answer": found(0, 1),
        "the two digits and how often": found(2, 3, 4),
    },
    _own_mistakes,
    number=9,
)
