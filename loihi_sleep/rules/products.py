"""Sums of products in Loihi's learning engine, with the shifts of fixed-point numerics compensated.

Loihi changes a synaptic variable by a sum of products ``m * 2^e * dependency * factors``. Lava's
fixed-point engine shifts each product right by

    shift = max(0, sum of factor widths + 4 - 15)

so that it fits a 15-bit accumulator; its floating-point engine does not. The same string therefore
means two rules. Here a product has a scale in weight units, and is written once for each numerics,
with the shift multiplied back into the exponent for ``fixed``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from lava.magma.core.learning.constants import FACTOR_TO_WIDTH_DICT, W_ACCUMULATOR_U, W_S_MANT

from loihi_sleep.processes import checks

MANTISSAS = tuple(range(1, 8))
EXPONENT_MIN, EXPONENT_MAX = -7, 8
MAX_TERMS = 3
RELATIVE_TOLERANCE = 1 / 64


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


@dataclass(frozen=True)
class Product:
    """One product of a rule, or several that differ in their scale constants only.

    Parameters
    ----------
    dependency : str
        ``x0``, ``y0`` or ``u0`` .. ``u9``: when the product applies.
    factors : tuple of str
        Such as ``("x1", "sgn(w)")``.
    constants : tuple of ScaleConstant
        Their sum multiplies the factors and gives weight units; none stands for 0.
    """

    dependency: str
    factors: tuple[str, ...]
    constants: tuple[ScaleConstant, ...]

    @property
    def fixed_point_shift(self) -> int:
        """Bits by which Lava's fixed-point engine shifts this product right."""
        widths = sum(FACTOR_TO_WIDTH_DICT[_variable(factor)] for factor in self.factors)
        return max(0, widths + W_S_MANT - W_ACCUMULATOR_U)

    def on(self, *factors: str) -> Product:
        """Apply the same constants to other factors."""
        return Product(self.dependency, factors, self.constants)

    def times(self, sign: int, *more_factors: str) -> Product:
        """Multiply by a sign and further factors."""
        constants = tuple(constant.times(sign) for constant in self.constants)
        return Product(self.dependency, (*self.factors, *more_factors), constants)

    def text(self, numerics: str) -> str:
        """Write the product as terms of Loihi's grammar.

        Raises
        ------
        ValueError
            A compensated exponent is outside -7 .. 8.
        """
        shift = self.fixed_point_shift if numerics == "fixed" else 0
        product = "*".join((self.dependency, *self.factors))
        terms = []
        for constant in self.constants:
            exponent = constant.exponent + shift
            if not EXPONENT_MIN <= exponent <= EXPONENT_MAX:
                raise ValueError(
                    f"the product {constant.mantissa}*2^{constant.exponent}*{product} needs the "
                    f"exponent {exponent} in {numerics} numerics; Loihi has {EXPONENT_MIN} to "
                    f"{EXPONENT_MAX}"
                )
            terms.append(f"{constant.mantissa:+d}*2^{exponent}*{product}")
        return "".join(terms)


def scale_constants(
    value: float, tolerance: float = RELATIVE_TOLERANCE
) -> tuple[ScaleConstant, ...]:
    """Write a number as a sum of Loihi's scale constants ``m * 2^e``.

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
    candidates = [
        ScaleConstant(mantissa, exponent)
        for exponent in range(EXPONENT_MIN, EXPONENT_MAX + 1)
        for mantissa in MANTISSAS
    ]
    while abs(rest) > abs(value) * tolerance and len(terms) < MAX_TERMS:
        size = abs(rest)
        nearest = min(candidates, key=lambda c: (abs(size - c.value), c.mantissa))
        terms.append(nearest.times(1 if rest > 0 else -1))
        rest -= terms[-1].value
    if abs(rest) > abs(value) * tolerance:
        smallest, largest = 2.0**EXPONENT_MIN, MANTISSAS[-1] * 2.0**EXPONENT_MAX
        raise ValueError(
            f"the scale {value:.3g} is no sum of up to {MAX_TERMS} constants m * 2^e "
            f"(each from {smallest:g} to {largest:g}) to within {tolerance:.2g} of it"
        )
    return tuple(terms)


def _variable(factor: str) -> str:
    """Name of the variable in a factor: ``w`` in ``sgn(w)``."""
    return factor.removeprefix("sgn(").removesuffix(")")
