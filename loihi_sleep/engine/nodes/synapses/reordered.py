"""Weights that are in another order in the memory than in their Var."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.engine.builder import Builder
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label


def _nothing() -> None:
    pass


class ReorderedWeights:
    """A Var of weights whose order in the memory is free.

    Parameters
    ----------
    builder : Builder
    var : Var
    weights : ndarray
        In the shape of the Var, as Lava's model holds them.
    order : ndarray of int
        Places of the weights in the Var, flat in C order, in the order of the memory; its shape is
        that of :attr:`in_memory`.
    changed : callable
        Called after a write.

    Raises
    ------
    UnsupportedGraph
        Weights that the memory cannot hold.
    """

    def __init__(
        self,
        builder: Builder,
        var: Any,
        weights: NDArray[Any],
        order: NDArray[np.int64],
        changed: Callable[[], None] = _nothing,
    ) -> None:
        self._storage, self._order, self._changed = builder.storage, order, changed
        self.shape: tuple[int, ...] = weights.shape
        # New values lose their fraction.
        self.integer = builder.fixed
        try:
            self.region = builder.storage.reserve(
                "synaptic", weights.size, weights.ravel()[order.ravel()]
            )
        except ValueError as error:
            raise UnsupportedGraph(f"{label(var.process)}: {var.name}: {error}") from error
        builder.variables[var.id] = self

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which the weights are kept."""
        return self._storage.kind(self.region.array)

    @property
    def in_memory(self) -> NDArray[Any]:
        """A view of the weights as they are in the memory."""
        return self._storage.view(self.region).reshape(self._order.shape)

    def read(self) -> NDArray[Any]:
        """Return the weights in the shape of the Var."""
        weights: NDArray[Any] = np.empty(self.shape)
        weights.reshape(-1)[self._order] = self.in_memory
        return weights

    def write(self, values: NDArray[Any]) -> None:
        """Take new weights."""
        self.in_memory[...] = values.reshape(-1)[self._order]
        self._changed()
