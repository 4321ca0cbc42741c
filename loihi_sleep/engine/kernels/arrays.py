"""Names for what kernels work on, and parts of arrays."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.steps import kernel

# Rows of all nodes.
Rows = NDArray[np.int64]
Values = NDArray[Any]


@kernel
def part(array: Values, first: int, n: int) -> Values:
    """N elements of an array."""
    return array[first : first + n]


@kernel
def matrix(array: Values, first: int, rows: int, columns: int) -> Values:
    """Elements of an array, row by row."""
    return array[first : first + rows * columns].reshape((rows, columns))
