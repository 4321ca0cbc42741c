"""Static synapses of lava-nc."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from lava.utils.weightutils import (
    SignMode,
    clip_weights,
    determine_sign_mode,
    truncate_weights,
)
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, spmatrix

from loihi_sleep.engine.builder import Builder
from loihi_sleep.engine.domains import NOT_NEGATIVE, Range
from loihi_sleep.engine.memory import Message, Region, Storage, array_types
from loihi_sleep.engine.nodes import Node, elements_of
from loihi_sleep.engine.nodes.synapses import step
from loihi_sleep.engine.nodes.synapses.reordered import ReorderedWeights
from loihi_sleep.engine.steps import Step
from loihi_sleep.engine.stored_parts import in_lavas_type
from loihi_sleep.engine.variables import StoredVariable
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.numerics.limits import SIMULATOR_DELAY_MAX
from loihi_sleep.processes.kernels.integers import WEIGHT_BITS

_INT32_MAX = np.iinfo(np.int32).max
# Weights that are looked at together.
_STRETCH = 2**16


def weight_exp(builder: Builder, synapses: Any) -> int:
    """Shared exponent of the weights; float ignores it."""
    return int(synapses.proc_params.get("weight_exp", 0)) if builder.fixed else 0


def stored_weights(builder: Builder, synapses: Any, weights: Any, *, plastic: bool) -> Any:
    """Weights as Lava's model holds them from its first step on.

    In fixed they are truncated; static ones are clipped before.
    """
    if not builder.fixed:
        return weights
    bits = synapses.proc_params.get("num_weight_bits", WEIGHT_BITS)
    sign_mode = synapses.proc_params.get("sign_mode")
    if not sign_mode:
        # Lava's plastic models take weights for mixed where nothing is said.
        sign_mode = SignMode.MIXED if plastic else _sign_mode(weights)
    if isinstance(weights, spmatrix):
        # By entry: Lava's functions are slow on sparse matrices, which lose what becomes zero.
        given = csr_matrix(weights)
        entries = stored_entries(given.data, sign_mode, bits, clip=not plastic)
        kept = csr_matrix((entries, given.indices, given.indptr), given.shape)
        if not entries.all():
            # It changes the arrays in place; these are the user's.
            kept = kept.copy()
            kept.eliminate_zeros()
        return kept
    return stored_entries(weights, sign_mode, bits, clip=not plastic)


def _sign_mode(weights: Any) -> SignMode:
    """Say of which signs weights are; those of a matrix have lost their fractions before."""
    ends = weights
    if not isinstance(weights, spmatrix):
        ends = in_lavas_type([weights.min(), weights.max()], (2,), np.int32)
    mode: SignMode = determine_sign_mode(ends)
    return mode


def stored_entries(
    weights: NDArray[Any], sign_mode: SignMode, bits: int, *, clip: bool
) -> NDArray[Any]:
    """Clip weights, where asked to, and drop the bits that are not stored.

    Returns
    -------
    ndarray of int16, or of int32 where these do not hold the weights
        A matrix is in the order of its columns, as the memory has it.

    Notes
    -----
    Lava's functions copy several times what they are given: they are given a few rows at a time.
    """
    stored: NDArray[Any] = np.empty(weights.shape, dtype=np.int16, order="F")
    rows = max(1, _STRETCH * len(weights) // max(1, weights.size))
    held = np.iinfo(np.int16)
    for first in range(0, len(weights), rows):
        given = weights[first : first + rows]
        some = in_lavas_type(given, given.shape, np.int32)
        if clip:
            some = clip_weights(some, sign_mode, num_bits=WEIGHT_BITS)
        some = truncate_weights(some, sign_mode, bits)
        if some.min() < held.min or some.max() > held.max:
            stored = stored.astype(np.int32)
        stored[first : first + rows] = some
    return stored


def check_width(builder: Builder, synapses: Any, inputs: int) -> None:
    """Refuse weight exponents with which activations leave the 32 bits in which they are kept.

    Raises
    ------
    UnsupportedGraph
    """
    exponent = weight_exp(builder, synapses)
    if exponent > 0 and (inputs * 2**WEIGHT_BITS << exponent) > _INT32_MAX:
        raise UnsupportedGraph(
            f"{label(synapses)}: weight_exp is {exponent}; with {inputs} inputs activations may "
            "leave 32 bits"
        )


def layer_fields(builder: Builder, synapses: Any, weights: Any) -> dict[str, Any]:
    """Fields that all rows of synapses have."""
    check_width(builder, synapses, synapses.s_in.size)
    bits = synapses.num_message_bits
    return {
        "received": builder.receive(synapses.s_in, events=True),
        "out": builder.sent(synapses.a_out),
        "weights": weights,
        "weight_exp": weight_exp(builder, synapses),
        "message_bits": builder.store(
            bits, "counters", np.asarray(bits.init).astype(int), integer=True
        ),
    }


def pre_spikes(builder: Builder, synapses: Any, received: Message) -> Message:
    """Message of pre-synaptic spikes as a rule sees them: shuffled where the Process says so."""
    seed = synapses.proc_params.get("shuffle_seed")
    if seed is None:
        return received
    from loihi_sleep.engine.nodes.shuffle import SHUFFLE

    moved = builder.storage.message(synapses.s_in.size, lists_events=True)
    builder.add(SHUFFLE, out=moved, received=received, seed=seed)
    return moved


def _check_buffer(synapses: Any) -> None:
    if np.asarray(synapses.a_buff.init).any():
        raise UnsupportedGraph(f"{label(synapses)}: a_buff does not start at 0")


def store_activation(builder: Builder, synapses: Any) -> None:
    """Let the Var of the activation buffer be the message that is sent next."""
    _check_buffer(synapses)
    builder.expose_message(synapses.a_buff, builder.sent(synapses.a_out))


def count_all(builder: Builder, synapses: Any) -> None:
    """Let plastic synapses be counted: all of them, as any weight may grow."""
    pre, post = synapses.s_in.size, synapses.a_out.size
    builder.fan_out[synapses] = lambda: np.full(pre, post, dtype=np.int64)


def dense_matrix(builder: Builder, synapses: Any, *, plastic: bool) -> NDArray[Any]:
    """Weights of dense synapses as Lava's model holds them."""
    var = synapses.weights
    if not builder.fixed:
        return in_lavas_type(var.init, var.shape, np.float64)
    given = np.broadcast_to(var.init, var.shape)
    matrix: NDArray[Any] = stored_weights(builder, synapses, given, plastic=plastic)
    return matrix


