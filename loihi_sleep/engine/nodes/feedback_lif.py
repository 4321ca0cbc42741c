"""`loihi_sleep.processes.feedback_lif`: neurons to which the error of the output is fed back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.kernels.arrays import Rows, part
from loihi_sleep.engine.kernels.messages import send_flags, send_values
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes import Node, presented
from loihi_sleep.engine.rows import SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.feedback_lif import feed_back

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

_STATE = ("v", "active", "y1")
_CONSTANTS = ("vth", "gain")
ROW = row(
    "FeedbackLIF",
    *presented.FIELDS,
    message("feedback_in"),
    *_STATE,
    *_CONSTANTS,
)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Advance neurons that hear an error by one step."""
    n = p[b + ROW.out + SIZE]
    v, active = part(m.values, p[b + ROW.v], n), part(m.values, p[b + ROW.active], n)
    if t % p[b + ROW.interval] == p[b + ROW.offset]:
        for j in range(n):
            v[j] = active[j] = 0
    feed_back(
        v,
        active,
        part(m.values, p[b + ROW.y1], n),
        part(m.values, p[b + ROW.a_in + VALUES], n),
        part(m.values, p[b + ROW.feedback_in + VALUES], n),
        (p[b + ROW.vth], p[b + ROW.gain]),
        m.flags,
    )
    send_flags(p, b + ROW.out, m)
    send_values(p, b + ROW.bap, p[b + ROW.out + VALUES], m)
    send_values(p, b + ROW.y1_out, p[b + ROW.y1], m)


STEP = Step("FeedbackLIF", ROW, fixed=step)


def _build(builder: Builder, neurons: AbstractProcess) -> None:
    builder.add(
        STEP,
        **presented.fields_of(builder, neurons),
        feedback_in=builder.receive(neurons.feedback_in),
        **{name: builder.store_value(getattr(neurons, name)) for name in _STATE},
        **{name: neurons.proc_params[name] for name in _CONSTANTS},
    )


NODE = Node(
    _build,
    steps=(STEP,),
    sends=presented.SENDS,
    receives=("a_in", "feedback_in"),
)
