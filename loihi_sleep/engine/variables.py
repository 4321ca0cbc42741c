"""Where the Vars of Processes are, while the engine runs them: reading and writing from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.memory import Region, Storage

_ASCII_CODES = 128


class Variable(Protocol):
    """What a runtime can do with a Var."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of its values."""

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which its values are kept."""

    def read(self) -> NDArray[Any]:
        """Return its values, as float64 like Lava's runtime."""

    def write(self, values: NDArray[Any]) -> None:
        """Take new values of its shape, which have been checked."""


def _nothing() -> None:
    pass


@dataclass
class StoredVariable:
    """A Var that is a part of the memory.

    Parameters
    ----------
    storage : Storage
    region : Region
    shape : tuple of int
    integer : bool
        New values lose their fraction, as in Lava's integer Vars.
    by_column : bool
        A matrix that is stored column by column.
    refresh, changed : callable
        Called before a read or a write, and after a write.
    """

    storage: Storage
    region: Region
    shape: tuple[int, ...]
    integer: bool
    by_column: bool = False
    refresh: Callable[[], None] = _nothing
    changed: Callable[[], None] = _nothing

    @property
    def start(self) -> int:
        """Where it begins in its array."""
        return self.region.start

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which its values are kept."""
        return self.storage.kind(self.region.array)

    def read(self) -> NDArray[Any]:
        """Return a copy."""
        self.refresh()
        return self.shaped(self.storage.view(self.region)).astype(np.float64, order="C")

    def write(self, values: NDArray[Any]) -> None:
        """Take new values."""
        self.refresh()
        self.shaped(self.storage.view(self.region))[...] = values
        self.changed()

    def shaped(self, flat: NDArray[Any]) -> NDArray[Any]:
        """Give values in the order of the memory the Var's shape."""
        return flat.reshape(self.shape[::-1]).T if self.by_column else flat.reshape(self.shape)


@dataclass
class KeptVariable:
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

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of its values."""
        return self.values.shape

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which its values are kept."""
        return self.values.dtype

    def read(self) -> NDArray[Any]:
        """Return a copy."""
        return self.values.astype(np.float64)

    def write(self, values: NDArray[Any]) -> None:
        """Take new values, which have to pass `apply`."""
        new = values.astype(self.values.dtype)
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

    @property
    def shape(self) -> tuple[int]:
        """Characters."""
        return (len(self.text or ""),)

    @property
    def kind(self) -> np.dtype[Any]:
        """Type of the codes."""
        return np.dtype(np.uint8)

    def read(self) -> NDArray[Any]:
        """Return the codes of the characters."""
        return np.array(list((self.text or "").encode("ascii")), dtype=np.float64)

    def write(self, values: NDArray[Any]) -> None:
        """Take the codes of a new text."""
        self.text = bytes(values.astype(int).tolist()).decode("ascii")

    @staticmethod
    def codes(name: str, value: Any) -> NDArray[Any]:
        """Return a value that is the codes of a text.

        Raises
        ------
        ValueError
            Anything else; `name` is for the message.
        """
        codes = np.asarray(value)
        is_text = codes.ndim == 1 and codes.dtype.kind in "iuf"
        if not is_text or not ((codes >= 0) & (codes < _ASCII_CODES)).all():
            raise ValueError(f"{name} was set to {value!r}; it must be a text in ASCII")
        return codes

    @property
    def content(self) -> str | None:
        """What a checkpoint has to keep."""
        return self.text

    @content.setter
    def content(self, content: str | None) -> None:
        self.text = content
