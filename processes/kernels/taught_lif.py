"""Output neurons that hear a teacher and write their error into the trace y1 of their synapses.

All numbers are integers. In each step of a presentation::

    v <- v + a;  s = v > vth;  v <- 0 where s
    count <- count + s
    missing = target teacher - count, with the teacher's spike of this step
    y1 = 64 + floor(gain missing / 16 + 1/2),  0 .. 127
    error = y1 - 64
"""

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.integers import STATE_MAX, TRACE_MAX

# What y1 is where there is no error, and the bits of the gain below the point.
NO_ERROR = (TRACE_MAX + 1) // 2
GAIN_BITS = 4
HALF = 1 << (GAIN_BITS - 1)


@numba.njit(
    "void(int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], "
    "UniTuple(int64, 3), uint8[::1])",
    cache=True,
)
def teach(
    v: NDArray[np.int32],
    count: NDArray[np.int32],
    y1: NDArray[np.int32],
    error: NDArray[np.int32],
    a_in: NDArray[np.int32],
    teacher_in: NDArray[np.int32],
    parameters: tuple[int, int, int],
    spikes: NDArray[np.uint8],
) -> None:
    """Advance all neurons by one step; the equations are those of the module.

    Parameters
    ----------
    v, count, y1, error : ndarray of int32, shape (n,)
        The state, changed in place.
    a_in, teacher_in : ndarray of int32, shape (n,)
        From synapses, weight units; above 0 where the teacher spikes.
    parameters : tuple of int
        vth, target, gain in 16ths.
    spikes : ndarray of uint8, at least n
        1 where a neuron spikes; written.
    """
    vth, target, gain = parameters
    for j in range(v.size):
        moved = min(max(np.int64(v[j]) + a_in[j], -STATE_MAX), STATE_MAX)
        spikes[j] = moved > vth
        v[j] = np.int32(0 if moved > vth else moved)
        count[j] += spikes[j]
        missing = gain * ((target if teacher_in[j] > 0 else 0) - count[j])
        y1[j] = np.int32(min(max(NO_ERROR + ((missing + HALF) >> GAIN_BITS), 0), TRACE_MAX))
        error[j] = y1[j] - NO_ERROR
