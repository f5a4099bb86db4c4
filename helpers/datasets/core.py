"""What every data set is, where it may lie, and how it can be missing."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

import helpers

__all__ = [
    "Dataset",
    "DatasetCorrupt",
    "DatasetUnavailable",
    "Split",
    "cache_dir",
    "leaked",
    "manifest",
]

# In a checkout the manifest lies beside the package, in a wheel within it.
_PLACES = (Path(helpers.__file__).parents[1] / "datasets", Path(__file__).parent)
MANIFEST = next(p / "datasets.toml" for p in _PLACES if (p / "datasets.toml").exists())


class DatasetUnavailable(RuntimeError):
    """The data set is not on this computer and could not be fetched."""


class DatasetCorrupt(RuntimeError):
    """A file of the data set is there, but is not what it should be."""


def _read_only(array: np.ndarray) -> np.ndarray:
    view = array.view()  # so that the caller's own array stays writeable
    view.flags.writeable = False
    return view


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Images and their labels, read-only.

    images: (N, H, W, C) float32 in 0..1; labels: (N,) int64. Where a data set knows more:
    masks: by the name of a part, (N, H, W) bool, True on the pixels that show it;
    attributes: by the name of an attribute, (N,) int64, a label of its own. Anything else raises
    `ValueError`.

    >>> from helpers import datasets
    >>> datasets.Split(images, np.array([0, 1, 1, 2]))
    Split(4 images of 8×8×1)
    """

    images: np.ndarray
    labels: np.ndarray
    masks: Mapping[str, np.ndarray] = field(default_factory=dict)
    attributes: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self):
        images, labels = self.images, self.labels
        if images.ndim != 4 or images.dtype != np.float32:
            raise ValueError(
                f"images: expected (N, H, W, C) float32, got {images.shape} {images.dtype}"
            )
        if labels.ndim != 1 or labels.dtype != np.int64:
            raise ValueError(f"labels: expected (N,) int64, got {labels.shape} {labels.dtype}")
        if len(images) != len(labels):
            raise ValueError(f"expected a label an image, got {len(images)} and {len(labels)}")
        if images.size and not (images.min() >= 0 and images.max() <= 1):  # "not" catches NaN too
            raise ValueError(f"images: expected 0..1, got {images.min()}..{images.max()}")
        for name, mask in self.masks.items():
            if mask.shape != images.shape[:3] or mask.dtype != bool:
                raise ValueError(
                    f"masks[{name!r}]: expected {images.shape[:3]} bool, "
                    f"got {mask.shape} {mask.dtype}"
                )
        for name, values in self.attributes.items():
            if values.shape != labels.shape or values.dtype != np.int64:
                raise ValueError(
                    f"attributes[{name!r}]: expected {labels.shape} int64, "
                    f"got {values.shape} {values.dtype}"
                )
        object.__setattr__(self, "images", _read_only(images))
        object.__setattr__(self, "labels", _read_only(labels))
        for kind in ("masks", "attributes"):
            arrays = {name: _read_only(array) for name, array in getattr(self, kind).items()}
            object.__setattr__(self, kind, arrays)

    def __repr__(self):
        n, height, width, channels = self.images.shape
        return f"Split({n} images of {height}×{width}×{channels})"


@dataclass(frozen=True, eq=False)
class Dataset:
    """A data set: images to train and to test with.

    Label `k` means `class_names[k]`. `source` says where the data set was found.

    >>> from helpers import datasets
    >>> split = datasets.Split(images, np.array([0, 1, 1, 2]))
    >>> dataset = datasets.Dataset("noise", split, split, ("cat", "dog", "owl"), "drawn")
    >>> dataset.class_names[dataset.test.labels[3]]
    'owl'
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    source: str

    def __post_init__(self):
        for labels in (self.train.labels, self.test.labels):
            if labels.size and not 0 <= labels.min() <= labels.max() < len(self.class_names):
                raise ValueError(
                    f"{self.name}: expected labels 0..{len(self.class_names) - 1}, "
                    f"got {labels.min()}..{labels.max()}"
                )


def leaked(dataset: Dataset) -> np.ndarray:
    """Which test images are, byte for byte, among the training images: (test images,) bool.

    >>> from helpers.datasets.core import Dataset, Split, leaked
    >>> train, test = Split(images[:3], np.zeros(3, int)), Split(images[2:], np.zeros(2, int))
    >>> leaked(Dataset("noise", train, test, ("noise",), "drawn"))
    array([ True, False])
    """
    seen = {image.tobytes() for image in dataset.train.images}
    return np.array([image.tobytes() in seen for image in dataset.test.images], bool)


def whole(name: str, value: int, least: int) -> int:
    """`value`, if it is a whole number and at least `least`; else `ValueError` names it."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ValueError(f"{name} is {value!r}; it must be a whole number, at least {least}")
    return int(value)


def manifest(name: str) -> dict:
    """What datasets/datasets.toml says of a data set: licence, citation, URLs, SHA-256.

    >>> from helpers.datasets.core import manifest
    >>> sorted(manifest("mnist")["files"])[0]
    't10k-images-idx3-ubyte'
    """
    return tomllib.loads(MANIFEST.read_text(encoding="utf-8"))[name]


def cache_dir() -> Path:
    """The user's folder for what the course downloads or trains: $COURSE_CACHE if that is set."""
    if folder := os.environ.get("COURSE_CACHE"):
        return Path(folder).expanduser()
    import pooch

    return pooch.os_cache("inside-cnns")
