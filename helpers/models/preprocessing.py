"""From raw pictures to what a network takes: size, channels and range of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from helpers.models.graph import batches

IMAGENET_MEAN_BGR = (103.939, 116.779, 123.68)
IMAGENET_MEAN = np.array([0.485, 0.456, 0.406], np.float32)
IMAGENET_STD = np.array([0.229, 0.224, 0.225], np.float32)

RANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "0..255": lambda images: images,
    "0..1": lambda images: images / 255,
    "-1..1": lambda images: images / 127.5 - 1,
    # Caffe's, of VGG and ResNet in keras.applications
    "bgr-mean": lambda images: images[..., ::-1] - np.array(IMAGENET_MEAN_BGR, np.float32),
    # PyTorch's, of torchvision
    "mean-std": lambda images: (images / 255 - IMAGENET_MEAN) / IMAGENET_STD,
}


COLOUR_RANGES = {"bgr-mean", "mean-std"}


@dataclass(frozen=True)
class Preprocessing:
    """Turns raw pictures into a model's input.

    shape: (H, W, C) that the model takes, None where any size will do; range: a name in `RANGES`,
    or None where nobody has told it, and then a call raises `ValueError`, which says how to.
    """

    shape: tuple[int | None, ...]
    range: str | None

    def __call__(self, images) -> np.ndarray:
        """(N, H, W) or (N, H, W, C) uint8 in 0..255, of any size, grey or RGB -> (N, H, W, C)
        float32 as the model takes it: resized (bilinear, anti-aliased), grey repeated or colours
        weighted (ITU-R 601) where the channels differ. Anything else raises `ValueError`."""
        if self.range is None:
            raise ValueError(
                "the file does not say in which range the model takes its images: load it again "
                f"with preprocess=, one of {', '.join(map(repr, RANGES))}, or a function. The "
                "program that trained the model tells: look for /255 or preprocess_input"
            )
        images = self._checked(np.asarray(images))
        parts = [self._convert(images[part]) for part in batches(len(images), 256)]
        return np.concatenate(parts)

    def _checked(self, images: np.ndarray) -> np.ndarray:
        if len(self.shape) != 3 or self.shape[-1] not in (1, 3):
            raise ValueError(
                f"the model takes inputs of shape {self.shape}, not grey or RGB pictures: load it "
                "with a function of your own as preprocess="
            )
        if self.range in COLOUR_RANGES and self.shape[-1] != 3:
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
        if size != tuple(tensor.shape[1:3]):
            tensor = tf.image.resize(tensor, size, antialias=True)
        return RANGES[self.range](tensor.numpy()).astype(np.float32)


def known_range(model: keras.Model) -> str | None:
    """ "0..255" where the model scales such images itself, in its first layer; else None."""
    inner = [layer for layer in model.layers if not isinstance(layer, keras.layers.InputLayer)]
    first = inner[0] if inner else None
    if isinstance(first, keras.Model):
        return known_range(first)
    scales = (1 / 255, 1 / 127.5)
    if isinstance(first, keras.layers.Rescaling) and np.ndim(first.scale) == 0:
        return "0..255" if np.isclose(first.scale, scales, atol=0).any() else None
    return None
