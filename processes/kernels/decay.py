"""Exponential decay in Loihi's integers."""

from typing import Any

import numba
import numpy as np

from loihi_sleep.processes.kernels.integers import DECAY_BITS, UNITY


@numba.njit(cache=True, inline="always")
def decayed(value: Any, keep: int | np.integer[Any]) -> Any:
    """Multiply by keep / 4096, the magnitude rounded down.

    Parameters
    ----------
    value : int32 or int64
        Within 32 signed bits; its product with `keep` must fit its type.
    keep : int
        0 .. 4096.
    """
    # Rounds toward zero: a negative product is raised to its next multiple of 4096.
    return (value * keep + ((value >> 31) & (UNITY - 1))) >> DECAY_BITS
