"""Photographs: those that come with scikit-image and scikit-learn, and anybody's own."""

from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from helpers.datasets.core import (
    Dataset,
    DatasetCorrupt,
    DatasetUnavailable,
    Split,
    manifest,
    whole,
)

__all__ = ["SUFFIXES", "bundled", "load", "opened", "pictures", "read", "square"]

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


def load(place: Path | str | None = None, size: int = 224) -> Dataset:
    """Photographs as squares, size × size × 3, each its own class, named after its file.

    All are in `test`; `train` is empty. For a photograph as it is, see `read`.

    Args:
        place: a picture, or a folder of pictures; without one, those that are bundled.
        size: the side in pixels; the short side is resized to it and the middle cut out.

    Raises:
        DatasetUnavailable: if there is no picture at `place`.
        DatasetCorrupt: if a file is not the picture that its name promises.

    >>> from helpers.datasets import photos
    >>> keras.utils.save_img(folder / "noise.png", images[0])
    >>> photos.load(folder, size=4).test
    Split(1 images of 4×4×3)
    """
    size = whole("size", size, least=1)
    if place is None:
        paths, source = bundled(), f"bundled; {manifest('photos')['citation']}"
    else:
        place = Path(place).expanduser()
        found = pictures(place) if place.is_dir() else [place] if place.is_file() else []
        paths, source = {path.stem: path for path in found}, str(place)
        if len(paths) < len(found):  # a.jpg beside a.png
            paths = {path.name: path for path in found}
        if not paths:
            raise DatasetUnavailable(
                f"{place}: no pictures. Remedy: name a file, or a folder with files that end in "
                f"{', '.join(SUFFIXES)}"
            )
    images = np.stack([read(path, size) for path in paths.values()])
    return Dataset(
        "photos",
        Split(images[:0], np.empty(0, np.int64)),
        Split(images, np.arange(len(images))),
        tuple(paths),
        source,
    )


def bundled() -> dict[str, Path]:
    """The files of the photographs in the installed scikit-image and scikit-learn, by name.

    Nothing is fetched. Raises `DatasetUnavailable` for one that the installed version does not
    hold.

    >>> from helpers.datasets import photos
    >>> photos.bundled()["cat"].name
    'chelsea.png'
    """
    paths = {}
    for name, about in manifest("photos")["files"].items():
        paths[name] = Path(str(files(about["package"]) / about["file"]))
        if not paths[name].is_file():
            raise DatasetUnavailable(
                f"{paths[name]} is missing: reinstall scikit-image and scikit-learn"
            )
    return paths


def pictures(folder: Path) -> list[Path]:
    """The picture files in a folder itself, in alphabetical order; hidden ones are left out.

    >>> from helpers.datasets import photos
    >>> keras.utils.save_img(folder / "noise.png", images[0])
    >>> [path.name for path in photos.pictures(folder)]
    ['noise.png']
    """
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and path.is_file() and not path.name.startswith(".")
    )


def read(path: Path | str, size: int | None = None) -> np.ndarray:
    """A picture file of any format as an array: (H, W, 3) float32 RGB in 0..1.

    It is upright as the camera was held. What is transparent lies on white. `size` asks for a
    square: the short side resized to it, the middle cut out. Raises `DatasetCorrupt` if the file is
    no picture.

    >>> from helpers.datasets import photos
    >>> keras.utils.save_img(folder / "noise.png", images[0])
    >>> photos.read(folder / "noise.png").shape
    (8, 8, 3)
    """
    picture = opened(path).convert("RGB")
    if size:
        picture = square(picture, size)
    return np.asarray(picture, np.float32) / 255


def square(picture: Image.Image, size: int) -> Image.Image:
    """A picture with its short side resized to `size`, and the middle cut out.

    >>> from PIL import Image
    >>> from helpers.datasets import photos
    >>> photos.square(Image.new("L", (30, 20)), 5).size
    (5, 5)
    """
    return ImageOps.fit(picture, (size, size), Image.Resampling.BICUBIC)


def opened(path: Path | str) -> Image.Image:
    """A picture file as an upright image: grey ("L") if it is so stored, else "RGB".

    What is transparent lies on white, as on a page, whatever colour the file hides there.

    >>> from helpers.datasets import photos
    >>> keras.utils.save_img(folder / "noise.png", images[0])
    >>> photos.opened(folder / "noise.png").mode
    'L'
    """
    try:
        with Image.open(path) as picture:
            picture = ImageOps.exif_transpose(picture)
            if picture.mode in ("F", "I") or picture.mode.startswith("I;16"):
                raise DatasetCorrupt(
                    f"{path}: has more than 8 bits a channel. Remedy: save it as 8-bit PNG or JPEG."
                )
            mode = "L" if picture.mode in ("1", "L", "LA") else "RGB"
            if picture.has_transparency_data:
                white = Image.new("RGBA", picture.size, "white")
                picture = Image.alpha_composite(white, picture.convert("RGBA"))
            return picture.convert(mode)
    except (OSError, SyntaxError, Image.DecompressionBombError) as error:
        start = Path(path).read_bytes()[:16] if Path(path).is_file() else b""
        raise DatasetCorrupt(
            f"{path}: cannot be read as a picture ({error}); it begins with {start!r}. "
            "Remedy: fetch the file again, or save it as PNG or JPEG."
        ) from None
