"""MNIST (LeCun et al. 1998), from wherever it can be had; the IDX format it comes in, and how its
images were made from larger ones."""

import gzip
import hashlib
import math
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from helpers.datasets.core import (
    Dataset,
    DatasetCorrupt,
    DatasetUnavailable,
    Split,
    cache_dir,
    manifest,
)
from helpers.datasets.download import fetch

__all__ = ["centre_like_mnist", "centred", "load", "read_idx"]

# the four files, and what Keras calls their content in its mnist.npz
KERAS_NAMES = {
    "train-images-idx3-ubyte": "x_train",
    "train-labels-idx1-ubyte": "y_train",
    "t10k-images-idx3-ubyte": "x_test",
    "t10k-labels-idx1-ubyte": "y_test",
}


def read_idx(path: Path) -> np.ndarray:
    """The uint8 array in an IDX file, gzipped (whatever its name says) or not.

    `DatasetCorrupt` if the file is not IDX of unsigned bytes, or too short or too long.

    >>> from helpers import datasets
    >>> _ = (folder / "two").write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 2, 5, 7]))
    >>> datasets.read_idx(folder / "two")
    array([5, 7], dtype=uint8)
    """
    path = Path(path)
    content = path.read_bytes()
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise DatasetCorrupt(f"{path}: damaged gzip file: {error}") from None
    if len(content) < 4 or content[:3] != b"\0\0\x08":
        raise DatasetCorrupt(
            f"{path}: not an IDX file of unsigned bytes: "
            f"expected it to begin with 00 00 08, got {content[:3].hex(' ') or 'nothing'}"
        )
    header = 4 + 4 * content[3]
    if len(content) < header:
        raise DatasetCorrupt(f"{path}: expected {header} bytes of header, got {len(content)}")
    shape = struct.unpack(f">{content[3]}I", content[4:header])
    if len(content) != header + math.prod(shape):
        raise DatasetCorrupt(
            f"{path}: expected {math.prod(shape)} bytes for shape {shape}, "
            f"got {len(content) - header}"
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def idx_sha256(array: np.ndarray) -> str:
    """The SHA-256 of the unpacked IDX file that holds a uint8 array."""
    header = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape)
    digest = hashlib.sha256(header)
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def centre_like_mnist(ink: ArrayLike, shape: tuple[int, int] = (28, 28)) -> np.ndarray:
    """A drawing, scaled and centred as the images of MNIST are.

    The bounding box of the ink is scaled so that its longer side is 20 pixels. It keeps its aspect
    ratio, and each new pixel is the mean of what it covers. For the next step see `centred`. Ink
    weaker than 0.1 does not widen the box.

    Args:
        ink: (h, w) from 0 (paper) to 1 (ink), of any size.
        shape: (H, W) of the image; where it is not 28×28 the 20 pixels scale along.

    Returns:
        (H, W, 1) float32 from 0 to 1; all zero where there is no ink.

    Raises:
        ValueError: if `ink` is no (h, w) array or leaves 0 to 1.

    >>> from helpers import datasets
    >>> image = datasets.centre_like_mnist(np.ones((50, 10)))
    >>> image.shape, float(image.sum())
    ((28, 28, 1), 80.0)
    """
    ink = np.asarray(ink, np.float64)
    if ink.ndim != 2 or not (ink.size and ink.min() >= 0 and ink.max() <= 1):
        between = f", from {ink.min():.3g} to {ink.max():.3g}" if ink.size else ""
        raise ValueError(f"ink must be (h, w) from 0 to 1, got shape {ink.shape}{between}")
    inked = ink > 0.1
    if not inked.any():
        return np.zeros((*shape, 1), np.float32)
    sides = [np.flatnonzero(inked.any(axis=axis))[[0, -1]] for axis in (1, 0)]
    step = max(last + 1 - first for first, last in sides) / round(min(shape) * 20 / 28)
    rows, columns = (
        _averages(first, last + 1, step, size)
        for (first, last), size in zip(sides, ink.shape, strict=True)
    )
    return centred(rows @ ink @ columns.T, shape)


def _averages(start: int, stop: int, step: float, size: int) -> np.ndarray:
    """(pixels, size): what each of `size` old pixels adds to new ones that are `step` wide."""
    edges = start + step * np.arange(int(np.ceil((stop - start) / step - 1e-6)) + 1)
    return np.diff(np.clip(edges[:, None] - np.arange(size), 0, 1), axis=0) / step


def centred(box: np.ndarray, shape: tuple[int, int] = (28, 28)) -> np.ndarray:
    """An image (H, W, 1) float32 that is empty but for `box` (h, w) in its middle.

    The centre of mass lies, to the nearest pixel, on pixel (H/2, W/2), as far as the box stays
    inside the image. That is pixel 14, not 13.5, in all of MNIST.

    >>> from helpers.datasets import mnist
    >>> mnist.centred(np.ones((1, 1)), shape=(4, 4))[..., 0]
    array([[0., 0., 0., 0.],
           [0., 0., 0., 0.],
           [0., 0., 1., 0.],
           [0., 0., 0., 0.]], dtype=float32)
    """
    image = np.zeros((*shape, 1), np.float32)
    mass = box.sum() or 1
    corner = []
    for axis, (size, inner) in enumerate(zip(shape, box.shape, strict=True)):
        middle = box.sum(axis=1 - axis) @ np.arange(inner) / mass
        corner.append(int(np.clip(np.rint(size / 2 - middle), 0, size - inner)))
    (top, left), (height, width) = corner, box.shape
    image[top : top + height, left : left + width, 0] = box
    return image


