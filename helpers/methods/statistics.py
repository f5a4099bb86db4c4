"""How the filters of every layer respond to each class, over a whole data set in one pass."""

from __future__ import annotations

import functools
import math
import pickle
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import psutil
import tensorflow as tf
from tqdm.auto import tqdm

from helpers.models import graph
from helpers.own_work import solves

__all__ = [
    "DEAD",
    "FilterStatistics",
    "LayerStatistics",
    "filter_statistics",
    "filter_statistics_on_cluster",
]

DEAD = -1
BYTES = 36  # for each class, position and filter: of a batch 4 + 8 + 4, and of all images 8 + 4 + 8
UNROLLED = 32  # filters compared one by one, faster than argmax; more take long to compile


@dataclass(frozen=True, eq=False)
class LayerStatistics:
    """The statistics of one layer: sums and counts, which add up.

    `sums` (classes, h, w, filters) or (classes, units) float64 are those of the activations. `wins`
    (classes, h, w, filters) int64 says in how many images a filter answers most strongly at a pixel
    (None for a layer without pixels). `counts` (classes,) int64 is the number of images.

    >>> from helpers.methods.statistics import LayerStatistics
    >>> sums, wins = np.array([6.0, 3.0]).reshape(1, 1, 1, 2), np.array([1, 2]).reshape(1, 1, 1, 2)
    >>> layer = LayerStatistics(sums, wins, counts=np.array([3]))
    >>> layer.mean.ravel(), layer.mode.ravel()
    (array([2., 1.], dtype=float32), array([1]))
    """

    sums: np.ndarray
    wins: np.ndarray | None
    counts: np.ndarray

    @property
    def mean(self) -> np.ndarray:
        """The mean activation per class, float32, shaped like `sums`; NaN for a class of which
        there was no image."""
        counts = self.counts.reshape(-1, *[1] * (self.sums.ndim - 1))
        with np.errstate(invalid="ignore"):
            return (self.sums / counts).astype(np.float32)

    @property
    def mode(self) -> np.ndarray:
        """(classes, h, w) int64: the filter that most often answers most strongly, the first of
        equals; −1 (dead) where no filter answers in any image of the class."""
        wins = self._conv_wins()
        return np.where(wins.any(axis=-1), wins.argmax(axis=-1), DEAD)

    @property
    def mode_frequency(self) -> np.ndarray:
        """(classes, h, w) float32: the share of the class's images in which `mode` wins."""
        wins = self._conv_wins()
        return (wins.max(axis=-1) / np.maximum(self.counts, 1)[:, None, None]).astype(np.float32)

    def _conv_wins(self) -> np.ndarray:
        if self.wins is None:
            raise ValueError("only maps (h, w, filters) have a mode; this layer has a `mean` only")
        return self.wins

    def __add__(self, other: LayerStatistics) -> LayerStatistics:
        wins = None if self.wins is None else self.wins + other.wins
        return LayerStatistics(self.sums + other.sums, wins, self.counts + other.counts)


@dataclass(frozen=True, eq=False)
class FilterStatistics(Mapping):
    """The statistics of several layers, by name: `statistics["l1"].mean` and so on.

    Results over parts of a data set add up to the result over the whole.

    >>> from helpers.methods import statistics
    >>> found = statistics.filter_statistics(model, images, np.array([0, 1, 1, 2]), layers=["l3"])
    >>> (found + found).counts
    array([2, 4, 2])
    """

    by_layer: dict[str, LayerStatistics]

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(self.by_layer)

    @property
    def counts(self) -> np.ndarray:
        """(classes,) int64: images per class."""
        return next(iter(self.by_layer.values())).counts

    def __getitem__(self, layer: str) -> LayerStatistics:
        if layer not in self.by_layer:
            raise KeyError(f"no statistics of layer {layer!r}, only of {', '.join(self.by_layer)}")
        return self.by_layer[layer]

    def __iter__(self):
        return iter(self.by_layer)

    def __len__(self) -> int:
        return len(self.by_layer)

    def __add__(self, other: FilterStatistics) -> FilterStatistics:
        if not isinstance(other, FilterStatistics):
            return NotImplemented
        mine = {name: layer.sums.shape for name, layer in self.items()}
        theirs = {name: layer.sums.shape for name, layer in other.items()}
        if mine != theirs:
            raise ValueError(f"statistics of different layers do not add: {mine} and {theirs}")
        return FilterStatistics({name: self[name] + other[name] for name in self})


