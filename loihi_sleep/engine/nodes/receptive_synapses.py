"""`loihi_sleep.processes.receptive_synapses`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import FLAG, NOT_NEGATIVE, Range
from loihi_sleep.engine.kernels.arrays import Rows, fill, matrix, part
from loihi_sleep.engine.kernels.messages import send_nothing
from loihi_sleep.engine.memory import Memory
from loihi_sleep.engine.nodes.synapses.build import synaptic
from loihi_sleep.engine.rows import COUNT, EVENTS, SIZE, VALUES, message, row
from loihi_sleep.engine.steps import Step, kernel
from loihi_sleep.processes.kernels.receptive_stdp import learn_receptive, transmit_sparse

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

ROW = row(
    "ReceptiveSynapses",
    # What is sent, pre- and post-synaptic spikes.
    *(message(name) for name in ("out", "pre", "post")),
    "fan_in",
    # In counters.
    *("sources", "last_spike", "learning"),
    # In values.
    *("weights", "input_sum"),
    # In reals.
    *("rule", "release"),
    *("seed", "cycle_steps"),
)


@kernel
def step(p: Rows, b: int, t: int, k: int, m: Memory) -> None:
    """Learn from post-synaptic spikes, then sum what arrives."""
    pre, post, fan_in = p[b + ROW.pre + SIZE], p[b + ROW.out + SIZE], p[b + ROW.fan_in]
    out = p[b + ROW.out + VALUES]
    send_nothing(p, b + ROW.out, m)
    if (t - 1) % p[b + ROW.cycle_steps] == 0:
        fill(part(m.counters, p[b + ROW.last_spike], pre), -1)
    arrived, answered = m.counters[p[b + ROW.pre + COUNT]], m.counters[p[b + ROW.post + COUNT]]
    if arrived == 0 and answered == 0:
        return
    last_spike = part(m.counters, p[b + ROW.last_spike], pre)
    weights = matrix(m.values, p[b + ROW.weights], post, fan_in)
    sources = matrix(m.counters, p[b + ROW.sources], post, fan_in)
    if m.counters[p[b + ROW.learning]] > 0:
        a = p[b + ROW.rule]
        rule = (m.reals[a], m.reals[a + 1], m.reals[a + 2], m.reals[a + 3], m.reals[a + 4])
        input_sum = part(m.values, p[b + ROW.input_sum], post)
        for i in range(answered):
            neuron = int(m.index[p[b + ROW.post + EVENTS] + i])
            learn_receptive(weights, sources, last_spike, input_sum, neuron, t, rule)
    if arrived > 0:
        for i in range(arrived):
            last_spike[m.index[p[b + ROW.pre + EVENTS] + i]] = t
        spikes = part(m.values, p[b + ROW.pre + VALUES], pre)
        release = m.reals[p[b + ROW.release]]
        transmit_sparse(
            weights, sources, spikes, p[b + ROW.seed], t, release, part(m.values, out, post)
        )
        m.counters[p[b + ROW.out + COUNT]] = post


STEP = Step("ReceptiveSynapses", ROW, float=step)


def _build(builder: Builder, synapses: AbstractProcess) -> None:
    parameters, out = synapses.proc_params, builder.sent(synapses.a_out)
    builder.expose_message(synapses.conductance, out, begins=True)
    fan_out = np.bincount(np.ravel(synapses.sources.init), minlength=synapses.s_in.size)
    builder.fan_out[synapses] = lambda: fan_out
    builder.add(
        STEP,
        out=out,
        pre=builder.receive(synapses.s_in, events=True),
        post=builder.receive(synapses.s_in_bap, events=True),
        fan_in=synapses.sources.shape[1],
        sources=builder.store_count(synapses.sources),
        last_spike=builder.store_count(synapses.last_spike),
        learning=builder.store_count(synapses.learning),
        weights=builder.store(synapses.weights, "values", integer=False),
        input_sum=builder.store(synapses.input_sum, "values", integer=False),
        rule=builder.parameters("reals", parameters["rule"]),
        release=builder.storage.cell("reals", parameters["release"]),
        seed=parameters["seed"],
        cycle_steps=parameters["cycle_steps"],
    )


def _ranges(synapses: AbstractProcess, fixed: bool) -> dict[str, Range]:
    return {
        "sources": (0, synapses.s_in.size - 1),
        "last_spike": (-1, np.inf),
        "learning": FLAG,
        **dict.fromkeys(("weights", "input_sum"), NOT_NEGATIVE),
    }


NODE = synaptic(_build, STEP, receives=("s_in", "s_in_bap"), ranges=_ranges)
