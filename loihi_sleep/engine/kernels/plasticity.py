"""Plastic synapses: traces, learning epochs and when each synapse is brought up to date.

What a learning rule does to a synapse depends on values of the past epoch: traces, spike times and
one random number. They are logged, an epoch a slot, and the rule is applied to a pre-synaptic
neuron's row of synapses only when that neuron spikes (its weights are needed), when the row's turn
comes (so that a slot can be used anew), or when someone looks. Each synapse sees the same epochs in
the same order as if it had been visited at once, so the outcome is the same, but a row is read and
written once for many epochs, while it is in the cache.
"""

import numba
import numpy as np

from loihi_sleep.engine.kernels.arrays import Counters, Index, Program, Reals, Synaptic, Values
from loihi_sleep.engine.kernels.call import call_rule
from loihi_sleep.engine.kernels.messages import COUNT, EVENTS, MESSAGE_FIELDS, SIZE, VALUES
from loihi_sleep.engine.kernels.numerics import (
    USE_REGULAR_IMPULSE,
    decayed,
    impelled,
    noise_of,
    take_payload,
)
from loihi_sleep.engine.kernels.synapses import FIELDS as SYNAPSE_FIELDS
from loihi_sleep.engine.kernels.synapses import (
    FIRST_SYNAPSE,
    IN,
    MESSAGE_BITS,
    OUT,
    POST,
    WEIGHTS,
    add_row,
    begin,
    payload,
    scale,
)

# Row: that of static synapses, the message of post-synaptic spikes, the messages of y1, y2, y3.
POST_SPIKES = SYNAPSE_FIELDS
Y_IN = POST_SPIKES + MESSAGE_FIELDS
TRACES = Y_IN + 3 * MESSAGE_FIELDS
# Of each trace x1, x2, y1, y2, y3, five in a row.
(
    # Where its state begins, in values.
    STATE,
    # Where the log of its values begins, -1: no rule asks for it. Pre-synaptic traces lie by slot,
    # neuron and step of the epoch, post-synaptic ones by slot, step and neuron.
    HISTORY,
    # Cell of reals: factor of decay a step, then the impulse and its fraction.
    DECAY,
    # Cell: 0 while it is zero everywhere.
    LIVE,
    TRACE_FIELDS,
) = range(5)
X_TRACES, Y_TRACES = 2, 3
(
    # Where tags lie, in synaptic, if the rule has to do with them.
    TAG_1,
    TAG_2,
    T_EPOCH,
    # Epochs that the log holds: a power of two, at most 64.
    LOG,
    # `uk`: products apply in every so many epochs, 0 for never.
    DECIMATE,
    # 1: y1, y2, y3 come from outside.
    THREE_FACTORS,
    GRADED,
    # Address of the rule's code, in counters: another rule may be set.
    RULE,
    # 1: synapses are listed (sparse), else all are there (dense).
    SPARSE,
    # Cell: 1 where values out of range have to be clipped in the next epoch.
    UNCLIPPED,
    # Per neuron: step of its last spike within the epoch, 0 for none. In index.
    TX,
    TY,
    X0,
    Y0,
    # Per row: first epoch not yet applied, epoch of its last spike, step of that. In index.
    NEXT_EPOCH,
    SPIKE_EPOCH,
    SPIKE_STEP,
    # Logs by slot. In index: post-synaptic neurons that spiked, the step at which each last did. In
    # counters: how many they are, what holds for the whole epoch, the noise of rounding.
    LOG_POST,
    LOG_STEP,
    LOG_COUNT,
    LOG_WHOLE,
    LOG_NOISE,
    # Cell: bit by slot, 1 where the epoch may change rows whose neuron did not spike.
    EVENTFUL,
    # Where a row's synapses of spiking neurons are put aside, in synaptic.
    ASIDE,
    # Random numbers of a chunk of steps, in reals; see `loihi_sleep.engine.randomness`.
    DRAWS,
    CHUNK,
    SEED,
    # Pre-synaptic neurons that have spiked in the epoch, in index, and their number.
    PRE_SPIKED,
    PRE_COUNT,
    # Sparse only: for each post-synaptic neuron where its synapses are listed, their places and
    # pre-synaptic neurons.
    FIRST_BY_POST,
    PLACE_BY_POST,
    PRE_BY_POST,
    FIELDS,
) = range(TRACES + 5 * TRACE_FIELDS, TRACES + 5 * TRACE_FIELDS + 33)

