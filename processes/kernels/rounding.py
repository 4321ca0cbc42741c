"""Stochastic rounding of Loihi's synaptic variables, one random number a synapse."""

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.philox import WORD_BITS, words_at


@numba.njit(
    "int64[::1](int64[::1], int64[::1], int64, int64, int64, int64, int64, int64, int64)",
    cache=True,
)
def round_each_synapse(
    accumulator: NDArray[np.int64],
    synapses: NDArray[np.int64],
    seed: int,
    stream: int,
    step: int,
    fraction_bits: int,
    step_bits: int,
    lowest: int,
    highest: int,
) -> NDArray[np.int64]:
    """Round accumulators to storable values, up with the probability of the dropped fraction.

    ``w = ((a + r) >> (f + s)) << s`` with r uniform on 0 .. 2**(f + s) - 1, f fraction bits and
    steps of 2**s: the expectation of w is ``a / 2**f``, exactly, and a storable value is kept.

    Parameters
    ----------
    accumulator : ndarray of int64, shape (n,)
        New values, with ``fraction_bits`` bits below the binary point.
    synapses : ndarray of int64, shape (n,)
        Flat index of each synapse in its layer: the counter of its random number.
    seed, stream, step : int
        Of the random numbers, see :func:`loihi_sleep.processes.kernels.philox.words_at`.
    fraction_bits : int
        Bits of the accumulator below one weight unit.
    step_bits : int
        log2 of the storable step: 1 where the sign takes the lowest bit (mixed mode), else 0.
    lowest, highest : int
        Range of storable values.

    Returns
    -------
    ndarray of int64, shape (n,)
        Multiples of ``2**step_bits`` within [lowest, highest].
    """
    dropped = fraction_bits + step_bits
    draw = words_at(seed, stream, step, synapses)
    rounded = np.empty(accumulator.size, dtype=np.int64)
    for n in range(accumulator.size):
        noise = np.int64(draw[n]) >> (WORD_BITS - dropped)
        value = ((accumulator[n] + noise) >> dropped) << step_bits
        rounded[n] = min(max(value, lowest), highest)
    return rounded
