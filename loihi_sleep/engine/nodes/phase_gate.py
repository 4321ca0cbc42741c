"""The gate of `loihi_sleep.processes.phase_gate`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import NOT_NEGATIVE
from loihi_sleep.engine.kernels.arrays import Rows
from loihi_sleep.engine.kernels.messages import clear, list_events
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.rows import COUNT, EVENTS, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.schedule import advance, is_asleep

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# What it passes and the phase, two inputs, and cells of its schedule.
SCHEDULE = ("wake_steps", "sleep_steps", "elapsed")
ROW = row(
    "PhaseGate",
    *(message(name) for name in ("out", "phase_out", "wake_in", "replay_in")),
    *SCHEDULE,
)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Pass on what `PhaseGate` lets through, and advance its cycle."""
    elapsed, wake_steps = m.counters[p[b + ROW.elapsed]], m.counters[p[b + ROW.wake_steps]]
    asleep = is_asleep(elapsed, wake_steps)
    source = b + (ROW.replay_in if asleep else ROW.wake_in)
    clear(p, b + ROW.out, m)
    count = m.counters[p[source + COUNT]]
    for i in range(count):
        neuron = m.index[p[source + EVENTS] + i]
        m.index[p[b + ROW.out + EVENTS] + i] = neuron
        m.values[p[b + ROW.out + VALUES] + neuron] = m.values[p[source + VALUES] + neuron]
    m.counters[p[b + ROW.out + COUNT]] = count
    m.values[p[b + ROW.phase_out + VALUES]] = asleep
    list_events(p, b + ROW.phase_out, m)
    m.counters[p[b + ROW.elapsed]] = advance(
        elapsed, wake_steps, m.counters[p[b + ROW.sleep_steps]]
    )


STEP = Step("PhaseGate", ROW, fixed=step, float=step)


def _build(builder: Builder, gate: AbstractProcess) -> None:
    builder.add(
        STEP,
        out=builder.sent(gate.s_out),
        phase_out=builder.sent(gate.phase_out),
        wake_in=builder.receive(gate.wake_in, events=True),
        replay_in=builder.receive(gate.replay_in, events=True),
        **{name: builder.store_count(getattr(gate, name)) for name in SCHEDULE},
    )


NODE = Node(
    _build,
    steps=(STEP,),
    sends=("s_out", "phase_out"),
    receives=("wake_in", "replay_in"),
    ranges=lambda gate, fixed: dict.fromkeys(SCHEDULE, NOT_NEGATIVE),
)
