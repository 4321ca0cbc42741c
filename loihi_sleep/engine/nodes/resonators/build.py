"""Resonators of lava-nc."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.nodes.resonators import step
from loihi_sleep.engine.steps import Step
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

_DECAYS = ("sin_decay", "cos_decay")


def _build_resonator(own_step: Step, builder: Builder, neurons: AbstractProcess) -> None:
    if builder.fixed:
        _check_integers(neurons)
    at_rest, wake = _rest(builder)
    states = ("real", "imag", "vth")
    builder.add(
        own_step,
        out=builder.sent(neurons.s_out),
        a_real_in=builder.receive(neurons.a_real_in),
        a_imag_in=builder.receive(neurons.a_imag_in),
        **{name: builder.store_value(getattr(neurons, name), changed=wake) for name in states},
        **{name: _store_each(builder, neurons, name, wake) for name in _DECAYS},
        **{name: _store_bits(builder, neurons, name, wake) for name in ("state_exp", "decay_bits")},
        at_rest=at_rest,
    )


def _build_rf_zero(builder: Builder, neurons: AbstractProcess) -> None:
    at_rest, wake = _rest(builder)
    values = ("u", "v", "lct", "lst", "uth")
    builder.add(
        step.ZERO_STEP,
        out=builder.sent(neurons.s_out),
        u_in=builder.receive(neurons.u_in),
        v_in=builder.receive(neurons.v_in),
        **{name: builder.store_value(getattr(neurons, name), changed=wake) for name in values},
        at_rest=at_rest,
    )


def _rest(builder: Builder) -> tuple[int, Callable[[], None]]:
    """Reserve the cell that says whether a layer is at rest; return it, and what ends the rest."""
    at_rest = builder.storage.cell("counters")
    return at_rest, partial(builder.storage.set_cell, "counters", at_rest, 0)


def _store_bits(
    builder: Builder, neurons: AbstractProcess, name: str, wake: Callable[[], None]
) -> Any:
    var = getattr(neurons, name)
    return builder.store(var, "index", builder.initial(var, np.int32), integer=True, changed=wake)


def _store_each(
    builder: Builder, neurons: AbstractProcess, name: str, wake: Callable[[], None]
) -> int:
    """Store what Lava declares as one number, and may be one for each neuron."""
    var, shape = getattr(neurons, name), tuple(neurons.s_out.shape)
    given = np.asarray(var.init)
    try:
        np.broadcast_to(given, shape)
    except ValueError:
        raise UnsupportedGraph(
            f"{label(neurons)}: {name} has shape {given.shape}; period and alpha must be single "
            f"numbers or have the neurons' shape {shape}"
        ) from None
    storage = builder.storage
    region = storage.reserve("values", int(np.prod(shape)))

    def apply(values: NDArray[Any]) -> None:
        storage.view(region)[:] = np.broadcast_to(values, shape).ravel()
        wake()

    values: NDArray[Any] = given.astype(builder.value_type)
    builder.keep(var, values.reshape(var.shape) if values.size == 1 else values, apply)
    return region.start


def _check_integers(neurons: AbstractProcess) -> None:
    """Refuse decays that are fractions: Lava's fixed-point model cannot shift them."""
    if np.asarray(neurons.sin_decay.init).dtype.kind == "f":
        bits = neurons.proc_params["decay_bits"]
        raise UnsupportedGraph(
            f"{label(neurons)}: decay_bits is {bits}; in fixed numerics it must be above 0, else "
            "Lava's model fails at the decays, which stay fractions"
        )


def _node(build: Callable[[Builder, Any], None], own_step: Step, *ports: str) -> Node:
    return Node(build, steps=(own_step,), sends=("s_out",), receives=ports)


RF = _node(partial(_build_resonator, step.RF_STEP), step.RF_STEP, "a_real_in", "a_imag_in")
RF_IZ = _node(partial(_build_resonator, step.IZ_STEP), step.IZ_STEP, "a_real_in", "a_imag_in")
RF_ZERO = _node(_build_rf_zero, step.ZERO_STEP, "u_in", "v_in")
