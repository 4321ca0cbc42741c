"""Running many networks at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from lava.magma.core.run_conditions import RunSteps

from loihi_sleep.engine.attach import attach
from loihi_sleep.engine.runtime import CompiledRuntime
from loihi_sleep.host import usable_cores
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess


def run_many(
    processes: Sequence[AbstractProcess],
    steps: int,
    *,
    numerics: str = "fixed",
    rounding: str = "per_layer",
    workers: int | None = None,
) -> None:
    """Run independent networks, as many at a time as there are cores.

    The outcome is that of running them one by one: nothing is shared.

    Parameters
    ----------
    processes : sequence of AbstractProcess
        One of each network. Those that are not attached yet are.
    steps : int
        Time steps, from 1.
    numerics, rounding : str
        For :func:`attach`.
    workers : int, optional
        Threads; all cores that this process may use by default.

    Raises
    ------
    ValueError
        Two of the Processes belong to the same network.
    """
    condition = RunSteps(num_steps=checks.integer("steps", steps, 1))
    for process in processes:
        if not isinstance(process.runtime, CompiledRuntime):
            attach(process, numerics, rounding)
    if len({id(process.runtime) for process in processes}) != len(processes):
        raise ValueError("two of the processes belong to the same network; name each network once")
    workers = checks.integer("workers", workers or usable_cores(), 1)
    with ThreadPoolExecutor(workers) as pool:
        try:
            for _ in pool.map(lambda process: process.run(condition=condition), processes):
                pass
        except BaseException:
            # Ctrl-C, or one that failed: the others do not run on.
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.pause()
            raise
