"""Checks of notebook 05."""

from __future__ import annotations

import numpy as np

from helpers.checks import findings
from helpers.checks.core import Case, Check, each_map, finding, same_values, shape_and_type
from helpers.checks.drawn import branched_classifier, numpy_gradient
from helpers.checks.judges import NEAR, found, nearly_same_values, same_pattern
from helpers.checks.networks import numpy_outputs
from helpers.own_work import solves

# channel_weights(gradients)


@solves("channel_weights")
def _channel_weights(gradients):
    return gradients.mean(axis=(1, 2), dtype=np.float64).astype(np.float32)


def _draw_gradients(rng, hidden):
    def inputs(*size):
        gradients = rng.normal(0, 1, size).astype(np.float32)
        if gradients[0].sum() > 0:
            gradients[0] *= -1  # one image in which most speaks against the class
        gradients[2:3] = 0  # and one on which the class does not depend
        return {"gradients": gradients}

    own = "each image has its own weights"
    cases = []
    for size in [(3, 4, 5, 2)] + hidden * [(4, 5, 3, 6), (3, 2, 7, 4)]:
        cases += [
            Case("shape and type", inputs(*size), shape_and_type),
            Case("one image", inputs(1, *size[1:]), same_pattern),
            Case(own, inputs(*size), same_pattern),
        ]
    return cases


channel_weights = Check(
    "channel_weights",
    {"shape and type": 1, "one image": 1, "each image has its own weights": 1},
    _draw_gradients,
    _channel_weights,
    any_scale=True,
)


# weighted_map(maps, weights)


def _maps(rng, *size, signed=False):
    """Return maps like ReLU outputs, positive with exact zeros, or maps of both signs."""
    maps = rng.normal(0.3, 1, size)
    return (maps if signed else np.maximum(maps, 0)).astype(np.float32)


BEFORE_THE_RELU = "the weighted sum before the ReLU"


def _weighted_sum(maps, weights):
    return np.einsum("nhwk,nk->nhw", maps, weights)


@solves("weighted_map")
def _weighted_map(maps, weights):
    return np.maximum(_weighted_sum(maps, weights), 0)


def _draw_weighted(rng, hidden):
    def inputs(*size, sign=0, signed=False):
        weights = rng.normal(0, 1, (size[0], size[-1])).astype(np.float32)
        if sign:
            weights = sign * abs(weights) - np.float32(0.1 * (sign < 0))
        else:
            weights[:, :2] = abs(weights[:, :2]) * [1, -1]  # evidence for, and against
        return {"maps": _maps(rng, *size, signed=signed), "weights": weights}

    cases = []
    for size in [(2, 4, 5, 3)] + hidden * [(4, 5, 3, 6), (3, 2, 7, 4)]:
        cases += [
            Case("shape and type", inputs(*size), shape_and_type),
            Case("all weights positive", inputs(*size, sign=1), same_pattern),
            Case("evidence for and against", inputs(*size), same_pattern),
            Case("evidence for and against", inputs(*size, signed=True), same_pattern),
            Case("evidence for and against", inputs(1, *size[1:]), same_pattern),
            Case("evidence of one sign", inputs(*size, sign=-1), same_pattern),
            # so that an answer that is always 0 earns nothing
            Case("evidence of one sign", inputs(*size, sign=1), same_pattern),
        ]
    return cases


weighted_map = Check(
    "weighted_map",
    {
        "shape and type": 1,
        "all weights positive": 1,
        "evidence for and against": 1,
        "evidence of one sign": 1,
    },
    _draw_weighted,
    _weighted_map,
    maps=each_map,
    parts={BEFORE_THE_RELU: _weighted_sum},
    any_scale=True,
)


# grad_cam(model, images, layer_name, class_index)


def _weights(model, images, layer_name, class_index):
    return _channel_weights(numpy_gradient(model, images, layer_name, class_index))


def _signed_map(model, images, layer_name, class_index):
    maps = numpy_outputs(model, images)[layer_name]
    return np.einsum("nhwk,nk->nhw", maps, _weights(model, images, layer_name, class_index))


@solves("grad_cam")
def _grad_cam(model, images, layer_name, class_index):
    return np.maximum(_signed_map(model, images, layer_name, class_index), 0)


def _rounding(model, images, layer_name, class_index):
    """Return (N, 1, 1) values: a map's smaller values may be the rounding of large numbers."""
    maps = numpy_outputs(model, images)[layer_name].max(axis=(1, 2))
    gradient = abs(numpy_gradient(model, images, layer_name, class_index)).mean(axis=(1, 2))
    return 0.02 * (maps * gradient).sum(axis=-1)[:, None, None]


