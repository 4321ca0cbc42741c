"""Plastic synapses: traces, learning epochs and when each synapse is brought up to date.

What a learning rule does to a synapse depends on values of the past epoch: traces, spike times and
one random number. They are logged, an epoch a slot, and the rule is applied to a pre-synaptic
neuron's row of synapses only when that neuron spikes (its weights are needed), when the row's turn
comes (so that a slot can be used anew), or when someone reads the weights. Each synapse sees the
same epochs in the same order as if it had been visited at once, so the outcome is the same, but a
row is read and written once for many epochs, while it is in the cache.
"""

from typing import Any

import numpy as np

from loihi_sleep.engine.kernels.arrays import Rows, copy, fill, part, place
from loihi_sleep.engine.kernels.call import call_rule, uncounted
from loihi_sleep.engine.kernels.loop import FAILED
from loihi_sleep.engine.kernels.numerics import noise_of
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes.plastic.row import (
    ALL_ROWS,
    APPLY_U,
    CLEAR,
    CLIP,
    PLASTIC,
    ROUNDING,
    TOUCH,
    UPDATE,
    X_TRACES,
    Y_TRACES,
    draw,
    slot_of,
)
from loihi_sleep.engine.nodes.plastic.traces import (
    close_trace,
    take_post_spikes,
    take_pre_spikes,
)
from loihi_sleep.engine.nodes.synapses.partners import partner, synapses_with
from loihi_sleep.engine.nodes.synapses.step import (
    add_listed_spikes,
    add_spikes,
    begin,
    payload,
    scale,
)
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES
from loihi_sleep.engine.steps import Step, compiled, kernel

# The largest sum in fixed, and the bytes of a value there.
_MOST, _BYTES = 2**31 - 1, 4


@kernel
def apply_to_rows(p: Rows, b: int, rows_at: int, rows: int, last: int, m: Memory) -> None:
    """Apply the epochs up to `last` that can change them to rows of dense synapses.

    They are listed from `rows_at` on.
    """
    if rows > 0:
        call_rule(m.counters[p[b + PLASTIC.rule]], m, p, b, last, rows_at, rows)


@compiled(error_model="numpy")
def apply_to_all_rows(p: Rows, b: int, last: int, m: Memory) -> None:
    """Bring all synapses up to date; Python calls this as well."""
    if not p[b + PLASTIC.sparse]:
        apply_to_rows(p, b, p[b + PLASTIC.all_rows], p[b + PLASTIC.received + SIZE], last, m)


@kernel
def accumulate_plastic(p: Rows, b: int, t: int, m: Memory) -> None:
    """Sum the weights of the neurons that spike, as they are after the last epoch."""
    if not begin(p, b, m):
        return
    graded = m.counters[p[b + PLASTIC.message_bits]] > 0
    if p[b + PLASTIC.sparse]:
        if graded:
            add_listed_graded(p, b, m)
        else:
            add_listed_spikes(p, b, m)
    else:
        last = (t - 1) // p[b + PLASTIC.t_epoch]
        spiked = p[b + PLASTIC.received + EVENTS]
        apply_to_rows(p, b, spiked, m.counters[p[b + PLASTIC.received + COUNT]], last, m)
        if p[b + PLASTIC.pre_spikes + EVENTS] != spiked:
            # Of a row only the last spike is remembered: earlier ones are to be applied.
            spiked, count = p[b + PLASTIC.pre_spikes + EVENTS], p[b + PLASTIC.pre_spikes + COUNT]
            apply_to_rows(p, b, spiked, m.counters[count], last, m)
        if graded:
            add_graded(p, b, m)
        else:
            add_spikes(p, b, m)
    if graded:
        check_shift(p, b, m)
    scale(p, b, m)


@kernel
def keep_sum(m: Memory, place: int, total: Any) -> None:
    """Keep a sum of graded spikes.

    Lava's plastic models add in 64 bits, where static ones wrap around in 32: a sum that leaves 32
    bits is a failure here.
    """
    if m.values.itemsize == _BYTES and (total > _MOST or total < -_MOST - 1):
        m.counters[FAILED] = 1
    m.values[place] = total


