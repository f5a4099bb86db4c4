"""The data sets of the course: `load(name)` returns a `Dataset`, wherever it has to come from.

A further data set is a module with a `load()`, a line in `LOADERS` and an entry in
datasets/datasets.toml.
"""

from functools import cache

from helpers.datasets import digits, mnist
from helpers.datasets.core import (
    Dataset,
    DatasetCorrupt,
    DatasetUnavailable,
    Split,
    cache_dir,
)
from helpers.datasets.mnist import centre_like_mnist, read_idx

__all__ = [
    "Dataset",
    "DatasetCorrupt",
    "DatasetUnavailable",
    "Split",
    "cache_dir",
    "centre_like_mnist",
    "load",
    "read_idx",
]


def load(name: str) -> Dataset:
    """The data set called `name`; a second call in the same process is instant.

    "mnist": 28×28×1, 60,000 + 10,000 images, found or downloaded. "digits": 1,797 images of the
    same form, without a network. "default": MNIST if it can be had, else digits, saying which.

    Raises `ValueError` for an unknown name, `DatasetUnavailable` if the data cannot be had,
    `DatasetCorrupt` if a file is damaged that is not ours to replace.
    """
    if name not in LOADERS:
        raise ValueError(f"no data set {name!r}: there are {', '.join(sorted(LOADERS))}")
    return _load(name)


@cache  # an exception is not cached: a failed load may be tried again
def _load(name: str) -> Dataset:
    return LOADERS[name]()


def _default() -> Dataset:
    # print, not a warning: nbgrader takes anything on stderr for a failure of the cell
    try:
        dataset = load("mnist")
        print(f"Data set: MNIST ({dataset.source.split(';')[0]}).")
    except DatasetUnavailable:
        dataset = load("digits")
        print(
            "Data set: scikit-learn's digits, since MNIST could not be found or downloaded. "
            'load("mnist") says where it was looked for.'
        )
    return dataset


LOADERS = {"mnist": mnist.load, "digits": digits.load, "default": _default}
