"""Checks of notebook 06."""

from __future__ import annotations

from itertools import product

import numpy as np

from helpers.checks import findings
from helpers.checks.adapters import predictor, with_predict
from helpers.checks.core import Case, Check, each_map, finding, same_values, shape_and_type
from helpers.checks.drawn import undecided_network
from helpers.checks.judges import found, result, whole_numbers
from helpers.checks.networks import numpy_outputs
from helpers.own_work import solves

# cover_patch(images, row, column, patch, fill)


def _inside(size, start, length):
    return (np.arange(size) >= start) & (np.arange(size) < start + length)


@solves("cover_patch")
def _cover_patch(images, row, column, patch, fill):
    rows = _inside(images.shape[1], row, patch[0])
    columns = _inside(images.shape[2], column, patch[1])
    mask = rows[:, None, None] & columns[None, :, None]
    return np.where(mask, np.float32(fill), images)


def _images(rng, *shape, fill=0.0):
    """Return images from 0 to 1; some of their values are below 0 where the fill is."""
    return rng.uniform(0.05, 0.95, shape).astype(np.float32) - np.float32(fill < 0) / 2


def _draw_covers(rng, hidden):
    def inputs(shape, row, column, patch, fill=None):
        fill = float(rng.uniform(0.2, 0.8)) if fill is None else fill
        images = _images(rng, *shape, fill=fill)
        return {"images": images, "row": row, "column": column, "patch": patch, "fill": fill}

    square, any_ = "a square patch", "any patch, several images, colour"
    cases = [
        Case("shape and type", inputs((2, 5, 7, 1), 1, 3, (2, 2)), shape_and_type),
        Case(square, inputs((1, 5, 8, 1), 1, 2, (3, 3)), same_values),
        Case(any_, inputs((3, 6, 9, 3), 3, 1, (2, 4), fill=0.0), same_values),
    ]
    if hidden:
        cases += [
            Case(square, inputs((1, 9, 6, 1), 0, 2, (4, 4)), same_values),
            Case(square, inputs((2, 7, 8, 1), 4, 5, (3, 3), fill=-1.5), same_values),
            Case(any_, inputs((4, 7, 8, 3), 2, 2, (5, 3)), same_values),
            Case(any_, inputs((2, 5, 9, 2), 1, 4, (1, 5)), same_values),
            Case(any_, inputs((2, 4, 6, 3), 0, 0, (3, 6), fill=2.0), same_values),
        ]
    return cases


cover_patch = Check(
    "cover_patch",
    {"shape and type": 1, "a square patch": 1, "any patch, several images, colour": 1},
    _draw_covers,
    _cover_patch,
    maps=each_map,
)


# patch_positions(size, patch, stride)


@solves("patch_positions")
def _patch_positions(size, patch, stride):
    last = size - patch
    return np.array(sorted({*range(0, last + 1, stride), last}))


def _draw_positions(rng, hidden):
    def case(step, patch, stride, strides, rest):
        size = patch + strides * stride + rest
        # Floats are no places in an array. One line asks for that.
        judge = whole_numbers if step == "stride 1" else same_values
        return Case(step, {"size": size, "patch": patch, "stride": stride}, judge)

    fits, flush = "the stride fits the image", "a last patch ends flush with the border"
    more = int(rng.integers(2, 6))
    cases = [
        case("stride 1", 4, 1, more + 2, 0),
        case(fits, 5, 3, more, 0),
        case(flush, 6, 4, more, 3),
        case(flush, 7, 3, more, 1),
        case(flush, 6, 4, 0, 3),  # less than a stride is left
    ]
    if hidden:
        cases += [
            case("stride 1", 9, 1, 0, 0),  # one patch as large as the image
            case("stride 1", 1, 1, more, 0),
            case(fits, 4, 4, more, 0),
            case(fits, 8, 3, 0, 0),
            case(flush, 50, 5, 34, 4),
            case(flush, 5, 5, more, 2),
        ]
    return cases


patch_positions = Check(
    "patch_positions",
    {
        "stride 1": 1,
        "the stride fits the image": 1,
        "a last patch ends flush with the border": 1,
    },
    _draw_positions,
    _patch_positions,
)


# average_overlaps(drops, rows, columns, patch, size)


