"""Real weights to the 8 bits of a Loihi synapse, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.processes import checks

# Mixed sign mode: the sign takes the lowest of the 8 bits, so weights are even.
WEIGHT_MIN, WEIGHT_MAX, WEIGHT_STEP = -256, 254, 2
# Synapses of one sign need no bit for it.
ONE_SIGN_MAX = 255


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

    def __post_init__(self) -> None:
        units = checks.sequence("units", self.units, of="matrices")
        unit = checks.sequence("unit", self.unit, len(units))
        matrices = (checks.matrix(f"units[{i}]", matrix) for i, matrix in enumerate(units))
        reals = (checks.positive(f"unit[{i}]", one) for i, one in enumerate(unit))
        object.__setattr__(self, "units", tuple(matrices))
        object.__setattr__(self, "unit", tuple(reals))

    def real(self) -> list[NDArray[np.float64]]:
        """Return the real weights, layer by layer."""
        return [units * unit for units, unit in zip(self.units, self.unit, strict=True)]

    def with_units(self, units: Sequence[NDArray[np.float64]]) -> QuantizedWeights:
        """Return other weights on the same scales, as after a night."""
        return QuantizedWeights(tuple(checks.sequence("units", units, of="matrices")), self.unit)


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
        A weight that is not finite, a weight array that is not a matrix, no weights, or headroom
        below 1.
    """
    headroom, rounded = checks.number("headroom", headroom, 1.0), checks.boolean("rounded", rounded)
    units, unit = [], []
    for layer, values in enumerate(checks.sequence("weights", weights, of="matrices")):
        matrix = checks.matrix(f"weights[{layer}]", values)
        largest = np.abs(matrix).max(initial=0.0)
        scale = largest * headroom / WEIGHT_MAX if largest > 0 else 1.0
        scaled = matrix / scale
        if rounded:
            scaled = WEIGHT_STEP * np.rint(scaled / WEIGHT_STEP)
        units.append(np.clip(scaled, WEIGHT_MIN, WEIGHT_MAX))
        unit.append(float(scale))
    return QuantizedWeights(tuple(units), tuple(unit))


def stored_weights(
    weights: NDArray[np.float64], place: str, *, plastic: bool = False
) -> dict[str, Any]:
    """Write weights as the 8 bits of a Loihi synapse and, where needed, an exponent.

    Of 8 bits mixed signs take the lowest, so that weights are even; so are those of plastic
    synapses, which may change their sign. Static odd weights of both signs up to 127 are stored
    doubled, with the exponent -1: a weight counts ``weights * 2**weight_exp``.

    Parameters
    ----------
    weights : ndarray, shape (post, pre)
        Weight units.
    place : str
        How errors call the layer.
    plastic : bool

    Returns
    -------
    dict
        ``weights`` (int32) and, unless it is 0, ``weight_exp``, as Lava's `Dense` takes them.

    Raises
    ------
    ValueError
        A weight that cannot be stored.
    """
    lowest, highest = weights.min(), weights.max()
    whole, even = weights == np.rint(weights), weights % WEIGHT_STEP == 0
    exponent = 0
    if not plastic and not lowest < 0 < highest:
        stored = whole & (np.abs(weights) <= ONE_SIGN_MAX)
        allowed = f"integers of one sign, up to {ONE_SIGN_MAX}"
    elif not plastic and not even.all() and lowest >= -128 and highest <= 127:
        stored, exponent = whole, -1
        allowed = "integers, -128 .. 127"
    else:
        stored = even & (weights >= WEIGHT_MIN) & (weights <= WEIGHT_MAX)
        allowed = f"even integers, {WEIGHT_MIN} .. {WEIGHT_MAX}"
        if not plastic:
            allowed += " (or any, -128 .. 127)"
    if not stored.all():
        raise ValueError(
            f"{place}: weights hold {weights[~stored][0]:g}; such a layer stores {allowed} "
            "(in_weight_units makes them)"
        )
    units = (weights * 2.0**-exponent).astype(np.int32)
    return {"weights": units, "weight_exp": exponent} if exponent else {"weights": units}
