"""Does a map lie where the truth is known to lie?"""

import numpy as np
from scipy.ndimage import distance_transform_edt

from helpers.faithfulness.checked import rated
from helpers.own_work import solves

__all__ = ["iou", "mass_inside", "pointing_game"]


def pointing_game(maps: np.ndarray, masks: np.ndarray, tolerance: float = 0) -> np.ndarray:
    """Whether each map (N, H, W) is largest inside its mask (N, H, W): (N,) bool.

    A pixel no more than `tolerance` pixels away from the mask counts as inside. Where several
    pixels are the largest, all have to lie inside: a constant map points at nothing.

    Zhang et al., Top-down Neural Attention by Excitation Backprop, IJCV 2018.

    >>> from helpers import faithfulness
    >>> maps = np.array([[[0, 1], [2, 3]], [[3, 2], [1, 0]]])
    >>> faithfulness.pointing_game(maps, maps == 3)
    array([ True,  True])
    >>> faithfulness.pointing_game(maps, maps == 0)
    array([False, False])
    """
    maps, masks = rated(maps, masks)
    if not tolerance >= 0:
        raise ValueError(f"tolerance is {tolerance}; it is a distance in pixels, 0 or more")
    near = np.stack([distance_transform_edt(~mask) <= tolerance for mask in masks])
    largest = maps == maps.max(axis=(1, 2), keepdims=True)
    return ~(largest & ~near).any(axis=(1, 2))


@solves("mask_iou")
def iou(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """The intersection over union of each mask and the highest pixels of its map: (N,) float32.

    Maps and masks are (N, H, W). As many pixels are chosen as the mask has, those that the map
    ranks highest. Where some of several equal pixels have to be chosen, each counts by the share
    that is chosen: the intersection is that of a random choice on average.

    >>> from helpers import faithfulness
    >>> maps = np.array([[[0, 1], [2, 3]]])
    >>> masks = np.array([[[False, True], [False, True]]])
    >>> faithfulness.iou(maps, masks).round(2)
    array([0.33], dtype=float32)
    """
    maps, masks = rated(maps, masks)
    flat, inside = maps.reshape(len(maps), -1), masks.reshape(len(masks), -1)
    size = inside.sum(axis=1, keepdims=True)
    last = np.take_along_axis(-np.sort(-flat, axis=1), size - 1, axis=1)  # the lowest one chosen
    above, equal = flat > last, flat == last
    share = (size - above.sum(axis=1, keepdims=True)) / equal.sum(axis=1, keepdims=True)
    common = ((above + share * equal) * inside).sum(axis=1)
    return (common / (2 * size[:, 0] - common)).astype(np.float32)


def mass_inside(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Which share of each map's absolute values lies inside its mask: (N,) float32.

    Maps and masks are (N, H, W). A map of zeros says nothing: it has the mask's share of the
    pixels, as a constant map has.

    >>> from helpers import faithfulness
    >>> maps = np.array([[[0, -1], [2, 1]]])
    >>> faithfulness.mass_inside(maps, maps < 0)
    array([0.25], dtype=float32)
    """
    maps, masks = rated(maps, masks)
    mass = np.abs(maps.astype(float))
    mass[~mass.any(axis=(1, 2))] = 1
    return ((mass * masks).sum(axis=(1, 2)) / mass.sum(axis=(1, 2))).astype(np.float32)
