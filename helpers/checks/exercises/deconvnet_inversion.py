"""Checks of notebook 08."""

from __future__ import annotations

import numpy as np

from helpers.checks import findings
from helpers.checks.core import Case, Check, each_map, finding, same_values, shape_and_type
from helpers.checks.drawn import transposed_convolve, unpooled
from helpers.checks.judges import found, result
from helpers.checks.networks import numpy_outputs
from helpers.own_work import solves

# pool_with_switches(maps) -> pooled, switches


def _cells(maps):
    """Return (N, h, w, 4, C): the four pixels of each 2×2 cell, row by row."""
    n, height, width, channels = maps.shape
    cells = maps.reshape(n, height // 2, 2, width // 2, 2, channels).transpose(0, 1, 3, 2, 4, 5)
    return cells.reshape(n, height // 2, width // 2, 4, channels)


@solves("pool_with_switches")
def _pool_with_switches(maps):
    cells = _cells(maps)
    return cells.max(axis=3), cells.argmax(axis=3)


def _maps(rng, *shape):
    """Return maps of both signs, as before a ReLU, in which no two values are equal. Their first
    cell is nowhere positive."""
    values = rng.permutation(np.prod(shape)) - 0.6 * np.prod(shape)
    maps = (values / np.prod(shape) * 3).reshape(shape).astype(np.float32)
    maps[:, :2, :2] -= 3
    return maps


def _draw_pools(rng, hidden):
    sizes = [(2, 4, 6, 3)] + hidden * [(2, 6, 10, 3), (3, 8, 4, 2), (1, 6, 6, 1), (1, 2, 2, 4)]
    cases = []
    for size in sizes:
        drawn = {"maps": _maps(rng, *size)}
        cases += [
            Case("two arrays of the right shape and type", drawn, shape_and_type),
            Case("the maxima", drawn, result(0)),
            Case("the switches", drawn, result(1)),
        ]
    return cases


pool_with_switches = Check(
    "pool_with_switches",
    {"two arrays of the right shape and type": 1, "the maxima": 1, "the switches": 2},
    _draw_pools,
    _pool_with_switches,
)


# unpool(pooled, switches)


@solves("unpool")
def _unpool(pooled, switches):
    n, height, width, channels = pooled.shape
    held = np.arange(4)[:, None] == switches[:, :, :, None]
    cells = np.where(held, pooled[:, :, :, None], np.float32(0))
    cells = cells.reshape(n, height, width, 2, 2, channels).transpose(0, 1, 3, 2, 4, 5)
    return cells.reshape(n, 2 * height, 2 * width, channels)


def _draw_unpools(rng, hidden):
    def inputs(*shape):
        switches = rng.integers(0, 4, shape)
        switches.ravel()[rng.permutation(switches.size)[:4]] = np.arange(4)  # each one occurs
        pooled = (rng.uniform(0.2, 2, shape) * rng.choice([-1, 1], shape)).astype(np.float32)
        return {"pooled": pooled, "switches": switches}

    one, several = "one map", "several images and channels"
    cases = [
        Case("shape and type", inputs(2, 2, 3, 2), shape_and_type),
        Case(one, inputs(1, 2, 3, 1), same_values),
        Case(several, inputs(2, 3, 2, 3), same_values),
    ]
    if hidden:
        cases += [
            Case(one, inputs(1, 4, 3, 1), same_values),
            Case(several, inputs(3, 2, 5, 4), same_values),
            Case(several, inputs(1, 3, 3, 2), same_values),
        ]
    return cases


unpool = Check(
    "unpool",
    {"shape and type": 1, "one map": 1, "several images and channels": 1},
    _draw_unpools,
    _unpool,
    maps=each_map,
)


# deconvolve(maps, kernel)


@solves("deconvolve")
def _deconvolve(maps, kernel):
    height, width, channels, _ = kernel.shape
    n, rows, columns, _ = maps.shape
    result = np.zeros((n, rows + height - 1, columns + width - 1, channels))
    positive = np.maximum(maps, 0).astype(np.float64)
    for i, j in np.ndindex(height, width):
        result[:, i : i + rows, j : j + columns] += positive @ kernel[i, j].T
    return result.astype(np.float32)


def _draw_deconvolutions(rng, hidden):
    def inputs(maps, kernel, signed):
        values = rng.uniform(0.2, 1.5, maps).astype(np.float32)
        if signed:
            values *= rng.choice(np.array([-1, 1], np.float32), maps)
            values[0, ..., 0] = -abs(values[0, ..., 0])  # a map without anything positive
        return {"maps": values, "kernel": rng.normal(0, 1, kernel).astype(np.float32)}

    one = "one filter, nothing negative"
    many = "several filters, channels and images"
    rectified = "negative values are rectified first"
    cases = [
        Case("shape and type", inputs((2, 3, 4, 3), (2, 3, 2, 3), True), shape_and_type),
        Case(one, inputs((1, 3, 4, 1), (3, 2, 1, 1), False), same_values),
        Case(many, inputs((2, 3, 2, 4), (2, 3, 3, 4), False), same_values),
        Case(rectified, inputs((2, 4, 3, 3), (3, 2, 2, 3), True), same_values),
    ]
    if hidden:
        cases += [
            Case(one, inputs((1, 4, 2, 1), (2, 3, 1, 1), False), same_values),
            Case(many, inputs((3, 2, 5, 2), (3, 3, 1, 2), False), same_values),
            Case(many, inputs((1, 4, 4, 2), (1, 1, 3, 2), False), same_values),
            Case(rectified, inputs((2, 5, 2, 5), (1, 3, 3, 5), True), same_values),
            Case(rectified, inputs((2, 3, 4, 1), (3, 3, 1, 1), True), same_values),
        ]
    return cases


deconvolve = Check(
    "deconvolve",
    {
        "shape and type": 1,
        "one filter, nothing negative": 1,
        "several filters, channels and images": 2,
        "negative values are rectified first": 1,
    },
    _draw_deconvolutions,
    _deconvolve,
    maps=each_map,
)


# inversion_loss(features, target, image, alpha, alpha_weight, variation_weight)


@solves("inversion_loss")
def _inversion_loss(features, target, image, alpha, alpha_weight, variation_weight):
    features, target, image = (np.asarray(a, np.float64) for a in (features, target, image))
    error = np.sum((features - target) ** 2) / np.sum(target**2)
    size = np.sum(np.abs(image) ** alpha)
    variation = np.sum(np.diff(image, axis=0) ** 2) + np.sum(np.diff(image, axis=1) ** 2)
    return float(error + alpha_weight * size + variation_weight * variation)


def _draw_losses(rng, hidden):
    def inputs(features, image, alpha, alpha_weight, variation_weight):
        def draw(mean, deviation, shape):  # values with equals among them
            return rng.normal(mean, deviation, shape).round(1).astype(np.float32)

        return {
            "features": draw(0, 1, features),
            "target": draw(0.5, 1, features),
            "image": draw(0, 0.7, image),
            "alpha": alpha,
            "alpha_weight": alpha_weight,
            "variation_weight": variation_weight,
        }

    def weight():
        return float(rng.uniform(0.2, 0.9))

    error, size = "the relative error alone", "and the α-norm"
    variation, all_ = "and the total variation", "all three"
    cases = [
        Case(error, inputs((3, 2, 4), (4, 5, 1), 4, 0.0, 0.0), same_values),
        Case(size, inputs((3, 2, 4), (4, 3, 2), 3, weight(), 0.0), same_values),
        Case(variation, inputs((2, 3, 4), (3, 5, 3), 4, 0.0, weight()), same_values),
        Case(all_, inputs((2, 5, 2), (4, 6, 2), 6, weight(), weight()), same_values),
    ]
    if hidden:
        cases += [
            Case(error, inputs((7,), (3, 5, 2), 2, 0.0, 0.0), same_values),
            Case(size, inputs((4, 3, 2), (5, 2, 3), 6, weight(), 0.0), same_values),
            Case(size, inputs((6,), (4, 1, 2), 1, weight(), 0.0), same_values),
            Case(variation, inputs((5,), (6, 4, 2), 3, 0.0, weight()), same_values),
            Case(variation, inputs((2, 3), (1, 5, 1), 5, 0.0, weight()), same_values),
            Case(all_, inputs((3, 4, 3), (5, 4, 3), 4, weight(), weight()), same_values),
        ]
    return cases


inversion_loss = Check(
    "inversion_loss",
    {
        "the relative error alone": 1,
        "and the α-norm": 1,
        "and the total variation": 1,
        "all three": 2,
    },
    _draw_losses,
    _inversion_loss,
)


# feature_distance(features, transformed)


@solves("feature_distance")
def _feature_distance(features, transformed):
    features, transformed = (np.asarray(a, np.float64) for a in (features, transformed))
    moved = (transformed - features).reshape(len(transformed), -1)
    return (np.linalg.norm(moved, axis=1) / np.linalg.norm(features)).astype(np.float32)


def _draw_distances(rng, hidden):
    def inputs(count, *shape):
        features = rng.normal(0.5, 1.5, shape).round(1).astype(np.float32)
        moved = rng.normal(0.3, 1, (count, *shape)).astype(np.float32)
        if count > 1:
            moved[0] = features  # not transformed at all
        return {"features": features, "transformed": moved}

    dense, maps = "a layer of units", "a layer with maps"
    cases = [
        Case("shape and type", inputs(3, 4, 5, 2), shape_and_type),
        Case(dense, inputs(4, 6), same_values),
        Case(maps, inputs(3, 4, 5, 2), same_values),
    ]
    if hidden:
        cases += [
            Case(dense, inputs(2, 9), same_values),
            Case(dense, inputs(1, 5), same_values),
            Case(maps, inputs(5, 3, 2, 4), same_values),
            Case(maps, inputs(1, 3, 3, 1), same_values),
        ]
    return cases


feature_distance = Check(
    "feature_distance",
    {"shape and type": 1, "a layer of units": 1, "a layer with maps": 1},
    _draw_distances,
    _feature_distance,
)


# own_projection()


@solves("own_projection")
def _own_projection(number):
    own, network = findings.images(number), findings.plain_network(number)
    image = own.images[own.labels == number % 10][:1]
    kernels = {spec["name"]: spec.get("kernel") for spec in network["layers"]}
    outputs = numpy_outputs(network, image)
    maps = outputs["l2"]
    alone = np.where(maps == maps.max(), maps, 0)
    down = transposed_convolve(alone, kernels["l2"], outputs["pool1"].shape)
    down = unpooled(np.maximum(down, 0), outputs["l1"])
    down = transposed_convolve(down, kernels["l1"], image.shape)[0, ..., 0]
    row, column = map(int, np.unravel_index(down.argmax(), down.shape))
    return int(maps.max(axis=(0, 1, 2)).argmax()), row, column, float(down.max())


own_projection = finding(
    "own_projection",
    {
        "the filter": found(0),
        "the filter and its pixel": found(0, 1, 2),
        "the projection there, to 2 %": found(3, within=0.02),
    },
    _own_projection,
    number=4,
    tolerance=0.02,
)
