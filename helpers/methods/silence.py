"""Say so where a map shows nothing."""

import warnings

import numpy as np

__all__ = ["told"]


def told(maps: np.ndarray, remedy: str) -> np.ndarray:
    """Return `maps` (N, ...) as they are, and warn of those that are one number everywhere.

    Args:
        maps: of N images.
        remedy: the likely reason, and what to do.

    Example:
        >>> from helpers.methods.silence import told
        >>> told(np.eye(3)[None], "take another layer").shape
        (1, 3, 3)
    """
    axes = tuple(range(1, maps.ndim))
    silent = np.flatnonzero(maps.min(axis=axes) == maps.max(axis=axes))
    if len(silent) and maps[0].size > 1:
        which = "the map of each image shows"
        if len(silent) < len(maps):
            which = f"{len(silent)} of {len(maps)} maps, such as that of image {silent[0]}, show"
        value = maps[silent[0]].flat[0]
        warnings.warn(
            f"{which} nothing: {value:.3g} everywhere. {remedy}",
            stacklevel=4,  # past the method and its `solves`
        )
    return maps
