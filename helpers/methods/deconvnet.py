"""What a filter answers to, projected down to the pixels: the deconvolutional network.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from helpers.methods.saliency import RULES, check_relus
from helpers.methods.windows import POINTWISE, geometry
from helpers.models import graph

__all__ = ["Field", "Strongest", "patches", "project", "receptive_field", "strongest"]


# What a rule at every ReLU is called in `saliency`.
_METHODS = {"deconvnet": "the deconvnet", "guided": "guided backprop"}


def project(
    model: keras.Model,
    images: np.ndarray,
    layer: str,
    index: int,
    batch_size: int = 32,
    *,
    rule: str = "deconvnet",
) -> np.ndarray:
    """Each image's strongest activation of one filter, projected down to the pixels.

    It is filter number `index` of `layer`.

    All other activations of the layer are set to zero. Then the signal goes down, layer by layer. A
    pool's values go back to where its maxima were (the switches). A ReLU rectifies the signal,
    whatever its own input was. A convolution or dense layer is applied transposed, without its
    bias. Batch normalisation only scales. The pixels themselves are not rectified.

    This is the gradient of the activation, with each ReLU's own gradient replaced by the
    rectification of the signal, times the activation; and so it is computed. Hence it is defined
    for branching models too: where paths join, the signal takes both, as a gradient does; where
    pools overlap it adds up. Other activations and average pools keep their gradient.

    With `rule` "guided" a ReLU also stops the signal where its own output was 0 (a ReLU6 where it
    was 6, too), as in guided backpropagation. A network without max pools has no switches. There a
    deconvnet knows of the image only where the activation is and how strong. So such a network
    needs the other rule (Springenberg et al., arXiv:1412.6806). A layer that ends in a ReLU6 has
    strongest activations of 6, which that rule stops at once: take the layer before it.

    Returns (N, H, W, C) float32, signed; zeros for an image in which no activation of the filter
    is above 0. In a dense layer a filter is a unit. `ValueError` for a model in which not every
    ReLU can be reached, or which has none (as in `saliency.guided_backprop`), and for another rule;
    `IndexError` where there is no such filter.

    >>> from helpers.methods import deconvnet
    >>> deconvnet.project(model, images, "l2", 3).shape
    (4, 8, 8, 1)
    """
    images = graph.check_images(model, images)
    if rule not in _METHODS:
        raise ValueError(f"rule is {rule!r}; choose 'deconvnet' or 'guided'")
    method = _METHODS[rule]

    def projected(batch, index):
        # The operations traced in here, and only these, are given another gradient.
        traced = tf.compat.v1.get_default_graph()
        with traced.gradient_override_map(RULES[method]):
            maps = graph.forward(model, batch, [layer]).inner[layer]
        check_relus(model, traced, method)
        chosen = _flat(tf.gather(maps, index, axis=-1)[..., None])[..., 0]
        place = tf.one_hot(tf.argmax(chosen, axis=1), tf.shape(chosen)[1], dtype=chosen.dtype)
        found = tf.gradients(chosen, batch, tf.stop_gradient(place * tf.nn.relu(chosen)))[0]
        if found is None:
            raise ValueError(f"layer {layer!r} has no gradient at the images of {model.name!r}")
        return found

    _check_filters(model, layer, [index])
    number = tf.TensorSpec((), tf.int32)
    run = graph.compiled(model, (method, layer), projected, number)
    parts = list(graph.batches(len(images), batch_size))
    bar = tqdm(parts, desc="deconvnet", unit="batch", leave=False, delay=1)
    return np.concatenate([run(tf.constant(images[part]), tf.constant(index)) for part in bar])


class Strongest(NamedTuple):
    """The k images in which each of F filters answers most strongly, strongest first.

    `values` (F, k) float32; `images` (F, k) int, which image; `positions` (F, k, 2) int, where in
    the filter's map: (row, column).

    >>> from helpers.methods import deconvnet
    >>> found = deconvnet.strongest(model, images, "l2", filters=[3], k=2)
    >>> found.values.shape, found.positions.shape
    ((1, 2), (1, 2, 2))
    """

    values: np.ndarray
    images: np.ndarray
    positions: np.ndarray


def strongest(
    model: keras.Model,
    images: np.ndarray,
    layer: str,
    filters: Iterable[int] | None = None,
    k: int = 9,
    batch_size: int = 256,
) -> Strongest:
    """The `k` images that each filter answers to most strongly, and where in them.

    `images` are (N, H, W, C), `filters` by default all of `layer`. An image counts with its
    strongest place only, so that the k are different images (all N, if there are fewer); of equal
    activations the earlier image comes first. One pass in batches, of which only these are kept:
    memory does not grow with N. In a dense layer a filter is a unit, at position (0, 0).
    `IndexError` where there is no such filter, `ValueError` for k below 1.

    >>> from helpers.methods import deconvnet
    >>> deconvnet.strongest(model, images, "l2", k=2).images.shape
    (6, 2)
    """
    images = graph.check_images(model, images)
    if k < 1:
        raise ValueError(f"k is {k}; it must be at least 1")
    filters = _check_filters(model, layer, filters)

    def peaks(batch, filters):
        maps = _maps(model, layer, batch)
        chosen = _flat(tf.gather(maps, filters, axis=-1))
        place = tf.argmax(chosen, axis=1)
        width = tf.shape(maps, tf.int64)[2] if len(maps.shape) == 4 else tf.constant(1, tf.int64)
        values = tf.cast(tf.reduce_max(chosen, axis=1), tf.float32)
        return values, tf.stack([place // width, place % width], axis=-1)

    run = graph.compiled(model, ("strongest", layer), peaks, tf.TensorSpec((None,), tf.int32))
    best: Any = None
    parts = list(graph.batches(len(images), batch_size))
    for part in tqdm(parts, desc="strongest", unit="batch", leave=False, delay=1):
        values, places = run(tf.constant(images[part]), tf.constant(filters, tf.int32))
        count = part.stop - part.start
        numbers = np.broadcast_to(np.arange(part.start, part.stop), (len(filters), count))
        new = values.numpy().T, numbers, places.numpy().swapaxes(0, 1)
        both = (
            [np.concatenate(pair, axis=1) for pair in zip(best, new, strict=True)] if best else new
        )
        order = np.argsort(-both[0], axis=1, kind="stable")[:, :k]
        rows = np.arange(len(filters))[:, None]
        best = [array[rows, order] for array in both]
    return Strongest(*best)


class Field(NamedTuple):
    """The part of an image that a position of a layer sees.

    It has `size` (height, width) pixels, and begins at `start` + position × `stride`, each (rows,
    columns). What lies before 0 is the border.

    >>> from helpers.methods.deconvnet import Field
    >>> Field(size=(3, 3), stride=(2, 2), start=(-1, -1)).corner((0, 5))
    (-1, 9)
    """

    size: tuple[int, int]
    stride: tuple[int, int]
    start: tuple[int, int]

    def corner(self, position: tuple[int, int]) -> tuple[int, int]:
        """The upper left pixel of what position (row, column) sees; negative in the border."""
        row, column = (
            int(start + step * place)
            for start, step, place in zip(self.start, self.stride, position, strict=True)
        )
        return row, column


def receptive_field(model: keras.Model, layer: str, size: tuple[int, int] | None = None) -> Field:
    """The part of the image that one position of `layer` sees, from the layers below it.

    It follows from their kernels, strides and padding. Of several paths it holds all that any of
    them sees. It is the whole image for a dense layer, and where an operation below it is no plain
    window: global pooling, resizing, Keras's grouped and dilated convolutions. `size`: (height,
    width) of the images, to be given where the model takes any; `ValueError` where it is not.

    >>> from helpers.methods import deconvnet
    >>> deconvnet.receptive_field(model, "l2")
    Field(size=(8, 8), stride=(2, 2), start=(-3, -3))
    """
    shape = graph.input_shape(model)
    if len(shape) != 3:
        raise ValueError(
            f"{model.name!r} takes inputs of shape {shape}; a receptive field is a part of an "
            "image (height, width, channels)"
        )
    height, width, channels = shape
    height, width = size or (height, width)
    if height is None or width is None:
        raise ValueError(f"{model.name!r} takes images of any size: give size=(height, width)")
    found: list[Any] = []

    def walk(batch):
        found.append(_seen(_maps(model, layer, batch), batch))

    spec = tf.TensorSpec((1, height, width, channels), tf.float32)
    tf.function(walk, autograph=False).get_concrete_function(spec)
    if found[0] is None:
        raise ValueError(f"layer {layer!r} does not depend on the images of {model.name!r}")
    rows, columns = (
        axis or (0, 0, n - 1) for axis, n in zip(found[0], (height, width), strict=True)
    )
    return Field(
        (rows[2] - rows[1] + 1, columns[2] - columns[1] + 1),
        (rows[0], columns[0]),
        (rows[1], columns[1]),
    )


def patches(
    pictures: np.ndarray, field: Field, positions: np.ndarray, fill: float = 0.0
) -> np.ndarray:
    """The part of each picture that a position of a layer sees: (n, h, w, C).

    `pictures` (n, H, W, C) are images or projections, and each has one of `positions` (n, 2).
    Outside the picture there is `fill`.

    >>> from helpers.methods import deconvnet
    >>> field = deconvnet.receptive_field(model, "l1")
    >>> deconvnet.patches(images, field, positions=[[0, 0], [3, 4], [7, 7], [5, 1]]).shape
    (4, 3, 3, 1)
    """
    pictures, positions = np.asarray(pictures), np.asarray(positions)
    if pictures.ndim != 4 or positions.shape != (len(pictures), 2):
        raise ValueError(
            f"pictures {pictures.shape} and positions {positions.shape} must be (n, H, W, C) and "
            "(n, 2), one position for each picture"
        )
    cut = np.full((len(pictures), *field.size, pictures.shape[-1]), fill, pictures.dtype)
    for patch, picture, position in zip(cut, pictures, positions, strict=True):
        spans = list(zip(field.corner(position), field.size, picture.shape[:2], strict=True))
        seen = tuple(slice(max(0, at), max(0, at + length)) for at, length, _ in spans)
        part = picture[seen]
        inside = tuple(
            slice(max(0, -at), max(0, -at) + n)
            for (at, _, _), n in zip(spans, part.shape[:2], strict=True)
        )
        patch[inside] = part
    return cut


def _seen(tensor: tf.Tensor, image: tf.Tensor):
    """What place p of `tensor` sees of the image, for rows and for columns.

    Each is (stride, first, last): from p · stride + first to p · stride + last. An axis of which
    all is seen is None. A tensor that does not depend on the image gives None in place of both.
    """
    seen = {image.op.name: ((1, 0, 0), (1, 0, 0))}
    for op in tensor.graph.get_operations():  # in the order of tracing: inputs come first
        below = [(source, seen[source.op.name]) for source in op.inputs if source.op.name in seen]
        if below and op.outputs:
            seen[op.name] = tuple(_along(axis, op, below) for axis in (0, 1))
        if op.name == tensor.op.name:
            break
    return seen.get(tensor.op.name)


def _along(axis: int, op: tf.Operation, below: list):
    """One axis of `_seen`, of what the tensors `below` see that go into `op`."""
    source, output = below[0][0], op.outputs[0]
    four = source.shape.rank == output.shape.rank == 4
    if not four or any(seen[axis] is None for _, seen in below):
        return None
    stride, first, last = below[0][1][axis]
    if op.type in POINTWISE:
        if any(tensor.shape[axis + 1] != output.shape[axis + 1] for tensor, _ in below):
            return None  # joined along this axis, or one value for all places
        starts, ends = ([seen[axis][i] for _, seen in below] for i in (1, 2))
        return (stride, min(starts), max(ends)) if _one(below, axis) else None
    found = geometry(op)
    if found is None:
        return None
    reach, step, before = (each[axis] for each in found)
    return stride * step, first - before * stride, last + (reach - 1 - before) * stride


def _one(below: list, axis: int) -> bool:
    """Whether all of `below` move over the image at one pace."""
    return len({seen[axis][0] for _, seen in below}) == 1


def _flat(maps: tf.Tensor) -> tf.Tensor:
    """(N, places, filters) of maps (N, ..., filters)."""
    return tf.reshape(maps, (tf.shape(maps)[0], -1, tf.shape(maps)[-1]))


def _maps(model: keras.Model, layer: str, batch: tf.Tensor) -> tf.Tensor:
    return graph.forward(model, batch, [layer], heads_too=False).inner[layer]


def _check_filters(model: keras.Model, layer: str, filters: Iterable[int] | None) -> list[int]:
    """The filters asked for, all if None; `IndexError` where there is no such filter."""
    maps = graph.compiled(model, ("maps", layer), lambda batch: _maps(model, layer, batch))
    count = maps.structured_outputs.shape[-1]
    filters = list(range(count)) if filters is None else list(filters)
    for index in filters:
        if not 0 <= index < count:
            raise IndexError(
                f"there is no filter {index!r} in layer {layer!r}: choose from 0 to {count - 1}"
            )
    return filters