@kernel
def add_graded(p: Rows, b: int, m: Memory) -> None:
    """Add what all graded spikes of a step cause."""
    out, n = p[b + PLASTIC.out + VALUES], p[b + PLASTIC.out + SIZE]
    for k in range(m.counters[p[b + PLASTIC.received + COUNT]]):
        j = np.int64(m.index[p[b + PLASTIC.received + EVENTS] + k])
        row, factor = p[b + PLASTIC.weights] + j * n, payload(p, b, j, m)
        for i in range(n):
            keep_sum(m, out + i, m.values[out + i] + m.synaptic[row + i] * factor)


@kernel
def add_listed_graded(p: Rows, b: int, m: Memory) -> None:
    """Add what all graded spikes of a step cause by listed synapses."""
    out, blocks = p[b + PLASTIC.out + VALUES], p[b + PLASTIC.post_blocks]
    for k in range(m.counters[p[b + PLASTIC.received + COUNT]]):
        j = int(m.index[p[b + PLASTIC.received + EVENTS] + k])
        factor = payload(p, b, j, m)
        for block in range(max(1, blocks)):
            begins, stop = synapses_with(m.index, p[b + PLASTIC.first_synapse], blocks, block, j)
            for s in range(begins, stop):
                place = out + partner(m.index, p[b + PLASTIC.post], blocks, block, s)
                weight = m.synaptic[p[b + PLASTIC.weights] + s]
                keep_sum(m, place, m.values[place] + weight * factor)


@kernel
def check_shift(p: Rows, b: int, m: Memory) -> None:
    """Look whether activations stay within 32 bits when they are shifted left."""
    exponent = p[b + PLASTIC.weight_exp]
    if m.values.itemsize == _BYTES and exponent > 0:
        out = p[b + PLASTIC.out + VALUES]
        for i in range(out, out + p[b + PLASTIC.out + SIZE]):
            if abs(np.int64(m.values[i])) > _MOST >> exponent:
                m.counters[FAILED] = 1


@kernel
def place_once(
    begin: int, end: int, times: int, step: int, ends_all: bool, done: int, left: int, m: Memory
) -> tuple[int, int]:
    """List neurons that spike for the last time, let others wait; return where both lists end.

    A neuron is written to both lists, as a branch that nobody can foresee costs more.
    """
    for at in range(begin, end):
        i = place(m.index, at)
        is_last = (m.index[np.uint64(times) + i] == step) | ends_all
        m.index[np.uint64(left)] = i
        m.index[np.uint64(done)] = i
        done, left = done + is_last, left + (not is_last)
    return done, left


@kernel
def sort_by_step(
    p: Rows, b: int, times: int, spiked: int, count: int, ends: int, m: Memory
) -> None:
    """Sort neurons by the step of the epoch in which each last spiked; steps begin at `times`.

    They are listed by the step in which each spiked first. From `ends` on, step by step, is where
    the neurons of a step end: before by the first of their spikes, then by the last.
    """
    t_epoch, listed = p[b + PLASTIC.t_epoch], p[b + PLASTIC.looked]
    if t_epoch == 1:
        return
    later = listed + max(p[b + PLASTIC.received + SIZE], p[b + PLASTIC.out + SIZE])
    first, done, left = spiked, listed, later
    for step in range(1, t_epoch + 1):
        ends_all = step == t_epoch
        stop = spiked + (count if ends_all else min(m.index[ends + step - 1], count))
        # Those that spiked again wait for the step in which they last did.
        waiting, left = left, later
        done, left = place_once(later, waiting, times, step, ends_all, done, left, m)
        done, left = place_once(first, stop, times, step, ends_all, done, left, m)
        first = max(first, stop)
        m.index[ends + step - 1] = done - listed
    copy(part(m.index, spiked, count), part(m.index, listed, count))


@kernel
def note_pre_spikes(p: Rows, b: int, epoch: int, count: int, m: Memory) -> None:
    """Note of rows when their neurons last spiked, which is forgotten for the next epoch."""
    times, spiked = np.uint64(p[b + PLASTIC.tx]), p[b + PLASTIC.pre_spiked]
    epochs, steps = np.uint64(p[b + PLASTIC.spike_epoch]), np.uint64(p[b + PLASTIC.spike_step])
    for event in range(count):
        j = place(m.index, spiked + event)
        m.index[epochs + j] = epoch
        m.index[steps + j] = m.index[times + j]
        m.index[times + j] = 0