def _one_sided(network, class_index, sign):
    """Return the network with a head in which all speaks for `class_index`, or all against it."""
    *body, hidden, output = network["layers"]
    kernel = output["kernel"].copy()
    kernel[:, class_index] = sign * (abs(kernel[:, class_index]) + np.float32(0.1))
    body = [
        {**spec, "kernel": abs(spec["kernel"])} if spec["name"] == "beside" else spec
        for spec in body
    ]
    hidden = {**hidden, "kernel": abs(hidden["kernel"])}
    return {**network, "layers": [*body, hidden, {**output, "kernel": kernel}]}


def _draw_networks(rng, hidden):
    def inputs(size, count, layer, top=False, index=None, sign=0):
        """Return inputs that tell mistakes apart. They are drawn until each map has both signs,
        which shows what becomes of negative evidence, and the images differ in their weights, which
        shows what is averaged over the batch. With a `sign` all is evidence of that sign, as far
        as rounding lets that be seen."""
        while True:
            network = branched_classifier(rng, *size)
            images = rng.uniform(-0.5, 1, (count, *size[0])).astype(np.float32)
            class_index = int(rng.integers(1, size[1] - 1)) if index is None else index
            if sign:
                network = _one_sided(network, class_index, sign)
            scores = numpy_outputs(network, images)["classes"].argmax(axis=1)
            if top:
                class_index = int(scores[0])
            case = {
                "model": network,
                "images": images,
                "layer_name": layer,
                "class_index": class_index,
            }
            signed, rounding = _signed_map(**case), _rounding(**case)
            if sign:
                if (sign * signed > (rounding if sign > 0 else rounding / 100)).all():
                    return case
                continue
            low, high = ((sign * signed > rounding).any(axis=(1, 2)).all() for sign in (-1, 1))
            if not (low and high and top == (scores == class_index).any()):
                continue
            weights = _weights(**case)
            shares = weights / abs(weights).sum(axis=1, keepdims=True)
            if count == 1 or np.ptp(shares, axis=0).max() > 0.02:
                return case

    cases = []
    # The numbers of classes are odd: none is its own counterpart, counted from the end.
    for size in [((8, 14, 1), 5)] + hidden * [((12, 10, 3), 7)]:
        several, one = inputs(size, 3, "late"), inputs(size, 1, "late", top=True)
        cases += [
            Case("shape and type", several, shape_and_type),
            Case("the top class of one image", one, same_pattern),
            Case("another class, several images", several, same_pattern),
            Case("another class, several images", inputs(size, 2, "late", index=0), same_pattern),
            Case("another layer", inputs(size, 2, "early"), same_pattern),
            Case("another layer", inputs(size, 2, "joined"), same_pattern),
            Case("no evidence is 0", inputs(size, 2, "late", sign=-1), same_pattern),
            # An answer that is always 0 earns nothing, nor one in which the least evidence is 0.
            Case("no evidence is 0", one, same_pattern),
            Case("no evidence is 0", inputs(size, 2, "late", sign=1), same_pattern),
        ]
    return cases


grad_cam = Check(
    "grad_cam",
    {
        "shape and type": 1,
        "the top class of one image": 1,
        "another class, several images": 2,
        "another layer": 1,
        "no evidence is 0": 1,
    },
    _draw_networks,
    _grad_cam,
    network="model",
    maps=each_map,
    parts={BEFORE_THE_RELU: _signed_map},
    any_scale=True,
)


# heatmaps(maps, height, width)


def _stretch(size, target):
    """Return (target, size) bilinear weights, with half-pixel centres."""
    place = np.clip((np.arange(target) + 0.5) * size / target - 0.5, 0, size - 1)
    return np.maximum(1 - abs(place[:, None] - np.arange(size)), 0)


def _enlarged(maps, height, width):
    return _stretch(maps.shape[1], height) @ maps @ _stretch(maps.shape[2], width).T


@solves("heatmaps")
def _heatmaps(maps, height, width):
    large = _enlarged(maps, height, width)
    peak = large.max(axis=(1, 2), keepdims=True)
    return (large / np.where(peak > 0, peak, 1)).astype(np.float32)


