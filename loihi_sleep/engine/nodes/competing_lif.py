"""`loihi_sleep.processes.competing_lif`: neurons of which one wins each presentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.kernels.arrays import Rows, part
from loihi_sleep.engine.kernels.messages import list_events, send_flags, send_values
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes import Node, presented
from loihi_sleep.engine.rows import SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.competing_lif import compete, end_presentation

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

_STATE = ("v", "drive", "norm", "theta", "wins", "rate", "spiked", "inhibited", "won")
ROW = row(
    "CompetingLIF",
    *presented.FIELDS,
    message("inhibition_in"),
    *_STATE,
    "elapsed",
    # In counters: vth, bias, inhibition, least_rate, whether it learns.
    "parameters",
    *("conscience", "share"),
)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Advance neurons that compete by one step."""
    n = p[b + ROW.out + SIZE]
    v, drive = part(m.values, p[b + ROW.v], n), part(m.values, p[b + ROW.drive], n)
    theta, won = part(m.values, p[b + ROW.theta], n), part(m.values, p[b + ROW.won], n)
    inhibited = part(m.values, p[b + ROW.inhibited], n)
    spiked = part(m.values, p[b + ROW.spiked], n)
    if t % p[b + ROW.interval] == p[b + ROW.offset]:
        end_presentation(v, drive, theta, inhibited, won, p[b + ROW.conscience], p[b + ROW.share])
        for j in range(n):
            spiked[j] = 0
        m.values[p[b + ROW.elapsed]] = 0
    m.values[p[b + ROW.elapsed]] += 1
    a = p[b + ROW.parameters]
    parameters = (
        *(m.counters[a], m.counters[a + 1], m.counters[a + 2]),
        *(m.counters[a + 3], m.counters[a + 4], max(1, m.values[p[b + ROW.elapsed]])),
    )
    compete(
        v,
        drive,
        part(m.values, p[b + ROW.norm], n),
        theta,
        part(m.values, p[b + ROW.wins], n),
        part(m.values, p[b + ROW.rate], n),
        spiked,
        inhibited,
        won,
        part(m.values, p[b + ROW.a_in + VALUES], n),
        part(m.values, p[b + ROW.inhibition_in + VALUES], n),
        parameters,
        m.flags,
        part(m.values, p[b + ROW.bap + VALUES], n),
    )
    send_flags(p, b + ROW.out, m)
    list_events(p, b + ROW.bap, m)
    send_values(p, b + ROW.y1_out, p[b + ROW.rate], m)


STEP = Step("CompetingLIF", ROW, fixed=step)


def _build(builder: Builder, neurons: AbstractProcess) -> None:
    parameters = neurons.proc_params
    builder.add(
        STEP,
        **presented.fields_of(builder, neurons),
        inhibition_in=builder.receive(neurons.inhibition_in),
        **{name: builder.store_value(getattr(neurons, name)) for name in (*_STATE, "elapsed")},
        parameters=builder.constant_parameters(neurons, parameters["parameters"]),
        **{name: parameters[name] for name in ("conscience", "share")},
    )


NODE = Node(
    _build,
    steps=(STEP,),
    sends=presented.SENDS,
    receives=("a_in", "inhibition_in"),
)
