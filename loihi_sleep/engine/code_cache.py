"""Functions that numba compiles and keeps on disk, where several processes may do so at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numba.core import types
from numba.core.caching import FunctionCache
from numba.core.registry import CPUDispatcher

from loihi_sleep.engine.compilation import quick_compilation
from loihi_sleep.files.locks import taking_turns


class _SharedCache(FunctionCache):
    """What is kept of one function.

    numba numbers the files of signatures by those that its index holds: two processes that write at
    once would give one file to two signatures, and the code of one would be taken for the other's.
    """

    def save_overload(self, sig: Any, data: Any) -> None:
        self._impl.locator.ensure_cache_path()
        with taking_turns(Path(self.cache_path)):
            super().save_overload(sig, data)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        found = super().load_overload(sig, target_context)
        # Where no process can lock a folder, a file may be that of another signature.
        return found if found is None or found.signature.args == tuple(sig) else None


class CompiledFunction(CPUDispatcher):
    """A function that numba compiles; see :func:`loihi_sleep.engine.steps.compiled`."""

    def enable_caching(self) -> None:
        """Keep machine code on disk."""
        self._cache = _SharedCache(self.py_func)

    def compile(self, sig: Any) -> Any:
        """Compile the function for arguments of some types, or read its machine code from disk."""
        with quick_compilation():
            return super().compile(sig)

    def get_call_template(self, args: Any, kws: Any) -> Any:
        """Let compiled code call the function with arguments of some types.

        numba gives each value of a constant a type, and would compile the function for each: what
        is inlined comes to the same.
        """
        return super().get_call_template(
            tuple(types.unliteral(kind) for kind in args),
            {name: types.unliteral(kind) for name, kind in kws.items()},
        )
