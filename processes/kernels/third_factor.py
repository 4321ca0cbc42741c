"""Post-synaptic traces that a neuron writes itself: its own spikes, and a signed third factor.

The equations are those of :mod:`loihi_sleep.processes.learning_lif.process`.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.integers import TRACE_MAX, UNITY

_DECAY_BITS = UNITY.bit_length() - 1


@numba.njit(
    "void(int32[::1], int32[::1], int32[::1], uint8[::1], int32[::1], int64, int64)", cache=True
)
def write_traces(
    y1: NDArray[np.int32],
    y2: NDArray[np.int32],
    y3: NDArray[np.int32],
    spikes: NDArray[np.uint8],
    third_factor: NDArray[np.int32],
    impulse: int,
    decay: int,
) -> None:
    """Bring the traces of all neurons forward by one step.

    Parameters
    ----------
    y1, y2, y3 : ndarray of int32, shape (n,)
        Trace of the spikes, and the third factor above and below 0; written, 0 .. 127.
    spikes : ndarray of uint8, at least n
        1 where a neuron spikes.
    third_factor : ndarray of int32, shape (n,)
    impulse, decay : int
        Of y1: at a spike, 0 .. 127; in a step, 4096ths, 0 .. 4095.
    """
    for j in range(y1.size):
        left = (np.int64(y1[j]) * (UNITY - decay)) >> _DECAY_BITS
        y1[j] = min(left + impulse * spikes[j], TRACE_MAX)
        y2[j] = min(max(third_factor[j], 0), TRACE_MAX)
        y3[j] = min(max(-np.int64(third_factor[j]), 0), TRACE_MAX)
