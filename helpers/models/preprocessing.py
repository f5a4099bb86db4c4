"""From raw pictures to what a network takes: size, channels and range of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from helpers.models.graph import batches

__all__ = ["RANGES", "Preprocessing", "Range", "known_range"]


@dataclass(frozen=True)
class Range:
    """The range in which a network takes its pixels: (pixel − mean) / scale.

    `mean` and `scale` have one number for all channels, or one for each. With `bgr`, the order of
    the channels is turned from RGB to BGR first.

    >>> from helpers.models.preprocessing import Range
    >>> halves = Range(mean=(127.5,), scale=(127.5,))
    >>> halves(np.array([[0.0], [255.0]])).ravel()
    array([-1.,  1.])
    """

    mean: tuple[float, ...] = (0.0,)
    scale: tuple[float, ...] = (1.0,)
    bgr: bool = False

    def __call__(self, images: np.ndarray) -> np.ndarray:
        """Pixels (..., C) in 0..255 -> what the network takes."""
        images = images[..., ::-1] if self.bgr else images
        return (images - np.array(self.mean, np.float32)) / np.array(self.scale, np.float32)

    def undo(self, inputs: np.ndarray) -> np.ndarray:
        """What a network takes -> pixels (..., C), in 0..255 where the network's image was one."""
        images = inputs * np.array(self.scale, np.float32) + np.array(self.mean, np.float32)
        return images[..., ::-1] if self.bgr else images

    @property
    def colour(self) -> bool:
        """Whether it is one of RGB pictures alone."""
        return self.bgr or len(self.mean) == 3


RANGES = {
    "0..255": Range(),
    "0..1": Range(scale=(255.0,)),
    "-1..1": Range((127.5,), (127.5,)),
    # Caffe's, of VGG and ResNet in keras.applications
    "bgr-mean": Range((103.939, 116.779, 123.68), bgr=True),
    # the same in round numbers, of SqueezeNet as its authors trained it
    "bgr-104": Range((104.0, 117.0, 123.0), bgr=True),
    # of EfficientNet-Lite
    "lite": Range((127.0,), (128.0,)),
    # PyTorch's, of torchvision: pixels in 0..1 minus (0.485, 0.456, 0.406), each by its deviation
    "mean-std": Range((123.675, 116.28, 103.53), (58.395, 57.12, 57.375)),
}


