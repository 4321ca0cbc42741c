"""Static synapses: lava-nc's `Dense`, `Sparse` and `DelayDense`.

Weights lie pre-synaptic neuron by pre-synaptic neuron, so that what a spike adds is contiguous.
What arrives in a step is sent in the next: the message of a synapse is its activation buffer.
"""

from typing import Any

import numba
import numpy as np

from loihi_sleep.engine.kernels.arrays import Counters, Index, Program, Synaptic, Values
from loihi_sleep.engine.kernels.messages import COUNT, EVENTS, MESSAGE_FIELDS, SIZE, VALUES
from loihi_sleep.engine.kernels.numerics import shifted

# Row: the message received, the message sent, then constants.
IN = 0
OUT = IN + MESSAGE_FIELDS
(
    WEIGHTS,
    # Fixed: activations are shifted left by this, or right where it is negative.
    WEIGHT_EXP,
    # Cell: above 0 where spikes are graded.
    MESSAGE_BITS,
    # Sparse: where the first synapse of each pre-synaptic neuron is listed, and its partner.
    FIRST_SYNAPSE,
    POST,
    # Delays: where they begin, slots of the ring of future activations, its start, its head cell.
    DELAYS,
    SLOTS,
    RING,
    HEAD,
    FIELDS,
) = range(OUT + MESSAGE_FIELDS, OUT + MESSAGE_FIELDS + 10)


@numba.njit(cache=True)
def begin(p: Program, b: int, values: Values, counters: Counters) -> bool:
    """Empty the activation buffer; return whether anything arrives."""
    out, n = p[b + OUT + VALUES], p[b + OUT + SIZE]
    if counters[p[b + OUT + COUNT]]:
        values[out : out + n] = 0
    arrives = counters[p[b + IN + COUNT]] > 0
    counters[p[b + OUT + COUNT]] = n if arrives else 0
    return arrives


@numba.njit(cache=True)
def payload(p: Program, b: int, j: np.int64, values: Values, counters: Counters) -> Any:
    """What the spike of pre-synaptic neuron j weighs: 1, or its value where spikes are graded."""
    return values[p[b + IN + VALUES] + j] if counters[p[b + MESSAGE_BITS]] > 0 else 1


@numba.njit(cache=True)
def scale(p: Program, b: int, values: Values) -> None:
    """Shift the activations by the shared weight exponent."""
    exponent = p[b + WEIGHT_EXP]
    if exponent != 0:
        for i in range(p[b + OUT + VALUES], p[b + OUT + VALUES] + p[b + OUT + SIZE]):
            values[i] = shifted(values[i], exponent)


@numba.njit(cache=True)
def multiply(p: Program, b: int, values: Values, gain: float) -> None:
    """Multiply the activations by a gain."""
    for i in range(p[b + OUT + VALUES], p[b + OUT + VALUES] + p[b + OUT + SIZE]):
        values[i] = values[i] * gain


@numba.njit(cache=True)
def add_row(
    values: Values, out: np.uint64, synaptic: Synaptic, row: np.uint64, n: int, factor: Any
) -> None:
    """Add what one spike causes to the n activations from `out` on."""
    for k in range(n):
        i = np.uint64(k)
        values[out + i] += synaptic[row + i] * factor


@numba.njit(cache=True)
def add_four_rows(
    values: Values,
    out: np.uint64,
    synaptic: Synaptic,
    rows: tuple[np.uint64, np.uint64, np.uint64, np.uint64],
    n: int,
) -> None:
    """Add what four spikes cause, at a quarter of the traffic to the activations."""
    first, second, third, fourth = rows
    for k in range(n):
        i = np.uint64(k)
        values[out + i] += (synaptic[first + i] + synaptic[second + i]) + (
            synaptic[third + i] + synaptic[fourth + i]
        )


@numba.njit(cache=True)
def accumulate_dense(
    p: Program, b: int, values: Values, synaptic: Synaptic, index: Index, counters: Counters
) -> None:
    """Sum the weights of the neurons that spike."""
    if begin(p, b, values, counters):
        add_spikes(p, b, values, synaptic, index, counters)
        scale(p, b, values)


