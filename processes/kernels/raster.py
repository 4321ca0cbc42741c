"""Spike rasters packed into words, so that reading one out of a runtime costs little."""

import numba
import numpy as np
from numpy.typing import NDArray

NEURONS_PER_WORD = 32


def word_count(neurons: int) -> int:
    """Words that hold one time step of `neurons` neurons."""
    return -(-neurons // NEURONS_PER_WORD)


@numba.njit("int64[::1](boolean[::1])", cache=True)
def pack_spikes(spikes: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pack one time step: neuron j is bit ``j % 32`` of word ``j // 32``."""
    packed = np.zeros(-(-spikes.size // 32), dtype=np.int64)
    for j in range(spikes.size):
        if spikes[j]:
            packed[j // 32] |= np.int64(1) << np.int64(j % 32)
    return packed


def unpack_raster(packed: NDArray[np.int64], neurons: int) -> NDArray[np.bool_]:
    """Undo :func:`pack_spikes` for a whole raster.

    Parameters
    ----------
    packed : ndarray of int64, shape (steps, word_count(neurons))
    neurons : int
        Number of neurons.

    Returns
    -------
    ndarray of bool, shape (steps, neurons)
    """
    bits = (packed[:, :, np.newaxis] >> np.arange(NEURONS_PER_WORD)) & 1
    steps, words = packed.shape
    return bits.reshape(steps, words * NEURONS_PER_WORD)[:, :neurons].astype(bool)
