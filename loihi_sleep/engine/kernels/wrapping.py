"""Arithmetic of Lava's fixed-point models, as NumPy does it in arrays of 32-bit integers.

Sums and products wrap around, and so does the magnitude of the lowest integer; shifts by less than
0 or more than 31 bits leave nothing but the sign. In float numbers are what they are, and nothing
is shifted.
"""

from typing import Any

import numpy as np

from loihi_sleep.engine.kernels.numerics import by_numerics

BITS = 32


def _wrapped_fixed(x: Any) -> Any:
    return np.int32(x)


def _wrapped_float(x: Any) -> Any:
    return x


def _magnitude_fixed(x: Any) -> Any:
    return np.int32(-x if x < 0 else x)


def _magnitude_float(x: Any) -> Any:
    return abs(x)


def _left_factor_fixed(x: Any, bits: Any) -> Any:
    return np.int32(np.int64(1) << bits if 0 <= bits < BITS else 0)


def _left_factor_float(x: Any, bits: Any) -> Any:
    return 1.0


def _right_bits_fixed(x: Any, bits: Any) -> Any:
    return np.int32(bits if 0 <= bits < BITS else BITS - 1)


def _right_bits_float(x: Any, bits: Any) -> Any:
    return 0


def _shifted_right_fixed(x: Any, bits: Any) -> Any:
    return np.int32(np.int32(x) >> np.int32(bits))


def _shifted_right_float(x: Any, bits: Any) -> Any:
    return x


# wrapped(x): a sum or a product in 32 bits.
wrapped = by_numerics(_wrapped_fixed, _wrapped_float)
# magnitude(x): as np.abs; that of the lowest integer is itself.
magnitude = by_numerics(_magnitude_fixed, _magnitude_float)
# left_factor(x, bits): x times this, wrapped, is x shifted left.
left_factor = by_numerics(_left_factor_fixed, _left_factor_float)
# shifted_right(x, right_bits(x, bits)): x shifted right, rounded down.
right_bits = by_numerics(_right_bits_fixed, _right_bits_float)
shifted_right = by_numerics(_shifted_right_fixed, _shifted_right_float)
