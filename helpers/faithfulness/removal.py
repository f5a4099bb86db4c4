"""Does the score fall when what a map ranks highest is removed?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from numbers import Integral

from helpers.models import _quiet_tensorflow  # noqa: F401  # isort: skip  (first: it imports it)
import keras
import numpy as np
import tensorflow as tf
from scipy import sparse
from scipy.sparse.linalg import spsolve
from tqdm.auto import tqdm

from helpers.faithfulness.checked import checked
from helpers.methods.occlusion import filling
from helpers.models import graph
from helpers.scores import ClassScore, Score, as_score

__all__ = ["area_under", "deletion_curves", "impute", "insertion_curves", "road_curves"]


def deletion_curves(
    model: keras.Model,
    images: np.ndarray,
    maps: np.ndarray,
    score: Score | int,
    *,
    steps: int = 20,
    fill: float | str = 0.0,
    seed: int = 0,
    batch_size: int = 256,
    probability: bool = True,
) -> np.ndarray:
    """The value of `score` as pixels are replaced, those that a map ranks highest first.

    At point k of a curve, the share k/steps of the pixels is replaced. The faster the curve falls,
    the better the map knows what the score rests on. `area_under` sums a curve up.

    Args:
        images: (N, H, W, C), in the model's input range.
        maps: (N, H, W).
        fill: what pixels are replaced by, as in `occlusion_map`; "blur" is a Gaussian with the
            standard deviation of an eighth of the image. A fill that is itself unlike all the
            network has seen, or that is the background already, changes what is measured.
        seed: pixels of the same value go in a random order that is drawn with it, the same for all
            images. Their order in the array says nothing of the map. This concerns above all the
            zeros of a map after a ReLU.
        batch_size: altered images at a time, of one or of many images.
        probability: of a `ClassScore`, the class's probability rather than its logit; other scores
            are what they are.

    Returns:
        (N, steps + 1) float32: first the image as it is, last the filling alone.

    Petsiuk, Das and Saenko, RISE: Randomized Input Sampling for Explanation of Black-box Models,
    BMVC 2018.

    >>> from helpers import faithfulness
    >>> maps = np.arange(64).reshape(1, 8, 8)
    >>> faithfulness.deletion_curves(model, images[:1], maps, 1, steps=4).shape
    (1, 5)
    """
    change = _Change(steps, fill, seed, insert=False)
    return _curves(model, images, maps, score, change, batch_size, probability)


def insertion_curves(
    model: keras.Model,
    images: np.ndarray,
    maps: np.ndarray,
    score: Score | int,
    *,
    steps: int = 20,
    fill: float | str = 0.0,
    seed: int = 0,
    batch_size: int = 256,
    probability: bool = True,
) -> np.ndarray:
    """The value of `score` as pixels are put back, those that a map ranks highest first.

    A curve begins with the filling alone. At point k, the share k/steps of the image is back. The
    faster the curve rises, the better the map knows what is enough for the score. Arguments,
    result and paper as in `deletion_curves`.

    >>> from helpers import faithfulness
    >>> maps = np.arange(64).reshape(1, 8, 8)
    >>> faithfulness.insertion_curves(model, images[:1], maps, 1, steps=4).shape
    (1, 5)
    """
    change = _Change(steps, fill, seed, insert=True)
    return _curves(model, images, maps, score, change, batch_size, probability)


def road_curves(
    model: keras.Model,
    images: np.ndarray,
    maps: np.ndarray,
    score: Score | int,
    *,
    steps: int = 10,
    noise: float = 0.01,
    seed: int = 0,
    batch_size: int = 256,
    probability: bool = True,
) -> np.ndarray:
    """The value of `score` as pixels are removed and debiased (ROAD), the highest first.

    What is removed is guessed from what is left, by `impute`. So neither an edge nor the outline of
    the removed pixels tells the network anything new, as a filling with one colour does. A little
    noise keeps the guess from being smoother than any picture. A good map's curve falls fast.

    Args:
        steps: at point k, the share k/steps of the pixels is removed. All of them cannot be.
        noise: its standard deviation, in the model's input range.
        seed: draws the noise, and the order of pixels of the same value.

    The other arguments are as in `deletion_curves`. Returns (N, steps) float32: first the image as
    it is, last with one part of `steps` left.

    Rong, Leemann, Borisov, Kasneci and Kasneci, A Consistent and Efficient Evaluation Strategy for
    Attribution Methods, ICML 2022.

    >>> from helpers import faithfulness
    >>> maps = np.arange(64).reshape(1, 8, 8)
    >>> faithfulness.road_curves(model, images[:1], maps, 1, steps=4).shape
    (1, 4)
    """
    change = _Imputation(steps, noise, seed)
    return _curves(model, images, maps, score, change, batch_size, probability)


def impute(image: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """The image (H, W, C) with each missing pixel (H, W) as the weighted mean of its neighbours.

    The neighbours beside a pixel weigh twice as much as those at its corners. Missing neighbours
    are guessed as well, so this is a sparse system of linear equations. `ValueError` where no pixel
    is left.

    >>> from helpers import faithfulness
    >>> image = np.array([[[1.0], [0.0], [4.0]]])
    >>> faithfulness.impute(image, np.array([[False, True, False]]))[0, :, 0]
    array([1. , 2.5, 4. ])
    """
    gone = missing.ravel()
    if gone.all():
        raise ValueError("all pixels are missing: leave one at least")
    pixels = image.reshape(gone.size, -1).astype(float)
    if gone.any():
        rows = _less_the_neighbours(missing.shape)[gone]
        known = -rows[:, ~gone] @ pixels[~gone]
        pixels[gone] = spsolve(rows[:, gone].tocsc(), known).reshape(known.shape)
    return pixels.reshape(image.shape).astype(image.dtype)


@cache
def _less_the_neighbours(size: tuple[int, int]) -> sparse.csr_matrix:
    """(pixels, pixels): each pixel's value less the weighted mean of its neighbours."""
    height, width = size
    line, column = (sparse.diags([1.0, 1.0], [-1, 1], shape=(n, n)) for n in size)
    beside = sparse.kron(line, sparse.eye(width)) + sparse.kron(sparse.eye(height), column)
    weights = sparse.csr_matrix(2 * beside + sparse.kron(line, column))
    total = np.asarray(weights.sum(axis=1)).ravel()
    return sparse.csr_matrix(sparse.eye(height * width) - sparse.diags(1 / total) @ weights)