@solves("class_means", "mode_map")
def filter_statistics(
    model: keras.Model,
    images: np.ndarray,
    labels: np.ndarray,
    layers: Iterable[str] | None = None,
    classes: int | None = None,
    batch_size: int = 256,
) -> FilterStatistics:
    """The mean activation for each class, and how often each filter wins at each pixel, by layer.

    `images` (N, H, W, C) and integer `labels` (N,), from 0 to `classes` − 1: by default as many
    classes as the model's only head has. `layers`: by default all convolutional and dense ones. A
    pixel at which no filter answers (none above 0) is dead and has no winner. One pass, in
    batches: memory does not grow with N.
    The statistics are those of the 2019 practical work on MNIST filters.

    >>> from helpers.methods import statistics
    >>> labels = np.array([0, 1, 1, 2])
    >>> found = statistics.filter_statistics(model, images, labels, layers=["l3"])
    >>> found["l3"].mean.shape
    (3, 3)
    """
    images, labels = graph.check_images(model, images), np.asarray(labels)
    classes = graph.class_count(model) if classes is None else classes
    _check_labels(labels, len(images), classes)
    labels = labels.astype(np.int32)
    if layers is None:
        known = {*graph.conv_layers(model), *graph.dense_layers(model)}
        layers = [name for name in graph.layers(model) if name in known]
    names = graph.names_of(layers)
    if not names:
        raise ValueError("layers is empty: name at least one layer, or leave it out for all")

    def sums_and_wins(batch, batch_labels):
        inner = graph.forward(model, batch, names, heads_too=False).inner
        _check_size({name: maps.shape[1:] for name, maps in inner.items()}, classes)
        return {
            name: _batch_statistics(maps, batch_labels, classes) for name, maps in inner.items()
        }

    key = ("filter_statistics", names, classes)
    run = graph.compiled(model, key, sums_and_wins, tf.TensorSpec((None,), tf.int32))
    counts = np.bincount(labels, minlength=classes)
    totals: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    parts = list(graph.batches(len(images), batch_size))
    for part in tqdm(parts, desc="filter statistics", unit="batch", leave=False):
        # A last batch reaches back, to be as large as what is compiled already; what it sees a
        # second time is of no class.
        here = slice(max(part.stop - batch_size, 0), part.stop)
        new = np.where(np.arange(here.start, here.stop) < part.start, -1, labels[here])
        results = run(tf.constant(images[here]), tf.constant(new, tf.int32))
        if not totals:
            totals = tf.nest.map_structure(lambda value: np.zeros_like(value.numpy()), results)
        for name in names:
            for total, value in zip(totals[name], results[name], strict=True):
                total += value.numpy()
    by_layer = {}
    for name in names:
        sums, wins = totals[name]
        wins = wins.astype(np.int64) if sums.ndim == 4 else None
        by_layer[name] = LayerStatistics(sums, wins, counts)
    return FilterStatistics(by_layer)


def filter_statistics_on_cluster(
    client: Any, model: keras.Model, parts: Iterable[Callable[[], tuple]], **options: Any
) -> FilterStatistics:
    """`filter_statistics` of a data set in parts, each counted by a worker of a Dask cluster.

    `client`: a `dask.distributed.Client` (the extra `cluster` installs it). Each of `parts` is a
    function without arguments that returns its images and labels. It is called where the part is
    counted, so the data need not pass through this process. `options` are those of
    `filter_statistics`. The sums are added up here in the order of `parts`. So the result is the
    same to the bit, whichever workers count, and however many are lost and their parts counted
    again. `ValueError` without parts.
    """
    parts = list(parts)
    if not parts:
        raise ValueError("parts is empty: give at least one function that returns images, labels")
    # Made by a task, not scattered: a task's result is made anew when the workers that had it die.
    # As bytes: Dask has a way of its own to pass a Keras model on, which fails with Keras 3.
    there = client.submit(bytes, pickle.dumps(model), pure=False)
    futures = [client.submit(_part_statistics, there, part, options, pure=False) for part in parts]
    total: Any = None
    for future in tqdm(futures, desc="filter statistics", unit="part", leave=False):
        total = future.result() if total is None else total + future.result()
        future.release()
    return total


