"""`loihi_sleep.processes.rewarded_synapses`."""

from typing import Any

import numba
import numpy as np

from loihi_sleep.engine.kernels.arrays import Counters, Index, Program, Reals, Values
from loihi_sleep.engine.kernels.messages import COUNT, EVENTS, MESSAGE_FIELDS, SIZE, VALUES
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.processes.kernels.rewarded_stdp import (
    chip_weight,
    finish_cycle,
    pair,
    transmit_balanced,
)

# Row: what is sent; pre- and post-synaptic spikes, reward, phase; state by kind: in reals, then in
# counters; in reals the inhibition, the release noise, the scale of integer weights, what a reward
# of 1 on the port is worth, the pairing, the stabilizers; then numbers.
OUT = 0
PRE = MESSAGE_FIELDS
POST = PRE + MESSAGE_FIELDS
REWARD = POST + MESSAGE_FIELDS
PHASE = REWARD + MESSAGE_FIELDS
(
    WEIGHTS,
    INITIAL_SUM,
    MEAN_WEIGHT,
    INPUT_SUM,
    RATE,
    ELIGIBILITY,
    X,
    Y,
    FROZEN,
    ELIGIBLE,
    X_STEP,
    Y_STEP,
    POST_COUNTS,
    CYCLES,
    ASLEEP,
    LEARNING,
    INHIBITION,
    RELEASE,
    SCALE,
    REWARD_WORTH,
    PAIRING,
    STABILIZERS,
    MEMORY,
    SEED,
    CYCLE_STEPS,
    FIELDS,
) = range(PHASE + MESSAGE_FIELDS, PHASE + MESSAGE_FIELDS + 26)


def _transmit_integers(
    activation: Any,
    weights: Any,
    mean_weight: Any,
    inhibition: Any,
    release: Any,
    scale: Any,
    seed: Any,
    t: Any,
    neuron: Any,
) -> Any:
    for j in range(activation.size):
        activation[j] += np.int32(
            chip_weight(weights[neuron, j], mean_weight[neuron], inhibition, scale)
        )


def _transmit_conductance(
    conductance: Any,
    weights: Any,
    mean_weight: Any,
    inhibition: Any,
    release: Any,
    scale: Any,
    seed: Any,
    t: Any,
    neuron: Any,
) -> Any:
    transmit_balanced(weights, mean_weight, inhibition, release, seed, t, neuron, conductance)


# transmit(sums, ...): add what a spike brings to what is sent, in the numerics of the sums.
transmit = by_numerics(_transmit_integers, _transmit_conductance)


@numba.njit(cache=True)
def step_rewarded(
    p: Program, b: int, t: int, values: Values, index: Index, counters: Counters, reals: Reals
) -> None:
    """End the last cycle where a new one begins, pair spikes, then sum what arrives."""
    pre, post, memory = p[b + PRE + SIZE], p[b + OUT + SIZE], p[b + MEMORY]
    out = p[b + OUT + VALUES]
    if counters[p[b + OUT + COUNT]] > 0:
        values[out : out + post] = 0
        counters[p[b + OUT + COUNT]] = 0
    asleep = 1 if values[p[b + PHASE + VALUES]] != 0 else 0
    if t > 1 and (t - 1) % p[b + CYCLE_STEPS] == 0:
        _finish_cycle(p, b, asleep, values, counters, reals)
    counters[p[b + ASLEEP]] = asleep
    arrived, answered = counters[p[b + PRE + COUNT]], counters[p[b + POST + COUNT]]
    if arrived == 0 and answered == 0:
        return
    pre_spikes = index[p[b + PRE + EVENTS] : p[b + PRE + EVENTS] + arrived].astype("int64")
    if counters[p[b + LEARNING]] > 0:
        post_spikes = index[p[b + POST + EVENTS] : p[b + POST + EVENTS] + answered].astype("int64")
        for j in post_spikes:
            counters[p[b + POST_COUNTS] + j] += 1
        slot = counters[p[b + CYCLES]] % memory
        rows = p[b + ELIGIBILITY] + slot * pre * post
        eligible = p[b + ELIGIBLE] + slot * pre
        a = p[b + PAIRING]
        pair(
            reals[rows : rows + pre * post].reshape(pre, post),
            reals[p[b + X] : p[b + X] + pre],
            counters[p[b + X_STEP] : p[b + X_STEP] + pre],
            reals[p[b + Y] : p[b + Y] + post],
            counters[p[b + Y_STEP] : p[b + Y_STEP] + post],
            counters[eligible : eligible + pre],
            pre_spikes,
            post_spikes,
            t,
            (reals[a], reals[a + 1], reals[a + 2]),
        )
    if arrived > 0:
        counters[p[b + OUT + COUNT]] = post
        weights = reals[p[b + WEIGHTS] : p[b + WEIGHTS] + pre * post].reshape(pre, post)
        mean_weight = reals[p[b + MEAN_WEIGHT] : p[b + MEAN_WEIGHT] + pre]
        conductance = values[out : out + post]
        inhibition, release = reals[p[b + INHIBITION]], reals[p[b + RELEASE]]
        for i in pre_spikes:
            transmit(
                conductance,
                weights,
                mean_weight,
                inhibition,
                release,
                reals[p[b + SCALE]],
                p[b + SEED],
                t,
                i,
            )


@numba.njit(cache=True)
def _finish_cycle(
    p: Program, b: int, asleep: int, values: Values, counters: Counters, reals: Reals
) -> None:
    pre, post, memory = p[b + PRE + SIZE], p[b + OUT + SIZE], p[b + MEMORY]
    synapses = pre * post
    first, a = p[b + ELIGIBILITY], p[b + STABILIZERS]
    finish_cycle(
        reals[p[b + WEIGHTS] : p[b + WEIGHTS] + synapses].reshape(pre, post),
        counters[p[b + FROZEN] : p[b + FROZEN] + synapses].reshape(pre, post),
        reals[first : first + memory * synapses].reshape(memory, pre, post),
        counters[p[b + ELIGIBLE] : p[b + ELIGIBLE] + memory * pre].reshape(memory, pre),
        reals[p[b + INITIAL_SUM] : p[b + INITIAL_SUM] + pre],
        reals[p[b + INPUT_SUM] : p[b + INPUT_SUM] + post],
        reals[p[b + MEAN_WEIGHT] : p[b + MEAN_WEIGHT] + pre],
        reals[p[b + RATE] : p[b + RATE] + post],
        reals[p[b + Y] : p[b + Y] + post],
        counters[p[b + POST_COUNTS] : p[b + POST_COUNTS] + post],
        counters[p[b + CYCLES] : p[b + CYCLES] + 1],
        reals[p[b + REWARD_WORTH]] * values[p[b + REWARD + VALUES]],
        counters[p[b + ASLEEP]] > 0,
        counters[p[b + ASLEEP]] != asleep,
        counters[p[b + LEARNING]] > 0,
        (reals[a], reals[a + 1], reals[a + 2], reals[a + 3], reals[a + 4], reals[a + 5]),
    )
