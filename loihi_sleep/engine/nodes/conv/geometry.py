"""Which outputs of a convolution an input reaches, and by which part of the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Axis:
    """A convolution along one axis of space.

    Output o receives input ``o * stride - padding + dilation * (kernel - 1 - k)`` times element k
    of the kernel, for each k, as of a true convolution (the kernel is flipped).

    Parameters
    ----------
    inputs, outputs : int
        Positions.
    kernel : int
        Elements of the kernel.
    stride, padding, dilation : int
    """

    inputs: int
    outputs: int
    kernel: int
    stride: int
    padding: int
    dilation: int

    @property
    def order(self) -> list[int]:
        """Elements of the kernel such that those come together that one input meets in a row.

        With stride 2 an input meets every second element only.
        """
        period = self.stride // gcd(self.stride, self.dilation)
        return [k for first in range(period) for k in range(first, self.kernel, period)]

    def reached(self) -> NDArray[np.int64]:
        """Tell where each input goes.

        Returns
        -------
        ndarray of int, shape (inputs, kernel)
            The output that an input reaches by an element of the kernel, -1 for none.
        """
        inputs, elements = np.arange(self.inputs)[:, np.newaxis], np.arange(self.kernel)
        places = inputs + self.padding - self.dilation * (self.kernel - 1 - elements)
        outputs = places // self.stride
        there = (places % self.stride == 0) & (outputs >= 0) & (outputs < self.outputs)
        return np.where(there, outputs, -1)

    def stretches(self, order: list[int] | None = None, *, merged: bool = False) -> Stretches:
        """List the stretches of the kernel and of outputs that belong to each input.

        Parameters
        ----------
        order : list of int, optional
            Elements in the order of the memory, where it is not their own.
        merged : bool
            Let a stretch be as long as outputs and elements go on side by side; else each has
            length 1.
        """
        reached = self.reached() if order is None else self.reached()[:, order]
        counts, listed = [], []
        for outputs in reached:
            found: list[tuple[int, int, int]] = []
            for place in np.flatnonzero(outputs >= 0):
                output = int(outputs[place])
                if merged and found:
                    first, start, length = found[-1]
                    if (first + length, start + length) == (place, output):
                        found[-1] = first, start, length + 1
                        continue
                found.append((int(place), output, 1))
            counts.append(len(found))
            listed += found
        numbers = np.array(listed, dtype=np.int64).reshape(-1, 3)
        return Stretches(np.append(0, np.cumsum(counts)), numbers)


@dataclass(frozen=True)
class Stretches:
    """Stretches of a kernel and of outputs, by the input that they belong to.

    Parameters
    ----------
    first : ndarray of int, shape (inputs + 1,)
        Where the stretches of each input begin, and the end.
    listed : ndarray of int, shape (stretches, 3)
        First element of the kernel, first output, and length.
    """

    first: NDArray[np.int64]
    listed: NDArray[np.int64]


def joined(x: Stretches, y: Stretches, units: tuple[int, int]) -> Stretches:
    """Join stretches along two axes to those of each position, in the order (x, y).

    Parameters
    ----------
    x, y : Stretches
        Those along x have length 1.
    units : tuple of int
        Elements of the kernel, and outputs, from one x to the next.
    """
    counts = np.multiply.outer(np.diff(x.first), np.diff(y.first)).ravel()
    positions_y = y.first.size - 1
    of_x, of_y = (np.repeat(np.arange(one.first.size - 1), np.diff(one.first)) for one in (x, y))
    position = np.add.outer(of_x * positions_y, of_y).ravel()
    shifts = np.zeros_like(x.listed)
    shifts[:, :2] = x.listed[:, :2] * units
    both = (shifts[:, np.newaxis] + y.listed).reshape(-1, 3)
    return Stretches(np.append(0, np.cumsum(counts)), both[np.argsort(position, kind="stable")])
