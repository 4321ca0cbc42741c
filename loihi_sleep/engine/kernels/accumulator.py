"""Arithmetic of the accumulator in which a rule sums its products; generated code calls it."""

from typing import Any

import numba
import numpy as np


@numba.njit(cache=True)
def clipped(value: Any, low: int, high: int) -> Any:
    """Wrap a value to 32 bits, as NumPy's integers do, then clip it."""
    return min(max(np.int32(value), np.int32(low)), np.int32(high))


@numba.njit(cache=True)
def rounded(total: Any, noise: Any, bits: int) -> Any:
    """Shift the fraction out of a total, after noise was added to it."""
    return np.int32(np.int32(total + noise) >> np.int32(bits))
