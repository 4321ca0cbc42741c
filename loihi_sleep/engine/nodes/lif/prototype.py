"""lava-nc's `PrototypeLIF`: a third factor names the neuron that is to learn."""

from loihi_sleep.engine.kernels.arrays import Rows, part
from loihi_sleep.engine.kernels.loop import FAILED
from loihi_sleep.engine.kernels.messages import clear, list_events, send_flags, send_values
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes.lif.step import LIF, integrate_fixed, spike_above, spike_above_each
from loihi_sleep.engine.rows import COUNT, SIZE, VALUES, message
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.integers import TRACE_MAX

ROW = LIF.extend(
    "PrototypeLIF",
    message("bap"),
    message("y1_out"),
    # Where the values of what arrives begin.
    "third_factor",
    "reset",
    "y1",
)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `PrototypeLIF`."""
    n = p[b + ROW.out + SIZE]
    integrate_fixed(p, b, m)
    for j in range(n):
        if m.values[p[b + ROW.reset] + j] > 0:
            m.values[p[b + ROW.u] + j] = 0
            m.values[p[b + ROW.v] + j] = 0
    clear(p, b + ROW.bap, m)
    # Names count from 1. Lava indexes with name - 1, so negative ones count from the end.
    name = m.values[p[b + ROW.third_factor]]
    learner = name - 1 if name > 0 else n + name - 1
    if name != 0:
        if not 0 <= learner < n:
            m.counters[FAILED] = 1
            return
        m.values[p[b + ROW.bap + VALUES] + learner] = 1
        for j in range(n):
            m.values[p[b + ROW.y1] + j] = TRACE_MAX * (j == learner)
    list_events(p, b + ROW.bap, m)
    send_values(p, b + ROW.y1_out, p[b + ROW.y1], m)
    if name == 0:
        if p[b + ROW.per_neuron]:
            vth = part(m.values, p[b + ROW.vth], n)
            spike_above_each(p, b, vth, m)
        else:
            spike_above(p, b, m.values[p[b + ROW.vth]], m)
        return
    for j in range(n):
        m.flags[j] = j == learner
    m.values[p[b + ROW.v] + learner] = 0
    send_flags(p, b + ROW.out, m)
    if m.counters[p[b + ROW.out + COUNT]] != 1:
        m.counters[FAILED] = 1


STEP = Step(
    "PrototypeLIF",
    ROW,
    fixed=step,
    failure="the third factor of a PrototypeLIF names a neuron that it does not have",
)
