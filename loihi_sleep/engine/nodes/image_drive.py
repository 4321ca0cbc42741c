"""Spikes of `loihi_sleep.processes.image_drive`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import SHARE
from loihi_sleep.engine.kernels.arrays import Rows
from loihi_sleep.engine.kernels.messages import send_drawn
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.rows import SIZE, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.drive import image_spikes

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# Rates in reals, how many images are shown, steps for each, the seed.
ROW = row("ImageDrive", message("out"), "rates", "images", "steps", "seed")


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Send the spikes that `ImageDrive` draws for this step."""
    n, first = p[b + ROW.out + SIZE], p[b + ROW.rates]
    spikes = image_spikes(
        m.reals[first : first + n * p[b + ROW.images]], n, t, p[b + ROW.steps], p[b + ROW.seed]
    )
    send_drawn(p, b + ROW.out, spikes, m)


STEP = Step("ImageDrive", ROW, fixed=step, float=step)


def _build(builder: Builder, drive: AbstractProcess) -> None:
    builder.add(
        STEP,
        out=builder.sent(drive.s_out),
        rates=builder.store_real(drive.rates),
        images=drive.rates.shape[0],
        steps=drive.proc_params["steps"],
        seed=drive.proc_params["seed"],
    )


NODE = Node(_build, steps=(STEP,), sends=("s_out",), ranges=lambda drive, fixed: {"rates": SHARE})
