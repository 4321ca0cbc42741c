"""Sums of rows of weights, in registers.

Weights are in blocks: those of :data:`BLOCK` post-synaptic neurons, pre-synaptic neuron by
pre-synaptic neuron, then those of the next ones. Weights of 8 bits are two in a number of 16: that
of neuron k of a block, plus :data:`BIAS`, and 256 times that of neuron ``BLOCK // 2 + k``. Sums of
these numbers and of their upper halves, which a shift gives, are all that is needed.
"""

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array
from numpy.typing import NDArray

# Post-synaptic neurons of a block, and how many of them share a vector; LLVM divides vectors that
# are longer than the processor's.
BLOCK, LANES = 128, 32
# What is added to a weight of 8 bits that is the lower half of a number.
BIAS = 2**7
_HALF = 8
# A line of the cache; the largest sum.
_ALIGNMENT, _MOST = 64, 2**15 - 1


class Packed(NamedTuple):
    """Weights in blocks, of several layers.

    Parameters
    ----------
    narrow, wide : ndarray of int16
        Two weights in each number, and one.
    """

    narrow: NDArray[np.int16]
    wide: NDArray[np.int16]


def in_blocks(matrices: list[NDArray[np.int16]]) -> tuple[Packed, list[tuple[int, int, int]]]:
    """Write weights of layers in blocks, in 8 bits where they fit, as multiples of a power of two.

    Parameters
    ----------
    matrices : list of ndarray of int16, shape (pre, post)

    Returns
    -------
    Packed
        One layer behind the other; 0 where a block has no neuron.
    list of tuple of int
        Of each layer where it begins; log2 of what its narrow weights are multiples of, -1 where
        they are wide; how many weights never leave 16 bits when they are summed.
    """
    narrow: list[NDArray[np.int16]] = []
    wide: list[NDArray[np.int16]] = []
    found = []
    for matrix in matrices:
        unit = _unit(matrix)
        weights = matrix >> max(unit, 0)
        largest = int(np.abs(weights.astype(np.int32)).max(initial=1))
        many = -(-matrix.shape[1] // BLOCK)
        blocks = np.zeros((many, len(matrix), BLOCK), dtype=np.int16)
        for place, first in enumerate(range(0, matrix.shape[1], BLOCK)):
            columns = weights[:, first : first + BLOCK]
            blocks[place, :, : columns.shape[1]] = columns
        parts = wide
        if unit >= 0:
            parts, half = narrow, BLOCK // 2
            blocks = blocks[..., :half] + BIAS + (blocks[..., half:] << _HALF)
        found.append((sum(part.size for part in parts), unit, max(1, _MOST // largest)))
        parts.append(blocks.ravel())
    return Packed(_aligned(narrow), _aligned(wide)), found


def _unit(matrix: NDArray[np.int16]) -> int:
    """log2 of what weights are multiples of where they fit 8 bits as such, else -1."""
    bits = int(np.bitwise_or.reduce(matrix, axis=None, initial=0)) & 0xFFFF
    unit = (bits & -bits).bit_length() - 1 if bits else 0
    low, high = int(matrix.min(initial=0)) >> unit, int(matrix.max(initial=0)) >> unit
    limits = np.iinfo(np.int8)
    return unit if limits.min <= low and high <= limits.max else -1


def _aligned(parts: list[NDArray[np.int16]]) -> NDArray[np.int16]:
    """Write arrays one behind the other, so that no vector lies across two lines of the cache."""
    size = sum(part.size for part in parts)
    room = np.zeros(size + _ALIGNMENT, dtype=np.int16)
    begin = -room.ctypes.data % _ALIGNMENT // room.itemsize
    array = room[begin : begin + size]
    if parts:
        np.concatenate(parts, out=array)
    return array


@intrinsic(prefer_literal=True)
def _sum_rows(typingctx, packed, begin, events, first, last, sums, narrow) -> Any:  # type: ignore[no-untyped-def]
    """Write a block of sums: of rows of weights, of the neurons from `first` to `last` in a list.

    Row 0 begins at `begin`. Sums wrap around. `narrow`, a literal: there are two in each number.
    """
    signature = types.void(packed, types.int64, events, types.int64, types.int64, sums, narrow)
    halves = narrow.literal_value

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        weights, listed, written = (
            make_array(signature.args[place])(context, builder, arguments[place]).data
            for place in (0, 2, 5)
        )
        _, begin, _, first, last, _, _ = arguments
        whole, number = ir.IntType(64), ir.IntType(16)
        vector = ir.VectorType(number, LANES)
        width = BLOCK // (1 + halves)
        parts = range(width // LANES)

        def all_lanes(value: ir.Value) -> ir.Value:
            one = builder.insert_element(ir.Constant(vector, ir.Undefined), value, whole(0))
            lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), None)
            return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), lanes)

        shift = ir.Constant(vector, [number(_HALF)] * LANES)
        base = builder.gep(weights, [begin])
        before = builder.basic_block
        head, body, behind = (builder.append_basic_block(name) for name in ("head", "add", "done"))
        builder.branch(head)

        builder.position_at_end(head)
        place = builder.phi(whole)
        place.add_incoming(first, before)
        totals = [builder.phi(vector) for _ in parts]
        uppers = [builder.phi(vector) for _ in parts if halves]
        for total in (*totals, *uppers):
            total.add_incoming(ir.Constant(vector, None), before)
        builder.cbranch(builder.icmp_signed("<", place, last), body, behind)

        builder.position_at_end(body)
        neuron = builder.zext(builder.load(builder.gep(listed, [place])), whole)
        start = builder.gep(base, [builder.mul(neuron, whole(width))])
        rows = builder.bitcast(start, vector.as_pointer())
        for part, total in zip(parts, totals, strict=True):
            row = builder.load(builder.gep(rows, [whole(part)]), align=2)
            total.add_incoming(builder.add(total, row), body)
            if halves:
                upper = uppers[part]
                upper.add_incoming(builder.add(upper, builder.ashr(row, shift)), body)
        place.add_incoming(builder.add(place, whole(1)), body)
        builder.branch(head)

        builder.position_at_end(behind)
        if halves:
            many = builder.trunc(builder.sub(last, first), number)
            bias = all_lanes(builder.mul(many, number(BIAS)))
            totals = [
                builder.sub(builder.sub(total, builder.shl(upper, shift)), bias)
                for total, upper in zip(totals, uppers, strict=True)
            ] + uppers
        out = builder.bitcast(written, vector.as_pointer())
        for part, total in enumerate(totals):
            builder.store(total, builder.gep(out, [whole(part)]), align=2)
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def _take_widest_vectors(typingctx) -> Any:  # type: ignore[no-untyped-def]
    """Let LLVM use the widest vectors of the processor in the function that calls this."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        # llvmlite's own `add` knows a few attributes only.
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')
        return context.get_dummy_value()

    return types.void(), codegen


# numba's stubs do not know that the typing context is left out where an intrinsic is called.
sum_rows: Any = _sum_rows
take_widest_vectors: Any = _take_widest_vectors
