"""Checks of notebook 04."""

from __future__ import annotations

import numpy as np

from helpers.checks import findings
from helpers.checks.adapters import tuple_of_arrays
from helpers.checks.core import Case, Check, each_map, finding, same_values, shape_and_type
from helpers.checks.drawn import layers_behind, misnamed_network, numbered_outputs
from helpers.checks.judges import as_many, bytes_of, found, result, uint8
from helpers.checks.networks import numpy_outputs
from helpers.own_work import solves

# conv_outputs(model, images)


@solves("conv_outputs")
def _conv_outputs(model, images):
    outputs = numpy_outputs(model, images)
    return tuple(outputs[spec["name"]] for spec in model["layers"] if spec["kind"] == "conv")


def _draw_networks(rng, hidden):
    def inputs(images, input_shape, merge=""):
        batch = rng.uniform(-0.5, 1, (images, *input_shape)).astype(np.float32)
        return {"model": misnamed_network(rng, input_shape, merge), "images": batch}

    def cases(shape, merge):
        one, values = inputs(1, shape), "values, several images"
        return [
            Case("one array for each convolution", one, as_many),
            Case("shapes, one image", one, shape_and_type),
            Case(values, inputs(37, shape), same_values),  # Keras takes 32 images at once
            Case(values, inputs(3, shape, merge), same_values),
        ]

    drawn = cases((8, 10, 1), "add")
    if hidden:
        drawn += cases((6, 12, 3), "concatenate")
    return drawn


conv_outputs = Check(
    "conv_outputs",
    {
        "one array for each convolution": 1,
        "shapes, one image": 1,
        "values, several images": 1,
    },
    _draw_networks,
    _conv_outputs,
    network="model",
    plain=tuple_of_arrays,
)


# maps_to_bytes(maps)


def _grey(maps, middle, grey):
    """Return the grey levels, neither clipped nor whole."""
    maps = maps.astype(np.float64)
    centred = maps - maps.mean(axis=(1, 2), keepdims=True)
    spread = centred.std(axis=(1, 2), keepdims=True)
    constant = np.ptp(maps, axis=(1, 2), keepdims=True) == 0
    return np.where(constant, 0, middle + grey * centred / np.where(constant, 1, spread))


@solves("maps_to_bytes")
def _maps_to_bytes(maps, middle=128, grey=64):
    return np.clip(_grey(maps, middle, grey), 0, 255).astype(np.uint8)