@numba.njit(cache=True)
def add_spikes(
    p: Program, b: int, values: Values, synaptic: Synaptic, index: Index, counters: Counters
) -> None:
    """Add what all spikes of a step cause."""
    n, weights = p[b + OUT + SIZE], p[b + WEIGHTS]
    # Without a sign places need no look at whether they count from the end.
    out, events = np.uint64(p[b + OUT + VALUES]), p[b + IN + EVENTS]
    count = counters[p[b + IN + COUNT]]
    graded = counters[p[b + MESSAGE_BITS]] > 0
    together = 0 if graded else count // 4 * 4
    for k in range(0, together, 4):
        rows = (
            np.uint64(weights + np.int64(index[events + k]) * n),
            np.uint64(weights + np.int64(index[events + k + 1]) * n),
            np.uint64(weights + np.int64(index[events + k + 2]) * n),
            np.uint64(weights + np.int64(index[events + k + 3]) * n),
        )
        add_four_rows(values, out, synaptic, rows, n)
    for k in range(together, count):
        j = np.int64(index[events + k])
        row = np.uint64(weights + j * n)
        if graded:
            add_row(values, out, synaptic, row, n, payload(p, b, j, values, counters))
        else:
            add_row(values, out, synaptic, row, n, 1)


@numba.njit(cache=True)
def accumulate_sparse(
    p: Program, b: int, values: Values, synaptic: Synaptic, index: Index, counters: Counters
) -> None:
    """Sum the weights of the neurons that spike."""
    if begin(p, b, values, counters):
        add_listed_spikes(p, b, values, synaptic, index, counters)
        scale(p, b, values)


@numba.njit(cache=True)
def add_listed_spikes(
    p: Program, b: int, values: Values, synaptic: Synaptic, index: Index, counters: Counters
) -> None:
    """Add what all spikes of a step cause by listed synapses."""
    out = p[b + OUT + VALUES]
    for k in range(counters[p[b + IN + COUNT]]):
        j = index[p[b + IN + EVENTS] + k]
        factor = payload(p, b, j, values, counters)
        for s in range(index[p[b + FIRST_SYNAPSE] + j], index[p[b + FIRST_SYNAPSE] + j + 1]):
            values[out + index[p[b + POST] + s]] += synaptic[p[b + WEIGHTS] + s] * factor


@numba.njit(cache=True)
def accumulate_delayed(
    p: Program,
    b: int,
    values: Values,
    synaptic: Synaptic,
    index: Index,
    counters: Counters,
) -> None:
    """Sum weights into the slot of a ring that will be sent when their delay is over.

    Activations of one step and one delay are summed before they are shifted, as Lava does; so what
    arrives is gathered in a scratch row of slots after the ring.
    """
    n, slots, ring = p[b + OUT + SIZE], p[b + SLOTS], p[b + RING]
    head = counters[p[b + HEAD]]
    values[ring + head * n : ring + (head + 1) * n] = 0
    head = (head + 1) % slots
    counters[p[b + HEAD]] = head
    if counters[p[b + IN + COUNT]]:
        scratch = ring + slots * n
        values[scratch : scratch + slots * n] = 0
        for k in range(counters[p[b + IN + COUNT]]):
            j = index[p[b + IN + EVENTS] + k]
            factor = payload(p, b, j, values, counters)
            row = np.int64(j) * n
            for i in range(n):
                delay = index[p[b + DELAYS] + row + i]
                if delay < slots:
                    values[scratch + delay * n + i] += synaptic[p[b + WEIGHTS] + row + i] * factor
        for delay in range(slots):
            slot = ring + (head + delay) % slots * n
            for i in range(n):
                values[slot + i] += shifted(values[scratch + delay * n + i], p[b + WEIGHT_EXP])
    out, any_sent = p[b + OUT + VALUES], 0
    for i in range(n):
        values[out + i] = values[ring + head * n + i]
        any_sent |= values[out + i] != 0
    counters[p[b + OUT + COUNT]] = n * any_sent
