"""Straight lines on black, 28×28×3, each described by its length, width, angle and colour.

Everything about the images is known: what is where, and why the label is what it is. So an
explanation of a network that tells them apart can be called right or wrong.
"""

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from helpers.datasets.core import Dataset, Split, manifest, whole

__all__ = ["ATTRIBUTES", "CLASS_NAMES", "annotated", "coverage", "load", "write"]

SIZE = 28
ATTRIBUTES = {  # in the order that numbers the classes: the last one changes fastest
    "length": (7, 15),
    "width": (1, 3),
    "angle": tuple(range(0, 180, 15)),
    "colour": ("red", "blue"),
}
CHANNELS = (0, 2)  # of red and blue in RGB
CLASSES: tuple[Any, ...] = tuple(product(*ATTRIBUTES.values()))
CLASS_NAMES = tuple(f"length {le}, width {w}, {a}°, {c}" for le, w, a, c in CLASSES)
FOLDERS = tuple("_".join(map(str, at)) for at in np.ndindex(2, 2, 12, 2))  # L_W_A_C

# Where on a pixel an anti-aliased line's centre may lie, along each axis, from the middle. Nowhere
# is it half a pixel: two rows would be covered alike, and rounding decide which of them is line.
STEPS = (-0.375, -0.125, 0.125, 0.375)
# Without anti-aliasing a pixel is line if its middle lies on the line, or beyond its end by so much
# of a pixel: without it, a line of 7 at 30° would lose a pixel at either end and measure 5.
END = 0.1
TIE = 1e-4  # a middle that lies on the outline, but for rounding, is on the line


