"""Decay constants and thresholds of LIF neurons: one number for a layer, or one for each neuron.

Lava declares them as single numbers and calculates with whatever array it is given; so does the
engine, in the type of the array.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.nodes.lif.step import ACTIVATION_SHIFT
from loihi_sleep.engine.stored_parts import scalar
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.processes.kernels.integers import UNITY

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var

_INT32 = np.iinfo(np.int32)
DECAYS = ("du", "dv")


def store_constants(
    builder: Builder,
    neurons: AbstractProcess,
    thresholds: Sequence[str],
    may_differ: Sequence[str],
    wake: Callable[[], None],
) -> dict[str, int]:
    """Store what neurons have beside their state and bias.

    Parameters
    ----------
    builder : Builder
    neurons : AbstractProcess
        With Vars ``du``, ``dv`` and the thresholds.
    thresholds : sequence of str
        Names of the Vars.
    may_differ : sequence of str
        Vars that may have a number for each neuron.
    wake : callable
        To be called when a threshold changes.

    Returns
    -------
    dict of str to int
        Where each begins, by its name, and ``per_neuron``: 1 where each neuron has its own.

    Raises
    ------
    UnsupportedGraph
        Several numbers where Lava's model takes one, or none that fit the neurons.
    """
    if builder.fixed:
        for decay in DECAYS:
            _check_decay(neurons, decay)
    names = (*DECAYS, *thresholds)
    per_neuron = any(np.size(getattr(neurons, name).init) != 1 for name in names)
    places = {"per_neuron": int(per_neuron)}
    for name in names:
        if per_neuron:
            places[name] = _store_each(builder, neurons, name, name in may_differ, wake)
        elif name in DECAYS:
            places[name] = _store_one(builder, neurons, getattr(neurons, name))
        else:
            places[name] = _store_threshold(builder, neurons, getattr(neurons, name), wake)
    return places


def _check_decay(neurons: AbstractProcess, name: str) -> None:
    """Refuse a decay beyond all of a state: Lava's product changes its sign, which is no decay.

    Lava's du counts one more than it says.
    """
    most = UNITY - 1 if name == "du" else UNITY
    values = np.asarray(getattr(neurons, name).init)
    if (values > most).any():
        raise UnsupportedGraph(
            f"{label(neurons)}: {name} is {values[values > most].flat[0]}; it must be at most "
            f"{most} in fixed numerics, which leaves nothing of a state"
        )


def _store_one(builder: Builder, neurons: AbstractProcess, var: Var, **settings: Any) -> int:
    """Store a parameter that is one number."""
    array = "values" if builder.fixed else "reals"
    value = scalar(neurons, var, integer=builder.fixed)
    return builder.store(var, array, value, integer=builder.fixed, **settings).region.start


def _store_threshold(
    builder: Builder, neurons: AbstractProcess, var: Var, wake: Callable[[], None]
) -> int:
    """Store a threshold; in fixed it is aligned to the potential once, before the first step."""
    if not builder.fixed:
        return _store_one(builder, neurons, var, changed=wake)
    value = int(scalar(neurons, var, integer=True))
    aligned = min(max(value << int(ACTIVATION_SHIFT), _INT32.min), _INT32.max)
    cell = builder.storage.cell("values", aligned)
    given = np.full(var.shape, value)
    builder.keep(var, given, partial(_refuse_change, neurons, var.name, given))
    return cell


def _store_each(
    builder: Builder,
    neurons: AbstractProcess,
    name: str,
    may_differ: bool,
    wake: Callable[[], None],
) -> int:
    """Store a parameter as one number a neuron."""
    var = getattr(neurons, name)
    given = _values(neurons, var, may_differ, builder.fixed)
    shape = tuple(neurons.a_in.shape)
    storage, fixed = builder.storage, builder.fixed
    region = storage.reserve("values" if fixed else "reals", int(np.prod(shape)))

    def apply(values: NDArray[Any]) -> None:
        if name in DECAYS:
            effective = _remaining(name, values, fixed)
        elif fixed:
            _refuse_change(neurons, name, given, values)
            effective = np.left_shift(values, int(ACTIVATION_SHIFT))
        else:
            effective = values
            wake()
        if fixed:
            effective = np.clip(effective, _INT32.min, _INT32.max)
        storage.view(region)[:] = np.broadcast_to(effective, shape).ravel()

    builder.keep(var, given, apply)
    return region.start


def _remaining(name: str, decay: NDArray[Any], fixed: bool) -> NDArray[Any]:
    """What a decay constant leaves of a state in a step; in fixed of 4096, as Lava calculates."""
    if not fixed:
        return np.asarray(1 - decay)
    offset = 1 if name == "du" else 0
    return np.asarray(UNITY - (decay + offset))


def _values(neurons: AbstractProcess, var: Var, may_differ: bool, fixed: bool) -> NDArray[Any]:
    """Read a Var that may hold an array.

    Raises
    ------
    UnsupportedGraph
        See :func:`store_constants`.
    """
    if np.size(var.init) == 1:
        number = scalar(neurons, var, integer=fixed)
        return np.full(var.shape, number, dtype=np.int64 if fixed else np.float64)
    if not may_differ:
        scalar(neurons, var, integer=fixed)  # refuses several numbers
    shape = tuple(neurons.a_in.shape)
    values = var.init
    if not isinstance(values, np.ndarray) or values.dtype.kind not in ("iu" if fixed else "iuf"):
        kind = values.dtype if isinstance(values, np.ndarray) else type(values).__name__
        raise UnsupportedGraph(
            f"{label(neurons)}: {var.name} is a {kind}; several numbers must be an array of "
            f"{'integers' if fixed else 'numbers'}, as np.array(...)"
        )
    try:
        np.broadcast_to(values, shape)
    except ValueError:
        raise UnsupportedGraph(
            f"{label(neurons)}: {var.name} has shape {values.shape}; it must be a single number or "
            f"have the neurons' shape {shape}"
        ) from None
    return values.copy()


def _refuse_change(
    neurons: AbstractProcess, name: str, given: NDArray[Any], new: NDArray[Any]
) -> None:
    """Refuse another threshold in fixed."""
    if (new != given).any():
        was = given.flat[0] if (given == given.flat[0]).all() else given.tolist()
        raise ValueError(
            f"{name} of {label(neurons)} cannot be set after the start: Lava's fixed-point models "
            f"take it over in the first step only (it is {was})"
        )
