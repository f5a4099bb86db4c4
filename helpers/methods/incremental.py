"""What a network answers when patches of an image are covered, without computing it all anew.

A covered image differs from the clean one only inside the patch, and so does each layer, in what
its receptive fields reach: a window that grows from layer to layer. The clean activations are kept,
only windows are computed, and each is set into its clean map where the next layer looks past it.
Where a window fills most of its map the rest is computed as ever. The result is that of computing
each covered image as a whole, but for the rounding of float32.

The operations of the traced model are followed, not its layers, so that it does not matter how the
model was built. The windows of all positions have one size in a layer, that of the largest, and are
moved inwards at the border: more is computed there than has changed, and it comes out as it was.

The idea: Nakandala, Kumar and Papakonstantinou, Incremental and Approximate Inference for Faster
Occlusion-based Deep CNN Explanations, SIGMOD 2019.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from helpers.models import graph

DENSE = 0.75  # of its map: a larger window is not worth the copying

ELEMENTWISE = {
    *("Abs", "Add", "AddN", "AddV2", "BiasAdd", "Cast", "Elu", "Erf", "Erfc", "Exp", "Identity"),
    *("LeakyRelu", "Log", "Log1p", "Maximum", "Minimum", "Mul", "Neg", "Pow", "RealDiv", "Relu"),
    *("Relu6", "Rsqrt", "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Square"),
    *("SquaredDifference", "Sub", "Tanh"),
}
CONVOLUTIONS = {"Conv2D", "DepthwiseConv2dNative"}
POOLINGS = {"AvgPool", "MaxPool"}


class Geometry(NamedTuple):
    """How an operation's output lies on its input, each (rows, columns): output i is made of
    `reach` input pixels from i × `stride` − `before` on."""

    reach: tuple[int, int]
    stride: tuple[int, int]
    before: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Intervals:
    """Which rows and columns of a map of `size` change at each of P positions: from `low` up to,
    but not with, `high`, (P, 2) int each."""

    low: np.ndarray
    high: np.ndarray
    size: tuple[int, int]

    @property
    def window(self) -> np.ndarray:
        """(2,): the size that holds every position's change, at least one pixel."""
        return np.maximum((self.high - self.low).max(axis=0), 1)

    @property
    def starts(self) -> np.ndarray:
        """(P, 2): where windows of that size start, so that they hold the change."""
        return np.minimum(self.low, self.size - self.window)

    @property
    def share(self) -> float:
        """The window's share of the map."""
        return float(np.prod(self.window / self.size))

    def through(self, geometry: Geometry, size: tuple[int, int]) -> Intervals:
        """What changes in the output, of `size`, of an operation."""
        reach, stride, before = map(np.array, geometry)
        low = -((reach - 1 - before - self.low) // stride)
        high = (self.high - 1 + before) // stride + 1
        return Intervals(*(np.clip(bound, 0, size) for bound in (low, np.maximum(low, high))), size)

    def union(self, other: Intervals) -> Intervals:
        """What changes where either does."""
        bounds = np.minimum(self.low, other.low), np.maximum(self.high, other.high)
        return Intervals(*bounds, self.size)


class Step(NamedTuple):
    """What becomes of one operation: its number in the traced model, how it is computed ("again"
    stands for: on whole maps), and where windows lie, of those that it makes, the number."""

    operation: int
    how: str
    window: int | None = None
    geometry: Geometry | None = None


@dataclass(frozen=True, eq=False)
class Plan:
    """How to compute a model's outputs with patches at P positions.

    `steps`: what is compiled; none where nothing is saved. `starts` (windows, P, 2) and `sizes`
    (windows, 2) int32: where the windows lie. `largest`: the values in the largest tensor that one
    position needs. `unknown`: the operation that keeps from saving anything, if it is one.
    """

    steps: tuple[Step, ...]
    starts: np.ndarray
    sizes: np.ndarray
    largest: int
    unknown: str | None


def plan(
    model: keras.Model,
    watch: Iterable[str],
    places: np.ndarray,
    patch: tuple[int, int],
    shape: tuple[int, int, int],
) -> Plan:
    """How to compute the outputs of `model`, and of its layers in `watch`, for images of `shape`
    with a `patch` (height, width) covered at each of `places` (P, 2): its upper left corner."""
    traced = graph.compiled(
        model,
        ("operations", *watch),
        lambda images: _targets(graph.forward(model, images, watch)),
        shape=shape,
    )
    size = shape[:2]
    low = np.clip(places, 0, size)
    patched = Intervals(low, np.clip(np.add(places, patch), low, size), size)
    return _Planner(traced.graph, patched).plan()


class _Planner:
    def __init__(self, traced: tf.Graph, patched: Intervals):
        self.operations = _operations(traced)
        self.needed = _ancestors(traced.outputs)
        image = traced.inputs[0]
        self.windows = [patched]
        # Of each tensor that depends on the image: the number of its window, or None.
        self.changed: dict = {image.ref(): 0 if patched.share <= DENSE else None}
        self.flat: set = set()
        self.unknown: tf.Operation | None = None
        self.largest = int(np.prod(image.shape[1:]))

    def plan(self) -> Plan:
        steps = []
        for number, op in enumerate(self.operations):
            if op in self.needed and any(t.ref() in self.changed for t in op.inputs):
                steps.append(self._step(number, op))
        starts = np.stack([window.starts for window in self.windows]).astype(np.int32)
        sizes = np.stack([window.window for window in self.windows]).astype(np.int32)
        if any(step.how == "spatial" for step in steps):
            return Plan(tuple(steps), starts, sizes, self.largest, None)
        lost = any(self.operations[step.operation].type in CONVOLUTIONS for step in steps)
        unknown = self.unknown.name if lost and self.unknown else None
        return Plan((), starts, sizes, self.largest, unknown)

    def _step(self, number: int, op: tf.Operation) -> Step:
        how, interval, geometry = self._how(op)
        window = None
        if interval is not None and interval.share > DENSE:
            how, interval = "again", None
        elif how == "again" and self._looks_at_windows(op):
            self.unknown = self.unknown or op
        if interval is not None:
            if interval not in self.windows:
                self.windows.append(interval)
            window = self.windows.index(interval)
            self.largest = max(
                self.largest, int(np.prod(interval.window)) * _channels(op, geometry)
            )
        for output in op.outputs:
            self.changed[output.ref()] = window
            if how == "flat":
                self.flat.add(output.ref())
            if how == "again" and output.shape.rank:
                self.largest = max(self.largest, int(np.prod([n or 1 for n in output.shape[1:]])))
        return Step(number, how, window, geometry)

    def _looks_at_windows(self, op: tf.Operation) -> bool:
        return any(self.changed.get(t.ref()) is not None and t.shape.rank == 4 for t in op.inputs)

    def _how(self, op: tf.Operation) -> tuple[str, Intervals | None, Geometry | None]:
        changed = [t for t in op.inputs if t.ref() in self.changed]
        again = "again", None, None
        numbers = [self.changed[t.ref()] for t in changed]
        if op.type == "Shape":
            return "shape", None, None
        if None in numbers:
            return again
        if any(t.ref() in self.flat for t in changed):
            first = op.type == "MatMul" and len(changed) == 1 and changed[0] is op.inputs[0]
            return ("matmul", None, None) if first and _plain_matmul(op) else again
        windows = [self.windows[number] for number in numbers]
        if len(changed) == 1 and changed[0] is op.inputs[0]:
            if geometry := _geometry(op):
                size = tuple(op.outputs[0].shape[1:3])
                return "spatial", windows[0].through(geometry, size), geometry
            if op.type == "Mean" and _constant(op.inputs[1]) == [1, 2]:
                return "mean", None, None
            if op.type == "Reshape" and _flattens(op):
                return "flat", windows[0], None
        if op.type == "IdentityN" and len(set(numbers)) == 1 and len(changed) == len(op.inputs):
            return "same", windows[0], None
        others = [t for t in op.inputs if t.ref() not in self.changed]
        joins = op.type == "ConcatV2" and _constant(op.inputs[-1]) in ([3], [-1])
        if (joins and len(others) == 1) or (_elementwise(op) and all(map(_has_no_place, others))):
            union = windows[0]
            for window in windows[1:]:
                if window is not union:
                    union = union.union(window)
            return "same", union, None
        return again


def _operations(traced: tf.Graph) -> list[tf.Operation]:
    """In the order of tracing, which is the same each time; what is captured has no order."""
    return [op for op in traced.get_operations() if op.type != "Placeholder"]


def _ancestors(tensors: Iterable[tf.Tensor]) -> set[tf.Operation]:
    found, waiting = set(), [t.op for t in tensors]
    while waiting:
        op = waiting.pop()
        if op not in found:
            found.add(op)
            waiting += [t.op for t in op.inputs]
    return found


def _targets(outputs: graph.Outputs) -> list[tf.Tensor]:
    return [*outputs.heads.values(), *outputs.answers.values(), *outputs.inner.values()]


def _constant(tensor: tf.Tensor) -> list[int] | None:
    value = tf.get_static_value(tensor)
    return None if value is None else np.ravel(value).tolist()


def _geometry(op: tf.Operation) -> Geometry | None:
    """Of a convolution, pooling or padding of channels-last maps of known size; else None."""
    if not op.inputs or op.inputs[0].shape.rank != 4 or None in op.outputs[0].shape[1:]:
        return None
    if op.type in ("Pad", "PadV2"):
        pads = tf.get_static_value(op.inputs[1])
        if pads is None or pads[0].any() or pads[3].any() or (pads < 0).any():
            return None
        return Geometry((1, 1), (1, 1), (int(pads[1, 0]), int(pads[2, 0])))
    if op.type not in CONVOLUTIONS | POOLINGS:
        return None
    if op.get_attr("data_format") != b"NHWC":
        return None
    stride = tuple(op.get_attr("strides")[1:3])
    if op.type in POOLINGS:
        reach = tuple(op.get_attr("ksize")[1:3])
    else:
        kernel, dilations = op.inputs[1].shape[:2], op.get_attr("dilations")[1:3]
        reach = tuple((k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True))
    before, sides = (0, 0), zip(op.inputs[0].shape[1:3], op.outputs[0].shape[1:3], strict=True)
    if op.get_attr("padding") == b"EXPLICIT":
        pads = op.get_attr("explicit_paddings")
        before = (pads[2], pads[4])
    elif op.get_attr("padding") == b"SAME":
        before = tuple(
            max((after - 1) * s + r - side, 0) // 2
            for (side, after), s, r in zip(sides, stride, reach, strict=True)
        )
    return Geometry(reach, stride, before)


def _elementwise(op: tf.Operation) -> bool:
    if op.type == "FusedBatchNormV3":
        return not op.get_attr("is_training") and op.get_attr("data_format") == b"NHWC"
    return op.type in ELEMENTWISE


def _has_no_place(tensor: tf.Tensor) -> bool:
    """Whether a factor or summand is the same at each pixel."""
    shape = tensor.shape
    return shape.rank is not None and (shape.rank < 2 or shape[:-1].num_elements() == 1)


def _flattens(op: tf.Operation) -> bool:
    before, after = op.inputs[0].shape, op.outputs[0].shape
    return after.rank == 2 and before.rank == 4 and after[1] == before[1:].num_elements()


def _plain_matmul(op: tf.Operation) -> bool:
    return not op.get_attr("transpose_a") and not op.get_attr("transpose_b")


def _channels(op: tf.Operation, geometry: Geometry | None) -> int:
    """How many values there are at a pixel of an operation's output, or of what it looks at."""
    inputs = [t.shape[-1] * np.prod(geometry.stride) for t in op.inputs[:1]] if geometry else []
    return int(max([op.outputs[0].shape[-1], *inputs]))


@dataclass(frozen=True, eq=False)
class _Window:
    """Of maps (n, H, W, C) what a patch changes: `values` (b, h, w, C) at window `number`."""

    clean: tf.Tensor
    values: tf.Tensor
    number: int


def forward(
    model: keras.Model,
    images: tf.Tensor,
    watch: Iterable[str],
    steps: tuple[Step, ...],
    filling: tf.Tensor,
    places: tf.Tensor,
    patch: tf.Tensor,
    starts: tf.Tensor,
    sizes: tf.Tensor,
) -> graph.Outputs:
    """As `graph.forward`, with a patch of each image covered, inside a `tf.function`.

    `images` and `filling` (n, H, W, C), what a patch is cut from; `places` (b, 3) int32: the
    image, and the row and column of its patch; `patch` (2,) int32. `steps`, and for these places
    `starts` (windows, b, 2) and `sizes` (windows, 2), of a `plan`.
    """
    outputs = graph.forward(model, images, watch)
    follower = _Follower(images, filling, places, patch, starts, sizes)
    follower.follow(_operations(images.graph), steps)

    def covered(tensors):
        return {name: follower.whole(tensor) for name, tensor in tensors.items()}

    heads, answers, inner = map(covered, (outputs.heads, outputs.answers, outputs.inner))
    return graph.Outputs(heads, answers, inner, {})


class _Follower:
    """Computes what the steps say; of each tensor that depends on the images, keeps the windows,
    flattened ones as they are, or the whole (b, ...)."""

    def __init__(self, images, filling, places, patch, starts, sizes):
        self.image, self.starts, self.sizes = places[:, 0], starts, sizes
        self.count = tf.shape(places)[0]
        self.states: dict = {}
        self.wholes: dict = {}
        rows, columns = self._grid(starts[0], sizes[0])
        inside = (
            (_within(rows, places[:, 1], patch[0])[:, :, None])
            & (_within(columns, places[:, 2], patch[1])[:, None, :])
        )
        index = self._index(rows, columns, images)
        index += tf.where(inside, tf.reduce_prod(tf.shape(images)[:3]), 0)
        values = tf.gather(
            tf.concat([_pixels(images), tf.reshape(filling, (-1, images.shape[-1]))], axis=0), index
        )
        self.states[images.ref()] = _Window(images, values, 0)

    def follow(self, operations: list[tf.Operation], steps: tuple[Step, ...]) -> None:
        for step in steps:
            op = operations[step.operation]
            results = getattr(self, f"_{step.how}")(op, step)
            for output, result in zip(op.outputs, results, strict=True):
                self.states[output.ref()] = result

    def whole(self, tensor: tf.Tensor) -> tf.Tensor:
        """(b, ...): the tensor as it is with the patches covered."""
        if tensor.ref() not in self.wholes:
            state = self.states.get(tensor.ref(), tensor)
            if isinstance(state, _Window):
                size = tf.shape(state.clean)[1:3]
                maps = self._crop(state, tf.zeros_like(self.starts[0]), size)
                maps = tf.ensure_shape(maps, (None, *state.clean.shape[1:]))
                state = tf.reshape(maps, (-1, tensor.shape[1])) if tensor.shape.rank == 2 else maps
            self.wholes[tensor.ref()] = state
        return self.wholes[tensor.ref()]

    def _again(self, op: tf.Operation, step: Step) -> list[tf.Tensor]:
        return _repeat(op, [self.whole(tensor) for tensor in op.inputs])

    def _same(self, op: tf.Operation, step: Step) -> list[_Window]:
        start, size = self.starts[step.window], self.sizes[step.window]
        inputs = []
        for tensor in op.inputs:
            state = self.states.get(tensor.ref(), tensor)
            if isinstance(state, _Window):
                lies = state.number == step.window
                state = state.values if lies else self._crop(state, start, size)
            inputs.append(state)
        return _windows(op, _repeat(op, inputs), step)

    def _spatial(self, op: tf.Operation, step: Step) -> list[_Window]:
        reach, stride, before = map(tf.constant, step.geometry)
        start, size = self.starts[step.window], self.sizes[step.window]
        fill = op.inputs[0].dtype.min if op.type == "MaxPool" else 0
        if op.type == "PadV2":
            fill = op.inputs[2]
        state = self.states[op.inputs[0].ref()]
        crop = self._crop(state, start * stride - before, (size - 1) * stride + reach, fill)
        if op.type in ("Pad", "PadV2"):
            return _windows(op, [crop], step)
        valid = {"padding": b"VALID", "explicit_paddings": []}
        valid = {name: value for name, value in valid.items() if name in op.node_def.attr}
        (values,) = _repeat(op, [crop, *op.inputs[1:]], **valid)
        if op.type == "AvgPool" and op.get_attr("padding") == b"SAME":
            values *= self._larger_mean(start, size, state.clean, step.geometry, values.dtype)
        return _windows(op, [values], step)

    def _larger_mean(self, start, size, clean, geometry, dtype) -> tf.Tensor:
        """By how much a mean over pixels of the map alone exceeds one that counts the padding."""
        factor = 1.0
        for axis, (reach, stride, before) in enumerate(zip(*geometry, strict=True)):
            first = (start[:, axis, None] + tf.range(size[axis])) * stride - before
            last = tf.minimum(first + reach, tf.shape(clean)[1 + axis])
            share = reach / (last - tf.maximum(first, 0))
            factor *= tf.reshape(share, (-1, *((size[0], 1) if axis == 0 else (1, size[1])), 1))
        return tf.cast(factor, dtype)

    def _mean(self, op: tf.Operation, step: Step) -> list[tf.Tensor]:
        window, keep = self.states[op.inputs[0].ref()], op.get_attr("keep_dims")
        rows, columns = self._grid(self.starts[window.number], self.sizes[window.number])
        index = self._index(rows, columns, window.clean)
        change = window.values - tf.gather(_pixels(window.clean), index)
        pixels = tf.cast(tf.reduce_prod(tf.shape(window.clean)[1:3]), change.dtype)
        change = tf.reduce_sum(change, axis=(1, 2), keepdims=keep) / pixels
        return [tf.gather(op.outputs[0], self.image) + change]

    def _shape(self, op: tf.Operation, step: Step) -> list[tf.Tensor]:
        shape = tf.shape(op.inputs[0], op.outputs[0].dtype)
        return [tf.concat([tf.cast(self.count, shape.dtype)[None], shape[1:]], axis=0)]

    def _flat(self, op: tf.Operation, step: Step) -> list[_Window]:
        return [self.states[op.inputs[0].ref()]]

    def _matmul(self, op: tf.Operation, step: Step) -> list[tf.Tensor]:
        return self._again(op, step)

    def _crop(self, window: _Window, start: tf.Tensor, size: tf.Tensor, fill=0) -> tf.Tensor:
        """(b, *size, C): the maps from `start` (b, 2) on, `fill` beyond their border."""
        clean, (height, width) = window.clean, tf.unstack(self.sizes[window.number])
        rows, columns = self._grid(start, size)
        down, across = (
            places - self.starts[window.number][:, axis, None]
            for axis, places in enumerate((rows, columns))
        )
        pixels = tf.reduce_prod(tf.shape(clean)[:3])
        own = (tf.range(self.count)[:, None] * height + down)[:, :, None] * width
        own += pixels + across[:, None, :]
        changed = _within(down, 0, height)[:, :, None] & _within(across, 0, width)[:, None, :]
        index = tf.where(changed, own, self._index(rows, columns, clean))
        mapped = _within(rows, 0, tf.shape(clean)[1])[:, :, None]
        mapped &= _within(columns, 0, tf.shape(clean)[2])[:, None, :]
        index = tf.where(mapped, index, pixels + self.count * height * width)
        beyond = tf.fill((1, clean.shape[-1]), tf.cast(fill, clean.dtype))
        source = tf.concat([_pixels(clean), _pixels(window.values), beyond], axis=0)
        return tf.gather(source, index)

    def _grid(self, start: tf.Tensor, size: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The rows (b, h) and columns (b, w) of windows."""
        rows, columns = (start[:, axis, None] + tf.range(size[axis]) for axis in (0, 1))
        return rows, columns

    def _index(self, rows: tf.Tensor, columns: tf.Tensor, maps: tf.Tensor) -> tf.Tensor:
        """(b, h, w): where the pixels lie in `_pixels(maps)`, of each position's image."""
        height, width = tf.unstack(tf.shape(maps)[1:3])
        return ((self.image[:, None] * height + rows) * width)[:, :, None] + columns[:, None, :]


def _pixels(maps: tf.Tensor) -> tf.Tensor:
    return tf.reshape(maps, (-1, maps.shape[-1]))


def _within(places: tf.Tensor, start, length) -> tf.Tensor:
    start = start[:, None] if isinstance(start, tf.Tensor) else start
    return (places >= start) & (places < start + length)


def _windows(op: tf.Operation, values: list[tf.Tensor], step: Step) -> list[_Window]:
    return [
        _Window(clean, value, step.window) for clean, value in zip(op.outputs, values, strict=True)
    ]


def _repeat(op: tf.Operation, inputs: list[tf.Tensor], **changed) -> list[tf.Tensor]:
    """The same operation on other inputs."""
    attributes = dict(op.node_def.attr)
    for name, value in changed.items():
        attribute = tf.compat.v1.AttrValue()
        if isinstance(value, bytes):
            attribute.s = value
        else:
            attribute.list.SetInParent()
        attributes[name] = attribute
    types = [output.dtype for output in op.outputs]
    repeated = op.graph.create_op(op.type, inputs, types, attrs=attributes, op_def=op.op_def)
    return list(repeated.outputs)
