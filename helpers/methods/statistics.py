"""How the filters of every layer respond to each class, over a whole data set in one pass."""

from __future__ import annotations

import functools
import itertools
import math
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
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
BYTES = 16  # for each class, position and filter: a sum and a count
BATCH_VALUES = 2**25  # of all layers, for a batch: 128 MiB; there are up to four batches
FEW = 32  # maps whose sum float32 holds to a millionth
ONES = np.ones(FEW, np.float32)
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
    batches of at most `batch_size`: memory does not grow with N.
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
    labels = labels.astype(np.int64)
    if layers is None:
        known = {*graph.conv_layers(model), *graph.dense_layers(model)}
        layers = [name for name in graph.layers(model) if name in known]
    names = graph.names_of(layers)
    if not names:
        raise ValueError("layers is empty: name at least one layer, or leave it out for all")

    def maps_and_winners(batch):
        inner = graph.forward(model, batch, names, heads_too=False).inner
        maps = [tf.cast(inner[name], tf.float32) for name in names]
        return maps, _winners([each for each in maps if len(each.shape) == 4])

    key = ("filter_statistics", names)
    run = graph.compiled(model, key, maps_and_winners, shape=images.shape[1:])
    of_layers = run.structured_outputs[0]
    shapes = {name: maps.shape[1:] for name, maps in zip(names, of_layers, strict=True)}
    _check_size(shapes, classes)
    of_an_image = sum(math.prod(n or 1 for n in shape) for shape in shapes.values())
    size = min(batch_size, len(images), max(1, BATCH_VALUES // of_an_image))

    def of(part):
        # The images of a class lie together. A last batch reaches back, to be as large as what is
        # compiled already; what it sees a second time is left out.
        new = part.start + np.argsort(labels[part], kind="stable")
        old = np.arange(part.stop - size, part.start)
        maps, winners = run(tf.constant(images[np.concatenate([new, old])]))
        return labels[new], *([memoryview(each) for each in found] for found in (maps, winners))

    # Of each layer, by class: the sums, and how often each bin of `_winners` counts.
    totals: list[tuple[np.ndarray, np.ndarray | None]] = []
    parts = list(graph.batches(len(images), size))
    found = graph.overlapped(of, parts)
    for here, maps, winners in tqdm(
        found, desc="filter statistics", total=len(parts), unit="batch", leave=False
    ):
        if not totals:
            forms = [each.shape[1:] for each in maps]
            for form in forms:
                counts = None
                if len(form) == 3:
                    height, width, filters = form
                    counts = np.zeros((classes, height * width * (filters + 1)), np.int64)
                totals.append((np.zeros((classes, math.prod(form))), counts))
        of_classes, winning = [*_of_each_class(here)], iter(winners)
        for (sums, counts), each in zip(totals, maps, strict=True):
            _add(np.asarray(each).reshape(len(each), -1), of_classes, sums)
            if counts is not None:
                bins = np.asarray(next(winning)).reshape(len(each), -1)
                for label, some in of_classes:
                    counts[label] += np.bincount(bins[some].ravel(), minlength=counts.shape[1])
    of_class = np.bincount(labels, minlength=classes)
    layers_of = {}
    for name, form, (sums, counts) in zip(names, forms, totals, strict=True):
        wins = None
        if counts is not None:
            *pixels, filters = form
            wins = counts.reshape(classes, *pixels, filters + 1)[..., :filters]  # no copy
        layers_of[name] = LayerStatistics(sums.reshape(classes, *form), wins, of_class)
    return FilterStatistics(layers_of)


def _add(maps: np.ndarray, of_classes: list[tuple[int, slice]], sums: np.ndarray) -> None:
    """Add the float32 maps (n, values) of each class to its `sums` (classes, values) float64. BLAS
    takes less than half as long as NumPy's sum does, and rounds little with few maps at a time."""
    for label, some in of_classes:
        for start in range(some.start, some.stop, FEW):
            few = maps[start : min(start + FEW, some.stop)]
            sums[label] += ONES[: len(few)] @ few


def _of_each_class(labels: np.ndarray) -> Iterator[tuple[int, slice]]:
    """Each of the sorted `labels`, and where it is."""
    found, starts = np.unique(labels, return_index=True)
    for label, some in zip(found, itertools.pairwise([*starts, len(labels)]), strict=True):
        yield label, slice(*some)


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


# XLA makes one loop of it; TensorFlow's own argmax alone takes as long as the forward pass.
@tf.function(jit_compile=True, autograph=False)
def _winners(layers: list[tf.Tensor]) -> list[tf.Tensor]:
    """Of maps (n, h, w, filters) the bin that each pixel counts in, (n, h, w) int32. A pixel has
    filters + 1 bins: its first strongest filter's, and the last where no filter is above 0."""
    return [_bins(maps) for maps in layers]


def _bins(maps: tf.Tensor) -> tf.Tensor:
    shape, filters = tf.shape(maps), maps.shape[-1]
    if filters <= UNROLLED:
        strongest = tf.zeros(shape[:3], maps.dtype)
        winner = tf.fill(shape[:3], filters)
        for index, answer in enumerate(tf.unstack(maps, axis=-1)):
            winner = tf.where(answer > strongest, index, winner)
            strongest = tf.maximum(answer, strongest)
    else:
        winner = tf.argmax(maps, axis=-1, output_type=tf.int32)
        winner = tf.where(tf.gather(maps, winner, batch_dims=3) > 0, winner, filters)
    pixels = tf.reshape(tf.range(shape[1] * shape[2]), (1, shape[1], shape[2]))
    return pixels * (filters + 1) + winner


def _check_size(shapes: dict[str, tf.TensorShape], classes: int) -> None:
    numbers = (classes * math.prod(size or 1 for size in shape) for shape in shapes.values())
    needed, free = BYTES * sum(numbers) / 2**30, psutil.virtual_memory().available / 2**30
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
