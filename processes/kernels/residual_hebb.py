"""The local rule that learns a dictionary from a residual, in both directions.

Watkins, Kim, Sornborger and Kenyon (2020). Synapses join a residual layer R (one neuron a pixel i)
and a sparse layer L (one neuron a feature j), one set from L to R and one from R to L. Both change
by what their two neurons' traces say, and by nothing else, so that each stays the transpose of the
other::

    x      <- (1 - decay) x + impulse s             of every neuron, in every step
    phi_ij <- phi_ij + rate x_j (x_i - ref)         once an epoch, for j with x_j > least

``ref`` is the trace of a neuron at its target rate, or the mean trace of the residual layer.

In fixed a weight w has 8 bits, and a tag of as many holds what is below it: their sum W = 128 w +
tag changes by whole numbers. The changes of a feature j are rounded together, as steps of their
running sum over the pixels, and so is what is sent of it::

    D_ij   = mantissa x_j (d_1 + .. + d_i),         d_i = n x_i - sum_i x_i    or n (x_i - ref)
    W_ij  <- W_ij + floor((D_ij + r_j) / 2**shift) - floor((D_(i-1)j + r_j) / 2**shift)
    w_ij  <- round((W_1j + .. + W_ij) / 128) - round((W_1j + .. + W_(i-1)j) / 128)
    tag_ij = W_ij - 128 w_ij

with n pixels and one random r_j uniform on 0 .. 2**shift - 1 for a feature and an epoch, the same
in both sets. Each change is what it should be in the mean, and where the reference is the mean, the
changes of a feature sum to zero exactly; so do the weights that are sent, where W does. Rounded one
by one they would not: their sum, which all residual neurons together bring to a feature on plain
gray, would be some weights (of 256 pixels 4.6, standard deviation), and with changes rounded one by
one it would go astray as well. For the same reason the next pixel takes what a weight at its end
cannot take; what the last one cannot is lost.
"""

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.decay import decayed
from loihi_sleep.processes.kernels.integers import UNITY
from loihi_sleep.processes.kernels.philox import WORD_BITS, Stream, words_at

TAG_BITS = 7
TAG_UNITS = 1 << TAG_BITS
WEIGHT_MAX = 127
TRACE_MAX = 2**16 - 1
MANTISSA_BITS = 8
SHIFT_MAX = 40
# What is sent is less than a weight away from the sum.
SUM_MAX = (WEIGHT_MAX - 1) * TAG_UNITS
_ROUNDING = Stream.WEIGHT_ROUNDING.value


def rate_of_integers(rate: float, pixels: int) -> tuple[int, int]:
    """Mantissa and shift of a rate in fixed.

    Parameters
    ----------
    rate : float
        Change of a weight for traces of 1, from 0.
    pixels : int
        Neurons of the residual layer.

    Returns
    -------
    int, int
        Mantissa 128 .. 255 (0 where the rate is 0), shift 0 .. 40.

    Raises
    ------
    ValueError
        A rate that they cannot hold.
    """
    if rate == 0:
        return 0, 0
    scaled = rate * TAG_UNITS / pixels
    shift = MANTISSA_BITS - 1 - math.floor(math.log2(scaled))
    mantissa = round(scaled * 2.0**shift)
    if mantissa == 1 << MANTISSA_BITS:
        mantissa, shift = mantissa >> 1, shift - 1
    if not 0 <= shift <= SHIFT_MAX:
        most = 2.0 ** (MANTISSA_BITS - 1) * pixels / TAG_UNITS
        lowest, highest = most / 2.0**SHIFT_MAX, most
        raise ValueError(
            f"rate is {rate:g}; in fixed_pt, with {pixels} pixels, it must be 0 or from "
            f"{lowest:.2g} to {2 * highest:.2g}"
        )
    return mantissa, shift


@numba.njit("void(float64[::1], int64[::1], float64, float64)", cache=True)
def trace_float(
    trace: NDArray[np.float64], spikes: NDArray[np.int64], decay: float, impulse: float
) -> None:
    """Let traces decay and take in the spikes of some neurons."""
    for j in range(trace.size):
        trace[j] *= 1.0 - decay
    for j in spikes:
        trace[j] += impulse


