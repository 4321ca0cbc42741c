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


# numba takes long over the assignment of a slice, as it may end in one of several messages.
@kernel
def fill(array: Values, value: Any) -> None:
    """Write one number into all elements of a vector."""
    for j in range(array.size):
        array[j] = value


@kernel
def copy(array: Values, values: Values) -> None:
    """Write as many numbers into a vector as it has elements."""
    for j in range(array.size):
        array[j] = values[j]


@kernel
def place(index: Values, at: int) -> Any:
    """Read a place; said to the compiler: it does not count from the end."""
    return np.uint64(index[np.uint64(at)])


@kernel
def number(index: Values, at: int) -> int:
    """Read a number of a list."""
    return int(index[np.uint64(at)])
