"""Spike rasters packed into words, so that reading one out of a runtime costs little."""

import numba
import numpy as np
from numpy.typing import NDArray

NEURONS_PER_WORD = 32


def word_count(neurons: int) -> int:
    """Words that hold one time step of `neurons` neurons."""
    return -(-neurons // NEURONS_PER_WORD)


@numba.njit("void(int64[::1], int64)", cache=True)
def mark_spike(packed: NDArray[np.int64], neuron: int) -> None:
    """Set the bit of a neuron: neuron j is bit ``j % 32`` of word ``j // 32``."""
    packed[neuron // 32] |= np.int64(1) << np.int64(neuron % 32)


@numba.njit("int64[::1](boolean[::1])", cache=True)
def pack_spikes(spikes: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Pack one time step."""
    packed = np.zeros(-(-spikes.size // 32), dtype=np.int64)
    for j in range(spikes.size):
        if spikes[j]:
            mark_spike(packed, j)
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
