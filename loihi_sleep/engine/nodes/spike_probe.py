"""Counts and rasters of `loihi_sleep.processes.spike_probe`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import NOT_NEGATIVE
from loihi_sleep.engine.kernels.arrays import Rows, part
from loihi_sleep.engine.kernels.call import uncounted
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.rows import COUNT, EVENTS, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.raster import mark_spike

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# Counts and raster (in counters), steps and words of the raster.
ROW = row("SpikeProbe", message("s_in"), "counts", "raster", "raster_steps", "words")


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Count whatever is not zero, and keep the raster of the first steps."""
    p = uncounted(p)
    m = uncounted(m)
    row = p[b + ROW.raster] + (t - 1) * p[b + ROW.words]
    for i in range(m.counters[p[b + ROW.s_in + COUNT]]):
        j = m.index[p[b + ROW.s_in + EVENTS] + i]
        m.counters[p[b + ROW.counts] + j] += 1
        if t <= p[b + ROW.raster_steps]:
            mark_spike(part(m.counters, row, p[b + ROW.words]), j)


STEP = Step("SpikeProbe", ROW, fixed=step, float=step)


def _build(builder: Builder, probe: AbstractProcess) -> None:
    builder.add(
        STEP,
        s_in=builder.receive(probe.s_in, events=True),
        counts=builder.store_count(probe.count),
        raster=builder.store_count(probe.raster),
        raster_steps=probe.proc_params["raster_steps"],
        words=probe.raster.shape[1],
    )


NODE = Node(
    _build,
    steps=(STEP,),
    receives=("s_in",),
    ranges=lambda probe, fixed: {"count": NOT_NEGATIVE},
)
