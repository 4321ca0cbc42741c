"""Rasters as checkpoints keep them: eight neurons a byte."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def pack(raster: NDArray[Any]) -> NDArray[np.uint8]:
    """Pack the spikes of each time step into bytes.

    Parameters
    ----------
    raster : ndarray, shape (steps, neurons)
        Other than 0 where a neuron spikes.

    Returns
    -------
    ndarray of uint8, shape (steps, bytes)
    """
    return np.packbits(raster.astype(bool), axis=1)


def unpack(packed: NDArray[np.uint8], neurons: int) -> NDArray[np.bool_]:
    """Undo :func:`pack`.

    Parameters
    ----------
    packed : ndarray of uint8, shape (steps, bytes)
    neurons : int

    Returns
    -------
    ndarray of bool, shape (steps, neurons)
    """
    return np.unpackbits(packed, axis=1, count=neurons).astype(bool)
