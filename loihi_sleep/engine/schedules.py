"""Cycles of wake and sleep in the memory: each needs a step, as the compiled code divides by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from loihi_sleep.engine.program import Program
from loihi_sleep.engine.variables import StoredVariable
from loihi_sleep.graphs.hierarchy import label


@dataclass(frozen=True)
class Schedule:
    """The cycle of a Process.

    Parameters
    ----------
    name : str
        For messages.
    wake_steps, sleep_steps : int
        Cells of counters.
    """

    name: str
    wake_steps: int
    sleep_steps: int


def schedules_of(program: Program) -> list[Schedule]:
    """Find the cycles of all Processes that have one."""
    found = []
    for process in program.graph.models:
        variables = [
            program.variables.get(var.id)
            for var in process.vars.members
            if var.name in ("wake_steps", "sleep_steps")
        ]
        cells = [one.region.start for one in variables if isinstance(one, StoredVariable)]
        if len(cells) == 2:
            found.append(Schedule(label(process), *cells))
    return found


def check_schedules(schedules: Sequence[Schedule], counters: NDArray[Any]) -> None:
    """Refuse cycles without a step.

    Raises
    ------
    ValueError
    """
    for one in schedules:
        if counters[one.wake_steps] == 0 and counters[one.sleep_steps] == 0:
            raise ValueError(
                f"{one.name}: wake_steps and sleep_steps are both 0; a cycle needs at least one "
                "step"
            )
