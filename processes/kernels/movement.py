"""From output spikes to a move: the policy of the foraging agent.

Golden, Delanois, Sanda and Bazhenov (2022), see
:mod:`loihi_sleep.processes.kernels.foraging_world`: the direction whose output neuron spiked most
wins, a tie is broken at random, silence keeps the last direction. Sometimes the move is random
instead: with a chance that grows with every move on which nothing was eaten.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.foraging_world import HEADING, SINCE, move
from loihi_sleep.processes.kernels.philox import Stream, next_below, next_word

_WORLD = Stream.WORLD.value
_TWO_TO_32 = 4294967296.0


@numba.njit("int64(int64[::1], int64[::1], int64[::1], int64, float64)", cache=True)
def choose_direction(
    counts: NDArray[np.int64],
    agent: NDArray[np.int64],
    drawn: NDArray[np.int64],
    seed: int,
    exploration: float,
) -> int:
    """Choose where to go.

    Parameters
    ----------
    counts : ndarray of int64, shape (8,)
        Spikes of the output neuron of each direction.
    agent, drawn : ndarray
        State of the world; what has been drawn goes on.
    seed : int
    exploration : float
        Chance of a random move right after a meal, 0 .. 1; it grows by as much with every move
        without one.

    Returns
    -------
    int
        0 .. 7, as of :func:`loihi_sleep.processes.kernels.foraging_world.move`.
    """
    chance = exploration * (1 + agent[SINCE])
    if np.float64(next_word(seed, _WORLD, drawn)) < chance * _TWO_TO_32:
        return next_below(seed, _WORLD, drawn, counts.size)
    most = counts.max()
    if most == 0:
        return agent[HEADING]
    winners = np.flatnonzero(counts == most)
    return int(winners[next_below(seed, _WORLD, drawn, winners.size)])


@numba.njit(
    "float64(int64[:, ::1], int64[:, ::1], int64[::1], int64[::1], int64, int64[::1], int64[::1], "
    "float64[::1], float64)",
    cache=True,
)
def act(
    grid: NDArray[np.int64],
    particles: NDArray[np.int64],
    agent: NDArray[np.int64],
    drawn: NDArray[np.int64],
    seed: int,
    counts: NDArray[np.int64],
    eaten: NDArray[np.int64],
    worth: NDArray[np.float64],
    exploration: float,
) -> float:
    """Move by what the outputs say, and count what is eaten.

    Parameters
    ----------
    grid, particles, agent, drawn, seed
        The world, see :mod:`loihi_sleep.processes.kernels.foraging_world`.
    counts : ndarray of int64, shape (8,)
        Output spikes by direction.
    eaten : ndarray of int64, shape (4,)
        Particles eaten so far, by orientation.
    worth : ndarray of float64, shape (5,)
        Reward for each orientation, and for an empty square.
    exploration : float
        See :func:`choose_direction`.

    Returns
    -------
    float
        The reward.
    """
    direction = choose_direction(counts, agent, drawn, seed, exploration)
    orientation = move(grid, particles, agent, drawn, seed, direction)
    if orientation < 0:
        return worth[worth.size - 1]
    eaten[orientation] += 1
    return worth[orientation]
