"""Calls of machine code by its address, from compiled code.

Steps and the code of learning rules are compiled apart from what calls them, so that a new one does
not mean compiling the others anew.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array


@intrinsic
def _call_step(typingctx, address, p, b, t, k, m) -> Any:  # type: ignore[no-untyped-def]
    """Call a step of :mod:`loihi_sleep.engine.steps`, as numba's functions call each other."""
    arguments = (p, types.int64, types.int64, types.int64, m)

    def codegen(context, builder, signature, values):  # type: ignore[no-untyped-def]
        convention = context.call_conv
        function_type = convention.get_function_type(types.none, arguments)
        function = builder.inttoptr(values[0], function_type.as_pointer())
        status, _ = convention.call_function(builder, function, types.none, arguments, values[1:])
        with cgutils.if_unlikely(builder, status.is_error):
            convention.return_status_propagate(builder, status)
        return context.get_dummy_value()

    return types.void(types.int64, *arguments), codegen


@intrinsic
def _call_rule(  # type: ignore[no-untyped-def]
    typingctx, address, m, p, b, last, rows_at, rows
) -> Any:
    """``rule(values, synaptic, index, counters, reals, p, b, last, rows_at, rows)``: pointers."""
    signature = types.void(types.int64, m, p, *(types.int64,) * 4)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        arrays = [builder.extract_value(arguments[1], place) for place in range(5)]
        kinds = (*m.types[:5], p)
        pointers = [
            make_array(kind)(context, builder, array).data
            for kind, array in zip(kinds, (*arrays, arguments[2]), strict=True)
        ]
        given = (*(types.CPointer(kind.dtype) for kind in kinds), *(types.int64,) * 4)
        convention = context.call_conv
        function_type = convention.get_function_type(types.none, given)
        function = builder.inttoptr(arguments[0], function_type.as_pointer())
        # It raises nothing.
        convention.call_function(builder, function, types.none, given, [*pointers, *arguments[3:]])
        return context.get_dummy_value()

    return signature, codegen


@intrinsic
def _uncounted(typingctx, m) -> Any:  # type: ignore[no-untyped-def]
    """Return the same array, or arrays, without owners: those cost no counting of references.

    Where a step begins with it the compiler knows that there is nothing to count: that saves a
    hundred calls in a step of plastic synapses.
    """

    def without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
        array = make_array(kind)(context, builder, value)
        array.meminfo = cgutils.get_null_value(array.meminfo.type)
        array.parent = cgutils.get_null_value(array.parent.type)
        return array._getvalue()

    def codegen(context, builder, signature, values):  # type: ignore[no-untyped-def]
        if isinstance(m, types.Array):
            return without_owner(context, builder, m, values[0])
        memory = values[0]
        for place, kind in enumerate(m.types):
            array = without_owner(context, builder, kind, builder.extract_value(memory, place))
            memory = builder.insert_value(memory, array, place)
        return memory

    return m(m), codegen


@intrinsic
def _fetch_ahead(typingctx, array, place) -> Any:  # type: ignore[no-untyped-def]
    """Let the processor fetch an element that will be needed; it goes on meanwhile."""

    def codegen(context, builder, signature, values):  # type: ignore[no-untyped-def]
        data = make_array(signature.args[0])(context, builder, values[0]).data
        address = builder.bitcast(builder.gep(data, [values[1]]), cgutils.voidptr_t)
        number = cgutils.int32_t
        kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        # To be read, and kept as near as can be; of data.
        builder.call(function, [address, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), codegen


# numba's stubs do not know that the typing context is left out where an intrinsic is called.
call_step: Any = _call_step
uncounted: Any = _uncounted
call_rule: Any = _call_rule
fetch_ahead: Any = _fetch_ahead
