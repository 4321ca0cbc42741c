"""`processes.rewarded_synapses`."""

import numba

from loihi_sleep.engine.kernels.arrays import Counters, Index, Program, Reals, Values
from loihi_sleep.engine.kernels.messages import COUNT, EVENTS, MESSAGE_FIELDS, SIZE, VALUES
from processes.kernels.rewarded_stdp import finish_cycle, pair, transmit_balanced

# Row: what is sent; pre- and post-synaptic spikes, reward, phase; state by kind: in values, then in
# counters; in reals the inhibition, the release noise, the pairing, the stabilizers; then numbers.
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
    PAIRING,
    STABILIZERS,
    MEMORY,
    SEED,
    CYCLE_STEPS,
    FIELDS,
) = range(PHASE + MESSAGE_FIELDS, PHASE + MESSAGE_FIELDS + 24)


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
            values[rows : rows + pre * post].reshape(pre, post),
            values[p[b + X] : p[b + X] + pre],
            counters[p[b + X_STEP] : p[b + X_STEP] + pre],
            values[p[b + Y] : p[b + Y] + post],
            counters[p[b + Y_STEP] : p[b + Y_STEP] + post],
            counters[eligible : eligible + pre],
            pre_spikes,
            post_spikes,
            t,
            (reals[a], reals[a + 1], reals[a + 2]),
        )
    if arrived > 0:
        counters[p[b + OUT + COUNT]] = post
        weights = values[p[b + WEIGHTS] : p[b + WEIGHTS] + pre * post].reshape(pre, post)
        mean_weight = values[p[b + MEAN_WEIGHT] : p[b + MEAN_WEIGHT] + pre]
        conductance = values[out : out + post]
        inhibition, release = reals[p[b + INHIBITION]], reals[p[b + RELEASE]]
        for i in pre_spikes:
            transmit_balanced(
                weights, mean_weight, inhibition, release, p[b + SEED], t, i, conductance
            )


@numba.njit(cache=True)
def _finish_cycle(
    p: Program, b: int, asleep: int, values: Values, counters: Counters, reals: Reals
) -> None:
    pre, post, memory = p[b + PRE + SIZE], p[b + OUT + SIZE], p[b + MEMORY]
    synapses = pre * post
    first, a = p[b + ELIGIBILITY], p[b + STABILIZERS]
    finish_cycle(
        values[p[b + WEIGHTS] : p[b + WEIGHTS] + synapses].reshape(pre, post),
        counters[p[b + FROZEN] : p[b + FROZEN] + synapses].reshape(pre, post),
        values[first : first + memory * synapses].reshape(memory, pre, post),
        counters[p[b + ELIGIBLE] : p[b + ELIGIBLE] + memory * pre].reshape(memory, pre),
        values[p[b + INITIAL_SUM] : p[b + INITIAL_SUM] + pre],
        values[p[b + INPUT_SUM] : p[b + INPUT_SUM] + post],
        values[p[b + MEAN_WEIGHT] : p[b + MEAN_WEIGHT] + pre],
        values[p[b + RATE] : p[b + RATE] + post],
        values[p[b + Y] : p[b + Y] + post],
        counters[p[b + POST_COUNTS] : p[b + POST_COUNTS] + post],
        counters[p[b + CYCLES] : p[b + CYCLES] + 1],
        values[p[b + REWARD + VALUES]],
        counters[p[b + ASLEEP]] > 0,
        counters[p[b + ASLEEP]] != asleep,
        counters[p[b + LEARNING]] > 0,
        (reals[a], reals[a + 1], reals[a + 2], reals[a + 3], reals[a + 4]),
    )
