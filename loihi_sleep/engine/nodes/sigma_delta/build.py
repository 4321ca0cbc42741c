"""Neurons of lava-nc that send changes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.proc.sdn.process import ActivationMode

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import FLAG, Range
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.nodes.sigma_delta import step
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess


def _build_sigma(builder: Builder, neurons: AbstractProcess) -> None:
    storage, out = builder.storage, builder.sent(neurons.s_out)
    was_set = storage.cell("counters", 1)
    sigma = builder.expose(
        neurons.sigma, out.values, changed=partial(storage.set_cell, "counters", was_set, 1)
    )
    initial = builder.initial(neurons.sigma, builder.value_type)
    builder.at_start(lambda: sigma.write(initial))
    builder.add(step.SIGMA_STEP, out=out, a_in=builder.receive(neurons.a_in), was_set=was_set)


def _fields(builder: Builder, neurons: AbstractProcess) -> dict[str, Any]:
    """Fields of the rows of both kinds of neurons that send changes."""
    storage, at_rest = builder.storage, builder.storage.cell("counters")
    wake = partial(storage.set_cell, "counters", at_rest, 0)

    def store(name: str, array: str, kind: type) -> Any:
        var = getattr(neurons, name)
        initial = builder.initial(var, kind)
        return builder.store(var, array, initial, changed=wake)

    sums = ("act", "residue", "error", "vth")
    return {
        "out": builder.sent(neurons.s_out),
        "a_in": builder.receive(neurons.a_in),
        **{name: builder.store_value(getattr(neurons, name), changed=wake) for name in sums},
        "cum_error": store("cum_error", "counters", np.bool_),
        "at_rest": at_rest,
        **{name: store(name, "index", np.int32) for name in ("spike_exp", "state_exp")},
    }


def _build_delta(builder: Builder, neurons: AbstractProcess) -> None:
    # Lava's model has it, and does not use it.
    builder.store_value(neurons.sigma)
    builder.add(step.DELTA_STEP, **_fields(builder, neurons))


def _build_sigma_delta(builder: Builder, neurons: AbstractProcess) -> None:
    mode = neurons.proc_params["act_mode"]
    if mode not in list(ActivationMode):
        known = ", ".join(f"ActivationMode.{member.name}" for member in ActivationMode)
        raise UnsupportedGraph(f"{label(neurons)}: act_mode is {mode!r}; it must be one of {known}")
    fields = _fields(builder, neurons)
    wake = partial(builder.storage.set_cell, "counters", fields["at_rest"], 0)
    builder.add(
        step.SIGMA_DELTA_STEP,
        **fields,
        sigma=builder.store_value(neurons.sigma, changed=wake),
        bias=builder.store_value(neurons.bias, changed=wake),
        rectified=int(mode == ActivationMode.RELU),
    )


def _ranges(neurons: AbstractProcess, fixed: bool) -> dict[str, Range]:
    return {"cum_error": FLAG}


def _node(build: Any, own_step: Any, **settings: Any) -> Node:
    return Node(build, steps=(own_step,), sends=("s_out",), receives=("a_in",), **settings)


SIGMA = _node(_build_sigma, step.SIGMA_STEP)
DELTA = _node(_build_delta, step.DELTA_STEP, ranges=_ranges)
SIGMA_DELTA = _node(_build_sigma_delta, step.SIGMA_DELTA_STEP, ranges=_ranges)
