"""From connected Processes to a program that is ready to run."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from loihi_sleep.engine.assembly import Assembly
from loihi_sleep.engine.components import (
    dictionary,
    endpoints,
    foraging,
    gated,
    map_neurons,
    neurons,
    plastic,
    synapses,
)
from loihi_sleep.engine.graph import Graph, links_of
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.numerics.names import TAGS

if TYPE_CHECKING:
    from lava.magma.core.model.model import AbstractProcessModel
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.run_configs import RunConfig

    from loihi_sleep.engine.components.component import Component

COMPONENTS: dict[type[AbstractProcessModel], Component] = {
    **neurons.COMPONENTS,
    **synapses.COMPONENTS,
    **plastic.COMPONENTS,
    **gated.COMPONENTS,
    **map_neurons.COMPONENTS,
    **foraging.COMPONENTS,
    **dictionary.COMPONENTS,
    **endpoints.COMPONENTS,
}


def numerics_of(graph: Graph, run_cfg: RunConfig) -> str:
    """Say in which numerics a graph runs: by the tag of the run configuration, or by its models.

    Parameters
    ----------
    graph : Graph
    run_cfg : RunConfig
        Its ``select_tag`` may be one of the user's own, as the tutorials of Lava have it.

    Returns
    -------
    str
        ``float`` or ``fixed``.

    Raises
    ------
    UnsupportedGraph
        The models are of both numerics, or none of them says which.
    """
    by_tag = {tag: numerics for numerics, tag in TAGS.items()}
    wanted = getattr(run_cfg, "select_tag", None)
    if wanted in by_tag:
        return by_tag[wanted]
    kinds: dict[str, AbstractProcess] = {}
    for process, model in graph.models.items():
        named = {by_tag[tag] for tag in getattr(model, "tags", []) if tag in by_tag}
        if len(named) == 1:
            kinds.setdefault(named.pop(), process)
    if len(kinds) == 1:
        return next(iter(kinds))
    found = "; ".join(f"{label(process)} in {name}" for name, process in kinds.items())
    raise UnsupportedGraph(
        f"run_cfg selects models by the tag {wanted!r}, which names no numerics "
        f"({', '.join(TAGS.values())}), and the models that it chooses must all be of one: "
        f"{found or 'none of them says of which it is'}"
    )


def compile_graph(graph: Graph, numerics: str) -> Assembly:
    """Lay out a graph.

    Parameters
    ----------
    graph : Graph
    numerics : str
        ``float`` or ``fixed``.

    Returns
    -------
    Assembly
        Finished: its program and memory stand.

    Raises
    ------
    UnsupportedGraph
        A Process or a connection that the engine, or Lava itself, cannot run.
    """
    components = {process: _component_of(process, graph, numerics) for process in graph.models}
    for process, component in components.items():
        _check_ports(process, component)
    assembly = Assembly(graph, numerics)
    for process, component in components.items():
        for name in component.sends:
            assembly.sends(
                getattr(process, name),
                lists_events=component.lists_events,
                delayed=component.synaptic,
            )
    for process in _in_order(components):
        components[process].build(assembly, process)
    assembly.finish()
    return assembly


def _component_of(process: AbstractProcess, graph: Graph, numerics: str) -> Component:
    model = graph.models[process]
    tags = getattr(model, "tags", [])
    if tags and TAGS[numerics] not in tags:
        raise UnsupportedGraph(
            f"{label(process)} runs by {model.__name__}, which is for {', '.join(tags)}; a "
            f"network runs in one kind of numerics, here {numerics} ({TAGS[numerics]})"
        )
    if model not in COMPONENTS:
        supported = sorted({kind.implements_process.__name__ for kind in COMPONENTS})
        raise UnsupportedGraph(
            f"{label(process)} runs by {model.__name__}, which the compiled engine does not know; "
            f"it runs Lava's and our own models of {', '.join(supported)}, and hierarchical "
            "Processes made of them"
        )
    return COMPONENTS[model]


def _check_ports(process: AbstractProcess, component: Component) -> None:
    """Refuse connections to a port on which Lava's model never receives: its sender would hang."""
    for port in process.in_ports:
        if port.name not in component.hears and links_of(port):
            raise UnsupportedGraph(
                f"{label(process)}: port {port.name!r} is connected, but Lava's model never "
                "receives there: the run would hang"
            )


def _in_order(components: dict[AbstractProcess, Component]) -> list[AbstractProcess]:
    """Order Processes so that each comes after those whose message of the same step it needs."""
    hears_from: dict[AbstractProcess, list[AbstractProcess]] = {}
    for process, component in components.items():
        hears_from[process] = []
        if component.synaptic:
            continue
        for name in component.hears:
            for link in links_of(getattr(process, name)):
                sender = link.source.process
                if not components[sender].synaptic:
                    hears_from[process].append(sender)
    try:
        relays = list(TopologicalSorter(hears_from).static_order())
    except CycleError as error:
        loop = " -> ".join(label(process) for process in error.args[1])
        raise UnsupportedGraph(
            f"{loop}: each waits for the other in the same step, and Lava's run would hang; put "
            "synapses (Dense, Sparse, ...) into the loop"
        ) from error
    return sorted(relays, key=lambda process: components[process].synaptic)