@kernel
def close_epoch(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Log the epoch that ends with time step t, and apply it to the rows whose turn it is."""
    pre, post = p[b + PLASTIC.received + SIZE], p[b + PLASTIC.out + SIZE]
    epoch = t // p[b + PLASTIC.t_epoch]
    slot = slot_of(p, b, epoch)
    pre_spiked, post_spiked = p[b + PLASTIC.pre_spiked], p[b + PLASTIC.log_post] + slot * post
    pre_count, post_count = (
        m.counters[p[b + PLASTIC.pre_count]],
        m.counters[p[b + PLASTIC.log_count] + slot],
    )
    sort_by_step(p, b, p[b + PLASTIC.tx], pre_spiked, pre_count, p[b + PLASTIC.pre_ends], m)
    ends = p[b + PLASTIC.log_ends] + slot * p[b + PLASTIC.t_epoch]
    sort_by_step(p, b, p[b + PLASTIC.ty], post_spiked, post_count, ends, m)
    whole = APPLY_U * (p[b + PLASTIC.decimate] > 0 and epoch % max(1, p[b + PLASTIC.decimate]) == 0)
    whole |= m.counters[p[b + PLASTIC.unclipped]]
    if whole & CLEAR:
        fill(part(m.index, p[b + PLASTIC.x0], pre), 0)
        fill(part(m.index, p[b + PLASTIC.y0], post), 0)
    m.counters[p[b + PLASTIC.unclipped]] &= TOUCH
    m.counters[p[b + PLASTIC.log_whole] + slot] = whole
    m.counters[p[b + PLASTIC.log_noise] + slot] = noise_of(draw(p, b, ROUNDING, k, m))
    logged = post_count > 0 or pre_count > 0 or (whole & (APPLY_U | CLIP)) != 0
    for trace in range(X_TRACES):
        close_trace(p, b, trace, slot, pre_spiked, p[b + PLASTIC.pre_ends], pre_count, logged, k, m)
    for trace in range(X_TRACES, X_TRACES + Y_TRACES):
        close_trace(p, b, trace, slot, post_spiked, ends, post_count, logged, k, m)
    if not p[b + PLASTIC.sparse]:
        note_pre_spikes(p, b, epoch, pre_count, m)
    if logged:
        call_rule(m.counters[p[b + PLASTIC.rule]], m, p, b, epoch, ALL_ROWS, np.int64(0))

    if p[b + PLASTIC.sparse]:
        # The rule has read there when they spiked.
        for event in range(pre_count):
            m.index[np.uint64(p[b + PLASTIC.tx]) + place(m.index, pre_spiked + event)] = 0
    times, flags = np.uint64(p[b + PLASTIC.ty]), np.uint64(p[b + PLASTIC.y0])
    for event in range(post_count):
        i = place(m.index, post_spiked + event)
        m.index[times + i] = 0
        m.index[flags + i] = 0
    m.counters[p[b + PLASTIC.pre_count]] = 0
    if not p[b + PLASTIC.sparse]:
        rows = (pre + p[b + PLASTIC.log] - 1) // p[b + PLASTIC.log]
        first = slot * rows
        apply_to_rows(p, b, p[b + PLASTIC.all_rows] + first, min(rows, pre - first), epoch, m)
    m.counters[p[b + PLASTIC.log_count] + slot_of(p, b, epoch + 1)] = 0


@kernel
def learn(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Take in the spikes of time step t, the k-th of its chunk; close the epoch at its end."""
    epoch, step = (t - 1) // p[b + PLASTIC.t_epoch] + 1, (t - 1) % p[b + PLASTIC.t_epoch] + 1
    take_pre_spikes(p, b, step, m)
    take_post_spikes(p, b, epoch, step, k, m)
    if step == p[b + PLASTIC.t_epoch]:
        close_epoch(p, b, t, k, m)


@kernel
def step_plastic(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of plastic synapses."""
    p = uncounted(p)
    m = uncounted(m)
    accumulate_plastic(p, b, t, m)
    learn(p, b, t, k, m)


@kernel
def step_update(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Bring the synapses of a layer up to date, for a monitor."""
    layer = p[b + UPDATE.layer]
    apply_to_all_rows(p, layer, t // p[layer + PLASTIC.t_epoch], m)


STEP = Step(
    "plastic synapses",
    PLASTIC,
    fixed=step_plastic,
    float=step_plastic,
    failure="activations of plastic synapses leave 32 bits, as their graded spikes are large; "
    "Lava's model goes on in 64 bits: name the synapses in attach(python=[...]) to run them so",
)
UPDATE_STEP = Step("monitored plastic synapses", UPDATE, fixed=step_update, float=step_update)