def load() -> Dataset:
    """MNIST: 60,000 + 10,000 images, 28×28×1.

    Looked for in $COURSE_DATA/mnist, the user's cache and Keras's cache, then downloaded. Raises
    `DatasetCorrupt` for a damaged file in $COURSE_DATA, `DatasetUnavailable` if all that fails.
    """
    about = manifest("mnist")
    arrays, found = _find(about["files"], about["mirrors"])

    def split(kind):
        images, labels = arrays[f"{kind}-images-idx3-ubyte"], arrays[f"{kind}-labels-idx1-ubyte"]
        images = np.divide(images[..., None], np.float32(255), dtype=np.float32)
        return Split(images, labels.astype(np.int64))

    return Dataset(
        "mnist",
        split("train"),
        split("t10k"),
        tuple("0123456789"),
        f"{found}; {about['citation']}",
    )


def _find(files: dict, mirrors: list[str]) -> tuple[dict[str, np.ndarray], str]:
    """The four arrays by file name, and where they were found."""
    looked = ["$COURSE_DATA/mnist: COURSE_DATA is not set"]
    if root := os.environ.get("COURSE_DATA"):
        folder = Path(root).expanduser() / "mnist"
        if arrays := _from_course_data(folder, files, mirrors):
            return arrays, str(folder)
        looked = [f"$COURSE_DATA/mnist, that is {folder}: none of the four files"]

    cache = cache_dir() / "mnist"
    arrays = _from_cache(cache, files)
    if len(arrays) == len(files):
        return arrays, str(cache)
    looked.append(f"the course's cache, {cache}: {len(arrays)} of the four files")

    keras_home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
    npz = keras_home / "datasets" / "mnist.npz"
    if not npz.is_file():
        looked.append(f"Keras's cache, {npz}: not there")
    else:
        try:
            return _from_npz(npz, files), str(npz)
        except DatasetCorrupt as error:  # Keras's file: not ours to remove
            print(f"Passed over: {error}")
            looked.append(f"Keras's cache, {error}")

    try:
        for name in [name for name in files if name not in arrays]:
            path = cache / f"{name}.gz"
            fetch([f"{url}{name}.gz" for url in mirrors], path, files[name]["gz_sha256"])
            arrays[name] = _checked(read_idx(path), name, files, path)
    except DatasetUnavailable as error:
        places = "\n".join(looked + str(error).splitlines())
        names = ", ".join(f"{name}.gz" for name in files)
        raise DatasetUnavailable(
            f"MNIST is not on this computer and could not be downloaded. Looked in\n{places}\n"
            "Remedies: connect to the internet and try again; "
            f"or copy the four files ({names}) into {cache}; "
            "or set COURSE_DATA to the folder in which they lie in mnist/; "
            'or use load("digits"), which needs no network.'
        ) from None
    return arrays, f"downloaded to {cache}"


def _locate(folder: Path, name: str) -> Path | None:
    return next((p for p in (folder / name, folder / f"{name}.gz") if p.is_file()), None)


def _checked(array: np.ndarray, name: str, files: dict, path: Path | str) -> np.ndarray:
    """The array, if it is the content of file `name`; else `DatasetCorrupt` says what it is."""
    got = idx_sha256(array)
    if got == files[name]["sha256"]:
        return array
    expected = tuple(files[name]["shape"])
    other = next((other for other in files if files[other]["sha256"] == got), None)
    if other:
        why = f"holds the content of {other}: were files swapped?"
    elif array.shape != expected:
        why = f"expected shape {expected}, got {array.shape}"
    else:
        why = (
            f"right in shape, wrong in content: expected SHA-256 {files[name]['sha256']}, got {got}"
        )
    raise DatasetCorrupt(f"{path}: {why}")


def _from_course_data(folder: Path, files: dict, mirrors: list[str]) -> dict[str, np.ndarray]:
    """All four arrays, or none if none of the files is there."""
    paths = {name: _locate(folder, name) for name in files}
    if not any(paths.values()):
        return {}
    try:
        there = {name: path for name, path in paths.items() if path}
        if missing := [name for name in paths if name not in there]:
            raise DatasetCorrupt(f"{folder}: lacks {', '.join(missing)}")
        return {name: _checked(read_idx(path), name, files, path) for name, path in there.items()}
    except DatasetCorrupt as error:
        raise DatasetCorrupt(
            f"{error}\nRemedy: put the original file there, from {' or '.join(mirrors)}, "
            "or unset COURSE_DATA."
        ) from None


def _from_cache(folder: Path, files: dict) -> dict[str, np.ndarray]:
    """The arrays that are there; damaged files are removed, to be fetched again."""
    arrays = {}
    for name in files:
        while name not in arrays and (path := _locate(folder, name)):
            try:
                arrays[name] = _checked(read_idx(path), name, files, path)
            except DatasetCorrupt as error:
                print(f"Removed, to be fetched again: {error}")
                path.unlink()
    return arrays


def _from_npz(path: Path, files: dict) -> dict[str, np.ndarray]:
    try:
        with np.load(path) as npz:
            arrays = {name: np.asarray(npz[KERAS_NAMES[name]], np.uint8) for name in files}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise DatasetCorrupt(f"{path}: cannot be read: {error}") from None
    return {
        name: _checked(array, name, files, f"{path}[{KERAS_NAMES[name]}]")
        for name, array in arrays.items()
    }
