"""What the generated code of a rule calls to find the parts of its layer.

numba takes 7 ms of processor time for a place that a rule reads from a row and 17 ms for a slice,
each in every rule; a call of a function that is compiled already takes it 2 to 4 ms.
"""

from typing import Any, NamedTuple

import numpy as np

from loihi_sleep.engine.kernels.arrays import Rows, Values
from loihi_sleep.engine.nodes.plastic.row import (
    APPLY_U,
    LISTED_PART,
    OWN,
    PLASTIC,
    POST_BITS,
    STRETCH_BITS,
    TRACE,
    TRACE_WIDTH,
)
from loihi_sleep.engine.rows import SIZE
from loihi_sleep.engine.steps import kernel


class Parts(NamedTuple):
    """Sizes of a layer, then where its parts begin: see the row for what they are.

    The code of a rule has them under these names.
    """

    pre: int
    post: int
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
    aside_at: int
    unclipped_at: int
    pre_spiked: int
    pre_count_at: int
    pre_ends: int
    first_synapse: int
    post_of: int
    first_by_post: int
    place_by_post: int
    row_by_stretch: int


@kernel
def find_parts(p: Rows, b: int) -> Parts:
    """Sizes of a layer, and where its parts are."""
    histories = b + PLASTIC.traces + TRACE.history
    return Parts(
        p[b + PLASTIC.received + SIZE],
        p[b + PLASTIC.out + SIZE],
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
        p[b + PLASTIC.aside],
        p[b + PLASTIC.unclipped],
        p[b + PLASTIC.pre_spiked],
        p[b + PLASTIC.pre_count],
        p[b + PLASTIC.pre_ends],
        p[b + PLASTIC.first_synapse],
        p[b + PLASTIC.post],
        p[b + PLASTIC.first_by_post],
        p[b + PLASTIC.place_by_post],
        p[b + PLASTIC.row_by_stretch],
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
def place(index: Values, at: int) -> Any:
    """Read a place; said to the compiler: it does not count from the end."""
    return np.uint64(index[np.uint64(at)])


@kernel
def number(index: Values, at: int) -> int:
    """Read a number of a list."""
    return int(index[np.uint64(at)])


@kernel
def span(index: Values, at: int) -> tuple[int, int]:
    """Where a list begins, and where the next one does."""
    return int(index[np.uint64(at)]), int(index[np.uint64(at + 1)])


@kernel
def row_of(index: Values, first_synapse: int, row_by_stretch: int, listed: Any) -> int:
    """Find the pre-synaptic neuron of a synapse by its place in the list."""
    at = np.int64(listed)
    low, high = span(index, row_by_stretch + int(at >> STRETCH_BITS))
    while low < high:
        middle = (low + high + 1) >> 1
        if index[np.uint64(first_synapse + middle)] <= at:
            low = middle
        else:
            high = middle - 1
    return low


@kernel
def whole_number(array: Values, at: Any) -> np.int32:
    """Read a value of a synapse in fixed, as the arithmetic of rules takes it."""
    return np.int32(array[at])


@kernel
def traces_at(values: Values, log: int, slot: int, steps: int, step: int, n: int) -> Values:
    """Values of a trace after a step of an epoch, of all n neurons."""
    first = log + (slot * steps + step) * n
    return values[first : first + n]


@kernel
def trace_at(values: Values, log: int, slot: int, steps: int, step: int, n: int, j: int) -> Any:
    """Value of a trace of neuron j after a step of an epoch."""
    return values[log + (slot * steps + step) * n + j]


@kernel
def step_bit(slot: int, steps: int, step: int) -> np.int32:
    """Bit of a step of the epoch in a slot."""
    return np.int32(1 << ((slot * steps + step) & (POST_BITS - 1)))


@kernel
def epoch_bits(slot: int, steps: int) -> np.int32:
    """Bits of all steps of the epoch in a slot."""
    return np.int32(((1 << min(steps, POST_BITS)) - 1) << (slot * steps & (POST_BITS - 1)))


@kernel
def last_step(index: Values, at: int) -> int:
    """Step of the epoch, from 0, in which a neuron last spiked; 0 where it did not."""
    return max(int(index[np.uint64(at)]), 1) - 1


@kernel
def list_of(lists: int, lengths: int, moment: int, post: int) -> tuple[int, int]:
    """Where the list for pre-synaptic spikes of a step is, and where its length is."""
    return lists + moment * (post // LISTED_PART + 1), lengths + moment


@kernel
def list_found(index: Values, at: int, flags: Values, n: int, found: int) -> int:
    """List the neurons with a flag, unless they are too many; return how many are listed, or -1."""
    if found > n // LISTED_PART:
        return -1
    # Mostly none is found; then this loop, neuron by neuron, does not take place.
    if found:
        next_place = np.uint64(at)
        for i in range(n):
            index[next_place] = i
            next_place += np.uint64(flags[i])
    return found


@kernel
def gather(taken: Values, values: Values, index: Values, at: int, n: int) -> None:
    """Take the values of those neurons that are listed."""
    for k in range(n):
        taken[k] = values[np.uint64(index[np.uint64(at + k)])]


@kernel
def scatter(taken: Values, values: Values, index: Values, at: int, n: int) -> None:
    """Put the values of those neurons that are listed back."""
    for k in range(n):
        values[np.uint64(index[np.uint64(at + k)])] = taken[k]


@kernel
def mark_all(pending: Values, bits: int) -> None:
    """Note for all rows what can change them."""
    for row in range(len(pending)):
        pending[row] |= bits


@kernel
def mark_listed(pending: Values, bits: int, index: Values, at: int, n: int) -> None:
    """Note for those rows that are listed what can change them."""
    for k in range(n):
        pending[np.uint64(index[np.uint64(at + k)])] |= bits


@kernel
def replace_marks(
    pending: Values, bits: int, marks: Values, index: Values, at: int, n: int
) -> None:
    """Note for those rows that are listed which of the bits can change them, and which cannot."""
    for k in range(n):
        row = np.uint64(index[np.uint64(at + k)])
        pending[row] = (pending[row] & ~bits) | marks[k]


@kernel
def own_epoch(spike_epoch: int, last: int, pending: int, epoch: int) -> int:
    """Epoch of a row's own spike, or a given one before all of the log, which stands for none."""
    return min(spike_epoch, last) if pending & OWN else epoch


@kernel
def with_own(posts: int, own: int, epoch: int) -> np.uint64:
    """Bits of the epochs after a given one that post-synaptic spikes or the own one are in."""
    return np.uint64(posts if own <= epoch else posts | 1 << (own - epoch - 1))


@kernel
def end_of(low: Any, high: Any, end: int) -> np.int32:
    """Lower or upper end of a range, by the lowest bit of a number."""
    return np.int32(high if end & 1 else low)


@kernel
def moves(value: Any, new: Any, end: int) -> bool:
    """Tell whether the lower end of a range rises (0), or its upper end sinks (1)."""
    return new < value if end & 1 else new > value
