"""Types of calls, remembered while numba compiles.

For each call, numba looks several times through all implementations of the function, of which an
addition has dozens: a tenth of the time that a learning rule takes to compile.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def remembered_types() -> Iterator[None]:
    """Let numba remember which implementation it found for a function and types of arguments.

    Not so for a function that is being compiled itself: its types are found step by step.
    """
    from numba.core.registry import cpu_target
    from numba.core.types import Dispatcher, Type

    context = cpu_target.typing_context
    look_up = context.resolve_function_type
    found: dict[Any, Any] = {}

    def resolve(function: Any, args: Any, named: Any) -> Any:
        # The index of a constant is a number among the types, and 1 equals True.
        if named or not all(isinstance(one, Type) for one in args):
            return look_up(function, args, named)
        key = (function, tuple(args))
        signature = found.get(key)
        if signature is None:
            signature = look_up(function, args, named)
            if signature is not None and is_final(function, signature):
                found[key] = signature
        return signature

    def is_final(function: Any, signature: Any) -> bool:
        return (
            not isinstance(function, Dispatcher) or signature.args in function.dispatcher.overloads
        )

    before = vars(context).get("resolve_function_type")
    context.resolve_function_type = resolve
    try:
        yield
    finally:
        if before is None:
            del context.resolve_function_type
        else:
            context.resolve_function_type = before
