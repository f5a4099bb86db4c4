"""What every layer answers to an image, and how strongly a score responds."""

from __future__ import annotations

from collections.abc import Iterable

import keras
import numpy as np
import tensorflow as tf

from helpers.models import graph
from helpers.scores import Score, as_score


def layer_activations(
    model: keras.Model,
    images: np.ndarray,
    layers: Iterable[str] | None = None,
    batch_size: int = 256,
) -> dict[str, np.ndarray]:
    """The outputs of `layers` (by default all of them) for `images` (N, H, W, C).

    Returns `{layer name: (N, h, w, channels) or (N, units)}` float32. The images are taken in
    batches, but the result holds all of it: for a whole data set use `statistics`.
    """
    images = graph.check_images(model, images)
    names = tuple(graph.layers(model) if layers is None else _unique(layers))

    def activations(batch):
        return graph.forward(model, batch, names).inner

    run = graph.compiled(model, ("layer_activations", names), activations)
    parts = [run(tf.constant(images[part])) for part in graph.batches(len(images), batch_size)]
    return {name: np.concatenate([part[name].numpy() for part in parts]) for name in names}


def score_values(
    model: keras.Model, images: np.ndarray, score: Score | int, batch_size: int = 256
) -> np.ndarray:
    """The value (N,) of `score` for each image: a logit, or a mean over a filter's map."""
    images, score = graph.check_images(model, images), as_score(score)

    def values(batch):
        return score(graph.forward(model, batch, score.layers))

    run = graph.compiled(model, ("score_values", score), values)
    parts = [
        run(tf.constant(images[part])).numpy() for part in graph.batches(len(images), batch_size)
    ]
    return np.concatenate(parts)


def _unique(layers: Iterable[str]) -> tuple[str, ...]:
    # A lone name would otherwise be taken letter by letter.
    return tuple(dict.fromkeys([layers] if isinstance(layers, str) else layers))
