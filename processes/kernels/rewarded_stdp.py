"""Rewarded STDP between hidden and output neurons, with its stabilizers.

Golden, Delanois, Sanda and Bazhenov (2022). A cycle is one move of the agent. In each cycle, pairs
of pre- and post-synaptic spikes leave eligibility E; eligibility is kept for some cycles, and a
reward S acts on all of it::

    E_ij  += A+ exp(-dt / tau)             post spikes dt after pre
    E_ij  -= A- exp(-dt / tau)             pre spikes dt after post
    w_ij  <- w_ij prod_k (1 + r S (s_i0 / s_i) E_ij(k) / (age_k + 1)),      s_i = sum_j w_ij

then, to keep neurons alive and apart: each output neuron's sum of inputs has a target, which rises
by a share when the neuron fires below its target rate and falls when above (homeostasis); weights
are scaled to it (heterosynaptic normalization) and bounded; and inhibition is the mean of each
hidden neuron's outgoing weights, so that only differences between outputs matter.

All arrays are by pre-synaptic neuron first: (pre, post).
"""

import numba
import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes.kernels.integers import MIXED_WEIGHT_MAX
from loihi_sleep.processes.kernels.release import released

# A single event changes a weight by no more than this factor.
_LEAST_FACTOR, _MOST_FACTOR = 0.1, 2.0


@numba.njit(
    "void(float64[:, ::1], float64[::1], float64, float64, int64, int64, int64, float64[::1])",
    cache=True,
)
def transmit_balanced(
    weights: NDArray[np.float64],
    mean_weight: NDArray[np.float64],
    inhibition: float,
    release: float,
    seed: int,
    step: int,
    neuron: int,
    conductance: NDArray[np.float64],
) -> None:
    """Add what one pre-synaptic spike brings to each output: excitation less inhibition.

    Parameters
    ----------
    weights : ndarray of float64, shape (pre, post)
    mean_weight : ndarray of float64, shape (pre,)
        What inhibition goes by; see :func:`balance`.
    inhibition : float
        Share of it that is subtracted, 0 .. 1; at 1 equal weights cancel.
    release : float
        Spread of the release noise, which excitation and inhibition have each for itself.
    seed, step : int
        Of the noise.
    neuron : int
        Which neuron spiked.
    conductance : ndarray of float64, shape (post,)
        Is added to.
    """
    post = weights.shape[1]
    for j in range(post):
        synapse = 2 * (neuron * post + j)
        conductance[j] += weights[neuron, j] * released(seed, step, synapse, release)
        conductance[j] -= (
            inhibition * mean_weight[neuron] * released(seed, step, synapse + 1, release)
        )


@numba.njit("int64(float64, float64, float64, float64)", cache=True)
def chip_weight(weight: float, mean_weight: float, inhibition: float, scale: float) -> int:
    """Weight of one synapse on a chip: excitation less inhibition, in 8 bits with a sign.

    Parameters
    ----------
    weight, mean_weight : float
        Of the synapse, and of the pre-synaptic neuron's outgoing weights.
    inhibition : float
        Share of the mean that is subtracted.
    scale : float
        Steps of the integer weight that a weight of 1 is worth.

    Returns
    -------
    int
        Even, -254 .. 254: the lowest of the eight bits of a signed weight is not stored.
    """
    half = np.rint(scale * (weight - inhibition * mean_weight) / 2.0)
    return 2 * int(min(max(half, -MIXED_WEIGHT_MAX / 2), MIXED_WEIGHT_MAX / 2))


@numba.njit(
    "void(float64[:, ::1], float64[::1], int64[::1], float64[::1], int64[::1], int64[::1], "
    "int64[::1], int64[::1], int64, UniTuple(float64, 3))",
    cache=True,
)
def pair(
    eligibility: NDArray[np.float64],
    x: NDArray[np.float64],
    x_step: NDArray[np.int64],
    y: NDArray[np.float64],
    y_step: NDArray[np.int64],
    in_cycle: NDArray[np.int64],
    pre_spikes: NDArray[np.int64],
    post_spikes: NDArray[np.int64],
    step: int,
    parameters: tuple[float, ...],
) -> None:
    """Pair the spikes of one step with all earlier ones of the cycle.

    Spikes of the same step are no pair.

    Parameters
    ----------
    eligibility : ndarray of float64, shape (pre, post)
        Eligibility of the present cycle.
    x, y : ndarray of float64, shape (pre,) and (post,)
        Traces, as they were after the last spike of each neuron.
    x_step, y_step : ndarray of int64
        When that was.
    in_cycle : ndarray of int64, shape (pre,)
        1 for pre-synaptic neurons that have spiked in this cycle.
    pre_spikes, post_spikes : ndarray of int64
        Who spiked.
    step : int
    parameters : tuple of float
        A+, A-, tau in steps.
    """
    potentiation, depression, tau = parameters
    for i in pre_spikes:
        if not in_cycle[i]:
            in_cycle[i] = 1
            eligibility[i] = 0.0
            x[i] = 0.0
            x_step[i] = step
        for j in range(y.size):
            eligibility[i, j] -= depression * y[j] * np.exp((y_step[j] - step) / tau)
    for j in post_spikes:
        for i in range(x.size):
            if in_cycle[i]:
                eligibility[i, j] += potentiation * x[i] * np.exp((x_step[i] - step) / tau)
    for i in pre_spikes:
        x[i] = x[i] * np.exp((x_step[i] - step) / tau) + 1.0
        x_step[i] = step
    for j in post_spikes:
        y[j] = y[j] * np.exp((y_step[j] - step) / tau) + 1.0
        y_step[j] = step


