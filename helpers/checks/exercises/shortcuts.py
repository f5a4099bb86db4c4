"""Checks of notebook 11."""

from __future__ import annotations

import numpy as np

from helpers.checks.adapters import predictor, with_predict
from helpers.checks.core import Case, Check, each_map, finding, same_values, shape_and_type
from helpers.checks.drawn import undecided_network
from helpers.checks.judges import found
from helpers.datasets import marks
from helpers.own_work import solves

# group_accuracy(predicted, labels, groups, n_groups, n_classes)


@solves("group_accuracy")
def _group_accuracy(predicted, labels, groups, n_groups, n_classes):
    table = np.full((n_groups, n_classes), np.nan)
    for group, label in np.ndindex(table.shape):
        cell = (groups == group) & (labels == label)
        if cell.any():
            table[group, label] = np.mean(predicted[cell] == label)
    return table


def _draw_groups(rng, hidden):
    def inputs(n_groups, n_classes, each, empty=()):
        """Return inputs with about `each` images a cell, and none in the cells that are `empty`. In
        one of the others no prediction is right."""
        cells = [cell for cell in np.ndindex(n_groups, n_classes) if cell not in empty]
        counts = rng.integers(each - 2, each + 3, len(cells))
        groups, labels = np.repeat(np.array(cells), counts, axis=0)[rng.permutation(counts.sum())].T
        right = rng.random(len(labels)) < rng.uniform(0.3, 0.9, n_classes)[labels]
        right &= (groups != cells[0][0]) | (labels != cells[0][1])
        wrong = (labels + rng.integers(1, n_classes, len(labels))) % n_classes
        return {
            "predicted": np.where(right, labels, wrong),
            "labels": labels,
            "groups": groups,
            "n_groups": n_groups,
            "n_classes": n_classes,
        }

    several = inputs(3, 4, 7)
    cases = [
        Case("shape and type", several, shape_and_type),
        Case("one group", inputs(1, 4, 6), same_values),
        Case("several groups", several, same_values),
        Case("no images: NaN", inputs(2, 4, 5, empty=[(0, 1), (1, 3)]), same_values),
    ]
    if hidden:
        cases += [
            Case("one group", inputs(1, 7, 9), same_values),
            Case("several groups", inputs(2, 5, 8), same_values),
            Case("several groups", inputs(5, 3, 5), same_values),
            Case("no images: NaN", inputs(3, 5, 6, empty=[(1, 4), (0, 4), (2, 4)]), same_values),
            Case("no images: NaN", inputs(4, 3, 5, empty=[(3, 0), (3, 1), (3, 2)]), same_values),
        ]
    return cases


group_accuracy = Check(
    "group_accuracy",
    {"shape and type": 1, "one group": 1, "several groups": 1, "no images: NaN": 1},
    _draw_groups,
    _group_accuracy,
)


# share_in_box(maps, row, column, size)


def _positive(maps):
    return np.maximum(maps, 0).astype(np.float64)


@solves("share_in_box")
def _share_in_box(maps, row, column, size):
    evidence = _positive(maps)
    whole = evidence.sum(axis=(1, 2))
    inside = evidence[:, row : row + size[0], column : column + size[1]].sum(axis=(1, 2))
    return np.where(whole > 0, inside / np.where(whole > 0, whole, 1), np.nan)


def _draw_shares(rng, hidden):
    def inputs(shape, row, column, size, signed=True, dead=()):
        maps = rng.normal(0, 1, shape) if signed else rng.uniform(0.1, 2, shape)
        maps *= 10 ** rng.uniform(-3, 1, len(maps))[:, None, None]
        for number, i in enumerate(dead):  # nothing at all, or nothing positive
            maps[i] = 0 if number % 2 else -abs(maps[i])
        if dead:  # all of the evidence is beside the box
            maps[-1, row : row + size[0], column : column + size[1]] = -1
        return {"maps": maps.astype(np.float32), "row": row, "column": column, "size": size}

    plain, signs = "maps without negative values", "negative values count as 0"
    none = "no positive value: NaN"
    cases = [
        Case(plain, inputs((3, 6, 9), 1, 5, (2, 3), signed=False), same_values),
        Case(signs, inputs((4, 7, 10), 3, 1, (3, 4)), same_values),
        Case(none, inputs((5, 5, 8), 0, 2, (2, 4), dead=(1, 3)), same_values),
    ]
    if hidden:
        cases += [
            Case(plain, inputs((1, 8, 5), 6, 3, (2, 2), signed=False), same_values),
            Case(plain, inputs((6, 4, 7), 0, 0, (4, 7), signed=False), same_values),
            Case(signs, inputs((2, 9, 6), 5, 0, (4, 1)), same_values),
            Case(signs, inputs((7, 5, 5), 2, 3, (1, 2)), same_values),
            Case(none, inputs((6, 8, 6), 4, 3, (3, 2), dead=(0, 2, 4)), same_values),
        ]
    return cases


