"""Leaky integrate-and-fire neurons of a residual layer.

They compare what comes in, a current that cannot be negative, with what the sparse layer says of
it::

    u <- (1 - du) u + a_in                                  a_in < 0: taken off by the sparse layer
    v <- max(floor, (1 - dv) v + max(0, bias + i_in) + u)
    s  = v > vth;  v <- v - vth or 0 where s
"""

from functools import lru_cache

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.decay import decayed
from loihi_sleep.processes.kernels.integers import STATE_MAX, UNITY


@numba.njit(
    "void(float64[::1], float64[::1], float64[::1], float64[::1], float64[::1], "
    "UniTuple(float64, 4), boolean, uint8[::1])",
    cache=True,
)
def advance_residual_float(
    u: NDArray[np.float64],
    v: NDArray[np.float64],
    a_in: NDArray[np.float64],
    i_in: NDArray[np.float64],
    bias: NDArray[np.float64],
    parameters: tuple[float, float, float, float],
    subtracts: bool,
    spikes: NDArray[np.uint8],
) -> None:
    """Advance all neurons by one step.

    Parameters
    ----------
    u, v : ndarray, shape (n,)
        Current and potential; changed in place.
    a_in, i_in, bias : ndarray, shape (n,)
        From synapses; injected; constant.
    parameters : tuple of float
        du, dv, vth, floor.
    subtracts : bool
        A spike takes vth off v, instead of leaving 0.
    spikes : ndarray of uint8, at least n
        1 where a neuron spikes; written.
    """
    du, dv, vth, floor = parameters
    for j in range(u.size):
        u[j] = u[j] * (1.0 - du) + a_in[j]
        moved = v[j] * (1.0 - dv) + max(0.0, bias[j] + i_in[j]) + u[j]
        moved = max(floor, moved)
        spikes[j] = moved > vth
        left = moved - vth if subtracts else 0.0
        v[j] = left if moved > vth else moved


@numba.njit(
    "void(int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], UniTuple(int64, 4), "
    "boolean, uint8[::1])",
    cache=True,
)
def advance_residual_fixed(
    u: NDArray[np.int32],
    v: NDArray[np.int32],
    a_in: NDArray[np.int32],
    i_in: NDArray[np.int32],
    bias: NDArray[np.int32],
    parameters: tuple[int, int, int, int],
    subtracts: bool,
    spikes: NDArray[np.uint8],
) -> None:
    """Advance all neurons by one step, in Loihi's integers; see :func:`advance_residual_float`.

    du and dv are in 4096ths; u and v saturate at 24 signed bits.
    """
    du, dv, vth, floor = parameters
    for j in range(u.size):
        current = decayed(np.int64(u[j]), UNITY - du) + a_in[j]
        current = min(max(current, -STATE_MAX), STATE_MAX)
        u[j] = np.int32(current)
        moved = decayed(np.int64(v[j]), UNITY - dv) + max(0, np.int64(bias[j]) + i_in[j]) + current
        moved = min(max(moved, floor), STATE_MAX)
        spikes[j] = moved > vth
        left = moved - vth if subtracts else 0
        v[j] = np.int32(left if moved > vth else moved)


@numba.njit("float64(float64, float64, boolean, int64)", cache=True)
def constant_rate(current: float, dv: float, subtracts: bool, steps: int) -> float:
    """Spikes a step of a residual neuron, vth 1, at a constant current from rest."""
    v, count = 0.0, 0
    for _ in range(steps):
        v = v * (1.0 - dv) + current
        if v > 1.0:
            v = v - 1.0 if subtracts else 0.0
            count += 1
    return count / steps


@lru_cache(maxsize=16)
def current_at_rate(rate: float, dv: float, subtracts: bool) -> float:
    """Least constant current at which a residual neuron fires at a rate, to a part in 10**9.

    Parameters
    ----------
    rate : float
        Spikes a step, above 0, below 1.
    dv : float
        Decay of its potential.
    subtracts : bool
        A spike takes the threshold, 1, off the potential.
    """
    low, high, steps = 0.0, 2.0, 4000
    while high - low > 1e-9:
        middle = (low + high) / 2
        if constant_rate(middle, dv, subtracts, steps) < rate:
            low = middle
        else:
            high = middle
    return high
