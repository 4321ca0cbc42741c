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

    def stretches(
        self, order: list[int] | None = None, *, merged: bool = False
    ) -> list[list[tuple[int, int, int]]]:
        """List the stretches of the kernel and of outputs that belong to each input.

        Parameters
        ----------
        order : list of int, optional
            Elements in the order of the memory, where it is not their own.
        merged : bool
            Let a stretch be as long as outputs and elements go on side by side; else each has
            length 1.

        Returns
        -------
        list of list of tuple
            Of each input: place in the kernel in this order, first output, and length.
        """
        reached = self.reached() if order is None else self.reached()[:, order]
        of_all: list[list[tuple[int, int, int]]] = []
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
            of_all.append(found)
        return of_all
