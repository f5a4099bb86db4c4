"""What a network overlooks: how far its features move when an image is turned, scaled or shifted.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, figure 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf
from skimage.transform import warp
from tqdm.auto import tqdm

from helpers.methods.occlusion import centre_and_corner_places, cover
from helpers.models import graph
from helpers.own_work import solves

__all__ = ["Invariance", "Predictions", "invariance", "predictions", "transformed"]


def transformed(
    images: np.ndarray, kind: str, degree: float | tuple[float, float], fill: float = 0.0
) -> np.ndarray:
    """Copies of `images` (N, H, W, C), float, of the same size, turned, scaled or shifted.

    `kind` and what `degree` means: "rotation", degrees counter-clockwise about the centre;
    "scaling", a factor of size about the centre, above 1 larger; "translation", pixels to the
    right, or (down, right). What comes in over the border is `fill`, in the images' own range.
    Between pixels values are interpolated linearly; a rotation by a multiple of 90° that keeps the
    image's shape is exact, and so is a shift by whole pixels. `ValueError` for anything else.

    >>> from helpers.methods import invariance
    >>> row = np.array([1.0, 2.0, 3.0]).reshape(1, 1, 3, 1)
    >>> invariance.transformed(row, "translation", 1).ravel()
    array([0., 1., 2.])
    """
    images = np.asarray(images)
    if images.ndim != 4 or not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"images must be (N, H, W, C), float, got {images.dtype} of shape {images.shape}"
        )
    height, width = images.shape[1:3]
    numbers = list(degree) if isinstance(degree, Iterable) else [degree]
    pair = kind == "translation" and len(numbers) == 2
    if not (pair or len(numbers) == 1) or not all(
        isinstance(number, Real) and np.isfinite(number) for number in numbers
    ):
        raise ValueError(
            f"degree is {degree!r}; give a number, or for a translation (down, right), too"
        )
    amount = numbers[-1]
    if kind == "translation":
        down = numbers[0] if pair else 0
        return _warped(images, np.eye(2), (-down, -amount), fill)
    if kind == "scaling":
        if amount <= 0:
            raise ValueError(f"degree is {amount}; a scaling is a factor greater than 0")
        return _about_the_centre(images, np.eye(2) / amount, fill)
    if kind == "rotation":
        quarters, rest = divmod(amount, 90)
        if rest == 0 and (height == width or quarters % 2 == 0):
            return np.rot90(images, int(quarters), axes=(1, 2)).copy()
        sine, cosine = np.sin(np.deg2rad(amount)), np.cos(np.deg2rad(amount))
        return _about_the_centre(images, np.array([[cosine, sine], [-sine, cosine]]), fill)
    raise ValueError(f"kind is {kind!r}; choose 'rotation', 'scaling' or 'translation'")


def _about_the_centre(images: np.ndarray, matrix: np.ndarray, fill: float) -> np.ndarray:
    centre = (np.array(images.shape[1:3]) - 1) / 2
    return _warped(images, matrix, centre - matrix @ centre, fill)


def _warped(images: np.ndarray, matrix: np.ndarray, offset, fill: float) -> np.ndarray:
    """The value of pixel (row, column) is taken from `matrix` @ (row, column) + `offset`."""
    count, height, width, channels = images.shape
    map_ = np.eye(3)
    map_[:2, :2], map_[:2, 2] = matrix[::-1, ::-1], np.asarray(offset)[::-1]  # of (x, y)
    # A copy, as warp refuses arrays that cannot be written to.
    stack = np.moveaxis(images, 0, 2).reshape(height, width, count * channels).copy()
    moved = warp(stack, map_, order=1, mode="constant", cval=fill, clip=False, preserve_range=True)
    moved = moved.reshape(height, width, count, channels)
    return np.ascontiguousarray(np.moveaxis(moved, 2, 0), images.dtype)


@dataclass(frozen=True, eq=False)
class Invariance:
    """What T degrees of one kind of transformation do to N images.

    `distances` by layer, (N, T) float32: the Euclidean distance between the features of the
    transformed image and of the image itself. It is a share of the length of the latter, and NaN
    where that length is 0. `classes` (N,) int and their `probabilities` (N, T) float32.

    >>> from helpers.methods import invariance
    >>> found = invariance.invariance(model, images, "rotation", [0, 90, 180], classes=1)
    >>> found.classes, found.probabilities.shape
    (array([1, 1, 1, 1]), (4, 3))
    """

    kind: str
    degrees: np.ndarray
    distances: dict[str, np.ndarray]
    classes: np.ndarray
    probabilities: np.ndarray


@solves("feature_distance")
def invariance(
    model: keras.Model,
    images: np.ndarray,
    kind: str,
    degrees: Sequence[float],
    layers: Iterable[str] | None = None,
    classes: int | Sequence[int] | None = None,
    head: str | int | None = None,
    fill: float = 0.0,
    batch_size: int = 256,
) -> Invariance:
    """How far features move when images are transformed, and what becomes of a probability.

    Each of `images` (N, H, W, C) is transformed by each of `degrees` (T,). `kind`, `degrees` and
    `fill` as in `transformed`. `layers`: by default the first convolution on which `head` depends,
    and the layer whose features its logits are computed from.
    `classes`: one for all or one for each image; by default what the model says to the image
    itself. `head` where the model has several; of a head that gives logits their softmax.
    Transformed images are made and judged a batch at a time. `ValueError` for a model or a class
    that does not fit.

    >>> from helpers.methods import invariance
    >>> found = invariance.invariance(model, images, "rotation", [0, 90, 180], layers=["l2"])
    >>> found.distances["l2"].shape
    (4, 3)
    """
    images = graph.check_images(model, images)
    degrees = np.asarray(degrees)
    if not degrees.size:
        raise ValueError("there are no degrees: name at least one")
    layers = _ends(model, head) if layers is None else layers
    layers = graph.names_of(layers)
    run = _answers(model, layers, head)
    slices = list(graph.batches(len(images), batch_size))
    distances = {name: np.zeros((len(images), len(degrees)), np.float32) for name in layers}
    probabilities = []
    with tqdm(total=len(slices) * len(degrees), desc=kind, leave=False, delay=1) as bar:
        for part in slices:
            features, answers = run(tf.constant(images[part]))
            under = []
            for t, degree in enumerate(degrees):
                moved, answer = run(tf.constant(transformed(images[part], kind, degree, fill)))
                for name, of_layer in distances.items():
                    off = np.linalg.norm(moved[name] - features[name], axis=1)
                    size = np.linalg.norm(features[name], axis=1)
                    of_layer[part, t] = np.where(
                        size > 0, off / np.where(size > 0, size, 1), np.nan
                    )
                under.append(answer.numpy())
                bar.update()
            probabilities.append(np.stack([answers.numpy(), *under], axis=1))
    probabilities = np.concatenate(probabilities)
    classes = _classes(classes, probabilities[:, 0])
    chosen = np.take_along_axis(probabilities[:, 1:], classes[:, None, None], axis=2)
    return Invariance(kind, degrees, distances, classes, chosen[..., 0])


class Predictions(NamedTuple):
    """What the model says to N images under T transformations: the `names` of these, the `images`
    (N, T, H, W, C), the predicted `classes` (N, T) int and their `probabilities` (N, T) float32.

    >>> from helpers.methods import invariance
    >>> invariance.predictions(model, images, size=3).names[:3]
    ('as it is', 'turned by 90°', 'turned by 180°')
    """

    names: tuple[str, ...]
    images: np.ndarray
    classes: np.ndarray
    probabilities: np.ndarray


def predictions(
    model: keras.Model,
    images: np.ndarray,
    size: int | tuple[int, int],
    head: str | int | None = None,
    fill: float = 0.0,
    batch_size: int = 256,
) -> Predictions:
    """The predicted class of images as they are, turned and partly covered, and its probability.

    `images` (N, H, W, C) are turned by 90° and by 180°. Their centre or a corner is covered by a
    patch of `size`. `size` in pixels, one number or (height, width); `fill` covers it, and what a
    turned image leaves empty. `head` where the model has several; of a head that gives logits their
    softmax.

    >>> from helpers.methods import invariance
    >>> found = invariance.predictions(model, images, size=3)
    >>> found.images.shape, found.classes.shape
    ((4, 8, 8, 8, 1), (4, 8))
    """
    images = graph.check_images(model, images)
    variants = {
        "as it is": images,
        "turned by 90°": transformed(images, "rotation", 90, fill),
        "turned by 180°": transformed(images, "rotation", 180, fill),
    }
    for name, place in centre_and_corner_places(images.shape[1:3], size).items():
        variants[f"{name} covered"] = cover(images, place, size, fill)
    all_ = np.stack(list(variants.values()), axis=1)
    rows, run = all_.reshape(-1, *images.shape[1:]), _answers(model, (), head)
    answers = [run(tf.constant(rows[part]))[1] for part in graph.batches(len(rows), batch_size)]
    answers = np.concatenate(answers).reshape(*all_.shape[:2], -1)
    return Predictions(tuple(variants), all_, answers.argmax(axis=-1), answers.max(axis=-1))


def _answers(model: keras.Model, layers: tuple[str, ...], head: str | int | None):
    """Compiled: for a batch the features (N, …) of each layer, flat, and what `head` answers."""

    def answers(batch):
        outputs = graph.forward(model, batch, layers)
        answer = outputs.answer(head)
        if len(answer.shape) != 2:
            raise ValueError(
                f"{model.name!r} gives an output of shape {tuple(answer.shape)}; probabilities "
                "need one of shape (N, classes)"
            )
        answer = tf.nn.softmax(answer) if answer is outputs.logits(head) else answer
        flat = {
            name: tf.reshape(tf.cast(features, tf.float32), (tf.shape(features)[0], -1))
            for name, features in outputs.inner.items()
        }
        return flat, tf.cast(answer, tf.float32)

    return graph.compiled(model, ("features and answers", layers, head), answers)


def _ends(model: keras.Model, head: str | int | None) -> tuple[str, ...]:
    """The first convolution on which `head` depends, and the layer that its logits are made of."""
    convolutions, dense = graph.conv_layers(model), graph.dense_layers(model)

    def ends(batch):
        outputs = graph.forward(model, batch, None)
        features = {n: outputs.inner[n] for n in (*convolutions, *dense) if n in outputs.inner}
        answer, tensors = outputs.answer(head), list(features.values())

        def reached(stop=()):
            slopes = tf.gradients(answer, tensors, stop_gradients=stop)
            return [n for n, slope in zip(features, slopes, strict=True) if slope is not None]

        first = [name for name in reached() if name in convolutions][:1]
        logits = reached(tensors)  # no other layer with a kernel comes after
        last = []
        if len(logits) == 1:
            op = outputs.given[logits[0]].op
            while op.type in ("Identity", "Cast", "Reshape"):
                op = op.inputs[0].op
            last = [name for name, inner in outputs.inner.items() if inner.op.name == op.name][:1]
        if not (first and last):
            raise ValueError(
                f"{model.name!r} has no convolution to begin with, or no one layer that its logits "
                "are made of: name layers"
            )
        return dict.fromkeys(first + last, tf.constant(0))

    return tuple(graph.compiled(model, ("ends", head), ends).structured_outputs)


def _classes(classes, answers: np.ndarray) -> np.ndarray:
    """(N,) classes: those asked for, or those of the largest of `answers` (N, classes)."""
    if classes is None:
        return answers.argmax(axis=1)
    classes = np.asarray(classes)
    count = answers.shape[1]
    if (
        not np.issubdtype(classes.dtype, np.integer)
        or classes.shape not in ((), (len(answers),))
        or not (classes.min() >= 0 and classes.max() < count)
    ):
        raise ValueError(
            f"classes are {classes}; give one from 0 to {count - 1}, or one for each of the "
            f"{len(answers)} images"
        )
    return np.broadcast_to(classes, len(answers))