# Rows of DRAWS, CHUNK numbers each.
X_DECAY, X_IMPULSE, Y_DECAY, Y_IMPULSE, Y_IMPULSE_MIDWAY, ROUNDING, DRAW_ROWS = range(7)
# Of LOG_WHOLE: `uk` products apply; values out of range are to be clipped, once; every synapse that
# a spike touches changes, even where products are zero, as some values cannot be stored.
APPLY_U, CLIP, TOUCH = 1, 2, 4


@numba.njit(cache=True)
def draw(p: Program, b: int, row: int, k: int, reals: Reals) -> float:
    """Random number of step k of the chunk."""
    return reals[p[b + DRAWS] + row * p[b + CHUNK] + k]


@numba.njit(cache=True)
def slot_of(p: Program, b: int, epoch: int) -> int:
    """Where an epoch is in the log."""
    return epoch & (p[b + LOG] - 1)


@numba.njit(cache=True)
def trace_row(b: int, trace: int) -> int:
    """Where the fields of a trace begin: 0, 1 for x1, x2 and 2, 3, 4 for y1, y2, y3."""
    return b + TRACES + trace * TRACE_FIELDS


@numba.njit(cache=True)
def add_impulse(
    p: Program, f: int, j: int, random: float, values: Values, counters: Counters, reals: Reals
) -> None:
    """Let the trace whose fields begin at f jump at a spike of neuron j."""
    place, cell = p[f + STATE] + j, p[f + DECAY]
    values[place] = impelled(values[place], reals[cell + 1], reals[cell + 2], random)
    counters[p[f + LIVE]] = 1


@numba.njit(cache=True)
def pending_slots(p: Program, b: int, first: int, last: int) -> np.uint64:
    """Bits of the slots of a run of epochs; all where it goes around the log."""
    epochs, log = last - first + 1, p[b + LOG]
    if epochs >= log:
        return ~np.uint64(0)
    bits = (np.uint64(1) << np.uint64(epochs)) - np.uint64(1)
    start = np.uint64(first & (log - 1))
    # What leaves the word on one side comes in on the other; a shift by 64 is undefined.
    around = (np.uint64(log) - start) & np.uint64(63)
    return (bits << start) | (bits >> around if start else np.uint64(0))


