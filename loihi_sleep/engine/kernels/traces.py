"""Traces and spike times of a plastic layer, within a learning epoch and at its end."""

import numba

from loihi_sleep.engine.kernels.arrays import Counters, Index, Program, Reals, Values
from loihi_sleep.engine.kernels.messages import COUNT, EVENTS, MESSAGE_FIELDS, SIZE, VALUES
from loihi_sleep.engine.kernels.numerics import (
    USE_REGULAR_IMPULSE,
    decayed,
    impelled,
    take_payload,
)
from loihi_sleep.engine.kernels.plastic_row import (
    DECAY,
    GRADED,
    HISTORY,
    LIVE,
    LOG_COUNT,
    LOG_POST,
    POST_SPIKES,
    PRE_COUNT,
    PRE_SPIKED,
    PRE_SPIKES,
    STATE,
    T_EPOCH,
    THREE_FACTORS,
    TX,
    TY,
    X_DECAY,
    X_IMPULSE,
    X_TRACES,
    Y0,
    Y_DECAY,
    Y_IMPULSE,
    Y_IMPULSE_MIDWAY,
    Y_IN,
    Y_TRACES,
    draw,
    slot_of,
    trace_row,
)
from loihi_sleep.engine.kernels.synapses import IN, MESSAGE_BITS, OUT


@numba.njit(cache=True)
def add_impulse(
    p: Program, f: int, j: int, random: float, values: Values, counters: Counters, reals: Reals
) -> None:
    """Let the trace whose fields begin at f jump at a spike of neuron j."""
    place, cell = p[f + STATE] + j, p[f + DECAY]
    values[place] = impelled(values[place], reals[cell + 1], reals[cell + 2], random)
    counters[p[f + LIVE]] = 1


@numba.njit(cache=True)
def take_pre_spikes(
    p: Program, b: int, step: int, values: Values, index: Index, counters: Counters, reals: Reals
) -> None:
    """Note when pre-synaptic neurons spike; second spikes within an epoch reach traces at once."""
    x1, x2 = trace_row(b, 0), trace_row(b, 1)
    graded, binary = p[b + GRADED], counters[p[b + MESSAGE_BITS]] == 0
    for k in range(counters[p[b + PRE_SPIKES + COUNT]]):
        j = index[p[b + PRE_SPIKES + EVENTS] + k]
        again = index[p[b + TX] + j] > 0
        counts = True
        if graded == USE_REGULAR_IMPULSE:
            if again:
                add_impulse(p, x1, j, 0.0, values, counters, reals)
        else:
            value = values[p[b + PRE_SPIKES + VALUES] + j]
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
        if is_pre and t_epoch > 1:
            for j in range(n):
                values[history + j * t_epoch + step - 1] = x[j]
        else:
            # A loop, as the assignment of a slice takes several times as long.
            log = values[history + (step - 1) * n : history + step * n]
            for j in range(n):
                log[j] = x[j]
    # A trace that is NaN (tau 0 in float) stays so.
    counters[p[f + LIVE]] = live and factor == factor
    if kept:
        x[:] = outside
