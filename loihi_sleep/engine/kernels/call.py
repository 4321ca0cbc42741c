"""Calls the code that was generated for a learning rule, by its address.

The code of a rule is compiled apart from the kernels, once for each rule, so that a new rule does
not mean compiling the engine anew; see :mod:`loihi_sleep.engine.rule_code`.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array


@intrinsic
def _call_rule(  # type: ignore[no-untyped-def]
    typingctx, address, values, synaptic, index, counters, reals, p, b, last, row, pending
) -> Any:
    """``rule(values, synaptic, index, counters, reals, p, b, last, row, pending)``, as pointers."""
    arrays = (values, synaptic, index, counters, reals, p)
    integers = (types.int64,) * 4
    signature = types.void(types.int64, *arrays, *integers)

    def codegen(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        pointers = [
            make_array(kind)(context, builder, array).data
            for kind, array in zip(arrays, arguments[1:7], strict=True)
        ]
        integer = context.get_value_type(types.int64)
        function_type = ir.FunctionType(
            ir.VoidType(), [pointer.type for pointer in pointers] + [integer] * 4
        )
        function = builder.inttoptr(arguments[0], function_type.as_pointer())
        builder.call(function, [*pointers, *arguments[7:]])
        return cgutils.get_null_value(context.get_value_type(types.none))

    return signature, codegen


# numba's stubs do not know that the typing context is left out where an intrinsic is called.
call_rule: Any = _call_rule
