"""Which weights of a network are there: magnitude pruning within a mask."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from processes import checks

Mask = NDArray[np.bool_]


def strongest(weights: NDArray[np.floating[Any]], mask: Mask, count: int) -> Mask:
    """Keep the weights of largest magnitude among those that are still there.

    Parameters
    ----------
    weights : ndarray, shape (post, pre)
        Of one layer.
    mask : ndarray of bool, shape (post, pre)
        True where a weight is still there.
    count : int
        Weights to keep, from 0 to those that are there.

    Returns
    -------
    ndarray of bool, shape (post, pre)
        True for `count` weights, all of which are in `mask`; of equal magnitudes those stay that
        come first, row by row.

    Raises
    ------
    ValueError
        Another shape, or a number out of range.
    """
    if weights.shape != mask.shape:
        raise ValueError(f"mask has shape {mask.shape}; it must have shape {weights.shape}")
    count = checks.integer("count", count, 0, int(mask.sum()))
    there = np.flatnonzero(mask)
    order = np.argsort(-np.abs(weights.ravel()[there]), kind="stable")
    kept = np.zeros(mask.size, dtype=bool)
    kept[there[order[:count]]] = True
    return kept.reshape(mask.shape)
