"""Do a map's values add up to what removing pixels does to the score?

A measure of this kind reads a map's values, not their order alone. `drops` asks the network once
about many sets of pixels; all maps of the same images are then compared with its answers.
"""

from __future__ import annotations

from collections.abc import Callable

from helpers.models import _quiet_tensorflow  # noqa: F401  # isort: skip  (first: it imports it)
import keras
import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from helpers.faithfulness.checked import checked
from helpers.methods.occlusion import filling
from helpers.models import graph
from helpers.scores import Score, as_score

__all__ = [
    "drops",
    "infidelity",
    "max_sensitivity",
    "random_subsets",
    "sensitivity_n",
    "squares",
]


def random_subsets(size: tuple[int, int], n: int, count: int, seed: int = 0) -> np.ndarray:
    """`count` sets of `n` pixels of (height, width), drawn at random: (count, H, W) bool.

    >>> from helpers import faithfulness
    >>> faithfulness.random_subsets((8, 8), n=5, count=3).sum(axis=(1, 2))
    array([5, 5, 5])
    """
    pixels = size[0] * size[1]
    if not 1 <= n < pixels:
        raise ValueError(f"n is {n}; of {pixels} pixels choose from 1 to {pixels - 1}")
    order = np.random.default_rng(seed).random((count, pixels)).argsort(axis=1)
    return (order < n).reshape(count, *size)


def squares(size: tuple[int, int], side: int, count: int, seed: int = 0) -> np.ndarray:
    """`count` squares of `side` pixels at random places of (height, width): (count, H, W) bool.

    >>> from helpers import faithfulness
    >>> faithfulness.squares((8, 8), side=3, count=2).sum(axis=(1, 2))
    array([9, 9])
    """
    if not 1 <= side <= min(size):
        raise ValueError(f"side is {side}; in {size} pixels choose from 1 to {min(size)}")
    starts = np.random.default_rng(seed).integers(0, np.array(size) - side + 1, (count, 2))
    rows, columns = (
        (starts[:, axis, None] <= np.arange(length))
        & (np.arange(length) < starts[:, axis, None] + side)
        for axis, length in enumerate(size)
    )
    return rows[:, :, None] & columns[:, None, :]


def drops(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    masks: np.ndarray,
    *,
    fill: float | str = 0.0,
    seed: int = 0,
    batch_size: int = 256,
) -> np.ndarray:
    """By how much `score` falls when the pixels of each mask are replaced: (N, M) float32.

    Args:
        model: any model.
        images: (N, H, W, C), in the model's input range.
        masks: (M, H, W) bool, the same for all images.
        fill: what pixels are replaced by, as in `deletion_curves`.
        seed: of the drawing of pixels.

    >>> from helpers import faithfulness
    >>> masks = faithfulness.squares((8, 8), side=3, count=5)
    >>> faithfulness.drops(model, images, 1, masks).shape
    (4, 5)
    """
    images, score = graph.check_images(model, images), as_score(score)
    height, width = images.shape[1:3]
    if masks.ndim != 3 or masks.shape[1:] != (height, width):
        raise ValueError(f"masks have shape {masks.shape}, (M, {height}, {width}) is needed")
    under = filling(images, fill, (height / 4, width / 4), seed)
    shown = np.concatenate([np.zeros((1, height, width), bool), masks])[..., None]

    def value(batch, score):
        return tf.cast(score(graph.forward(model, batch, score.layers)), tf.float32)

    run = graph.compiled_score(model, "drops", score, value)
    values = []
    slices = list(graph.batches(len(images) * len(shown), batch_size))
    for part in tqdm(slices, desc="drops", unit="batch", leave=False, delay=1):
        image, mask = np.divmod(np.arange(part.start, part.stop), len(shown))
        covered = np.where(shown[mask], under[image], images[image])
        values.append(run(tf.constant(covered, tf.float32)).numpy())
    found = np.concatenate(values).reshape(len(images), len(shown))
    return found[:, :1] - found[:, 1:]


