"""The one place where real numbers become Loihi's integers.

Weights, thresholds and biases are in weight units: a unit is one step of Loihi's weight mantissa.
Decays are shares of 1 that are lost in a step.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.numerics.limits import (
    BIAS_MANTISSA_MAX,
    BIAS_MAX,
    BITS_BELOW_A_WEIGHT,
    HALVED_WEIGHTS,
    MIXED_WEIGHTS,
)
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import (
    MIXED_WEIGHT_MAX,
    UNITY,
    WEIGHT_MAX,
    WEIGHT_STEP,
)

# Scale constants of Loihi's learning engine, m * 2^e.
MANTISSAS = tuple(range(1, 8))
EXPONENT_MIN, EXPONENT_MAX = -7, 8
_TERMS_MAX = 3
RELATIVE_TOLERANCE = 1 / 64

Integers = int | NDArray[np.int64]


def to_4096ths(share: ArrayLike) -> NDArray[np.float64]:
    """Round shares to what Loihi's decays hold, as shares.

    Parameters
    ----------
    share : array_like
        0 .. 1.
    """
    return np.rint(np.multiply(share, UNITY)) / UNITY


def decay_over(tau: float) -> int:
    """Return the 4096ths that decay in a step with a time constant, ``4096 / tau``.

    Parameters
    ----------
    tau : float
        Steps, from 1.
    """
    return round(UNITY / tau)


def potential_decay(share: ArrayLike, place: str = "") -> Integers:
    """Return ``dv``, 0 .. 4096.

    Parameters
    ----------
    share : array_like
        Share of the potential that is lost in a step, a whole number of 4096ths, 0 .. 1.
    place : str
        How errors call the layer.

    Raises
    ------
    ValueError
        No whole number of 4096ths.
    """
    return whole(np.multiply(share, UNITY), f"{place}dv in 4096ths")


def current_decay(share: ArrayLike, place: str = "") -> Integers:
    """Return ``du``, -1 .. 4095: Lava's fixed-point LIF adds 1 to it, and nothing to ``dv``.

    Parameters
    ----------
    share, place
        As of :func:`potential_decay`.
    """
    return whole(np.multiply(share, UNITY), f"{place}du in 4096ths") - 1


def bias(values: NDArray[np.float64], place: str = "") -> dict[str, Any]:
    """Return ``bias_mant`` and ``bias_exp``: 13 bits with sign, and a shift for all neurons.

    Parameters
    ----------
    values : ndarray
        Weight units, -8190 .. 8190; rounded to 1/64, and coarser where the largest is large.
    place : str
        How errors call the layer.

    Raises
    ------
    ValueError
        A value out of range.
    """
    checks.array(f"{place}bias", values, values.shape, -BIAS_MAX, BIAS_MAX)
    scaled = values * 2**BITS_BELOW_A_WEIGHT
    exponent = 0
    while np.abs(np.rint(scaled / 2**exponent)).max() > BIAS_MANTISSA_MAX:
        exponent += 1
    return {"bias_mant": np.rint(scaled / 2**exponent).astype(int), "bias_exp": exponent}


def current(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return currents in Loihi's unit, a 64th of a weight unit.

    Parameters
    ----------
    values : ndarray
        Weight units.
    """
    return np.rint(values * 2**BITS_BELOW_A_WEIGHT).astype(np.int64)


def whole(value: ArrayLike, name: str) -> Integers:
    """Return numbers that are whole already, as integers; a single one as an int.

    Raises
    ------
    ValueError
        One is not whole.
    """
    values = np.atleast_1d(value)
    broken = values[values != np.rint(values)]
    if broken.size:
        raise ValueError(
            f"{name} is {broken[0]:g}; fixed numerics stores integers (in_weight_units makes them)"
        )
    return int(values[0]) if values.size == 1 else values.astype(np.int64)


