"""Photographs of faces that come with scikit-image: smiles, no smiles, and an astronaut."""

from importlib.resources import files
from pathlib import Path

import numpy as np

from helpers.datasets.core import Dataset, DatasetUnavailable, Split, manifest
from helpers.datasets.photos import bundled, opened

__all__ = ["NO_SMILES", "SMILES", "astronaut", "load"]

# Faces of the file, of which the first hundred pictures are faces. What they show was told by eye
# for this course; faces of which one could doubt were left out.
SMILES = (1, 18, 19, 31, 37, 38, 45, 50, 52, 53, 61, 69, 74, 79, 81, 85, 86, 91, 93, 94)
NO_SMILES = (3, 5, 6, 7, 17, 20, 26, 35, 40, 42, 44, 49, 60, 62, 65, 66, 76, 83, 87, 92)
BOX = (slice(60, 200), slice(150, 290))  # rows and columns of the astronaut's face


def load() -> Dataset:
    """Forty photographs of faces, 25×25×1 in 0..1: twenty smile (label 1), twenty do not (0).

    All are in `test`; `train` is empty. Raises `DatasetUnavailable` if the installed scikit-image
    does not hold the file.

    Huang et al., "Labeled Faces in the Wild: A Database for Studying Face Recognition in
    Unconstrained Environments", University of Massachusetts, Technical Report 07-49.

    >>> from helpers.datasets import portraits
    >>> portraits.load().test
    Split(40 images of 25×25×1)
    """
    about = manifest("portraits")
    path = Path(str(files(about["module"]) / about["file"]))
    if not path.is_file():
        raise DatasetUnavailable(f"{path} is missing: reinstall scikit-image")
    chosen = np.array([*NO_SMILES, *SMILES])
    images = np.load(path)[chosen, ..., None].astype(np.float32)
    labels = np.repeat([0, 1], [len(NO_SMILES), len(SMILES)])
    source = f"bundled; {about['citation']}"
    nothing = Split(images[:0], labels[:0])
    return Dataset("portraits", nothing, Split(images, labels), ("no smile", "smile"), source)


def astronaut() -> np.ndarray:
    """The face of the astronaut in scikit-image's photograph: (140, 140, 3) uint8.

    >>> from helpers.datasets import portraits
    >>> portraits.astronaut().shape
    (140, 140, 3)
    """
    return np.asarray(opened(bundled()["astronaut"]))[BOX]
