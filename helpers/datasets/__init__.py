"""The data sets of the course: `load(name)` returns a `Dataset`, wherever it has to come from.

A further data set is a module with a `load()`, a line in `LOADERS` and an entry in
datasets/datasets.toml.
"""

from functools import cache
from pathlib import Path
from typing import Any

from helpers.datasets import digits, faces, folders, lines, mnist, photos, portraits
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


def load(name: str | Path, **options: Any) -> Dataset:
    """The data set called `name`, or the data set in a folder or file.

    A second call in the same process is instant. These names are known, with their options in
    brackets:

    - "mnist": 28×28×1, 60,000 + 10,000 images, found or downloaded;
    - "digits": 1,797 images of the same form, without a network;
    - "default": MNIST if it can be had, else digits, saying which;
    - "lines": 28×28×3, drawn, 96 classes with masks and attributes (`n`, `antialias`, `seed`);
    - "faces": 48×48×1, drawn, seven expressions with masks (`n`, `seed`);
    - "photos": photographs, 224×224×3 (`size`);
    - "portraits": photographs of faces, 25×25×1, with a smile or without.

    Args:
        name: one of these names, a folder or a file. A folder has class folders, in `train` and
            `test` or alone (`classes`, `size`, `skip_unreadable`, see `folders.load`), or pictures
            of any kind (`size`, see `photos.load`). A file is a picture, or FER2013's .csv.
        options: of the data set, as above.

    Raises:
        ValueError: for an unknown name.
        DatasetUnavailable: if the data cannot be had.
        DatasetCorrupt: if a file is damaged that is not ours to replace.

    >>> from helpers import datasets
    >>> faces = datasets.load("faces", n=5)
    >>> faces.train, faces.test
    (Split(28 images of 48×48×1), Split(7 images of 48×48×1))
    """
    if name in LOADERS:
        return _load(name, **options)
    path = Path(name).expanduser()
    if path.is_dir():
        alone = photos.pictures(path) and not folders.has_classes(path)
        return (photos if alone else folders).load(path, **options)
    if path.is_file():
        return (faces.read_csv if path.suffix.lower() == ".csv" else photos.load)(path, **options)
    raise ValueError(
        f"no data set {str(name)!r}: there are {', '.join(sorted(LOADERS))}, "
        "and no file or folder is called so"
    )


@cache  # an exception is not cached: a failed load may be tried again
def _load(name: str, **options) -> Dataset:
    return LOADERS[name](**options)


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


LOADERS = {
    "mnist": mnist.load,
    "digits": digits.load,
    "default": _default,
    "lines": lines.load,
    "faces": faces.load,
    "photos": photos.load,
    "portraits": portraits.load,
}