def load(n: int = 100, antialias: bool = True, seed: int = 0) -> Dataset:
    """Drawn lines, `n` of each of the 96 classes, a fifth of them to test with: 28×28×3 in 0..1.

    Lines of one class differ by where their centre lies and in nothing else. A line is never cut
    by the border. Its length is Euclidean: a diagonal line is no longer than a level one. Its
    angle is measured counter-clockwise from the +x axis: at 45° it rises to the right.

    The pixel on which the centre lies decides whether a line is one to train or to test with, for
    every `n` and `seed` alike. No centre is taken twice, so no image occurs twice.

    Args:
        n: variations of each class, 5 or more; a few hundred where the lines are not anti-aliased.
        antialias: True makes a pixel as bright as the share that the line covers (in 255 steps),
            and the centre has 16 places on a pixel. False makes each pixel line or black, and the
            centre lies on the middle of a pixel.
        seed: draws the centres and the order of the images.

    Returns:
        A `Dataset` whose splits have `masks["line"]` and `attributes` "length", "width", "angle"
        and "colour", each an index into the values in `lines.ATTRIBUTES`.

    Raises:
        ValueError: if `n` is below 5 or if there are not so many places.

    >>> from helpers.datasets import lines
    >>> dataset = lines.load(n=5)
    >>> dataset.test, sorted(dataset.test.attributes)
    (Split(96 images of 28×28×3), ['angle', 'colour', 'length', 'width'])
    """
    n, rng = whole("n", n, least=5), np.random.default_rng(whole("seed", seed, least=0))
    places = [line_centres(length, width, angle, antialias) for length, width, angle, _ in CLASSES]
    most = min(min(len(train) * 5 // 4, len(test) * 5 + 4) for train, test in places)
    if n > most:
        raise ValueError(
            f"n is {n}; there are places for {most} different lines of each class: take fewer"
            + ("" if antialias else ", or antialias=True, which has more places")
        )

    def split(part, count):
        labels = rng.permutation(np.repeat(np.arange(len(CLASSES)), count))
        images = np.zeros((len(labels), SIZE, SIZE, 3), np.float32)
        for label, (length, width, angle, colour) in enumerate(CLASSES):
            centres = rng.choice(places[label][part], count, replace=False)
            channel = CHANNELS[ATTRIBUTES["colour"].index(colour)]
            images[labels == label, ..., channel] = coverage(
                length, width, angle, centres, antialias
            )
        return annotated(images, labels)

    return Dataset(
        "lines",
        split(0, n - n // 5),
        split(1, n // 5),
        CLASS_NAMES,
        f"drawn by the course: n={n}, antialias={antialias}, seed={seed}; "
        f"{manifest('lines')['citation']}",
    )


def coverage(
    length: float, width: float, angle: float, centres: np.ndarray, antialias: bool = True
) -> np.ndarray:
    """How much of each pixel a line covers: (N, 28, 28) float32 in 0..1, in 255 steps.

    Anti-aliased, ends and sides fade over one pixel, which is exact at 0° and 90°.
    length and width in pixels, angle in degrees; centres: (N, 2), column and row, where a whole
    number is the middle of a pixel.

    >>> from helpers.datasets import lines
    >>> drawn = lines.coverage(length=7, width=3, angle=0, centres=np.array([[14, 14]]))
    >>> drawn.shape, float(drawn.sum())
    ((1, 28, 28), 21.0)
    """
    turn = np.float32(np.deg2rad(angle))
    grid = np.arange(SIZE, dtype=np.float32)
    x = (grid - centres[:, :1].astype(np.float32))[:, None, :]
    y = (centres[:, 1:].astype(np.float32) - grid)[:, :, None]  # upwards, against the rows
    outside = [  # how far a pixel's centre lies beyond the end, and beyond the side
        np.abs(x * np.cos(turn) + y * np.sin(turn)) - length / 2,
        np.abs(y * np.cos(turn) - x * np.sin(turn)) - width / 2,
    ]
    if not antialias:
        return ((outside[0] <= END) & (outside[1] <= TIE)).astype(np.float32)
    ends, sides = (np.clip(0.5 - distance, 0, 1) for distance in outside)
    return np.rint(ends * sides * 255) / np.float32(255)  # as a PNG holds it


def line_centres(
    length: int, width: int, angle: int, antialias: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Centres (column, row) at which the border cuts nothing: those to train and to test with."""
    turn, fringe = np.deg2rad(angle), (1, 1) if antialias else (2 * END, 0)
    spans = np.abs([[np.cos(turn), np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    steps = np.array(STEPS if antialias else (0,))
    grid = (np.arange(SIZE)[:, None] + steps).ravel()
    reach = spans @ np.add((length, width), fringe) / 2
    columns, rows = (grid[(grid > r - 1 + TIE) & (grid < SIZE - r - TIE)] for r in reach)
    places = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    column, row = np.rint(places).astype(int).T
    to_test = (column + 2 * row) % 5 == 0  # a knight's move apart: evenly spread
    return places[~to_test], places[to_test]


def annotated(images: np.ndarray, labels: np.ndarray) -> Split:
    """A split of lines with masks and attributes.

    A pixel is line if at least half of it is covered.

    >>> from helpers.datasets import lines
    >>> split = lines.annotated(np.zeros((2, 28, 28, 3), np.float32), np.array([0, 95]))
    >>> split.attributes["angle"]
    array([ 0, 11])
    """
    numbers = np.unravel_index(labels, [len(values) for values in ATTRIBUTES.values()])
    return Split(
        images,
        labels,
        {"line": np.maximum(images[..., 0], images[..., 2]) >= 0.5},
        dict(zip(ATTRIBUTES, numbers, strict=True)),
    )


def write(split: Split, folder: Path) -> None:
    """Write each line as `L_W_A_C/L_W_A_C_k.png` into `folder`; k counts from 0 in each class.

    L, W, A and C are the line's attributes. With the two splits in `train` and `test` beside each
    other, `load(folder)` reads them back, to the bit. `ValueError` if the images are no lines,
    `FileExistsError` if there are lines in the folder already.

    >>> from helpers.datasets import lines
    >>> split = lines.annotated(np.zeros((1, 28, 28, 3), np.float32), np.array([95]))
    >>> lines.write(split, folder)
    >>> [path.name for path in folder.rglob("*.png")]
    ['1_1_11_1_0.png']
    """
    if split.labels.max() >= len(FOLDERS) or split.images.shape[1:] != (SIZE, SIZE, 3):
        raise ValueError(f"expected lines, {SIZE}×{SIZE}×3 of {len(FOLDERS)} classes, got {split}")
    for label, name in enumerate(FOLDERS):
        (Path(folder) / name).mkdir(parents=True)
        for k, image in enumerate(split.images[split.labels == label]):
            picture = Image.fromarray(np.rint(image * 255).astype(np.uint8))
            picture.save(Path(folder) / name / f"{name}_{k}.png")
