"""What the generated code of a rule calls to find the parts of its layer.

numba takes 7 ms of processor time for a place that a rule reads from a row and 17 ms for a slice,
each in every rule; a call of a function that is compiled already takes it 2 to 4 ms.
"""

from typing import Any, NamedTuple

import numpy as np

from loihi_sleep.engine.kernels.arrays import Rows, Values, number, part
from loihi_sleep.engine.nodes.plastic.row import (
    APPLY_U,
    PLASTIC,
    TRACE,
    TRACE_WIDTH,
    VECTOR,
)
from loihi_sleep.engine.rows import SIZE
from loihi_sleep.engine.steps import kernel


class Parts(NamedTuple):
    """Sizes of a layer, then where its parts begin: see the row for what they are.

    `wide` is the room for a list of neurons of either side. The code of a rule has them under these
    names.
    """

    pre: int
    post: int
    wide: int
    t_epoch: int
    log: int
    step_bits_w: int
    w_at: int
    d_at: int
    t_at: int
    x1_log: int
    x2_log: int
    y1_log: int
    y2_log: int
    y3_log: int
    bounds_at: int
    seed_at: int
    spike_epochs: int
    spike_steps: int
    pending_at: int
    times_at: int
    log_post: int
    log_count: int
    log_whole: int
    log_noise: int
    log_ends: int
    lists_at: int
    listed_at: int
    looked_at: int
    partners_at: int
    places_at: int
    aside_at: int
    unclipped_at: int
    most_at: int
    pre_spiked: int
    pre_count_at: int
    pre_ends: int


@kernel
def find_parts(p: Rows, b: int) -> Parts:
    """Sizes of a layer, and where its parts are."""
    histories = b + PLASTIC.traces + TRACE.history
    return Parts(
        p[b + PLASTIC.received + SIZE],
        p[b + PLASTIC.out + SIZE],
        max(p[b + PLASTIC.received + SIZE], p[b + PLASTIC.out + SIZE]) + VECTOR,
        p[b + PLASTIC.t_epoch],
        p[b + PLASTIC.log],
        p[b + PLASTIC.step_bits],
        p[b + PLASTIC.weights],
        p[b + PLASTIC.tag_2],
        p[b + PLASTIC.tag_1],
        p[histories],
        p[histories + TRACE_WIDTH],
        p[histories + 2 * TRACE_WIDTH],
        p[histories + 3 * TRACE_WIDTH],
        p[histories + 4 * TRACE_WIDTH],
        p[b + PLASTIC.bounds],
        p[b + PLASTIC.seed],
        p[b + PLASTIC.spike_epoch],
        p[b + PLASTIC.spike_step],
        p[b + PLASTIC.pending],
        p[b + PLASTIC.ty],
        p[b + PLASTIC.log_post],
        p[b + PLASTIC.log_count],
        p[b + PLASTIC.log_whole],
        p[b + PLASTIC.log_noise],
        p[b + PLASTIC.log_ends],
        p[b + PLASTIC.lists],
        p[b + PLASTIC.listed],
        p[b + PLASTIC.looked],
        p[b + PLASTIC.partners],
        p[b + PLASTIC.places],
        p[b + PLASTIC.aside],
        p[b + PLASTIC.unclipped],
        p[b + PLASTIC.most],
        p[b + PLASTIC.pre_spiked],
        p[b + PLASTIC.pre_count],
        p[b + PLASTIC.pre_ends],
    )


@kernel
def fixed_range(reals: Values, at: int) -> tuple[np.int32, np.int32]:
    """Lowest and highest value of a synaptic variable in fixed."""
    return np.int32(reals[at]), np.int32(reals[at + 1])


@kernel
def float_range(reals: Values, at: int) -> tuple[float, float]:
    """Lowest and highest value of a synaptic variable in float."""
    return reals[at], reals[at + 1]


@kernel
def seed_keys(counters: Values, at: int) -> tuple[np.uint64, np.uint64]:
    """Both halves of the seed of a rule."""
    seed = np.uint64(counters[at])
    return seed & np.uint64(0xFFFFFFFF), seed >> np.uint64(32)


@kernel
def epoch_at(
    counters: Values, wholes: int, counts: int, noises: int, slot: int
) -> tuple[int, int, np.int32, np.int32]:
    """What holds for a whole epoch, its post-synaptic spikes, its noise, and u."""
    whole = counters[wholes + slot]
    return (
        whole,
        counters[counts + slot],
        np.int32(counters[noises + slot]),
        np.int32(whole & APPLY_U),
    )


@kernel
def whole_number(array: Values, at: Any) -> np.int32:
    """Read a value of a synapse in fixed, as the arithmetic of rules takes it."""
    return np.int32(array[at])


@kernel
def traces_at(values: Values, log: int, slot: int, steps: int, step: int, n: int) -> Values:
    """Values of a trace after a step of an epoch, of all n neurons."""
    return part(values, log + (slot * steps + step) * n, n)


@kernel
def trace_at(values: Values, log: int, slot: int, steps: int, step: int, n: int, j: int) -> Any:
    """Value of a trace of neuron j after a step of an epoch."""
    return values[log + (slot * steps + step) * n + j]


@kernel
def last_step(index: Values, at: int) -> int:
    """Step of the epoch, from 0, in which a neuron last spiked; 0 where it did not."""
    return max(number(index, at), 1) - 1
