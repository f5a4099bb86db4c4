"""Does a map tell the truth? What it ranks highest is removed, looked up in a mask, or the network
is made to forget what it learned.

Maps (N, H, W) come from any method; only the order of their pixels counts. A constant map says
nothing and is rated as chance, not as an error; a NaN or an infinite value has no rank and raises
`ValueError`. An attribution (N, H, W, C) becomes a map by `saliency.over_channels`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from numbers import Integral
from typing import NamedTuple

from helpers.models import _quiet_tensorflow  # noqa: F401  # isort: skip  (first: it imports it)
import keras
import numpy as np
import tensorflow as tf
from scipy.ndimage import distance_transform_edt
from tqdm.auto import tqdm

from helpers.methods.occlusion import filling
from helpers.models import graph
from helpers.own_work import solves
from helpers.scores import ClassScore, Score, as_score

__all__ = [
    "Randomisation",
    "area_under",
    "deletion_curves",
    "insertion_curves",
    "iou",
    "pointing_game",
    "randomisation",
    "rank_correlation",
]


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
        images, maps: (N, H, W, C), in the model's own input range, and (N, H, W).
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


def area_under(curves: np.ndarray) -> np.ndarray:
    """The area (N,) under each of the curves (N, steps + 1), in units of the score.

    The shares run from 0 to 1, and the area is made of trapezia. A small area is good for deletion,
    a large one for insertion.

    >>> from helpers import faithfulness
    >>> faithfulness.area_under([[1.0, 0.5, 0.0], [1.0, 1.0, 1.0]])
    array([0.5, 1. ])
    """
    curves = np.asarray(curves)
    if curves.ndim < 1 or curves.shape[-1] < 2:
        raise ValueError(f"curves have shape {curves.shape}; (N, steps + 1) is needed, steps ≥ 1")
    return np.trapezoid(curves, dx=1 / (curves.shape[-1] - 1), axis=-1)


def pointing_game(maps: np.ndarray, masks: np.ndarray, tolerance: float = 0) -> np.ndarray:
    """Whether each map (N, H, W) is largest inside its mask (N, H, W): (N,) bool.

    A pixel no more than `tolerance` pixels away from the mask counts as inside. Where several
    pixels are the largest, all have to lie inside: a constant map points at nothing.

    Zhang et al., Top-down Neural Attention by Excitation Backprop, IJCV 2018.

    >>> from helpers import faithfulness
    >>> maps = np.array([[[0, 1], [2, 3]], [[3, 2], [1, 0]]])
    >>> faithfulness.pointing_game(maps, maps == 3)
    array([ True,  True])
    >>> faithfulness.pointing_game(maps, maps == 0)
    array([False, False])
    """
    maps, masks = _rated(maps, masks)
    if not tolerance >= 0:
        raise ValueError(f"tolerance is {tolerance}; it is a distance in pixels, 0 or more")
    near = np.stack([distance_transform_edt(~mask) <= tolerance for mask in masks])
    largest = maps == maps.max(axis=(1, 2), keepdims=True)
    return ~(largest & ~near).any(axis=(1, 2))


@solves("mask_iou")
def iou(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """The intersection over union of each mask and the highest pixels of its map: (N,) float32.

    Maps and masks are (N, H, W). As many pixels are chosen as the mask has, those that the map
    ranks highest. Where some of several equal pixels have to be chosen, each counts by the share
    that is chosen: the intersection is that of a random choice on average.

    >>> from helpers import faithfulness
    >>> maps = np.array([[[0, 1], [2, 3]]])
    >>> masks = np.array([[[False, True], [False, True]]])
    >>> faithfulness.iou(maps, masks).round(2)
    array([0.33], dtype=float32)
    """
    maps, masks = _rated(maps, masks)
    flat, inside = maps.reshape(len(maps), -1), masks.reshape(len(masks), -1)
    size = inside.sum(axis=1, keepdims=True)
    last = np.take_along_axis(-np.sort(-flat, axis=1), size - 1, axis=1)  # the lowest one chosen
    above, equal = flat > last, flat == last
    share = (size - above.sum(axis=1, keepdims=True)) / equal.sum(axis=1, keepdims=True)
    common = ((above + share * equal) * inside).sum(axis=1)
    return (common / (2 * size[:, 0] - common)).astype(np.float32)


class Randomisation(NamedTuple):
    """How alike maps stay while a network forgets, layer by layer.

    `layers` are the names of the L layers, from the top down. `signed` (L, N) float32 is the rank
    correlation of each image's map with its map by the trained network, once this layer and all
    above it are random. `absolute` is the same of the maps' magnitudes.

    >>> from helpers import faithfulness, methods
    >>> faithfulness.randomisation(model, images, 1, methods.cam.grad_cam).layers
    ('l3', 'l2', 'l1')
    """

    layers: tuple[str, ...]
    signed: np.ndarray
    absolute: np.ndarray


def randomisation(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    method: Callable[..., np.ndarray],
    seed: int = 0,
    layers: Iterable[str] | None = None,
) -> Randomisation:
    """How alike the maps of a method stay when the network forgets: the model-randomisation check.

    A method whose maps stay as they were does not show what the network has learned. From the top
    down, one layer after the other is made random and stays so. Layers without weights are left
    out, and so are those on which `score` does not depend (other heads). A kernel, or a single
    number, is drawn from a normal distribution, with the mean square it had. Weights of one value
    per channel, such as biases and those of normalisation, get a new order, so that equal values
    stay.

    `layers` says after which of them the maps are compared, by default after each: a network of a
    hundred layers need not be explained a hundred times. Those between are made random as well.

    `method(model, images, score)` gives maps (N, H, W). The layers are changed in place, so that
    any model will do, and the trained weights put back in any case, after an error or an
    interrupt too. `ValueError` where `score` depends on no weights, or not on those of one of
    `layers`.

    Adebayo et al., Sanity Checks for Saliency Maps, NeurIPS 2018.

    >>> from helpers import faithfulness, methods
    >>> found = faithfulness.randomisation(model, images, 1, methods.cam.grad_cam)
    >>> len(found.layers), found.signed.shape
    (3, (3, 4))
    """
    images, score = graph.check_images(model, images), as_score(score)
    names, rng = _used_layers(model, score), np.random.default_rng(seed)
    if not names:
        raise ValueError(f"{score} depends on no weights of {model.name!r}: nothing to randomise")
    wanted = names if layers is None else graph.names_of(layers)
    for name in wanted:
        if name not in names:
            raise ValueError(
                f"{score} depends on no weights of layer {name!r}; it does on those of "
                f"{', '.join(names)}"
            )
    stops = tuple(name for name in names if name in wanted)
    if not stops:
        raise ValueError("there are no layers to compare maps after: name at least one")

    def maps():
        return _maps(method(model, images, score), images.shape[:3])

    trained, signed, absolute = maps(), [], []
    kept = [(variable, variable.numpy()) for variable in model.weights]
    try:
        forgetting = names[: names.index(stops[-1]) + 1]
        for name in tqdm(forgetting, desc="randomisation", unit="layer", leave=False, delay=1):
            for variable in _weights(graph.find_layer(model, name)):
                variable.assign(_forgotten(variable.numpy(), rng))
            if name not in stops:
                continue
            now = maps()
            signed.append(rank_correlation(trained, now))
            absolute.append(rank_correlation(np.abs(trained), np.abs(now)))
    finally:
        for variable, value in kept:
            variable.assign(value)
    return Randomisation(stops, np.stack(signed), np.stack(absolute))


def rank_correlation(maps: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of maps (N, H, W) with others, image by image: (N,) float32.

    A constant map ranks nothing. Where both maps are constant the result is 1, where one of them
    is, it is 0.

    >>> from helpers import faithfulness
    >>> maps = np.array([[[0, 1], [2, 3]]])
    >>> faithfulness.rank_correlation(maps, -maps)
    array([-1.], dtype=float32)
    """
    from scipy.stats import rankdata  # takes a third of a second, and only this measure needs it

    maps = _maps(maps, np.shape(others))
    others = _maps(others, maps.shape)
    first, second = (
        rankdata(each.reshape(len(each), -1), axis=1) - (each[0].size + 1) / 2
        for each in (maps, others)
    )
    common = (first * second).sum(axis=1)
    spread = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    same = (first == second).all(axis=1).astype(float)
    return np.divide(common, spread, out=same, where=spread > 0).astype(np.float32)


