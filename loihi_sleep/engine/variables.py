"""Where the Vars of Processes are, while the engine runs them: reading and writing from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.memory import Memory, Region


class Variable(Protocol):
    """What a runtime can do with a Var."""

    def read(self) -> NDArray[Any]:
        """Return its values, as float64 like Lava's runtime."""

    def write(self, values: NDArray[Any]) -> None:
        """Take new values, as many as it has."""


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class StoredVariable:
    """A Var that lies in the memory.

    Parameters
    ----------
    name : str
        For messages.
    memory : Memory
    region : Region
    shape : tuple of int
    integer : bool
        New values lose their fraction, as in Lava's integer Vars.
    by_column : bool
        A matrix that lies column by column.
    refresh, changed : callable
        Called before a read or a write, and after a write.
    """

    name: str
    memory: Memory
    region: Region
    shape: tuple[int, ...]
    integer: bool
    by_column: bool = False
    refresh: Callable[[], None] = _nothing
    changed: Callable[[], None] = _nothing

    def read(self) -> NDArray[Any]:
        """Return a copy."""
        self.refresh()
        return self._shaped().astype(np.float64, order="C")

    def write(self, values: NDArray[Any]) -> None:
        """Take new values.

        Raises
        ------
        ValueError
            A value that is not finite, or too large to be held.
        """
        target = self._shaped()
        new = np.asarray(values).reshape(self.shape)
        if np.issubdtype(target.dtype, np.integer):
            limits = np.iinfo(target.dtype)
            new = np.trunc(new)
            if not np.isfinite(new).all() or new.min() < limits.min or new.max() > limits.max:
                raise ValueError(
                    f"{self.name} was set to values from {new.min():g} to {new.max():g}; the "
                    f"compiled engine holds it in {limits.bits} bits, {limits.min} .. {limits.max}"
                )
        elif self.integer:
            new = np.trunc(new)
        self.refresh()
        target[...] = new
        self.changed()

    def _shaped(self) -> NDArray[Any]:
        flat = self.memory.view(self.region)
        return flat.reshape(self.shape[::-1]).T if self.by_column else flat.reshape(self.shape)


@dataclass
class HeldVariable:
    """A Var kept beside the memory, from which something in it is derived.

    Parameters
    ----------
    values : ndarray
        In the type that Lava's model gives it.
    apply : callable
        Called with the new values after a write.
    """

    values: NDArray[Any]
    apply: Callable[[NDArray[Any]], None]

    def read(self) -> NDArray[Any]:
        """Return a copy."""
        return self.values.astype(np.float64)

    def write(self, values: NDArray[Any]) -> None:
        """Take new values, which have to pass `apply`."""
        new = np.asarray(values).reshape(self.values.shape).astype(self.values.dtype)
        self.apply(new)
        self.values = new

    @property
    def content(self) -> NDArray[Any]:
        """What a checkpoint has to keep."""
        return self.values

    @content.setter
    def content(self, content: NDArray[Any]) -> None:
        self.write(content)


@dataclass
class TextVariable:
    """A Var that holds text, sent as its ASCII codes.

    Parameters
    ----------
    text : str or None
    """

    text: str | None

    def read(self) -> NDArray[Any]:
        """Return the codes of the characters."""
        return np.array(list((self.text or "").encode("ascii")), dtype=np.float64)

    def write(self, values: NDArray[Any]) -> None:
        """Take the codes of a new text."""
        text = bytes(np.asarray(values).astype(int).tolist()).decode("ascii")
        self.text = text

    @property
    def content(self) -> str | None:
        """What a checkpoint has to keep."""
        return self.text

    @content.setter
    def content(self, content: str | None) -> None:
        self.text = content