def weight_units(
    weights: NDArray[np.float64], headroom: float = 1.0, *, rounded: bool = True
) -> tuple[NDArray[np.float64], float]:
    """Map the real weights of a layer to weight units.

    Parameters
    ----------
    weights : ndarray, shape (post, pre)
    headroom : float
        The largest magnitude becomes 254 / headroom; from 1.
    rounded : bool
        Round to the nearest even integer (``fixed``); otherwise keep the values (``float``).

    Returns
    -------
    ndarray, shape (post, pre)
        -256 .. 254.
    float
        Real weight of one unit.
    """
    largest = np.abs(weights).max(initial=0.0)
    unit = float(largest * headroom / MIXED_WEIGHT_MAX) if largest > 0 else 1.0
    scaled = weights / unit
    if rounded:
        scaled = WEIGHT_STEP * np.rint(scaled / WEIGHT_STEP)
    return np.clip(scaled, *MIXED_WEIGHTS), unit


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
    integers, even = weights == np.rint(weights), weights % WEIGHT_STEP == 0
    halved, mixed = (f"{low} .. {high}" for low, high in (HALVED_WEIGHTS, MIXED_WEIGHTS))
    exponent = 0
    if not plastic and not lowest < 0 < highest:
        stored = integers & (np.abs(weights) <= WEIGHT_MAX)
        allowed = f"integers of one sign, up to {WEIGHT_MAX}"
    elif (
        not plastic
        and not even.all()
        and lowest >= HALVED_WEIGHTS[0]
        and highest <= HALVED_WEIGHTS[1]
    ):
        stored, exponent = integers, -1
        allowed = f"integers, {halved}"
    else:
        stored = even & (weights >= MIXED_WEIGHTS[0]) & (weights <= MIXED_WEIGHTS[1])
        allowed = f"even integers, {mixed}"
        if not plastic:
            allowed += f" (or any, {halved})"
    if not stored.all():
        raise ValueError(
            f"{place}: weights hold {weights[~stored][0]:g}; such a layer stores {allowed} "
            "(in_weight_units makes them)"
        )
    units = (weights * 2.0**-exponent).astype(np.int32)
    return {"weights": units, "weight_exp": exponent} if exponent else {"weights": units}


class ScaleConstant(NamedTuple):
    """``mantissa * 2^exponent``, mantissa -7 .. 7 and exponent -7 .. 8."""

    mantissa: int
    exponent: int

    @property
    def value(self) -> float:
        """The number that it stands for."""
        return self.mantissa * 2.0**self.exponent

    def times(self, sign: int) -> ScaleConstant:
        """Multiply by 1 or -1."""
        return ScaleConstant(sign * self.mantissa, self.exponent)


# Those above 0, small mantissas first: of two that are as near as each other, the first is taken.
_CONSTANTS = tuple(
    ScaleConstant(mantissa, exponent)
    for mantissa in MANTISSAS
    for exponent in range(EXPONENT_MIN, EXPONENT_MAX + 1)
)
_VALUES_OF_CONSTANTS = np.array([constant.value for constant in _CONSTANTS])


def scale_constants(
    value: float, tolerance: float = RELATIVE_TOLERANCE
) -> tuple[ScaleConstant, ...]:
    """Write an amount of a learning rule as a sum of Loihi's scale constants ``m * 2^e``.

    Parameters
    ----------
    value : float
        Weight units per unit of the factors; 0 gives an empty sum.
    tolerance : float
        Largest relative error.

    Returns
    -------
    tuple of ScaleConstant
        At most three.

    Raises
    ------
    ValueError
        No such sum exists: the value is too large or too small.
    """
    value = checks.number("value", value, -np.inf)
    tolerance = checks.number("tolerance", tolerance, 0)
    terms: list[ScaleConstant] = []
    rest = value
    while abs(rest) > abs(value) * tolerance and len(terms) < _TERMS_MAX:
        nearest = _CONSTANTS[np.abs(_VALUES_OF_CONSTANTS - abs(rest)).argmin()]
        terms.append(nearest.times(1 if rest > 0 else -1))
        rest -= terms[-1].value
    if abs(rest) > abs(value) * tolerance:
        smallest, largest = 2.0**EXPONENT_MIN, MANTISSAS[-1] * 2.0**EXPONENT_MAX
        raise ValueError(
            f"the scale {value:.3g} is no sum of up to {_TERMS_MAX} constants m * 2^e "
            f"(each from {smallest:g} to {largest:g}) to within {tolerance:.2g} of it"
        )
    return tuple(terms)
