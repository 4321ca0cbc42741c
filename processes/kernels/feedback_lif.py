"""Neurons that write the error that is fed back to them into the trace y1 of their synapses.

All numbers are integers. In each step of a presentation::

    v <- v + a;  s = v > vth;  v <- 0 where s
    active <- active or s
    y1 = 64 + floor(gain feedback / 4096 + 1/2) where active, else 64;  0 .. 127
"""

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.integers import STATE_MAX, TRACE_MAX
from loihi_sleep.processes.kernels.taught_lif import NO_ERROR

# Bits of the gain below the point.
FEEDBACK_GAIN_BITS = 12
_HALF = 1 << (FEEDBACK_GAIN_BITS - 1)


@numba.njit(
    "void(int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], UniTuple(int64, 2), "
    "uint8[::1])",
    cache=True,
)
def feed_back(
    v: NDArray[np.int32],
    active: NDArray[np.int32],
    y1: NDArray[np.int32],
    a_in: NDArray[np.int32],
    feedback_in: NDArray[np.int32],
    parameters: tuple[int, int],
    spikes: NDArray[np.uint8],
) -> None:
    """Advance all neurons by one step; the equations are those of the module.

    Parameters
    ----------
    v, active, y1 : ndarray of int32, shape (n,)
        The state, changed in place.
    a_in, feedback_in : ndarray of int32, shape (n,)
        From synapses, weight units; the error, through synapses of its own.
    parameters : tuple of int
        vth, gain in 4096ths.
    spikes : ndarray of uint8, at least n
        1 where a neuron spikes; written.
    """
    vth, gain = parameters
    for j in range(v.size):
        moved = min(max(np.int64(v[j]) + a_in[j], -STATE_MAX), STATE_MAX)
        spikes[j] = moved > vth
        v[j] = np.int32(0 if moved > vth else moved)
        active[j] |= spikes[j]
        error = gain * int(feedback_in[j]) * int(active[j])
        y1[j] = np.int32(min(max(NO_ERROR + ((error + _HALF) >> FEEDBACK_GAIN_BITS), 0), TRACE_MAX))
