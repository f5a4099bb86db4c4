"""RISE: which pixels were seen when the score was high, over many random covers.

Petsiuk, Das and Saenko, RISE: Randomized Input Sampling for Explanation of Black-box Models,
BMVC 2018.
"""

from __future__ import annotations

from numbers import Integral

import keras
import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from helpers.methods.occlusion import filling
from helpers.methods.silence import told
from helpers.models import graph
from helpers.scores import Score, as_score

__all__ = ["covers", "rise"]


def rise(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    *,
    masks: int = 1000,
    cells: int = 7,
    seen: float = 0.5,
    fill: float | str = 0.0,
    seed: int = 0,
    batch_size: int = 256,
) -> np.ndarray:
    """By how much `score` is higher than on average when a pixel is seen: (N, H, W) float32.

    Each image is seen through the same random `covers`. A pixel's value is the mean of the score,
    weighted by how well the pixel is seen, less the mean over all covers. The paper leaves out the
    last step. It changes no order of pixels, and a pixel without any effect has a value near 0. The
    weights of a pixel are divided by their own sum, that is, by how often the pixel really was
    seen. The paper divides by the expected sum, which is the same for all pixels.

    Args:
        model: any model.
        images: (N, H, W, C), in the model's input range.
        masks: how many covers. Noise in the map falls with their square root.
        cells, seen, seed: as in `covers`.
        fill: what shows where an image is covered, as in `occlusion_map`; "blur" is a Gaussian with
            the standard deviation of an eighth of the image, as in `deletion_curves`.
        batch_size: covered images at a time, of one or of many images; the result does not depend
            on it.

    Raises:
        ValueError: for fewer than 2 masks, and as `covers` does.

    >>> from helpers.methods import rise
    >>> rise.rise(model, images, 1, masks=50, cells=4).shape
    (4, 8, 8)
    """
    images, score = graph.check_images(model, images), as_score(score)
    if images.ndim != 4:
        raise ValueError(f"covers need images (N, H, W, C), {model.name!r} takes {images.shape}")
    height, width = images.shape[1:3]
    under = filling(images, fill, (height / 4, width / 4), seed)

    def value(batch, score):
        return tf.cast(score(graph.forward(model, batch, score.layers)), tf.float32)

    run = graph.compiled_score(model, "rise", score, value)
    total, weighted, through = np.zeros(len(images)), np.zeros(images.shape[:3]), 0.0
    parts = list(graph.batches(masks, batch_size))
    for part in tqdm(parts, desc="RISE", unit="batch", leave=False, delay=1):
        some = covers((height, width), masks, cells=cells, seen=seen, seed=seed, part=part)
        through = through + some.sum(axis=0, dtype=float)
        for i, (image, below) in enumerate(zip(images, under, strict=True)):
            values = run(tf.constant(below + some[..., None] * (image - below))).numpy()
            total[i] += values.sum(dtype=float)
            weighted[i] += np.tensordot(values.astype(float), some, axes=1)
    maps = weighted / np.maximum(through, np.finfo(float).tiny) - total[:, None, None] / masks
    return told(maps.astype(np.float32), "No cover changes the score: take another fill.")


def covers(
    size: tuple[int, int],
    masks: int,
    *,
    cells: int = 7,
    seen: float = 0.5,
    seed: int = 0,
    part: slice = slice(None),
) -> np.ndarray:
    """Random covers of images of `size` (height, width): (masks, H, W) float32 from 0 to 1.

    1 shows the image, 0 covers it. `cells` cells of a grid lie side by side in an image. Each point
    of the grid is seen with the probability `seen`, and a cover is linear between the points. The
    grid is shifted by less than a cell, in whole pixels. `part` takes some of the covers alone.

    >>> from helpers.methods import rise
    >>> found = rise.covers((8, 8), masks=20, cells=4)
    >>> found.shape, float(found.min()) >= 0, float(found.max()) <= 1
    ((20, 8, 8), True, True)
    """
    for name, value, least in (("masks", masks, 2), ("cells", cells, 1)):
        if not isinstance(value, Integral) or isinstance(value, bool) or value < least:
            raise ValueError(f"{name} is {value!r}; it is a whole number, {least} or more")
    if not 0 < seen < 1:
        raise ValueError(f"seen is {seen}; it is a probability between 0 and 1")
    rng = np.random.default_rng(seed)
    grids = (rng.random((masks, cells + 2, cells + 2)) < seen)[part]
    shifts = rng.random((masks, 2))[part]
    down, across = (_enlarging(length, cells, shifts[:, axis]) for axis, length in enumerate(size))
    return (down @ grids @ across.transpose(0, 2, 1)).astype(np.float32)


def _enlarging(length: int, cells: int, shifts: np.ndarray) -> np.ndarray:
    """(n, length, cells + 2): the share of each point of a grid in each pixel, linear between two
    points. The first pixel lies less than a cell after the first point."""
    cell = -(-length // cells)
    places = (np.floor(shifts * cell)[:, None] + np.arange(length)) / cell
    distances = np.abs(places[:, :, None] - np.arange(cells + 2))
    return np.maximum(1 - distances, 0)