@solves("average_overlaps")
def _average_overlaps(drops, rows, columns, patch, size):
    total, count = np.zeros((len(drops), *size)), np.zeros(size)
    for i, j in product(range(len(rows)), range(len(columns))):
        rectangle = np.outer(
            _inside(size[0], rows[i], patch[0]), _inside(size[1], columns[j], patch[1])
        )
        total += drops[:, i, j, None, None] * rectangle
        count += rectangle
    return (total / count).astype(np.float32)


def _draw_drops(rng, hidden):
    def inputs(n, size, patch, stride, in_order=True):
        rows, columns = map(_patch_positions, size, patch, stride)
        if not in_order:
            rows, columns = rows[::-1], columns[::-1]
        drops = rng.uniform(-1, 2, (n, len(rows), len(columns))).astype(np.float32)
        return {"drops": drops, "rows": rows, "columns": columns, "patch": patch, "size": size}

    apart, overlap = "patches that do not overlap", "overlapping patches are averaged"
    several = "several images, a patch that is not square"
    cases = [
        Case("shape and type", inputs(2, (6, 8), (3, 3), (2, 2)), shape_and_type),
        Case(apart, inputs(1, (6, 9), (3, 3), (3, 3)), same_values),
        Case(overlap, inputs(1, (5, 8), (3, 3), (1, 1)), same_values),
        Case(several, inputs(3, (7, 9), (2, 4), (1, 3)), same_values),
    ]
    if hidden:
        cases += [
            Case(apart, inputs(1, (8, 4), (2, 2), (2, 2)), same_values),
            Case(overlap, inputs(1, (9, 6), (4, 4), (3, 3)), same_values),
            Case(several, inputs(4, (8, 5), (5, 2), (2, 1)), same_values),
            Case(several, inputs(2, (4, 6), (4, 5), (1, 1)), same_values),
            Case(several, inputs(2, (9, 8), (3, 2), (2, 1), in_order=False), same_values),
        ]
    return cases


average_overlaps = Check(
    "average_overlaps",
    {
        "shape and type": 1,
        "patches that do not overlap": 1,
        "overlapping patches are averaged": 1,
        "several images, a patch that is not square": 1,
    },
    _draw_drops,
    _average_overlaps,
    maps=each_map,
)


# drop_map(predict, images, class_index, patch, stride, fill)


@solves("drop_map")
def _drop_map(predict, images, class_index, patch, stride, fill):
    answer = predictor(predict)
    rows, columns = map(_patch_positions, images.shape[1:3], patch, stride)
    base = answer(images)[:, class_index]
    drops = np.empty((len(images), len(rows), len(columns)))
    for (i, row), (j, column) in product(enumerate(rows), enumerate(columns)):
        covered = _cover_patch(images, row, column, patch, fill)
        drops[:, i, j] = base - answer(covered)[:, class_index]
    return _average_overlaps(drops, rows, columns, patch, images.shape[1:3])


def _draw_maps(rng, hidden):
    def inputs(n, shape, patch, stride, index=None, fill=None):
        """Return inputs with evidence of both signs, and a class that is not the first image's most
        probable one."""
        fill = float(rng.uniform(0.2, 0.5)) if fill is None else fill
        while True:
            network, images = undecided_network(rng, shape), _images(rng, n, *shape, fill=fill)
            class_index = int(predictor(network)(images)[0].argsort()[1])
            if index not in (None, class_index):
                continue
            drawn = {
                "predict": network,
                "images": images,
                "class_index": class_index,
                "patch": patch,
                "stride": stride,
                "fill": fill,
            }
            drops = _drop_map(**drawn)
            if drops.min() < -0.01 and drops.max() > 0.01:
                return drawn

    apart, overlap = "patches that do not overlap", "overlapping patches are averaged"
    several, border = "several images", "every pixel covered; colour, a patch that is not square"
    cases = [
        Case("shape and type", inputs(2, (6, 8, 1), (3, 3), (3, 3)), shape_and_type),
        Case(apart, inputs(1, (6, 9, 1), (3, 3), (3, 3)), same_values),
        Case(overlap, inputs(1, (6, 8, 1), (4, 4), (2, 2)), same_values),
        Case(several, inputs(3, (6, 8, 1), (4, 4), (2, 2), index=0, fill=0.0), same_values),
        Case(border, inputs(2, (7, 10, 3), (2, 5), (2, 3)), same_values),
    ]
    if hidden:
        cases += [
            Case(apart, inputs(1, (8, 6, 1), (2, 2), (2, 2)), same_values),
            Case(overlap, inputs(1, (8, 6, 1), (3, 3), (1, 1)), same_values),
            Case(several, inputs(4, (6, 10, 3), (4, 4), (2, 2)), same_values),
            Case(border, inputs(2, (9, 7, 2), (4, 3), (3, 2)), same_values),
            Case(border, inputs(1, (6, 8, 3), (6, 5), (4, 3), fill=-0.5), same_values),
        ]
    return cases


