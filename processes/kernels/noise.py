"""Noise: deviates of several kinds, held for some steps, under a slow wave."""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.drive import envelope
from loihi_sleep.processes.kernels.philox import Stream, words_at

_CURRENT = Stream.CURRENT.value
_TWO_TO_32 = 4294967296.0
# Kinds by number, as kernels know them.
NOISES = ("normal", "uniform", "salt_and_pepper", "pink")
NORMAL, UNIFORM, SALT_AND_PEPPER, PINK = range(4)
# Share of the neurons that salt-and-pepper noise drives up, and down.
_SALT = 0.05
# Pink noise is a sum of so many samples, each held twice as long as the one before.
_OCTAVES = 6


@numba.njit("void(float64[::1], int64, int64, int64)", cache=True)
def _add_normal(z: NDArray[np.float64], seed: int, sample: int, octave: int) -> None:
    """Add independent standard normal deviates (Box-Muller)."""
    pairs = (z.size + 1) // 2
    first = octave * 2 * pairs
    draw = words_at(seed, _CURRENT, sample, np.arange(first, first + 2 * pairs))
    for k in range(pairs):
        radius = math.sqrt(-2.0 * math.log((draw[2 * k] + 0.5) / _TWO_TO_32))
        angle = 2.0 * math.pi * (draw[2 * k + 1] / _TWO_TO_32)
        z[2 * k] += radius * math.cos(angle)
        if 2 * k + 1 < z.size:
            z[2 * k + 1] += radius * math.sin(angle)


@numba.njit("float64[::1](int64, int64, int64, int64)", cache=True)
def deviates(seed: int, sample: int, count: int, kind: int) -> NDArray[np.float64]:
    """Draw deviates of mean 0 and standard deviation 1, a function of seed and sample only.

    Parameters
    ----------
    seed : int
        0 .. 2**63 - 1.
    sample : int
        Which draw, from 0.
    count : int
        How many.
    kind : int
        Place in :data:`NOISES`. Normal and uniform ones are independent in space and time, as are
        those of salt and pepper: 0, but for one in twenty up and as many down. Pink ones are
        normal in space; in time they are a sum over octaves, with power falling as 1 / frequency.

    Returns
    -------
    ndarray of float64, shape (count,)
    """
    z = np.zeros(count, dtype=np.float64)
    if kind == NORMAL:
        _add_normal(z, seed, sample, 0)
    elif kind == PINK:
        for octave in range(_OCTAVES):
            _add_normal(z, seed, sample >> octave, octave)
        z /= math.sqrt(_OCTAVES)
    else:
        draw = words_at(seed, _CURRENT, sample, np.arange(count))
        for j in range(count):
            u = (draw[j] + 0.5) / _TWO_TO_32
            if kind == UNIFORM:
                z[j] = (u - 0.5) * math.sqrt(12.0)
            elif u < _SALT:
                z[j] = 1.0 / math.sqrt(2.0 * _SALT)
            elif u >= 1.0 - _SALT:
                z[j] = -1.0 / math.sqrt(2.0 * _SALT)
    return z


@numba.njit(
    "float64[::1](float64[::1], float64[::1], float64[::1], int64, float64, float64)", cache=True
)
def current_of(
    z: NDArray[np.float64],
    mean: NDArray[np.float64],
    std: NDArray[np.float64],
    step: int,
    period: float,
    depth: float,
) -> NDArray[np.float64]:
    """Graded current of one time step: ``e(t) * (mean[j] + std[j] * z[j])``.

    Parameters
    ----------
    z : ndarray of float64, shape (n,)
        Of :func:`deviates`, for the sample ``(step - 1) // hold``.
    mean, std : ndarray of float64, shape (n,)
        Of the current at the crest of the wave, in the units of the receiving neurons.
    step : int
        Time step, from 1.
    period, depth : float
        Of the slow wave, see :func:`loihi_sleep.processes.kernels.drive.envelope`.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    amplitude = envelope(step, period, depth)
    current = np.empty(z.size, dtype=np.float64)
    for j in range(z.size):
        current[j] = amplitude * (mean[j] + std[j] * z[j])
    return current
