"""Traces and spike times of a plastic layer, within a learning epoch and at its end."""

import numpy as np

from loihi_sleep.engine.kernels.arrays import Rows, Values, copy, fill, number, part, place
from loihi_sleep.engine.kernels.numerics import (
    ADD_WITHOUT_SATURATION,
    USE_REGULAR_IMPULSE,
    decayed,
    impelled,
    larger,
    take_payload,
    whole_decay,
    whole_decayed,
)
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes.plastic.row import (
    FEW_VALUES,
    FITS,
    PLASTIC,
    TRACE,
    X_DECAY,
    X_IMPULSE,
    X_TRACES,
    Y_DECAY,
    Y_IMPULSE,
    Y_IMPULSE_MIDWAY,
    Y_TRACES,
    draw,
    slot_of,
    trace_row,
)
from loihi_sleep.engine.rows import COUNT, EVENTS, MESSAGE, SIZE, VALUES
from loihi_sleep.engine.steps import kernel
from loihi_sleep.processes.kernels.integers import TRACE_MAX

MESSAGE_WIDTH = MESSAGE.width


@kernel
def add_impulse(p: Rows, f: int, j: int | np.int64, random: float, m: Memory) -> None:
    """Let the trace whose fields begin at f jump at a spike of neuron j."""
    place, cell = p[f + TRACE.state] + j, p[f + TRACE.decay]
    if not m.counters[p[f + TRACE.live]] and m.reals[cell + 1] == 0 and m.reals[cell + 2] == 0:
        return
    m.values[place] = impelled(m.values[place], m.reals[cell + 1], m.reals[cell + 2], random)
    if m.counters[p[f + TRACE.live]] == 0:
        m.counters[p[f + TRACE.live]] = FITS


@kernel
def take_pre_spikes(p: Rows, b: int, step: int, m: Memory) -> None:
    """Note when pre-synaptic neurons spike; second spikes within an epoch reach traces at once."""
    x1, x2 = trace_row(b, 0), trace_row(b, 1)
    graded, binary = p[b + PLASTIC.graded], m.counters[p[b + PLASTIC.message_bits]] == 0
    events, times = p[b + PLASTIC.pre_spikes + EVENTS], np.uint64(p[b + PLASTIC.tx])
    spiked, count = p[b + PLASTIC.pre_spiked], m.counters[p[b + PLASTIC.pre_count]]
    for k in range(m.counters[p[b + PLASTIC.pre_spikes + COUNT]]):
        j = number(m.index, events + k)
        at = np.uint64(j)
        again = m.index[times + at] > 0
        counts = True
        if graded == USE_REGULAR_IMPULSE:
            if again:
                add_impulse(p, x1, j, 0.0, m)
        else:
            value = m.values[p[b + PLASTIC.pre_spikes + VALUES] + j]
            cell = p[x1 + TRACE.state] + j
            m.values[cell], counts = take_payload(m.values[cell], 1 if binary else value, graded)
            m.counters[p[x1 + TRACE.live]] = 1
        if again and counts:
            add_impulse(p, x2, j, 0.0, m)
        if counts:
            if not again:
                m.index[np.uint64(spiked + count)] = at
                count += 1
            m.index[times + at] = step
    m.counters[p[b + PLASTIC.pre_count]] = count
    m.index[p[b + PLASTIC.pre_ends] + step - 1] = count
    if graded == ADD_WITHOUT_SATURATION:
        # Lava's model looks for overflows in each step: 128, to which a payload may have led in the
        # step before, becomes 1.
        for j in range(p[b + PLASTIC.received + SIZE]):
            if m.index[times + np.uint64(j)] != step:
                cell = p[x1 + TRACE.state] + j
                m.values[cell], _ = take_payload(m.values[cell], 0, graded)


@kernel
def take_post_spikes(p: Rows, b: int, epoch: int, step: int, k: int, m: Memory) -> None:
    """Note when post-synaptic neurons spike; take in y1, y2, y3 where they come from outside."""
    slot = slot_of(p, b, epoch)
    spiked = p[b + PLASTIC.log_post] + slot * p[b + PLASTIC.out + SIZE]
    events, count = p[b + PLASTIC.post_spikes + EVENTS], m.counters[p[b + PLASTIC.log_count] + slot]
    times, flags = np.uint64(p[b + PLASTIC.ty]), np.uint64(p[b + PLASTIC.y0])
    for event in range(m.counters[p[b + PLASTIC.post_spikes + COUNT]]):
        i = number(m.index, events + event)
        at = np.uint64(i)
        if m.index[times + at] > 0:
            random = draw(p, b, Y_IMPULSE_MIDWAY, k, m)
            for trace in range(X_TRACES, X_TRACES + Y_TRACES):
                add_impulse(p, trace_row(b, trace), i, random, m)
        else:
            m.index[np.uint64(spiked + count)] = i
            count += 1
        m.index[times + at] = step
        m.index[flags + at] = 1
    m.counters[p[b + PLASTIC.log_count] + slot] = count
    ends = p[b + PLASTIC.log_ends] + slot * p[b + PLASTIC.t_epoch]
    m.index[ends + step - 1] = count
    if p[b + PLASTIC.three_factors]:
        for trace in range(Y_TRACES):
            source = b + PLASTIC.y1_in + trace * MESSAGE_WIDTH
            state = p[trace_row(b, X_TRACES + trace) + TRACE.state]
            for i in range(p[source + SIZE]):
                m.values[state + i] = m.values[p[source + VALUES] + i]
            m.counters[p[trace_row(b, X_TRACES + trace) + TRACE.live]] = 1


