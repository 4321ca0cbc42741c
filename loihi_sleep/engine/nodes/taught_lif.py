"""`loihi_sleep.processes.taught_lif`: output neurons that hear a teacher."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.kernels.arrays import Rows, part
from loihi_sleep.engine.kernels.messages import send_flags, send_values
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes import Node, presented
from loihi_sleep.engine.rows import SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.taught_lif import teach

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# The count of spikes has another name here: rows have a method of that name.
_STATE = {"v": "v", "spike_count": "count", "y1": "y1", "error": "error", "gain": "gain"}
ROW = row(
    "TaughtLIF",
    *presented.FIELDS,
    *(message(name) for name in ("error_out", "teacher_in")),
    *_STATE,
    *("vth", "target"),
)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Advance neurons that are taught by one step."""
    n = p[b + ROW.out + SIZE]
    v, count = part(m.values, p[b + ROW.v], n), part(m.values, p[b + ROW.spike_count], n)
    if t % p[b + ROW.interval] == p[b + ROW.offset]:
        for j in range(n):
            v[j] = count[j] = 0
    teach(
        v,
        count,
        part(m.values, p[b + ROW.y1], n),
        part(m.values, p[b + ROW.error], n),
        part(m.values, p[b + ROW.a_in + VALUES], n),
        part(m.values, p[b + ROW.teacher_in + VALUES], n),
        (p[b + ROW.vth], p[b + ROW.target], int(m.values[p[b + ROW.gain]])),
        m.flags,
    )
    send_flags(p, b + ROW.out, m)
    send_values(p, b + ROW.bap, p[b + ROW.out + VALUES], m)
    send_values(p, b + ROW.y1_out, p[b + ROW.y1], m)
    send_values(p, b + ROW.error_out, p[b + ROW.error], m)


STEP = Step("TaughtLIF", ROW, fixed=step)


def _build(builder: Builder, neurons: AbstractProcess) -> None:
    builder.add(
        STEP,
        **presented.fields_of(builder, neurons),
        error_out=builder.sent(neurons.error_out),
        teacher_in=builder.receive(neurons.teacher_in),
        **{field: builder.store_value(getattr(neurons, var)) for field, var in _STATE.items()},
        **{name: neurons.proc_params[name] for name in ("vth", "target")},
    )


NODE = Node(
    _build,
    steps=(STEP,),
    sends=(*presented.SENDS, "error_out"),
    receives=("a_in", "teacher_in"),
)
