"""Messages: what a port sends in a step.

A message has `n` values and a count cell. Where its sender lists events (spikes), the count is the
number of values that are not zero and the event list holds their indices in ascending order; where
it does not (activations), the count is 0 if all values are zero, else `n`.
"""

import numpy as np
from numba.cpython.unsafe.numbers import trailing_zeros
from numpy.typing import NDArray

from loihi_sleep.engine.kernels.arrays import Rows
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES
from loihi_sleep.engine.steps import kernel

FLAGS_PER_WORD = 8
# Of a word: its lowest bit; bits are numbered by so many times the number of their flag.
_ONE, _BITS_SHIFT = np.uint64(1), np.uint64(3)


@kernel
def first_flag(word: np.uint64) -> int:
    """Which of the eight flags of a word is the first that is set."""
    return int(trailing_zeros(word) >> _BITS_SHIFT)


@kernel
def without_first(word: np.uint64) -> np.uint64:
    """Take the first flag that is set out of a word."""
    return word & (word - _ONE)


@kernel
def list_set(flags: NDArray[np.uint8], listed: NDArray[np.int32], place: int) -> int:
    """Write the indices of the flags that are set, 1, from `place` on; return their number.

    Flags are read eight at a time, as spikes are rare; what is left of the last eight is not.
    """
    count = 0
    words = flags[: flags.size // FLAGS_PER_WORD * FLAGS_PER_WORD].view(np.uint64)
    for word in range(words.size):
        left = words[word]
        while left:
            listed[place + count] = word * FLAGS_PER_WORD + first_flag(left)
            left = without_first(left)
            count += 1
    return count


@kernel
def list_flagged(m: Memory, n: int, events: int) -> int:
    """Write the indices of the flags that are set from `events` on; return their number.

    The list needs room for n + 1 indices.
    """
    count = list_set(m.flags[:n], m.index, events)
    for j in range(n // FLAGS_PER_WORD * FLAGS_PER_WORD, n):
        m.index[events + count] = j
        count += m.flags[j]
    return count


@kernel
def clear(p: Rows, b: int, m: Memory) -> None:
    """Take back the events of the last step, of the message that begins at ``p[b]``."""
    start, events = p[b + VALUES], p[b + EVENTS]
    for k in range(m.counters[p[b + COUNT]]):
        m.values[start + m.index[events + k]] = 0
    m.counters[p[b + COUNT]] = 0


@kernel
def send_flags(p: Rows, b: int, m: Memory) -> None:
    """Send a spike of 1 for each flag that is set, and nothing of the others.

    Parameters
    ----------
    p : ndarray of int64
        Rows of all nodes.
    b : int
        Where the message is in them: ``b`` of the step, plus the place of the message in its row.
    m : Memory
        Its ``flags`` say who spikes.
    """
    clear(p, b, m)
    count = list_flagged(m, p[b + SIZE], p[b + EVENTS])
    for k in range(count):
        m.values[p[b + VALUES] + m.index[p[b + EVENTS] + k]] = 1
    m.counters[p[b + COUNT]] = count


@kernel
def list_events(p: Rows, b: int, m: Memory) -> None:
    """List the events of a message whose values have been written."""
    count = 0
    for j in range(p[b + SIZE]):
        if m.values[p[b + VALUES] + j] != 0:
            m.index[p[b + EVENTS] + count] = j
            count += 1
    m.counters[p[b + COUNT]] = count


@kernel
def send_values(p: Rows, b: int, first: int, m: Memory) -> None:
    """Send values that begin at `first`, by the message that begins at ``p[b]``."""
    for j in range(p[b + SIZE]):
        m.values[p[b + VALUES] + j] = m.values[first + j]
    list_events(p, b, m)


@kernel
def send_drawn(p: Rows, b: int, spikes: NDArray[np.bool_], m: Memory) -> None:
    """Send spikes that have been drawn, by the message that begins at ``p[b]``."""
    for j in range(spikes.size):
        m.flags[j] = spikes[j]
    send_flags(p, b, m)


@kernel
def send_nothing(p: Rows, b: int, m: Memory) -> None:
    """Take back the values of the last step, of a message without a list of events."""
    if m.counters[p[b + COUNT]] > 0:
        m.values[p[b + VALUES] : p[b + VALUES] + p[b + SIZE]] = 0
        m.counters[p[b + COUNT]] = 0
