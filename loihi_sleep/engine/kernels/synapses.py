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
def payload(p: Program, b: int, j: int, values: Values, counters: Counters) -> Any:
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
def add_row(activation: Values, weights: Synaptic, factor: Any) -> None:
    """Add what one spike causes."""
    if factor == 1:
        for i in range(activation.size):
            activation[i] += weights[i]
    else:
        for i in range(activation.size):
            activation[i] += weights[i] * factor


@numba.njit(cache=True)
def add_four_rows(activation: Values, synaptic: Synaptic, rows: tuple[int, int, int, int]) -> None:
    """Add what four spikes cause, at a quarter of the traffic to the activations."""
    n = activation.size
    first, second = synaptic[rows[0] : rows[0] + n], synaptic[rows[1] : rows[1] + n]
    third, fourth = synaptic[rows[2] : rows[2] + n], synaptic[rows[3] : rows[3] + n]
    for i in range(n):
        activation[i] += (first[i] + second[i]) + (third[i] + fourth[i])


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
    activation = values[p[b + OUT + VALUES] : p[b + OUT + VALUES] + n]
    spikes = index[p[b + IN + EVENTS] : p[b + IN + EVENTS] + counters[p[b + IN + COUNT]]]
    together = spikes.size // 4 * 4 if counters[p[b + MESSAGE_BITS]] == 0 else 0
    for k in range(0, together, 4):
        rows = (
            weights + np.int64(spikes[k]) * n,
            weights + np.int64(spikes[k + 1]) * n,
            weights + np.int64(spikes[k + 2]) * n,
            weights + np.int64(spikes[k + 3]) * n,
        )
        add_four_rows(activation, synaptic, rows)
    for k in range(together, spikes.size):
        row = weights + np.int64(spikes[k]) * n
        add_row(activation, synaptic[row : row + n], payload(p, b, spikes[k], values, counters))


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
