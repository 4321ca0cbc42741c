"""Sparse synapses, listed one by one."""

from __future__ import annotations

import functools
from collections.abc import Collection
from typing import Any

import numpy as np
from lava.utils.sparse import find as find_all
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, find, issparse

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.memory import Region
from loihi_sleep.engine.nodes import elements_of
from loihi_sleep.engine.nodes.synapses.build import (
    check_delays,
    layer_fields,
    memory,
    ranges_with_delays,
    ring_fields,
    store_activation,
    stored_weights,
    synaptic,
)
from loihi_sleep.engine.nodes.synapses.partners import bytes_of_lists, store_partners
from loihi_sleep.engine.nodes.synapses.step import DELAY_SPARSE_STEP, SPARSE_STEP
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label


class ListedSynapses:
    """Synapses of a sparse matrix, listed by pre-synaptic and then by post-synaptic neuron.

    Parameters
    ----------
    builder : Builder
    matrix : csr_matrix
        As the model holds it.

    Attributes
    ----------
    values : ndarray, shape (synapses,)
        Their first values, for the one who stores them.
    by_pre : Partners
        The list.
    fields : dict
        Of the row.
    """

    def __init__(self, builder: Builder, matrix: csr_matrix) -> None:
        columns = matrix.tocsc()
        columns.sort_indices()
        self.shape, self.size = columns.shape, columns.nnz
        self.values: NDArray[Any] = columns.data
        self.by_pre = store_partners(
            builder.storage, columns.indptr, columns.indices, self.shape[0]
        )
        first, post, blocks = self.by_pre.first, self.by_pre.listed, self.by_pre.blocks
        self.fields: dict[str, Any] = {"first_synapse": first, "post": post, "post_blocks": blocks}
        builder.constant("lists of synapses", first, post)
        builder.when_stored(self._let_go)

    def _let_go(self) -> None:
        """Leave to the memory what is in it."""
        del self.values

    def fan_out(self, there: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """How many synapses of each pre-synaptic neuron are there; by default all."""
        before = self.by_pre.begins
        if there is not None:
            before = np.append(0, np.cumsum(there))[before]
        return np.diff(before).astype(np.int64)

    def places(self, matrix: csr_matrix, *, explicit_zeros: bool) -> NDArray[np.int64]:
        """Place in the list of each entry of a matrix, in Lava's order; -1: not listed."""
        numbered = matrix.copy()
        numbered.data = np.arange(1, matrix.nnz + 1)
        post, pre, number = find(numbered)
        if not explicit_zeros:
            there = matrix.data[number - 1] != 0
            post, pre = post[there], pre[there]
        return self.places_of(post, pre)

    def places_of(self, post: NDArray[Any], pre: NDArray[Any]) -> NDArray[np.int64]:
        """Place in the list of each synapse, by its partners; -1: not listed."""
        keys = pre.astype(np.int64) * self.shape[0] + post
        if not self.size:
            return np.full(keys.size, -1)
        own = np.repeat(np.arange(self.shape[1]) * self.shape[0], np.diff(self.by_pre.begins))
        own += self.by_pre.partners
        places = np.minimum(np.searchsorted(own, keys), self.size - 1)
        return np.where(own[places] == keys, places, -1)


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


def _store_weights(builder: Builder, synapses: Any, listed: ListedSynapses) -> Region:
    storage = builder.storage
    region = storage.reserve("synaptic", listed.size, listed.values)
    builder.variables[synapses.weights.id] = SparseVariable(
        f"weights of {label(synapses)}", builder, synapses.weights, listed, region
    )
    builder.fan_out[synapses] = lambda: listed.fan_out(storage.view(region) != 0)
    return region


def _build_sparse(builder: Builder, synapses: Any) -> None:
    listed = ListedSynapses(builder, sparse_matrix(builder, synapses, plastic=False))
    region = _store_weights(builder, synapses, listed)
    store_activation(builder, synapses)
    builder.add(SPARSE_STEP, **layer_fields(builder, synapses, region), **listed.fields)


def _build_delay_sparse(builder: Builder, synapses: Any) -> None:
    listed = ListedSynapses(builder, sparse_matrix(builder, synapses, plastic=False))
    region = _store_weights(builder, synapses, listed)
    builder.add(
        DELAY_SPARSE_STEP,
        **layer_fields(builder, synapses, region),
        **ring_fields(builder, synapses),
        **listed.fields,
        sums=builder.storage.reserve("reals", synapses.a_buff.size),
        delays=_store_delays(builder, synapses, listed),
    )


def _store_delays(builder: Builder, synapses: Any, listed: ListedSynapses) -> Region:
    """Store the delay of each synapse: 0 where the matrix of delays has no entry for it."""
    storage, (_, slots) = builder.storage, synapses.a_buff.shape
    region = storage.reserve("index", listed.size)
    builder.bound("delays of sparse synapses", region, 0, slots - 1)
    given = synapses.delays.init
    if issparse(given):
        # Lava's own function fails where there is no entry.
        none = np.zeros(0, dtype=np.int64)
        found = find_all(given.tocsr(), explicit_zeros=True) if given.nnz else (none, none, none)
        post, pre, delays = found
    else:
        # One delay for all, or one for each pair of neurons.
        pairs = np.indices(synapses.delays.shape).reshape(2, -1)
        (post, pre), delays = pairs, np.broadcast_to(np.ravel(given), pairs.shape[1])
    check_delays(builder, synapses, int(delays.max(initial=0)))
    if delays.max(initial=0) >= slots:
        raise UnsupportedGraph(
            f"{label(synapses)}: delays go up to {delays.max()} and max_delay is {slots - 1}; it "
            "must be at least that, as Lava leaves out what comes later"
        )
    places = listed.places_of(post, pre)
    there = places >= 0

    def apply(values: NDArray[Any]) -> None:
        storage.view(region)[places[there]] = values.ravel()[there]

    shape = delays.shape if issparse(given) else synapses.delays.shape
    builder.keep(synapses.delays, delays.astype(np.int64).reshape(shape), apply)
    return region


def memory_with_lists(synapses: Any, fixed: bool, unused: Collection[str] = ()) -> int:
    """Bytes that sparse synapses take in the memory, listed by pre-synaptic neuron."""
    post, pre = synapses.weights.init.shape
    lists = bytes_of_lists(pre, post, elements_of(synapses.weights))
    return memory(synapses, fixed, lists, unused)


SPARSE = synaptic(_build_sparse, SPARSE_STEP, memory=memory_with_lists)
DELAY_SPARSE = synaptic(
    _build_delay_sparse, DELAY_SPARSE_STEP, ranges=ranges_with_delays, memory=memory_with_lists
)
