"""Spikes moved to random neurons: who spikes is lost, how many spike is kept."""

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.philox import Stream, words

_SHUFFLE = Stream.SHUFFLE.value


@numba.njit("int64[::1](int64, int64, int64, int64)", cache=True)
def shuffled_events(count: int, neurons: int, seed: int, step: int) -> NDArray[np.int64]:
    """Draw which neurons spike instead of those that did.

    Parameters
    ----------
    count : int
        How many spike, 0 .. neurons.
    neurons : int
        How many neurons.
    seed : int
        0 .. 2**63 - 1.
    step : int
        Time step.

    Returns
    -------
    ndarray of int64, shape (count,)
        Distinct neurons in ascending order; each set of them is equally likely.
    """
    if count == 0:
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(words(seed, _SHUFFLE, step, neurons), kind="mergesort")
    return np.sort(order[:count])