@dataclass(frozen=True)
class _Change:
    """How images are altered: step by step, by `fill`; with `insert` the other way round."""

    steps: int
    fill: float | str
    seed: int
    insert: bool

    def __post_init__(self):
        steps = self.steps
        if not isinstance(steps, Integral) or isinstance(steps, bool) or steps < 1:
            raise ValueError(f"steps is {steps!r}; it must be a whole number, at least 1")

    def altered(
        self, images: np.ndarray, maps: np.ndarray, image: np.ndarray, step: np.ndarray
    ) -> np.ndarray:
        """(n, H, W, C): number i is image image[i] after step[i] of the steps."""
        height, width = images.shape[1:3]
        filled = filling(images, self.fill, (height / 4, width / 4), self.seed)
        start, end = (filled, images) if self.insert else (images, filled)
        counts = np.rint(np.linspace(0, height * width, self.steps + 1))
        moved = _places(maps, self.seed)[image] < counts[step, None, None]
        return np.where(moved[..., None], end[image], start[image])


def _curves(
    model: keras.Model,
    images: np.ndarray,
    maps: np.ndarray,
    score: Score | int,
    change: _Change,
    batch_size: int,
    probability: bool,
) -> np.ndarray:
    images, score = graph.check_images(model, images), as_score(score)
    if images.ndim != 4:
        raise ValueError(f"pixels need images (N, H, W, C), {model.name!r} takes {images.shape}")
    maps, points = _maps(maps, images.shape[:3]), int(change.steps) + 1
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


