"""Static synapses: lava-nc's `Dense`, `Sparse`, their kinds with delays, and `ConvInTime`.

Weights are in the order of their pre-synaptic neurons, so that what a spike adds is contiguous.
What arrives in a step is sent in the next: the message of synapses is their activation buffer.
"""

from typing import Any

import numpy as np

from loihi_sleep.engine.kernels.arrays import Rows, fill, part
from loihi_sleep.engine.kernels.call import uncounted
from loihi_sleep.engine.kernels.numerics import by_numerics, shifted
from loihi_sleep.engine.kernels.wrapping import wrapped
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes.synapses.partners import partner, synapses_with
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel

SYNAPSES = row(
    "synapses",
    message("received"),
    message("out"),
    "weights",
    # Fixed: activations are shifted left by this, or right where it is negative.
    "weight_exp",
    # Cell: above 0 where spikes are graded.
    "message_bits",
)
# Where the first synapse of each pre-synaptic neuron is listed, and post-synaptic neurons: see the
# module `partners`.
_LISTS = ("first_synapse", "post", "post_blocks")
LISTED = SYNAPSES.extend("Sparse", *_LISTS)
# Slots of a ring of future activations, its start, its head cell.
_RING = ("slots", "ring", "head")
IN_TIME = SYNAPSES.extend("ConvInTime", *_RING)
# Where the sums of a step begin, in reals; where delays begin.
DELAY = SYNAPSES.extend("DelayDense", *_RING, "sums", "delays")
LISTED_DELAY = DELAY.extend("DelaySparse", *_LISTS)


@kernel
def begin(p: Rows, b: int, m: Memory) -> bool:
    """Empty the activation buffer; return whether anything arrives."""
    out, n = p[b + SYNAPSES.out + VALUES], p[b + SYNAPSES.out + SIZE]
    if m.counters[p[b + SYNAPSES.out + COUNT]]:
        fill(part(m.values, out, n), 0)
    arrives = m.counters[p[b + SYNAPSES.received + COUNT]] > 0
    m.counters[p[b + SYNAPSES.out + COUNT]] = n if arrives else 0
    return arrives


@kernel
def payload(p: Rows, b: int, j: int | np.int64, m: Memory) -> Any:
    """What the spike of pre-synaptic neuron j weighs: 1, or its value where spikes are graded."""
    return (
        m.values[p[b + SYNAPSES.received + VALUES] + j]
        if m.counters[p[b + SYNAPSES.message_bits]] > 0
        else 1
    )


@kernel
def scale(p: Rows, b: int, m: Memory) -> None:
    """Shift the activations by the shared weight exponent."""
    exponent = p[b + SYNAPSES.weight_exp]
    if exponent != 0:
        out = p[b + SYNAPSES.out + VALUES]
        for i in range(out, out + p[b + SYNAPSES.out + SIZE]):
            m.values[i] = shifted(m.values[i], exponent)


@kernel
def multiply(p: Rows, b: int, m: Memory, gain: float) -> None:
    """Multiply the activations by a gain."""
    out = p[b + SYNAPSES.out + VALUES]
    for i in range(out, out + p[b + SYNAPSES.out + SIZE]):
        m.values[i] = m.values[i] * gain


@kernel
def add_row(m: Memory, out: np.uint64, row: np.uint64, n: int, factor: Any) -> None:
    """Add what one spike causes to the n activations from `out` on."""
    for k in range(n):
        i = np.uint64(k)
        m.values[out + i] += m.synaptic[row + i] * factor


@kernel
def add_four_rows(
    m: Memory,
    out: np.uint64,
    rows: tuple[np.uint64, np.uint64, np.uint64, np.uint64],
    n: int,
) -> None:
    """Add what four spikes cause, at a quarter of the traffic to the activations."""
    first, second, third, fourth = rows
    for k in range(n):
        i = np.uint64(k)
        m.values[out + i] += (m.synaptic[first + i] + m.synaptic[second + i]) + (
            m.synaptic[third + i] + m.synaptic[fourth + i]
        )


