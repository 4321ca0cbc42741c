"""Neurons of `loihi_sleep.processes.map_neuron`."""

from __future__ import annotations

from typing import Any

import numpy as np

from loihi_sleep.engine.assembly import Assembly, in_lavas_type
from loihi_sleep.engine.components.component import Component
from loihi_sleep.engine.kernels import map_neurons, stepper
from loihi_sleep.engine.memory import Region
from loihi_sleep.processes.map_neuron import models


def _build(assembly: Assembly, neurons: Any) -> None:
    memory, (n,) = assembly.memory, neurons.v.shape
    state = memory.reserve("values", map_neurons.STATE_VARS * n)
    listed = memory.reserve("values", map_neurons.STATE_VARS * n)
    moving = memory.reserve("index", n)
    count, is_moving = memory.cell("counters"), memory.reserve("counters", n)
    monitored = memory.cell("counters")
    parameters = neurons.proc_params["parameters"]
    row = assembly.add(
        assembly.relays,
        stepper.MAP_NEURON,
        [
            *assembly.sends_of(neurons.s_out).fields,
            *assembly.receives(neurons.a_in, events=False).fields,
            *assembly.receives(neurons.i_in, events=False).fields,
            *(state.start, listed.start),
            memory.reserve("values", map_neurons.REACHING_ARRAYS * n).start,
            *(moving.start, count, is_moving.start, monitored),
            memory.reserve("reals", len(parameters), parameters).start,
            memory.reserve("reals", 2, neurons.proc_params["rest"]).start,
            neurons.proc_params["reset_interval"],
        ],
    )

    def write_back() -> None:
        arrays = memory.arrays
        map_neurons.write_back(
            assembly.program, row, arrays["values"], arrays["index"], arrays["counters"]
        )

    def list_all() -> None:
        """A host may have put any neuron anywhere."""
        memory.view(listed)[:] = memory.view(state)
        memory.view(moving)[:] = np.arange(n)
        memory.view(is_moving)[:] = 1
        assembly.set_cell("counters", count, n)

    variables = (neurons.v, neurons.v_before, neurons.y, neurons.i_syn)
    regions = [Region("values", state.start + k * n, n) for k in range(len(variables))]
    for var, region in zip(variables, regions, strict=True):
        assembly.expose(var, region, integer=False, refresh=write_back, changed=list_all)

    def begin() -> None:
        for var, region in zip(variables, regions, strict=True):
            memory.view(region)[:] = in_lavas_type(var.init, var.shape, np.float64)
        watched = any(region in assembly.monitored for region in regions)
        assembly.set_cell("counters", monitored, watched)

    assembly.finishers.append(begin)


COMPONENTS = {
    models.PyMapNeuronModelFloat: Component(_build, sends=("s_out",), hears=("a_in", "i_in"))
}