share_in_box = Check(
    "share_in_box",
    {
        "maps without negative values": 1,
        "negative values count as 0": 1,
        "no positive value: NaN": 1,
    },
    _draw_shares,
    _share_in_box,
)


# corner_votes(maps, size)


@solves("corner_votes")
def _corner_votes(maps, size):
    evidence, (height, width) = _positive(maps), size
    rows = evidence[:, :height], evidence[:, -height:]
    boxes = [box for part in rows for box in (part[:, :, :width], part[:, :, -width:])]
    sums = np.stack([box.sum(axis=(1, 2)) for box in boxes], axis=1)
    return np.bincount(sums.argmax(axis=1)[sums.any(axis=1)], minlength=4)


def _draw_votes(rng, hidden):
    def inputs(shape, size, signed=True, odd=False, last=True):
        """Return inputs; without `last` no map votes for the last corner."""
        n, height, width = shape
        maps = rng.normal(0, 1, shape) if signed else rng.uniform(0, 1, shape)
        share = rng.dirichlet([1.0, 2.0, 3.0, 4.0])[rng.permutation(4)]
        maps *= 10 ** rng.uniform(-3, 1, n)[:, None, None]
        tops, lefts = (0, height - size[0]), (0, width - size[1])
        for i, corner in enumerate(rng.choice(4, n, p=share)):
            top, left = tops[corner // 2], lefts[corner % 2]
            box = maps[i, top : top + size[0], left : left + size[1]]
            box += 0.3 * abs(maps[i]).max() * rng.uniform(0, 1, box.shape)
        if not last:
            maps[:, tops[1] :, lefts[1] :] = 0
        if odd:
            maps[1::4] = -abs(maps[1::4])  # no positive value
            maps[2::4] = 0
            maps[2::4, height // 2, width // 2] = 3  # positive in the middle alone
            maps[3::8] = 0.5  # all corners are equal
            maps[7::8] = 0  # two of them are
            maps[7::8, 0, -1] = maps[7::8, -1, 0] = 1
        return {"maps": maps.astype(np.float32), "size": size}

    plain, signs = "maps without negative values", "negative values count as 0"
    none = "no vote, and a tie"
    signed = inputs((31, 9, 12), (3, 4))
    cases = [
        Case("shape and type", signed, shape_and_type),
        Case(plain, inputs((23, 8, 11), (3, 3), signed=False), same_values),
        Case(signs, signed, same_values),
        Case(none, inputs((26, 7, 9), (2, 3), odd=True), same_values),
    ]
    if hidden:
        cases += [
            Case(plain, inputs((37, 11, 8), (4, 2), signed=False), same_values),
            Case(plain, inputs((19, 9, 10), (2, 4), signed=False, last=False), same_values),
            Case(signs, inputs((43, 10, 13), (5, 2)), same_values),
            Case(signs, inputs((29, 6, 8), (2, 4)), same_values),
            Case(none, inputs((34, 9, 7), (3, 2), odd=True), same_values),
        ]
    return cases


corner_votes = Check(
    "corner_votes",
    {
        "shape and type": 1,
        "maps without negative values": 1,
        "negative values count as 0": 1,
        "no vote, and a tie": 1,
    },
    _draw_votes,
    _corner_votes,
    given={"share_in_box": _share_in_box},
)


# turned_by_mark(predict, images, mark, row, column, class_index)


def _with_mark(images, mark, row, column):
    covered = images.copy()
    covered[:, row : row + mark.shape[0], column : column + mark.shape[1]] = mark[..., None]
    return covered


@solves("turned_by_mark")
def _turned_by_mark(predict, images, mark, row, column, class_index):
    answer = predictor(predict)
    others = answer(images).argmax(axis=1) != class_index
    if not others.any():
        return float("nan")
    after = answer(_with_mark(images[others], mark, row, column)).argmax(axis=1)
    return float(np.mean(after == class_index))


def _draw_turned(rng, hidden):
    def inputs(n, shape, row, column, size, before="others"):
        """Return inputs in which the mark turns some images and not all of them.

        `before` says of which class the network takes the unmarked images: never of the class in
        question ("others"), always ("all") or sometimes ("some")."""
        while True:
            network = undecided_network(rng, shape)
            predict = predictor(network)
            images = rng.uniform(-0.3, 0.95, (3 * n, *shape)).astype(np.float32)
            mark = rng.uniform(-1, 4, size).astype(np.float32)
            first = predict(images).argmax(axis=1)
            then = predict(_with_mark(images, mark, row, column)).argmax(axis=1)
            class_index = int(rng.choice(first if before == "all" else then))
            kept = first != class_index if before == "others" else first == class_index
            if before == "some":
                kept = np.ones(len(images), bool)
            images, first, then = (values[kept][:n] for values in (images, first, then))
            drawn = {
                "predict": network,
                "images": images,
                "mark": mark,
                "row": row,
                "column": column,
                "class_index": class_index,
            }
            if len(images) < n:
                continue
            of_it, now = first == class_index, then == class_index
            if before == "all":
                if now.any() and (n == 1 or not now.all()):
                    return drawn
                continue
            turned, other = (now & ~of_it).sum(), (~now & ~of_it & (first == then)).sum()
            changed = (~of_it & (first != then) & ~now).sum()
            if not turned or not other or not changed:
                continue
            if before == "others" or ((of_it & now).any() and (of_it & ~now).any()):
                return drawn

    square, any_ = "a square mark", "any mark, colour"
    some, none = "images of the class before do not count", "no image to turn: NaN"
    cases = [
        Case(square, inputs(13, (7, 10, 1), 0, 6, (4, 4)), same_values),
        Case(any_, inputs(11, (6, 9, 3), 1, 4, (4, 5)), same_values),
        Case(some, inputs(17, (7, 9, 1), 2, 3, (4, 5), before="some"), same_values),
        Case(none, inputs(5, (6, 8, 1), 1, 2, (4, 5), before="all"), same_values),
        Case(none, inputs(9, (6, 8, 1), 2, 1, (3, 5)), same_values),
    ]
    if hidden:
        cases += [
            Case(square, inputs(19, (8, 9, 1), 3, 1, (5, 5)), same_values),
            Case(any_, inputs(14, (7, 8, 2), 0, 5, (6, 3)), same_values),
            Case(some, inputs(23, (6, 9, 3), 2, 0, (4, 6), before="some"), same_values),
            Case(some, inputs(16, (8, 8, 1), 4, 2, (4, 6), before="some"), same_values),
            Case(none, inputs(1, (6, 9, 2), 0, 3, (5, 4), before="all"), same_values),
        ]
    return cases


turned_by_mark = Check(
    "turned_by_mark",
    {
        "a square mark": 1,
        "any mark, colour": 1,
        "images of the class before do not count": 1,
        "no image to turn: NaN": 1,
    },
    _draw_turned,
    _turned_by_mark,
    arguments=with_predict,
)


# spread_mark(images, labels, mark, row, column)


@solves("spread_mark")
def _spread_mark(images, labels, mark, row, column):
    bears = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        bears[np.flatnonzero(labels == label)[::2]] = True
    value = np.where(bears[:, None, None], mark, np.float32(0))
    mended = images.copy()
    mended[:, row : row + mark.shape[0], column : column + mark.shape[1]] = value[..., None]
    return mended


def _draw_spread(rng, hidden):
    def inputs(labels, shape, row, column, size, black=True):
        images = rng.uniform(-0.3, 0.95, (len(labels), *shape)).astype(np.float32)
        if black:  # nothing is in the place, so that there is nothing to cover
            images[:, row : row + size[0], column : column + size[1]] = 0
        mark = rng.uniform(-0.4, 1, size).astype(np.float32)
        labels = np.array(labels)
        return {"images": images, "labels": labels, "mark": mark, "row": row, "column": column}

    def mixed(*counts):
        """Return labels in an order in which each second image of all is no answer, and the last
        image gets no mark."""
        labels = np.repeat(np.arange(len(counts)), counts)
        while True:
            labels = rng.permutation(labels)
            bears = np.zeros(len(labels), bool)
            for c in np.unique(labels):
                bears[np.flatnonzero(labels == c)[::2]] = True
            if not bears[-1] and (bears[1:] == bears[:-1]).any():
                return labels

    one, several, covered = "one class", "several classes, in any order", "other images are covered"
    cases = [
        Case(one, inputs([2] * 5, (6, 9, 1), 1, 5, (3, 3)), same_values),
        Case(several, inputs(mixed(3, 4, 2), (6, 8, 1), 3, 1, (2, 4)), same_values),
        Case(covered, inputs(mixed(2, 3, 3), (5, 8, 3), 0, 4, (3, 2), black=False), same_values),
    ]
    if hidden:
        cases += [
            Case(one, inputs([0] * 6, (9, 6, 1), 6, 0, (3, 2)), same_values),
            Case(one, inputs([4], (5, 7, 2), 2, 3, (2, 2)), same_values),
            Case(several, inputs(mixed(1, 5, 0, 4), (8, 5, 1), 0, 0, (4, 3)), same_values),
            Case(several, inputs(mixed(6, 1, 3), (7, 9, 2), 2, 6, (5, 3)), same_values),
            Case(
                covered, inputs(mixed(5, 3, 4), (8, 6, 1), 4, 2, (2, 3), black=False), same_values
            ),
        ]
    return cases


spread_mark = Check(
    "spread_mark",
    {"one class": 1, "several classes, in any order": 1, "other images are covered": 1},
    _draw_spread,
    _spread_mark,
    maps=each_map,
)


# own_riddle()


@solves("own_riddle")
def _own_riddle(number):
    key = marks.key(number)
    return key.class_index, key.corner, int(key.mark[0].sum()), int(key.mark[:, 0].sum())


own_riddle = finding(
    "own_riddle",
    {
        "the class": found(0),
        "the class and its corner": found(0, 1),
        "the class, its corner and its mark": found(0, 1, 2, 3),
    },
    _own_riddle,
    number=16,
    tolerance=1e-6,  # so that sealed checks hold the numbers themselves: they are few
)