@kernel
def step_dense(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Sum the weights of the neurons that spike."""
    p = uncounted(p)
    m = uncounted(m)
    if begin(p, b, m):
        add_spikes(p, b, m)
        scale(p, b, m)


@kernel
def add_spikes(p: Rows, b: int, m: Memory) -> None:
    """Add what all spikes of a step cause."""
    n, weights = p[b + SYNAPSES.out + SIZE], p[b + SYNAPSES.weights]
    # Without a sign places need no look at whether they count from the end.
    out, events = np.uint64(p[b + SYNAPSES.out + VALUES]), p[b + SYNAPSES.received + EVENTS]
    count = m.counters[p[b + SYNAPSES.received + COUNT]]
    graded = m.counters[p[b + SYNAPSES.message_bits]] > 0
    together = 0 if graded else count // 4 * 4
    for k in range(0, together, 4):
        rows = (
            np.uint64(weights + np.int64(m.index[events + k]) * n),
            np.uint64(weights + np.int64(m.index[events + k + 1]) * n),
            np.uint64(weights + np.int64(m.index[events + k + 2]) * n),
            np.uint64(weights + np.int64(m.index[events + k + 3]) * n),
        )
        add_four_rows(m, out, rows, n)
    for k in range(together, count):
        j = np.int64(m.index[events + k])
        row = np.uint64(weights + j * n)
        if graded:
            add_row(m, out, row, n, payload(p, b, j, m))
        else:
            add_row(m, out, row, n, 1)


@kernel
def step_sparse(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Sum the weights of the neurons that spike."""
    p = uncounted(p)
    m = uncounted(m)
    if begin(p, b, m):
        add_listed_spikes(p, b, m)
        scale(p, b, m)


@kernel
def add_listed_spikes(p: Rows, b: int, m: Memory) -> None:
    """Add what all spikes of a step cause by listed synapses."""
    out, blocks = p[b + SYNAPSES.out + VALUES], p[b + LISTED.post_blocks]
    for k in range(m.counters[p[b + SYNAPSES.received + COUNT]]):
        j = int(m.index[p[b + SYNAPSES.received + EVENTS] + k])
        factor = payload(p, b, j, m)
        for block in range(max(1, blocks)):
            begin, stop = synapses_with(m.index, p[b + LISTED.first_synapse], blocks, block, j)
            for s in range(begin, stop):
                i = partner(m.index, p[b + LISTED.post], blocks, block, s)
                m.values[out + i] += m.synaptic[p[b + SYNAPSES.weights] + s] * factor


@kernel
def advance(p: Rows, b: int, m: Memory) -> int:
    """Let a ring of activations go on by a slot; return its head, which is sent next."""
    n, ring, slots = p[b + SYNAPSES.out + SIZE], p[b + IN_TIME.ring], p[b + IN_TIME.slots]
    head = m.counters[p[b + IN_TIME.head]]
    fill(part(m.values, ring + head * n, n), 0)
    head = (head + 1) % slots
    m.counters[p[b + IN_TIME.head]] = head
    return head


@kernel
def send_slot(p: Rows, b: int, head: int, m: Memory) -> None:
    """Send the activations of a slot of the ring."""
    n, out, any_sent = p[b + SYNAPSES.out + SIZE], p[b + SYNAPSES.out + VALUES], 0
    slot = p[b + IN_TIME.ring] + head * n
    for i in range(n):
        m.values[out + i] = m.values[slot + i]
        any_sent |= m.values[out + i] != 0
    m.counters[p[b + SYNAPSES.out + COUNT]] = n * any_sent


def _as_sum_fixed(values: Any, x: Any) -> Any:
    return np.int64(x)


def _as_sum_float(values: Any, x: Any) -> Any:
    return x


# as_sum(values, x): a sum in reals as a number of the numerics that the values have.
as_sum = by_numerics(_as_sum_fixed, _as_sum_float)


@kernel
def clear_sums(p: Rows, b: int, m: Memory) -> int:
    """Empty the sums of a step, a slot for each of the ring; return where they begin.

    Activations of one step and one delay are summed before they are shifted, as Lava does, and
    before they leave more than 32 bits: reals hold them exactly.
    """
    sums = p[b + DELAY.sums]
    fill(part(m.reals, sums, p[b + DELAY.slots] * p[b + SYNAPSES.out + SIZE]), 0)
    return sums


@kernel
def add_sums(p: Rows, b: int, head: int, wide: bool, m: Memory) -> None:
    """Add the sums of a step to the ring, shifted by the shared weight exponent.

    `wide`: Lava sums in 64 bits and wraps what is shifted, else it sums in 32 bits.
    """
    n, slots = p[b + SYNAPSES.out + SIZE], p[b + DELAY.slots]
    for delay in range(slots):
        slot = p[b + DELAY.ring] + (head + delay) % slots * n
        for i in range(n):
            total = as_sum(m.values, m.reals[p[b + DELAY.sums] + delay * n + i])
            if not wide:
                total = wrapped(total)
            m.values[slot + i] += shifted(total, p[b + SYNAPSES.weight_exp])


@kernel
def step_delayed(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Sum weights into the slot of a ring that will be sent when their delay is over."""
    n, slots = p[b + SYNAPSES.out + SIZE], p[b + DELAY.slots]
    head = advance(p, b, m)
    if m.counters[p[b + SYNAPSES.received + COUNT]]:
        sums = clear_sums(p, b, m)
        for event in range(m.counters[p[b + SYNAPSES.received + COUNT]]):
            j = m.index[p[b + SYNAPSES.received + EVENTS] + event]
            factor = payload(p, b, j, m)
            row = np.int64(j) * n
            for i in range(n):
                delay = m.index[p[b + DELAY.delays] + row + i]
                if delay < slots:
                    m.reals[sums + delay * n + i] += wrapped(
                        m.synaptic[p[b + SYNAPSES.weights] + row + i] * factor
                    )
        add_sums(p, b, head, True, m)
    send_slot(p, b, head, m)


@kernel
def step_listed_delayed(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Sum the weights of listed synapses into the slots of a ring."""
    n, blocks = p[b + SYNAPSES.out + SIZE], p[b + LISTED_DELAY.post_blocks]
    head = advance(p, b, m)
    if m.counters[p[b + SYNAPSES.received + COUNT]]:
        sums = clear_sums(p, b, m)
        for event in range(m.counters[p[b + SYNAPSES.received + COUNT]]):
            j = int(m.index[p[b + SYNAPSES.received + EVENTS] + event])
            factor = payload(p, b, j, m)
            for block in range(max(1, blocks)):
                first = p[b + LISTED_DELAY.first_synapse]
                begin, stop = synapses_with(m.index, first, blocks, block, j)
                for s in range(begin, stop):
                    slot = np.int64(m.index[p[b + DELAY.delays] + s]) * n
                    i = partner(m.index, p[b + LISTED_DELAY.post], blocks, block, s)
                    m.reals[sums + slot + i] += wrapped(
                        m.synaptic[p[b + SYNAPSES.weights] + s] * factor
                    )
        add_sums(p, b, head, False, m)
    send_slot(p, b, head, m)


@kernel
def step_in_time(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Convolve over time: a spike counts in as many steps as the kernel has, with other weights."""
    n, slots = p[b + SYNAPSES.out + SIZE], p[b + IN_TIME.slots]
    head = advance(p, b, m)
    for event in range(m.counters[p[b + SYNAPSES.received + COUNT]]):
        j = m.index[p[b + SYNAPSES.received + EVENTS] + event]
        factor = payload(p, b, j, m)
        row = p[b + SYNAPSES.weights] + np.int64(j) * slots * n
        for delay in range(slots):
            slot = p[b + IN_TIME.ring] + (head + delay) % slots * n
            add_row(m, np.uint64(slot), np.uint64(row + delay * n), n, factor)
    send_slot(p, b, head, m)


DENSE_STEP = Step("Dense", SYNAPSES, fixed=step_dense, float=step_dense)
SPARSE_STEP = Step("Sparse", LISTED, fixed=step_sparse, float=step_sparse)
DELAY_STEP = Step("DelayDense", DELAY, fixed=step_delayed, float=step_delayed)
DELAY_SPARSE_STEP = Step(
    "DelaySparse", LISTED_DELAY, fixed=step_listed_delayed, float=step_listed_delayed
)
# Lava's model in fixed sends floats, which its neurons do not take.
IN_TIME_STEP = Step("ConvInTime", IN_TIME, float=step_in_time)