def area_under(curves: np.ndarray) -> np.ndarray:
    """The area (N,) under each of the curves (N, steps + 1), in units of the score.

    The shares run from 0 to 1, and the area is made of trapezia. A small area is good for deletion,
    a large one for insertion. Of the curves of `road_curves`, which have one point less, it is the
    mean over the shares that were removed, so it cannot be compared with an area of deletion.

    >>> from helpers import faithfulness
    >>> faithfulness.area_under([[1.0, 0.5, 0.0], [1.0, 1.0, 1.0]])
    array([0.5, 1. ])
    """
    curves = np.asarray(curves)
    if curves.ndim < 1 or curves.shape[-1] < 2:
        raise ValueError(f"curves have shape {curves.shape}; (N, steps + 1) is needed, steps ≥ 1")
    return np.trapezoid(curves, dx=1 / (curves.shape[-1] - 1), axis=-1)


@dataclass(frozen=True)
class _Change:
    """How images are altered: step by step, by `fill`; with `insert` the other way round."""

    steps: int
    fill: float | str
    seed: int
    insert: bool

    def __post_init__(self):
        _check_steps(self.steps, least=1)

    @property
    def points(self) -> int:
        return int(self.steps) + 1

    def altered(
        self, images: np.ndarray, maps: np.ndarray, image: np.ndarray, step: np.ndarray
    ) -> np.ndarray:
        """(n, H, W, C): number i is image image[i] after step[i] of the steps."""
        height, width = images.shape[1:3]
        filled = filling(images, self.fill, (height / 4, width / 4), self.seed)
        start, end = (filled, images) if self.insert else (images, filled)
        moved = _first(maps, self.seed, self.steps)[image, step]
        return np.where(moved[..., None], end[image], start[image])


