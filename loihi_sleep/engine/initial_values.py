"""What a Process begins with: whether the engine, or Lava, could calculate with it at all."""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse

from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var

_NUMBERS = "biuf"
# Parameters that are no Vars; Lava takes whatever they are.
_INTEGERS = {
    "num_weight_bits": 1,
    "weight_exp": None,
    "reset_interval": 1,
    "reset_offset": None,
    "refractory_period": 1,
}
# What a learning rule changes, as text.
_TEXTS = ("dw", "dd", "dt")
_INTEGERS_OF_RULES = {"t_epoch": 1, "rng_seed": 0}
# A neuron may have no threshold that it could reach, or have one that it always exceeds.
_MAY_BE_INFINITE = ("vth", "vth_hi", "vth_lo")


def check_initial_values(process: AbstractProcess) -> None:
    """Check ports, Vars and parameters of a Process that is not hierarchical.

    Parameters
    ----------
    process : AbstractProcess

    Raises
    ------
    UnsupportedGraph
        A port or a Var without elements, a Var that holds no real numbers, or a parameter that is
        no integer.
    """
    for port in (*process.in_ports.members, *process.out_ports.members):
        if port.size == 0:
            raise UnsupportedGraph(
                f"{label(process)}: port {port.name!r} has shape {port.shape}; it must have at "
                "least one element"
            )
    for var in process.vars.members:
        _check_var(process, var)
    parameters = process.proc_params._parameters
    for name, lowest in _INTEGERS.items():
        if name in parameters and _is_lavas(process):
            _check_integer(process, name, parameters[name], lowest)
    rule = parameters.get("learning_rule")
    for name, lowest in _INTEGERS_OF_RULES.items():
        if getattr(rule, name, None) is not None:
            _check_integer(process, f"{name} of its learning rule", getattr(rule, name), lowest)


def _check_var(process: AbstractProcess, var: Var) -> None:
    name, values = f"{label(process)}: {var.name}", var.init
    if var.name in _TEXTS and (values is None or isinstance(values, str)):
        return
    # Our own Processes may record nothing, in arrays without elements.
    if var.size == 0 and _is_lavas(process):
        raise UnsupportedGraph(
            f"{name} has shape {var.shape}; it must have at least one element: a buffer of no "
            "steps neither sends nor records"
        )
    array = values.data if issparse(values) else np.asarray(values)
    if array.dtype.kind not in _NUMBERS:
        raise UnsupportedGraph(f"{name} is {checks.shown(values)}; it must be real numbers")
    if var.shape not in ((1,), array.shape) and not issparse(values):
        # What is declared as one number may have one for each neuron: its node checks that.
        try:
            np.broadcast_to(array, var.shape)
        except ValueError:
            raise UnsupportedGraph(
                f"{name} has shape {array.shape}; it must have shape {var.shape}, or be one number"
            ) from None
    if array.dtype.kind != "f":
        return
    infinite_allowed = var.name in _MAY_BE_INFINITE
    wrong = np.isnan(array) if infinite_allowed else ~np.isfinite(array)
    if wrong.any():
        raise UnsupportedGraph(f"{name} holds {array[wrong].flat[0]}; it must be finite")


def _is_lavas(process: AbstractProcess) -> bool:
    """Tell whether a Process is one of Lava's, which check nothing themselves."""
    return type(process).__module__.startswith("lava.")


def _check_integer(process: AbstractProcess, name: str, value: Any, lowest: int | None) -> None:
    integer = isinstance(value, Integral) and not isinstance(value, bool)
    if not integer or (lowest is not None and value < lowest):
        bound = "" if lowest is None else f" from {lowest}"
        raise UnsupportedGraph(
            f"{label(process)}: {name} is {checks.shown(value)}; it must be an integer{bound}"
        )
