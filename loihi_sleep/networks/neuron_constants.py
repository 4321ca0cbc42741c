"""Constants of LIF neurons, one number or an array, and Lava's LIF built from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.numerics import discretize
from loihi_sleep.numerics.limits import VTH_MAX
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
    from lava.proc.lif.process import LIF, LearningLIF

Constant: TypeAlias = float | NDArray[np.float64]
"""A constant of neurons: one number, or an array where they differ."""


def constant(
    field: str, value: ArrayLike, neurons: int, lowest: float, highest: float = np.inf
) -> Constant:
    """Return a constant of neurons: a float where all have the same, else an array of theirs.

    Raises
    ------
    ValueError
        As of :func:`loihi_sleep.processes.checks.array`.
    """
    if np.ndim(value) == 0:
        return checks.number(field, value, lowest, highest)
    values = checks.array(field, value, (neurons,), lowest, highest)
    return float(values[0]) if (values == values[0]).all() else values


def threshold_in_units(vth: Constant, unit: float, place: str) -> Constant:
    """Return thresholds as whole weight units.

    Parameters
    ----------
    vth : float or ndarray
    unit : float
        One weight unit.
    place : str
        How errors call the layer.

    Raises
    ------
    ValueError
        One is outside of 1 .. 131071 units.
    """
    units: Constant = np.rint(vth / unit)
    outside = np.atleast_1d((units < 1) | (units > VTH_MAX))
    if outside.any():
        raise ValueError(
            f"{place} has a threshold of {np.atleast_1d(units)[outside][0]:g} weight units of "
            f"{unit:g}; it must be from 1 to {VTH_MAX}: the largest weight is too large or too "
            "small beside it"
        )
    return units


def reset_of(interval: int | None, offset: int, place: int) -> dict[str, int]:
    """Return when neurons start from rest, as Lava's ``LIFReset`` takes it.

    Parameters
    ----------
    interval : int, optional
        Steps; None for never, which is an empty result.
    offset : int
        Offset of the first neurons, steps.
    place : int
        How many layers of neurons there are before these.
    """
    if interval is None:
        return {}
    # Lava counts steps from 1.
    return {
        "reset_interval": checks.integer("reset_interval", interval, 1),
        "reset_offset": checks.integer("reset_offset", offset, 0) + place + 1,
    }


def build_lif(
    constants: Mapping[str, Constant],
    bias: NDArray[np.float64],
    numerics: str,
    reset: dict[str, int],
    place: str,
    learning: Loihi2FLearningRule | None = None,
    current: NDArray[np.float64] | None = None,
) -> LIF | LearningLIF:
    """Build LIF neurons.

    Parameters
    ----------
    constants : mapping of str to float or ndarray, shape (neurons,)
        ``vth`` in the unit of the weights, ``du`` and ``dv`` as shares of 1.
    bias : ndarray, shape (neurons,)
        In the unit of the weights.
    numerics : str
    reset : dict
        As of :func:`reset_of`.
    place : str
        How errors call the layer.
    learning : Loihi2FLearningRule, optional
        Then the neurons are ``LearningLIF``.
    current : ndarray, shape (neurons,), optional
        At the start, in the unit of the weights; else 0.
    """
    from lava.proc.lif.process import LIF, LearningLIF, LIFReset

    parameters: dict[str, Any] = dict(constants) | {"bias_mant": bias}
    if current is not None:
        parameters["u"] = current
    if numerics == "fixed":
        parameters |= {
            "vth": discretize.whole(constants["vth"], f"{place}: vth"),
            "du": discretize.current_decay(constants["du"], f"{place}: "),
            "dv": discretize.potential_decay(constants["dv"], f"{place}: "),
            **discretize.bias(bias, f"{place}: "),
        }
        if current is not None:
            parameters["u"] = discretize.current(current)
    parameters |= reset
    if learning is not None:
        return LearningLIF(shape=bias.shape, learning_rule=learning, **parameters)
    return (LIFReset if reset else LIF)(shape=bias.shape, **parameters)