@dataclass(frozen=True)
class _Imputation:
    """How images are altered: step by step, by what the pixels left say, with `noise`."""

    steps: int
    noise: float
    seed: int

    def __post_init__(self):
        _check_steps(self.steps, least=2)
        if not self.noise >= 0:
            raise ValueError(f"noise is {self.noise}; it is a standard deviation, 0 or more")

    @property
    def points(self) -> int:
        return int(self.steps)

    def altered(
        self, images: np.ndarray, maps: np.ndarray, image: np.ndarray, step: np.ndarray
    ) -> np.ndarray:
        """(n, H, W, C): number i is image image[i] after step[i] of the steps."""
        noise = self.noise * np.random.default_rng(self.seed).standard_normal(images.shape[1:])
        missing = _first(maps, self.seed, self.steps)[image, step]
        guessed = [impute(images[i], gone) for i, gone in zip(image, missing, strict=True)]
        return np.stack(guessed) + noise * missing[..., None]


def _check_steps(steps: int, least: int) -> None:
    if not isinstance(steps, Integral) or isinstance(steps, bool) or steps < least:
        raise ValueError(f"steps is {steps!r}; it must be a whole number, at least {least}")


def _first(maps: np.ndarray, seed: int, steps: int) -> np.ndarray:
    """(N, steps + 1, H, W) bool: the pixels that a map ranks highest, a larger share each time."""
    counts = np.rint(np.linspace(0, maps[0].size, steps + 1))
    return _places(maps, seed)[:, None] < counts[:, None, None]


def _curves(
    model: keras.Model,
    images: np.ndarray,
    maps: np.ndarray,
    score: Score | int,
    change: _Change | _Imputation,
    batch_size: int,
    probability: bool,
) -> np.ndarray:
    images, score = graph.check_images(model, images), as_score(score)
    if images.ndim != 4:
        raise ValueError(f"pixels need images (N, H, W, C), {model.name!r} takes {images.shape}")
    maps, points = checked(maps, images.shape[:3]), change.points
    of_class = probability and isinstance(score, ClassScore)

    def value(batch, score):
        outputs = graph.forward(model, batch, score.layers)
        if not of_class:
            return tf.cast(score(outputs), tf.float32)
        return tf.cast(score.pick(outputs.probabilities(score.head)), tf.float32)

    run = graph.compiled_score(model, ("faithfulness", of_class), score, value)
    parts = []
    slices = list(graph.batches(len(images) * points, batch_size))
    for part in tqdm(slices, desc="faithfulness", unit="batch", leave=False, delay=1):
        image, step = np.divmod(np.arange(part.start, part.stop), points)
        some = slice(image[0], image[-1] + 1)
        altered = change.altered(images[some], maps[some], image - image[0], step)
        parts.append(run(tf.constant(altered, tf.float32)).numpy())
    return np.concatenate(parts).reshape(len(images), points)


def _places(maps: np.ndarray, seed: int) -> np.ndarray:
    """(N, H, W) int: each pixel's place in its map's order, 0 for the highest; equal ones at
    random."""
    flat = maps.reshape(len(maps), -1)
    chance = np.random.default_rng(seed).permutation(flat.shape[1])
    order = chance[np.argsort(-flat[:, chance], axis=1, kind="stable")]
    places = np.empty_like(order)
    np.put_along_axis(places, order, np.arange(flat.shape[1])[None], axis=1)
    return places.reshape(maps.shape)
