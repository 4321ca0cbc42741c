"""Neurons of `processes.map_neuron`."""

from __future__ import annotations

from typing import Any

import numpy as np

from loihi_sleep.engine.assembly import Assembly, in_lavas_type
from loihi_sleep.engine.components.component import Component
from loihi_sleep.engine.kernels import stepper
from processes.map_neuron import models


def _build(assembly: Assembly, neurons: Any) -> None:
    memory, (n,) = assembly.memory, neurons.v.shape
    moving = memory.reserve("index", n, np.arange(n))
    count, is_moving = memory.cell("counters"), memory.reserve("counters", n)

    def set_all_moving() -> None:
        """A host may have put any neuron anywhere."""
        memory.view(moving)[:] = np.arange(n)
        memory.view(is_moving)[:] = 1
        assembly.set_cell("counters", count, n)

    state = [
        assembly.store(
            var, "values", in_lavas_type(var.init, var.shape, np.float64), changed=set_all_moving
        ).region.start
        for var in (neurons.v, neurons.v_before, neurons.y, neurons.i_syn)
    ]
    parameters = neurons.proc_params["parameters"]
    fields = [
        *assembly.sends_of(neurons.s_out).fields,
        *assembly.receives(neurons.a_in, events=False).fields,
        *assembly.receives(neurons.i_in, events=False).fields,
        *state,
        *(moving.start, count, is_moving.start),
        memory.reserve("reals", len(parameters), parameters).start,
        memory.reserve("reals", 2, neurons.proc_params["rest"]).start,
        neurons.proc_params["reset_interval"],
    ]
    assembly.add(assembly.relays, stepper.MAP_NEURON, fields)


COMPONENTS = {
    models.PyMapNeuronModelFloat: Component(_build, sends=("s_out",), hears=("a_in", "i_in"))
}
