"""Leaky integrate-and-fire neurons of a sparse layer, which keep themselves going.

Each feeds its own low-passed spike train back to itself, so that it keeps firing once what it
stands for has been subtracted from the residual::

    u <- (1 - du) u + a_in
    v <- max(floor, (1 - dv) v + u + c)
    s  = v > vth;  v <- 0 where s
    c <- (1 - dc) c + feedback s
"""

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.decay import decayed
from loihi_sleep.processes.kernels.integers import STATE_MAX, UNITY

# Bits of c below the point in fixed: a share of 1/4096 of it would be lost otherwise.
FEEDBACK_BITS = 6


@numba.njit(
    "void(float64[::1], float64[::1], float64[::1], float64[::1], UniTuple(float64, 6), "
    "uint8[::1])",
    cache=True,
)
def advance_sparse_float(
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    c: NDArray[np.float64],
    a_in: NDArray[np.float64],
    parameters: tuple[float, float, float, float, float, float],
    spikes: NDArray[np.uint8],
) -> None:
    """Advance all neurons by one step.

    Parameters
    ----------
    u, v, c : ndarray, shape (n,)
        Current, potential, the neuron's own low-passed spikes; changed in place.
    a_in : ndarray, shape (n,)
        From synapses.
    parameters : tuple of float
        du, dv, dc, vth, floor, feedback.
    spikes : ndarray of uint8, at least n
        1 where a neuron spikes; written.
    """
    du, dv, dc, vth, floor, feedback = parameters
    for j in range(u.size):
        u[j] = u[j] * (1.0 - du) + a_in[j]
        moved = max(floor, v[j] * (1.0 - dv) + u[j] + c[j])
        spikes[j] = moved > vth
        v[j] = 0.0 if moved > vth else moved
        c[j] = c[j] * (1.0 - dc) + (feedback if moved > vth else 0.0)


@numba.njit(
    "void(int32[::1], int32[::1], int32[::1], int32[::1], UniTuple(int64, 6), uint8[::1])",
    cache=True,
)
def advance_sparse_fixed(
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    c: NDArray[np.int32],
    a_in: NDArray[np.int32],
    parameters: tuple[int, int, int, int, int, int],
    spikes: NDArray[np.uint8],
) -> None:
    """Advance all neurons by one step, in Loihi's integers; see :func:`advance_sparse_float`.

    du, dv and dc are in 4096ths; u, v and c saturate at 24 signed bits. c and feedback have six
    bits below the point.
    """
    du, dv, dc, vth, floor, feedback = parameters
    for j in range(u.size):
        current = decayed(np.int64(u[j]), UNITY - du) + a_in[j]
        current = min(max(current, -STATE_MAX), STATE_MAX)
        u[j] = np.int32(current)
        own = np.int64(c[j])
        moved = decayed(np.int64(v[j]), UNITY - dv) + current + (own >> FEEDBACK_BITS)
        moved = min(max(moved, floor), STATE_MAX)
        spikes[j] = moved > vth
        v[j] = np.int32(0 if moved > vth else moved)
        own = decayed(own, UNITY - dc) + (feedback if moved > vth else 0)
        c[j] = np.int32(min(own, STATE_MAX))