@numba.njit("void(int64[::1], int64[::1], int64, int64)", cache=True)
def trace_fixed(
    trace: NDArray[np.int64], spikes: NDArray[np.int64], decay: int, impulse: int
) -> None:
    """The same in integers: decay in 4096ths, traces 0 .. 65535."""
    for j in range(trace.size):
        trace[j] = decayed(trace[j], UNITY - decay)
    for j in spikes:
        trace[j] = min(trace[j] + impulse, TRACE_MAX)


@numba.njit(
    "void(float64[:, :], float64[::1], float64[::1], float64, float64, float64)", cache=True
)
def learn_float(
    phi: NDArray[np.float64],
    residual: NDArray[np.float64],
    sparse: NDArray[np.float64],
    rate: float,
    reference: float,
    least: float,
) -> None:
    """Change all synapses of the features that are active.

    Parameters
    ----------
    phi : ndarray, shape (pixels, features)
        Changed in place.
    residual : ndarray, shape (pixels,)
        Traces of the residual layer.
    sparse : ndarray, shape (features,)
        Traces of the sparse layer.
    rate : float
    reference : float
        Below 0: the mean trace of the residual layer.
    least : float
        Features whose trace is not above this are left alone.
    """
    ref = residual.mean() if reference < 0.0 else reference
    above = residual - ref
    active = np.flatnonzero(sparse > least)
    amounts = rate * sparse[active]
    # As memory lies: pixels that are 256 features apart fall on the same few lines of the cache.
    if phi.strides[0] < phi.strides[1]:
        for k in range(active.size):
            feature, amount = phi[:, active[k]], amounts[k]
            for i in range(residual.size):
                feature[i] += amount * above[i]
    else:
        for i in range(residual.size):
            pixel, change = phi[i], above[i]
            for k in range(active.size):
                pixel[active[k]] += amounts[k] * change


@numba.njit(inline="always")
def _below(draw: Any, shift: Any) -> Any:
    """Bring a random word to 0 .. 2**shift - 1."""
    return draw >> (WORD_BITS - shift) if shift <= WORD_BITS else draw << (shift - WORD_BITS)


@numba.njit(
    "void(int16[:, :], int16[:, :], int64[::1], int64[::1], int64, int64, int64, int64, int64, "
    "int64)",
    cache=True,
)
def learn_fixed(
    weights: NDArray[np.int16],
    tags: NDArray[np.int16],
    residual: NDArray[np.int64],
    sparse: NDArray[np.int64],
    mantissa: int,
    shift: int,
    reference: int,
    least: int,
    seed: int,
    step: int,
) -> None:
    """Change weights and tags of the features that are active; see :func:`learn_float`.

    Parameters
    ----------
    weights, tags : ndarray of int16, shape (pixels, features)
        -127 .. 127 each; changed in place.
    residual, sparse : ndarray of int64
        Traces.
    mantissa, shift : int
        The rate is ``mantissa / 2**shift`` times pixels, in 128ths of a weight.
    reference : int
        Below 0: the mean trace of the residual layer.
    least : int
    seed, step : int
        Of the random numbers; both sets of synapses must be given the same.
    """
    pixels, features = weights.shape
    above = pixels * residual - (residual.sum() if reference < 0 else pixels * reference)
    draws = words_at(seed, _ROUNDING, step, np.arange(features, dtype=np.int64))
    for j in range(features):
        if sparse[j] <= least:
            continue
        amount = mantissa * sparse[j]
        running, before = _below(np.int64(draws[j]), shift), np.int64(0)
        so_far, sent, left = np.int64(0), np.int64(0), np.int64(0)
        for i in range(pixels):
            running += amount * above[i]
            now = running >> shift
            wanted = np.int64(weights[i, j]) * TAG_UNITS + tags[i, j] + (now - before) + left
            before = now
            total = min(max(wanted, -SUM_MAX), SUM_MAX)
            left = wanted - total
            so_far += total
            weight = ((so_far + TAG_UNITS // 2) >> TAG_BITS) - sent
            sent += weight
            weights[i, j] = np.int16(weight)
            tags[i, j] = np.int16(total - weight * TAG_UNITS)
