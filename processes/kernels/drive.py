"""Replay drive: what reaches a sleeping network instead of its input."""

import math

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.integers import STATE_MAX
from loihi_sleep.processes.kernels.philox import Stream, word_pair, words, words_at

_TWO_TO_32 = 4294967296.0
_SPIKES, _WINDOW = Stream.SPIKES.value, Stream.WINDOW.value
_IMAGES = Stream.IMAGES.value
_GAPS = Stream.GAPS.value
# Where no rate is higher than this, gaps are drawn: far fewer numbers than neurons.
LOW_RATE = 2.0**-8


@numba.njit("float64(int64, float64, float64)", cache=True)
def envelope(step: int, period: float, depth: float) -> float:
    """Slow-wave amplitude at a time step.

    ``e(t) = 1 - depth * (1 + cos(2 pi t / period)) / 2``: the trough ``1 - depth`` (the down state)
    at t = 0, the crest 1 (the up state) half a period later.

    Parameters
    ----------
    step : int
        Time step t.
    period : float
        Length of one slow wave in steps; 0 stands for no wave (e = 1).
    depth : float
        0 (constant) .. 1 (silent at the trough).

    Returns
    -------
    float
        Amplitude, 1 - depth .. 1.
    """
    if period <= 0.0:
        return 1.0
    return 1.0 - depth * (1.0 + math.cos(2.0 * math.pi * step / period)) / 2.0


@numba.njit("UniTuple(int64, 2)(int64, int64, int64, int64, int64)", cache=True)
def window_corner(seed: int, step: int, rows: int, columns: int, side: int) -> tuple[int, int]:
    """Top-left corner of the square window at a time step, uniform over all places that fit."""
    draw = words(seed, _WINDOW, step, 2)
    row = (np.uint64(draw[0]) * np.uint64(rows - side + 1)) >> np.uint64(32)
    column = (np.uint64(draw[1]) * np.uint64(columns - side + 1)) >> np.uint64(32)
    return int(row), int(column)


@numba.njit("float64(float64[::1])", cache=True, fastmath={"nnan", "nsz"})
def highest_rate(rates: NDArray[np.float64]) -> float:
    """Largest rate, of rates that are numbers: the maximum is exact in any order."""
    highest = 0.0
    for rate in rates:
        highest = max(highest, rate)
    return highest


@numba.njit(
    "UniTuple(int64, 2)(float64[::1], int64, int64, int64, int64, float64, float64, int64, int64)",
    cache=True,
)
def next_rare_spike(
    rates: NDArray[np.float64],
    first: int,
    count: int,
    step: int,
    seed: int,
    amplitude: float,
    highest: float,
    neuron: int,
    candidate: int,
) -> tuple[int, int]:
    """Find the next Bernoulli spike of low rates: candidates at the highest rate, then thinned.

    From one candidate to the next there are ``floor(log(u) / log(1 - highest))`` neurons, u uniform
    on 0 .. 1; a candidate j spikes with probability ``amplitude * rates[first + j] / highest``.

    Parameters
    ----------
    rates : ndarray of float64
        Spike probability per step, 0 .. 1.
    first, count : int
        Which of them are those of the neurons.
    step, seed : int
        Of the draws.
    amplitude : float
        On all rates, 0 .. 1.
    highest : float
        The largest rate, above 0 and below 1.
    neuron, candidate : int
        Where the search goes on, as this function left it; at first -1 and 0.

    Returns
    -------
    int, int
        The neuron, `count` or more if none is left, and candidates so far.
    """
    scale = 1.0 / math.log1p(-highest)
    while True:
        gap_word, thinning_word = word_pair(seed, _GAPS, step, candidate)
        candidate += 1
        # Never 0, whose logarithm is infinite. Gaps at very low rates are no 64-bit integers.
        gap = math.log((np.float64(gap_word) + 0.5) / _TWO_TO_32) * scale
        neuron += 1 + int(min(gap, float(count)))
        if neuron >= count:
            return neuron, candidate
        probability = amplitude * rates[first + neuron] / highest
        if np.float64(thinning_word) < probability * _TWO_TO_32:
            return neuron, candidate


