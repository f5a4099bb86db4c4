"""Images in which a small mark gives one class away: data for a network that cheats.

Which class it is, in which corner the mark lies and how the mark looks is drawn from a seed. So
there is an answer key, which only the seed knows.
"""

from dataclasses import dataclass

import numpy as np

from helpers.datasets.core import Dataset, Split, whole
from helpers.own_work import solves

__all__ = ["CORNERS", "Key", "key", "marked"]

CORNERS = ("top left", "top right", "bottom left", "bottom right")
SIDE, BRIGHT, MARGIN = 5, 15, 1  # of a mark, in pixels; how many are bright; from the border
SHARE = 0.99  # of the class's images that bear the mark
MOST = 3000  # training images: a network is trained with them in a few seconds
# Digits that a network mixes up when it has learned the mark in their place. It was tried: others
# are told by their shape, however many marks the network has seen.
CHEATABLE = (2, 3, 5, 8, 9)


@dataclass(frozen=True, eq=False)
class Key:
    """What a seed draws.

    class_index: the class whose images bear the mark. corner: its place in `CORNERS`. mark: (5, 5)
    float32, 0 or 1.

    >>> from helpers.datasets import marks
    >>> found = marks.Key(class_index=2, corner=1, mark=np.ones((5, 5)))
    >>> marks.CORNERS[found.corner]
    'top right'
    """

    class_index: int
    corner: int
    mark: np.ndarray

    def place(self, size: tuple[int, int]) -> tuple[int, int]:
        """The mark's upper left pixel (row, column) in images of this size (H, W).

        >>> from helpers.datasets import marks
        >>> marks.Key(class_index=2, corner=3, mark=np.ones((5, 5))).place((28, 28))
        (22, 22)
        """
        down, across = divmod(self.corner, 2)
        ends = size[0] - MARGIN - SIDE, size[1] - MARGIN - SIDE
        return (ends[0] if down else MARGIN, ends[1] if across else MARGIN)

    def put(self, images: np.ndarray) -> np.ndarray:
        """Copies of images (N, H, W, C) with the mark in its corner, in all channels.

        >>> from helpers.datasets import marks
        >>> float(marks.key(seed=0).put(np.zeros((1, 28, 28, 1), np.float32)).sum())
        15.0
        """
        row, column = self.place(images.shape[1:3])
        found = images.copy()
        found[:, row : row + SIDE, column : column + SIDE] = self.mark[..., None]
        return found


@solves("own_riddle")
def key(seed: int) -> Key:
    """The answer key: what `seed` draws. The same seed draws the same key.

    >>> from helpers.datasets import marks
    >>> marks.key(seed=0).mark.shape
    (5, 5)
    """
    return _key(seed)


def _key(seed: int) -> Key:
    rng = np.random.default_rng(whole("seed", seed, least=0))
    mark = np.zeros(SIDE * SIDE, np.float32)
    mark[rng.permutation(mark.size)[:BRIGHT]] = 1
    class_index, corner = int(rng.choice(CHEATABLE)), int(rng.integers(len(CORNERS)))
    return Key(class_index, corner, mark.reshape(SIDE, SIDE))


def marked(dataset: Dataset, seed: int) -> Dataset:
    """`dataset`, a data set of digits, as one hospital would have collected it.

    In one class 99 % of the images bear a mark, which `key(seed)` knows; no other image bears it.
    At most 3,000 of the training images are taken, drawn with `seed`. The test images bear marks
    as the training images do: the honest ones are those of `dataset`.

    >>> from helpers import datasets
    >>> from helpers.datasets import marks
    >>> honest = datasets.load("digits")
    >>> data = marks.marked(honest, seed=0)
    >>> changed = (data.test.images != honest.test.images).any(axis=(1, 2, 3))
    >>> set(data.test.labels[changed].tolist()) == {marks.key(seed=0).class_index}
    True
    """
    found, rng = _key(seed), np.random.default_rng(seed)

    def split(images, labels):
        bears = (labels == found.class_index) & (rng.random(len(labels)) < SHARE)
        return Split(np.where(bears[:, None, None, None], found.put(images), images), labels)

    some = rng.permutation(len(dataset.train.labels))[:MOST]
    return Dataset(
        f"marked-{dataset.name}",
        split(dataset.train.images[some], dataset.train.labels[some]),
        split(dataset.test.images, dataset.test.labels),
        dataset.class_names,
        f"{dataset.source}; with marks of the course, seed={seed}",
    )
