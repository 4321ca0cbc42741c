"""Neurons that compete for an input by lateral inhibition, and learn where they win.

All numbers are integers. In each step, with the current a of synapses and the number of others that
spiked one step before, l::

    v <- v + a + bias - floor(norm / 2) - inhibition l
    win = spiked and l = 0 and not won
    spiked <- v > vth + theta

l is 0 in the first step of a presentation. A neuron wins where nobody spiked beside it; several
that spike at once push each other below the threshold, and go on until one of them is ahead. The
winner is not reset: it goes on spiking, and silences the others, until the presentation ends. A win
is counted, and makes of the neuron's drive (its input a step) and its wins what the next ones
need::

    theta <- 0 and norm stays as it is, if it is the first win, else
    norm <- norm + floor(max(least_rate, floor(127 / wins)) (drive / elapsed - norm) / 128)
    wins <- wins + 1
    rate <- max(least_rate, floor(127 / wins))

When a presentation ends, ``theta`` of its winner rises by ``conscience - share``, that of each
neuron that a single one has inhibited in the last step, as a winner does, falls by ``share``, and
all begin again from rest.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.integers import STATE_MAX, TRACE_MAX

# Rates are in 128ths.
RATE_BITS = 7


@numba.njit("int64(int64)", cache=True)
def _within_state(value: int) -> int:
    return min(max(value, -STATE_MAX), STATE_MAX)


@numba.njit(
    "void(int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], int64, int64)",
    cache=True,
)
def end_presentation(
    v: NDArray[np.int32],
    drive: NDArray[np.int32],
    theta: NDArray[np.int32],
    inhibited: NDArray[np.int32],
    won: NDArray[np.int32],
    conscience: int,
    share: int,
) -> None:
    """Move the thresholds of those that took part, and begin again from rest.

    Parameters
    ----------
    v, drive, theta, inhibited, won : ndarray of int32, shape (n,)
        Potential, sum of the input, rise of the threshold, whether one competitor spiked before the
        last step, and whether the neuron won; changed in place.
    conscience, share : int
        By which theta of a winner rises, and by which that of all who took part falls.
    """
    for j in range(v.size):
        if won[j]:
            theta[j] = np.int32(_within_state(theta[j] + conscience - share))
        elif inhibited[j]:
            theta[j] = np.int32(_within_state(theta[j] - share))
        v[j] = drive[j] = inhibited[j] = won[j] = 0


@numba.njit(
    "void(int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], int32[::1], "
    "int32[::1], int32[::1], int32[::1], int32[::1], UniTuple(int64, 6), uint8[::1], int32[::1])",
    cache=True,
)
def compete(
    v: NDArray[np.int32],
    drive: NDArray[np.int32],
    norm: NDArray[np.int32],
    theta: NDArray[np.int32],
    wins: NDArray[np.int32],
    rate: NDArray[np.int32],
    spiked: NDArray[np.int32],
    inhibited: NDArray[np.int32],
    won: NDArray[np.int32],
    a_in: NDArray[np.int32],
    inhibition_in: NDArray[np.int32],
    parameters: tuple[int, int, int, int, int, int],
    spikes: NDArray[np.uint8],
    winners: NDArray[np.int32],
) -> None:
    """Advance all neurons by one step; the equations are those of the module.

    Parameters
    ----------
    v, drive, norm, theta, wins, rate, spiked, inhibited, won : ndarray of int32, shape (n,)
        The state, changed in place.
    a_in : ndarray of int32, shape (n,)
        From synapses, weight units.
    inhibition_in : ndarray of int32, shape (n,)
        How many competitors spiked one step before.
    parameters : tuple of int
        vth, bias, inhibition, least_rate, whether it learns, steps since the presentation began.
    spikes : ndarray of uint8, at least n
        1 where a neuron spikes; written.
    winners : ndarray of int32, shape (n,)
        1 where a neuron has just won; written.
    """
    vth, bias, inhibition, least_rate, learns, elapsed = parameters
    for j in range(v.size):
        # What arrives first was sent in the presentation before.
        others = np.int64(inhibition_in[j]) if elapsed > 1 else np.int64(0)
        moved = np.int64(v[j]) + a_in[j] + bias - (norm[j] >> 1) - inhibition * others
        moved = _within_state(moved)
        v[j] = np.int32(moved)
        drive[j] = np.int32(_within_state(np.int64(drive[j]) + a_in[j]))
        inhibited[j] = others == 1
        winners[j] = np.int32(spiked[j] != 0 and others <= 0 and won[j] == 0)
        if winners[j]:
            won[j] = 1
            if learns:
                before = np.int64(wins[j])
                wins[j] = np.int32(min(int(before) + 1, STATE_MAX))
                rate[j] = np.int32(int(max(least_rate, TRACE_MAX // int(before + 1))))
                if before == 0:
                    theta[j] = 0
                else:
                    share = max(least_rate, TRACE_MAX // before)
                    change = np.int64(drive[j]) // elapsed - norm[j]
                    norm[j] = np.int32(norm[j] + ((share * change) >> RATE_BITS))
        spiked[j] = moved > vth + theta[j]
        spikes[j] = np.uint8(spiked[j])
