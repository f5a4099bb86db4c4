"""Does a map change when the network forgets what it has learned?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from helpers.models import _quiet_tensorflow  # noqa: F401  # isort: skip  (first: it imports it)
import keras
import numpy as np
import tensorflow as tf
from tqdm.auto import tqdm

from helpers.faithfulness.checked import checked
from helpers.models import graph
from helpers.scores import Score, as_score

__all__ = ["Randomisation", "randomisation", "rank_correlation"]


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
        return checked(method(model, images, score), images.shape[:3])

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

    maps = checked(maps, np.shape(others))
    others = checked(others, maps.shape)
    first, second = (
        rankdata(each.reshape(len(each), -1), axis=1) - (each[0].size + 1) / 2
        for each in (maps, others)
    )
    common = (first * second).sum(axis=1)
    spread = np.sqrt((first**2).sum(axis=1) * (second**2).sum(axis=1))
    same = (first == second).all(axis=1).astype(float)
    return np.divide(common, spread, out=same, where=spread > 0).astype(np.float32)


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
