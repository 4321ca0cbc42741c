"""Static synapses of lava-nc."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from lava.proc.dense import models as dense_models
from lava.proc.sparse import models as sparse_models
from lava.utils.weightutils import (
    SignMode,
    clip_weights,
    determine_sign_mode,
    truncate_weights,
)
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, find, spmatrix

from loihi_sleep.engine.assembly import Assembly, in_lavas_type
from loihi_sleep.engine.components.component import Component
from loihi_sleep.engine.kernels import stepper
from loihi_sleep.engine.memory import Memory, Message, Region
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.numerics.limits import SIMULATOR_DELAY_MAX
from loihi_sleep.processes.kernels.integers import WEIGHT_BITS

_INT32_MAX = np.iinfo(np.int32).max


def weight_exp(assembly: Assembly, synapses: Any) -> int:
    """Shared exponent of the weights; float ignores it."""
    return int(synapses.proc_params.get("weight_exp", 0)) if assembly.fixed else 0


def stored_weights(assembly: Assembly, synapses: Any, weights: Any, *, plastic: bool) -> Any:
    """Weights as Lava's model holds them from its first step on.

    In fixed they are truncated; static ones are clipped before.
    """
    if not assembly.fixed:
        return weights
    bits = synapses.proc_params.get("num_weight_bits", WEIGHT_BITS)
    sign_mode = synapses.proc_params.get("sign_mode")
    if not sign_mode:
        # Lava's plastic models take weights for mixed where nothing is said.
        sign_mode = SignMode.MIXED if plastic else determine_sign_mode(weights)
    if isinstance(weights, spmatrix):
        # By entry: Lava's functions are slow on sparse matrices, which lose what becomes zero.
        kept = csr_matrix(weights, copy=True)
        kept.data = stored_entries(kept.data, sign_mode, bits, clip=not plastic)
        kept.eliminate_zeros()
        return kept
    return stored_entries(weights, sign_mode, bits, clip=not plastic)


def stored_entries(
    weights: NDArray[Any], sign_mode: SignMode, bits: int, *, clip: bool
) -> NDArray[Any]:
    """Clip weights, where asked to, and drop the bits that are not stored."""
    if clip:
        weights = clip_weights(weights, sign_mode, num_bits=WEIGHT_BITS)
    truncated: NDArray[Any] = truncate_weights(weights, sign_mode, bits)
    return truncated


def check_width(assembly: Assembly, synapses: Any, inputs: int) -> None:
    """Refuse weight exponents with which activations leave the 32 bits in which they are kept.

    Raises
    ------
    UnsupportedGraph
    """
    exponent = weight_exp(assembly, synapses)
    if exponent > 0 and (inputs * 2**WEIGHT_BITS << exponent) > _INT32_MAX:
        raise UnsupportedGraph(
            f"{label(synapses)}: weight_exp is {exponent}; with {inputs} inputs activations may "
            "leave 32 bits"
        )


def layer_fields(
    assembly: Assembly, synapses: Any, weights: int, sparse: tuple[int, int] = (0, 0)
) -> list[int]:
    """Row of a synapse layer, up to what delays need."""
    check_width(assembly, synapses, synapses.s_in.size)
    heard = assembly.receives(synapses.s_in, events=True, at_once=False)
    bits_var = synapses.num_message_bits
    bits = assembly.store(bits_var, "counters", np.asarray(bits_var.init).astype(int), integer=True)
    return [
        *heard.fields,
        *assembly.sends_of(synapses.a_out).fields,
        *(weights, weight_exp(assembly, synapses), bits.region.start, *sparse, 0, 0, 0, 0),
    ]


def pre_spikes(assembly: Assembly, synapses: Any, heard: list[int]) -> list[int]:
    """Message of pre-synaptic spikes as a rule sees them: shuffled where the Process says so."""
    seed = synapses.proc_params.get("shuffle_seed")
    if seed is None:
        return heard
    moved = assembly.memory.message(synapses.s_in.size, lists_events=True).fields
    assembly.add(assembly.synapses, stepper.SHUFFLE, [*moved, *heard, seed])
    return moved


def store_activation(assembly: Assembly, synapses: Any) -> None:
    """Let the Var of the activation buffer be the message that is sent next."""
    sent, var = assembly.sends_of(synapses.a_out), synapses.a_buff
    if np.asarray(var.init).any():
        raise UnsupportedGraph(f"{label(synapses)}: a_buff does not start at 0")
    assembly.expose(
        var,
        sent.values,
        changed=lambda: assembly.set_cell("counters", sent.count, sent.values.size),
    )


def count_weights(assembly: Assembly, synapses: Any, region: Region, pre: int) -> None:
    """Let static synapses be counted: those whose weight is not 0, as a chip stores no others."""
    assembly.fan_out[synapses] = lambda: np.count_nonzero(
        assembly.memory.view(region).reshape(pre, -1), axis=1
    )


def count_all(assembly: Assembly, synapses: Any) -> None:
    """Let plastic synapses be counted: all of them, as any weight may grow."""
    pre, post = synapses.s_in.size, synapses.a_out.size
    assembly.fan_out[synapses] = lambda: np.full(pre, post, dtype=np.int64)


def dense_matrix(assembly: Assembly, var: Any) -> NDArray[Any]:
    """A matrix of weights in the type that Lava's model gives it."""
    return in_lavas_type(var.init, var.shape, np.int32 if assembly.fixed else np.float64)