def _used_layers(model: keras.Model, score: Score) -> tuple[str, ...]:
    """The layers with weights on which `score` depends, from the top down."""
    found = {
        name: _weights(layer)
        for name, layer in graph.layers(model).items()
        if not isinstance(layer, keras.Model)
    }

    def used(batch):
        weights = {name: [v.value for v in variables] for name, variables in found.items()}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            value = score(graph.forward(model, batch, score.layers))
        gradients = tape.gradient(value, weights)
        return {
            name: tf.constant(0)
            for name, each in gradients.items()
            if any(gradient is not None for gradient in each)
        }

    names = graph.compiled(model, ("used layers", graph.shared(score)), used).structured_outputs
    return tuple(name for name in reversed(found) if name in names)


def _weights(layer: keras.layers.Layer) -> list[keras.Variable]:
    return [v for v in layer.weights if np.issubdtype(v.numpy().dtype, np.floating)]


def _forgotten(weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if weights.ndim == 1:
        return rng.permutation(weights)
    size = np.sqrt(np.mean(weights.astype(np.float64) ** 2))
    return np.asarray(size * rng.standard_normal(weights.shape), weights.dtype)


def _rated(maps: np.ndarray, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Maps and masks of the same shape, both checked."""
    masks = np.asarray(masks)
    if masks.dtype != bool:
        raise ValueError(f"masks are {masks.dtype}; they must be bool: write masks > 0")
    maps = _maps(maps, masks.shape)
    empty = np.flatnonzero(~masks.any(axis=(1, 2)))
    if len(empty):
        raise ValueError(f"mask {empty[0]} is empty: leave out images whose mask has no pixel")
    return maps, masks


def _maps(maps: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Maps of the shape (N, H, W) that belongs to the images or masks, every value finite."""
    maps = np.asarray(maps)
    if maps.ndim != 3 or maps.shape != tuple(shape):
        raise ValueError(
            f"maps have shape {maps.shape}, {tuple(shape)} is needed: one (H, W) for each image"
            + ("; saliency.over_channels makes maps of attributions" if maps.ndim == 4 else "")
        )
    broken = np.flatnonzero(~np.isfinite(maps).all(axis=(1, 2)))
    if len(broken):
        raise ValueError(
            f"map {broken[0]} holds NaN or infinite values, which have no rank: mend the method "
            "that made it (a division by zero?)"
        )
    return maps