@kernel
def decay_trace(x: Values, factor: float, random: float) -> None:
    """Let a trace decay by one step."""
    for j in range(x.size):
        x[j] = decayed(x[j], factor, random)


@kernel
def decay_whole_and_log(
    x: Values, log: Values, factor: np.uint32, summand: np.uint32, most: np.uint32
) -> np.uint32:
    """Let a trace from 0 to 127 decay by one step, as `decay_and_log` does, in whole numbers."""
    for j in range(x.size):
        new = whole_decayed(x[j], factor, summand)
        x[j] = new
        log[j] = new
        most = larger(new, most)
    return most


@kernel
def decay_and_log(
    x: Values, log: Values, factor: float, random: float, most: np.uint32
) -> np.uint32:
    """Let a trace decay by one step, and log it; return the largest of its values and `most`."""
    for j in range(x.size):
        new = decayed(x[j], factor, random)
        x[j] = new
        log[j] = new
        most = larger(new, most)
    return most


@kernel
def close_trace(
    p: Rows,
    b: int,
    trace: int,
    slot: int,
    spiked: int,
    ends: int,
    spikes: int,
    logged: bool,
    k: int,
    m: Memory,
) -> None:
    """Let a trace live through the epoch: each step it decays, then jumps where a neuron spiked.

    Its values are logged where asked for. The neurons that spiked are listed from `spiked` on, by
    the step in which each last did; from `ends` on is where those of each step end.
    """
    f = trace_row(b, trace)
    is_pre = trace < X_TRACES
    n = p[b + PLASTIC.received + SIZE] if is_pre else p[b + PLASTIC.out + SIZE]
    t_epoch, cell = p[b + PLASTIC.t_epoch], p[f + TRACE.decay]
    history = p[f + TRACE.history] + slot * t_epoch * n
    logged = logged and p[f + TRACE.history] >= 0
    whole, fraction = m.reals[cell + 1], m.reals[cell + 2]
    jumps = spikes > 0 and (whole != 0 or fraction != 0)
    most = np.uint32(0)
    m.counters[p[b + PLASTIC.most] + trace] = most
    if not m.counters[p[f + TRACE.live]] and not jumps:
        if logged:
            fill(part(m.values, history, t_epoch * n), 0)
        return
    # Three-factor rules see y decay within the epoch, but keep what came from outside.
    kept = not is_pre and p[b + PLASTIC.three_factors]
    if kept and not logged:
        return
    x = part(m.values, p[f + TRACE.state], n)
    outside = x.copy() if kept else x
    factor = m.reals[cell]
    decay_draw = draw(p, b, X_DECAY if is_pre else Y_DECAY, k, m)
    impulse_draw = draw(p, b, X_IMPULSE if is_pre else Y_IMPULSE, k, m)
    whole_factor, summand = np.uint32(0), np.uint32(0)
    if m.counters[p[f + TRACE.live]] != 1 and factor <= 1 and n * t_epoch >= FEW_VALUES:
        whole_factor, summand = whole_decay(x, factor, decay_draw)
    done = 0
    for step in range(1, t_epoch + 1):
        log = history + (step - 1) * n
        if logged and whole_factor:
            history_of_step = part(m.values, log, n)
            most = decay_whole_and_log(x, history_of_step, whole_factor, summand, most)
        elif logged:
            most = decay_and_log(x, part(m.values, log, n), factor, decay_draw, most)
        else:
            decay_trace(x, factor, decay_draw)
        stop = m.index[ends + step - 1] if spikes else 0
        for event in range(done, stop):
            j = place(m.index, spiked + event)
            new = impelled(x[j], whole, fraction, impulse_draw)
            x[j] = new
            most = larger(new, most)
            if logged:
                m.values[np.uint64(log) + j] = new
        done = stop
    m.counters[p[b + PLASTIC.most] + trace] = most
    left = jumps
    if not jumps:
        for j in range(n):
            left |= x[j] != 0
    # A trace that is NaN (tau 0 in float) stays so.
    if not (left and factor == factor):
        m.counters[p[f + TRACE.live]] = 0
    elif m.counters[p[f + TRACE.live]] == 0 or (logged and most <= TRACE_MAX):
        m.counters[p[f + TRACE.live]] = FITS
    if kept:
        copy(x, outside)