def _draw_heat(rng, hidden):
    def inputs(n, height, width, target):
        """Return maps of which the first is faint."""
        scale = rng.uniform(2, 9, (n, 1, 1))
        scale[0] = 0.05
        maps = _maps(rng, n, height, width) * scale.astype(np.float32)
        return {"maps": maps, "height": target[0], "width": target[1]}

    def offset(n, height, width, target):
        found = inputs(n, height, width, target)
        found["maps"] += np.float32(1)
        found["maps"][1] = 2  # the same everywhere
        return found

    def empty(n, height, width, target):
        found = inputs(n, height, width, target)
        found["maps"][-1] = 0
        return found

    # No pixel lies on a cell's centre, so that upsampling lowers a peak.
    sizes = [(2, 4, 5, (10, 20))]
    sizes += hidden * [(3, 3, 5, (12, 20)), (4, 7, 4, (14, 16)), (2, 5, 3, (18, 8))]
    cases = []
    for size in sizes:
        several = inputs(*size)
        cases += [
            Case("shape and type", several, shape_and_type),
            Case("one map, upsampled and scaled", inputs(1, *size[1:]), nearly_same_values),
            Case("each map by its own maximum", several, nearly_same_values),
            Case("each map by its own maximum", offset(*size), nearly_same_values),
            Case("a map of zeros stays 0", empty(*size), nearly_same_values),
            Case("a map of zeros stays 0", empty(1, *size[1:]), nearly_same_values),
        ]
    return cases


heatmaps = Check(
    "heatmaps",
    {
        "shape and type": 1,
        "one map, upsampled and scaled": 1,
        "each map by its own maximum": 1,
        "a map of zeros stays 0": 1,
    },
    _draw_heat,
    _heatmaps,
    maps=each_map,
    tolerance=NEAR,
    parts={"the enlarged maps before they are scaled": _enlarged},
)


# overlay(images, heat, colour)


@solves("overlay")
def _overlay(images, heat, colour):
    heat = heat[..., None]
    return ((1 - heat) * images + heat * colour).astype(np.float32)


def _draw_overlays(rng, hidden):
    def inputs(n, height, width, heat=None):
        images = rng.random((n, height, width, 1)).astype(np.float32)
        images[0, 0, 0] = 1
        if heat is None:
            heat = rng.random((n, height, width)).astype(np.float32)
            heat[0, 0, 0] = 1
        colour = rng.permutation([0.1, 0.5, 0.9]).astype(np.float32)
        colour += rng.uniform(0, 0.1, 3).astype(np.float32)
        return {"images": images, "heat": heat, "colour": colour}

    cases = []
    for n, height, width in [(2, 3, 4)] + hidden * [(3, 4, 6), (4, 7, 2), (1, 5, 3)]:
        cold = np.zeros((n, height, width), np.float32)
        cases += [
            Case("shape and type", inputs(n, height, width), shape_and_type),
            Case("no heat leaves the image", inputs(n, height, width, cold), same_values),
            Case("full heat is the colour", inputs(n, height, width, cold + 1), same_values),
            Case("between them a mixture", inputs(n, height, width), same_values),
        ]
    return cases


overlay = Check(
    "overlay",
    {
        "shape and type": 1,
        "no heat leaves the image": 1,
        "full heat is the colour": 1,
        "between them a mixture": 1,
    },
    _draw_overlays,
    _overlay,
    maps=each_map,
)


# class_activation_map(maps, kernel, class_index)


@solves("class_activation_map")
def _class_activation_map(maps, kernel, class_index):
    return maps @ kernel[:, class_index]


def _draw_pooled(rng, hidden):
    def inputs(size, channels, classes, index=None, signed=False):
        maps = _maps(rng, *size, channels, signed=signed)
        while True:
            kernel = rng.normal(0, 1, (channels, classes)).astype(np.float32)
            top = int((maps.mean(axis=(1, 2)) @ kernel)[0].argmax())
            # Neither the top class nor the one behind it, which is off by one.
            class_index = (top + 2) % classes if index is None else index
            if class_index != top:
                break
        kernel[:2, class_index] = 0.8, -0.9  # evidence for, and against
        kernel[:, top] += 1
        return {"maps": maps, "kernel": kernel, "class_index": class_index}

    any_ = "any number of channels"
    cases = []
    sizes = [((2, 4, 5), 6, 3)] + hidden * [((4, 5, 3), 6, 4), ((3, 2, 7), 4, 9)]
    for size, channels, classes in sizes:
        one = (1, *size[1:])
        cases += [
            Case("shape and type", inputs(size, channels, classes), shape_and_type),
            Case("as many channels as classes", inputs(size, 5, 5), same_pattern),
            Case(any_, inputs(size, channels, classes), same_pattern),
            Case(any_, inputs(size, channels, classes, signed=True), same_pattern),
            Case(any_, inputs(one, channels, classes, index=0), same_pattern),
        ]
    return cases


