"""scikit-learn's 1,797 handwritten digits, made to look like MNIST: real data without a network."""

import numpy as np

from helpers.datasets.core import Dataset, Split, manifest
from helpers.datasets.mnist import centred

__all__ = ["like_mnist", "load"]


def load() -> Dataset:
    """scikit-learn's digits: about 1,440 images to train and 360 to test with, 28×28×1.

    Each class is split 80 : 20, the same way every time.
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    images, labels = like_mnist(digits.images / 16), digits.target.astype(np.int64)
    train_x, test_x, train_y, test_y = train_test_split(
        images, labels, test_size=0.2, stratify=labels, random_state=0
    )
    return Dataset(
        "digits",
        Split(train_x, train_y),
        Split(test_x, test_y),
        tuple("0123456789"),
        f"scikit-learn's load_digits, resized to 28×28; {manifest('digits')['citation']}",
    )


def like_mnist(images: np.ndarray) -> np.ndarray:
    """Images (N, 28, 28, 1) like MNIST's, float32 in 0..1, of images (N, 8, 8) in 0..1.

    As in MNIST, a box of 20×20 is placed by its centre of mass.

    >>> from helpers.datasets import digits
    >>> digits.like_mnist(np.zeros((2, 8, 8))).shape
    (2, 28, 28, 1)
    """
    from scipy.ndimage import zoom

    boxes = zoom(images, (1, 2.5, 2.5), order=3, mode="grid-constant", grid_mode=True)
    # interpolation blurs: doubling the contrast leaves as few greys as MNIST has, and black as 0
    boxes = np.clip((boxes - 0.5) * 2 + 0.5, 0, 1)
    return np.stack([centred(box) for box in boxes])
