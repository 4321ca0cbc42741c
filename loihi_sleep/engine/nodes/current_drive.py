"""Currents of `loihi_sleep.processes.current_drive`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import NOT_NEGATIVE, SHARE, Range
from loihi_sleep.engine.kernels.arrays import Rows, copy, part
from loihi_sleep.engine.kernels.messages import list_events
from loihi_sleep.engine.kernels.numerics import by_numerics
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.rows import SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.drive import to_integer_current
from loihi_sleep.processes.kernels.integers import STATE_MAX
from loihi_sleep.processes.kernels.noise import NOISES, current_of, deviates

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# In reals: mean and standard deviation, the wave's period and depth; the seed, the kind of noise,
# the cell of the hold; where the deviates are that were drawn last, and the cell of their sample.
ROW = row(
    "CurrentDrive",
    message("out"),
    "mean",
    "std",
    "wave_period",
    "wave_depth",
    "seed",
    "noise",
    "hold",
    "deviates",
    "sample",
)


def _as_is(values: Any, current: Any) -> Any:
    return current


def _rounded(values: Any, current: Any) -> Any:
    return to_integer_current(current)


# as_sent(values, current): a current as the message of these values holds it.
as_sent = by_numerics(_rounded, _as_is)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Send the current that `CurrentDrive` draws for this step."""
    n = p[b + ROW.out + SIZE]
    drawn = part(m.reals, p[b + ROW.deviates], n)
    sample = (t - 1) // m.counters[p[b + ROW.hold]]
    if m.counters[p[b + ROW.sample]] != sample:
        copy(drawn, deviates(p[b + ROW.seed], sample, n, p[b + ROW.noise]))
        m.counters[p[b + ROW.sample]] = sample
    current = current_of(
        drawn,
        part(m.reals, p[b + ROW.mean], n),
        part(m.reals, p[b + ROW.std], n),
        t,
        m.reals[p[b + ROW.wave_period]],
        m.reals[p[b + ROW.wave_depth]],
    )
    copy(part(m.values, p[b + ROW.out + VALUES], n), as_sent(m.values, current))
    list_events(p, b + ROW.out, m)


STEP = Step("CurrentDrive", ROW, fixed=step, float=step)


def _build(builder: Builder, drive: AbstractProcess) -> None:
    storage = builder.storage
    builder.add(
        STEP,
        out=builder.sent(drive.a_out),
        mean=builder.store_real(drive.mean),
        std=builder.store_real(drive.std),
        wave_period=builder.store_real(drive.wave_period),
        wave_depth=builder.store_real(drive.wave_depth),
        seed=drive.proc_params["seed"],
        noise=NOISES.index(drive.proc_params["noise"]),
        hold=builder.store_count(drive.hold),
        deviates=storage.reserve("reals", drive.mean.size),
        sample=storage.cell("counters", -1),
    )


def _ranges(drive: AbstractProcess, fixed: bool) -> dict[str, Range]:
    return {
        "mean": (-STATE_MAX, STATE_MAX),
        "std": (0, STATE_MAX),
        "hold": (1, np.inf),
        "wave_period": NOT_NEGATIVE,
        "wave_depth": SHARE,
    }


NODE = Node(_build, steps=(STEP,), sends=("a_out",), ranges=_ranges)
