"""Spikes of `loihi_sleep.processes.spike_drive`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loihi_sleep.engine.bounds import Arrays
from loihi_sleep.engine.bounds import part as part_of
from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import NOT_NEGATIVE, SHARE, Range
from loihi_sleep.engine.kernels.arrays import Rows, part
from loihi_sleep.engine.kernels.messages import clear, send_drawn
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.drive import (
    LOW_RATE,
    bernoulli_spikes,
    envelope,
    highest_rate,
    next_rare_spike,
)

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# In reals: rates and the highest one, the wave's period and depth.
ROW = row(
    "SpikeDrive",
    message("out"),
    "rates",
    "highest",
    "wave_period",
    "wave_depth",
    "seed",
    # The plane's columns and the window's side.
    "columns",
    "window",
)


@kernel
def _drive_rare_spikes(p: Rows, b: int, t: int, m: Memory) -> None:
    """Send what `bernoulli_spikes` finds where rates are low; nothing is allocated."""
    clear(p, b + ROW.out, m)
    highest = m.reals[p[b + ROW.highest]]
    if highest == 0.0:
        return
    amplitude = envelope(t, m.reals[p[b + ROW.wave_period]], m.reals[p[b + ROW.wave_depth]])
    n, count, candidate, neuron = p[b + ROW.out + SIZE], 0, 0, -1
    while True:
        neuron, candidate = next_rare_spike(
            m.reals, p[b + ROW.rates], n, t, p[b + ROW.seed], amplitude, highest, neuron, candidate
        )
        if neuron >= n:
            break
        m.index[p[b + ROW.out + EVENTS] + count] = neuron
        m.values[p[b + ROW.out + VALUES] + neuron] = 1
        count += 1
    m.counters[p[b + ROW.out + COUNT]] = count


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Send the spikes that `SpikeDrive` draws for this step."""
    if m.reals[p[b + ROW.highest]] < LOW_RATE and p[b + ROW.window] == 0:
        _drive_rare_spikes(p, b, t, m)
        return
    spikes = bernoulli_spikes(
        part(m.reals, p[b + ROW.rates], p[b + ROW.out + SIZE]),
        t,
        p[b + ROW.seed],
        m.reals[p[b + ROW.wave_period]],
        m.reals[p[b + ROW.wave_depth]],
        p[b + ROW.columns],
        p[b + ROW.window],
    )
    send_drawn(p, b + ROW.out, spikes, m)


STEP = Step("SpikeDrive", ROW, fixed=step, float=step)


def _build(builder: Builder, drive: AbstractProcess) -> None:
    storage, parameters = builder.storage, drive.proc_params
    highest = storage.cell("reals", highest_rate(np.array(drive.rates.init, dtype=float)))
    rates = builder.store_real(drive.rates)
    region = rates.region
    rates.changed = lambda: storage.set_cell("reals", highest, highest_rate(storage.view(region)))

    def check(arrays: Arrays, time_step: int) -> None:
        """Refuse a highest rate that is none: the gaps between spikes are drawn from it."""
        found = arrays["reals"][highest]
        if found != highest_rate(part_of(arrays, region)):
            raise ValueError(f"the state is damaged: the highest rate of a drive is {found}")

    builder.checks.append(check)
    builder.add(
        STEP,
        out=builder.sent(drive.s_out),
        rates=rates,
        highest=highest,
        wave_period=builder.store_real(drive.wave_period),
        wave_depth=builder.store_real(drive.wave_depth),
        seed=parameters["seed"],
        columns=parameters["columns"],
        window=parameters["window"],
    )


def _ranges(drive: AbstractProcess, fixed: bool) -> dict[str, Range]:
    return {"rates": SHARE, "wave_period": NOT_NEGATIVE, "wave_depth": SHARE}


NODE = Node(_build, steps=(STEP,), sends=("s_out",), ranges=_ranges)
