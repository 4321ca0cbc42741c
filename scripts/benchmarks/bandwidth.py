"""How fast this machine moves bytes, with one core, for a given amount of data."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

BYTES_A_TRY = 2**30
TRIES = 7
MEMORY_BYTES = 2**28  # far more than any cache holds


@dataclass(frozen=True)
class Bandwidth:
    """Bytes a second, read and (both ways counted) read and written in place.

    Parameters
    ----------
    working_set : int
        Bytes of the data.
    read, update : float
    """

    working_set: int
    read: float
    update: float

    def seconds(self, read: float, updated: float) -> float:
        """Time for reading so many bytes, and for reading and writing so many."""
        return read / self.read + 2 * updated / self.update


@numba.njit(cache=True)
def _read(data: NDArray[np.int64], rounds: int) -> int:
    total = 0
    for k in range(rounds):
        for i in range(data.size):
            total += data[i] ^ k
    return total


@numba.njit(cache=True)
def _update(data: NDArray[np.int64], rounds: int) -> int:
    for k in range(rounds):
        for i in range(data.size):
            data[i] += k
    return data[0]


def measure(working_set: int) -> Bandwidth:
    """Measure with data of so many bytes; the best of several tries."""
    data = np.ones(max(1, working_set // 8), dtype=np.int64)
    rounds = max(1, BYTES_A_TRY // data.nbytes // 4)
    best = {}
    for kernel in (_read, _update):
        kernel(data, 1)
        seconds = []
        for _ in range(TRIES):
            began = time.perf_counter()
            kernel(data, rounds)
            seconds.append(time.perf_counter() - began)
        best[kernel] = data.nbytes * rounds / min(seconds)
    return Bandwidth(data.nbytes, best[_read], 2 * best[_update])
