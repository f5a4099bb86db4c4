"""Where a score comes from: cover a patch of the image, and see by how much the score drops.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.2.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import product
from numbers import Integral, Real
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from skimage.filters import gaussian
from tqdm.auto import tqdm

from helpers.methods import incremental
from helpers.methods.silence import told
from helpers.models import graph
from helpers.own_work import solves
from helpers.scores import ClassScore, Score, as_score

__all__ = [
    "Places",
    "average_over_patches",
    "centre_and_corner_places",
    "centre_and_corners",
    "cover",
    "occlusion_map",
    "positions",
]

METHODS = ("incremental", "full")


@solves("drop_map")
def occlusion_map(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    patch: int | tuple[int, int] = 7,
    stride: int | tuple[int, int] = 1,
    fill: float | str = 0.0,
    probability: bool = False,
    smooth: float = 0.0,
    method: str = "incremental",
    batch_size: int | None = None,
    seed: int = 0,
) -> np.ndarray:
    """The drop of `score` when a patch is covered, averaged over the patches that cover a pixel.

    Args:
        images: (N, H, W, C), in the model's own input range.
        patch, stride: in pixels, one number or (height, width). Patches start at 0, stride,
            2 · stride and so on, and a last one ends flush with the border (see `positions`).
        fill: what a patch is covered with. It is a number in the model's input range, or the
            image's own "mean" colour. Or it is the image's own "blur" (a Gaussian as wide as half
            the patch), or "noise" (its own pixels in an order drawn with `seed`).
        probability: explain the class's probability, as the model's softmax or sigmoid gives it,
            in place of its logit; for a `ClassScore` only.
        smooth: standard deviation, in pixels, of a Gaussian that smooths the map; 0 for none.
        method: "incremental" computes only what a patch changes (see `incremental`), "full" each
            covered image as a whole. The results agree, but for rounding.
        batch_size: covered images at a time, of one or of many images; memory grows with it alone.
            By default as many as need some hundred megabytes.

    Returns:
        (N, H, W) float32, in units of the score. Positive where covering lowers it.

    Raises:
        ValueError: for a patch larger than the image, a stride below 1 or larger than the patch,
            an unknown fill or method, or a probability of what has none.

    >>> from helpers.methods import occlusion
    >>> occlusion.occlusion_map(model, images, 1, patch=4, stride=2).shape
    (4, 8, 8)
    """
    images, score = _pictures(model, images), as_score(score)
    if probability and not isinstance(score, ClassScore):
        raise ValueError(f"only a ClassScore has a probability, {score!r} has none")
    if smooth < 0:
        raise ValueError(f"smooth is {smooth}; it is a width in pixels, 0 or more")
    patch, stride = _pair(patch), _pair(stride)
    rows, columns = map(positions, images.shape[1:3], patch, stride)

    def value(outputs, score):
        if probability:
            return score.pick(outputs.probabilities(score.head))
        return score(outputs)

    reading = Reading(("occlusion", probability), score, value)
    patches = Patches([_outside(images), *product(rows, columns)], patch, fill, seed)
    values = _covered_outputs(model, reading, images, patches, method, batch_size)
    drops = values[:, :1] - values[:, 1:]
    maps = average_over_patches(
        drops.reshape(-1, len(rows), len(columns)), rows, columns, patch, images.shape[1:3]
    )
    told(maps, "No patch changes the score: take another fill, or a larger patch.")
    return gaussian(maps, (0, smooth, smooth), mode="nearest") if smooth else maps


@solves("patch_positions")
def positions(size: int, patch: int, stride: int) -> np.ndarray:
    """Where patches start along an axis of `size` pixels, so that they cover every pixel.

    0, stride, 2 · stride and so on while the patch fits, and a last one flush with the border
    where those do not reach it. Returns (patches,) int, increasing.

    >>> from helpers.methods import occlusion
    >>> occlusion.positions(size=8, patch=3, stride=2)
    array([0, 2, 4, 5])
    """
    if not 1 <= patch <= size:
        raise ValueError(f"a patch of {patch} pixels does not fit an image of {size}: 1 to {size}")
    if not 1 <= stride <= patch:
        raise ValueError(
            f"stride is {stride}: from 1 to the patch's {patch} pixels, or some stay uncovered"
        )
    last = size - patch
    return np.unique(np.append(np.arange(0, last + 1, stride), last))


@solves("average_overlaps")
def average_over_patches(
    drops: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    patch: tuple[int, int],
    size: tuple[int, int],
) -> np.ndarray:
    """The mean of `drops` over the patches that cover a pixel, for each pixel: (N, H, W) float32.

    `drops` are (N, rows, columns), one for each patch. The upper left corners of the patches are at
    `rows` × `columns`. Every pixel must be covered.

    >>> from helpers.methods import occlusion
    >>> drops, rows, columns = np.array([[[2.0, 4.0]]]), np.array([0]), np.array([0, 1])
    >>> occlusion.average_over_patches(drops, rows, columns, patch=(1, 2), size=(1, 3))
    array([[[2., 3., 4.]]], dtype=float32)
    """
    down, across = (
        ((start[:, None] <= pixel) & (pixel < start[:, None] + length)).astype(np.float64)
        for start, length, pixel in zip((rows, columns), patch, map(np.arange, size), strict=True)
    )  # (rows, H) and (columns, W): which patch covers which pixel
    counts = down.sum(axis=0)[:, None] * across.sum(axis=0)
    return (down.T @ drops.astype(np.float64) @ across / counts).astype(np.float32)


class Places(NamedTuple):
    """What the model predicts with each of P places covered.

    `names` are those of the places. `classes` (N, P) int are the predicted classes, `probabilities`
    (N, P) float32 how probable the model finds them.

    >>> from helpers.methods import occlusion
    >>> occlusion.centre_and_corners(model, images, size=3).names[:3]
    ('nothing', 'centre', 'top left')
    """

    names: tuple[str, ...]
    classes: np.ndarray
    probabilities: np.ndarray


@solves("covered_places")
def centre_and_corners(
    model: keras.Model,
    images: np.ndarray,
    size: int | tuple[int, int],
    fill: float | str = 0.0,
    head: str | int | None = None,
    batch_size: int | None = None,
    seed: int = 0,
) -> Places:
    """The predicted class and its probability, with nothing, the centre or a corner covered.

    `size` of the patch in pixels, one number or (height, width); `fill` and the rest as in
    `occlusion_map`; `head` where the model has several.

    >>> from helpers.methods import occlusion
    >>> found = occlusion.centre_and_corners(model, images, size=3)
    >>> len(found.names), found.classes.shape
    (6, (4, 6))
    """
    images, patch = _pictures(model, images), _pair(size)
    places = {"nothing": _outside(images)} | centre_and_corner_places(images.shape[1:3], patch)

    def read(outputs, score):
        return outputs.probabilities(head)

    reading = Reading(("centre_and_corners", head), None, read)
    patches = Patches(list(places.values()), patch, fill, seed)
    answers = _covered_outputs(model, reading, images, patches, "incremental", batch_size)
    return Places(tuple(places), answers.argmax(axis=-1), answers.max(axis=-1))


def centre_and_corner_places(
    size: tuple[int, int], patch: int | tuple[int, int]
) -> dict[str, tuple[int, int]]:
    """The places in the centre and in the corners of an image where a patch can lie, by name.

    The image has `size` (height, width). A place is (row, column) of the patch's upper left corner.

    >>> from helpers.methods import occlusion
    >>> occlusion.centre_and_corner_places((8, 8), patch=3)["bottom right"]
    (5, 5)
    """
    bottom, right = (int(positions(n, p, p)[-1]) for n, p in zip(size, _pair(patch), strict=True))
    return {
        "centre": (bottom // 2, right // 2),
        "top left": (0, 0),
        "top right": (0, right),
        "bottom left": (bottom, 0),
        "bottom right": (bottom, right),
    }


@solves("cover_patch")
def cover(
    images: np.ndarray,
    place: tuple[int, int],
    patch: int | tuple[int, int],
    fill: float | str = 0.0,
    seed: int = 0,
) -> np.ndarray:
    """Copies of `images` (N, H, W, C) with one patch covered.

    The upper left corner of the patch is at `place` (row, column). `patch`, `fill` and `seed` are
    as in `occlusion_map`.

    >>> from helpers.methods import occlusion
    >>> covered = occlusion.cover(np.ones((1, 2, 3, 1)), place=(0, 1), patch=2)
    >>> covered[0, ..., 0]
    array([[1., 0., 0.],
           [1., 0., 0.]])
    """
    (row, column), (height, width) = place, _pair(patch)
    covered, window = images.copy(), np.s_[:, row : row + height, column : column + width]
    covered[window] = filling(images, fill, (height, width), seed)[window]
    return covered


@dataclass(frozen=True)
class Patches:
    """What is covered: a patch (height, width) at each of `places`, the (row, column) of its upper
    left corner, with `fill`, for which `seed` counts where it is noise."""

    places: Sequence[tuple[int, int]]
    size: tuple[int, int]
    fill: float | str
    seed: int

    def filling(self, images: np.ndarray) -> np.ndarray:
        """(N, H, W, C): the picture from which the patches are cut."""
        return filling(images, self.fill, self.size, self.seed)


@dataclass(frozen=True)
class Reading:
    """What is read off the outputs: `read(outputs, score)`; the key says in what it differs from
    others, as in `graph.compiled`."""

    key: Hashable
    score: Score | None
    read: Callable[[graph.Outputs, Score | None], tf.Tensor]

    @property
    def layers(self) -> tuple[str, ...]:
        return self.score.layers if self.score else ()


def _covered_outputs(
    model: keras.Model,
    reading: Reading,
    images: np.ndarray,
    patches: Patches,
    method: str,
    batch_size: int | None,
) -> np.ndarray:
    """(N, places, ...): what is read off the outputs, for each image with each place covered.

    A batch of (image, place) pairs at a time; a place outside the image covers nothing.
    """
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; choose {' or '.join(map(repr, METHODS))}")
    shape, places = images.shape[1:], np.array(patches.places)
    planned = model, reading.layers, places, patches.size, shape
    make = incremental.plan if method == "incremental" else incremental.whole
    # The last one is kept: the next map often has the same patches.
    latest = graph.remembered(model, ("plan", method, reading.layers), dict)
    key = places.tobytes(), patches.size, shape
    if key not in latest:
        latest.clear()
        latest[key] = make(*planned)
    plan = latest[key]
    if plan.unknown:
        start = f" from {plan.unknown!r} on" if plan.steps else ""
        print(
            f"Occlusion computes whole maps{start}: what a patch changes cannot be followed "
            f"through {plan.unknown!r}."
        )

    try:
        keep, run = _compiled(model, reading, plan, shape)
    except incremental.Changed:
        print("The model was changed since the last map: this one is computed as a whole.")
        graph.forget(model)
        plan = incremental.whole(*planned)
        keep, run = _compiled(model, reading, plan, shape)
    if batch_size is None:
        batch_size = plan.batch_size
    # Few images at a time: what is kept of them is copied for each batch.
    at_once = int(
        np.clip(incremental.BATCH_VALUES // max(plan.clean, 1), 1, max(batch_size // 16, 1))
    )
    order = plan.order()
    result: Any = None  # made when the first answer shows its shape
    slices = [
        (some, part)
        for some in graph.batches(len(images), at_once)
        for part in graph.batches((some.stop - some.start) * len(places), batch_size)
    ]

    def prepared():
        for some, part in slices:
            if part.start == 0:
                under = tf.constant(patches.filling(images[some]))
                batch = tf.constant(images[some])
                kept = keep(batch) if keep else ()
            which, image = np.divmod(np.arange(part.start, part.stop), some.stop - some.start)
            place = order[which]
            pairs = np.column_stack([image, places[place]]).astype(np.int32)
            where = map(tf.constant, (pairs, patches.size, *plan.lie(place)))
            yield some.start + image, place, (batch, under, *where, *kept)

    def covered(batch):
        image, place, inputs = batch
        return image, place, run(*inputs).numpy()

    batches = graph.overlapped(covered, prepared())
    bar = {"desc": "occlusion", "total": len(slices), "unit": "batch", "leave": False, "delay": 1}
    for image, place, found in tqdm(batches, **bar):
        if result is None:
            result = np.empty((len(images), len(places), *found.shape[1:]), found.dtype)
        result[image, place] = found
    return result


def _compiled(
    model: keras.Model, reading: Reading, plan: incremental.Plan, shape: tuple[int, ...]
) -> tuple[Any, Any]:
    """What computes all that is kept of clean images, and what computes covered ones. Both belong
    to one key, so that both are of the model as it was at one time."""

    watch = reading.layers

    def clean(batch):
        return incremental.clean(model, batch, watch, plan)

    def outputs(batch, score, under, pairs, patch, starts, sizes, *kept):
        if plan.steps:
            found = incremental.forward(
                model, batch, watch, plan, under, pairs, patch, starts, sizes, *kept
            )
        else:
            found = graph.forward(model, _covered(batch, under, pairs, patch), watch)
        return tf.cast(reading.read(found, score), tf.float32)

    key = reading.key, watch, plan.steps, plan.kept
    both = *key, graph.shared(reading.score)
    keep = graph.compiled(model, both, clean, shape=shape) if plan.kept else None
    specs = [((None,) * 4, tf.float32), ((None, 3), tf.int32), ((2,), tf.int32)]
    specs += [((len(plan.windows), None, 2), tf.int32), ((len(plan.windows), 2), tf.int32)]
    specs += [((None, *kept.shape[1:]), kept.dtype) for kept in (keep.outputs if keep else ())]
    specs = [tf.TensorSpec(*spec) for spec in specs]
    return keep, graph.compiled_score(model, key, reading.score, outputs, *specs, shape=shape)


def _covered(batch, under, pairs, patch) -> tf.Tensor:
    """The images of `batch` that `pairs` name, each with its patch covered."""
    image, start = pairs[:, 0], pairs[:, 1:, None]
    rows, columns = (
        (start[:, axis] <= pixel) & (pixel < start[:, axis] + patch[axis])
        for axis, pixel in enumerate(map(tf.range, tf.unstack(tf.shape(batch)[1:3])))
    )
    mask = rows[:, :, None, None] & columns[:, None, :, None]
    covered = tf.where(mask, tf.gather(under, image), tf.gather(batch, image))
    return tf.ensure_shape(covered, batch.shape)


def filling(images: np.ndarray, fill: float | str, patch: tuple[int, int], seed: int) -> np.ndarray:
    """What lies under a patch, (N, H, W, C): a picture to cut it from. "blur" is a Gaussian with
    the standard deviation of half a patch."""
    if fill == "mean":
        return np.broadcast_to(images.mean(axis=(1, 2), keepdims=True), images.shape)
    if fill == "blur":
        return gaussian(images, (0, patch[0] / 2, patch[1] / 2, 0), mode="nearest")
    if fill == "noise":
        pixels = images.reshape(len(images), -1, images.shape[-1])
        order = np.random.default_rng(seed).permutation(pixels.shape[1])
        return pixels[:, order].reshape(images.shape)
    if isinstance(fill, Real) and np.isfinite(fill):
        return np.full_like(images, fill)
    raise ValueError(
        f"fill is {fill!r}; give a number in the input range, 'mean', 'blur' or 'noise'"
    )


def _outside(images: np.ndarray) -> tuple[int, int]:
    """A place where a patch covers nothing."""
    return images.shape[1], images.shape[2]


def _pictures(model: keras.Model, images: np.ndarray) -> np.ndarray:
    images = graph.check_images(model, images)
    if images.ndim != 4:
        raise ValueError(f"patches need images (N, H, W, C), {model.name!r} takes {images.shape}")
    return images


def _pair(size: int | tuple[int, int]) -> tuple[int, int]:
    """(height, width); one number stands for both."""
    height, width = size if isinstance(size, tuple | list) else (size, size)
    for number in (height, width):
        if not isinstance(number, Integral) or isinstance(number, bool):
            raise TypeError(f"{size!r} is no size: give pixels, one whole number or two")
    return int(height), int(width)
