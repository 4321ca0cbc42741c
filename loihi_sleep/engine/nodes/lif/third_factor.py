"""lava-nc's `LearningLIF` with a third factor: spikes and traces for plastic synapses."""

from loihi_sleep.engine.kernels.arrays import Rows, part
from loihi_sleep.engine.kernels.messages import send_values
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes.lif.step import LIF, step_lif
from loihi_sleep.engine.rows import SIZE, VALUES, message
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.third_factor import write_traces

ROW = LIF.extend(
    "LearningLIF with a third factor",
    *(message(name) for name in ("bap", "y1_out", "y2_out", "y3_out", "third_factor")),
    *("y1", "y2", "y3", "y1_impulse", "y1_decay"),
)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """One step of `LearningLIF` with a third factor."""
    n = p[b + ROW.out + SIZE]
    step_lif(p, b, t, k, m)
    for j in range(n):
        m.flags[j] = m.values[p[b + ROW.out + VALUES] + j] != 0
    write_traces(
        part(m.values, p[b + ROW.y1], n),
        part(m.values, p[b + ROW.y2], n),
        part(m.values, p[b + ROW.y3], n),
        m.flags,
        part(m.values, p[b + ROW.third_factor + VALUES], n),
        p[b + ROW.y1_impulse],
        p[b + ROW.y1_decay],
    )
    send_values(p, b + ROW.bap, p[b + ROW.out + VALUES], m)
    send_values(p, b + ROW.y1_out, p[b + ROW.y1], m)
    send_values(p, b + ROW.y2_out, p[b + ROW.y2], m)
    send_values(p, b + ROW.y3_out, p[b + ROW.y3], m)


STEP = Step("LearningLIF with a third factor", ROW, fixed=step)
