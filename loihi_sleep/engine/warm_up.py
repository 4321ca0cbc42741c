"""Compiles the engine ahead of its first use.

``python -m loihi_sleep.engine.warm_up [NUMERICS ...]`` compiles the steps of all nodes, of this
package and of others, on all cores; without a name those in ``fixed``.
"""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module

from loihi_sleep.engine.compilation import quick_compilation
from loihi_sleep.host import usable_cores

_NUMERICS = ("fixed",)
# Modules of the nodes whose steps take longest; they come first, so that all cores end together.
_LARGEST = ("loihi_sleep.engine.nodes.plastic.build", "loihi_sleep.engine.nodes.lif.build")
# Module of the nodes whose steps call most of what steps have in common.
_SHARED = "loihi_sleep.engine.nodes.synapses.build"


def modules_of_nodes() -> dict[str, list[str]]:
    """Names of nodes by the modules that make them, in the order in which they are compiled.

    What is made in one module goes to one process: its nodes share steps, and what else they
    import is compiled as well.
    """
    from loihi_sleep.engine.nodes import NODES

    modules: dict[str, list[str]] = {module: [] for module in _LARGEST}
    for name in NODES.names():
        modules.setdefault(NODES.module_of(name), []).append(name)
    return modules


def compile_ahead(names: Sequence[str], numerics: Sequence[str] = _NUMERICS) -> None:
    """Compile the loop over nodes, and the steps of some, in this process.

    Parameters
    ----------
    names : sequence of str
        Full names of ProcessModels, as in :data:`loihi_sleep.engine.nodes.NODES`.
    numerics : sequence of str
        ``fixed``, ``float`` or both: each has code of its own.
    """
    from loihi_sleep.engine.kernels.loop import run
    from loihi_sleep.engine.nodes import NODES
    from loihi_sleep.engine.steps import compile_loop

    nodes = [NODES[name] for name in names]
    for name in numerics:
        for step in dict.fromkeys(step for node in nodes for step in node.steps):
            if step.is_for(name):
                step.address(name)
        compile_loop(run, name)


def parts_of_work(numerics: Sequence[str]) -> list[Callable[[], object]]:
    """Return what there is to compile, in an order in which all cores end together.

    Functions of Processes that other code calls are compiled when their module is imported.
    """
    from loihi_sleep.processes import kernels

    modules = modules_of_nodes()
    imported = [module.name for module in pkgutil.iter_modules(kernels.__path__)]
    return [
        # Most steps call some of these: they are compiled before the work is divided.
        partial(compile_ahead, modules.pop(_SHARED), numerics),
        *(partial(compile_ahead, modules.pop(name), numerics) for name in _LARGEST),
        *(partial(import_module, f"{kernels.__name__}.{name}") for name in imported),
        *(partial(compile_ahead, names, numerics) for names in modules.values()),
    ]


@quick_compilation()
def compile_in_parallel(numerics: Sequence[str]) -> int:
    """Compile the steps of all nodes, where possible on all cores; return an exit code."""
    shared, *parts = parts_of_work(numerics)
    shared()
    if "fork" not in multiprocessing.get_all_start_methods():
        for part in parts:
            part()
        return 0
    # A process reads the number of the part to compile next, one byte, from this pipe.
    work, write = os.pipe()
    os.write(write, bytes(range(len(parts))))
    os.close(write)
    fork = multiprocessing.get_context("fork")
    running = [
        fork.Process(target=_compile_parts, args=(work, parts))
        for _ in range(max(1, usable_cores()))
    ]
    for process in running:
        process.start()
    os.close(work)
    for process in running:
        process.join()
    return max(abs(process.exitcode or 0) for process in running)


def _compile_parts(work: int, parts: list[Callable[[], object]]) -> None:
    while number := os.read(work, 1):
        parts[ord(number)]()


if __name__ == "__main__":
    sys.exit(compile_in_parallel(sys.argv[1:] or _NUMERICS))
