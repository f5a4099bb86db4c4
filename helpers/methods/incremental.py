"""What a network answers when patches of an image are covered, without computing it all anew.

A covered image differs from the clean one only inside the patch, and so does each layer, in what
its receptive fields reach: a window that grows from layer to layer. The clean activations are kept,
only windows are computed, and each is set into its clean map where the next layer looks past it.
Where windows fill most of their map the rest is computed as ever. The result is that of computing
each covered image as a whole, but for the rounding of float32.

The operations of the traced model are followed, not its layers, so that it does not matter how the
model was built. In a layer the windows of a batch have one size, that of the largest, and are moved
inwards at the border. So more is computed there than has changed, and the rest comes out as it was.

The idea: Nakandala, Kumar and Papakonstantinou, Incremental and Approximate Inference for Faster
Occlusion-based Deep CNN Explanations, SIGMOD 2019.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from helpers.methods.windows import (
    CONVOLUTIONS,
    ELEMENTWISE,
    PADDINGS,
    PIXELS,
    POOLINGS,
    Geometry,
    geometry,
)
from helpers.models import graph

# Shares of a map: windows that are larger become whole maps. 0 takes whole maps throughout.
DENSE = (0.0, 0.2, 0.35, 0.5, 0.7)
# Costs, in multiplications: of copying one value into a window, of one value of a depthwise
# convolution or a pooling (beside its own multiplications), of one value of another operation.
COPYING, SLIDING, POINT = 100, 40, 25
CALLING = 5e6  # to look up where the windows of a batch lie
WORTH = 0.9  # of the time of computing all: more is not worth it
BATCH_VALUES = 2**24  # in a batch's largest tensor: 64 MiB; there are a few of each of two batches
MOST = 256  # covered images at a time: windows that lie alike have like sizes

# Not followed either, but as much work: transposed convolutions, those in 3D, attention.
LABORIOUS = {*CONVOLUTIONS, "BatchMatMulV2", "Conv2DBackpropInput", "Conv3D", "Einsum"}
OUTSIDE = -(2**30)  # smaller than any index; two of them are no overflow


@dataclass(frozen=True, eq=False)
class Intervals:
    """Which rows and columns of a map of `size` change at each of P positions: from `low` up to,
    but not with, `high`, (P, 2) int each."""

    low: np.ndarray
    high: np.ndarray
    size: tuple[int, int]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Intervals):
            return NotImplemented
        same = map(np.array_equal, (self.low, self.high), (other.low, other.high))
        return self.size == other.size and all(same)

    @property
    def window(self) -> np.ndarray:
        """(2,): the size that holds every position's change, at least one pixel."""
        return np.maximum((self.high - self.low).max(axis=0), 1)

    @property
    def share(self) -> float:
        """The share of the map that changes, the mean over the positions."""
        return float(np.prod((self.high - self.low) / self.size, axis=1).mean())

    def through(self, geometry: Geometry, size: tuple[int, int]) -> Intervals:
        """What changes in the output, of `size`, of an operation."""
        reach, stride, before = map(np.array, geometry)
        low = -((reach - 1 - before - self.low) // stride)
        high = (self.high - 1 + before) // stride + 1
        return Intervals(np.clip(low, 0, size), np.clip(np.maximum(low, high), 0, size), size)

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

    `steps`: what is compiled; none where nothing is saved. `kept`: what of the clean images they
    look at, each the number of an operation and of its output. `windows`: where the changes lie.
    `largest`: the values in the largest tensor that one position needs. `clean`: those kept of one
    image. `unknown`: the operation that cannot be followed, where that costs much. `dense`: the
    share of a map from which on windows become whole maps.
    """

    steps: tuple[Step, ...]
    kept: tuple[tuple[int, int], ...]
    windows: tuple[Intervals, ...]
    largest: int
    clean: int
    unknown: str | None
    dense: float = 0.0

    @property
    def batch_size(self) -> int:
        """How many covered images at a time need some hundred megabytes."""
        return int(np.clip(BATCH_VALUES // self.largest, 1, MOST))

    def order(self) -> np.ndarray:
        """(P,): the positions, those with windows of like size next to each other."""
        height, width = sum(window.high - window.low for window in self.windows).T
        return np.lexsort((width, height))

    def lie(self, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the windows of some positions start, (windows, b, 2), and their sizes,
        (windows, 2), both int32; each holds its position's change."""
        windows = [Intervals(w.low[positions], w.high[positions], w.size) for w in self.windows]
        starts = np.stack([np.minimum(w.low, w.size - w.window) for w in windows])
        return starts.astype(np.int32), np.stack([w.window for w in windows]).astype(np.int32)


def plan(
    model: keras.Model,
    watch: Iterable[str],
    places: np.ndarray,
    patch: tuple[int, int],
    shape: tuple[int, int, int],
) -> Plan:
    """How to compute the outputs of `model`, and of its layers in `watch`, for images of `shape`
    with covered patches. A `patch` (height, width) is covered at each of `places` (P, 2), the upper
    left corners."""
    image, targets = _operations_of(model, watch, shape)
    patched = _patched(places, patch, shape)
    tails = _tails(_operations(image.graph), image, targets)
    planners = [_Planner(image, targets, patched, dense, tails) for dense in DENSE]
    plans = [(planner.plan(), planner) for planner in planners]
    best, planner = min(plans, key=lambda pair: pair[1].time(pair[0]))
    unknown = next((each.unknown for each, _ in plans if each.unknown), None)
    if planner.time(best) > WORTH * planner.all_work:
        return _all(image, patched, unknown)
    return best if best.dense else replace(best, unknown=unknown)


def whole(
    model: keras.Model,
    watch: Iterable[str],
    places: np.ndarray,
    patch: tuple[int, int],
    shape: tuple[int, int, int],
) -> Plan:
    """As `plan`, with each covered image computed as a whole."""
    image, _ = _operations_of(model, watch, shape)
    return _all(image, _patched(places, patch, shape), None)


def _operations_of(model, watch, shape) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """The image and what is made of it, in a trace of the model."""
    traced = graph.compiled(
        model,
        ("operations", *watch),
        lambda images: _targets(graph.forward(model, images, watch)),
        shape=shape,
    )
    # What a function returns are copies, made after all else.
    return traced.inputs[0], [copy.op.inputs[0] for copy in traced.outputs]


def _patched(places, patch, shape) -> Intervals:
    size = shape[:2]
    low = np.clip(places, 0, size)
    return Intervals(low, np.clip(np.add(places, patch), low, size), size)


def _all(image: tf.Tensor, patched: Intervals, unknown: str | None) -> Plan:
    """Nothing is saved. One window, the patch, whatever the plan: they share what is compiled."""
    changed = {image.ref(): _values(image)}
    for op in _operations(image.graph):
        if any(t.ref() in changed for t in op.inputs):
            changed.update((t.ref(), _values(t)) for t in op.outputs)
    return Plan((), (), (patched,), max(changed.values()), 0, unknown)


class Changed(Exception):
    """The model is no longer what was planned for: its layers do something else."""


class _Planner:
    def __init__(
        self,
        image: tf.Tensor,
        targets: list[tf.Tensor],
        patched: Intervals,
        dense: float,
        tails: dict[tf.Operation, list[tf.Operation]],
    ):
        self.operations = _operations(image.graph)
        self.targets, self.image, self.dense = targets, image, dense
        self.needed = _ancestors(self.targets)
        self.windows = [patched]
        # Of each tensor that depends on the image: the number of its window, or None.
        self.changed: dict = {self.image.ref(): 0}
        # Of those that are made whole since an operation could not be followed: that operation.
        self.lost: dict = {}
        self.kept: dict = {}
        self.unknown: str | None = None
        self.largest = _values(self.image)
        self.all_work = self.work = 0.0
        self.copies = 0
        self.folded = {op for tail in tails.values() for op in tail}

    def plan(self) -> Plan:
        steps = []
        for number, op in enumerate(self.operations):
            if op in self.needed and any(t.ref() in self.changed for t in op.inputs):
                steps.append(self._step(number, op))
        for target in self.targets:
            self._paste(target)
        numbers = {op: number for number, op in enumerate(self.operations)}
        kept = tuple((numbers[t.op], t.value_index) for t in self.kept.values())
        clean = sum(map(_values, self.kept.values()))
        both = self.unknown, self.dense
        return Plan(tuple(steps), kept, tuple(self.windows), self.largest, clean, *both)

    def time(self, plan: Plan) -> float:
        """How long a place takes, in multiplications."""
        return self.work + CALLING * self.copies / plan.batch_size

    def _step(self, number: int, op: tf.Operation) -> Step:
        how, interval, geometry = self._how(op)
        window = None
        if interval is not None and interval.share > self.dense:
            how, interval = "again", None
        elif how == "again":
            self._lose(op)
        if interval is not None:
            if interval not in self.windows:
                self.windows.append(interval)
            window = self.windows.index(interval)
            self.largest = max(
                self.largest, int(np.prod(interval.window)) * _channels(op, geometry)
            )
        self._keep(op, how, window, geometry)
        self._count(op, interval)
        for output in op.outputs:
            self.changed[output.ref()] = window
            if how == "again":
                self.largest = max(self.largest, _values(output))
        return Step(number, how, window, geometry)

    def _keep(self, op: tf.Operation, how: str, window: int | None, geometry) -> None:
        """Note what the step looks at of the clean images, and what it copies."""
        changed = [t for t in op.inputs if self.changed.get(t.ref()) is not None]
        if how == "again":
            for tensor in changed:
                self._paste(tensor)
        elif how == "spatial":
            assert window is not None  # only what is computed on whole maps has none
            size = (self.windows[window].window - 1) * geometry.stride + geometry.reach
            self._copy(op.inputs[0], size)
        elif how == "same":
            assert window is not None
            for tensor in changed:
                if self.changed[tensor.ref()] != window:
                    self._copy(tensor, self.windows[window].window)

    def _lose(self, op: tf.Operation) -> None:
        """Note what could not be followed, and whether that costs much."""
        causes = [self.lost[t.ref()] for t in op.inputs if t.ref() in self.lost]
        windows = [self.changed[t.ref()] for t in op.inputs if t.ref() in self.changed and _size(t)]
        if windows and None not in windows:  # not joined with maps that are made whole anyway
            causes = [op]
        for cause in causes[:1]:
            self.lost.update((output.ref(), cause) for output in op.outputs)
            if op.type in LABORIOUS:
                self.unknown = self.unknown or cause.name

    def _paste(self, tensor: tf.Tensor) -> None:
        if self.changed.get(tensor.ref()) is not None:
            self._copy(tensor, tensor.shape[1:3])

    def _copy(self, maps: tf.Tensor, size: Iterable[int]) -> None:
        values = int(np.prod(tuple(size))) * maps.shape[-1]
        self.largest = max(self.largest, values)
        self.work += COPYING * values
        self.copies += 1
        if maps is not self.image:
            self.kept[maps.ref()] = maps

    def _count(self, op: tf.Operation, interval: Intervals | None) -> None:
        """Add the cost of whole maps to `all_work`, that of what is computed to `work`."""
        weights = 0
        if op.type in CONVOLUTIONS or op.type == "MatMul":
            weights = op.inputs[1].shape.num_elements() or 0
        if not op.outputs or not (size := _size(op.outputs[0])):
            self.all_work += weights
            self.work += weights
            return
        channels = op.outputs[0].shape[-1]
        if op.type in POOLINGS or op.type == "DepthwiseConv2dNative":
            weights += SLIDING * channels
        elif op.type not in CONVOLUTIONS and not _fused(op):
            weights += POINT * channels
        self.all_work += weights * np.prod(size)
        if op not in self.folded and not _follows(op, self.folded):
            self.work += weights * np.prod(size if interval is None else interval.window)

    def _how(self, op: tf.Operation) -> tuple[str, Intervals | None, Geometry | None]:
        """Followed is only what is certainly known; all else is computed again."""
        changed = [t for t in op.inputs if t.ref() in self.changed]
        others = [t for t in op.inputs if t.ref() not in self.changed]
        numbers = [self.changed[t.ref()] for t in changed]
        size = _size(op.outputs[0]) if op.outputs else None
        if op.type == "Shape":
            return "shape", None, None
        if None in numbers or size is None:
            return "again", None, None
        windows = [self.windows[number] for number in numbers]
        # Maps of another size are spread over the pixels: what changes in them changes more.
        if all(_size(t) == size for t in changed) and _by_pixels(op, others, numbers):
            return "same", reduce(Intervals.union, windows), None
        if len(changed) == 1 and changed[0] is op.inputs[0] and (found := _geometry(op)):
            return "spatial", windows[0].through(found, size), found
        return "again", None, None


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


def _tails(
    operations: list[tf.Operation], image: tf.Tensor, targets: Iterable[tf.Tensor]
) -> dict[tf.Operation, list[tf.Operation]]:
    """For each convolution the operations behind it that multiply by a number of each channel or
    add one, as a normalisation does, where nothing else looks at what lies between."""
    consumers: dict = {}
    changed, seen = {image.ref()}, {target.ref() for target in targets}
    for op in operations:
        for tensor in op.inputs:
            consumers.setdefault(tensor.ref(), []).append(op)
        if any(tensor.ref() in changed for tensor in op.inputs):
            changed.update(output.ref() for output in op.outputs)
    tails = {}
    for op in operations:
        if op.type not in CONVOLUTIONS or op.get_attr("data_format") != b"NHWC":
            continue
        if op.inputs[1].ref() in changed:  # a kernel that depends on the image
            continue
        tail: list[tf.Operation] = []
        maps = op.outputs[0]
        while maps.ref() not in seen and len(consumers.get(maps.ref(), ())) == 1:
            (after,) = consumers[maps.ref()]
            other = _of_each_channel(after, maps)
            if other is None or other.ref() in changed:
                break
            tail.append(after)
            maps = after.outputs[0]
        if any(after.type == "Mul" for after in tail):
            tails[op] = tail
    return tails


def _of_each_channel(op: tf.Operation, maps: tf.Tensor) -> tf.Tensor | None:
    """What an operation multiplies `maps` by, or adds, for each channel; None where it does
    something else."""
    if op.type not in {"Add", "AddV2", "BiasAdd", "Mul"} or not _size(maps):
        return None
    if op.type == "BiasAdd" and op.get_attr("data_format") != b"NHWC":
        return None
    first, second = op.inputs
    other = second if first is maps else first
    numbers, same = other.shape.num_elements(), op.outputs[0].shape[-1] == maps.shape[-1]
    each = numbers in (1, maps.shape[-1]) and _has_no_place(other) and other is not maps
    return other if each and same else None


def _fused(op: tf.Operation) -> bool:
    """Whether TensorFlow computes an operation along with the convolution before it."""
    if op.type == "BiasAdd":
        return op.inputs[0].op.type in CONVOLUTIONS
    return op.type in {"Elu", "LeakyRelu", "Relu", "Relu6"} and (
        op.inputs[0].op.type == "BiasAdd" and _fused(op.inputs[0].op)
    )


def _follows(op: tf.Operation, folded: set[tf.Operation]) -> bool:
    """Whether TensorFlow computes an activation along with a convolution whose normalisation is
    folded."""
    return op.type in {"Elu", "LeakyRelu", "Relu", "Relu6"} and op.inputs[0].op in folded


def _targets(outputs: graph.Outputs) -> list[tf.Tensor]:
    return [*outputs.heads.values(), *outputs.answers.values(), *outputs.inner.values()]


def _constant(tensor: tf.Tensor) -> list[int] | None:
    value = tf.get_static_value(tensor)
    return None if value is None else np.ravel(value).tolist()


def _size(tensor: tf.Tensor) -> tuple[int, int] | None:
    """(height, width) of channels-last maps, or what may be such; None where not all is known."""
    known = tensor.shape.rank == 4 and None not in tensor.shape[1:]
    return tuple(tensor.shape[1:3]) if known else None


def _values(tensor: tf.Tensor) -> int:
    """How many there are for one image, as far as is known."""
    return int(np.prod([n or 1 for n in tensor.shape[1:]])) if tensor.shape.rank else 1


def _geometry(op: tf.Operation) -> Geometry | None:
    """As `windows.geometry`, of maps of known size, and of padding that adds no channels."""
    if op.type in PADDINGS:
        pads = tf.get_static_value(op.inputs[1])
        if pads is None or pads[[0, 3]].any() or (pads < 0).any():
            return None
    return geometry(op)


def _by_pixels(op: tf.Operation, others: list[tf.Tensor], numbers: list[int]) -> bool:
    """Whether an operation, on maps of one size, makes each pixel of the same pixel alone, and of
    `others`, which do not change."""
    if op.type == "IdentityN":
        return not others and len(set(numbers)) == 1
    if op.type == "ConcatV2":
        return len(others) == 1 and _constant(op.inputs[-1]) in ([3], [-1])
    if "data_format" in op.node_def.attr and op.get_attr("data_format") != b"NHWC":
        return False
    if op.type in CONVOLUTIONS | POOLINGS:
        return len(numbers) == 1 and _geometry(op) == PIXELS
    if op.type == "FusedBatchNormV3":
        return not op.get_attr("is_training") and len(numbers) == 1
    return op.type in ELEMENTWISE and all(map(_has_no_place, others))


def _has_no_place(tensor: tf.Tensor) -> bool:
    """Whether a factor or summand is the same at each pixel."""
    shape = tensor.shape
    return shape.rank is not None and (shape.rank < 2 or shape[:-1].num_elements() == 1)


def _channels(op: tf.Operation, geometry: Geometry | None) -> int:
    """How many values there are at a pixel of an operation's output, or of what it looks at."""
    inputs = [t.shape[-1] * np.prod(geometry.stride) for t in op.inputs[:1]] if geometry else []
    return int(max([op.outputs[0].shape[-1], *inputs]))


def _traced(model: keras.Model, images: tf.Tensor, watch: Iterable[str], plan: Plan):
    """The outputs of the clean images, all operations and the `_tails` of these; `Changed` where
    the plan is another's."""
    outputs = graph.forward(model, images, watch)
    operations, targets = _operations(images.graph), _targets(outputs)
    tails = _tails(operations, images, targets)
    own = _Planner(images, targets, plan.windows[0], plan.dense, tails).plan()
    if (own.steps, own.kept, own.windows) != (plan.steps, plan.kept, plan.windows):
        raise Changed(model.name)
    return outputs, operations, tails


def clean(
    model: keras.Model, images: tf.Tensor, watch: Iterable[str], plan: Plan
) -> list[tf.Tensor]:
    """What a `plan` keeps of the clean images (n, H, W, C), inside a `tf.function`."""
    _, operations, _ = _traced(model, images, watch, plan)
    return [operations[number].outputs[output] for number, output in plan.kept]


@dataclass(frozen=True, eq=False)
class _Window:
    """Of `maps`, as the model made them, what a patch changes: `values` (b, h, w, C) at window
    `number`."""

    maps: tf.Tensor
    values: tf.Tensor
    number: int


def forward(
    model: keras.Model,
    images: tf.Tensor,
    watch: Iterable[str],
    plan: Plan,
    filling: tf.Tensor,
    places: tf.Tensor,
    patch: tf.Tensor,
    starts: tf.Tensor,
    sizes: tf.Tensor,
    *kept: tf.Tensor,
) -> graph.Outputs:
    """As `graph.forward`, with a patch of each image covered, inside a `tf.function`.

    `images` and `filling` (n, H, W, C), what a patch is cut from; `places` (b, 3) int32: the
    image, and the row and column of its patch; `patch` (2,) int32. For these places `starts`
    (windows, b, 2) and `sizes` (windows, 2) as the plan's `lie` has them; `kept` as from `clean`.
    """
    outputs, operations, tails = _traced(model, images, watch, plan)
    found = {images.ref(): images}
    for (number, output), tensor in zip(plan.kept, kept, strict=True):
        found[operations[number].outputs[output].ref()] = tensor
    follower = _Follower(images, found, filling, places, patch, starts, sizes)
    follower.follow(operations, plan.steps, tails)

    def covered(tensors):
        return {name: follower.whole(tensor) for name, tensor in tensors.items()}

    heads, answers, inner = map(covered, (outputs.heads, outputs.answers, outputs.inner))
    return graph.Outputs(heads, answers, inner, {})


class _Follower:
    """Computes what the steps say; of each tensor that depends on the images, keeps the windows or
    the whole (b, ...)."""

    def __init__(self, images, clean, filling, places, patch, starts, sizes):
        self.clean = clean
        self.image, self.starts, self.sizes = places[:, 0], starts, sizes
        self.count = tf.shape(places)[0]
        self.states: dict = {}
        self.wholes: dict = {}
        self.kernel: tf.Tensor | None = None
        rows, columns = self._grid(starts[0], sizes[0])
        inside = (
            (_within(rows, places[:, 1], patch[0])[:, :, None])
            & (_within(columns, places[:, 2], patch[1])[:, None, :])
        )
        index = self._index(rows, columns, images)
        index += tf.where(inside, tf.reduce_prod(tf.shape(images)[:3]), 0)
        under = tf.reshape(filling, (-1, images.shape[-1]))
        values = tf.gather(tf.concat([_pixels(images), under], axis=0), index)
        self.states[images.ref()] = _Window(images, values, 0)

    def follow(
        self,
        operations: list[tf.Operation],
        steps: tuple[Step, ...],
        tails: dict[tf.Operation, list[tf.Operation]],
    ) -> None:
        compute = {
            "again": self._again,
            "same": self._same,
            "shape": self._shape,
            "spatial": self._spatial,
        }
        done: set[tf.Operation] = set()
        for step in steps:
            op = operations[step.operation]
            if op in done:
                continue
            tail = tails.get(op, [])
            done.update(tail)
            self.kernel, offset = _folded(op, tail)
            results = compute[step.how](op, step)
            if tail:
                op = tail[-1]
                results = [_plus(result, offset, op.outputs[0]) for result in results]
            for output, result in zip(op.outputs, results, strict=True):
                self.states[output.ref()] = result

    def whole(self, tensor: tf.Tensor) -> tf.Tensor:
        """(b, ...): the tensor as it is with the patches covered."""
        if tensor.ref() not in self.wholes:
            state = self.states.get(tensor.ref(), tensor)
            if isinstance(state, _Window):
                size = state.maps.shape[1:3]
                maps = self._crop(state, tf.zeros_like(self.starts[0]), size)
                state = tf.ensure_shape(maps, (None, *state.maps.shape[1:]))
            self.wholes[tensor.ref()] = state
        return self.wholes[tensor.ref()]

    def _again(self, op: tf.Operation, step: Step) -> list[tf.Tensor]:
        return _repeat(op, [self.whole(tensor) for tensor in self._inputs(op)])

    def _inputs(self, op: tf.Operation) -> list[tf.Tensor]:
        """Those of an operation, with the kernel that has taken up what follows it."""
        return list(op.inputs) if self.kernel is None else [op.inputs[0], self.kernel]

    def _same(self, op: tf.Operation, step: Step) -> list[_Window]:
        start, size = self.starts[step.window], self.sizes[step.window]
        inputs = []
        for tensor in self._inputs(op):
            state = self.states.get(tensor.ref(), tensor)
            if isinstance(state, _Window):
                lies = state.number == step.window
                state = state.values if lies else self._crop(state, start, size)
            inputs.append(state)
        return _windows(op, _repeat(op, inputs), step)

    def _spatial(self, op: tf.Operation, step: Step) -> list[_Window]:
        assert step.geometry is not None
        reach, stride, before = map(tf.constant, step.geometry)
        start, size = self.starts[step.window], self.sizes[step.window]
        fill = op.inputs[0].dtype.min if op.type == "MaxPool" else 0
        if op.type == "PadV2":
            fill = op.inputs[2]
        state = self.states[op.inputs[0].ref()]
        beyond = _reaches_beyond(op, step.geometry)
        size_before = (size - 1) * stride + reach
        crop = self._crop(state, start * stride - before, size_before, fill if beyond else None)
        if op.type in PADDINGS:
            return _windows(op, [crop], step)
        valid = {"padding": b"VALID", "explicit_paddings": []}
        valid = {name: value for name, value in valid.items() if name in op.node_def.attr}
        (values,) = _repeat(op, [crop, *self._inputs(op)[1:]], **valid)
        if op.type == "AvgPool" and op.get_attr("padding") == b"SAME":
            values *= self._larger_mean(start, size, state.maps, step.geometry, values.dtype)
        return _windows(op, [values], step)

    def _larger_mean(self, start, size, maps, geometry, dtype) -> tf.Tensor:
        """By how much a mean over pixels of the map alone exceeds one that counts the padding."""
        factor = 1.0
        for axis, (reach, stride, before) in enumerate(zip(*geometry, strict=True)):
            first = (start[:, axis, None] + tf.range(size[axis])) * stride - before
            last = tf.minimum(first + reach, maps.shape[1 + axis])
            share = reach / (last - tf.maximum(first, 0))
            factor *= tf.reshape(share, (-1, *((size[0], 1) if axis == 0 else (1, size[1])), 1))
        return tf.cast(factor, dtype)

    def _shape(self, op: tf.Operation, step: Step) -> list[tf.Tensor]:
        shape = tf.shape(op.inputs[0], op.outputs[0].dtype)
        return [tf.concat([tf.cast(self.count, shape.dtype)[None], shape[1:]], axis=0)]

    def _crop(self, window: _Window, start: tf.Tensor, size, fill=None) -> tf.Tensor:
        """(b, *size, C): the maps from `start` (b, 2) on, `fill` beyond their border; None where
        they do not reach there."""
        clean = self.clean[window.maps.ref()]
        parts = [_pixels(clean), _pixels(window.values)]
        if fill is not None:
            parts.insert(0, tf.fill((1, clean.shape[-1]), tf.cast(fill, clean.dtype)))
        beyond = len(parts) - 2
        pixels = tf.reduce_prod(tf.shape(clean)[:3])
        rows, columns = self._grid(start, size)
        # Where a pixel lies in the parts, as the sum of what its row and its column say: less than
        # 0 outside of the window or the map. Of those that hold, the largest is the window's.
        (height, width), (map_height, map_width) = (
            tf.unstack(self.sizes[window.number]),
            clean.shape[1:3],
        )
        first = self.starts[window.number]
        down, across = rows - first[:, 0, None], columns - first[:, 1, None]
        own = (tf.range(self.count)[:, None] * height + down) * width + pixels + beyond
        own = tf.where(_within(down, 0, height), own, OUTSIDE)[:, :, None]
        index = own + tf.where(_within(across, 0, width), across, OUTSIDE)[:, None, :]
        rows_there = (self.image[:, None] * map_height + rows) * map_width + beyond
        if fill is not None:
            rows_there = tf.where(_within(rows, 0, map_height), rows_there, OUTSIDE)
            columns = tf.where(_within(columns, 0, map_width), columns, OUTSIDE)
        index = tf.maximum(index, rows_there[:, :, None] + columns[:, None, :])
        if fill is not None:
            index = tf.maximum(index, 0)
        return tf.gather(tf.concat(parts, axis=0), index)

    def _grid(self, start: tf.Tensor, size: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The rows (b, h) and columns (b, w) of windows."""
        rows, columns = (start[:, axis, None] + tf.range(size[axis]) for axis in (0, 1))
        return rows, columns

    def _index(self, rows: tf.Tensor, columns: tf.Tensor, maps: tf.Tensor) -> tf.Tensor:
        """(b, h, w): where the pixels lie in `_pixels(maps)`, of each position's image."""
        height, width = maps.shape[1:3]
        return ((self.image[:, None] * height + rows) * width)[:, :, None] + columns[:, None, :]


def _reaches_beyond(op: tf.Operation, geometry: Geometry) -> bool:
    """Whether an operation looks past the border of its maps."""
    (before, after), (reach, stride, first) = (op.inputs[0], op.outputs[0]), map(np.array, geometry)
    last = (np.array(after.shape[1:3]) - 1) * stride - first + reach
    return bool(first.any() or (last > before.shape[1:3]).any())


def _pixels(maps: tf.Tensor) -> tf.Tensor:
    return tf.reshape(maps, (-1, maps.shape[-1]))


def _within(places: tf.Tensor, start, length) -> tf.Tensor:
    start = start[:, None] if isinstance(start, tf.Tensor) else start
    return (places >= start) & (places < start + length)


def _windows(op: tf.Operation, values: list[tf.Tensor], step: Step) -> list[_Window]:
    assert step.window is not None
    return [
        _Window(clean, value, step.window) for clean, value in zip(op.outputs, values, strict=True)
    ]


def _folded(
    op: tf.Operation, tail: list[tf.Operation]
) -> tuple[tf.Tensor | None, tf.Tensor | None]:
    """The kernel that computes a convolution and its tail, and what is left to add; None without
    a tail."""
    if not tail:
        return None, None
    maps = op.outputs[0]
    scale, offset = tf.ones(maps.shape[-1:], maps.dtype), tf.zeros(maps.shape[-1:], maps.dtype)
    for after in tail:
        other = _of_each_channel(after, maps)
        assert other is not None  # else it would be in no tail
        other = tf.reshape(other, [-1])
        if after.type == "Mul":
            scale, offset = scale * other, offset * other
        else:
            offset += other
        maps = after.outputs[0]
    kernel = op.inputs[1]
    if op.type == "DepthwiseConv2dNative":
        scale = tf.reshape(scale, kernel.shape[2:])
    return kernel * scale, offset


def _plus(result: _Window | tf.Tensor, offset: tf.Tensor, maps: tf.Tensor) -> _Window | tf.Tensor:
    if isinstance(result, _Window):
        return _Window(maps, tf.nn.bias_add(result.values, offset), result.number)
    return tf.nn.bias_add(result, offset)


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
