"""Integers that lead the compiled code through the arrays, and within which bounds they must be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.engine.memory import Region

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Bound:
    """Integers that lead the compiled code.

    Parameters
    ----------
    what : str
        For messages.
    region : Region
    low, high : array_like
        Within which they must be.
    """

    what: str
    region: Region
    low: ArrayLike
    high: ArrayLike

    def check(self, arrays: Arrays) -> None:
        """Raise a ValueError if a state's arrays are out of bounds here."""
        values = part(arrays, self.region)
        outside = ~((values >= self.low) & (values <= self.high))
        if outside.any():
            first = values[outside][0]
            raise ValueError(f"the state is damaged: {self.what} holds {first}")


def part(arrays: Arrays, region: Region) -> NDArray[Any]:
    """Elements of a region, in a state's arrays."""
    return arrays[region.array][region.start : region.start + region.size]


def check_listed(what: str, listed: NDArray[Any], there: NDArray[np.bool_]) -> None:
    """Raise a ValueError unless a list names just the neurons that are marked, each once."""
    if not np.array_equal(np.sort(listed), np.flatnonzero(there)):
        raise ValueError(f"the state is damaged: {what} are not those that are marked")