@numba.njit(cache=True)
def apply_to_row(
    p: Program,
    b: int,
    row: int,
    last: int,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Apply the epochs up to `last` that a row of dense synapses has not seen."""
    first = numba.int64(index[p[b + NEXT_EPOCH] + row])
    if first > last:
        return
    index[p[b + NEXT_EPOCH] + row] = last + 1
    if index[p[b + SPIKE_EPOCH] + row] >= first or pending_slots(p, b, first, last) & np.uint64(
        counters[p[b + EVENTFUL]]
    ):
        call_rule(
            counters[p[b + RULE]],
            values, synaptic, index, counters, reals, p, b, first, last, row,
        )  # fmt: skip


@numba.njit(cache=True)
def apply_to_all_rows(
    p: Program,
    b: int,
    last: int,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Bring all synapses up to date."""
    if p[b + SPARSE]:
        return
    for row in range(p[b + IN + SIZE]):
        apply_to_row(p, b, row, last, values, synaptic, index, counters, reals)


@numba.njit(cache=True)
def accumulate_plastic(
    p: Program,
    b: int,
    t: int,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Sum the weights of the neurons that spike, as they are after the last epoch."""
    if not begin(p, b, values, counters):
        return
    n, out = p[b + OUT + SIZE], p[b + OUT + VALUES]
    activation = values[out : out + n]
    last = (t - 1) // p[b + T_EPOCH]
    for k in range(counters[p[b + IN + COUNT]]):
        j = numba.int64(index[p[b + IN + EVENTS] + k])
        factor = payload(p, b, j, values, counters)
        if p[b + SPARSE]:
            for s in range(index[p[b + FIRST_SYNAPSE] + j], index[p[b + FIRST_SYNAPSE] + j + 1]):
                values[out + index[p[b + POST] + s]] += synaptic[p[b + WEIGHTS] + s] * factor
        else:
            apply_to_row(p, b, j, last, values, synaptic, index, counters, reals)
            row = p[b + WEIGHTS] + j * n
            add_row(activation, synaptic[row : row + n], factor)
    scale(p, b, values)


@numba.njit(cache=True)
def take_pre_spikes(
    p: Program, b: int, step: int, values: Values, index: Index, counters: Counters, reals: Reals
) -> None:
    """Note when pre-synaptic neurons spike; second spikes within an epoch reach traces at once."""
    x1, x2 = trace_row(b, 0), trace_row(b, 1)
    graded, binary = p[b + GRADED], counters[p[b + MESSAGE_BITS]] == 0
    for k in range(counters[p[b + IN + COUNT]]):
        j = index[p[b + IN + EVENTS] + k]
        again = index[p[b + TX] + j] > 0
        counts = True
        if graded == USE_REGULAR_IMPULSE:
            if again:
                add_impulse(p, x1, j, 0.0, values, counters, reals)
        else:
            value = values[p[b + IN + VALUES] + j]
            place = p[x1 + STATE] + j
            values[place], counts = take_payload(values[place], 1 if binary else value, graded)
            counters[p[x1 + LIVE]] = 1
        if again and counts:
            add_impulse(p, x2, j, 0.0, values, counters, reals)
        if counts:
            if not again:
                index[p[b + PRE_SPIKED] + counters[p[b + PRE_COUNT]]] = j
                counters[p[b + PRE_COUNT]] += 1
            index[p[b + TX] + j] = step


@numba.njit(cache=True)
def take_post_spikes(
    p: Program,
    b: int,
    epoch: int,
    step: int,
    k: int,
    values: Values,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Note when post-synaptic neurons spike; take in y1, y2, y3 where they come from outside."""
    slot = slot_of(p, b, epoch)
    spiked = p[b + LOG_POST] + slot * p[b + OUT + SIZE]
    count = p[b + LOG_COUNT] + slot
    for event in range(counters[p[b + POST_SPIKES + COUNT]]):
        i = index[p[b + POST_SPIKES + EVENTS] + event]
        if index[p[b + TY] + i] > 0:
            random = draw(p, b, Y_IMPULSE_MIDWAY, k, reals)
            for trace in range(X_TRACES, X_TRACES + Y_TRACES):
                add_impulse(p, trace_row(b, trace), i, random, values, counters, reals)
        else:
            index[spiked + counters[count]] = i
            counters[count] += 1
        index[p[b + TY] + i] = step
        index[p[b + Y0] + i] = 1
    if p[b + THREE_FACTORS]:
        for trace in range(Y_TRACES):
            source = b + Y_IN + trace * MESSAGE_FIELDS
            state = p[trace_row(b, X_TRACES + trace) + STATE]
            for i in range(p[source + SIZE]):
                values[state + i] = values[p[source + VALUES] + i]
            counters[p[trace_row(b, X_TRACES + trace) + LIVE]] = 1


@numba.njit(cache=True)
def decay_trace(x: Values, factor: float, random: float, look: bool) -> bool:
    """Let a trace decay by one step; return whether some of it is left, where asked to look."""
    for j in range(x.size):
        x[j] = decayed(x[j], factor, random)
    if not look:
        return True
    left = 0
    for j in range(x.size):
        left |= x[j] != 0
    return left != 0


@numba.njit(cache=True)
def close_trace(
    p: Program,
    b: int,
    trace: int,
    slot: int,
    spiked: int,
    spikes: int,
    logged: bool,
    k: int,
    values: Values,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Let a trace live through the epoch: each step it decays, then jumps where a neuron spiked.

    Its values are logged where asked for. The neurons that spiked are listed from `spiked` on.
    """
    f = trace_row(b, trace)
    is_pre = trace < X_TRACES
    n = p[b + IN + SIZE] if is_pre else p[b + OUT + SIZE]
    times = p[b + TX] if is_pre else p[b + TY]
    history, t_epoch = p[f + HISTORY] + slot * p[b + T_EPOCH] * n, p[b + T_EPOCH]
    logged = logged and p[f + HISTORY] >= 0
    jumps = spikes > 0 and (reals[p[f + DECAY] + 1] != 0 or reals[p[f + DECAY] + 2] != 0)
    if not counters[p[f + LIVE]] and not jumps:
        if logged:
            values[history : history + t_epoch * n] = 0
        return
    # Three-factor rules see y decay within the epoch, but keep what came from outside.
    kept = not is_pre and p[b + THREE_FACTORS]
    if kept and not logged:
        return
    x = values[p[f + STATE] : p[f + STATE] + n]
    outside = x.copy() if kept else x
    factor = reals[p[f + DECAY]]
    decay_draw = draw(p, b, X_DECAY if is_pre else Y_DECAY, k, reals)
    impulse_draw = draw(p, b, X_IMPULSE if is_pre else Y_IMPULSE, k, reals)
    live = True
    for step in range(1, t_epoch + 1):
        live = decay_trace(x, factor, decay_draw, spikes == 0 and step == t_epoch)
        for event in range(spikes):
            j = index[spiked + event]
            if index[times + j] == step:
                add_impulse(p, f, j, impulse_draw, values, counters, reals)
        if not logged:
            continue
        if is_pre:
            for j in range(n):
                values[history + j * t_epoch + step - 1] = x[j]
        else:
            values[history + (step - 1) * n : history + step * n] = x
    # A trace that is NaN (tau 0 in float) stays so.
    counters[p[f + LIVE]] = live and factor == factor
    if kept:
        x[:] = outside


@numba.njit(cache=True)
def close_epoch(
    p: Program,
    b: int,
    t: int,
    k: int,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Log the epoch that ends with time step t, and apply it to the rows whose turn it is."""
    pre, post = p[b + IN + SIZE], p[b + OUT + SIZE]
    epoch = t // p[b + T_EPOCH]
    slot = slot_of(p, b, epoch)
    pre_spiked, post_spiked = p[b + PRE_SPIKED], p[b + LOG_POST] + slot * post
    pre_count, post_count = counters[p[b + PRE_COUNT]], counters[p[b + LOG_COUNT] + slot]
    whole = APPLY_U * (p[b + DECIMATE] > 0 and epoch % max(1, p[b + DECIMATE]) == 0)
    whole |= counters[p[b + UNCLIPPED]]
    if counters[p[b + UNCLIPPED]] == CLIP:
        counters[p[b + UNCLIPPED]] = 0
    counters[p[b + LOG_WHOLE] + slot] = whole
    counters[p[b + LOG_NOISE] + slot] = noise_of(draw(p, b, ROUNDING, k, reals))
    bit = np.int64(1) << slot
    eventful = post_count > 0 or (whole & (APPLY_U | CLIP)) != 0
    counters[p[b + EVENTFUL]] = (counters[p[b + EVENTFUL]] & ~bit) | (bit * eventful)

    logged = eventful or pre_count > 0
    for trace in range(X_TRACES + Y_TRACES):
        spiked, spikes = (pre_spiked, pre_count) if trace < X_TRACES else (post_spiked, post_count)
        close_trace(p, b, trace, slot, spiked, spikes, logged, k, values, index, counters, reals)
    for event in range(pre_count):
        j = index[pre_spiked + event]
        index[p[b + SPIKE_EPOCH] + j] = epoch
        index[p[b + SPIKE_STEP] + j] = index[p[b + TX] + j]
    for event in range(post_count):
        index[p[b + LOG_STEP] + slot * post + event] = index[p[b + TY] + index[post_spiked + event]]
    if p[b + SPARSE] and logged:
        call_rule(
            counters[p[b + RULE]],
            values, synaptic, index, counters, reals, p, b, epoch, epoch, np.int64(0),
        )  # fmt: skip

    for event in range(pre_count):
        index[p[b + TX] + index[pre_spiked + event]] = 0
    for event in range(post_count):
        i = index[post_spiked + event]
        index[p[b + TY] + i] = 0
        index[p[b + Y0] + i] = 0
    counters[p[b + PRE_COUNT]] = 0
    if not p[b + SPARSE]:
        rows = (pre + p[b + LOG] - 1) // p[b + LOG]
        for row in range(slot * rows, min(slot * rows + rows, pre)):
            apply_to_row(p, b, row, epoch, values, synaptic, index, counters, reals)
    counters[p[b + LOG_COUNT] + slot_of(p, b, epoch + 1)] = 0


@numba.njit(cache=True)
def learn(
    p: Program,
    b: int,
    t: int,
    k: int,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
    reals: Reals,
) -> None:
    """Take in the spikes of time step t, the k-th of its chunk; close the epoch at its end."""
    epoch, step = (t - 1) // p[b + T_EPOCH] + 1, (t - 1) % p[b + T_EPOCH] + 1
    take_pre_spikes(p, b, step, values, index, counters, reals)
    take_post_spikes(p, b, epoch, step, k, values, index, counters, reals)
    if step == p[b + T_EPOCH]:
        close_epoch(p, b, t, k, values, synaptic, index, counters, reals)
