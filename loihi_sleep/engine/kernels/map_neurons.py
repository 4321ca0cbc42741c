"""`processes.map_neuron`: only neurons that have left their rest are advanced.

Without input a neuron at rest stays there. Those that something has reached are listed, and remain
so until the layer is reset: a map neuron comes back to its rest in the limit only.
"""

import numba

from loihi_sleep.engine.kernels.arrays import Counters, Flags, Index, Program, Reals, Values
from loihi_sleep.engine.kernels.messages import (
    COUNT,
    MESSAGE_FIELDS,
    SIZE,
    VALUES,
    clear,
    send_flags,
)
from processes.kernels.map_neuron import advance

# Row: what is sent, conductance and current that arrive, state (in values), the list of neurons
# that have left their rest (in index), its length and whether a neuron is in it (in counters),
# parameters, v and y at rest (in reals), the reset interval.
OUT = 0
A_IN = MESSAGE_FIELDS
I_IN = A_IN + MESSAGE_FIELDS
V, V_BEFORE, Y, I_SYN, MOVING, MOVING_COUNT, IS_MOVING, PARAMETERS, REST, INTERVAL, FIELDS = range(
    I_IN + MESSAGE_FIELDS, I_IN + MESSAGE_FIELDS + 11
)
PARAMETER_COUNT = 7


@numba.njit(cache=True)
def _reset(p: Program, b: int, values: Values, counters: Counters, reals: Reals) -> None:
    n = p[b + OUT + SIZE]
    v, y = reals[p[b + REST]], reals[p[b + REST] + 1]
    for j in range(n):
        values[p[b + V] + j] = values[p[b + V_BEFORE] + j] = v
        values[p[b + Y] + j] = y
        values[p[b + I_SYN] + j] = 0
        counters[p[b + IS_MOVING] + j] = 0
    counters[p[b + MOVING_COUNT]] = 0


@numba.njit(cache=True)
def _list_reached(
    p: Program, b: int, message: int, values: Values, index: Index, counters: Counters
) -> None:
    """List the neurons that a message reaches."""
    if counters[p[message + COUNT]] == 0:
        return
    for j in range(p[message + SIZE]):
        if values[p[message + VALUES] + j] != 0 and counters[p[b + IS_MOVING] + j] == 0:
            counters[p[b + IS_MOVING] + j] = 1
            index[p[b + MOVING] + counters[p[b + MOVING_COUNT]]] = j
            counters[p[b + MOVING_COUNT]] += 1


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
        _reset(p, b, values, counters, reals)
    _list_reached(p, b, b + A_IN, values, index, counters)
    _list_reached(p, b, b + I_IN, values, index, counters)
    first = p[b + PARAMETERS]
    parameters = (
        reals[first],
        reals[first + 1],
        reals[first + 2],
        reals[first + 3],
        reals[first + 4],
        reals[first + 5],
        reals[first + 6],
    )
    v, v_before, y, i_syn = p[b + V], p[b + V_BEFORE], p[b + Y], p[b + I_SYN]
    spiked = False
    for k in range(counters[p[b + MOVING_COUNT]]):
        j = index[p[b + MOVING] + k]
        before = values[v + j]
        values[v + j], values[y + j], values[i_syn + j], spike = advance(
            before,
            values[v_before + j],
            values[y + j],
            values[i_syn + j],
            values[p[b + A_IN + VALUES] + j],
            values[p[b + I_IN + VALUES] + j],
            parameters,
        )
        values[v_before + j] = before
        if spike:
            if not spiked:
                flags[: p[b + OUT + SIZE]] = 0
                spiked = True
            flags[j] = 1
    if spiked:
        send_flags(p, b + OUT, flags, values, index, counters)
    elif counters[p[b + OUT + COUNT]] > 0:
        clear(p, b + OUT, values, index, counters)