@numba.njit(
    "void(float64[:, ::1], int64[:, ::1], float64[:, :, ::1], int64[:, ::1], int64, int64, "
    "float64, float64[::1])",
    cache=True,
)
def apply_reward(
    weights: NDArray[np.float64],
    frozen: NDArray[np.int64],
    eligibility: NDArray[np.float64],
    eligible: NDArray[np.int64],
    newest: int,
    cycles: int,
    rate: float,
    initial_sum: NDArray[np.float64],
) -> None:
    """Let a reward act on all eligibility that is kept.

    Parameters
    ----------
    weights : ndarray of float64, shape (pre, post)
    frozen : ndarray of int64, shape (pre, post)
        1 for weights that stay as they are.
    eligibility : ndarray of float64, shape (memory, pre, post)
        By cycle, in a ring.
    eligible : ndarray of int64, shape (memory, pre)
        1 for those whose rows of it hold.
    newest : int
        Place of the present cycle in the ring.
    cycles : int
        How many of the ring have been.
    rate : float
        Reward times learning rate.
    initial_sum : ndarray of float64, shape (pre,)
        Sum of each neuron's outgoing weights at the beginning; those with less grow more easily.
    """
    memory, pre, post = eligibility.shape
    for age in range(min(cycles, memory)):
        slot = (newest - age) % memory
        for i in range(pre):
            if eligible[slot, i]:
                eased = rate / (age + 1.0) * initial_sum[i] / max(weights[i].sum(), 1e-9)
                for j in range(post):
                    if not frozen[i, j]:
                        factor = 1.0 + eased * eligibility[slot, i, j]
                        weights[i, j] *= min(max(factor, _LEAST_FACTOR), _MOST_FACTOR)


@numba.njit("void(float64[::1], float64[::1], int64[::1], UniTuple(float64, 3))", cache=True)
def adjust_targets(
    input_sum: NDArray[np.float64],
    rate: NDArray[np.float64],
    spikes: NDArray[np.int64],
    parameters: tuple[float, ...],
) -> None:
    """Homeostasis, once a cycle: raise the target sum of silent outputs, lower that of busy ones.

    Parameters
    ----------
    input_sum : ndarray of float64, shape (post,)
        Target sum of each output's weights.
    rate : ndarray of float64, shape (post,)
        Smoothed spikes a cycle.
    spikes : ndarray of int64, shape (post,)
        Spikes of the cycle.
    parameters : tuple of float
        Target rate, share by which the sums change, cycles over which rates are smoothed.
    """
    target, share, smoothing = parameters
    for j in range(input_sum.size):
        rate[j] += (spikes[j] - rate[j]) / smoothing
        input_sum[j] *= 1.0 + share if rate[j] < target else 1.0 - share


@numba.njit(
    "void(float64[:, ::1], int64[:, ::1], float64[::1], float64[::1], float64, float64)",
    cache=True,
)
def scale_and_bound(
    weights: NDArray[np.float64],
    frozen: NDArray[np.int64],
    factors: NDArray[np.float64],
    mean_weight: NDArray[np.float64],
    least: float,
    largest: float,
) -> None:
    """Multiply each output's weights by a factor, bound them, and take the means anew.

    Parameters
    ----------
    weights, frozen, mean_weight : ndarray
        As of :func:`balance`.
    factors : ndarray of float64, shape (post,)
    least, largest : float
        Bounds of a weight.
    """
    pre, post = weights.shape
    for i in range(pre):
        total = 0.0
        for j in range(post):
            if not frozen[i, j]:
                weights[i, j] = min(largest, max(least, weights[i, j] * factors[j]))
            total += weights[i, j]
        mean_weight[i] = total / post


