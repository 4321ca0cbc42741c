"""Giving a network to the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.run_configs import RunConfig

    from loihi_sleep.engine.runtime import CompiledRuntime


def attach(
    process: AbstractProcess,
    numerics: str = "fixed",
    rounding: str = "per_layer",
    *,
    run_cfg: RunConfig | None = None,
    python: str | Collection[AbstractProcess] = "allow",
) -> None:
    """Let a network run on the compiled engine instead of Lava's simulator.

    All Processes that are connected to the given one are read. Those that have a compiled node are
    compiled; any other runs by its model in Python, in this process and in the same time step. From
    then on their ``run``, ``pause``, ``wait`` and ``stop``, and ``get`` and ``set`` of their Vars,
    work as in Lava; Vars may be read and set before the first step as well.

    Parameters
    ----------
    process : AbstractProcess
        Any Process of the network.
    numerics : str
        ``fixed``: Loihi's integers, bit for bit as Lava's ``fixed_pt`` models; ``float``: as its
        ``floating_pt`` models.
    rounding : str
        Rounding of plastic synapses: ``per_layer`` as in Lava's models, ``per_synapse`` as in ours.
    run_cfg : RunConfig, optional
        Chooses the models instead of `numerics` and `rounding`, e.g. one of Lava's with an
        ``exception_proc_model_map``. The models that it chooses say the numerics.
    python : str or collection of AbstractProcess
        ``allow``: a Process that cannot be compiled runs in Python (:func:`report` says which, and
        why); ``refuse`` it; ``all``: everything runs in Python, as for a debugger in Lava's models.
        Processes: as ``allow``, and these run in Python too.

    Raises
    ------
    UnsupportedGraph
        Lava itself cannot run the network, or Python is refused and the engine cannot; the message
        names the Process. The network is as it was before, and can run on Lava's simulator.
    NotEnoughMemory
        It needs more memory than is free; it is as it was before.
    ValueError
        Unknown numerics, rounding or choice for Python.
    """
    from loihi_sleep.graphs.model_choice import SimulatorRunConfig

    if run_cfg is None:
        run_cfg = SimulatorRunConfig(numerics, rounding)
    run_cfg = getattr(run_cfg, "choosing_models", run_cfg)
    compile_network(process, run_cfg, _checked(python, process)).install(process)


def _checked(
    python: str | Collection[AbstractProcess], process: AbstractProcess
) -> str | tuple[AbstractProcess, ...]:
    """Refuse what is neither a choice nor Processes of the network.

    Raises
    ------
    ValueError
    """
    from lava.magma.core.process.process import AbstractProcess

    from loihi_sleep.graphs.hierarchy import connected_processes, label
    from loihi_sleep.processes import checks

    choices = ("allow", "refuse", "all")
    if isinstance(python, str):
        checks.one_of("python", python, choices)
        return python
    if not isinstance(python, Iterable):
        described = label(python) if isinstance(python, AbstractProcess) else checks.shown(python)
        raise ValueError(
            f"python is {described}; it must be one of {', '.join(choices)}, or a list of Processes"
        )
    chosen, members = tuple(python), connected_processes(process)
    for one in chosen:
        checks.instance("an element of python", one, AbstractProcess, "a Process of the network")
        if one not in members:
            raise ValueError(
                f"python names {label(one)}, which is not connected to {label(process)}; it must "
                "name Processes of the network"
            )
    return chosen


@dataclass(frozen=True)
class CompiledNetwork:
    """A network that is ready to run: what ``compile`` of a Process returns for the engine.

    Parameters
    ----------
    members : tuple of AbstractProcess
        All of its Processes.
    runtime : CompiledRuntime
        Theirs, when it is installed.
    """

    members: tuple[AbstractProcess, ...]
    runtime: CompiledRuntime

    def install(self, process: AbstractProcess) -> None:
        """Let the engine answer what is asked of the Processes.

        Parameters
        ----------
        process : AbstractProcess
            One of them.

        Raises
        ------
        ValueError
            It is of another network.
        """
        if process not in self.members:
            raise ValueError(
                f"executable was compiled of the network of Process {self.members[0].name!r}, to "
                f"which Process {process.name!r} does not belong"
            )
        for member in self.members:
            member.runtime = self.runtime


def compile_network(
    process: AbstractProcess,
    run_cfg: RunConfig,
    python: str | Collection[AbstractProcess] = "allow",
) -> CompiledNetwork:
    """Compile the network that a Process belongs to.

    Parameters
    ----------
    process : AbstractProcess
    run_cfg : RunConfig
        Chooses the models.
    python : str or collection of AbstractProcess
        As of :func:`attach`.

    Returns
    -------
    CompiledNetwork

    Raises
    ------
    UnsupportedGraph
        As of :func:`attach`; the network is as it was before.
    """
    from loihi_sleep.engine.compiler import compile_graph, numerics_of
    from loihi_sleep.engine.counting import count_if_asked
    from loihi_sleep.engine.graph import read_graph
    from loihi_sleep.engine.runtime import CompiledRuntime
    from loihi_sleep.graphs.hierarchy import connected_processes, restored

    with restored(connected_processes(process), always=False):
        graph = read_graph(process, run_cfg)
        program = compile_graph(graph, numerics_of(graph, run_cfg, python), python)
        network = None
        if program.python:
            from loihi_sleep.engine.python.network import PythonNetwork
            from loihi_sleep.engine.report import warn_of_demoted

            network = PythonNetwork(program)
            warn_of_demoted(program)
        runtime = CompiledRuntime(program, network)
    count_if_asked(runtime)
    return CompiledNetwork(graph.members, runtime)