def _part_statistics(pickled: bytes, part, options) -> FilterStatistics:
    return filter_statistics(_unpickled(pickled), *part(), **options)


# The parts that a worker counts share one model, so that TensorFlow traces it once.
_unpickled = functools.lru_cache(maxsize=1)(pickle.loads)


def _batch_statistics(
    maps: tf.Tensor, labels: tf.Tensor, classes: int
) -> tuple[tf.Tensor, tf.Tensor]:
    """Sums per class, in float64 though a batch adds up in float32, and `_wins`; for a dense layer
    none of these, of shape (0,). Images labelled −1 do not count."""
    shape = tf.shape(maps)
    flat = tf.cast(tf.reshape(maps, (shape[0], -1)), tf.float32)
    sums = tf.matmul(tf.one_hot(labels, classes), flat, transpose_a=True)
    sums = tf.reshape(tf.cast(sums, tf.float64), (-1, *tf.unstack(shape)[1:]))
    return sums, _wins(maps, labels, classes) if len(maps.shape) == 4 else tf.zeros(0, tf.int32)


# XLA makes one loop of it; TensorFlow's own argmax alone takes as long as the forward pass.
@tf.function(jit_compile=True, autograph=False)
def _wins(maps: tf.Tensor, labels: tf.Tensor, classes: int) -> tf.Tensor:
    """(classes, h, w, filters) int32: how often each filter of `maps` (n, h, w, filters) is the
    first of the strongest at a pixel, and above 0."""
    shape, filters = tf.shape(maps), maps.shape[-1]
    if filters <= UNROLLED:
        strongest = tf.zeros(shape[:3], maps.dtype)
        winner = tf.fill(shape[:3], filters)  # a filter beyond the last, where all are dead
        for index, answer in enumerate(tf.unstack(maps, axis=-1)):
            winner = tf.where(answer > strongest, index, winner)
            strongest = tf.maximum(answer, strongest)
    else:
        winner = tf.argmax(maps, axis=-1, output_type=tf.int32)
        winner = tf.where(tf.gather(maps, winner, batch_dims=3) > 0, winner, filters)
    pixels = tf.reshape(tf.range(shape[1] * shape[2]), (1, shape[1], shape[2]))
    cells = tf.reshape(labels, (-1, 1, 1)) * (shape[1] * shape[2]) + pixels
    bins = tf.concat([[classes], shape[1:3], [filters + 1]], axis=0)
    index = tf.cast(cells, tf.int64) * (filters + 1) + tf.cast(winner, tf.int64)
    counts = tf.math.unsorted_segment_sum(tf.ones_like(winner), index, tf.reduce_prod(bins))
    return tf.reshape(counts, bins)[..., :filters]


def _check_size(shapes: dict[str, tf.TensorShape], classes: int) -> None:
    numbers = {n: classes * math.prod(size or 1 for size in shapes[n]) for n in shapes}
    for layer, count in numbers.items():
        if count + count // shapes[layer][-1] > tf.int32.max:
            raise ValueError(
                f"{layer} answers with {' × '.join(map(str, shapes[layer]))} numbers, which for "
                f"{classes} classes are {count:,}, more than can be counted; name smaller layers, "
                "or join classes"
            )
    needed, free = BYTES * sum(numbers.values()) / 2**30, psutil.virtual_memory().available / 2**30
    if needed > free:
        raise ValueError(
            f"the statistics of {', '.join(shapes)} for {classes:,} classes need {needed:.1f} GiB "
            f"of memory, and {free:.1f} GiB are free; name fewer or smaller layers, or join classes"
        )


def _check_labels(labels: np.ndarray, images: int, classes: int) -> None:
    if labels.shape != (images,) or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(
            f"labels must be {images} integers, one per image; "
            f"got {labels.dtype} of shape {labels.shape}"
        )
    if not 0 <= labels.min() <= labels.max() < classes:
        raise ValueError(
            f"labels run from {labels.min()} to {labels.max()}, "
            f"but there are {classes} classes (0 to {classes - 1})"
        )
