"""Checks of notebook 09."""

from __future__ import annotations

import numpy as np

from helpers.checks import findings
from helpers.checks.core import Case, Check, finding, same_values, shape_and_type
from helpers.checks.drawn import numpy_gradient
from helpers.checks.judges import columns, found, result
from helpers.own_work import solves

# head_classes(outputs)


@solves("head_classes")
def _head_classes(outputs):
    columns = [p[:, 0] > 0.5 if p.shape[1] == 1 else p.argmax(axis=1) for p in outputs]
    return np.stack(columns, axis=1).astype(np.int64)


def _softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (exponentials / exponentials.sum(axis=1, keepdims=True)).astype(np.float32)


def _draw_outputs(rng, hidden):
    def inputs(n, *units):
        """Return sigmoid heads on both sides of 1/2, and softmax heads of which some are sure, as
        far as that can be said of `n` images."""
        while True:
            outputs = [
                rng.uniform(0.05, 0.95, (n, 1)).astype(np.float32)
                if number == 1
                else _softmax(rng.normal(0, rng.uniform(0.5, 3, (n, 1)), (n, number)))
                for number in units
            ]
            single = [p for p in outputs if p.shape[1] == 1]
            if any(abs(p - 0.5).min() < 1e-3 for p in single):
                continue
            if n == 1:
                return {"outputs": outputs}
            sides = all(0.2 < (p > 0.5).mean() < 0.8 for p in single)
            off = all(((p > p.mean()) != (p > 0.5)).any() for p in single)
            both = all(0 < (p.max(axis=1) > 0.5).sum() < n for p in outputs if p.shape[1] > 2)
            if sides and off and both:
                return {"outputs": outputs}

    sizes = [(9, 1, 2, 5, 1)]
    sizes += hidden * [(12, 4, 1), (8, 1, 7, 3, 1, 1), (1, 1, 3, 2), (6, 1, 1), (7, 3)]
    cases = []
    for n, *units in sizes:
        drawn, single = inputs(n, *units), np.array(units) == 1
        cases += [
            Case("a row per image, a column per head, whole numbers", drawn, shape_and_type),
            Case("heads of one sigmoid unit", drawn, columns(single)),
            Case("heads with a softmax", drawn, columns(~single)),
        ]
    return cases


head_classes = Check(
    "head_classes",
    {
        "a row per image, a column per head, whole numbers": 1,
        "heads of one sigmoid unit": 1,
        "heads with a softmax": 1,
    },
    _draw_outputs,
    _head_classes,
)


# accuracies(predicted, truth) -> per head, joint


@solves("accuracies")
def _accuracies(predicted, truth):
    right = predicted == truth
    return right.mean(axis=0), float(right.all(axis=1).mean())


def _draw_predictions(rng, hidden):
    def inputs(n, heads, hopeless):
        """Return predictions whose mistakes come together: some images are hard for every head but
        one, which is always right, or else one image is `hopeless`, and each head has another
        mistake. So no other number can pass for the joint accuracy."""
        while True:
            truth = rng.integers(0, 4, (n, heads))
            hard = rng.random((n, 1)) < 0.3
            wrong = rng.random((n, heads)) < np.where(hard, 0.6, 0.1)
            if heads > 1 and not hopeless:
                wrong[:, rng.integers(heads - 1)] = False
            predicted = np.where(wrong, (truth + rng.integers(1, 4, (n, heads))) % 4, truth)
            if hopeless:  # the right classes, at the wrong heads
                image = rng.integers(n)
                truth[image] = np.arange(heads) % 4
                predicted[image] = np.roll(truth[image], 2)
            if heads == 1:
                return {"predicted": predicted, "truth": truth}
            each, joint = _accuracies(predicted, truth)
            sums = (predicted.sum(axis=1) == truth.sum(axis=1)).mean()
            some = (predicted == truth).any(axis=1).mean()
            best = [each.max()] * hopeless  # else some head is right about each image, as the best
            others = np.sort([joint, each.prod(), each.mean(), each.min(), sums, some, *best])
            if joint > 0.1 and np.diff(others).min() > 1e-3 and each[-1] not in others:
                return {"predicted": predicted, "truth": truth}

    cases = []
    sizes = [(30, 4, False), (26, 3, True)]
    sizes += hidden * [(24, 3, False), (41, 5, True), (20, 1, False)]
    for size in sizes:
        drawn = inputs(*size)
        cases += [
            Case("two results of the right shape and type", drawn, shape_and_type),
            Case("each head", drawn, result(0)),
            Case("all heads at once", drawn, result(1)),
        ]
    return cases


