"""Compiles the engine ahead of its first use.

``python -m loihi_sleep.engine.warm_up [NUMERICS ...]`` compiles the steps of all nodes, of this
package and of others, on all cores; without a name those in ``fixed``.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Sequence

from loihi_sleep.host import usable_cores

_NUMERICS = ("fixed",)
# Option of a process that does a part of the work.
_PART = "--part"
# Modules of the nodes whose steps take longest; they come first, so that all cores end together.
_LARGEST = ("loihi_sleep.engine.nodes.plastic.build", "loihi_sleep.engine.nodes.lif.build")


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


def compile_in_parallel(numerics: Sequence[str]) -> int:
    """Compile the steps of all nodes, on all cores that there are; return an exit code."""
    # A process reads the number of the module to compile next, one byte, from this pipe.
    work, write = os.pipe()
    os.write(write, bytes(range(len(modules_of_nodes()))))
    os.close(write)
    command = [sys.executable, "-m", __spec__.name, *numerics, _PART]
    running = [subprocess.Popen(command, stdin=work) for _ in range(max(1, usable_cores()))]
    os.close(work)
    return max(process.wait() for process in running)


def _compile_part(numerics: Sequence[str]) -> None:
    # A compiler makes many objects, few of them garbage: a tenth of the time would go there.
    gc.set_threshold(200_000, 20, 20)
    modules = list(modules_of_nodes().values())
    while number := os.read(sys.stdin.fileno(), 1):
        compile_ahead(modules[ord(number)], numerics)


if __name__ == "__main__":
    numerics = [name for name in sys.argv[1:] if name != _PART] or _NUMERICS
    if _PART in sys.argv:
        _compile_part(numerics)
    else:
        sys.exit(compile_in_parallel(numerics))
