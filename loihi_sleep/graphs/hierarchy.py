"""Hierarchical Processes: taking them apart as Lava's compiler does, and putting networks back.

To take a Process apart is to build the Processes that its SubProcessModel is made of and to connect
them to its ports. Whoever only looks, or cannot run what there is, undoes that: on a second reading
all of them would be there twice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lava.magma.compiler.compiler_graphs import ProcGroupDiGraphs, find_processes
from lava.magma.core.process.process import AbstractProcess

from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.processes import checks
from loihi_sleep.processes.registry import release

if TYPE_CHECKING:
    from lava.magma.core.model.model import AbstractProcessModel
    from lava.magma.core.model.sub.model import AbstractSubProcessModel
    from lava.magma.core.process.process import Collection
    from lava.magma.core.run_configs import RunConfig

_found_models: dict[type, tuple[type[AbstractProcessModel], ...]] = {}


def label(process: AbstractProcess) -> str:
    """Name a Process in a message."""
    return f"Process {process.name!r} ({type(process).__name__})"


def connected_processes(process: AbstractProcess) -> list[AbstractProcess]:
    """Find all Processes that are connected to one, in the order in which they were made.

    Raises
    ------
    ValueError
        It is no Process.
    """
    checks.instance("process", process, AbstractProcess, "a Process of Lava's or ours")
    return sorted(find_processes(process), key=lambda found: found.id)


def models_of(process: AbstractProcess) -> tuple[type[AbstractProcessModel], ...]:
    """Find the models of a Process; Lava executes whole folders to find them, so only once.

    Of a Process of a script or a session Lava executes the folder in vain: it takes no models from
    beside them, as they are in no package. So that is left out.
    """
    kind = type(process)
    if kind not in _found_models:
        find = ProcGroupDiGraphs._find_proc_models
        main = sys.modules["__main__"]
        if kind.__module__ == "__main__" and not getattr(main, "__package__", None):
            beside = ProcGroupDiGraphs._find_proc_models_in_module(process, main)
            if beside:
                return tuple(beside)
        _found_models[kind] = tuple(find(process))
    return _found_models[kind]


def choose_model(process: AbstractProcess, run_cfg: RunConfig) -> type[AbstractProcessModel]:
    """Choose the model of a Process as Lava's compiler does."""
    exceptions = getattr(run_cfg, "exception_proc_model_map", {})
    # Lava would look for models first, and execute what is beside a script or a notebook.
    for key in (process, type(process)):
        if key in exceptions:
            chosen: type[AbstractProcessModel] = exceptions[key]
            return chosen
    return ProcGroupDiGraphs._select_proc_models(process, list(models_of(process)), run_cfg)


def take_apart(
    process: AbstractProcess, model: type[AbstractSubProcessModel]
) -> list[AbstractProcess]:
    """Build and connect the Processes that a hierarchical one is made of.

    Parameters
    ----------
    process : AbstractProcess
    model : AbstractSubProcessModel class

    Returns
    -------
    list of AbstractProcess

    Raises
    ------
    UnsupportedGraph
        The model cannot be built.
    """
    try:
        built = model(process)
        # A RefPort from elsewhere that refers to a Var of a part gets a VarPort of the part's own.
        ProcGroupDiGraphs._propagate_var_ports(process)
        parts = built.find_sub_procs()
        process.register_sub_procs(parts)
        process.validate_var_aliases()
        process._model_class = model
    except Exception as error:
        raise UnsupportedGraph(
            f"{label(process)}: its {model.__name__} cannot be built: "
            f"{type(error).__name__}: {error}"
        ) from error
    return list(parts.values())


def with_parts(processes: Iterable[AbstractProcess]) -> list[AbstractProcess]:
    """Return Processes and all that the hierarchical ones among them have been taken apart into."""
    found = []
    for process in processes:
        found += [process, *with_parts(process.procs.members)]
    return found


@contextmanager
def restored(processes: Iterable[AbstractProcess], *, always: bool) -> Iterator[None]:
    """Put connected Processes back into the state in which they are now.

    Parameters
    ----------
    processes : iterable of AbstractProcess
        All that are connected; Lava forgets what is built from them meanwhile.
    always : bool
        False: only after a failure.
    """
    everyone = list(processes)
    ports = [
        (
            port,
            list(port.in_connections),
            list(port.out_connections),
            dict(port.connection_configs),
        )
        for process in everyone
        for collection in ports_of(process)
        for port in collection.members
    ]
    aliases = [(var, var.aliased_var) for process in everyone for var in process.vars.members]
    members = [
        (collection, set(collection.member_names))
        for process in everyone
        for collection in (*ports_of(process), process.procs)
    ]

    def put_back() -> None:
        for port, came_from, goes_to, configs in ports:
            port.in_connections[:] = came_from
            port.out_connections[:] = goes_to
            port.connection_configs = configs
        for var, aliased in aliases:
            var.aliased_var = aliased
        built = []
        for collection, names in members:
            for name in set(collection.member_names) - names:
                built.append(collection._members.pop(name))
                delattr(collection, name)
        release(with_parts(member for member in built if isinstance(member, AbstractProcess)))

    try:
        yield
    except BaseException:
        put_back()
        raise
    if always:
        put_back()


def ports_of(process: AbstractProcess) -> tuple[Collection, ...]:
    """Return a Process's collections of ports, one a kind."""
    return process.in_ports, process.out_ports, process.ref_ports, process.var_ports
