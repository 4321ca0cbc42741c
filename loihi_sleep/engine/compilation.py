"""What makes numba compile faster, and changes nothing of the machine code."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def quick_compilation() -> Iterator[None]:
    """Compile without a look for garbage, and with types of calls remembered.

    A compiler makes many objects, few of them garbage: to look for it takes a sixth of the time
    that a learning rule takes to compile. To leave it takes 400 MB while all nodes are compiled.
    """
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.registry import cpu_target

    context = cpu_target.typing_context
    with global_compiler_lock:
        if "resolve_function_type" in vars(context):
            yield
            return
        was_enabled = gc.isenabled()
        gc.disable()
        context.resolve_function_type = _remembering(context.resolve_function_type)
        try:
            yield
        finally:
            del context.resolve_function_type
            if was_enabled:
                gc.enable()


def _remembering(look_up: Callable[..., Any]) -> Callable[..., Any]:
    """Remember which implementation numba found for a function and types of arguments.

    For each call it would look several times through all implementations of the function, of which
    an addition has dozens: a tenth of the time. It does so still for a function that is being
    compiled itself, as the types of that are found step by step.
    """
    from numba.core.types import Dispatcher, Type

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

    return resolve