class_activation_map = Check(
    "class_activation_map",
    {"shape and type": 1, "as many channels as classes": 1, "any number of channels": 1},
    _draw_pooled,
    _class_activation_map,
    maps=each_map,
    any_scale=True,
)


# hires_map(maps, gradients)


def _evidence(rng, *size, sign=0, signed=False):
    """Return maps, which may be `signed`, and gradients of both signs or of one."""
    gradients = rng.normal(0, 1, size).astype(np.float32)
    if sign:
        gradients = sign * abs(gradients) - np.float32(0.1 * (sign < 0))
    return {"maps": _maps(rng, *size, signed=signed), "gradients": gradients}


def _sum_of_products(maps, gradients):
    return np.einsum("nhwk,nhwk->nhw", maps, gradients)


@solves("hires_map")
def _hires_map(maps, gradients):
    return np.maximum(_sum_of_products(maps, gradients), 0)


def _draw_products(rng, hidden):
    both = "evidence for and against"
    cases = []
    for size in [(2, 4, 5, 3)] + hidden * [(4, 5, 3, 6), (3, 2, 7, 4)]:
        cases += [
            Case("shape and type", _evidence(rng, *size), shape_and_type),
            Case(both, _evidence(rng, *size), same_pattern),
            Case(both, _evidence(rng, *size, signed=True), same_pattern),
            Case(both, _evidence(rng, 1, *size[1:]), same_pattern),
            Case("evidence of one sign", _evidence(rng, *size, sign=-1), same_pattern),
            # so that an answer that is always 0 earns nothing
            Case("evidence of one sign", _evidence(rng, *size, sign=1), same_pattern),
        ]
    return cases


hires_map = Check(
    "hires_map",
    {"shape and type": 1, "evidence for and against": 1, "evidence of one sign": 1},
    _draw_products,
    _hires_map,
    maps=each_map,
    parts={BEFORE_THE_RELU: _sum_of_products},
    any_scale=True,
)


# plus_plus_weights(maps, gradients)


@solves("plus_plus_weights")
def _plus_plus_weights(maps, gradients):
    total = maps.sum(axis=(1, 2), keepdims=True, dtype=np.float64)
    positive = np.maximum(gradients, 0)
    # α times the gradient, shortened by the square of the gradient: no division by 0.
    return (positive / (2 + total * positive)).sum(axis=(1, 2)).astype(np.float32)


def _draw_derivatives(rng, hidden):
    def silent(*size):
        """Return evidence where one channel has no gradient at all, and another has some gaps."""
        found = _evidence(rng, *size)
        found["gradients"][..., 0] = 0
        found["gradients"][:, ::2, :, 1] = 0
        return found

    def dead(*size):
        """Return evidence for the class, also where one map is 0 everywhere."""
        found = _evidence(rng, *size, sign=1)
        found["maps"][..., 1] = 0
        return found

    def against(*size):
        """Return evidence of both signs, but none for the class in the first image."""
        found = _evidence(rng, *size)
        found["gradients"][0] = -abs(found["gradients"][0])
        return found

    cases = []
    for size in [(2, 4, 5, 3)] + hidden * [(4, 5, 3, 6), (3, 2, 7, 4)]:
        cases += [
            Case("shape and type", _evidence(rng, *size), shape_and_type),
            Case("positive gradients", dead(*size), same_pattern),
            Case("gradients of both signs", against(*size), same_pattern),
            Case("gradients of both signs", _evidence(rng, 1, *size[1:]), same_pattern),
            Case("where the gradient is 0", silent(*size), same_pattern),
        ]
    return cases


plus_plus_weights = Check(
    "plus_plus_weights",
    {
        "shape and type": 1,
        "positive gradients": 1,
        "gradients of both signs": 1,
        "where the gradient is 0": 1,
    },
    _draw_derivatives,
    _plus_plus_weights,
    any_scale=True,
)


# strongest_evidence()


@solves("strongest_evidence")
def _strongest_evidence(number):
    own, network = findings.images(number), findings.plain_network(number)
    image, label = own.images[:1], int(own.labels[0])
    weights = numpy_gradient(network, image, "l3", label).mean(axis=(1, 2))[0]
    evidence = np.maximum(numpy_outputs(network, image)["l3"][0] @ weights, 0)
    row, column = map(int, np.unravel_index(evidence.argmax(), evidence.shape))
    return int(weights.argmax()), row, column, float(evidence.max() / evidence.sum())


strongest_evidence = finding(
    "strongest_evidence",
    {
        "the filter": found(0),
        "the place": found(1, 2),
        "the place and its share, to 2 %": found(1, 2, 3, within=0.02),
    },
    _strongest_evidence,
    number=1,
    tolerance=0.02,
)
