"""Reading a graph of connected Processes: who runs by which ProcessModel, and what reaches a port.

Models are found, chosen and taken apart (hierarchical Processes) as Lava's compiler does it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from lava.magma.compiler import exceptions
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.ports.ports import (
    AbstractVirtualPort,
    ConcatPort,
    InPort,
    OutPort,
    RefPort,
)
from numpy.typing import NDArray

from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import choose_model, connected_processes, label, take_apart
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.magma.core.model.model import AbstractProcessModel
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.process.variable import Var
    from lava.magma.core.run_configs import RunConfig


@dataclass(frozen=True)
class Link:
    """What one sender contributes to a port.

    Parameters
    ----------
    source : OutPort
        Port of a Process that is not hierarchical.
    permutation : ndarray of int, shape (port size,), or None
        Value j of the port is value ``permutation[j]`` of the source, both flat in C order; None:
        they come as they are.
    """

    source: OutPort
    permutation: NDArray[np.int64] | None


@dataclass(frozen=True)
class Graph:
    """Connected Processes, hierarchical ones taken apart.

    Parameters
    ----------
    members : tuple of AbstractProcess
        All of them, hierarchical Processes and their parts included.
    models : dict of AbstractProcess to ProcessModel class
        Models of those that run.
    links : dict of InPort to list of Link
        What reaches their ports.
    """

    members: tuple[AbstractProcess, ...]
    models: dict[AbstractProcess, type[AbstractProcessModel]]
    links: dict[InPort, list[Link]]


def read_graph(process: AbstractProcess, run_cfg: RunConfig) -> Graph:
    """Find all Processes that are connected to one, and their models.

    Raises
    ------
    UnsupportedGraph
        A Process has no model in these numerics, has already been given to a runtime, or has
        something else where it had a Var or a port.

    Notes
    -----
    Hierarchical Processes are taken apart; :func:`loihi_sleep.graphs.hierarchy.restored` puts them
    back.
    """
    top = connected_processes(process)
    for found in top:
        if found.runtime is not None or found.is_compiled:
            raise UnsupportedGraph(
                f"{label(found)} has been run, compiled or attached before; build the network anew"
            )
    members: list[AbstractProcess] = []
    models: dict[AbstractProcess, type[AbstractProcessModel]] = {}
    _resolve(top, run_cfg, members, models)
    links = {port: _links_of(port) for found in models for port in found.in_ports.members}
    return Graph(tuple(members), models, links)


def _resolve(
    processes: list[AbstractProcess],
    run_cfg: RunConfig,
    members: list[AbstractProcess],
    models: dict[AbstractProcess, type[AbstractProcessModel]],
) -> None:
    """Choose the model of each Process; take hierarchical ones apart."""
    for process in processes:
        members.append(process)
        _check_members(process)
        try:
            model = choose_model(process, run_cfg)
        except (AssertionError, NotImplementedError, exceptions.NoProcessModelFound) as error:
            raise UnsupportedGraph(
                f"{label(process)} has no model that can be chosen: {error}"
            ) from error
        if issubclass(model, AbstractSubProcessModel):
            _resolve(take_apart(process, model), run_cfg, members, models)
        else:
            # Lava's compiler looks for it there.
            process._model_class = models[process] = model


def _check_members(process: AbstractProcess) -> None:
    """Refuse a Process that was given a value in place of a Var or a port; Lava would ignore it."""
    collections = (process.vars, process.in_ports, process.out_ports)
    for collection, kind in zip(collections, ("Var", "InPort", "OutPort"), strict=True):
        for name, member in zip(collection.member_names, collection.members, strict=True):
            now = getattr(process, name, None)
            if now is member:
                continue
            advice = (
                f"give the value to the constructor, or set it by {name}.set(...) once attached"
                if kind == "Var"
                else "connect it by connect or connect_from"
            )
            raise UnsupportedGraph(
                f"{label(process)}: {name} has been replaced by {checks.shown(now)}; it must stay "
                f"its {kind}: {advice}"
            )


def _links_of(port: InPort) -> list[Link]:
    """Find what reaches a port, through virtual ports and the ports of hierarchical Processes.

    Raises
    ------
    UnsupportedGraph
        A ConcatPort is on the way: Lava does not support them either.
    """
    own = np.arange(port.size)
    return [
        Link(source, None if np.array_equal(order.ravel(), own) else order.ravel())
        for source, order in _sources(port)
    ]


def _sources(port: Any) -> list[tuple[OutPort, NDArray[np.int64]]]:
    """Senders upstream of a port, each with the order in which its values arrive there."""
    found = []
    for upstream in port.in_connections:
        if isinstance(upstream, ConcatPort):
            raise UnsupportedGraph(
                f"{label(port.process)}: port {port.name!r} is fed through a ConcatPort, which "
                "Lava does not run; connect the parts to one port each"
            )
        if isinstance(upstream, AbstractVirtualPort):
            transform = upstream.get_transform_func_fwd()
            found += [(source, transform(order)) for source, order in _sources(upstream)]
        elif upstream.in_connections:
            found += _sources(upstream)
        elif isinstance(upstream, OutPort):
            found.append((upstream, np.arange(upstream.size).reshape(upstream.shape)))
    return found


def monitored_var(port: RefPort) -> Var | None:
    """Find the Var that a RefPort refers to; None where it is not connected."""
    ports = list(port.out_connections)
    while ports:
        target = ports[0]
        if not target.out_connections and hasattr(target, "var"):
            return resolved(target.var)
        ports = list(target.out_connections)
    return None


def resolved(var: Var) -> Var:
    """Follow aliases, from hierarchical Processes to the part that holds the Var."""
    while var.aliased_var is not None:
        var = var.aliased_var
    return var
