"""The flat arrays that hold all of a network, and how they are filled.

Everything that a network remembers is in five arrays: ``values`` (potentials, currents, messages,
traces), ``synaptic`` (weights and tags), ``index`` (event lists, spike times), ``counters`` and
``reals`` (parameters, random numbers, records). ``flags`` is scratch. A compiled step finds its
parts by places in its row; a checkpoint is a copy of the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class Memory(NamedTuple):
    """The arrays of a network, as compiled code gets them.

    Parameters
    ----------
    values : ndarray of int32 (fixed) or float64 (float)
    synaptic : ndarray of int16 (fixed) or float64 (float)
    index : ndarray of int32
    counters : ndarray of int64
    reals : ndarray of float64
    flags : ndarray of uint8
        Scratch, as long as the longest message at least.
    """

    values: NDArray[Any]
    synaptic: NDArray[Any]
    index: NDArray[np.int32]  # type: ignore[assignment]
    counters: NDArray[np.int64]
    reals: NDArray[np.float64]
    flags: NDArray[np.uint8]


# Those that a checkpoint keeps.
ARRAYS = Memory._fields[:-1]
_TYPES: dict[str, dict[str, type]] = {
    "fixed": {"values": np.int32, "synaptic": np.int16},
    "float": {"values": np.float64, "synaptic": np.float64},
}
_COMMON: dict[str, type] = {
    "index": np.int32,
    "counters": np.int64,
    "reals": np.float64,
    "flags": np.uint8,
}
# Places of a list beyond those of all neurons.
LIST_ROOM = 4
# Flags are read so many at a time.
FLAGS_PER_WORD = 64


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


class Storage:
    """Reserves parts of the arrays, then holds them.

    Parameters
    ----------
    numerics : str
        ``float`` or ``fixed``.
    """

    arrays: Memory

    def __init__(self, numerics: str) -> None:
        self.numerics = numerics
        self._types = array_types(numerics)
        # First values by where they begin, until the arrays are there.
        self._parts: dict[str, dict[int, NDArray[Any]]] = {name: {} for name in ARRAYS}
        self._sizes = dict.fromkeys(ARRAYS, 0)
        self._widest = 0
        self.messages: list[Message] = []

    def kind(self, array: str) -> np.dtype[Any]:
        """Type of an array."""
        return self._types[array]

    def reserve(self, array: str, size: int, initial: ArrayLike = 0) -> Region:
        """Reserve `size` elements.

        Raises
        ------
        ValueError
            Initial values that the array cannot hold.

        Notes
        -----
        Initial values of the array's type are not copied before :meth:`finish`.
        """
        kind = self._types[array]
        given = np.asarray(initial)
        if given.dtype != kind and given.size and np.issubdtype(kind, np.integer):
            limits: np.iinfo[Any] = np.iinfo(kind)
            if given.min() < limits.min or given.max() > limits.max:
                raise ValueError(
                    f"values from {given.min()} to {given.max()} do not fit {limits.bits} bits"
                )
        part: NDArray[Any] = given
        if given.shape != (size,) or given.dtype != kind:
            part = np.zeros(size, dtype=kind)
            part[:] = given
        start = self._sizes[array]
        self._parts[array][start] = part
        self._sizes[array] += size
        return Region(array, start, size)

    def cell(self, array: str, initial: float = 0) -> int:
        """Reserve one element; return its place."""
        return self.reserve(array, 1, initial).start

    def message(self, size: int, *, lists_events: bool) -> Message:
        """Reserve a message, all zero."""
        self._widest = max(self._widest, size)
        message = Message(
            values=self.reserve("values", size),
            # Writing a list may touch some places more than it holds.
            events=self.reserve("index", size + LIST_ROOM).start if lists_events else -1,
            count=self.cell("counters"),
            lists_events=lists_events,
        )
        self.messages.append(message)
        return message

    def finish(self) -> None:
        """Build the arrays; nothing can be reserved afterwards."""
        arrays = [self._joined(name) for name in ARRAYS]
        flags = np.zeros(self._widest + FLAGS_PER_WORD, dtype=np.uint8)
        self.arrays = Memory._make([*arrays, flags])

    def _joined(self, name: str) -> NDArray[Any]:
        """Write the parts of an array one behind the other; each is let go of when it is there."""
        array: NDArray[Any] = np.empty(self._sizes[name], dtype=self._types[name])
        parts, end = self._parts.pop(name), array.size
        while parts:
            _, part = parts.popitem()
            array[end - part.size : end] = part
            end -= part.size
        return array

    def extend(self, array: str, size: int) -> Region:
        """Add zeros to a finished array, beside what the network remembers."""
        old = getattr(self.arrays, array)
        more: NDArray[Any] = np.zeros(size, dtype=self._types[array])
        self.arrays = self.arrays._replace(**{array: np.concatenate([old, more])})
        return Region(array, old.size, size)

    def trim(self) -> None:
        """Take away what was added to the finished arrays."""
        kept = {
            name: array.copy()
            for name, array in self.remembered.items()
            if array.size < getattr(self.arrays, name).size
        }
        self.arrays = self.arrays._replace(**kept)

    @property
    def remembered(self) -> dict[str, NDArray[Any]]:
        """The arrays that a checkpoint keeps, without what was added to them."""
        return {name: getattr(self.arrays, name)[: self._sizes[name]] for name in ARRAYS}

    def view(self, region: Region) -> NDArray[Any]:
        """Elements of a region, to read or to write; before :meth:`finish` the first values."""
        begin, array = region.start, self._parts.get(region.array, {}).get(region.start)
        if array is None:
            array = getattr(self.arrays, region.array)
        else:
            begin = 0
        return array[begin : begin + region.size]

    def set_cell(self, array: str, cell: int, value: float) -> None:
        """Write one element of the finished arrays."""
        getattr(self.arrays, array)[cell] = value


def array_types(numerics: str) -> dict[str, np.dtype[Any]]:
    """Types of the arrays, in their order."""
    kinds = _TYPES[numerics] | _COMMON
    return {name: np.dtype(kinds[name]) for name in Memory._fields}
