"""Compiles the engine ahead of its first use.

``python -m loihi_sleep.engine.warm_up [NUMERICS ...]`` compiles the steps of all nodes, of this
package and of others; without a name those in ``fixed``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from loihi_sleep.host import usable_cores

_NUMERICS = ("fixed",)
# Option of a process that does a part of the work: its number, and how many there are.
_PART = "--part"


def compile_ahead(numerics: Sequence[str] = _NUMERICS, part: int = 0, parts: int = 1) -> None:
    """Compile the steps of nodes in this process.

    Parameters
    ----------
    numerics : sequence of str
        ``fixed``, ``float`` or both: each has code of its own.
    part, parts : int
        Which part of the steps, of how many.
    """
    from loihi_sleep.engine.kernels.loop import run
    from loihi_sleep.engine.nodes import NODES
    from loihi_sleep.engine.steps import compile_loop

    nodes = {id(node): node for node in (NODES[name] for name in NODES.names())}
    steps = dict.fromkeys(step for node in nodes.values() for step in node.steps)
    work = [(step, name) for name in numerics for step in steps if step.is_for(name)]
    for step, name in work[part::parts]:
        step.address(name)
    for name in numerics if part == 0 else ():
        compile_loop(run, name)


def compile_in_parallel(numerics: Sequence[str]) -> int:
    """Compile the steps of all nodes, on all cores that there are; return an exit code."""
    parts = max(1, usable_cores())
    commands = [
        [sys.executable, "-m", __spec__.name, *numerics, _PART, f"{part}/{parts}"]
        for part in range(parts)
    ]
    running = [subprocess.Popen(command) for command in commands]
    return max(process.wait() for process in running)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if _PART in arguments:
        place = arguments.index(_PART)
        part, _, parts = arguments[place + 1].partition("/")
        compile_ahead(arguments[:place], int(part), int(parts))
    else:
        sys.exit(compile_in_parallel(arguments or _NUMERICS))
