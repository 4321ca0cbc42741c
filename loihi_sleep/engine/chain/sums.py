"""Sums of rows of weights, in registers.

Weights are in blocks: those of :data:`BLOCK` post-synaptic neurons, pre-synaptic neuron by
pre-synaptic neuron, then those of the next ones.
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
# A line of the cache; the largest sum.
_ALIGNMENT, _MOST = 64, 2**15 - 1


class Packed(NamedTuple):
    """Weights in blocks, of several layers.

    Parameters
    ----------
    narrow : ndarray of int8
    wide : ndarray of int16
    """

    narrow: NDArray[np.int8]
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
    parts: dict[type, list[NDArray[Any]]] = {np.int8: [], np.int16: []}
    found = []
    for matrix in matrices:
        unit, kind = _unit(matrix)
        weights = matrix >> max(unit, 0)
        largest = int(np.abs(weights.astype(np.int32)).max(initial=1))
        many = -(-matrix.shape[1] // BLOCK)
        blocks: NDArray[Any] = np.zeros((many, len(matrix), BLOCK), dtype=kind)
        for place, first in enumerate(range(0, matrix.shape[1], BLOCK)):
            columns = weights[:, first : first + BLOCK]
            blocks[place, :, : columns.shape[1]] = columns
        found.append((sum(part.size for part in parts[kind]), unit, max(1, _MOST // largest)))
        parts[kind].append(blocks.ravel())
    return Packed(*(_aligned(parts[kind], kind) for kind in parts)), found


def _unit(matrix: NDArray[np.int16]) -> tuple[int, type]:
    """log2 of what weights are multiples of where they fit 8 bits as such, else -1; their type."""
    bits = int(np.bitwise_or.reduce(matrix, axis=None, initial=0)) & 0xFFFF
    unit = (bits & -bits).bit_length() - 1 if bits else 0
    low, high = int(matrix.min(initial=0)) >> unit, int(matrix.max(initial=0)) >> unit
    limits = np.iinfo(np.int8)
    return (unit, np.int8) if limits.min <= low and high <= limits.max else (-1, np.int16)


def _aligned(parts: list[NDArray[Any]], kind: type) -> NDArray[Any]:
    """Write arrays one behind the other, so that no vector lies across two lines of the cache."""
    size = sum(part.size for part in parts)
    room: NDArray[Any] = np.zeros(size + _ALIGNMENT, dtype=kind)
    begin = -room.ctypes.data % _ALIGNMENT // room.itemsize
    array = room[begin : begin + size]
    if parts:
        np.concatenate(parts, out=array)
    return array


@intrinsic
def _sum_rows(typingctx, packed, begin, events, first, last, sums) -> Any:  # type: ignore[no-untyped-def]
    """Write a block of sums: of rows of weights, of the neurons from `first` to `last` in a list.

    Row 0 begins at `begin`. Sums wrap around.
    """
    signature = types.void(packed, types.int64, events, types.int64, types.int64, sums)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        weights, listed, written = (
            make_array(signature.args[place])(context, builder, arguments[place]).data
            for place in (0, 2, 5)
        )
        _, begin, _, first, last, _ = arguments
        vector = ir.VectorType(ir.IntType(16), LANES)
        stored = ir.VectorType(ir.IntType(packed.dtype.bitwidth), LANES)
        parts = range(BLOCK // LANES)
        base = builder.gep(weights, [begin])
        before = builder.basic_block
        head, body, behind = (builder.append_basic_block(name) for name in ("head", "add", "done"))
        builder.branch(head)

        builder.position_at_end(head)
        place = builder.phi(ir.IntType(64))
        place.add_incoming(first, before)
        totals = [builder.phi(vector) for _ in parts]
        for total in totals:
            total.add_incoming(ir.Constant(vector, None), before)
        builder.cbranch(builder.icmp_signed("<", place, last), body, behind)

        builder.position_at_end(body)
        number = builder.zext(builder.load(builder.gep(listed, [place])), ir.IntType(64))
        start = builder.gep(base, [builder.mul(number, ir.Constant(ir.IntType(64), BLOCK))])
        rows = builder.bitcast(start, stored.as_pointer())
        for part, total in zip(parts, totals, strict=True):
            row = builder.load(builder.gep(rows, [ir.Constant(ir.IntType(64), part)]), align=1)
            if stored != vector:
                row = builder.sext(row, vector)
            total.add_incoming(builder.add(total, row), body)
        place.add_incoming(builder.add(place, ir.Constant(ir.IntType(64), 1)), body)
        builder.branch(head)

        builder.position_at_end(behind)
        out = builder.bitcast(written, vector.as_pointer())
        for part, total in zip(parts, totals, strict=True):
            there = builder.gep(out, [ir.Constant(ir.IntType(64), part)])
            builder.store(total, there, align=2)
        return context.get_dummy_value()

    return signature, codegen


# numba's stubs do not know that the typing context is left out where an intrinsic is called.
sum_rows: Any = _sum_rows