accuracies = Check(
    "accuracies",
    {"two results of the right shape and type": 1, "each head": 1, "all heads at once": 1},
    _draw_predictions,
    _accuracies,
)


# angle_error(predicted, true, directions)


@solves("angle_error")
def _angle_error(predicted, true, directions):
    apart = abs(predicted - true)
    return np.minimum(apart, directions - apart) * 180 / directions


def _draw_directions(rng, hidden):
    def inputs(n, directions, least, most):
        """Return classes that are `least` to `most` apart, some in either direction."""
        there = np.array(list(np.ndindex(directions, directions)))
        apart = abs(there[:, 0] - there[:, 1])
        there = there[(apart >= least) & (apart <= most)]
        while True:
            predicted, true = rng.permutation(there)[:n].T
            if (predicted < true).any() and (predicted > true).any():
                return {"predicted": predicted, "true": true, "directions": directions}

    near, across, any_ = (
        "directions in the middle",
        "across the border: 165° and 0° are neighbours",
        "any number of directions",
    )
    cases = [
        Case(near, inputs(12, 12, 0, 5), same_values),
        Case(across, inputs(10, 12, 7, 11), same_values),
        Case(any_, inputs(25, 8, 0, 7), same_values),
    ]
    if hidden:
        cases += [
            Case(near, inputs(9, 12, 0, 6), same_values),
            Case(across, inputs(8, 12, 6, 11), same_values),
            Case(any_, inputs(40, 21, 0, 20), same_values),
            Case(any_, inputs(14, 5, 0, 4), same_values),
            Case(any_, inputs(4, 2, 0, 1), same_values),
        ]
    return cases


angle_error = Check(
    "angle_error",
    {
        "directions in the middle": 1,
        "across the border: 165° and 0° are neighbours": 1,
        "any number of directions": 1,
    },
    _draw_directions,
    _angle_error,
)


# mask_iou(maps, masks)


@solves("mask_iou")
def _mask_iou(maps, masks):
    shares = []
    for values, mask in zip(
        maps.reshape(len(maps), -1), masks.reshape(len(masks), -1), strict=True
    ):
        chosen = np.zeros(mask.shape, bool)
        chosen[np.argsort(-values)[: mask.sum()]] = True
        shares.append((chosen & mask).sum() / (chosen | mask).sum())
    return np.array(shares)


def _draw_rated(rng, hidden):
    def inputs(n, height, width, signed):
        """Return maps that half know where their masks are, each of a size of its own. No two masks
        have the same area. If `signed`, the first map is below 0 everywhere."""
        while True:
            masks = np.zeros((n, height, width), bool)
            for mask, area in zip(masks, 3 + rng.permutation(n + 3)[:n] * 2, strict=True):
                mask.ravel()[rng.permutation(height * width)[:area]] = True
            maps = rng.normal(0, 1, masks.shape) + masks * rng.uniform(0.5, 1.5, (n, 1, 1))
            maps = (maps if signed else np.exp(maps)) * 10.0 ** rng.uniform(-3, 3, (n, 1, 1))
            if signed:
                maps[0] -= 1.1 * maps[0].max()
            found = _mask_iou(maps := maps.astype(np.float32), masks)
            if found.min() > 0.05 and found.max() < 0.95:
                return {"maps": maps, "masks": masks}

    def extremes(height, width):
        """Return a map that hits the whole mask, one that misses it, and a mask of all pixels."""
        masks = rng.permuted(np.arange(height * width) < 5, axis=None).reshape(height, width)
        masks = np.stack([masks, masks, np.ones_like(masks)])
        maps = rng.uniform(0, 1, masks.shape) + masks * np.array([2, -2, 0])[:, None, None]
        return {"maps": maps.astype(np.float32), "masks": masks}

    single, several = "one image", "several images, areas of their own"
    negative = "maps with negative values"
    cases = [
        Case("shape and type", inputs(3, 6, 8, False), shape_and_type),
        Case(single, inputs(1, 7, 6, False), same_values),
        Case(several, inputs(4, 6, 9, False), same_values),
        Case(several, extremes(5, 6), same_values),
        Case(negative, inputs(3, 8, 7, True), same_values),
    ]
    if hidden:
        cases += [
            Case(single, inputs(1, 6, 10, False), same_values),
            Case(several, inputs(6, 9, 7, False), same_values),
            Case(negative, inputs(5, 7, 10, True), same_values),
        ]
    return cases


