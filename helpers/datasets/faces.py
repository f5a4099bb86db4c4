"""Drawn faces, 48×48 and grey, with FER2013's seven expressions; and FER2013's own file.

What makes an expression is known: it is drawn by brows, eyes and mouth, whose pixels the masks
name, and by a few wrinkles. Everything else (who it is, pose, light, noise) is drawn by lot.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from helpers.datasets.core import Dataset, DatasetCorrupt, Split, manifest, whole

__all__ = ["EXPRESSIONS", "PARTS", "draw", "load", "read_csv"]

SIZE = 48
EXPRESSIONS = ("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise")
CSV_LABELS = {"0": 0, "1": 1, "2": 2, "3": 3, "4": 5, "5": 6, "6": 4}  # there neutral comes last
PARTS = ("brows", "eyes", "mouth")

# Lengths are in faces: 0 is the middle of the head, 1 its chin; x points right, y down.
NEUTRAL = {
    "brow_inner": 0.0,  # how far its inner end is raised, and its outer end
    "brow_outer": 0.0,
    "brow_arch": 0.05,
    "brow_gap": 0.0,  # how far the brows are apart, against at rest
    "lid_upper": 0.10,  # how far the upper lid is above the eye's corners, the lower lid below
    "lid_lower": 0.07,
    "lid_slant": 0.0,  # above 0 the upper lid falls towards the nose, below 0 to the temples
    "iris": 0.095,
    "gaze": 0.0,  # downwards
    "mouth_y": 0.0,
    "mouth_width": 0.27,
    "smile": 0.01,  # how far its corners are above its middle
    "open_upper": 0.0,  # from the line between the lips to either lip
    "open_lower": 0.0,
    "square": 0.5,  # exponent of the opening's outline: 1/2 an ellipse, less is more of a box
    "teeth_upper": 0.0,  # how far the teeth show
    "teeth_lower": 0.0,
    "sneer": 0.0,  # the upper lip raised in the middle
    "tongue": 0.0,  # how far it is put out
    "skew": 0.0,  # one corner higher than the other
    "frown": 0.0,  # how dark the wrinkles are: between the brows,
    "nose_wrinkle": 0.0,  # on the bridge of the nose,
    "fold": 0.12,  # from the nose to the corners of the mouth,
    "forehead": 0.0,  # and across the forehead
}
CHANGES = {  # after Ekman and Friesen's action units, from the muscles that move
    "angry": {
        "brow_inner": -0.17,
        "brow_outer": 0.10,
        "brow_arch": 0.0,
        "brow_gap": -0.05,
        "lid_upper": 0.085,
        "lid_lower": 0.05,
        "lid_slant": 0.75,
        "mouth_width": 0.31,
        "smile": -0.06,
        "open_upper": 0.09,
        "open_lower": 0.09,
        "square": 0.2,
        "teeth_upper": 0.08,
        "teeth_lower": 0.08,
        "frown": 0.75,
        "fold": 0.2,
    },
    "disgust": {
        "brow_inner": -0.09,
        "brow_outer": -0.04,
        "brow_arch": 0.0,
        "lid_upper": 0.03,
        "lid_lower": 0.02,
        "mouth_y": -0.02,
        "mouth_width": 0.29,
        "smile": -0.1,
        "open_upper": 0.02,
        "open_lower": 0.05,
        "sneer": 0.07,
        "tongue": 0.22,
        "skew": 0.05,
        "nose_wrinkle": 0.6,
        "fold": 0.5,
    },
    "fear": {
        "brow_inner": 0.20,
        "brow_outer": 0.02,
        "brow_arch": 0.0,
        "brow_gap": -0.03,
        "lid_upper": 0.19,
        "lid_lower": 0.13,
        "iris": 0.065,
        "mouth_width": 0.33,
        "smile": -0.05,
        "open_upper": 0.08,
        "open_lower": 0.11,
        "square": 0.25,
        "teeth_lower": 0.06,
        "forehead": 0.35,
    },
    "happy": {
        "brow_inner": 0.02,
        "brow_outer": 0.02,
        "brow_arch": 0.08,
        "lid_upper": 0.10,
        "lid_lower": 0.0,
        "mouth_width": 0.38,
        "smile": 0.17,
        "open_upper": 0.0,
        "open_lower": 0.17,
        "teeth_upper": 0.09,
        "fold": 0.35,
    },
    "neutral": {},
    "sad": {
        "brow_inner": 0.15,
        "brow_outer": -0.12,
        "brow_arch": 0.0,
        "lid_upper": 0.06,
        "lid_slant": -0.7,
        "gaze": 0.04,
        "mouth_y": 0.03,
        "mouth_width": 0.24,
        "smile": -0.13,
        "fold": 0.25,
    },
    "surprise": {
        "brow_inner": 0.19,
        "brow_outer": 0.17,
        "brow_arch": 0.13,
        "lid_upper": 0.17,
        "lid_lower": 0.10,
        "iris": 0.085,
        "mouth_y": 0.03,
        "mouth_width": 0.17,
        "smile": 0.0,
        "open_upper": 0.15,
        "open_lower": 0.20,
        "forehead": 0.4,
    },
}


def load(n: int = 300, seed: int = 0) -> Dataset:
    """Drawn faces, `n` of each expression, a fifth of them to test with: 48×48×1 in 0..1.

    Every face is another person in another pose and light, so that none occurs twice. The splits
    have `masks` "brows", "eyes" and "mouth". Raises `ValueError` if `n` is below 5.

    >>> from helpers.datasets import faces
    >>> faces.load(n=5).test.masks["eyes"].shape
    (7, 48, 48)
    """
    n = whole("n", n, least=5)
    rng = np.random.default_rng(whole("seed", seed, least=0))

    def split(count):
        return draw(rng.permutation(np.repeat(np.arange(len(EXPRESSIONS)), count)), rng)

    return Dataset(
        "faces",
        split(n - n // 5),
        split(n // 5),
        EXPRESSIONS,
        f"drawn by the course: n={n}, seed={seed}; {manifest('faces')['citation']}",
    )


def draw(labels: np.ndarray, rng: np.random.Generator) -> Split:
    """A face for each label, an index into `EXPRESSIONS`; pose, light and the rest from `rng`.

    >>> from helpers.datasets import faces
    >>> happy = faces.EXPRESSIONS.index("happy")
    >>> faces.draw(np.array([happy, happy]), np.random.default_rng(0))
    Split(2 images of 48×48×1)
    """
    images = np.empty((len(labels), SIZE, SIZE, 1), np.float32)
    masks = {part: np.empty((len(labels), SIZE, SIZE), bool) for part in PARTS}
    for start in range(0, len(labels), 128):  # few enough for the processor's cache
        batch = slice(start, start + 128)
        images[batch, ..., 0], drawn = _draw(labels[batch], rng)
        for part in PARTS:
            masks[part][batch] = drawn[part]
    return Split(images, labels, masks)


class Canvas:
    """A batch of pictures on which one layer after the other is laid, each face in its own pose.

    `x`, `y` say where in the head a pixel is, `fx`, `fy` where in the features, which a turn of the
    head moves against its outline.
    """

    def __init__(self, uniform: Callable):
        column, row = np.meshgrid(*[np.arange(SIZE, dtype=np.float32) - (SIZE - 1) / 2] * 2)
        self.scale = uniform(18.5, 21.5)  # pixels a face
        x = (column - uniform(-2, 2)) / self.scale
        y = (row - uniform(-1.5, 2)) / self.scale
        roll = uniform(-0.2, 0.2)
        self.x = (x * np.cos(roll) + y * np.sin(roll)) / uniform(0.92, 1.08)
        self.y = y * np.cos(roll) - x * np.sin(roll)
        bulge = np.sqrt(np.clip(1 - self.x**2, 0.05, 1) * np.clip(1 - 0.6 * self.y**2, 0.05, 1))
        self.yaw, self.pitch = uniform(-0.22, 0.22), uniform(-0.09, 0.09)
        self.fx, self.fy = self.x - self.yaw * bulge, self.y - self.pitch * bulge
        self.image = np.zeros(self.x.shape, np.float32)

    def inside(self, distance: np.ndarray) -> np.ndarray:
        """How much of each pixel lies within an outline, from the distance to it in faces."""
        return np.clip(0.5 - distance * self.scale, 0, 1)

    def lay(self, alpha: np.ndarray | float, tone: np.ndarray | float) -> None:
        self.image += alpha * (tone - self.image)

    def stroke(
        self,
        t: np.ndarray,
        distance: np.ndarray,
        thickness: Any,
        tone: Any,
        strength: float = 1.0,
    ) -> np.ndarray:
        """A line whose ends are t = -1 and 1, tapered; `distance` from its middle, in faces."""
        half = thickness / 2 * np.sqrt(np.clip(1.15 - t**2, 0, 1))
        alpha = self.inside(np.abs(distance) - half) * (np.abs(t) < 1.07)
        self.lay(alpha * strength, tone)
        return alpha


def _draw(labels: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, dict]:
    """(N, 48, 48) float32 and, by part, the mask."""

    def uniform(low, high):
        return rng.uniform(low, high, (len(labels), 1, 1)).astype(np.float32)

    strength = uniform(0.8, 1.15)
    shape = {}
    for name, rest in NEUTRAL.items():
        change = [CHANGES[expression].get(name, rest) - rest for expression in EXPRESSIONS]
        shape[name] = rest + strength * np.array(change, np.float32)[labels][:, None, None]
    for name in ("brow_inner", "brow_outer", "smile"):
        shape[name] = shape[name] + uniform(-0.02, 0.02)

    canvas = Canvas(uniform)
    skin = uniform(0.48, 0.85)
    hair = skin * uniform(0.12, 0.75)
    _head(canvas, skin, hair, uniform)
    _wrinkles(canvas, shape, skin)
    masks = {
        "eyes": _eyes(canvas, shape, skin, uniform),
        "brows": _brows(canvas, shape, np.minimum(hair, 0.55 * skin), uniform),
        "mouth": _mouth(canvas, shape, skin, uniform),
    }
    _light(canvas, uniform, rng)
    return canvas.image, {part: alpha >= 0.5 for part, alpha in masks.items()}


def _head(canvas: Canvas, skin, hair, uniform) -> None:
    """Background, hair, neck, ears, face and nose."""
    x, y, fx, fy = canvas.x, canvas.y, canvas.fx, canvas.fy
    canvas.lay(1, uniform(0.1, 0.9) + uniform(-0.2, 0.2) * x + uniform(-0.2, 0.2) * y)

    width, jaw = uniform(0.74, 0.86), uniform(0, 0.14)
    length = np.where(uniform(0, 1) < 0.35, uniform(0.6, 1.4), 0)  # of hair, below the eyes
    crown = np.hypot(x / (width + 0.16), (y + 0.2) / 1.12) - 1
    falling = np.maximum(np.abs(x) - width - 0.14, -0.2 - y)
    canvas.lay(canvas.inside(np.maximum(np.minimum(crown, falling), y - length)), hair)
    canvas.lay(canvas.inside(np.maximum(np.abs(x) - 0.6 * width, 0.5 - y)), 0.72 * skin)
    for side in (-1, 1):
        ear = np.hypot((x - side * width) / 0.12, (y - 0.05) / 0.2) - 1
        canvas.lay(canvas.inside(0.12 * ear), 0.82 * skin)

    across = width * (1 - jaw * np.clip(y, 0, 1) ** 2)
    radius = np.hypot(x / across, y / np.where(y < 0, 1.1, 1))
    canvas.lay(canvas.inside(0.8 * (radius - 1)), skin * (1.05 - 0.3 * np.clip(radius, 0, 1) ** 3))
    hairline = uniform(-0.85, -0.66) + uniform(0.1, 0.5) * x**2 + uniform(-0.15, 0.15) * x
    bald = uniform(0, 1) < 0.15
    fringe = np.maximum(0.8 * (radius - 1) - 0.06, y - hairline)
    canvas.lay(canvas.inside(fringe) * ~bald, hair)

    tip, wing = uniform(0.27, 0.36), uniform(0.1, 0.15)
    t = 2 * (fy + 0.05) / (tip + 0.05) - 1
    canvas.stroke(t, fx + np.sign(canvas.yaw) * (0.06 + 0.04 * t), 0.07, 0.8 * skin, 0.6)
    canvas.stroke(fx / wing, fy - tip + 0.04 * (fx / wing) ** 2, 0.06, 0.62 * skin, 0.8)


def _wrinkles(canvas: Canvas, shape: dict, skin) -> None:
    fx, fy = canvas.fx, canvas.fy
    for side in (-1, 1):
        u = side * fx
        t = (fy + 0.33) / 0.13
        canvas.stroke(t, u - 0.055 - 0.015 * t, 0.05, 0.5 * skin, shape["frown"])
        t = (fy - 0.42) / 0.2  # from the wing of the nose past the corner of the mouth
        canvas.stroke(t, u - 0.3 - 0.11 * t, 0.05, 0.55 * skin, shape["fold"])
    for row in (-0.06, 0.04, 0.14):
        bend = fy - row + 1.2 * fx**2
        canvas.stroke(fx / 0.13, bend, 0.045, 0.5 * skin, shape["nose_wrinkle"])
    for row in (-0.72, -0.62):
        canvas.stroke(fx / 0.38, fy - row - 0.2 * fx**2, 0.045, 0.55 * skin, shape["forehead"])


def _eyes(canvas: Canvas, shape: dict, skin, uniform) -> np.ndarray:
    apart, half, big = uniform(0.33, 0.39), uniform(0.16, 0.19), uniform(0.92, 1.12)
    look = uniform(-0.04, 0.04)
    eyes = np.zeros_like(canvas.image)
    for side in (-1, 1):
        u = side * canvas.fx - apart
        v = canvas.fy + 0.12
        t = u / half
        bow = np.clip(1 - t**2, 0, None)
        upper = -big * shape["lid_upper"] * bow * (1 + shape["lid_slant"] * t)
        lower = big * shape["lid_lower"] * bow
        alpha = canvas.inside(np.where(np.abs(t) < 1, np.maximum(upper - v, v - lower), 1))
        canvas.lay(alpha, 0.5 * skin + 0.48)
        gaze = np.hypot(canvas.fx - side * apart - look, v - shape["gaze"])
        canvas.lay(alpha * canvas.inside(gaze - big * shape["iris"]), 0.1)
        lid = canvas.stroke(t, v - upper, 0.07, 0.18 * skin)
        canvas.stroke(t, v - lower, 0.04, 0.5 * skin, 0.6)
        eyes = np.maximum(eyes, np.maximum(alpha, lid))
    return eyes


def _brows(canvas: Canvas, shape: dict, tone, uniform) -> np.ndarray:
    thick, height, apart = uniform(0.08, 0.13), uniform(-0.42, -0.38), uniform(0.36, 0.40)
    brows = np.zeros_like(canvas.image)
    for side in (-1, 1):
        t = (side * canvas.fx - apart - shape["brow_gap"]) / 0.24
        raised = (
            shape["brow_inner"] * (1 - t) / 2
            + shape["brow_outer"] * (1 + t) / 2
            + shape["brow_arch"] * (1 - t**2)
        )
        brows = np.maximum(brows, canvas.stroke(t, canvas.fy - height + raised, thick, tone))
    return brows


def _mouth(canvas: Canvas, shape: dict, skin, uniform) -> np.ndarray:
    half = shape["mouth_width"] * uniform(0.92, 1.08)
    t = canvas.fx / half
    bow = np.clip(1 - t**2, 0, None)
    v = canvas.fy - uniform(0.53, 0.62) - shape["mouth_y"]
    v = v + shape["smile"] * (t**2 - 0.5) + shape["skew"] * uniform(-1, 1) * t
    outline = bow ** shape["square"]
    upper = -shape["open_upper"] * outline - shape["sneer"] * bow**2
    lower = shape["open_lower"] * outline
    lips = uniform(0.045, 0.075) * np.sqrt(bow)
    within = np.abs(t) < 1.04

    def show(distance, tone, size=1.0):  # nothing where its size is 0
        alpha = canvas.inside(np.where((size > 0) & within, distance, 1))
        canvas.lay(alpha, tone)
        return alpha

    between = np.maximum(upper - v, v - lower)
    mouth = show(np.maximum(upper - lips - v, v - lower - 1.2 * lips), uniform(0.6, 0.72) * skin)
    show(between, 0.08)
    for gap, teeth in ((v - upper, shape["teeth_upper"]), (lower - v, shape["teeth_lower"])):
        show(np.maximum(between, gap - teeth), 0.9, teeth)
    line = canvas.stroke(t, v - np.clip(0, upper, lower), 0.045, 0.25 * skin)
    for smaller, tone in ((0, 0.25), (0.035, 0.8)):  # an outline, and what it encloses
        width, put_out = 0.135 - smaller, shape["tongue"] - smaller
        round_end = np.hypot(canvas.fx / width, (v - lower) / np.maximum(put_out, 0.01)) - 1
        over = np.maximum(width * round_end, lower - 0.05 - v)
        mouth = np.maximum(mouth, show(over, tone * skin, shape["tongue"]))
    return np.maximum(mouth, line)


def _light(canvas: Canvas, uniform, rng) -> None:
    """A lamp from the side, exposure, contrast and the noise of a sensor."""
    lamp = 1 + uniform(-0.3, 0.3) * canvas.x + uniform(-0.2, 0.1) * canvas.y
    image = canvas.image * lamp * uniform(0.85, 1.15)
    image = 0.5 + uniform(0.85, 1.15) * (image - 0.5)
    # Of that much noise a network is 90 to 95 % right, so that its explanations have mistakes too.
    noise = rng.standard_normal(image.shape, np.float32) * uniform(0, 0.18)
    canvas.image = np.clip(image + noise, 0, 1)


def read_csv(path: Path | str) -> Dataset:
    """FER2013 as its authors distribute it: a CSV file with the columns emotion, pixels and Usage.

    Usage "Training" is to train with, "PublicTest" and "PrivateTest" to test with. The file counts
    neutral as 6; the labels here follow `EXPRESSIONS`, as FER2013 in folders does. Raises
    `DatasetCorrupt` if the file is something else.

    >>> from helpers.datasets import faces
    >>> grey = " ".join(["128"] * 48 * 48)
    >>> lines = ["emotion,pixels,Usage", f"3,{grey},Training", f"6,{grey},PublicTest"]
    >>> np.savetxt(folder / "fer2013.csv", lines, fmt="%s")
    >>> faces.read_csv(folder / "fer2013.csv").train
    Split(1 images of 48×48×1)
    """
    splits: dict[str, tuple[list, list]] = {usage: ([], []) for usage in ("train", "test")}
    use = {"Training": "train", "PublicTest": "test", "PrivateTest": "test"}
    with open(path, newline="", encoding="utf-8-sig", errors="replace") as file:
        rows = csv.DictReader(file, skipinitialspace=True)
        if missing := {"emotion", "pixels", "Usage"} - set(rows.fieldnames or ()):
            raise DatasetCorrupt(
                f"{path}: no column {', '.join(sorted(missing))}; found "
                f"{', '.join(rows.fieldnames or ()) or 'nothing'}. Remedy: fetch fer2013.csv, "
                "which has emotion, pixels and Usage."
            )
        for row in rows:
            try:
                images, labels = splits[use[row["Usage"]]]
                labels.append(CSV_LABELS[row["emotion"]])
                images.append(_pixels(row["pixels"]))
            except (KeyError, ValueError) as error:
                raise DatasetCorrupt(
                    f"{path}, line {rows.line_num}: expected emotion 0..6, "
                    f"{SIZE * SIZE} pixels of 0..255 and Usage {', '.join(use)}; got {error}. "
                    "Remedy: fetch fer2013.csv again."
                ) from None
    if not all(images for images, _ in splits.values()):
        raise DatasetCorrupt(f"{path}: no rows to train with, or none to test with")
    train, test = (
        Split(np.stack(images).astype(np.float32) / 255, np.array(labels))
        for images, labels in splits.values()
    )
    return Dataset("fer2013", train, test, EXPRESSIONS, f"{path}; {manifest('faces')['citation']}")


def _pixels(text: str | None) -> np.ndarray:
    """(48, 48, 1) uint8 from numbers with blanks between them."""
    numbers = (text or "").split()
    pixels = np.array(numbers, np.int64)  # ValueError for what is no number
    if pixels.size != SIZE * SIZE or not 0 <= pixels.min() <= pixels.max() <= 255:
        raise ValueError(
            f"{pixels.size} pixels of {pixels.min(initial=0)}..{pixels.max(initial=0)}"
        )
    return pixels.astype(np.uint8).reshape(SIZE, SIZE, 1)
