"""Sums over short stretches in vectors, which a compiler by itself makes of long loops only.

The vectors of a loop that numba compiles have 32 elements, and what is left over goes one by one;
a stretch of a convolution often has fewer.
"""

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

# Elements of a vector.
WIDTH = 8


def _pointer(context: Any, builder: Any, m: Any, memory: Any, place: int, index: Any) -> Any:
    """Point to an element of one of the memory's arrays."""
    array = make_array(m.types[place])(context, builder, builder.extract_value(memory, place))
    return builder.gep(array.data, [index])


def _spread(builder: Any, scalar: Any, kind: Any) -> Any:
    """Make a vector of one number, cut to the type of the values."""
    if scalar.type != kind:
        scalar = builder.trunc(scalar, kind)
    vector = ir.Constant(ir.VectorType(kind, WIDTH), ir.Undefined)
    place = ir.IntType(32)
    first = builder.insert_element(vector, scalar, place(0))
    mask = ir.Constant(ir.VectorType(place, WIDTH), [0] * WIDTH)
    return builder.shuffle_vector(first, vector, mask)


def _load(builder: Any, pointer: Any, size: int) -> Any:
    """Load a vector from anywhere."""
    vector = ir.VectorType(pointer.type.pointee, WIDTH)
    return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=size)


def _add(context: Any, builder: Any, m: Any, arguments: Sequence[Any], n: int) -> Any:
    """Add n vectors of weights, each times its factor, to a vector of values."""
    memory, out, *rows = arguments
    rows, factors = rows[:n], rows[n:]
    values, weights = m.types[0].dtype, m.types[1].dtype
    is_float = isinstance(values, types.Float)
    kind = context.get_value_type(values)
    vector = ir.VectorType(kind, WIDTH)
    target = _pointer(context, builder, m, memory, 0, out)
    total = _load(builder, target, values.bitwidth // 8)
    for row, factor in zip(rows, factors, strict=True):
        pointer = _pointer(context, builder, m, memory, 1, row)
        weight = _load(builder, pointer, weights.bitwidth // 8)
        if is_float:
            product = builder.fmul(weight, _spread(builder, factor, kind))
            total = builder.fadd(total, product)
        else:
            product = builder.mul(builder.sext(weight, vector), _spread(builder, factor, kind))
            total = builder.add(total, product)
    place = builder.bitcast(target, vector.as_pointer())
    builder.store(total, place, align=values.bitwidth // 8)
    return context.get_dummy_value()


@intrinsic
def _add_vector(typingctx, m, out, row, factor) -> Any:  # type: ignore[no-untyped-def]
    """Add a vector of weights, times a factor, to the values from `out` on."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return _add(context, builder, m, arguments, 1)

    return types.void(m, types.uint64, types.uint64, factor), codegen


@intrinsic
def _add_four_vectors(  # type: ignore[no-untyped-def]
    typingctx, m, out, first, second, third, fourth, of_first, of_second, of_third, of_fourth
) -> Any:
    """Add four vectors of weights, each times its factor, to the values from `out` on."""

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return _add(context, builder, m, arguments, 4)

    rows, factors = (types.uint64,) * 4, (of_first, of_second, of_third, of_fourth)
    return types.void(m, types.uint64, *rows, *factors), codegen


# numba's stubs do not know that the typing context is left out where an intrinsic is called.
add_vector: Any = _add_vector
add_four_vectors: Any = _add_four_vectors