@dataclass(frozen=True)
class Preprocessing:
    """A function that turns raw pictures into a model's input.

    shape: (H, W, C) that the model takes, None where any size will do; range: a name in `RANGES`,
    or None where nobody has told it, and then a call raises `ValueError`, which says how to.
    short_side: what the short side is resized to before the middle is cut out, as networks for
    photographs are tested; None where the whole picture is squeezed into the shape. `ValueError`
    for one from which the shape cannot be cut.

    >>> from helpers.models.preprocessing import Preprocessing
    >>> preprocess = Preprocessing((8, 8, 1), "0..1")
    >>> preprocess(np.zeros((2, 28, 28), np.uint8)).shape
    (2, 8, 8, 1)
    """

    shape: tuple[int | None, ...]
    range: str | None
    short_side: int | None = None

    def __post_init__(self):
        sides = [side or math.inf for side in self.shape[:2]]  # of any size: none is enough
        if self.short_side and self.short_side < max(sides):
            raise ValueError(
                f"from a picture whose short side is {self.short_side} pixels the shape "
                f"{self.shape} cannot be cut: give a short_side of at least its longer side"
            )

    def __call__(self, images: np.typing.ArrayLike) -> np.ndarray:
        """(N, H, W) or (N, H, W, C) uint8 in 0..255, of any size, grey or RGB -> (N, H, W, C)
        float32 as the model takes it. It is resized (bilinear, anti-aliased). Where the channels
        differ, grey is repeated or colours are weighted (ITU-R 601). Anything else raises
        `ValueError`."""
        self._known_range()
        images = self._checked(np.asarray(images))
        parts = [self._convert(images[part]) for part in batches(len(images), 256)]
        return np.concatenate(parts)

    def picture(self, inputs: np.ndarray) -> np.ndarray:
        """What the model takes, (N, H, W, C) -> float32 in 0..1 of the same shape, RGB where there
        are three channels, to be looked at. What no picture can show is clipped."""
        known = self._known_range()
        return np.clip(known.undo(np.asarray(inputs)) / 255, 0, 1).astype(np.float32)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """What black and white are to the model: two arrays (C,) float32, channel by channel."""
        known, channels = self._known_range(), self.shape[-1] or 1
        black, white = (np.full(channels, level, np.float32) for level in (0, 255))
        return known(black), known(white)

    def _known_range(self) -> Range:
        if self.range is None:
            raise ValueError(
                "the file does not say in which range the model takes its images: load it again "
                f"with preprocess=, one of {', '.join(map(repr, RANGES))}, or a function. The "
                "program that trained the model tells: look for /255 or preprocess_input"
            )
        return RANGES[self.range]

    def _checked(self, images: np.ndarray) -> np.ndarray:
        if len(self.shape) != 3 or self.shape[-1] not in (1, 3):
            raise ValueError(
                f"the model takes inputs of shape {self.shape}, not grey or RGB pictures: load it "
                "with a function of your own as preprocess="
            )
        if self._known_range().colour and self.shape[-1] != 3:
            raise ValueError(
                f"the range {self.range!r} is one of RGB pictures, and the model takes "
                f"{self.shape[-1]} channel: load it again with another preprocess="
            )
        if images.dtype != np.uint8:
            raise ValueError(
                f"raw images are uint8 in 0..255, got {images.dtype}; images in another range are "
                "for you to convert"
            )
        if images.ndim == 3 and images.shape[-1] not in (1, 3, 4):
            images = images[..., None]
        if images.ndim == 4 and images.shape[-1] == 4:
            raise ValueError(
                f"raw images have 1 or 3 channels, got {images.shape}: the fourth may be "
                "transparency, or in CMYK black ink. Read the file with datasets.photos.opened, "
                "which puts what is transparent on white, or put it on a background of your own"
            )
        if images.ndim != 4 or images.shape[-1] not in (1, 3) or not images.size:
            raise ValueError(
                "raw images have shape (N, H, W), (N, H, W, 1) or (N, H, W, 3), got "
                f"{images.shape}; for one image write images[None]"
            )
        return images

    def _convert(self, images: np.ndarray) -> np.ndarray:
        height, width, channels = self.shape
        tensor = tf.cast(images, tf.float32)
        if channels == 1 and tensor.shape[-1] == 3:
            tensor = tf.image.rgb_to_grayscale(tensor)
        elif channels == 3 and tensor.shape[-1] == 1:
            tensor = tf.image.grayscale_to_rgb(tensor)
        size = (height or tensor.shape[1], width or tensor.shape[2])
        if self.short_side:
            tensor = self._middle(tensor, size)
        elif size != tuple(tensor.shape[1:3]):
            tensor = tf.image.resize(tensor, size, antialias=True)
        return self._known_range()(tensor.numpy()).astype(np.float32)

    def _middle(self, tensor: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
        """The short side resized, then the middle of `size` (height, width) cut out."""
        scale = self.short_side / min(tensor.shape[1:3])
        resized = [round(scale * side) for side in tensor.shape[1:3]]
        if resized != tensor.shape[1:3].as_list():
            tensor = tf.image.resize(tensor, resized, antialias=True)
        top, left = ((side - wanted) // 2 for side, wanted in zip(resized, size, strict=True))
        return tensor[:, top : top + size[0], left : left + size[1]]


def known_range(model: keras.Model) -> str | None:
    """The range in which a model takes images, where its first layer tells, else None.

    It is "0..255" where that layer scales such images.

    >>> from helpers.models.preprocessing import known_range
    >>> scale = keras.layers.Rescaling(1 / 255)
    >>> known_range(keras.Sequential([keras.Input((8, 8, 1)), scale]))
    '0..255'
    """
    # Of a Sequential `layers`; of others also the operations (`x / 255`), which are no layers.
    steps = getattr(model, "operations", model.layers)
    inner = [step for step in steps if not isinstance(step, keras.layers.InputLayer)]
    first = inner[0] if inner else None
    if isinstance(first, keras.Model):
        return known_range(first)
    scale = None
    if isinstance(first, keras.layers.Rescaling):
        scale = first.scale
    elif first is not None and type(first).__name__ in ("Divide", "TrueDivide"):
        arguments = first._inbound_nodes[0].arguments
        divisor = [*arguments.args, *arguments.kwargs.values()][1]
        scale = 1 / divisor if isinstance(divisor, int | float) and divisor else None
    if scale is not None and np.ndim(scale) == 0:
        return "0..255" if np.isclose(scale, (1 / 255, 1 / 127.5), atol=0).any() else None
    return None
