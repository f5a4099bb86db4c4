"""What every measure asks of maps and masks."""

import numpy as np

__all__ = ["checked", "rated"]


def checked(maps: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Maps of the shape (N, H, W) that belongs to the images or masks, every value finite.

    >>> from helpers.faithfulness.checked import checked
    >>> checked([[[0.5]]], (1, 1, 1))
    array([[[0.5]]])
    """
    maps = np.asarray(maps)
    if maps.ndim != 3 or maps.shape != tuple(shape):
        raise ValueError(
            f"maps have shape {maps.shape}, {tuple(shape)} is needed: one (H, W) for each image"
            + ("; saliency.over_channels makes maps of attributions" if maps.ndim == 4 else "")
        )
    broken = np.flatnonzero(~np.isfinite(maps).all(axis=(1, 2)))
    if len(broken):
        raise ValueError(
            f"map {broken[0]} holds NaN or infinite values, which have no rank: mend the method "
            "that made it (a division by zero?)"
        )
    return maps


def rated(maps: np.ndarray, masks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Maps and masks of the same shape, both checked.

    >>> from helpers.faithfulness.checked import rated
    >>> maps, masks = rated([[[0.5]]], [[[True]]])
    >>> masks
    array([[[ True]]])
    """
    masks = np.asarray(masks)
    if masks.dtype != bool:
        raise ValueError(f"masks are {masks.dtype}; they must be bool: write masks > 0")
    maps = checked(maps, masks.shape)
    empty = np.flatnonzero(~masks.any(axis=(1, 2)))
    if len(empty):
        raise ValueError(f"mask {empty[0]} is empty: leave out images whose mask has no pixel")
    return maps, masks
