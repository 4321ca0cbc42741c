"""Plastic synapses of `loihi_sleep.processes.gated_dense`: float only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import NOT_NEGATIVE, Range
from loihi_sleep.engine.kernels.arrays import Rows, copy, matrix, part
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes.synapses.build import (
    count_all,
    pre_spikes,
    store_activation,
    synaptic,
)
from loihi_sleep.engine.nodes.synapses.step import SYNAPSES, add_spikes, begin, multiply
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.gated_hebb import learn_gated

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# In reals: what arrived in the last step, and the cells of the parameters.
_PARAMETERS = ("gain", "potentiation", "depression", "width")
ROW = SYNAPSES.extend(
    "GatedDense",
    # Pre- and post-synaptic spikes as the rule sees them.
    message("pre_spikes"),
    message("post_spikes"),
    "before",
    *_PARAMETERS,
)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Learn from the spikes that the last step caused, then sum what arrives in this one."""
    pre, post = p[b + ROW.received + SIZE], p[b + ROW.out + SIZE]
    before = part(m.reals, p[b + ROW.before], pre)
    spikes = m.counters[p[b + ROW.post_spikes + COUNT]]
    if spikes:
        events = p[b + ROW.post_spikes + EVENTS]
        weights = matrix(m.synaptic, p[b + ROW.weights], pre, post)
        learn_gated(
            weights.T,
            before,
            part(m.index, events, spikes),
            m.reals[p[b + ROW.potentiation]],
            m.reals[p[b + ROW.depression]],
            m.reals[p[b + ROW.width]],
        )
    if begin(p, b, m):
        add_spikes(p, b, m)
        multiply(p, b, m, m.reals[p[b + ROW.gain]])
    copy(before, part(m.values, p[b + ROW.pre_spikes + VALUES], pre))


STEP = Step("GatedDense", ROW, float=step)


def _build(builder: Builder, synapses: AbstractProcess) -> None:
    weights = builder.store(synapses.weights, "synaptic", by_column=True)
    count_all(builder, synapses)
    store_activation(builder, synapses)
    received = builder.receive(synapses.s_in, events=True)
    builder.add(
        STEP,
        received=received,
        out=builder.sent(synapses.a_out),
        weights=weights,
        weight_exp=0,
        # Spikes are graded.
        message_bits=builder.storage.cell("counters", 1),
        pre_spikes=pre_spikes(builder, synapses, received),
        post_spikes=builder.receive(synapses.s_in_bap, events=True),
        before=builder.store_real(synapses.s_before),
        **{name: builder.store_real(getattr(synapses, name)) for name in _PARAMETERS},
    )


def _ranges(synapses: AbstractProcess, fixed: bool) -> dict[str, Range]:
    positive = (np.nextafter(0.0, 1.0), np.inf)
    return dict.fromkeys(_PARAMETERS, NOT_NEGATIVE) | {"width": positive}


NODE = synaptic(_build, STEP, receives=("s_in", "s_in_bap"), ranges=_ranges)
