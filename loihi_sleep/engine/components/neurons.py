"""Neurons of lava-nc."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from lava.proc.clp.prototype_lif.models import PrototypeLIFBitAcc
from lava.proc.lif import models
from numpy.typing import NDArray

from loihi_sleep.engine.assembly import Assembly, in_lavas_type
from loihi_sleep.engine.components.component import Component
from loihi_sleep.engine.components.lif_constants import lay_out_constants
from loihi_sleep.engine.kernels import stepper
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label


def _lif_fields(
    assembly: Assembly,
    neurons: Any,
    thresholds: tuple[str | None, str | None] = ("vth", None),
    extra: tuple[int, int, int, int] = (1, 0, 0, 0),
    may_differ: tuple[str, ...] = ("du", "dv", "vth"),
) -> list[int]:
    """Row of a LIF layer, in the order of :mod:`loihi_sleep.engine.kernels.lif`."""
    memory = assembly.memory
    out = assembly.sends_of(neurons.s_out)
    a_in = assembly.receives(neurons.a_in, events=False)
    active, biased = memory.cell("counters", 1), memory.cell("counters")

    def wake() -> None:
        assembly.set_cell("counters", active, 1)

    kind = np.int32 if assembly.fixed else np.float64
    u, v = (
        assembly.store(var, "values", in_lavas_type(var.init, var.shape, kind), changed=wake).region
        for var in (neurons.u, neurons.v)
    )
    bias = _bias(assembly, neurons, biased, wake)
    constants, per_neuron = lay_out_constants(assembly, neurons, thresholds, may_differ, wake)
    return [
        *out.fields,
        *(a_in.values.start, a_in.count, u.start, v.start, bias, active, biased),
        *constants,
        *extra,
        per_neuron,
    ]


def _bias(assembly: Assembly, neurons: Any, biased: int, wake: Callable[[], None]) -> int:
    """Lay out the bias; in fixed from mantissa and exponent, as Lava scales it in every step."""
    mantissa_var, exponent_var = neurons.bias_mant, neurons.bias_exp
    shape = tuple(mantissa_var.shape)
    kind = np.int16 if assembly.fixed else np.float64
    region = assembly.memory.reserve("values", int(np.prod(shape)))
    parts = {
        name: in_lavas_type(var.init, shape, kind)
        for name, var in (("mantissa", mantissa_var), ("exponent", exponent_var))
    }

    def apply(name: str, values: NDArray[Any]) -> None:
        parts[name] = values
        bias = parts["mantissa"]
        if assembly.fixed:
            mantissa, exponent = bias.astype(np.int32), parts["exponent"]
            bias = np.where(
                exponent >= 0,
                np.left_shift(mantissa, exponent),
                np.right_shift(mantissa, -exponent),
            )
        assembly.memory.view(region)[:] = bias.ravel()
        assembly.set_cell("counters", biased, int(bias.any()))
        wake()

    assembly.hold(mantissa_var, parts["mantissa"], partial(apply, "mantissa"))
    assembly.hold(exponent_var, parts["exponent"], partial(apply, "exponent"))
    return region.start


def _build_lif(assembly: Assembly, neurons: Any) -> None:
    assembly.add(assembly.relays, stepper.LIF, _lif_fields(assembly, neurons))


def _build_learning_lif(assembly: Assembly, neurons: Any) -> None:
    _build_lif(assembly, neurons)
    _store_post_traces(assembly, neurons)


def _store_post_traces(assembly: Assembly, neurons: Any) -> list[int]:
    """Lay out y1, y2, y3, which stock learning neurons have but do not change."""
    return [
        assembly.store(
            var,
            "values",
            in_lavas_type(var.init, var.shape, np.int32 if assembly.fixed else np.float64),
        ).region.start
        for var in (neurons.y1, neurons.y2, neurons.y3)
    ]


def _build_lif_reset(assembly: Assembly, neurons: Any) -> None:
    interval = neurons.proc_params["reset_interval"]
    offset = neurons.proc_params["reset_offset"] % interval
    fields = _lif_fields(assembly, neurons, extra=(interval, offset, 0, 0))
    assembly.add(assembly.relays, stepper.LIF_RESET, fields)


def _build_ternary_lif(assembly: Assembly, neurons: Any) -> None:
    fields = _lif_fields(assembly, neurons, thresholds=("vth_hi", "vth_lo"))
    assembly.add(assembly.relays, stepper.TERNARY_LIF, fields)


def _build_refractory_lif(assembly: Assembly, neurons: Any) -> None:
    var = neurons.refractory_period_end
    end = assembly.store(var, "counters", in_lavas_type(var.init, var.shape, np.int64))
    period = neurons.proc_params["refractory_period"]
    fields = _lif_fields(assembly, neurons, extra=(1, 0, period, end.region.start), may_differ=())
    assembly.add(assembly.relays, stepper.REFRACTORY_LIF, fields)


def _build_prototype_lif(assembly: Assembly, neurons: Any) -> None:
    if len(neurons.proc_params["shape"]) != 1:
        raise UnsupportedGraph(
            f"{label(neurons)}: shape is {neurons.proc_params['shape']}; it must have one dimension"
        )
    fields = _lif_fields(assembly, neurons)
    third, reset = (
        assembly.receives(port, events=False).values.start
        for port in (neurons.a_third_factor_in, neurons.reset_in)
    )
    y1, *_ = _store_post_traces(assembly, neurons)
    sent = [
        *assembly.sends_of(neurons.s_out_bap).fields,
        *assembly.sends_of(neurons.s_out_y1).fields,
    ]
    assembly.add(assembly.relays, stepper.PROTOTYPE_LIF, [*fields, *sent, third, reset, y1])


_LIF = Component(_build_lif, sends=("s_out",), hears=("a_in",))
_LEARNING_LIF = Component(_build_learning_lif, sends=("s_out",), hears=("a_in",))
_LIF_RESET = Component(_build_lif_reset, sends=("s_out",), hears=("a_in",))
_TERNARY_LIF = Component(_build_ternary_lif, sends=("s_out",), hears=("a_in",))

COMPONENTS = {
    models.PyLifModelFloat: _LIF,
    models.PyLifModelBitAcc: _LIF,
    models.PyLearningLifModelFloat: _LEARNING_LIF,
    models.PyLearningLIFModelFixed: _LEARNING_LIF,
    models.PyLifResetModelFloat: _LIF_RESET,
    models.PyLifResetModelBitAcc: _LIF_RESET,
    models.PyTernLifModelFloat: _TERNARY_LIF,
    models.PyTernLifModelFixed: _TERNARY_LIF,
    models.PyLifRefractoryModelFloat: Component(
        _build_refractory_lif, sends=("s_out",), hears=("a_in",)
    ),
    PrototypeLIFBitAcc: Component(
        _build_prototype_lif,
        sends=("s_out", "s_out_bap", "s_out_y1"),
        hears=("a_in", "a_third_factor_in", "reset_in"),
    ),
}
