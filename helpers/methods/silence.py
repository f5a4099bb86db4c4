"""Say so where a map shows nothing."""

import warnings

import numpy as np

__all__ = ["told"]


def told(maps: np.ndarray, remedy: str) -> np.ndarray:
    """Return `maps` (N, ...) as they are, and warn where each is the same number everywhere.

    Args:
        maps: of N images.
        remedy: the likely reason, and what to do.

    Example:
        >>> from helpers.methods.silence import told
        >>> told(np.eye(3)[None], "take another layer").shape
        (1, 3, 3)
    """
    axes = tuple(range(1, maps.ndim))
    silent = (maps.min(axis=axes) == maps.max(axis=axes)).all()
    if silent and maps[0].size > 1:
        warnings.warn(
            f"the map of each image shows nothing: it is {maps.flat[0]:.3g} everywhere. {remedy}",
            stacklevel=4,  # past the method and its `solves`
        )
    return maps