def _draw_maps(rng, hidden, middle, grey):
    def inputs(size, far=False, dead=False):
        images, height, width, filters = size
        # Evenly spaced: none further out than two standard deviations, unless asked for.
        values = np.tile(np.linspace(0.1, 1, height * width), (images, filters, 1))
        maps = rng.permuted(values, axis=-1).reshape(images, filters, height, width)
        maps = np.moveaxis(maps, 1, -1)
        maps = maps * 10.0 ** rng.integers(-1, 2, (images, 1, 1, filters))
        maps *= rng.choice([-1, 1], (images, 1, 1, filters))
        if far:
            maps[:, 0, 0] *= 40
            maps[:, 0, 1] *= -40
        maps = maps.astype(np.float32, order="C")  # which decides how sums are rounded
        if dead:
            # Rows and columns that are constant make no constant map.
            for number, sides in enumerate(np.indices((height, width)), start=1):
                maps[number // filters % images, ..., number % filters] = 1 - 2 * (sides % 2)
            maps[0, ..., 0] = 0
            last = maps[-1, ..., -1]
            # Its mean is rounded, so its spread is not quite 0, but less than the 1e-6 that may be
            # taken for 0.
            while np.ptp(last) > 0 or not 0 < maps.std(axis=(1, 2))[-1, -1] < 5e-7:
                last[:] = rng.uniform(2, 4)
        return maps

    def cases(*size):
        drawn = inputs(size), inputs(size, far=True), inputs(size, dead=True)
        tame, far, dead = (({"maps": m}, bytes_of(_grey(m, middle, grey))) for m in drawn)
        return [
            Case("uint8 of the same shape", tame[0], uint8),
            Case("every map on its own scale", *tame),
            Case("clipped to 0..255", *far),
            Case("a constant map is 0", *dead),
        ]

    drawn = cases(3, 5, 6, 2)
    if hidden:
        for size in ((4, 6, 5, 3), (2, 7, 9, 4), (1, 5, 7, 3), (2, 5, 3, 1)):
            drawn += cases(*size)
    return drawn


maps_to_bytes = Check(
    "maps_to_bytes",
    {
        "uint8 of the same shape": 1,
        "every map on its own scale": 1,
        "clipped to 0..255": 1,
        "a constant map is 0": 1,
    },
    _draw_maps,
    _maps_to_bytes,
    maps=each_map,
    tolerance=1,
    values={"middle": 128, "grey": 64},
)


# silence(maps) -> share of zeros, share of dead maps


@solves("silence")
def _silence(maps):
    zero = maps == 0
    return float(zero.mean()), float(zero.all(axis=(1, 2)).mean())


def _draw_silence(rng, hidden):
    def inputs(images, height, width, filters):
        """Return maps of which every share that could be meant is another number."""
        maps = np.maximum(rng.normal(0.2, 1, (images, height, width, filters)), 0)
        dead = rng.random((images, filters)) < 0.4
        dead[0], dead[1:3, 0] = False, False
        dead[0, 0] = True  # filter 0 is dead for some images, not for all
        dead[:, 1] = True  # filter 1 for all
        dead[3] = True  # for image 3 all filters are
        maps *= ~dead[:, None, None]
        maps[2, 0] = maps[1, -1, -1] = 0  # a row and a pixel where no filter answers
        maps[[1, 4], ..., 2] = 0.25  # a map without spread is not dead
        maps[:, -1, :, -1] = maps[:, :, -1, -1] = 0  # a row and a column of a living filter
        maps[2, ..., 2] = maps[[1, 2], ..., 0] = 0
        maps[2, 1, 1, 2] = maps[[1, 2], 1, 1, 0] = height * width / 5  # one answer is enough
        maps[0, ..., 2] = 1e-6 * (maps[0, ..., 2] > 0)  # a weak answer is an answer
        maps[0, 1, 1, 2] = maps[1, 0, 0, 0] = 1e-6
        return maps

    def cases(maps):
        drawn = {"maps": maps.astype(np.float32)}
        return [
            Case("two shares", drawn, shape_and_type),
            Case("zero activations", drawn, result(0)),
            Case("dead maps", drawn, result(1)),
        ]

    drawn = cases(inputs(5, 7, 11, 8))
    if hidden:
        drawn += cases(inputs(5, 4, 3, 6)) + cases(inputs(7, 2, 5, 3))
        drawn += cases(np.zeros((1, 2, 3, 4))) + cases(rng.uniform(0.1, 1, (1, 4, 3, 2)))
    return drawn


silence = Check(
    "silence",
    {"two shares": 1, "zero activations": 1, "dead maps": 1},
    _draw_silence,
    _silence,
)


# pixel_by_hand(inputs, kernel, bias, row, column)


@solves("pixel_by_hand")
def _pixel_by_hand(inputs, kernel, bias, row, column):
    height, width, _ = inputs.shape
    rows, columns, _ = kernel.shape
    total = float(bias)
    for i in range(rows):
        for j in range(columns):
            y, x = row + i - rows // 2, column + j - columns // 2
            if 0 <= y < height and 0 <= x < width:
                total += float(inputs[y, x].astype(float) @ kernel[i, j].astype(float))
    return max(total, 0.0)


def _draw_pixels(rng, hidden):
    def inputs(shape, size, row, column, sign=1):
        kernel = rng.normal(0, 1, (*size, shape[2])).astype(np.float32)
        maps = rng.uniform(-1, 1, shape).astype(np.float32)
        bias = round(float(rng.uniform(0.2, 0.6)) * -sign, 3)
        # Move the sum clear of zero, to the side that is asked for.
        padded = np.pad(maps, [*((side // 2, side // 2) for side in size), (0, 0)])
        patch = padded[row : row + size[0], column : column + size[1]]
        missing = sign * rng.uniform(2, 4) - bias - (patch * kernel).sum()
        kernel += (missing / (patch**2).sum() * patch).astype(np.float32)
        return {"inputs": maps, "kernel": kernel, "bias": bias, "row": row, "column": column}

    def cases(shape, size):
        """Return cases at every corner, at every edge, and inside."""
        inside = size[0] // 2 + 1, size[1] // 2 + 1
        rows, columns = ((0, at, end - 1) for at, end in zip(inside, shape[:2], strict=True))
        border = [(row, column) for row in rows for column in columns if (row, column) != inside]
        return [
            Case("inside the map", inputs(shape, size, *inside), same_values),
            *(Case("at the border", inputs(shape, size, *place), same_values) for place in border),
            Case("where the sum is negative", inputs(shape, size, *inside, -1), same_values),
            # Beside a positive one, so that an answer that is always 0 earns nothing.
            Case("where the sum is negative", inputs(shape, size, *inside), same_values),
        ]

    drawn = cases((7, 9, 2), (3, 5)) + cases((10, 7, 1), (5, 3))
    if hidden:
        for sizes in (((5, 9, 3), (1, 7)), ((9, 4, 2), (7, 1))):
            drawn += cases(*sizes)
        for place in ((0, 0), (1, 2), (2, 3)):  # a kernel that is larger than the map
            drawn.append(Case("at the border", inputs((3, 4, 2), (7, 9), *place), same_values))
    return drawn


pixel_by_hand = Check(
    "pixel_by_hand",
    {"inside the map": 2, "at the border": 2, "where the sum is negative": 1},
    _draw_pixels,
    _pixel_by_hand,
)


# receptive_fields(kernel_sizes, strides)


@solves("receptive_fields")
def _receptive_fields(kernel_sizes, strides):
    """Return the receptive fields, found by walking back: which input positions reach one output
    position of each layer."""
    sizes = []
    for depth in range(1, len(kernel_sizes) + 1):
        low = high = 0
        for kernel, stride in zip(kernel_sizes[:depth][::-1], strides[:depth][::-1], strict=True):
            low, high = low * stride, high * stride + kernel - 1
        sizes.append(high - low + 1)
    return np.array(sizes)


def _draw_stacks(rng, hidden):
    def inputs(kernels, strides):
        return {"kernel_sizes": np.array(kernels), "strides": np.array(strides)}

    def drawn(count, stride):
        # Every second layer strides; the kernels differ, and the last is large.
        kernels = [*rng.integers(2, 6, count - 1), int(rng.integers(5, 8))]
        strides = [stride if i % 2 else 1 for i in range(count)]
        return inputs(kernels, strides)

    def mixed(count):
        """Return layers in which a kernel of 1 is followed by others, with strides of 2 and 3."""
        kernels = [*rng.integers(2, 6, count - 3), 1, *rng.integers(2, 6, 2)]
        strides = [3, *rng.integers(1, 4, count - 3), 2, 2]
        return inputs(kernels, strides)

    def cases(count):
        one, strided = "one layer, and a whole number for each", drawn(count, 2)
        alone = inputs(rng.integers(3, 8, 1), [3])  # whose stride no layer follows
        return [
            Case(one, drawn(1, 1), same_values),
            Case(one, strided, shape_and_type),
            Case("stride 1: sizes add up", drawn(count, 1), same_values),
            *(
                Case("after a stride, every step is larger", layers, same_values)
                for layers in (strided, drawn(count, 3), mixed(count), alone)
            ),
        ]

    return cases(5) + (cases(7) + cases(12) if hidden else [])


receptive_fields = Check(
    "receptive_fields",
    {
        "one layer, and a whole number for each": 1,
        "stride 1: sizes add up": 1,
        "after a stride, every step is larger": 1,
    },
    _draw_stacks,
    _receptive_fields,
)


# needed_filter()


@solves("needed_filter")
def _needed_filter(number):
    labels, outputs = findings.images(number).labels, numbered_outputs(number)
    rest = layers_behind(findings.plain_network(number), "l3")
    filters = np.arange(outputs["l3"].shape[-1])
    right = np.stack([
        numpy_outputs(rest, outputs["l3"] * (filters != f))["l5"].argmax(axis=1) == labels
        for f in filters
    ])  # fmt: skip
    needed = int(right.sum(axis=1).argmin())
    before = outputs["l5"].argmax(axis=1) == labels
    lost = np.bincount(labels, weights=before.astype(int) - right[needed])
    return needed, int(lost.argmax()), int(right[needed].sum())


needed_filter = finding(
    "needed_filter",
    {
        "the filter": found(0),
        "the filter and the digit": found(0, 1),
        "the filter and the images that remain, to 1 %": found(0, 2, within=0.01),
    },
    _needed_filter,
    number=1,
)