mask_iou = Check(
    "mask_iou",
    {
        "shape and type": 1,
        "one image": 1,
        "several images, areas of their own": 1,
        "maps with negative values": 1,
    },
    _draw_rated,
    _mask_iou,
)


# without_filter(features, kernels, biases, truth)


def _logits(features, kernels, biases):
    flat = features.reshape(len(features), -1).astype(np.float64)
    return [flat @ kernel + bias for kernel, bias in zip(kernels, biases, strict=True)]


def _decided(logits):
    return np.stack(
        [x[:, 0] > 0 if x.shape[1] == 1 else x.argmax(axis=1) for x in logits], axis=1
    ).astype(np.int64)


def _silenced(features, index):
    return np.where(np.arange(features.shape[-1]) == index, 0, features)


@solves("without_filter")
def _without_filter(features, kernels, biases, truth):
    rows = [
        (_decided(_logits(_silenced(features, index), kernels, biases)) == truth).mean(axis=0)
        for index in range(features.shape[-1])
    ]
    return np.stack(rows)


def _draw_features(rng, hidden):
    def margin(logits):
        """Return how far the closest decision is from being another one."""
        ordered = [np.sort(np.c_[x, 0 * x] if x.shape[1] == 1 else x, axis=1) for x in logits]
        return min((x[:, -1] - x[:, -2]).min() for x in ordered)

    def inputs(n, shape, *units):
        """Return heads that err on some images, and on others without a filter; never by a hair."""
        height, width, filters = shape
        while True:
            features = rng.normal(0.4, 1, (n, *shape)).astype(np.float32)
            kernels = [
                rng.normal(0, 1, (height * width * filters, u)).astype(np.float32) for u in units
            ]
            # Centred, so that no class wins always; then moved, so that the bias counts.
            flat = features.reshape(n, -1).mean(axis=0)
            biases = [
                (rng.normal(0, 0.7, k.shape[1]) - flat @ k).astype(np.float32) for k in kernels
            ]
            decided = _decided(_logits(features, kernels, biases))
            other = np.stack([rng.integers(0, max(u, 2), n) for u in units], axis=1)
            truth = np.where(rng.random(decided.shape) < 0.8, decided, other)
            drawn = {"features": features, "kernels": kernels, "biases": biases, "truth": truth}
            margins = [
                margin(_logits(_silenced(features, f), kernels, biases)) for f in range(filters)
            ]
            found = _without_filter(**drawn)
            if min(margins) > 1e-3 and np.ptp(found, axis=0).min() > 0.05:
                return drawn

    sizes = [(20, (2, 3, 5), 1, 4, 1)]
    sizes += hidden * [(24, (3, 2, 4), 3, 1), (18, (1, 4, 6), 1, 1, 5), (20, (2, 2, 3), 2)]
    cases = []
    for n, shape, *units in sizes:
        drawn, single = inputs(n, shape, *units), np.array(units) == 1
        cases += [
            Case("a row per filter, a column per head", drawn, shape_and_type),
            Case("heads of one sigmoid unit", drawn, columns(single)),
            Case("heads with a softmax", drawn, columns(~single)),
        ]
    return cases


without_filter = Check(
    "without_filter",
    {
        "a row per filter, a column per head": 1,
        "heads of one sigmoid unit": 2,
        "heads with a softmax": 2,
    },
    _draw_features,
    _without_filter,
    given={"accuracies": _accuracies},
)


# own_overlap()


@solves("own_overlap")
def _own_overlap(number):
    own, digit = findings.images(number), number % 10
    mine = own.images[own.labels == digit]
    slopes = abs(numpy_gradient(findings.plain_network(number), mine, "", digit))[..., 0]
    overlaps = _mask_iou(slopes, mine[..., 0] > 0.5)
    return int(overlaps.argmax()), float(overlaps.max()), float(overlaps.mean())


own_overlap = finding(
    "own_overlap",
    {
        "the image": found(0),
        "the image and its IoU, to 2 %": found(0, 1, within=0.02),
        "the mean IoU, to 1 %": found(2, within=0.01),
    },
    _own_overlap,
    number=25,
    tolerance=0.01,
)
