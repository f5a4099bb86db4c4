"""Image folders, a folder a class, as FER2013 and many other data sets are distributed."""

import re
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm.auto import tqdm

from helpers.datasets import lines
from helpers.datasets.core import (
    Dataset,
    DatasetCorrupt,
    DatasetUnavailable,
    Split,
    leaked,
    whole,
)
from helpers.datasets.photos import opened, pictures, square

__all__ = ["has_classes", "load"]


def load(
    folder: Path | str,
    classes: Sequence[str] | None = None,
    size: int | None = None,
    skip_unreadable: bool = False,
) -> Dataset:
    """The images in `train/<class>/` and `test/<class>/`, or in class folders alone.

    Without `size` all must have one size. They are grey if all files are. Where there are class
    folders alone, about a fifth of the images are to test with; copies of an image stay together.
    Folders named as `lines.write` names them are lines again, with all that is known of them.

    Args:
        folder: that in which `train` and `test`, or the class folders, lie.
        classes: the names of the class folders in the order of the labels; without them
            alphabetical, numbers by their value.
        size: the side in pixels of the squares that all pictures become: the short side is resized
            to it and the middle cut out.
        skip_unreadable: leave out files that cannot be read as pictures, and print their names.

    Raises:
        DatasetUnavailable: if there are no class folders with pictures in them.
        DatasetCorrupt: if a file is no picture (without `skip_unreadable`), or of another size
            than the first one (without `size`), or if no file is a picture.
        ValueError: if `classes` are not those that there are.

    >>> from helpers.datasets import folders
    >>> for image, place in zip(images, ["train/cat", "train/dog", "test/cat", "test/dog"]):
    ...     (folder / place).mkdir(parents=True)
    ...     keras.utils.save_img(folder / place / "1.png", image)
    >>> folders.load(folder).class_names
    ('cat', 'dog')
    """
    folder = Path(folder).expanduser()
    size = None if size is None else whole("size", size, least=1)
    given = [folder / "train", folder / "test"]
    parts = [_by_class(part) for part in (given if all(p.is_dir() for p in given) else [folder])]
    if not all(parts):
        raise DatasetUnavailable(
            f"{folder}: expected pictures in train/<class>/ and test/<class>/, or in <class>/; "
            f"found {', '.join(sorted(path.name for path in folder.iterdir())) or 'nothing'}"
        )
    found = sorted(set().union(*parts), key=_natural)
    named_as_lines = classes is None and set(found) <= set(lines.FOLDERS)
    if classes is None:
        classes = lines.FOLDERS if named_as_lines else found
    elif sorted(classes) != sorted(found):
        raise ValueError(
            f"classes are {', '.join(classes)}; {folder} has {', '.join(found)}: "
            "name each of them once, in the order of the labels"
        )
    files = [
        (path, label, number == 1)
        for number, part in enumerate(parts)
        for label, name in enumerate(classes)
        for path in part.get(name, ())
    ]
    images, files = _read(files, size, skip_unreadable)
    _, labels, to_test = (np.array(column) for column in zip(*files, strict=True))
    are_lines = named_as_lines and images.shape[1:] == (lines.SIZE, lines.SIZE, 3)
    if named_as_lines and not are_lines:
        raise DatasetCorrupt(
            f"{folder}: its folders are named like those of lines (L_W_A_C), but its pictures are "
            f"{'×'.join(map(str, images.shape[1:]))}, not 28×28×3. Remedy: give classes=, or "
            "rename the folders."
        )
    if len(parts) == 1:
        to_test = np.array([zlib.crc32(image.tobytes()) % 5 == 0 for image in images])
    split = lines.annotated if are_lines else Split
    dataset = Dataset(
        folder.resolve().name,
        split(images[~to_test], labels[~to_test]),
        split(images[to_test], labels[to_test]),
        lines.CLASS_NAMES if are_lines else tuple(classes),
        str(folder),
    )
    if copies := leaked(dataset).sum():
        print(
            f"{folder}: {copies} of {len(dataset.test.images)} test images are also among the "
            "training images: accuracy on this test set is too high."
        )
    return dataset


def _natural(name: str) -> list:
    """What sorts "class 2" before "class 10"."""
    return [int(part) if part.isdigit() else part for part in re.split(r"([0-9]+)", name.lower())]


def has_classes(folder: Path) -> bool:
    """Whether a folder holds pictures by class, in train/ and test/ or in folders of their own.

    >>> from helpers.datasets import folders
    >>> (folder / "cat").mkdir()
    >>> keras.utils.save_img(folder / "cat" / "1.png", images[0])
    >>> folders.has_classes(folder)
    True
    """
    given = [folder / "train", folder / "test"]
    return all(p.is_dir() for p in given) or bool(_by_class(folder))


def _by_class(folder: Path) -> dict[str, list[Path]]:
    """The pictures in each subfolder that has any."""
    found = {
        sub.name: sorted(pictures(sub), key=lambda path: _natural(path.name))
        for sub in folder.iterdir()
        if sub.is_dir() and not sub.name.startswith(".")
    }
    return {name: paths for name, paths in found.items() if paths}


def _read(
    files: list[tuple[Path, int, bool]], size: int | None, skip_unreadable: bool
) -> tuple[np.ndarray, list[tuple[Path, int, bool]]]:
    """(N, H, W, C) float32 in 0..1, and the files that they are; one picture in colour makes all
    of them RGB."""
    decoded: list[Image.Image] = []
    read, unreadable = [], []
    for file in tqdm(files, desc="reading", unit="image"):
        try:
            picture = opened(file[0])
        except DatasetCorrupt as error:
            if not skip_unreadable:
                raise DatasetCorrupt(
                    f"{error} Or leave out such files: skip_unreadable=True."
                ) from None
            unreadable.append(file[0])
            continue
        decoded.append(square(picture, size) if size else picture)
        read.append(file)
        if picture.size != decoded[0].size and not size:
            sizes = "{}×{} and {}×{}".format(*decoded[0].size, *picture.size)
            raise DatasetCorrupt(
                f"{read[0][0]} and {file[0]} are {sizes} pixels. Remedy: give size=, the side in "
                "pixels of the squares that all pictures shall become."
            )
    if unreadable:
        names = "".join(f"\n  {path}" for path in unreadable)
        print(f"Left out {len(unreadable)} of {len(files)} files, which are no pictures:{names}")
    if not decoded:
        raise DatasetCorrupt(f"None of {len(files)} files is a picture. Remedy: fetch them again.")
    mode = max(picture.mode for picture in decoded)  # "L" or "RGB"
    arrays = np.stack([np.asarray(picture.convert(mode)) for picture in decoded])
    images = (arrays if mode == "RGB" else arrays[..., None]).astype(np.float32) / 255
    return images, read
