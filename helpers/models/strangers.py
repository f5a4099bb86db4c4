"""What arrives when a stranger sends a network, good files and bad ones: those of notebook 10.

They are made here, so that nothing has to be downloaded.
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from helpers.datasets import Dataset
from helpers.datasets.faces import CSV_LABELS
from helpers.models.networks import build
from helpers.models.training import trained

__all__ = ["photographs", "send"]


def send(folder: Path, faces: Dataset) -> dict[str, Path]:
    """Write a network's files and what people send by mistake; returns the paths, by what is there.

    The network is a face network, trained on `faces`. It is written as `model_a.json` and
    `model_weights.h5`. The network takes images in 0..1. Its outputs are in the order of FER2013's
    CSV file, not in that of `faces.class_names`.
    """
    model = trained("face_cnn", faces).model
    theirs = list(CSV_LABELS.values())
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel[:, theirs], bias[theirs]])
    names = "model_a.json model_weights.h5 pointer.h5 page.h5 cut_short.h5 other.h5 code.json"
    architecture, weights, pointer, page, short, other, code = (folder / n for n in names.split())

    architecture.write_text(model.to_json())
    _save_weights(model, weights)
    content = weights.read_bytes()
    pointer.write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{'1ce' * 21}f\n"
        f"size {len(content)}\n"
    )
    page.write_text("<!DOCTYPE html>\n<html><title>Sign in to download</title></html>\n")
    short.write_bytes(content[: len(content) // 3])
    _save_weights(build("face_cnn", classes=5), other)
    scale = keras.layers.Lambda(lambda images: images / 255, name="scale")
    code.write_text(keras.Sequential([keras.Input((48, 48, 1)), scale]).to_json())
    return {
        "architecture": architecture,
        "weights": weights,
        "Git LFS pointer": pointer,
        "web page": page,
        "cut short": short,
        "of another network": other,
        "with code": code,
    }


def _save_weights(model: keras.Model, path: Path) -> None:
    own = path.with_suffix(".weights.h5")  # the only ending that Keras 3 writes
    model.save_weights(own)
    own.replace(path)


def photographs(faces: np.ndarray) -> np.ndarray:
    """Photographs (N, 2 H, 2 W + 32, 3) uint8 of faces (N, H, W, 1) in 0..1, as from a camera.

    They are larger, in warm light, with a strip of wall at either side.

    >>> from helpers.models import strangers
    >>> strangers.photographs(images).shape
    (4, 16, 48, 3)
    """
    wide = np.pad(
        faces.repeat(2, axis=1).repeat(2, axis=2), ((0, 0), (0, 0), (16, 16), (0, 0)), "edge"
    )
    light = np.array([1.1, 1, 0.74], np.float32)  # as bright to the eye as before
    warm = np.clip(wide * light, 0, 1)
    return np.rint(255 * warm).astype(np.uint8)