@numba.njit("boolean[::1](float64[::1], int64, int64, float64, float64, int64, int64)", cache=True)
def bernoulli_spikes(
    rates: NDArray[np.float64],
    step: int,
    seed: int,
    period: float,
    depth: float,
    columns: int,
    side: int,
) -> NDArray[np.bool_]:
    """Spikes of one time step: neuron j spikes with probability ``e(t) * rates[j]``.

    Parameters
    ----------
    rates : ndarray of float64, shape (n,)
        Spike probability per step at the crest of the wave, 0 .. 1.
    step : int
        Time step.
    seed : int
        Seed of the generator.
    period, depth : float
        Of the slow wave, see :func:`envelope`.
    columns : int
        Width of the input plane that the n neurons form in C order; n is a multiple of it.
    side : int
        Side of the moving window in neurons; outside it nothing spikes. 0 stands for no window.

    Returns
    -------
    ndarray of bool, shape (n,)
        True where a neuron spikes. Exact: rate 0 never spikes, rate 1 always does.

    Notes
    -----
    Where no rate is above 1/256, the gaps between spikes are drawn instead of a number for each
    neuron: the same distribution from other numbers, and many times faster.
    """
    count = rates.size
    amplitude = envelope(step, period, depth)
    highest = highest_rate(rates)
    if highest < LOW_RATE:
        spikes = np.zeros(count, dtype=np.bool_)
        neuron, candidate = -1, 0
        while highest > 0.0 and neuron < count:
            neuron, candidate = next_rare_spike(
                rates, 0, count, step, seed, amplitude, highest, neuron, candidate
            )
            if neuron < count:
                spikes[neuron] = True
    else:
        draw = words(seed, _SPIKES, step, count)
        spikes = np.empty(count, dtype=np.bool_)
        for j in range(count):
            spikes[j] = np.float64(draw[j]) < amplitude * rates[j] * _TWO_TO_32
    if side > 0:
        rows = count // columns
        top, left = window_corner(seed, step, rows, columns, side)
        for j in range(count):
            row, column = j // columns, j % columns
            if row < top or row >= top + side or column < left or column >= left + side:
                spikes[j] = False
    return spikes


@numba.njit("boolean[::1](float64[::1], int64, int64, int64, int64)", cache=True)
def image_spikes(
    rates: NDArray[np.float64], neurons: int, step: int, image_steps: int, seed: int
) -> NDArray[np.bool_]:
    """Spikes of one time step, of images that are shown one after another.

    Parameters
    ----------
    rates : ndarray of float64, shape (images * neurons,)
        Spike probability per step, 0 .. 1, image by image.
    neurons : int
        Neurons of one row of images.
    step : int
        Time step, from 1.
    image_steps : int
        Steps for which an image is shown.
    seed : int
        Seed of the generator.

    Returns
    -------
    ndarray of bool, shape (neurons,)
    """
    first = (step - 1) // image_steps % (rates.size // neurons) * neurons
    draw = words_at(
        seed, _IMAGES, (step - 1) % image_steps, np.arange(first, first + neurons, dtype=np.int64)
    )
    spikes = np.empty(neurons, dtype=np.bool_)
    for j in range(neurons):
        spikes[j] = np.float64(draw[j]) < rates[first + j] * _TWO_TO_32
    return spikes


@numba.njit("int32[::1](float64[::1])", cache=True)
def to_integer_current(current: NDArray[np.float64]) -> NDArray[np.int32]:
    """Round a current to the nearest integer and saturate it to 24 signed bits."""
    rounded = np.empty(current.size, dtype=np.int32)
    for j in range(current.size):
        rounded[j] = np.int32(min(max(np.rint(current[j]), -STATE_MAX), STATE_MAX))
    return rounded


@numba.njit(
    "boolean[:, ::1](float64[::1], int64, int64, float64, float64, int64, int64)", cache=True
)
def bernoulli_raster(
    rates: NDArray[np.float64],
    steps: int,
    seed: int,
    period: float,
    depth: float,
    columns: int,
    side: int,
) -> NDArray[np.bool_]:
    """Draw the spikes of the time steps 1 .. `steps` in advance.

    Returns
    -------
    ndarray of bool, shape (steps, n)
        Row t - 1 is ``bernoulli_spikes(rates, t, ...)``: what a running drive will emit.
    """
    raster = np.empty((steps, rates.size), dtype=np.bool_)
    for step in range(1, steps + 1):
        spikes = bernoulli_spikes(rates, step, seed, period, depth, columns, side)
        for neuron in range(rates.size):
            raster[step - 1, neuron] = spikes[neuron]
    return raster
