"""Compiled functions of learning rules, kept on disk from run to run."""

from __future__ import annotations

import functools
import hashlib
import importlib.abc
import inspect
import json
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from loihi_sleep.engine.compilation import quick_compilation
from loihi_sleep.engine.nodes.plastic import row
from loihi_sleep.engine.rules import cache
from loihi_sleep.engine.rules.cache import MachineCode
from loihi_sleep.engine.rules.generate import source
from loihi_sleep.engine.rules.text import RuleText

# Networks that several threads build at once often have the same rule.
_lock = threading.Lock()


@dataclass(frozen=True)
class RuleFunction:
    """A compiled function.

    Parameters
    ----------
    address : int
    library : Any
        numba's; keep it as long as the address is in use.
    """

    address: int
    library: Any


def compiled(text: str) -> RuleFunction:
    """Compile the text of a rule, or load it from the cache.

    Parameters
    ----------
    text : str
        From :func:`loihi_sleep.engine.rules.generate.source`.

    Returns
    -------
    RuleFunction

    Raises
    ------
    ValueError
        A folder for the cache was chosen that cannot be used.
    """
    with _lock:
        return _compiled(text)


@functools.cache
def _compiled(text: str) -> RuleFunction:
    """Compile the text of a rule, or load it from the cache; for one thread at a time."""
    made_from = f"{_compiler()}\n{_kernel_digest()}\n{text}".encode()
    name = f"rule_{hashlib.sha256(made_from).hexdigest()[:24]}"
    folder = cache.usable_folder()
    if folder is not None:
        code = cache.read(folder / name, made_from)
        if code is not None:
            return load(code)
    with quick_compilation():
        function, code = compile_text(name, text)
    if folder is not None and code is not None:
        cache.write(folder / name, made_from, code)
    return function


def compile_text(name: str, text: str) -> tuple[RuleFunction, MachineCode | None]:
    """Compile the text of a rule.

    Parameters
    ----------
    name : str
        Name of its module; the same for no other text.
    text : str

    Returns
    -------
    RuleFunction, MachineCode or None
        The function, and what it can be loaded from; None where Ctrl-C kept LLVM from handing that
        over.
    """
    module = ModuleType(name)
    # numba looks modules up, and names symbols after them.
    sys.modules[name] = module
    _TextLoader(text).exec_module(module)
    (compiled_rule,) = module.rule.overloads.values()
    library, symbol = compiled_rule.library, compiled_rule.fndesc.llvm_func_name
    kept_alive = RuleFunction(library.get_pointer_to_function(symbol), library)
    try:
        library_name, _, (object_code, bitcode) = library.serialize_using_object_code()
    except RuntimeError:
        return kept_alive, None
    return kept_alive, MachineCode(library_name, symbol, object_code, bitcode)


def load(code: MachineCode) -> RuleFunction:
    """Make machine code callable.

    Parameters
    ----------
    code : MachineCode
        From :func:`compile_text`, of this processor and these versions.

    Returns
    -------
    RuleFunction
    """
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.registry import cpu_target

    with global_compiler_lock:
        context = cpu_target.target_context
        context.refresh()
        library = context.codegen().unserialize_library(
            (code.library, "object", (code.object_code, code.bitcode))
        )
        return RuleFunction(library.get_pointer_to_function(code.function), library)


class _TextLoader(importlib.abc.InspectLoader):
    """Loads a module from text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def get_source(self, fullname: str) -> str:
        return self._text


def _compiler() -> str:
    """Versions and processor that machine code depends on."""
    import llvmlite
    import numba
    from numba.core.registry import cpu_target

    processor = cpu_target.target_context.codegen().magic_tuple()
    versions = (sys.implementation.cache_tag, numba.__version__, llvmlite.__version__)
    return json.dumps([*versions, *processor])


@functools.cache
def _kernel_digest() -> str:
    """Digest of what the code of rules calls, and of the row that it reads."""
    from loihi_sleep.engine.kernels import accumulator, arrays
    from loihi_sleep.engine.nodes.plastic import coded_list, marked, parts, pending
    from loihi_sleep.engine.nodes.synapses import partners
    from loihi_sleep.processes.kernels import philox

    digest = hashlib.sha256()
    for module in (accumulator, arrays, coded_list, marked, parts, partners, pending, philox):
        digest.update(Path(inspect.getfile(module)).read_bytes())
    constants = {name: value for name, value in vars(row).items() if isinstance(value, int)}
    layout = [row.PLASTIC.widths, row.TRACE.widths, constants]
    digest.update(json.dumps(layout, sort_keys=False).encode())
    return digest.hexdigest()


def function_of(rule: RuleText) -> RuleFunction:
    """Compiled function of a rule."""
    return compiled(source(rule))
