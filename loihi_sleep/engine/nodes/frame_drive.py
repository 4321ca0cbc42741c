"""Currents of `loihi_sleep.processes.frame_drive`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.kernels.arrays import Rows, copy, part
from loihi_sleep.engine.kernels.messages import list_events
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.nodes.current_drive import as_sent
from loihi_sleep.engine.rows import SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.integers import STATE_MAX

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# Frames in reals, how many, steps for each, and a cell that is 0 where a host has set them anew.
ROW = row("FrameDrive", message("out"), "frames", "images", "steps", "shown")


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Send the frame of this step; nothing changes while it is the same as before."""
    n, out = p[b + ROW.out + SIZE], p[b + ROW.out + VALUES]
    since = (t - 1) % p[b + ROW.steps]
    if since > 0 and m.counters[p[b + ROW.shown]] > 0:
        return
    frame = p[b + ROW.frames] + (t - 1) // p[b + ROW.steps] % p[b + ROW.images] * n
    copy(part(m.values, out, n), as_sent(m.values, part(m.reals, frame, n)))
    list_events(p, b + ROW.out, m)
    m.counters[p[b + ROW.shown]] = 1


STEP = Step("FrameDrive", ROW, fixed=step, float=step)


def _build(builder: Builder, drive: AbstractProcess) -> None:
    shown = builder.storage.cell("counters")
    show_anew = partial(builder.storage.set_cell, "counters", shown, 0)
    builder.add(
        STEP,
        out=builder.sent(drive.a_out),
        frames=builder.store_real(drive.frames, changed=show_anew),
        images=drive.frames.shape[0],
        steps=drive.proc_params["frame_steps"],
        shown=shown,
    )


NODE = Node(
    _build,
    steps=(STEP,),
    sends=("a_out",),
    ranges=lambda drive, fixed: {"frames": (-STATE_MAX, STATE_MAX)},
)
