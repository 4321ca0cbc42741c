"""The flat arrays in which a network lives, and how they are laid out.

Everything that a network remembers is in five arrays: ``values`` (potentials, currents, messages,
traces), ``synaptic`` (weights and tags), ``index`` (event lists, spike times), ``counters`` and
``reals`` (parameters, random numbers, records). ``flags`` is scratch. A kernel finds its part by
offsets; a checkpoint is a copy of the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

ARRAYS = ("values", "synaptic", "index", "counters", "reals")
_TYPES: dict[str, dict[str, type]] = {
    "fixed": {"values": np.int32, "synaptic": np.int16},
    "float": {"values": np.float64, "synaptic": np.float64},
}
_COMMON: dict[str, type] = {"index": np.int32, "counters": np.int64, "reals": np.float64}
# Flags are read eight at a time.
_FLAGS_PER_WORD = 8


@dataclass(frozen=True)
class Region:
    """A part of one of the arrays.

    Parameters
    ----------
    array : str
        ``values``, ``synaptic``, ``index``, ``counters`` or ``reals``.
    start, size : int
    """

    array: str
    start: int
    size: int


@dataclass(frozen=True)
class Message:
    """What a port sends in a step; see :mod:`loihi_sleep.engine.kernels.messages`.

    Parameters
    ----------
    values : Region
    events : int
        Where the event list begins, in index.
    count : int
        Cell of the event count, in counters.
    lists_events : bool
        Whether the sender keeps the list.
    """

    values: Region
    events: int
    count: int
    lists_events: bool

    @property
    def fields(self) -> list[int]:
        """The message in a node's row."""
        return [self.values.start, self.events, self.count, self.values.size]


class Memory:
    """Lays out the arrays, part by part, then holds them.

    Parameters
    ----------
    numerics : str
        ``float`` or ``fixed``.
    """

    def __init__(self, numerics: str) -> None:
        self.numerics = numerics
        self._types = _TYPES[numerics] | _COMMON
        self._parts: dict[str, list[NDArray[Any]]] = {name: [] for name in ARRAYS}
        self._sizes = dict.fromkeys(ARRAYS, 0)
        self._widest = 0
        self.messages: list[Message] = []
        self.arrays: dict[str, NDArray[Any]] = {}

    def kind(self, array: str) -> np.dtype[Any]:
        """Type of an array."""
        return np.dtype(self._types[array])

    def reserve(self, array: str, size: int, initial: ArrayLike = 0) -> Region:
        """Lay out `size` elements.

        Raises
        ------
        ValueError
            Initial values that the array cannot hold.
        """
        kind = self._types[array]
        part: NDArray[Any] = np.zeros(size, dtype=kind)
        given = np.asarray(initial)
        if given.size and np.issubdtype(kind, np.integer):
            limits: np.iinfo[Any] = np.iinfo(kind)
            if given.min() < limits.min or given.max() > limits.max:
                raise ValueError(
                    f"values from {given.min()} to {given.max()} do not fit {limits.bits} bits"
                )
        part[:] = given
        start = self._sizes[array]
        self._parts[array].append(part)
        self._sizes[array] += size
        return Region(array, start, size)

    def cell(self, array: str, initial: float = 0) -> int:
        """Lay out one element; return where it lies."""
        return self.reserve(array, 1, initial).start

    def message(self, size: int, *, lists_events: bool) -> Message:
        """Lay out a message, all zero."""
        self._widest = max(self._widest, size)
        message = Message(
            values=self.reserve("values", size),
            # Writing a list may touch one place more than it holds.
            events=self.reserve("index", size + 1).start if lists_events else -1,
            count=self.cell("counters"),
            lists_events=lists_events,
        )
        self.messages.append(message)
        return message

    def finish(self) -> None:
        """Build the arrays; nothing can be laid out afterwards."""
        self.arrays = {
            name: np.concatenate(parts) if parts else np.zeros(0, dtype=self._types[name])
            for name, parts in self._parts.items()
        }
        self._parts = {}
        self.flags = np.zeros(self._widest + _FLAGS_PER_WORD, dtype=np.uint8)

    def extend(self, array: str, size: int) -> Region:
        """Lay out more, all zero, when the arrays stand: beside what the network remembers."""
        start = self.arrays[array].size
        more: NDArray[Any] = np.zeros(size, dtype=self._types[array])
        self.arrays[array] = np.concatenate([self.arrays[array], more])
        return Region(array, start, size)

    @property
    def remembered(self) -> dict[str, NDArray[Any]]:
        """The arrays, without what was laid out after they stood."""
        return {name: array[: self._sizes[name]] for name, array in self.arrays.items()}

    def trim(self) -> None:
        """Give back what was laid out after the arrays stood."""
        self.arrays = {name: array.copy() for name, array in self.remembered.items()}

    def view(self, region: Region) -> NDArray[Any]:
        """Elements of a region, to read or to write."""
        return self.arrays[region.array][region.start : region.start + region.size]
