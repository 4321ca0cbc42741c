"""How neurons of lava-nc are built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import Range
from loihi_sleep.engine.nodes import Node
from loihi_sleep.engine.nodes.lif import prototype, step, third_factor
from loihi_sleep.engine.nodes.lif.constants import store_constants
from loihi_sleep.engine.stored_parts import in_lavas_type
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.numerics.limits import DECAY_MAX
from loihi_sleep.processes.kernels.integers import UNITY

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

# Bits of a shift, either way.
_SHIFT_MAX = 31
# Of the Vars of a bias, in fixed.
BIAS_RANGES: dict[str, Range] = {"bias_exp": (-_SHIFT_MAX, _SHIFT_MAX)}


def _fields(
    builder: Builder,
    neurons: AbstractProcess,
    thresholds: Sequence[str] = ("vth",),
    may_differ: Sequence[str] = ("du", "dv", "vth"),
) -> dict[str, Any]:
    """Fields that all rows of neurons have."""
    storage = builder.storage
    active, biased = storage.cell("counters", 1), storage.cell("counters")
    wake = partial(storage.set_cell, "counters", active, 1)
    constants = store_constants(builder, neurons, thresholds, may_differ, wake)
    if "vth" not in thresholds:
        constants["vth"] = constants.pop("vth_hi")
    return {
        "out": builder.sent(neurons.s_out),
        "a_in": builder.receive(neurons.a_in),
        "u": builder.store_value(neurons.u, changed=wake),
        "v": builder.store_value(neurons.v, changed=wake),
        "bias": store_bias(builder, neurons, biased, wake),
        "active": active,
        "biased": biased,
        **constants,
    }


def store_bias(
    builder: Builder, neurons: AbstractProcess, biased: int, wake: Callable[[], None]
) -> int:
    """Store the bias; in fixed from mantissa and exponent, as Lava scales it in every step."""
    storage, fixed = builder.storage, builder.fixed
    mantissa_var, exponent_var = neurons.bias_mant, neurons.bias_exp
    shape = tuple(mantissa_var.shape)
    kind = np.int16 if fixed else np.float64
    region = storage.reserve("values", int(np.prod(shape)))
    parts = {
        name: in_lavas_type(var.init, shape, kind)
        for name, var in (("mantissa", mantissa_var), ("exponent", exponent_var))
    }

    def apply(name: str, values: NDArray[Any]) -> None:
        parts[name] = values
        bias = parts["mantissa"]
        if fixed:
            mantissa, exponent = bias.astype(np.int32), parts["exponent"]
            bias = np.where(
                exponent >= 0,
                np.left_shift(mantissa, exponent),
                np.right_shift(mantissa, -exponent),
            )
        storage.view(region)[:] = bias.ravel()
        storage.set_cell("counters", biased, int(bias.any()))
        wake()

    builder.keep(mantissa_var, parts["mantissa"], partial(apply, "mantissa"))
    builder.keep(exponent_var, parts["exponent"], partial(apply, "exponent"))
    return region.start


def _build_lif(builder: Builder, neurons: AbstractProcess) -> None:
    builder.add(step.STEP, **_fields(builder, neurons))


def _build_learning_lif(builder: Builder, neurons: AbstractProcess) -> None:
    _build_lif(builder, neurons)
    # Stock learning neurons have traces but do not change them.
    for var in (neurons.y1, neurons.y2, neurons.y3):
        builder.store_value(var)


def _build_third_factor_lif(builder: Builder, neurons: AbstractProcess) -> None:
    y1, y2, y3 = (builder.store_value(var) for var in (neurons.y1, neurons.y2, neurons.y3))
    parameters = neurons.proc_params
    builder.add(
        third_factor.STEP,
        **_fields(builder, neurons),
        bap=builder.sent(neurons.s_out_bap),
        y1_out=builder.sent(neurons.s_out_y1),
        y2_out=builder.sent(neurons.s_out_y2),
        y3_out=builder.sent(neurons.s_out_y3),
        third_factor=builder.receive(neurons.a_third_factor_in),
        y1=y1,
        y2=y2,
        y3=y3,
        y1_impulse=int(parameters.get("y1_impulse", 0)),
        y1_decay=int(parameters.get("y1_decay", 0)),
    )


def _build_lif_reset(builder: Builder, neurons: AbstractProcess) -> None:
    interval = neurons.proc_params["reset_interval"]
    builder.add(
        step.RESET_STEP,
        **_fields(builder, neurons),
        reset_interval=interval,
        reset_offset=neurons.proc_params["reset_offset"] % interval,
    )


def _build_ternary_lif(builder: Builder, neurons: AbstractProcess) -> None:
    builder.add(step.TERNARY_STEP, **_fields(builder, neurons, ("vth_hi", "vth_lo")))


def _build_refractory_lif(builder: Builder, neurons: AbstractProcess) -> None:
    var = neurons.refractory_period_end
    builder.add(
        step.REFRACTORY_STEP,
        **_fields(builder, neurons, may_differ=()),
        refractory_period=neurons.proc_params["refractory_period"],
        refractory_end=builder.store(var, "counters", in_lavas_type(var.init, var.shape, np.int64)),
    )


def _build_prototype_lif(builder: Builder, neurons: AbstractProcess) -> None:
    if len(neurons.proc_params["shape"]) != 1:
        raise UnsupportedGraph(
            f"{label(neurons)}: shape is {neurons.proc_params['shape']}; it must have one dimension"
        )
    y1, *_ = (builder.store_value(var) for var in (neurons.y1, neurons.y2, neurons.y3))
    builder.add(
        prototype.STEP,
        **_fields(builder, neurons),
        bap=builder.sent(neurons.s_out_bap),
        y1_out=builder.sent(neurons.s_out_y1),
        third_factor=builder.receive(neurons.a_third_factor_in).values,
        reset=builder.receive(neurons.reset_in).values,
        y1=y1,
    )


def _ranges(neurons: AbstractProcess, fixed: bool) -> Mapping[str, Range]:
    if not fixed:
        return {}
    return {"du": (0, DECAY_MAX), "dv": (0, UNITY), **BIAS_RANGES}


def _node(build: Callable[[Builder, Any], None], *steps: Any) -> Node:
    return Node(build, steps=steps, sends=("s_out",), receives=("a_in",), ranges=_ranges)


LIF = _node(_build_lif, step.STEP)
LEARNING_LIF = _node(_build_learning_lif, step.STEP)
THIRD_FACTOR_LIF = Node(
    _build_third_factor_lif,
    steps=(third_factor.STEP,),
    sends=("s_out", "s_out_bap", "s_out_y1", "s_out_y2", "s_out_y3"),
    receives=("a_in", "a_third_factor_in"),
    ranges=_ranges,
)
LIF_RESET = _node(_build_lif_reset, step.RESET_STEP)
TERNARY_LIF = _node(_build_ternary_lif, step.TERNARY_STEP)
REFRACTORY_LIF = _node(_build_refractory_lif, step.REFRACTORY_STEP)
PROTOTYPE_LIF = Node(
    _build_prototype_lif,
    steps=(prototype.STEP,),
    sends=("s_out", "s_out_bap", "s_out_y1"),
    receives=("a_in", "a_third_factor_in", "reset_in"),
    ranges=_ranges,
)
