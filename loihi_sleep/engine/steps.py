"""Compiled steps of nodes: one signature for all, compiled when the first network needs them.

The loop over nodes (:mod:`loihi_sleep.engine.kernels.loop`) knows a step by the address of its
machine code only, so that there is nothing in it that a new kind of node would have to change.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import types

import loihi_sleep.processes.kernels
from loihi_sleep.engine.code_cache import CompiledFunction
from loihi_sleep.engine.memory import Memory, array_types
from loihi_sleep.engine.rows import Row
from loihi_sleep.processes.kernels.freshness import discard_stale_code

Function = TypeVar("Function", bound=Callable[..., Any])

_HERE = Path(__file__).parent
_FOLDERS = (
    _HERE / "kernels",
    _HERE / "nodes",
    _HERE / "chain",
    *(path.parent for path in (_HERE / "nodes").glob("*/step.py")),
)
# What any step may have been compiled with.
_CALLED = (
    Path(loihi_sleep.processes.kernels.__file__).parent,
    *(_HERE / name for name in ("rows.py", "memory.py", "steps.py", "code_cache.py")),
    *_FOLDERS,
)
_lock = threading.Lock()
# Machine code must not go while a network may call it.
_in_use: dict[tuple[Callable[..., Any], str], int] = {}


class _Kernel(CompiledFunction):
    """A function that compiled code alone can call.

    What numba makes for calls from Python takes up to a fifth of the time to compile, as it reads
    all arrays of the memory, and no step is called so.
    """

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        name = self.py_func.__name__
        raise TypeError(
            f"{name} is a kernel, which only compiled code calls: "
            "call it from a function of your own that numba.njit compiles"
        )


def kernel(function: Function) -> Function:
    """Let numba compile a function for steps: at its first use, and kept on disk beside its file.

    Parameters
    ----------
    function : callable
        Function of numbers, arrays and :class:`~loihi_sleep.engine.memory.Memory`; what numba can
        compile without Python's objects. A division by 0 raises nothing.

    Returns
    -------
    callable
        For other kernels, for functions that `numba.njit` compiles, and for a :class:`Step`; a
        call from Python is a TypeError. Code on disk is forgotten when this package, or a file
        beside that of the function, has changed.
    """
    file = Path(function.__code__.co_filename)
    if file.exists():
        _discard_stale(file.parent)
    options = {
        "nopython": True,
        "error_model": "numpy",
        # A call that is not inlined passes all of the memory's arrays, at the cost of a short step.
        "forceinline": True,
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
    }
    made = _Kernel(function, targetoptions=options)
    # What was typed into a session has no file to be kept beside.
    if file.exists():
        made.enable_caching()
    return cast(Function, made)


def compiled(**options: Any) -> Callable[[Function], Function]:
    """Let numba compile a function that Python, or the code of a rule, calls; kept on disk too.

    Parameters
    ----------
    **options : Any
        As of ``numba.njit``.

    Returns
    -------
    callable
        Decorator. It is for files of this package: other code on disk is not looked through.
    """

    def decorate(function: Function) -> Function:
        made = CompiledFunction(function, targetoptions={"nopython": True, **options})
        made.enable_caching()
        return cast(Function, made)

    return decorate


@cache
def _discard_stale(folder: Path) -> None:
    discard_stale_code(folder, *_CALLED)


for _folder in _FOLDERS:
    _discard_stale(_folder)


@dataclass(frozen=True, eq=False)
class Step:
    """What a node does in a time step.

    Parameters
    ----------
    name : str
        For messages.
    row : Row
        Fields that the step reads.
    fixed, float : callable, optional
        ``step(p, b, t, k, m)``, a :func:`kernel`, for Loihi's integers and for floats; the same
        where it serves both. ``p[b]`` is the first number of the node's row, ``t`` the time step,
        from 1, ``k`` its number in the chunk of steps that is under way, from 0, and ``m`` the
        memory.
    failure : str
        What it means that the step has written a number other than 0 to ``m.counters[FAILED]``.
    """

    name: str
    row: Row
    fixed: Callable[..., None] | None = None
    float: Callable[..., None] | None = None
    failure: str = ""

    def address(self, numerics: str) -> int:
        """Return the address of the machine code, which is compiled or read at the first call.

        Parameters
        ----------
        numerics : str
            ``float`` or ``fixed``.

        Returns
        -------
        int

        Raises
        ------
        ValueError
            There is none for these numerics.
        """
        function = self.function(numerics)
        with _lock:
            if (function, numerics) not in _in_use:
                arguments = step_types(numerics)
                function.compile(arguments)
                compiled = function.overloads[arguments]
                _in_use[function, numerics] = compiled.library.get_pointer_to_function(
                    compiled.fndesc.llvm_func_name
                )
            return _in_use[function, numerics]

    def is_for(self, numerics: str) -> bool:
        """Tell whether there is a step in some numerics.

        Parameters
        ----------
        numerics : str
            ``float`` or ``fixed``.

        Returns
        -------
        bool
        """
        return getattr(self, numerics) is not None

    def function(self, numerics: str) -> Any:
        """Return the kernel for some numerics.

        Parameters
        ----------
        numerics : str
            ``float`` or ``fixed``.

        Returns
        -------
        callable
            As :func:`kernel` returns it.

        Raises
        ------
        ValueError
            There is none for these numerics.
        """
        function = getattr(self, numerics)
        if function is None:
            raise ValueError(f"there is no step of {self.name} in {numerics} numerics")
        return function


@cache
def step_types(numerics: str) -> tuple[Any, ...]:
    """Types of the arguments of a step."""
    memory = Memory(*(np.zeros(1, dtype=kind) for kind in array_types(numerics).values()))
    row = types.Array(types.int64, 1, "C")
    return row, types.int64, types.int64, types.int64, numba.typeof(memory)


def compile_loop(run: Any, numerics: str) -> None:
    """Compile the loop over nodes, :func:`loihi_sleep.engine.kernels.loop.run`."""
    rows, step, *_, memory = step_types(numerics)
    run.compile((rows, rows, rows, memory, step, step))


def announce(steps: Iterable[Step], numerics: str) -> None:
    """Say on standard error which steps are to be compiled, if any are not on disk."""
    missing = [step for step in steps if not _is_compiled(step.function(numerics), numerics)]
    if missing:
        names = ", ".join(dict.fromkeys(step.name for step in missing))
        sys.stderr.write(f"loihi-sleep: compiling {names} for {numerics}; the first time only\n")


def _is_compiled(function: Any, numerics: str) -> bool:
    """Tell whether machine code is there; true as well where numba does not say."""
    arguments = step_types(numerics)
    if arguments in function.overloads:
        return True
    try:
        store = function._cache
        key = store._index_key(arguments, function.targetctx.codegen())
        return key in store._cache_file._load_index()
    except AttributeError:
        return True