drop_map = Check(
    "drop_map",
    {
        "shape and type": 1,
        "patches that do not overlap": 1,
        "overlapping patches are averaged": 1,
        "several images": 1,
        "every pixel covered; colour, a patch that is not square": 1,
    },
    _draw_maps,
    _drop_map,
    arguments=with_predict,
    maps=each_map,
    given={
        "patch_positions": _patch_positions,
        "cover_patch": _cover_patch,
        "average_overlaps": _average_overlaps,
    },
)


# covered_places(predict, images, patch, fill) -> classes, probabilities


@solves("covered_places")
def _covered_places(predict, images, patch, fill):
    bottom, right = (size - length for size, length in zip(images.shape[1:3], patch, strict=True))
    places = [(bottom // 2, right // 2), (0, 0), (0, right), (bottom, 0), (bottom, right)]
    answers = np.stack(
        [predictor(predict)(_cover_patch(images, *place, patch, fill)) for place in places], axis=1
    )  # (N, places, classes)
    return answers.argmax(axis=-1), answers.max(axis=-1)


def _draw_places(rng, hidden):
    def inputs(n, shape, patch, fill=None):
        """Return inputs where some place changes the class, and no prediction is close."""
        fill = float(rng.uniform(0.5, 0.9)) if fill is None else fill
        while True:
            drawn = {
                "predict": undecided_network(rng, shape),
                "images": _images(rng, n, *shape, fill=fill),
                "patch": patch,
                "fill": fill,
            }
            classes, _ = _covered_places(**drawn)
            uncovered = predictor(drawn["predict"])(drawn["images"]).argmax(axis=1)
            if (classes != uncovered[:, None]).any():
                return drawn

    sizes = [(3, (8, 11, 1), (5, 6)), (2, (7, 9, 1), (4, 3), 0.0)]
    sizes += hidden * [
        (4, (9, 12, 1), (5, 7)),
        (3, (8, 7, 3), (3, 4)),
        (1, (7, 8, 2), (4, 5), -0.5),
    ]
    cases = []
    for size in sizes:
        drawn = inputs(*size)
        cases += [
            Case("two tables of the right shape and type", drawn, shape_and_type),
            Case("the classes", drawn, result(0)),
            Case("their probabilities", drawn, result(1)),
        ]
    return cases


covered_places = Check(
    "covered_places",
    {
        "two tables of the right shape and type": 1,
        "the classes": 1,
        "their probabilities": 1,
    },
    _draw_places,
    _covered_places,
    arguments=with_predict,
    given={"cover_patch": _cover_patch},
)


# worst_patch()


@solves("worst_patch")
def _worst_patch(number):
    own, network = findings.images(number), findings.plain_network(number)
    image, label = own.images[:1], int(own.labels[0])
    places = list(product(_patch_positions(28, 5, 3), repeat=2))
    covered = np.concatenate([_cover_patch(image, *place, (5, 5), 0) for place in places])
    answers = numpy_outputs(network, covered)["l5"]
    drops = numpy_outputs(network, image)["l5"][0, label] - answers[:, label]
    worst = drops.argmax()
    row, column = map(int, places[worst])
    return row, column, int(answers[worst].argmax()), float(drops[worst])


worst_patch = finding(
    "worst_patch",
    {
        "the place": found(0, 1),
        "the place and the new answer": found(0, 1, 2),
        "the place and the drop, to 2 %": found(0, 1, 3, within=0.02),
    },
    _worst_patch,
    number=11,
    tolerance=0.02,
)
