"""Checks of notebook 07."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np

from helpers.checks import findings
from helpers.checks.adapters import gradient_of, with_gradient
from helpers.checks.core import Case, Check, each_map, finding, same_values, shape_and_type
from helpers.checks.drawn import branched_classifier, numpy_gradient, numpy_logits
from helpers.checks.judges import found
from helpers.checks.networks import numpy_outputs
from helpers.own_work import solves

# saliency_map(model, images, class_index)

NEARBY = (-1e-5, 1e-5)  # relative changes of an image


def _gradient(model, images, class_index):
    return numpy_gradient(model, images, "", class_index)


@solves("saliency_map")
def _saliency_map(model, images, class_index):
    return abs(_gradient(model, images, class_index)).max(axis=-1)


def _draw_saliency(rng, hidden):
    def inputs(count, shape, classes, top=False, index=None):
        """Return inputs, drawn until every image has a gradient of both signs, no ReLU is so near
        its kink that rounding could tip it, and the class is, or is not, the top one."""
        while True:
            network = branched_classifier(rng, shape, classes)
            images = rng.uniform(-0.5, 1, (count, *shape)).astype(np.float32)
            best = numpy_outputs(network, images)["classes"].argmax(axis=1)
            class_index = int(rng.integers(1, classes - 1)) if index is None else index
            class_index = int(best[0]) if top else class_index
            gradient = numpy_gradient(network, images, "", class_index)
            both = [(sign * gradient).max(axis=(1, 2, 3)).min() > 0.05 for sign in (-1, 1)]
            nearby = (numpy_gradient(network, images * (1 + d), "", class_index) for d in NEARBY)
            steady = all(np.allclose(gradient, other, rtol=1e-4, atol=1e-5) for other in nearby)
            if all(both) and steady and top == (class_index in best):
                return {"model": network, "images": images, "class_index": class_index}

    one, several, colour = (
        "the top class of one grey image",
        "another class, several images",
        "colour",
    )
    cases = [
        Case("shape and type", inputs(2, (8, 14, 1), 5), shape_and_type),
        Case(one, inputs(1, (8, 14, 1), 5, top=True), same_values),
        Case(several, inputs(3, (8, 14, 1), 5), same_values),
        Case(several, inputs(2, (8, 14, 1), 5, index=0), same_values),
        Case(colour, inputs(2, (8, 14, 3), 5), same_values),
    ]
    if hidden:
        cases += [
            Case(several, inputs(4, (12, 10, 1), 7), same_values),
            Case(colour, inputs(3, (12, 10, 2), 5), same_values),
        ]
    return cases


saliency_map = Check(
    "saliency_map",
    {
        "shape and type": 1,
        "the top class of one grey image": 1,
        "another class, several images": 1,
        "colour": 1,
    },
    _draw_saliency,
    _saliency_map,
    network="model",
    maps=each_map,
    parts={"the gradient with its sign": _gradient},
)


# smooth_grad and integrated_gradients are given the gradient of a smooth score. With a kink in the
# score, rounding could change the answer.


def _smooth_score(rng, shape):
    """Return the parameters of the score tanh(x · kernel + bias) · weights."""
    pixels, units = int(np.prod(shape)), 6
    return {
        "shape": shape,
        "kernel": rng.normal(0, 2 / np.sqrt(pixels), (pixels, units)),
        "bias": rng.normal(0, 0.5, units),
        "weights": rng.choice([-2, 2], units) * rng.uniform(0.5, 1, units),
    }


def _images(rng, count, shape):
    """Return images, each with a range of its own. No range has the width 1 or begins at 0."""
    low = rng.uniform(-0.6, -0.3, (count, 1, 1, 1)) + np.linspace(0, 1, count)[:, None, None, None]
    high = low + rng.uniform(1.5, 2.5, (count, 1, 1, 1))
    images = low + (high - low) * rng.random((count, *shape))
    return images.astype(np.float32)


# smooth_grad(gradient, images, noise, share)


@solves("smooth_grad")
def _smooth_grad(gradient, images, noise, share):
    sigma = share * np.ptp(images, axis=(1, 2, 3), keepdims=True)
    run = gradient_of(gradient)
    return np.mean([run(images + sigma * sample) for sample in noise], axis=0, dtype=np.float32)


def _draw_noisy(rng, hidden):
    def inputs(count, shape, samples, from_0_to_1=False):
        images = _images(rng, count, shape)
        if from_0_to_1:
            images = np.clip((images - images.min()) / np.ptp(images), 0, 1)
        images[2:3] = 0.7  # without a range, and so without noise
        return {
            "gradient": _smooth_score(rng, shape),
            "images": images,
            "noise": rng.normal(0, 1, (samples, *shape)).astype(np.float32),
            "share": float(rng.uniform(0.15, 0.3)),
        }

    simple, own = "an image from 0 to 1", "noise as wide as a share of the image's own range"
    several = "several images, colour"
    cases = [
        Case("shape and type", inputs(2, (4, 6, 1), 3), shape_and_type),
        Case(simple, inputs(1, (4, 6, 1), 4, from_0_to_1=True), same_values),
        Case(own, inputs(1, (5, 4, 1), 4), same_values),
        Case(several, inputs(3, (3, 5, 2), 5), same_values),
    ]
    if hidden:
        cases += [
            Case(simple, inputs(1, (6, 3, 1), 7, from_0_to_1=True), same_values),
            Case(own, inputs(1, (3, 6, 1), 2), same_values),
            Case(own, inputs(2, (4, 3, 1), 1), same_values),
            Case(several, inputs(4, (5, 3, 3), 3), same_values),
        ]
    return cases


smooth_grad = Check(
    "smooth_grad",
    {
        "shape and type": 1,
        "an image from 0 to 1": 1,
        "noise as wide as a share of the image's own range": 1,
        "several images, colour": 1,
    },
    _draw_noisy,
    _smooth_grad,
    arguments=with_gradient,
    maps=each_map,
)


# integrated_gradients(gradient, images, baseline, steps)


def _mean_gradient(gradient, images, baseline, steps):
    run, way = gradient_of(gradient), images - baseline
    shares = (np.arange(steps) + 0.5) / steps
    return np.mean([run(baseline + share * way) for share in shares], axis=0)


@solves("integrated_gradients")
def _integrated_gradients(gradient, images, baseline, steps):
    return (images - baseline) * _mean_gradient(gradient, images, baseline, steps)


def _draw_ways(rng, hidden):
    def inputs(count, shape, steps, black=False, sign=1):
        baseline = np.zeros(shape) if black else sign * rng.uniform(0.3, 0.9, shape)
        return {
            "gradient": _smooth_score(rng, shape),
            "images": _images(rng, count, shape),
            "baseline": baseline.astype(np.float32),
            "steps": steps,
        }

    black, other, several = "a baseline of 0", "another baseline", "several images, colour"
    cases = [
        Case("shape and type", inputs(2, (4, 6, 1), 3), shape_and_type),
        Case(black, inputs(1, (4, 6, 1), 4, black=True), same_values),
        Case(other, inputs(1, (5, 4, 1), 5), same_values),
        Case(several, inputs(3, (3, 5, 2), 4, sign=-1), same_values),
    ]
    if hidden:
        cases += [
            Case(black, inputs(1, (6, 3, 1), 3, black=True), same_values),
            Case(other, inputs(1, (3, 6, 1), 1), same_values),
            Case(several, inputs(4, (5, 3, 3), 6), same_values),
        ]
    return cases


integrated_gradients = Check(
    "integrated_gradients",
    {
        "shape and type": 1,
        "a baseline of 0": 1,
        "another baseline": 1,
        "several images, colour": 1,
    },
    _draw_ways,
    _integrated_gradients,
    arguments=with_gradient,
    maps=each_map,
    parts={"the mean gradient": _mean_gradient},
)


# relu_backward(before, signal, rule)

RULES = ("gradient", "deconvnet", "guided")


@solves("relu_backward")
def _relu_backward(before, signal, rule):
    passes = np.ones(signal.shape, bool)
    if rule != "deconvnet":
        passes &= before > 0
    if rule != "gradient":
        passes &= signal > 0
    return np.where(passes, signal, 0)


def _draw_signals(rng, hidden):
    def inputs(shape, rule):
        """Return inputs with all pairs of signs, and a ReLU just at 0 under a positive signal."""
        before, signal = rng.uniform(0.2, 2, (2, *shape)) * rng.choice([-1, 1], (2, *shape))
        before.flat[:5] = [1.5, 0.5, -0.7, -0.3, 0]
        signal.flat[:5] = [1.2, -0.8, 0.6, -1.4, 0.9]
        drawn = {"before": before, "signal": signal}
        return {**{name: v.astype(np.float32) for name, v in drawn.items()}, "rule": rule}

    cases = []
    for shape in [(2, 4)] + hidden * [(3, 4, 5, 2), (2, 9), (7,)]:
        of_rule = {rule: inputs(shape, rule) for rule in RULES}
        cases += [Case("shape and type", drawn, shape_and_type) for drawn in of_rule.values()]
        cases += [Case(rule, drawn, same_values) for rule, drawn in of_rule.items()]
    return cases


relu_backward = Check(
    "relu_backward",
    {"shape and type": 1, "gradient": 1, "deconvnet": 1, "guided": 1},
    _draw_signals,
    _relu_backward,
)


# backward_pass(network, inputs, class_index, rule)


def _forward(network, inputs):
    """Return what each layer computes, before its ReLU if it has one."""
    computed, x = [], inputs
    for kernel, bias in zip(network["kernels"], network["biases"], strict=True):
        computed.append(x @ kernel + bias)
        x = np.maximum(computed[-1], 0)
    return computed


@solves("backward_pass")
def _backward_pass(network, inputs, class_index, rule):
    *before, logits = _forward(network, np.asarray(inputs, np.float64))
    signal = np.eye(logits.shape[1])[[class_index] * len(logits)]
    *kernels, last = network["kernels"]
    signal = signal @ last.T
    for kernel, computed in zip(kernels[::-1], before[::-1], strict=True):
        signal = _relu_backward(computed, signal, rule) @ kernel.T
    return signal.astype(np.float32)


def _draw_passes(rng, hidden):
    def inputs(count, sizes, rule, index=None):
        """Return inputs, drawn until no ReLU is near its kink, all three rules differ, and each has
        a signal."""
        while True:
            pairs = list(pairwise(sizes))
            network = {
                "kernels": [rng.normal(0, 1, pair).astype(np.float32) for pair in pairs],
                "biases": [rng.uniform(-0.5, 0.5, n).astype(np.float32) for _, n in pairs],
            }
            drawn = {
                "network": network,
                "inputs": rng.normal(0, 1, (count, sizes[0])).astype(np.float32),
                "class_index": int(rng.integers(1, sizes[-1] - 1)) if index is None else index,
            }
            *before, logits = _forward(network, drawn["inputs"])
            found = [_backward_pass(**drawn, rule=other) for other in RULES]
            differ = [
                abs(one - other).max(axis=1).min() > 0.05 for one, other in combinations(found, 2)
            ]
            away = min(abs(values).min() for values in before) > 0.01
            other_class = (logits.argmax(axis=1) != drawn["class_index"]).all()
            strong = min(abs(values).max(axis=1).min() for values in found) > 0.05
            if away and strong and other_class and all(differ):
                return {**drawn, "rule": rule}

    # A square kernel that is not transposed raises no error; else no two layers are of one size.
    square, sizes = (5, 5, 5, 5), [(6, 5, 7, 4), (6, 8, 4)]
    if hidden:
        sizes += [(5, 7, 6, 8, 4), (7, 9, 5)]
    cases = [Case("shape and type", inputs(2, sizes[0], "gradient"), shape_and_type)]
    for number, rule in enumerate(RULES):
        cases.append(Case(rule, inputs(1, square, rule, index=0), same_values))
        cases += [Case(rule, inputs(3 - number % 2, size, rule), same_values) for size in sizes]
    return cases


backward_pass = Check(
    "backward_pass",
    {"shape and type": 1, "gradient": 2, "deconvnet": 1, "guided": 1},
    _draw_passes,
    _backward_pass,
    given={"relu_backward": _relu_backward},
)


# own_slopes()


@solves("own_slopes")
def _own_slopes(number):
    own, digit, steps = findings.images(number), number % 10, 8
    network, image = findings.plain_network(number), own.images[own.labels == digit][:1]
    slopes = abs(_gradient(network, image, digit))[0, ..., 0]
    row, column = map(int, np.unravel_index(slopes.argmax(), slopes.shape))
    on_the_way = image * ((np.arange(steps) + 0.5) / steps)[:, None, None, None]
    together = float((image * _gradient(network, on_the_way, digit).mean(axis=0)).sum())
    with_ink, without = numpy_logits(network, np.concatenate([image, 0 * image]))[:, digit]
    return row, column, together, float(with_ink - without) - together


own_slopes = finding(
    "own_slopes",
    {
        "the pixel": found(0, 1),
        "all shares together, to 1 %": found(2, within=0.01),
        "what is missing, to 5 %": found(3, within=0.05),
    },
    _own_slopes,
    number=22,
    tolerance=0.02,
)
