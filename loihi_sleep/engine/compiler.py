"""From connected Processes to a program that is ready to run."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from loihi_sleep.engine.builder import Builder, Phase
from loihi_sleep.engine.graph import Graph, links_of
from loihi_sleep.engine.nodes import NODES, PROCESSES, Node
from loihi_sleep.engine.program import Program
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.numerics.names import TAGS

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.run_configs import RunConfig


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


def compile_graph(graph: Graph, numerics: str) -> Program:
    """Build the program of a graph.

    Parameters
    ----------
    graph : Graph
    numerics : str
        ``float`` or ``fixed``.

    Returns
    -------
    Program

    Raises
    ------
    UnsupportedGraph
        A Process or a connection that the engine, or Lava itself, cannot run.
    """
    nodes = {process: _node_of(process, graph, numerics) for process in graph.models}
    for process, node in nodes.items():
        _check_ports(process, node)
    builder = Builder(graph, numerics)
    for process, node in nodes.items():
        builder.ranges[process] = node.ranges(process, builder.fixed)
        for name in node.sends:
            builder.declare(
                getattr(process, name), lists_events=node.lists_events, delayed=node.delayed
            )
    for process in _in_order(nodes):
        builder.begin(Phase.RECEIVE if nodes[process].delayed else Phase.SEND)
        nodes[process].build(builder, process)
    return builder.finish()


def _node_of(process: AbstractProcess, graph: Graph, numerics: str) -> Node:
    model = graph.models[process]
    tags = getattr(model, "tags", [])
    if tags and TAGS[numerics] not in tags:
        raise UnsupportedGraph(
            f"{label(process)} runs by {model.__name__}, which is for {', '.join(tags)}; a "
            f"network runs in one kind of numerics, here {numerics} ({TAGS[numerics]})"
        )
    name = f"{model.__module__}.{model.__qualname__}"
    if name not in NODES:
        raise UnsupportedGraph(
            f"{label(process)} runs by {model.__name__}, which the compiled engine does not know; "
            f"it runs Lava's and our own models of {', '.join(PROCESSES)}, and hierarchical "
            "Processes made of them"
        )
    return NODES[name]


def _check_ports(process: AbstractProcess, node: Node) -> None:
    """Refuse connections to a port on which Lava's model never receives: its sender would hang."""
    for port in process.in_ports:
        if port.name not in node.receives and links_of(port):
            raise UnsupportedGraph(
                f"{label(process)}: port {port.name!r} is connected, but Lava's model never "
                "receives there: the run would hang"
            )


def _in_order(nodes: dict[AbstractProcess, Node]) -> list[AbstractProcess]:
    """Order Processes so that each comes after those whose message of the same step it needs."""
    waits_for: dict[AbstractProcess, list[AbstractProcess]] = {}
    for process, node in nodes.items():
        ports = () if node.delayed else node.receives
        links = [link for name in ports for link in links_of(getattr(process, name))]
        senders = [link.source.process for link in links]
        waits_for[process] = [sender for sender in senders if not nodes[sender].delayed]
    try:
        order = list(TopologicalSorter(waits_for).static_order())
    except CycleError as error:
        loop = " -> ".join(label(process) for process in error.args[1])
        raise UnsupportedGraph(
            f"{loop}: each waits for the other in the same step, and Lava's run would hang; put "
            "synapses (Dense, Sparse, ...) into the loop"
        ) from error
    return sorted(order, key=lambda process: nodes[process].delayed)