def _build_dense(assembly: Assembly, synapses: Any) -> None:
    weights = stored_weights(
        assembly, synapses, dense_matrix(assembly, synapses.weights), plastic=False
    )
    stored = assembly.store(synapses.weights, "synaptic", weights, by_column=True)
    count_weights(assembly, synapses, stored.region, weights.shape[1])
    store_activation(assembly, synapses)
    fields = layer_fields(assembly, synapses, stored.region.start)
    assembly.add(assembly.synapses, stepper.DENSE, fields)


def _build_delay_dense(assembly: Assembly, synapses: Any) -> None:
    weights = stored_weights(
        assembly, synapses, dense_matrix(assembly, synapses.weights), plastic=False
    )
    stored = assembly.store(synapses.weights, "synaptic", weights, by_column=True)
    count_weights(assembly, synapses, stored.region, weights.shape[1])
    delays = in_lavas_type(synapses.delays.init, synapses.delays.shape, np.int32)
    if assembly.fixed and delays.max() > SIMULATOR_DELAY_MAX:
        raise UnsupportedGraph(
            f"{label(synapses)}: delays go up to {delays.max()}; in fixed numerics they must be "
            f"within 0 .. {SIMULATOR_DELAY_MAX}"
        )
    stored_delays = assembly.store(synapses.delays, "index", delays, by_column=True, integer=True)
    post, slots = synapses.a_buff.shape
    # The ring, then a scratch row for each slot.
    ring = assembly.memory.reserve("values", 2 * slots * post)
    head = assembly.memory.cell("counters")
    assembly.variables[synapses.a_buff.id] = DelayedActivation(
        assembly.memory, ring, head, (post, slots), assembly.sends_of(synapses.a_out)
    )
    fields = layer_fields(assembly, synapses, stored.region.start)[:-4]
    fields += [stored_delays.region.start, slots, ring.start, head]
    assembly.add(assembly.synapses, stepper.DELAY_DENSE, fields)


