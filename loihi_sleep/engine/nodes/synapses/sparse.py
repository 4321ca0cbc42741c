"""Sparse synapses, listed one by one."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, find

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.memory import Region
from loihi_sleep.engine.nodes.synapses.build import (
    layer_fields,
    store_activation,
    stored_weights,
    synaptic,
)
from loihi_sleep.engine.nodes.synapses.step import SPARSE_STEP
from loihi_sleep.graphs.hierarchy import label


class ListedSynapses:
    """Synapses of a sparse matrix, listed by pre-synaptic and then by post-synaptic neuron.

    Parameters
    ----------
    builder : Builder
    matrix : csr_matrix
        As the model holds it.
    """

    def __init__(self, builder: Builder, matrix: csr_matrix) -> None:
        columns = matrix.tocsc()
        columns.sort_indices()
        self.shape, self.size = columns.shape, columns.nnz
        self.post, self.values = columns.indices, columns.data
        self.pre = np.repeat(np.arange(columns.shape[1]), np.diff(columns.indptr))
        self._keys = self.pre.astype(np.int64) * columns.shape[0] + self.post
        first = builder.storage.reserve("index", columns.indptr.size, columns.indptr)
        post = builder.storage.reserve("index", self.size, self.post)
        builder.constant("lists of synapses", first, post)
        # Of the row.
        self.fields = {"first_synapse": first, "post": post}

    def fan_out(self, there: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many synapses of each pre-synaptic neuron are there."""
        return np.bincount(self.pre[there], minlength=self.shape[1])

    def places(self, matrix: csr_matrix, *, explicit_zeros: bool) -> NDArray[np.int64]:
        """Place in the list of each entry of a matrix, in Lava's order; -1: not listed."""
        numbered = matrix.copy()
        numbered.data = np.arange(1, matrix.nnz + 1)
        post, pre, number = find(numbered)
        keys = pre.astype(np.int64) * matrix.shape[0] + post
        if not explicit_zeros:
            keys = keys[matrix.data[number - 1] != 0]
        if not self.size:
            return np.full(keys.size, -1)
        places = np.minimum(np.searchsorted(self._keys, keys), self.size - 1)
        return np.where(self._keys[places] == keys, places, -1)


class SparseVariable:
    """A sparse matrix: Lava moves the values of its entries, in the order of `find`."""

    def __init__(
        self, name: str, builder: Builder, var: Any, listed: ListedSynapses, region: Region
    ) -> None:
        self._name, self._storage, self._region = name, builder.storage, region
        self._initial, self._listed = var.init, listed

    @property
    def shape(self) -> tuple[int]:
        """Entries of the matrix, those that are 0 included."""
        return (self._initial.nnz,)

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which the values are kept."""
        return self._storage.kind(self._region.array)

    # Sorting millions of entries takes seconds; most matrices are never read or set.
    @functools.cached_property
    def _read(self) -> NDArray[np.int64]:
        return self._listed.places(self._initial, explicit_zeros=False)

    @functools.cached_property
    def _written(self) -> NDArray[np.int64]:
        return self._listed.places(self._initial, explicit_zeros=True)

    def read(self) -> NDArray[Any]:
        """Return the values of the entries that did not start at zero."""
        values = self._storage.view(self._region)
        if not values.size:
            return np.zeros(self._read.size)
        return np.where(self._read >= 0, values[self._read], 0).astype(np.float64)

    def write(self, values: NDArray[Any]) -> None:
        """Take a value for each entry.

        Raises
        ------
        ValueError
            For a synapse that was truncated to zero before the first step, and so left out.
        """
        new = values
        if (new[self._written < 0] != 0).any():
            raise ValueError(
                f"{self._name}: a weight was set for a synapse that is left out, as its first "
                "weight was truncated to 0"
            )
        self._storage.view(self._region)[self._written[self._written >= 0]] = new[
            self._written >= 0
        ]


def sparse_matrix(builder: Builder, synapses: Any, *, plastic: bool) -> csr_matrix:
    """Weights of sparse synapses as Lava's model holds them."""
    return csr_matrix(stored_weights(builder, synapses, synapses.weights.init, plastic=plastic))


def _build_sparse(builder: Builder, synapses: Any) -> None:
    listed = ListedSynapses(builder, sparse_matrix(builder, synapses, plastic=False))
    storage = builder.storage
    region = storage.reserve("synaptic", listed.size, listed.values)
    builder.variables[synapses.weights.id] = SparseVariable(
        f"weights of {label(synapses)}", builder, synapses.weights, listed, region
    )
    builder.fan_out[synapses] = lambda: listed.fan_out(storage.view(region) != 0)
    store_activation(builder, synapses)
    builder.add(SPARSE_STEP, **layer_fields(builder, synapses, region), **listed.fields)


SPARSE = synaptic(_build_sparse, SPARSE_STEP)