def _store_weights(builder: Builder, synapses: Any) -> StoredVariable:
    """Store static weights; those that are not 0 are counted, as a chip stores no others."""
    weights = dense_matrix(builder, synapses, plastic=False)
    stored = builder.store(synapses.weights, "synaptic", weights, by_column=True)
    storage, pre = builder.storage, weights.shape[1]
    builder.fan_out[synapses] = lambda: np.count_nonzero(
        storage.view(stored.region).reshape(pre, -1), axis=1
    )
    return stored


def _build_dense(builder: Builder, synapses: Any) -> None:
    weights = _store_weights(builder, synapses)
    store_activation(builder, synapses)
    builder.add(step.DENSE_STEP, **layer_fields(builder, synapses, weights))


def _build_delay_dense(builder: Builder, synapses: Any) -> None:
    weights = _store_weights(builder, synapses)
    delays = in_lavas_type(synapses.delays.init, synapses.delays.shape, np.int32)
    check_delays(builder, synapses, delays.max())
    stored_delays = builder.store(synapses.delays, "index", delays, by_column=True, integer=True)
    builder.add(
        step.DELAY_STEP,
        **layer_fields(builder, synapses, weights),
        **ring_fields(builder, synapses),
        sums=builder.storage.reserve("reals", synapses.a_buff.size),
        delays=stored_delays,
    )


def check_delays(builder: Builder, synapses: Any, longest: int) -> None:
    """Refuse delays that Lava's model refuses in its first step.

    Raises
    ------
    UnsupportedGraph
    """
    if builder.fixed and longest > SIMULATOR_DELAY_MAX:
        raise UnsupportedGraph(
            f"{label(synapses)}: delays go up to {longest}; in fixed numerics they must be "
            f"within 0 .. {SIMULATOR_DELAY_MAX}"
        )


