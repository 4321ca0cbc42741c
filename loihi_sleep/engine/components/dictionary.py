"""Neurons and synapses of a network that learns a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from loihi_sleep.engine.assembly import Assembly, in_lavas_type
from loihi_sleep.engine.components.component import Component
from loihi_sleep.engine.components.synapses import count_all, store_activation, synaptic
from loihi_sleep.engine.kernels import stepper
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.residual_hebb import rate_of_integers
from loihi_sleep.processes.residual_dense import models as residual_dense
from loihi_sleep.processes.residual_lif import models as residual_lif
from loihi_sleep.processes.sparse_lif import models as sparse_lif


def _parameters(assembly: Assembly, process: Any, values: Mapping[str, float]) -> list[float]:
    """Parameters in their order; in fixed they must be integers."""
    if not assembly.fixed:
        return list(values.values())
    return list(_or_unsupported(process, lambda: checks.integers(dict(values))))


def _or_unsupported(process: Any, compute: Callable[[], Any]) -> Any:
    try:
        return compute()
    except ValueError as error:
        raise UnsupportedGraph(f"{label(process)}: {error}") from error


def _lay_out(assembly: Assembly, parameters: list[float]) -> int:
    array = "counters" if assembly.fixed else "reals"
    return assembly.memory.reserve(array, len(parameters), parameters).start


def _state(assembly: Assembly, variables: tuple[Any, ...]) -> list[int]:
    kind = np.int32 if assembly.fixed else np.float64
    return [
        assembly.store(var, "values", in_lavas_type(var.init, var.shape, kind)).region.start
        for var in variables
    ]


def _neuron_fields(assembly: Assembly, neurons: Any, *feedback: Any) -> list[int]:
    parameters = _parameters(assembly, neurons, neurons.proc_params["parameters"])
    u, v, *own = _state(assembly, (neurons.u, neurons.v, *feedback))
    return [
        *assembly.sends_of(neurons.s_out).fields,
        *assembly.receives(neurons.a_in, events=False).fields,
        *(u, v, _lay_out(assembly, parameters)),
        *(own or [0]),
    ]


def _build_residual(assembly: Assembly, neurons: Any) -> None:
    fields = [
        *_neuron_fields(assembly, neurons),
        *assembly.receives(neurons.i_in, events=False).fields,
        *_state(assembly, (neurons.bias,)),
        int(neurons.proc_params["subtracts"]),
    ]
    assembly.add(assembly.relays, stepper.RESIDUAL_LIF, fields)


def _build_sparse(assembly: Assembly, neurons: Any) -> None:
    fields = _neuron_fields(assembly, neurons, neurons.c)
    assembly.add(assembly.relays, stepper.SPARSE_LIF, fields)


def _build_synapses(assembly: Assembly, synapses: Any) -> None:
    memory, settings = assembly.memory, synapses.proc_params
    before = settings["residual"] == "pre"
    traces = _parameters(assembly, synapses, settings["traces"])
    rule = _parameters(assembly, synapses, settings["rule"])
    rate: list[float] = [settings["rate"]]
    gain = settings["gain"]
    if assembly.fixed:
        pixels = (synapses.s_in if before else synapses.a_out).size
        rate = list(_or_unsupported(synapses, lambda: rate_of_integers(settings["rate"], pixels)))
        gain = (-1 if gain < 0 else 1) * 2 ** settings["weight_exp"]
    kind = np.int16 if assembly.fixed else np.float64
    weights, tags = (
        assembly.store(
            var, "synaptic", in_lavas_type(var.init, var.shape, kind), by_column=True
        ).region.start
        for var in (synapses.weights, synapses.tag_1)
    )
    count_all(assembly, synapses)
    store_activation(assembly, synapses)
    array = "counters" if assembly.fixed else "reals"
    # Of what static synapses may have, these have nothing.
    static = [weights, 0, memory.cell("counters", 0), *([0] * 6)]
    fields = [
        *assembly.receives(synapses.s_in, events=True, at_once=False).fields,
        *assembly.sends_of(synapses.a_out).fields,
        *static,
        *assembly.receives(synapses.s_in_bap, events=True, at_once=False).fields,
        tags,
        *assembly.store_all(array, (synapses.x, synapses.y)),
        *assembly.store_all("counters", (synapses.learning,)),
        _lay_out(assembly, [*traces, *rate, *rule]),
        memory.cell("reals", gain),
        *(int(before), settings["epoch"], settings["seed"]),
    ]
    assembly.add(assembly.synapses, stepper.RESIDUAL_DENSE, fields)


_RESIDUAL = Component(_build_residual, sends=("s_out",), hears=("a_in", "i_in"))
_SPARSE = Component(_build_sparse, sends=("s_out",), hears=("a_in",))
_SYNAPSES = synaptic(_build_synapses, hears=("s_in", "s_in_bap"))

COMPONENTS = {
    residual_lif.PyResidualLIFModelFloat: _RESIDUAL,
    residual_lif.PyResidualLIFModelFixed: _RESIDUAL,
    sparse_lif.PySparseLIFModelFloat: _SPARSE,
    sparse_lif.PySparseLIFModelFixed: _SPARSE,
    residual_dense.PyResidualDenseModelFloat: _SYNAPSES,
    residual_dense.PyResidualDenseModelFixed: _SYNAPSES,
}
