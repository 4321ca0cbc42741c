"""Saying what runs where: which Processes are compiled, which run in Python, why, and how long."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from loihi_sleep.engine.compiler import ASKED_FOR
from loihi_sleep.engine.nodes import NODES, model_name
from loihi_sleep.engine.runtime import runtime_of
from loihi_sleep.graphs.roles import role_of
from loihi_sleep.processes.role import Role

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess

    from loihi_sleep.engine.program import Program

COMPILED, IN_PYTHON = "compiled", "Python"


@dataclass(frozen=True)
class Placement:
    """Where one Process runs.

    Parameters
    ----------
    process : str
        Its name.
    kind, model : str
        Names of its class and of its model's.
    where : str
        ``compiled`` or ``Python``.
    reason : str
        Why it is not compiled; empty where it is.
    seconds : float
        Time that its model took so far; 0 where it is compiled, see :attr:`Report.compiled_s`.
    """

    process: str
    kind: str
    model: str
    where: str
    reason: str
    seconds: float


@dataclass(frozen=True)
class Report:
    """Where the Processes of a network run, and what share of the time they take.

    Parameters
    ----------
    placements : tuple of Placement
        In the order in which the Processes were made.
    compiled_s : float
        Seconds that the compiled part took so far. It is measured only beside models in Python.
    """

    placements: tuple[Placement, ...]
    compiled_s: float

    @property
    def python_s(self) -> float:
        """Seconds that all models in Python took so far."""
        return sum(one.seconds for one in self.placements)

    @property
    def python_share(self) -> float:
        """What share of the measured time models in Python took, from 0 to 1."""
        whole = self.python_s + self.compiled_s
        return self.python_s / whole if whole else 0.0

    def text(self) -> str:
        """Return a table, the slowest model first.

        Returns
        -------
        str
        """
        whole = self.python_s + self.compiled_s
        compiled = [one for one in self.placements if one.where == COMPILED]
        lines = [f"compiled: {len(compiled)} of {len(self.placements)} Processes"]
        if whole:
            lines[0] += f", {self.compiled_s / whole:.0%} of the time"
        for one in sorted(self.placements, key=lambda one: -one.seconds):
            if one.where == IN_PYTHON:
                share = f", {one.seconds / whole:.0%} of the time" if whole else ""
                lines.append(f"Python: {one.process} ({one.kind}, {one.model}){share}")
                lines.append(f"    {one.reason}")
        return "\n".join(lines)


def report(process: AbstractProcess) -> Report:
    """Say what runs where in the network that a Process belongs to.

    Parameters
    ----------
    process : AbstractProcess
        Any Process of a network that is attached.

    Returns
    -------
    Report
        Times are of all runs so far.

    Raises
    ------
    ValueError
        The network is not attached to the compiled engine.
    RuntimeError
        It has been stopped, or is running.

    Examples
    --------
    >>> engine.attach(neurons)
    >>> neurons.run(condition=RunSteps(1000))
    >>> print(engine.report(neurons).text())
    """
    runtime = runtime_of(process)
    with runtime.use("report") as program:
        network = runtime.network
        running = {} if network is None else network.running
        block = None if network is None else network.block
        return Report(
            tuple(
                Placement(
                    one.name,
                    type(one).__name__,
                    model.__name__,
                    IN_PYTHON if one in program.python else COMPILED,
                    program.python.get(one, ""),
                    running[one].seconds if one in running else 0.0,
                )
                for one, model in program.graph.models.items()
            ),
            0.0 if block is None else block.seconds,
        )


def warn_of_demoted(program: Program) -> None:
    """Warn of neurons and synapses that have a compiled node and cannot use it in their shape."""
    if len(program.python) == len(program.graph.models):
        return
    for process, reason in program.python.items():
        known = model_name(program.graph.models[process]) in NODES and reason != ASKED_FOR
        if known and role_of(process) in (Role.NEURONS, Role.SYNAPSES):
            warnings.warn(f"{reason}; it runs in Python", stacklevel=3)
