"""What the generated code of a rule calls to note what an epoch can change, and to find it."""

import numpy as np

from loihi_sleep.engine.kernels.arrays import Values, place
from loihi_sleep.engine.nodes.plastic.row import LISTED_PART, OWN, POST_BITS, VECTOR
from loihi_sleep.engine.steps import kernel


@kernel
def step_bit(slot: int, steps: int, step: int) -> np.int32:
    """Bit of a step of the epoch in a slot."""
    return np.int32(1 << ((slot * steps + step) & (POST_BITS - 1)))


@kernel
def epoch_bits(slot: int, steps: int) -> np.int32:
    """Bits of all steps of the epoch in a slot."""
    return np.int32(((1 << min(steps, POST_BITS)) - 1) << (slot * steps & (POST_BITS - 1)))


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
def mark_all(pending: Values, bits: int) -> None:
    """Note for all rows what can change them."""
    for row in range(len(pending)):
        pending[row] |= bits


@kernel
def mark_listed(pending: Values, bits: int, index: Values, at: int, n: int) -> None:
    """Note for those rows that are listed what can change them."""
    for k in range(n):
        pending[place(index, at + k)] |= bits


@kernel
def set_marks(marks: Values, mark: int, index: Values, at: int, n: int) -> None:
    """Mark those neurons that are listed."""
    for k in range(n):
        marks[place(index, at + k)] = mark


@kernel
def replace_marks(
    pending: Values, bits: int, marks: Values, index: Values, at: int, n: int
) -> None:
    """Note for those rows that are listed which of the bits can change them, and which cannot."""
    for k in range(n):
        row = place(index, at + k)
        pending[row] = (pending[row] & ~bits) | marks[k]


@kernel
def taken(pending: Values, row: int) -> int:
    """Take what is pending of a row."""
    place = np.uint64(row)
    found = int(pending[place])
    pending[place] = 0
    return found


@kernel
def oldest_first(pending: int, log: int, t_epoch: int, last: int) -> int:
    """Turn the bits of a row so that the first are those of the oldest epoch; `last` is the last.

    A log of one slot may have any number of steps.
    """
    if log == 1:
        return pending
    first, bits, posts = ((last + 1) & (log - 1)) * t_epoch, log * t_epoch, pending & (OWN - 1)
    posts = (posts >> first) | (posts << (bits - first))
    return (posts & ((1 << bits) - 1)) | (pending & OWN)


@kernel
def own_epoch(spike_epoch: int, last: int, pending: int, epoch: int) -> int:
    """Epoch of a row's own spike, or a given one before all of the log, which stands for none."""
    return min(spike_epoch, last) if pending & OWN else epoch


@kernel
def with_own(posts: int, own: int, epoch: int) -> np.uint64:
    """Bits of the epochs after a given one that post-synaptic spikes or the own one are in."""
    return np.uint64(posts if own <= epoch else posts | 1 << (own - epoch - 1))


@kernel
def vectors(n: int) -> int:
    """How many elements vectors have that n fit into."""
    return (n + VECTOR - 1) & -VECTOR


@kernel
def gather(taken: Values, values: Values, index: Values, at: int, n: int) -> None:
    """Take the values of those neurons that are listed."""
    for k in range(n):
        taken[k] = values[place(index, at + k)]


@kernel
def scatter(taken: Values, values: Values, index: Values, at: int, n: int) -> None:
    """Put the values of those neurons that are listed back."""
    for k in range(n):
        values[place(index, at + k)] = taken[k]
