"""Sums of products in Loihi's learning engine, with the shifts of fixed-point numerics compensated.

Loihi changes a synaptic variable by a sum of products ``m * 2^e * dependency * factors``. Lava's
fixed-point engine shifts each product right by

    shift = max(0, sum of factor widths + 4 - 15)

so that it fits a 15-bit accumulator; its floating-point engine does not. The same string therefore
means two rules. Here a product has a scale in weight units, and is written once for each numerics,
with the shift multiplied back into the exponent for ``fixed``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lava.magma.core.learning.constants import FACTOR_TO_WIDTH_DICT, W_ACCUMULATOR_U, W_S_MANT

from loihi_sleep.numerics.discretize import EXPONENT_MAX, EXPONENT_MIN, ScaleConstant


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


def as_sum(products: Iterable[Product], numerics: str) -> str:
    """Write products as a sum of Loihi's grammar; empty where all their amounts are 0.

    Parameters
    ----------
    products : iterable of Product
    numerics : str
        ``float`` writes their constants as they are, ``fixed`` with the shifts multiplied back.

    Raises
    ------
    ValueError
        As of :meth:`Product.text`.
    """
    return "".join(product.text(numerics) for product in products).removeprefix("+")


def _variable(factor: str) -> str:
    """Name of the variable in a factor: ``w`` in ``sgn(w)``."""
    return factor.removeprefix("sgn(").removesuffix(")")
