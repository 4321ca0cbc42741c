"""Rows of nodes: named fields that a builder packs and a compiled step reads.

A node of a running network is a row of integers: where its parts begin in the memory, and
constants. A :class:`Row` gives each field a name and a place. numba reads the place as a constant,
so that ``p[b + LIF.u]`` costs what ``p[b + 6]`` would.

>>> LIF = row("LIF", message("out"), "u", "v")
>>> LIF.u, LIF.v, LIF.width
(4, 5, 6)
>>> LIF.pack(out=[0, 0, 0, 3], u=0, v=3)
[0, 0, 0, 3, 0, 3]
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

# A field by its name, or with how many numbers it has.
Field = str | tuple[str, int]


class Packable(Protocol):
    """What stands for several numbers of a row, as a message does."""

    @property
    def fields(self) -> list[int]:
        """Numbers in the order of their places."""


class Row(tuple[int, ...]):
    """Places of the fields of a row by name; made by :func:`row`."""

    __slots__ = ()
    # Numbers that each field has, by name and in order; set by `row`.
    widths: dict[str, int]
    _kind: str

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> int: ...

    @property
    def width(self) -> int:
        """Numbers that a row has."""
        return sum(self.widths.values())

    def pack(self, **values: Any) -> list[int]:
        """Write a row.

        Parameters
        ----------
        **values : int, Packable, Region or sequence of int
            One for each field. A region of the memory stands for where it begins.

        Returns
        -------
        list of int

        Raises
        ------
        TypeError
            A field is missing or unknown, or has not as many numbers as it must.
        """
        missing, unknown = self.widths.keys() - values.keys(), values.keys() - self.widths.keys()
        if missing or unknown:
            parts = [
                f"{what} {', '.join(sorted(names))}"
                for what, names in (("without", missing), ("with unknown", unknown))
                if names
            ]
            raise TypeError(f"a row of {self._kind} {' and '.join(parts)}")
        packed: list[int] = []
        for name, width in self.widths.items():
            numbers = _numbers(values[name])
            if len(numbers) != width:
                raise TypeError(
                    f"{name} of a row of {self._kind} has {len(numbers)} numbers; it must have "
                    f"{width}"
                )
            packed += [int(number) for number in numbers]
        return packed

    def extend(self, kind: str, *fields: Field) -> Row:
        """Make a row that begins as this one does.

        Parameters
        ----------
        kind : str
            What it is the row of, for messages.
        *fields : str or tuple of str and int
            As of :func:`row`.
        """
        return row(kind, *self.widths.items(), *fields)


def row(kind: str, *fields: Field) -> Row:
    """Give the fields of a row their places, in order.

    Parameters
    ----------
    kind : str
        What it is the row of, for messages.
    *fields : str or tuple of str and int
        Names; with a number where a field has several numbers, as :func:`message` says of one.

    Returns
    -------
    Row

    Raises
    ------
    ValueError
        A name occurs twice.
    """
    widths: dict[str, int] = {}
    for field in fields:
        name, width = field if isinstance(field, tuple) else (field, 1)
        if name in widths:
            raise ValueError(f"a row of {kind} has {name} twice")
        widths[name] = width
    # numba takes a named tuple of integers for constants.
    places = namedtuple("places", list(widths))  # type: ignore[misc]
    made = type(f"{kind}Row", (places, Row), {"widths": widths, "_kind": kind, "__slots__": ()})
    found: Row = made(*(int(place) for place in np.cumsum([0, *widths.values()])[:-1]))
    return found


MESSAGE = row("a message", "values", "events", "count", "size")
# Places within a message: where its values begin, where its list of events does, the cell of its
# count, and how many values it has.
VALUES, EVENTS, COUNT, SIZE = MESSAGE


def message(name: str) -> tuple[str, int]:
    """Name a field that is a message, for :func:`row`.

    Parameters
    ----------
    name : str

    Returns
    -------
    str, int
        The name, and how many numbers a message has in a row: see
        :mod:`loihi_sleep.engine.kernels.messages`.
    """
    return name, MESSAGE.width


def _numbers(value: Any) -> Sequence[int]:
    # Most are integers.
    if isinstance(value, int):
        return (value,)
    # A Packable: to ask for the protocol would take ten times as long.
    fields: Sequence[int] | None = getattr(value, "fields", None)
    if fields is not None:
        return fields
    if isinstance(value, Sequence):
        return value
    start = getattr(value, "start", None)
    return (value,) if start is None else (start,)
