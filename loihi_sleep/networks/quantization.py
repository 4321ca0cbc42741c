"""Real weights to the 8 bits of a Loihi synapse, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.numerics.discretize import weight_units
from loihi_sleep.processes import checks


@dataclass(frozen=True)
class QuantizedWeights:
    """Weights in Loihi's units with the real value of one unit.

    Parameters
    ----------
    units : tuple of ndarray, shape (post, pre) each
        Weights in weight units, -256 .. 254: even integers, or floats for ``float`` numerics.
    unit : tuple of float
        Real weight of one unit, by layer.

    Raises
    ------
    ValueError
        Matrices that are not finite, other than one unit a layer, or a unit that is not above 0.
    """

    units: tuple[NDArray[np.float64], ...]
    unit: tuple[float, ...]

    def __post_init__(self) -> None:
        units = checks.sequence("units", self.units, of="matrices")
        unit = checks.sequence("unit", self.unit, len(units))
        matrices = (checks.matrix(f"units[{i}]", matrix) for i, matrix in enumerate(units))
        reals = (checks.positive(f"unit[{i}]", one) for i, one in enumerate(unit))
        object.__setattr__(self, "units", tuple(matrices))
        object.__setattr__(self, "unit", tuple(reals))

    def real(self) -> list[NDArray[np.float64]]:
        """Return the real weights, layer by layer.

        Returns
        -------
        list of ndarray, shape (post, pre) each
        """
        return [units * unit for units, unit in zip(self.units, self.unit, strict=True)]

    def with_units(self, units: Sequence[NDArray[np.float64]]) -> QuantizedWeights:
        """Return other weights on the same scales, as after a night.

        Parameters
        ----------
        units : sequence of ndarray, shape (post, pre) each
            One a layer, in weight units.

        Returns
        -------
        QuantizedWeights

        Raises
        ------
        ValueError
            Other than one matrix a layer, or values that are not finite.
        """
        return QuantizedWeights(tuple(checks.sequence("units", units, of="matrices")), self.unit)


def quantize(
    weights: Sequence[ArrayLike],
    headroom: float | Sequence[float] = 1.0,
    *,
    rounded: bool = True,
) -> QuantizedWeights:
    """Map real weights to weight units, each layer on its own scale.

    Parameters
    ----------
    weights : sequence of array_like, shape (post, pre) each
        Real weights.
    headroom : float or sequence of float
        The largest magnitude of a layer becomes 254 / headroom, which leaves room for weights to
        grow in; from 1. Of all layers, or one a layer.
    rounded : bool
        Round to the nearest even integer (``fixed``); otherwise keep the values (``float``).

    Returns
    -------
    QuantizedWeights

    Raises
    ------
    ValueError
        A weight that is not finite, a weight array that is not a matrix, no weights, or headroom
        below 1.
    """
    rounded = checks.boolean("rounded", rounded)
    matrices = checks.sequence("weights", weights, of="matrices")
    if isinstance(headroom, Sequence) and not isinstance(headroom, str):
        given = checks.sequence("headroom", headroom, len(matrices))
        rooms = [checks.number(f"headroom[{i}]", room, 1.0) for i, room in enumerate(given)]
    else:
        rooms = [checks.number("headroom", headroom, 1.0)] * len(matrices)
    units, unit = [], []
    for layer, (values, room) in enumerate(zip(matrices, rooms, strict=True)):
        matrix = checks.matrix(f"weights[{layer}]", values)
        scaled, one = weight_units(matrix, room, rounded=rounded)
        units.append(scaled)
        unit.append(one)
    return QuantizedWeights(tuple(units), tuple(unit))
