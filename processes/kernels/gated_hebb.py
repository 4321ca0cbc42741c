"""The learning step of Sleep Replay Consolidation, whose size depends on the weight itself."""

import math

import numba
import numpy as np
from numpy.typing import NDArray


@numba.njit("float64(float64, float64)", cache=True)
def gate(weight: float, width: float) -> float:
    """Size of the learning step at a weight, ``2 / (1 + exp(weight / width))``.

    2 for weights far below 0, 1 at 0, 0 for weights far above 0: strong positive weights are
    frozen.

    Parameters
    ----------
    weight : float
    width : float
        Weights over which the gate falls, above 0.

    Returns
    -------
    float
        0 .. 2.
    """
    # Beyond this the gate is 0 or 2 to the last bit, and exp would overflow.
    steepness = min(max(weight / width, -700.0), 700.0)
    return 2.0 / (1.0 + math.exp(steepness))


@numba.njit("void(float64[:, :], float64[::1], int32[::1], float64, float64, float64)", cache=True)
def learn_gated(
    weights: NDArray[np.float64],
    pre_spikes: NDArray[np.float64],
    post_events: NDArray[np.int32],
    potentiation: float,
    depression: float,
    width: float,
) -> None:
    """Change, in place, the synapses of the post-synaptic neurons that spiked.

    A synapse whose pre-synaptic neuron spiked rises by ``potentiation * gate(w)``, one whose neuron
    was silent falls by ``depression * gate(w)``.

    Parameters
    ----------
    weights : ndarray of float64, shape (post, pre)
        In any memory order.
    pre_spikes : ndarray of float64, shape (pre,)
        Not 0 where a pre-synaptic neuron spiked.
    post_events : ndarray of int32, shape (spikes,)
        Post-synaptic neurons that spiked.
    potentiation, depression : float
        Amounts at gate 1, from 0.
    width : float
        Width of the gate, above 0.
    """
    for event in range(post_events.size):
        i = post_events[event]
        for j in range(pre_spikes.size):
            amount = potentiation if pre_spikes[j] != 0.0 else -depression
            weights[i, j] += amount * gate(weights[i, j], width)
