"""Messages: what a port sends in a step.

A message has `n` values and a count cell. Where its sender lists events (spikes), the count is the
number of values that are not zero and the event list holds their indices in ascending order; where
it does not (activations), the count is 0 if all values are zero, else `n`.
"""

import numba
import numpy as np

from loihi_sleep.engine.kernels.arrays import Counters, Flags, Index, Program, Values

# A message within a node's row.
VALUES, EVENTS, COUNT, SIZE, MESSAGE_FIELDS = range(5)
# Row of a junction: the message that it sends, then its inputs.
OUT = 0
INPUTS = OUT + MESSAGE_FIELDS
FIRST_INPUT = INPUTS + 1
# Of each input: where its values begin, its count cell, where its permutation begins (-1: none).
INPUT_VALUES, INPUT_COUNT, INPUT_PERMUTATION, INPUT_FIELDS = range(4)

FLAGS_PER_WORD = 8


@numba.njit(cache=True)
def list_flagged(flags: Flags, n: int, index: Index, events: int) -> int:
    """Write the indices of the flags that are set from `events` on; return their number.

    Flags are read eight at a time, as spikes are rare. The list needs room for n + 1 indices.
    """
    count = 0
    words = flags[: n // FLAGS_PER_WORD * FLAGS_PER_WORD].view(np.uint64)
    for word in range(words.size):
        if words[word] != 0:
            for j in range(word * FLAGS_PER_WORD, word * FLAGS_PER_WORD + FLAGS_PER_WORD):
                index[events + count] = j
                count += flags[j]
    for j in range(words.size * FLAGS_PER_WORD, n):
        index[events + count] = j
        count += flags[j]
    return count


@numba.njit(cache=True)
def clear(p: Program, m: int, values: Values, index: Index, counters: Counters) -> None:
    """Take back the events of the last step, of the message that begins at ``p[m]``."""
    start, events = p[m + VALUES], p[m + EVENTS]
    for k in range(counters[p[m + COUNT]]):
        values[start + index[events + k]] = 0
    counters[p[m + COUNT]] = 0


@numba.njit(cache=True)
def send_flags(
    p: Program, m: int, flags: Flags, values: Values, index: Index, counters: Counters
) -> None:
    """Send a spike of 1 for each flag that is set."""
    clear(p, m, values, index, counters)
    count = list_flagged(flags, p[m + SIZE], index, p[m + EVENTS])
    for k in range(count):
        values[p[m + VALUES] + index[p[m + EVENTS] + k]] = 1
    counters[p[m + COUNT]] = count


@numba.njit(cache=True)
def list_events(p: Program, m: int, values: Values, index: Index, counters: Counters) -> None:
    """List the events of a message whose values have been written."""
    count = 0
    for j in range(p[m + SIZE]):
        if values[p[m + VALUES] + j] != 0:
            index[p[m + EVENTS] + count] = j
            count += 1
    counters[p[m + COUNT]] = count


@numba.njit(cache=True)
def join(p: Program, b: int, values: Values, index: Index, counters: Counters) -> None:
    """Sum what arrives at a port, each input permuted as its ports ask."""
    clear(p, b + OUT, values, index, counters)
    out, n = p[b + OUT + VALUES], p[b + OUT + SIZE]
    arrived = False
    for k in range(p[b + INPUTS]):
        entry = b + FIRST_INPUT + k * INPUT_FIELDS
        if counters[p[entry + INPUT_COUNT]] == 0:
            continue
        arrived = True
        source, permutation = p[entry + INPUT_VALUES], p[entry + INPUT_PERMUTATION]
        if permutation < 0:
            for j in range(n):
                values[out + j] += values[source + j]
        else:
            for j in range(n):
                values[out + j] += values[source + index[permutation + j]]
    if arrived:
        list_events(p, b + OUT, values, index, counters)