def ring_fields(builder: Builder, synapses: Any) -> dict[str, Any]:
    """Fields of a ring of future activations, of which the Var is a view."""
    post, slots = synapses.a_buff.shape
    _check_buffer(synapses)
    ring = builder.storage.reserve("values", slots * post)
    head = builder.storage.reserve("counters", 1)
    builder.bound("the head of a ring of delays", head, 0, slots - 1)
    builder.variables[synapses.a_buff.id] = DelayedActivation(
        builder.storage, ring, head.start, (post, slots), builder.sent(synapses.a_out)
    )
    return {"slots": slots, "ring": ring, "head": head}


class DelayedActivation:
    """The activation buffer of synapses with delays: a ring, seen from its head on."""

    def __init__(
        self, storage: Storage, ring: Region, head: int, shape: tuple[int, int], sent: Message
    ) -> None:
        self._storage, self._ring, self._head = storage, ring, head
        self._post, self._slots = shape
        self._sent = sent

    @property
    def shape(self) -> tuple[int, int]:
        """Post-synaptic neurons and slots."""
        return self._post, self._slots

    @property
    def kind(self) -> np.dtype[Any]:
        """Type in which activations are kept."""
        return self._storage.kind(self._ring.array)

    def _order(self) -> tuple[NDArray[Any], NDArray[np.int64]]:
        head = int(self._storage.arrays.counters[self._head])
        ring = self._storage.view(self._ring)
        return ring.reshape(self._slots, self._post), (head + np.arange(self._slots)) % self._slots

    def read(self) -> NDArray[Any]:
        """Return activations by neuron and steps to go."""
        ring, order = self._order()
        return ring[order].T.astype(np.float64, order="C")

    def write(self, values: NDArray[Any]) -> None:
        """Take new activations."""
        ring, order = self._order()
        ring[order] = values.T
        self._storage.view(self._sent.values)[:] = ring[order[0]]
        self._storage.arrays.counters[self._sent.count] = self._post


def ranges(synapses: Any, fixed: bool) -> dict[str, Range]:
    """Ranges of the Vars of all synapses."""
    return {"num_message_bits": NOT_NEGATIVE}


def ranges_with_delays(synapses: Any, fixed: bool) -> dict[str, Range]:
    """Ranges of the Vars of synapses with delays, for which the ring has slots."""
    return ranges(synapses, fixed) | {"delays": (0, synapses.a_buff.shape[-1] - 1)}


def memory(synapses: Any, fixed: bool, lists: int = 0, unused: Collection[str] = ()) -> int:
    """Bytes that synapses take in the memory.

    Parameters
    ----------
    synapses : AbstractProcess
    fixed : bool
    lists : int
        Bytes of lists of synapses.
    unused : collection of str
        Vars that are not in the memory.
    """
    kinds = array_types("fixed" if fixed else "float")
    weight, other = kinds["synaptic"].itemsize, kinds["values"].itemsize
    widths = {"weights": weight, "tag_1": weight, "tag_2": weight} | dict.fromkeys(unused, 0)
    kept = sum(elements_of(var) * widths.get(var.name, other) for var in synapses.vars.members)
    return kept + lists


def synaptic(
    build: Callable[[Builder, Any], None],
    *steps: Step,
    receives: tuple[str, ...] = ("s_in",),
    ranges: Callable[[Any, bool], Mapping[str, Range]] = ranges,
    memory: Callable[[Any, bool], int] = memory,
) -> Node:
    """Describe synapses."""
    return Node(
        build,
        steps=steps,
        sends=("a_out",),
        receives=receives,
        lists_events=False,
        delayed=True,
        ranges=ranges,
        memory=memory,
    )


def _build_in_time(builder: Builder, synapses: Any) -> None:
    kernel = in_lavas_type(synapses.weights.init, synapses.weights.shape, np.float64)
    # By input and delay: the last of the kernel comes first.
    places = np.arange(kernel.size).reshape(kernel.shape)[::-1].transpose(2, 0, 1)
    weights = ReorderedWeights(builder, synapses.weights, kernel, places)
    builder.fan_out[synapses] = lambda: np.count_nonzero(weights.in_memory, axis=(1, 2))
    builder.add(
        step.IN_TIME_STEP,
        **layer_fields(builder, synapses, weights.region),
        **ring_fields(builder, synapses),
    )


DENSE = synaptic(_build_dense, step.DENSE_STEP)
DELAY_DENSE = synaptic(_build_delay_dense, step.DELAY_STEP, ranges=ranges_with_delays)
IN_TIME = synaptic(_build_in_time, step.IN_TIME_STEP)
