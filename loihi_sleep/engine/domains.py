"""What a Var may be set to: how many numbers, of which kind, from where to where."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from loihi_sleep.engine.variables import Variable
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.magma.core.process.variable import Var

# From where to where a Var may be set, to be spread over its shape; infinite: unbounded.
Range = tuple[ArrayLike, ArrayLike]
ANY: Range = (-np.inf, np.inf)
FLAG: Range = (0, 1)
SHARE: Range = (0.0, 1.0)
NOT_NEGATIVE: Range = (0, np.inf)
_NUMBERS = "iuf"
_FAR = 2.0**62


@dataclass(frozen=True)
class Domain:
    """What a Var may be set to.

    Parameters
    ----------
    name : str
        For messages.
    shape : tuple of int
    kind : dtype
        In which the engine keeps the values.
    integer : bool
        New values lose their fraction, as in Lava's integer Vars.
    low, high : array_like
        Range, spread over the shape; infinite: unbounded.
    """

    name: str
    shape: tuple[int, ...]
    kind: DTypeLike
    integer: bool
    low: ArrayLike = -np.inf
    high: ArrayLike = np.inf

    def check(self, value: Any) -> NDArray[Any]:
        """Return new values in the Var's shape, without their fraction where they are integers.

        Raises
        ------
        ValueError
            Not real numbers, another shape, not finite, or out of range.
        """
        values = self.numbers(value)
        if _essential(values.shape) != _essential(self.shape):
            raise ValueError(
                f"{self.name} was set to values of shape {values.shape}; it has shape {self.shape}"
            )
        return self.within(values.reshape(self.shape))

    def numbers(self, value: Any) -> NDArray[Any]:
        """Return a value as an array of real numbers.

        Raises
        ------
        ValueError
        """
        if isinstance(value, np.ma.MaskedArray) and bool(np.any(value.mask)):
            raise ValueError(f"{self.name} was set to an array with masked values; fill them first")
        try:
            values = np.asarray(value)
        except (TypeError, ValueError):
            values = np.empty(0, dtype=object)
        if values.dtype.kind == "b" and np.dtype(self.kind).kind == "b":
            return values.astype(np.uint8)
        if values.dtype.kind not in _NUMBERS:
            raise ValueError(
                f"{self.name} was set to {checks.shown(value)}; it must be real numbers"
            )
        return values

    def within(self, values: NDArray[Any], *, finite: bool = True) -> NDArray[Any]:
        """Return values that are within the range, without their fraction if they are integers.

        Parameters
        ----------
        values : ndarray
            Numbers in the Var's shape; in any shape where the range is the same for all.
        finite : bool
            Refuse NaN and infinity also where there is no range.

        Raises
        ------
        ValueError
        """
        if self.integer and values.dtype.kind == "f":
            values = np.trunc(values)
        if finite:
            self.finite(values)
        low, high = self._limits
        if low is None and high is None:
            return values
        # The negation refuses NaN as well.
        outside = ~((values >= low) & (values <= high))
        if outside.any():
            first = values[outside].flat[0]
            ends = [np.broadcast_to(end, values.shape)[outside].flat[0] for end in (low, high)]
            raise ValueError(f"{self.name} was set to {first:.17g}; it must be {_interval(*ends)}")
        return values

    def finite(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values that are finite.

        Raises
        ------
        ValueError
        """
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            first = values[~np.isfinite(values)].flat[0]
            raise ValueError(f"{self.name} was set to {first}; it must be finite")
        return values

    @functools.cached_property
    def _limits(self) -> tuple[Any, Any]:
        """Range, within what the engine can keep; None, None: unbounded."""
        if np.issubdtype(self.kind, np.integer):
            held = np.iinfo(self.kind)
            # The largest of 64 bits is no float.
            most = min(held.max, np.nextafter(2.0**63, 0.0))
            return np.maximum(self.low, held.min), np.minimum(self.high, most)
        is_bounded = np.isfinite(self.low).any() or np.isfinite(self.high).any()
        return (self.low, self.high) if is_bounded else (None, None)


def _essential(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return a shape without axes of length 1, which change neither number nor order."""
    return tuple(size for size in shape if size != 1)


def _interval(low: float, high: float) -> str:
    # What is far beyond all use is there because the engine keeps 64 bits.
    if low <= -_FAR and high >= _FAR:
        return "an integer of 64 bits"
    if high >= _FAR:
        return f"{low:.17g} or more"
    if low <= -_FAR:
        return f"at most {high:.17g}"
    return f"{low:.17g}" if low == high else f"from {low:.17g} to {high:.17g}"


def domain_of(var: Var, variable: Variable, ranges: Mapping[str, Range]) -> Domain:
    """Say what a Var may be set to, with the ranges that its Process has, by name."""
    whole = np.issubdtype(variable.kind, np.integer) or getattr(variable, "integer", False)
    low, high = ranges.get(var.name, ANY)
    name = f"{var.name} of {label(var.process)}"
    return Domain(name, variable.shape, variable.kind, whole, low, high)
