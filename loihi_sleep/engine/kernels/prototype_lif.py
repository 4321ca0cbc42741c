"""lava-nc's `PrototypeLIF`: a third factor names the neuron that is to learn."""

import numba

from loihi_sleep.engine.kernels import lif
from loihi_sleep.engine.kernels.arrays import Counters, Flags, Index, Program, Values
from loihi_sleep.engine.kernels.messages import (
    COUNT,
    MESSAGE_FIELDS,
    SIZE,
    VALUES,
    clear,
    list_events,
    send_flags,
)
from loihi_sleep.processes.kernels.integers import TRACE_MAX

# Row: that of `LIF`, then two messages, three inputs by where their values begin.
BAP = lif.FIELDS
Y1_OUT = BAP + MESSAGE_FIELDS
THIRD_FACTOR, RESET, Y1 = range(Y1_OUT + MESSAGE_FIELDS, Y1_OUT + MESSAGE_FIELDS + 3)
FIELDS = Y1 + 1


@numba.njit(cache=True)
def step_prototype_lif(
    p: Program, b: int, values: Values, index: Index, counters: Counters, flags: Flags
) -> bool:
    """One step; return False where the third factor names no neuron of the layer."""
    n = p[b + lif.OUT + SIZE]
    lif.integrate_fixed(p, b, values, counters)
    for j in range(n):
        if values[p[b + RESET] + j] > 0:
            values[p[b + lif.U] + j] = 0
            values[p[b + lif.V] + j] = 0
    clear(p, b + BAP, values, index, counters)
    # Names count from 1. Lava indexes with name - 1, so negative ones count from the end.
    name = values[p[b + THIRD_FACTOR]]
    learner = name - 1 if name > 0 else n + name - 1
    if name != 0:
        if not 0 <= learner < n:
            return False
        values[p[b + BAP + VALUES] + learner] = 1
        for j in range(n):
            values[p[b + Y1] + j] = TRACE_MAX * (j == learner)
    list_events(p, b + BAP, values, index, counters)
    for j in range(n):
        values[p[b + Y1_OUT + VALUES] + j] = values[p[b + Y1] + j]
    list_events(p, b + Y1_OUT, values, index, counters)
    if name == 0:
        if p[b + lif.PER_NEURON]:
            vth = values[p[b + lif.VTH] : p[b + lif.VTH] + n]
            lif.spike_above_each(p, b, vth, values, index, counters, flags)
        else:
            lif.spike_above(p, b, values[p[b + lif.VTH]], values, index, counters, flags)
        return True
    for j in range(n):
        flags[j] = j == learner
    values[p[b + lif.V] + learner] = 0
    send_flags(p, b + lif.OUT, flags, values, index, counters)
    return counters[p[b + lif.OUT + COUNT]] == 1
