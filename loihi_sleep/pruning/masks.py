"""Magnitude pruning within masks of the weights that are left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes import checks

Mask = NDArray[np.bool_]


def strongest(weights: NDArray[np.floating[Any]], mask: Mask, count: int) -> Mask:
    """Keep the weights of largest magnitude among those that are still there.

    Parameters
    ----------
    weights : ndarray, shape (post, pre) or (out, in, rows, columns)
        Weights of one layer.
    mask : ndarray of bool, of the same shape
        True where a weight is still there.
    count : int
        Weights to keep, from 0 to those that are there.

    Returns
    -------
    ndarray of bool, of the same shape
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


def strongest_together(
    weights: Sequence[NDArray[np.floating[Any]]], masks: Sequence[Mask], count: int
) -> list[Mask]:
    """Keep the weights of largest magnitude among those of several layers that are still there.

    Parameters
    ----------
    weights, masks : sequence of ndarray
        Of each layer; see :func:`strongest`.
    count : int
        Weights to keep of all layers together.

    Returns
    -------
    list of ndarray of bool
        One a layer; of equal magnitudes those of earlier layers stay.
    """
    flat = strongest(
        np.concatenate([layer.ravel() for layer in weights]),
        np.concatenate([mask.ravel() for mask in masks]),
        count,
    )
    ends = np.cumsum([mask.size for mask in masks])[:-1]
    return [
        kept.reshape(mask.shape) for kept, mask in zip(np.split(flat, ends), masks, strict=True)
    ]
