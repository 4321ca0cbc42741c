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
from loihi_sleep.engine.kernels.messages import COUNT, EVENTS, SIZE
from loihi_sleep.engine.kernels.numerics import noise_of
from loihi_sleep.engine.kernels.plastic_row import (
    ALL_ROWS,
    APPLY_U,
    CLEAR,
    CLIP,
    DECIMATE,
    LOG,
    LOG_COUNT,
    LOG_NOISE,
    LOG_POST,
    LOG_STEP,
    LOG_WHOLE,
    PENDING,
    PRE_COUNT,
    PRE_SPIKED,
    PRE_SPIKES,
    ROUNDING,
    RULE,
    SPARSE,
    SPIKE_EPOCH,
    SPIKE_STEP,
    T_EPOCH,
    TOUCH,
    TX,
    TY,
    UNCLIPPED,
    X0,
    X_TRACES,
    Y0,
    Y_TRACES,
    draw,
    slot_of,
)
from loihi_sleep.engine.kernels.synapses import (
    IN,
    OUT,
    add_listed_spikes,
    add_spikes,
    begin,
    scale,
)
from loihi_sleep.engine.kernels.traces import close_trace, take_post_spikes, take_pre_spikes


@numba.njit(cache=True)
def oldest_first(p: Program, b: int, slots: int, last: int) -> np.uint64:
    """Turn bits of slots so that the first is that of the oldest epoch, `last` that of the last."""
    log = np.uint64(p[b + LOG])
    first, bits = np.uint64(slot_of(p, b, last + 1)), np.uint64(slots)
    # A shift by 64 is undefined; by 0 it does no harm here.
    around = bits << ((log - first) & np.uint64(63))
    return ((bits >> first) | around) & (~np.uint64(0) >> (np.uint64(64) - log))


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
    """Apply the epochs up to `last` that can change a row of dense synapses."""
    pending = counters[p[b + PENDING] + row]
    if pending:
        counters[p[b + PENDING] + row] = 0
        bits = oldest_first(p, b, pending, last)
        call_rule(
            counters[p[b + RULE]],
            values, synaptic, index, counters, reals, p, b, last, row, np.int64(bits),
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
    if p[b + SPARSE]:
        add_listed_spikes(p, b, values, synaptic, index, counters)
    else:
        last = (t - 1) // p[b + T_EPOCH]
        for k in range(counters[p[b + IN + COUNT]]):
            row = numba.int64(index[p[b + IN + EVENTS] + k])
            apply_to_row(p, b, row, last, values, synaptic, index, counters, reals)
        if p[b + PRE_SPIKES + EVENTS] != p[b + IN + EVENTS]:
            # Of a row only the last spike is remembered: earlier ones are to be applied.
            for k in range(counters[p[b + PRE_SPIKES + COUNT]]):
                row = numba.int64(index[p[b + PRE_SPIKES + EVENTS] + k])
                apply_to_row(p, b, row, last, values, synaptic, index, counters, reals)
        add_spikes(p, b, values, synaptic, index, counters)
    scale(p, b, values)


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
    if whole & CLEAR:
        index[p[b + X0] : p[b + X0] + pre] = 0
        index[p[b + Y0] : p[b + Y0] + post] = 0
    counters[p[b + UNCLIPPED]] &= TOUCH
    counters[p[b + LOG_WHOLE] + slot] = whole
    counters[p[b + LOG_NOISE] + slot] = noise_of(draw(p, b, ROUNDING, k, reals))
    logged = post_count > 0 or pre_count > 0 or (whole & (APPLY_U | CLIP)) != 0
    for trace in range(X_TRACES + Y_TRACES):
        spiked, spikes = (pre_spiked, pre_count) if trace < X_TRACES else (post_spiked, post_count)
        close_trace(p, b, trace, slot, spiked, spikes, logged, k, values, index, counters, reals)
    for event in range(pre_count):
        j = index[pre_spiked + event]
        index[p[b + SPIKE_EPOCH] + j] = epoch
        index[p[b + SPIKE_STEP] + j] = index[p[b + TX] + j]
    for event in range(post_count):
        index[p[b + LOG_STEP] + slot * post + event] = index[p[b + TY] + index[post_spiked + event]]
    if logged:
        call_rule(
            counters[p[b + RULE]],
            values, synaptic, index, counters, reals, p, b, epoch, ALL_ROWS, np.int64(0),
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