@numba.njit(
    "void(float64[:, ::1], int64[:, ::1], float64[::1], float64[::1], float64, float64)",
    cache=True,
)
def balance(
    weights: NDArray[np.float64],
    frozen: NDArray[np.int64],
    input_sum: NDArray[np.float64],
    mean_weight: NDArray[np.float64],
    least: float,
    largest: float,
) -> None:
    """Scale each output's weights to its target sum, bound them, and take the means anew.

    Parameters
    ----------
    weights : ndarray of float64, shape (pre, post)
    frozen : ndarray of int64, shape (pre, post)
        1 for weights that stay as they are; the others share what these leave of the sum.
    input_sum : ndarray of float64, shape (post,)
    mean_weight : ndarray of float64, shape (pre,)
        Mean weight of each pre-synaptic neuron's outgoing weights.
    least, largest : float
        Bounds of a weight. With a lower bound of 0 weights that change by factors vanish for good.
    """
    pre, post = weights.shape
    held, free = np.zeros(post), np.zeros(post)
    for i in range(pre):
        for j in range(post):
            if frozen[i, j]:
                held[j] += weights[i, j]
            else:
                free[j] += weights[i, j]
    factors = np.empty(post)
    for j in range(post):
        factors[j] = max(input_sum[j] - held[j], 0.0) / max(free[j], 1e-9)
    scale_and_bound(weights, frozen, factors, mean_weight, least, largest)


@numba.njit(
    "void(float64[:, ::1], int64[:, ::1], float64[::1], float64[::1], float64, float64)",
    cache=True,
)
def bound(
    weights: NDArray[np.float64],
    frozen: NDArray[np.int64],
    input_sum: NDArray[np.float64],
    mean_weight: NDArray[np.float64],
    least: float,
    largest: float,
) -> None:
    """Bound the weights without scaling them, and let the target sums follow; see :func:`balance`.

    Parameters
    ----------
    weights, frozen, input_sum, mean_weight : ndarray
        As of :func:`balance`; the target sums become the sums.
    least, largest : float
        Bounds of a weight.
    """
    scale_and_bound(weights, frozen, np.ones(weights.shape[1]), mean_weight, least, largest)
    input_sum[:] = 0.0
    for i in range(weights.shape[0]):
        input_sum += weights[i]


@numba.njit(
    "void(float64[:, ::1], int64[:, ::1], float64[:, :, ::1], int64[:, ::1], float64[::1], "
    "float64[::1], float64[::1], float64[::1], float64[::1], int64[::1], int64[::1], float64, "
    "boolean, boolean, boolean, boolean, UniTuple(float64, 6))",
    cache=True,
)
def finish_cycle(
    weights: NDArray[np.float64],
    frozen: NDArray[np.int64],
    eligibility: NDArray[np.float64],
    eligible: NDArray[np.int64],
    initial_sum: NDArray[np.float64],
    input_sum: NDArray[np.float64],
    mean_weight: NDArray[np.float64],
    rate: NDArray[np.float64],
    y: NDArray[np.float64],
    spikes: NDArray[np.int64],
    cycles: NDArray[np.int64],
    reward: float,
    asleep: bool,
    wakes_or_falls_asleep: bool,
    learning: bool,
    scaled_asleep: bool,
    parameters: tuple[float, ...],
) -> None:
    """End a cycle: the reward acts, the stabilizers follow, and the next cycle begins.

    Parameters
    ----------
    weights, frozen, eligibility, eligible, initial_sum, input_sum, mean_weight, rate : ndarray
        State, see above.
    y, spikes : ndarray, shape (post,)
        Traces and spikes of the cycle.
    cycles : ndarray of int64, shape (1,)
        Cycles since eligibility was last forgotten.
    reward : float
        Reward of the cycle.
    asleep : bool
        Whether it was spent asleep; homeostasis rests then.
    wakes_or_falls_asleep : bool
        Whether the next one is spent otherwise: eligibility is forgotten.
    learning : bool
        Otherwise nothing changes, and eligibility is forgotten.
    scaled_asleep : bool
        Whether normalization goes on asleep; otherwise a reward there changes the target sums, and
        without one nothing changes.
    parameters : tuple of float
        Learning rate, least and largest weight, target rate, homeostasis, cycles of smoothing.
    """
    learning_rate, least, largest, target, share, smoothing = parameters
    memory = eligible.shape[0]
    if learning:
        if reward != 0.0:
            newest, so_far = cycles[0] % memory, cycles[0] + 1
            step_size = reward * learning_rate
            apply_reward(
                weights, frozen, eligibility, eligible, newest, so_far, step_size, initial_sum
            )
        if not asleep:
            adjust_targets(input_sum, rate, spikes, (target, share, smoothing))
        if scaled_asleep or not asleep:
            balance(weights, frozen, input_sum, mean_weight, least, largest)
        elif reward != 0.0:
            bound(weights, frozen, input_sum, mean_weight, least, largest)
    cycles[0] += 1
    if wakes_or_falls_asleep or not learning:
        eligible[:] = 0
        cycles[0] = 0
    eligible[cycles[0] % memory] = 0
    y[:] = 0.0
    spikes[:] = 0
