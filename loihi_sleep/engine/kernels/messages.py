"""Messages: what a port sends in a step.

A message has `n` values and a count cell. Where its sender lists events (spikes), the count is the
number of values that are not zero and the event list holds their indices in ascending order; where
it does not (activations), the count is 0 if all values are zero, else `n`.
"""

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.cpython.unsafe.numbers import trailing_zeros
from numba.extending import intrinsic
from numba.np.arrayobj import make_array
from numpy.typing import NDArray

from loihi_sleep.engine.kernels.arrays import Rows, fill, part
from loihi_sleep.engine.memory import FLAGS_PER_WORD, LIST_ROOM, Memory
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES
from loihi_sleep.engine.steps import kernel

# The lowest bit of a word; the number of the highest.
_ONE, _LAST = np.uint64(1), 63


@intrinsic
def _word_at(typingctx, flags, place) -> Any:  # type: ignore[no-untyped-def]
    """Bits of as many flags as a word has, those from `place` on."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        data = make_array(signature.args[0])(context, builder, arguments[0]).data
        vector = ir.VectorType(ir.IntType(8), FLAGS_PER_WORD)
        start = builder.bitcast(builder.gep(data, [arguments[1]]), vector.as_pointer())
        read = builder.load(start, align=1)
        return builder.bitcast(
            builder.icmp_unsigned("!=", read, ir.Constant(vector, None)), ir.IntType(64)
        )

    return types.uint64(flags, types.int64), codegen


@intrinsic
def _bits_of(typingctx, word) -> Any:  # type: ignore[no-untyped-def]
    """How many bits of a word are set."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.ctpop(arguments[0])

    return types.int64(types.uint64), codegen


# numba's stubs do not know that the typing context is left out where an intrinsic is called.
word_at: Any = _word_at
bits_of: Any = _bits_of


@kernel
def list_set(flags: NDArray[np.uint8], n: int, listed: NDArray[np.int32], first: int) -> int:
    """Write the indices of the flags that are set, of the first n, from `first` on; count them.

    Flags are read as many at a time as a word has bits: behind the last of the n there are others.
    So many as hardly any word has more are written of each: that costs less than a branch that
    nobody can foresee. The list has room for them, and what is behind its end are indices as well.
    """
    place = np.uint64(first)
    for begin in range(0, n, FLAGS_PER_WORD):
        left = word_at(flags, begin)
        if n - begin < FLAGS_PER_WORD:
            left &= (_ONE << np.uint64(n - begin)) - _ONE
        many = bits_of(left)
        for k in range(LIST_ROOM):
            # Where no bit is left, their number is found, which stands for the first.
            listed[place + np.uint64(k)] = begin + (trailing_zeros(left) & _LAST)
            left &= left - _ONE
        for k in range(LIST_ROOM, many):
            listed[place + np.uint64(k)] = begin + trailing_zeros(left)
            left &= left - _ONE
        place += np.uint64(many)
    return int(place) - first


@kernel
def list_flagged(m: Memory, n: int, events: int) -> int:
    """Write the indices of the flags that are set from `events` on; return their number."""
    return list_set(m.flags, n, m.index, events)


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
        fill(part(m.values, p[b + VALUES], p[b + SIZE]), 0)
        m.counters[p[b + COUNT]] = 0
