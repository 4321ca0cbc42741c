"""`loihi_sleep.processes.map_neuron`: only neurons that have left their rest are advanced.

Without input a neuron at rest stays there. Those that something has reached are listed, and remain
so until the layer is reset: a map neuron comes back to its rest in the limit only. The state of
those that are listed lies side by side, in the order of the list; it is written back to the layer's
Vars where somebody looks at them.
"""

import numba
import numpy as np

from loihi_sleep.engine.kernels.arrays import Counters, Flags, Index, Program, Reals, Values
from loihi_sleep.engine.kernels.messages import (
    COUNT,
    MESSAGE_FIELDS,
    SIZE,
    VALUES,
    clear,
    send_flags,
)
from loihi_sleep.processes.kernels.map_neuron import advance, synaptic_current

# Row: what is sent, conductance and current that arrive, state (in values): four Vars of n, the
# same of the listed neurons, and what reaches those; the list (in index); in counters its length,
# whether a neuron is in it, and whether Vars are monitored; parameters, v and y at rest (in reals);
# the reset interval.
OUT = 0
A_IN = MESSAGE_FIELDS
I_IN = A_IN + MESSAGE_FIELDS
(
    STATE,
    LISTED_STATE,
    REACHING,
    MOVING,
    MOVING_COUNT,
    IS_MOVING,
    MONITORED,
    PARAMETERS,
    REST,
    INTERVAL,
    FIELDS,
) = range(I_IN + MESSAGE_FIELDS, I_IN + MESSAGE_FIELDS + 11)
# Of the state: v, v_before, y and i_syn. Of what reaches a neuron: conductance, injected current,
# and room for the current that comes of both.
STATE_VARS = 4
REACHING_ARRAYS = 3


@numba.njit(cache=True)
def _reset(
    p: Program, b: int, values: Values, index: Index, counters: Counters, reals: Reals
) -> None:
    n = p[b + OUT + SIZE]
    v, y = reals[p[b + REST]], reals[p[b + REST] + 1]
    for k in range(counters[p[b + MOVING_COUNT]]):
        j = index[p[b + MOVING] + k]
        values[p[b + STATE] + j] = values[p[b + STATE] + n + j] = v
        values[p[b + STATE] + 2 * n + j] = y
        values[p[b + STATE] + 3 * n + j] = 0
        counters[p[b + IS_MOVING] + j] = 0
    counters[p[b + MOVING_COUNT]] = 0


@numba.njit(cache=True)
def _list_reached(
    p: Program, b: int, message: int, values: Values, index: Index, counters: Counters
) -> None:
    """List the neurons that a message reaches."""
    n = p[b + OUT + SIZE]
    for j in range(n):
        if values[p[message + VALUES] + j] != 0 and counters[p[b + IS_MOVING] + j] == 0:
            counters[p[b + IS_MOVING] + j] = 1
            k = counters[p[b + MOVING_COUNT]]
            index[p[b + MOVING] + k] = j
            for var in range(STATE_VARS):
                values[p[b + LISTED_STATE] + var * n + k] = values[p[b + STATE] + var * n + j]
            counters[p[b + MOVING_COUNT]] += 1


@numba.njit(cache=True)
def _take(
    p: Program,
    b: int,
    message: int,
    reaching: int,
    values: Values,
    index: Index,
    counters: Counters,
) -> None:
    """Take what a message brings to the listed neurons."""
    brings = counters[p[message + COUNT]] > 0
    for k in range(counters[p[b + MOVING_COUNT]]):
        j = index[p[b + MOVING] + k]
        values[reaching + k] = values[p[message + VALUES] + j] if brings else 0.0


@numba.njit(cache=True)
def write_back(p: Program, b: int, values: Values, index: Index, counters: Counters) -> None:
    """Write the state of the listed neurons to the layer's Vars."""
    n = p[b + OUT + SIZE]
    for var in range(STATE_VARS):
        for k in range(counters[p[b + MOVING_COUNT]]):
            j = index[p[b + MOVING] + k]
            values[p[b + STATE] + var * n + j] = values[p[b + LISTED_STATE] + var * n + k]


@numba.njit(cache=True, error_model="numpy")
def _advance_listed(
    values: Values, listed: int, reaching: int, n: int, count: int, parameters: tuple[float, ...]
) -> int:
    """Advance the listed neurons; return how many spiked."""
    gamma, v_rp = parameters[5], parameters[6]
    # A compiler does many neurons at once only where no index can be negative, and where it has few
    # arrays to tell apart: hence two loops, and numbers without a sign.
    size, v, a_in = np.uint64(n), np.uint64(listed), np.uint64(reaching)
    v_before, y, i_syn = v + size, v + size + size, v + size + size + size
    i_in, current = a_in + size, a_in + size + size
    for k in range(np.uint64(count)):
        i = synaptic_current(values[v + k], values[i_syn + k], values[a_in + k], gamma, v_rp)
        values[i_syn + k] = i
        values[current + k] = i + values[i_in + k]
    spiked = 0
    for k in range(np.uint64(count)):
        before = values[v + k]
        after, slow = advance(
            before, values[v_before + k], values[y + k], values[current + k], parameters
        )
        values[v + k], values[y + k], values[v_before + k] = after, slow, before
        spiked += (before > 0.0) & (after > 0.0)
    return spiked


@numba.njit(cache=True)
def step_map_neurons(
    p: Program,
    b: int,
    t: int,
    values: Values,
    index: Index,
    counters: Counters,
    reals: Reals,
    flags: Flags,
) -> None:
    """One step of `MapNeuron`."""
    if p[b + INTERVAL] > 0 and (t - 1) % p[b + INTERVAL] == 0:
        _reset(p, b, values, index, counters, reals)
    reached = counters[p[b + A_IN + COUNT]] > 0 or counters[p[b + I_IN + COUNT]] > 0
    n, reaching, listed = p[b + OUT + SIZE], p[b + REACHING], p[b + LISTED_STATE]
    if reached:
        for message in (b + A_IN, b + I_IN):
            if counters[p[message + COUNT]] > 0:
                _list_reached(p, b, message, values, index, counters)
        _take(p, b, b + A_IN, reaching, values, index, counters)
        _take(p, b, b + I_IN, reaching + n, values, index, counters)
    count = counters[p[b + MOVING_COUNT]]
    spiked = 0
    if count > 0:
        r = p[b + PARAMETERS]
        parameters = (
            reals[r], reals[r + 1], reals[r + 2], reals[r + 3], reals[r + 4], reals[r + 5],
            reals[r + 6],
        )  # fmt: skip
        spiked = _advance_listed(values, listed, reaching, n, count, parameters)
        if counters[p[b + MONITORED]] > 0:
            write_back(p, b, values, index, counters)
    if reached:
        for k in range(count):
            values[reaching + k] = values[reaching + n + k] = 0
    if spiked > 0:
        flags[:n] = 0
        for k in range(count):
            if values[listed + n + k] > 0.0 and values[listed + k] > 0.0:
                flags[index[p[b + MOVING] + k]] = 1
        send_flags(p, b + OUT, flags, values, index, counters)
    elif counters[p[b + OUT + COUNT]] > 0:
        clear(p, b + OUT, values, index, counters)
