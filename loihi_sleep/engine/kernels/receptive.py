"""`loihi_sleep.processes.receptive_synapses`."""

import numba

from loihi_sleep.engine.kernels.arrays import Counters, Index, Program, Reals, Values
from loihi_sleep.engine.kernels.messages import COUNT, EVENTS, MESSAGE_FIELDS, SIZE, VALUES
from loihi_sleep.processes.kernels.receptive_stdp import learn_receptive, transmit_sparse

# Row: what is sent, pre- and post-synaptic spikes; in counters the sources, last spikes and whether
# anything is learned; in values weights and sums; in reals the rule; then numbers.
OUT = 0
PRE = MESSAGE_FIELDS
POST = PRE + MESSAGE_FIELDS
(
    SOURCES,
    FAN_IN,
    LAST_SPIKE,
    LEARNING,
    WEIGHTS,
    INPUT_SUM,
    RULE,
    RELEASE,
    SEED,
    CYCLE_STEPS,
    FIELDS,
) = range(POST + MESSAGE_FIELDS, POST + MESSAGE_FIELDS + 11)


@numba.njit(cache=True)
def step_receptive(
    p: Program, b: int, t: int, values: Values, index: Index, counters: Counters, reals: Reals
) -> None:
    """Learn from post-synaptic spikes, then sum what arrives."""
    pre, post, fan_in = p[b + PRE + SIZE], p[b + OUT + SIZE], p[b + FAN_IN]
    out = p[b + OUT + VALUES]
    if counters[p[b + OUT + COUNT]] > 0:
        values[out : out + post] = 0
        counters[p[b + OUT + COUNT]] = 0
    if (t - 1) % p[b + CYCLE_STEPS] == 0:
        counters[p[b + LAST_SPIKE] : p[b + LAST_SPIKE] + pre] = -1
    arrived, answered = counters[p[b + PRE + COUNT]], counters[p[b + POST + COUNT]]
    if arrived == 0 and answered == 0:
        return
    synapses = post * fan_in
    last_spike = counters[p[b + LAST_SPIKE] : p[b + LAST_SPIKE] + pre]
    weights = values[p[b + WEIGHTS] : p[b + WEIGHTS] + synapses].reshape(post, fan_in)
    sources = counters[p[b + SOURCES] : p[b + SOURCES] + synapses].reshape(post, fan_in)
    if counters[p[b + LEARNING]] > 0:
        r = p[b + RULE]
        rule = (reals[r], reals[r + 1], reals[r + 2], reals[r + 3], reals[r + 4])
        input_sum = values[p[b + INPUT_SUM] : p[b + INPUT_SUM] + post]
        for k in range(answered):
            neuron = int(index[p[b + POST + EVENTS] + k])
            learn_receptive(weights, sources, last_spike, input_sum, neuron, t, rule)
    if arrived > 0:
        for k in range(arrived):
            last_spike[index[p[b + PRE + EVENTS] + k]] = t
        spikes = values[p[b + PRE + VALUES] : p[b + PRE + VALUES] + pre]
        release = reals[p[b + RELEASE]]
        transmit_sparse(weights, sources, spikes, p[b + SEED], t, release, values[out : out + post])
        counters[p[b + OUT + COUNT]] = post
