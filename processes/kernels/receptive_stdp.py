"""Sparse synapses that grow receptive fields: multiplicative STDP and a shrinking sum of inputs.

Golden, Delanois, Sanda and Bazhenov (2022) train the input synapses of the hidden layer by
unsupervised STDP. Potentiation alone leaves neurons that answer to any two of several inputs; here
a neuron's synapses compete for a sum that shrinks with each of its spikes, down to what two
synapses can hold. Neurons begin by answering to three or more chance pixels, and end with the one
pair that is lit together most: a particle.
"""

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.release import released

_WEIGHTS = "float64[:, ::1]"


@numba.njit(
    f"void({_WEIGHTS}, int64[:, ::1], float64[::1], int64, int64, float64, float64[::1])",
    cache=True,
)
def transmit_sparse(
    weights: NDArray[np.float64],
    sources: NDArray[np.int64],
    spikes: NDArray[np.float64],
    seed: int,
    step: int,
    release: float,
    conductance: NDArray[np.float64],
) -> None:
    """Sum what arrives at each neuron, with release noise for each synapse.

    Parameters
    ----------
    weights : ndarray of float64, shape (post, fan_in)
    sources : ndarray of int64, shape (post, fan_in)
        Pre-synaptic neuron of each synapse.
    spikes : ndarray of float64, shape (pre,)
        Not 0 where a neuron spiked.
    seed, step : int
        Of the noise.
    release : float
        Spread of the noise, 0 .. 1.
    conductance : ndarray of float64, shape (post,)
        Where the sums go.
    """
    post, fan_in = weights.shape
    for i in range(post):
        total = 0.0
        for k in range(fan_in):
            if spikes[sources[i, k]] != 0.0:
                total += weights[i, k] * released(seed, step, i * fan_in + k, release)
        conductance[i] = total


@numba.njit(
    f"void({_WEIGHTS}, int64[:, ::1], int64[::1], float64[::1], int64, int64, "
    "UniTuple(float64, 5))",
    cache=True,
)
def learn_receptive(
    weights: NDArray[np.float64],
    sources: NDArray[np.int64],
    last_spike: NDArray[np.int64],
    input_sum: NDArray[np.float64],
    neuron: int,
    step: int,
    parameters: tuple[float, ...],
) -> None:
    """Learn from one post-synaptic spike.

    Each synapse whose pre-synaptic neuron has spiked grows by ``w (amount exp(-dt / tau))``; then
    the sum of the neuron's inputs falls by a share, and all its weights are scaled to the sum.

    Parameters
    ----------
    weights, sources : ndarray, shape (post, fan_in)
    last_spike : ndarray of int64, shape (pre,)
        Step of the last spike of each pre-synaptic neuron; below 0: none that counts.
    input_sum : ndarray of float64, shape (post,)
        What the weights of a neuron sum to.
    neuron, step : int
        Which neuron spiked, and when.
    parameters : tuple of float
        Amount, tau in steps, share by which the sum falls, the least sum, the largest weight.
    """
    amount, tau, decay, least, largest = parameters
    total = 0.0
    for k in range(sources.shape[1]):
        last = last_spike[sources[neuron, k]]
        if last >= 0:
            weights[neuron, k] *= 1.0 + amount * np.exp((last - step) / tau)
        total += weights[neuron, k]
    input_sum[neuron] = max(least, input_sum[neuron] * (1.0 - decay))
    for k in range(sources.shape[1]):
        weights[neuron, k] = min(largest, weights[neuron, k] * input_sum[neuron] / total)