class DelayedActivation:
    """The activation buffer of synapses with delays: a ring, seen from its head on."""

    def __init__(
        self, memory: Memory, ring: Region, head: int, shape: tuple[int, int], sent: Message
    ) -> None:
        self._memory, self._ring, self._head = memory, ring, head
        self._post, self._slots = shape
        self._sent = sent

    @property
    def shape(self) -> tuple[int, int]:
        """Post-synaptic neurons and slots."""
        return self._post, self._slots

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which activations are kept."""
        return self._memory.kind(self._ring.array)

    def _order(self) -> tuple[NDArray[Any], NDArray[np.int64]]:
        head = int(self._memory.arrays["counters"][self._head])
        ring = self._memory.view(self._ring)[: self._slots * self._post]
        return ring.reshape(self._slots, self._post), (head + np.arange(self._slots)) % self._slots

    def read(self) -> NDArray[Any]:
        """Return activations by neuron and steps to go."""
        ring, order = self._order()
        return ring[order].T.astype(np.float64, order="C")

    def write(self, values: NDArray[Any]) -> None:
        """Take new activations."""
        ring, order = self._order()
        ring[order] = values.T
        self._memory.view(self._sent.values)[:] = ring[order[0]]
        self._memory.arrays["counters"][self._sent.count] = self._post


class ListedSynapses:
    """Synapses of a sparse matrix, listed by pre-synaptic and then by post-synaptic neuron.

    Parameters
    ----------
    assembly : Assembly
    synapses : AbstractProcess
    matrix : csr_matrix
        As the model holds it.
    """

    def __init__(self, assembly: Assembly, matrix: csr_matrix) -> None:
        columns = matrix.tocsc()
        columns.sort_indices()
        self.shape, self.size = columns.shape, columns.nnz
        self.post, self.values = columns.indices, columns.data
        self.pre = np.repeat(np.arange(columns.shape[1]), np.diff(columns.indptr))
        self._keys = self.pre.astype(np.int64) * columns.shape[0] + self.post
        self.first_at = assembly.memory.reserve("index", columns.indptr.size, columns.indptr).start
        self.post_at = assembly.memory.reserve("index", self.size, self.post).start

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
        self, name: str, assembly: Assembly, var: Any, listed: ListedSynapses, region: Region
    ) -> None:
        self._name, self._memory, self._region = name, assembly.memory, region
        self._initial, self._listed = var.init, listed

    @property
    def shape(self) -> tuple[int]:
        """Entries of the matrix, those that are 0 included."""
        return (self._initial.nnz,)

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which the values are kept."""
        return self._memory.kind(self._region.array)

    # Sorting millions of entries takes seconds; most matrices are never read or set.
    @functools.cached_property
    def _read(self) -> NDArray[np.int64]:
        return self._listed.places(self._initial, explicit_zeros=False)

    @functools.cached_property
    def _written(self) -> NDArray[np.int64]:
        return self._listed.places(self._initial, explicit_zeros=True)

    def read(self) -> NDArray[Any]:
        """Return the values of the entries that did not start at zero."""
        values = self._memory.view(self._region)
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
        self._memory.view(self._region)[self._written[self._written >= 0]] = new[self._written >= 0]


def sparse_matrix(assembly: Assembly, synapses: Any, *, plastic: bool) -> csr_matrix:
    """Weights of sparse synapses as Lava's model holds them."""
    return csr_matrix(stored_weights(assembly, synapses, synapses.weights.init, plastic=plastic))


def _build_sparse(assembly: Assembly, synapses: Any) -> None:
    listed = ListedSynapses(assembly, sparse_matrix(assembly, synapses, plastic=False))
    region = assembly.memory.reserve("synaptic", listed.size, listed.values)
    assembly.variables[synapses.weights.id] = SparseVariable(
        f"weights of {label(synapses)}", assembly, synapses.weights, listed, region
    )
    assembly.fan_out[synapses] = lambda: listed.fan_out(assembly.memory.view(region) != 0)
    store_activation(assembly, synapses)
    fields = layer_fields(assembly, synapses, region.start, (listed.first_at, listed.post_at))
    assembly.add(assembly.synapses, stepper.SPARSE, fields)


def synaptic(build: Any, hears: tuple[str, ...] = ("s_in",)) -> Component:
    """Describe synapses."""
    return Component(build, sends=("a_out",), hears=hears, lists_events=False, synaptic=True)


COMPONENTS = {
    dense_models.PyDenseModelFloat: synaptic(_build_dense),
    dense_models.PyDenseModelBitAcc: synaptic(_build_dense),
    dense_models.PyDelayDenseModelFloat: synaptic(_build_delay_dense),
    dense_models.PyDelayDenseModelBitAcc: synaptic(_build_delay_dense),
    sparse_models.PySparseModelFloat: synaptic(_build_sparse),
    sparse_models.PySparseModelBitAcc: synaptic(_build_sparse),
}
