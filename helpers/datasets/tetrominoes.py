"""Two tetrominoes in noise, 8×8×1: where the evidence lies is part of each image.

After Clark, Wilming and Haufe, XAI-TRIS: Non-linear Image Benchmarks to Quantify False Positive
Post-hoc Attribution of Feature Importance, Machine Learning 113 (2024). Written from the paper; the
strengths of the signal are our own.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from helpers.datasets.core import Dataset, Split, whole

__all__ = ["BACKGROUNDS", "SCENARIOS", "draw"]

SIZE = 8
SHAPES = {  # name: its pixels, and where it lies in the scenarios that do not move it
    "T": (np.array([[1, 1, 1], [0, 1, 0]]), (1, 1)),
    "L": (np.array([[1, 0], [1, 0], [1, 1]]), (4, 5)),
}
# How strong the signal is: as many standard deviations of the noise, or the share of it that is
# taken away. It was tried: so strong that a network gets 9 of 10 images right, at least.
SCENARIOS = {"linear": 1.5, "multiplicative": 0.9, "rigid": 6.0, "xor": 2.0}
BACKGROUNDS = ("white", "correlated")
SMOOTH = 1.5  # pixels, of the Gaussian that correlates the background
FULL = 20.0  # so many standard deviations from black to white


def draw(scenario: str, background: str = "white", n: int = 2000, seed: int = 0) -> Dataset:
    """`n` images 8×8×1 in 0..1 of two classes, half of them each, and a fifth as many to test with.

    Grey, 0.5, is nothing. The classes differ, by scenario, in this:

    - "linear": a bright T lies top left in class T, a bright L bottom right in class L;
    - "multiplicative": the same places, but the noise is nearly 0 on the tetromino;
    - "rigid": as in "linear", but the tetromino lies anywhere, turned by any quarter;
    - "xor": T and L lie in both classes, both bright or both dark in class "same", of different
      brightness in class "different". Alone, neither tells anything.

    The background is noise: "white", or "correlated" between neighbours. With a correlated
    background a good classifier also reads pixels beside the tetromino, from which it learns what
    noise lies on it. These pixels know nothing of the class. The masks do not have them.

    Returns:
        A `Dataset` whose splits have `masks["evidence"]`. It is the tetromino where that moves, and
        both places elsewhere: where a T is absent speaks for L.

    Raises:
        ValueError: for another scenario or background, or fewer than 10 images.

    >>> from helpers.datasets import tetrominoes
    >>> data = tetrominoes.draw("rigid", n=10)
    >>> data.train, int(data.train.masks["evidence"][0].sum())
    (Split(10 images of 8×8×1), 4)
    """
    if scenario not in SCENARIOS:
        raise ValueError(f"scenario is {scenario!r}; choose {', '.join(map(repr, SCENARIOS))}")
    if background not in BACKGROUNDS:
        raise ValueError(f"background is {background!r}; choose {' or '.join(BACKGROUNDS)}")
    n, rng = whole("n", n, least=10), np.random.default_rng(whole("seed", seed, least=0))

    def split(count):
        labels = rng.permutation(count) % 2
        signal = _signal(scenario, labels, rng)
        noise = rng.standard_normal(signal.shape)
        if background == "correlated":
            noise = gaussian_filter(noise, (0, SMOOTH, SMOOTH), mode="wrap")
            noise /= noise.std()
        strength = SCENARIOS[scenario]
        if scenario == "multiplicative":
            values = noise * (1 - strength * signal)
        else:
            values = noise + strength * signal
        images = np.clip(values / FULL + 0.5, 0, 1).astype(np.float32)
        shown = signal if scenario == "rigid" else _placed("T") + _placed("L")
        mask = np.broadcast_to(shown != 0, signal.shape)
        return Split(images[..., None], labels.astype(np.int64), {"evidence": mask})

    names = ("same", "different") if scenario == "xor" else tuple(SHAPES)
    kind = f"tetrominoes-{scenario}-{background}"
    return Dataset(kind, split(n), split(max(n // 5, 2)), names, f"drawn, seed={seed}")


def _placed(shape: str) -> np.ndarray:
    """(8, 8): the tetromino at its place."""
    pixels, (row, column) = SHAPES[shape]
    found = np.zeros((SIZE, SIZE))
    found[row : row + pixels.shape[0], column : column + pixels.shape[1]] = pixels
    return found


def _signal(scenario: str, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(N, 8, 8): 1 or −1 on the tetromino, else 0."""
    both = np.stack([_placed(shape) for shape in SHAPES])
    if scenario == "xor":
        first = rng.choice([-1, 1], len(labels))
        signs = np.column_stack([first, np.where(labels == 0, first, -first)])
        return np.tensordot(signs, both, axes=1)
    if scenario != "rigid":
        return both[labels]
    found = np.zeros((len(labels), SIZE, SIZE))
    shapes = list(SHAPES.values())
    for image, label in zip(found, labels, strict=True):
        pixels = np.rot90(shapes[label][0], int(rng.integers(4)))
        row, column = rng.integers(0, SIZE + 1 - np.array(pixels.shape))
        image[row : row + pixels.shape[0], column : column + pixels.shape[1]] = pixels
    return found
