"""Real weights to the 8 bits of a Loihi synapse, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from processes import checks

# Mixed sign mode: the sign takes the lowest of the 8 bits, so weights are even.
WEIGHT_MIN, WEIGHT_MAX, WEIGHT_STEP = -256, 254, 2


@dataclass(frozen=True)
class QuantizedWeights:
    """Weights in Loihi's units with the real value of one unit.

    Parameters
    ----------
    units : tuple of ndarray, shape (post, pre) each
        Weights in weight units, -256 .. 254: even integers, or floats for ``float`` numerics.
    unit : tuple of float
        Real weight of one unit, by layer.
    """

    units: tuple[NDArray[np.float64], ...]
    unit: tuple[float, ...]

    def real(self) -> list[NDArray[np.float64]]:
        """Return the real weights, layer by layer."""
        return [units * unit for units, unit in zip(self.units, self.unit, strict=True)]

    def with_units(self, units: Sequence[NDArray[np.float64]]) -> QuantizedWeights:
        """Return other weights on the same scales, as after a night."""
        return QuantizedWeights(tuple(np.asarray(u, dtype=float) for u in units), self.unit)


def quantize(
    weights: Sequence[ArrayLike], headroom: float = 1.0, *, rounded: bool = True
) -> QuantizedWeights:
    """Map real weights to weight units, each layer on its own scale.

    Parameters
    ----------
    weights : sequence of array_like, shape (post, pre) each
        Real weights.
    headroom : float
        The largest magnitude of a layer becomes 254 / headroom, which leaves room for weights to
        grow in; from 1.
    rounded : bool
        Round to the nearest even integer (``fixed``); otherwise keep the values (``float``).

    Returns
    -------
    QuantizedWeights

    Raises
    ------
    ValueError
        A weight that is not finite, a weight array that is not a matrix, or headroom below 1.
    """
    headroom = checks.number("headroom", headroom, 1.0)
    units, unit = [], []
    for layer, values in enumerate(weights):
        matrix = checks.matrix(f"weights[{layer}]", values)
        largest = np.abs(matrix).max(initial=0.0)
        scale = largest * headroom / WEIGHT_MAX if largest > 0 else 1.0
        scaled = matrix / scale
        if rounded:
            scaled = WEIGHT_STEP * np.rint(scaled / WEIGHT_STEP)
        units.append(np.clip(scaled, WEIGHT_MIN, WEIGHT_MAX))
        unit.append(float(scale))
    return QuantizedWeights(tuple(units), tuple(unit))
