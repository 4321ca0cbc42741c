"""Plastic synapses of `loihi_sleep.processes.gated_dense`."""

from __future__ import annotations

from typing import Any

from loihi_sleep.engine.assembly import Assembly
from loihi_sleep.engine.components.synapses import (
    count_all,
    pre_spikes,
    store_activation,
    synaptic,
)
from loihi_sleep.engine.kernels import stepper
from loihi_sleep.processes.gated_dense import models


def _build(assembly: Assembly, synapses: Any) -> None:
    memory = assembly.memory
    weights = assembly.store(synapses.weights, "synaptic", synapses.weights.init, by_column=True)
    count_all(assembly, synapses)
    store_activation(assembly, synapses)
    heard = assembly.receives(synapses.s_in, events=True, at_once=False)
    spiked = assembly.receives(synapses.s_in_bap, events=True, at_once=False)
    before = assembly.store(synapses.s_before, "reals", synapses.s_before.init, integer=False)
    parameters = [
        assembly.store(var, "reals", var.init, integer=False).region.start
        for var in (synapses.gain, synapses.potentiation, synapses.depression, synapses.width)
    ]
    # Of what static synapses may have, these have graded spikes: a message bit.
    static = [weights.region.start, 0, memory.cell("counters", 1), *([0] * 6)]
    fields = [
        *heard.fields,
        *assembly.sends_of(synapses.a_out).fields,
        *static,
        *pre_spikes(assembly, synapses, heard.fields),
        *spiked.fields,
        before.region.start,
        *parameters,
    ]
    assembly.add(assembly.synapses, stepper.GATED, fields)


COMPONENTS = {models.PyGatedDenseModelFloat: synaptic(_build, hears=("s_in", "s_in_bap"))}