def sensitivity_n(maps: np.ndarray, masks: np.ndarray, drops: np.ndarray) -> np.ndarray:
    """The correlation of a map's sum over some pixels with what removing them does: (N,) float32.

    A map whose values are shares of the score has 1. A map whose sums are all alike has 0, and so
    has a score that no removal changes.

    Args:
        maps: (N, H, W).
        masks: (M, H, W) bool, sets of n pixels each (`random_subsets`).
        drops: (N, M), what `drops` found of these masks.

    Ancona, Ceolini, Öztireli and Gross, Towards Better Understanding of Gradient-based Attribution
    Methods for Deep Neural Networks, ICLR 2018.

    >>> from helpers import faithfulness
    >>> masks = faithfulness.random_subsets((8, 8), n=5, count=20)
    >>> maps = np.arange(64.0).reshape(1, 8, 8)
    >>> faithfulness.sensitivity_n(maps, masks, (maps * masks).sum(axis=(1, 2))[None])
    array([1.], dtype=float32)
    """
    sums, drops = _sums(maps, masks, drops)
    sums, drops = (each - each.mean(axis=1, keepdims=True) for each in (sums, drops))
    spread = np.sqrt((sums**2).sum(axis=1) * (drops**2).sum(axis=1))
    nothing = np.zeros(len(sums))
    tiny = 1e-12 * (1 + np.abs(sums).max(initial=0)) * (1 + np.abs(drops).max(initial=0))
    return np.divide((sums * drops).sum(axis=1), spread, out=nothing, where=spread > tiny).astype(
        np.float32
    )


def infidelity(maps: np.ndarray, masks: np.ndarray, drops: np.ndarray) -> np.ndarray:
    """How far a map's sums over some pixels are from what removing them does: (N,) float32.

    It is the mean square of the difference, over the masks, in units of the score squared. Each map
    is scaled first by the number that suits it best, as its unit is no part of what it says. 0 is
    best. A map of zeros has the mean square of the drops.

    Arguments as in `sensitivity_n`; the paper's removed squares are `squares`.

    Yeh, Hsieh, Suggala, Inouye and Ravikumar, On the (In)fidelity and Sensitivity of Explanations,
    NeurIPS 2019.

    >>> from helpers import faithfulness
    >>> masks = faithfulness.squares((8, 8), side=3, count=20)
    >>> maps = np.zeros((1, 8, 8))
    >>> faithfulness.infidelity(maps, masks, np.full((1, 20), 3.0))
    array([9.], dtype=float32)
    """
    sums, drops = _sums(maps, masks, drops)
    square = (sums**2).sum(axis=1, keepdims=True)
    common = (sums * drops).sum(axis=1, keepdims=True)
    scale = np.divide(common, square, out=np.zeros_like(common), where=square > 0)
    return ((scale * sums - drops) ** 2).mean(axis=1).astype(np.float32)


def max_sensitivity(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    method: Callable[..., np.ndarray],
    *,
    radius: float = 0.02,
    samples: int = 10,
    seed: int = 0,
) -> np.ndarray:
    """By how much a map changes at most, as a share of its size, when the image hardly does: (N,).

    Each of the `samples` adds to each pixel a number between minus `radius` and `radius`, in the
    model's input range. A map's size is its Euclidean norm. 0 is best, and a map that never changes
    has it: a random map of a fixed seed, too. A map of zeros that stays has 0.

    `method(model, images, score)` gives maps (N, H, W). Paper as in `infidelity`.

    >>> from helpers import faithfulness, methods
    >>> faithfulness.max_sensitivity(model, images, 1, methods.cam.grad_cam, samples=3).shape
    (4,)
    """
    if not radius > 0 or samples < 1:
        raise ValueError(f"radius is {radius} and samples {samples}; both must be more than 0")
    images, rng = graph.check_images(model, images), np.random.default_rng(seed)

    def maps(some):
        found = checked(method(model, some, score), images.shape[:3])
        return found.reshape(len(images), -1).astype(float)

    first, most = maps(images), np.zeros(len(images))
    for _ in range(samples):
        moved = images + rng.uniform(-radius, radius, images.shape).astype(images.dtype)
        most = np.maximum(most, np.linalg.norm(maps(moved) - first, axis=1))
    size = np.linalg.norm(first, axis=1)
    size = np.where((size == 0) & (most == 0), 1, size)
    with np.errstate(divide="ignore"):  # a map of zeros that becomes another one: infinitely far
        return (most / size).astype(np.float32)


def _sums(maps: np.ndarray, masks: np.ndarray, drops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, M): each map's sum over each mask, and the drops as they are."""
    masks = np.asarray(masks)
    if masks.ndim != 3 or masks.dtype != bool:
        raise ValueError(f"masks are {masks.dtype} {masks.shape}; they must be bool (M, H, W)")
    maps = checked(maps, (len(maps), *masks.shape[1:]))
    if np.shape(drops) != (len(maps), len(masks)):
        raise ValueError(
            f"drops have shape {np.shape(drops)}, {(len(maps), len(masks))} is needed: one for "
            "each map and mask"
        )
    sums = maps.reshape(len(maps), -1).astype(float) @ masks.reshape(len(masks), -1).T
    return sums, np.asarray(drops, float)
