"""From connected Processes to a program that is ready to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel

from loihi_sleep.engine.builder import Builder, CannotBuild, Phase
from loihi_sleep.engine.graph import Graph, Link, monitored_var
from loihi_sleep.engine.initial_values import check_initial_values
from loihi_sleep.engine.nodes import NODES, Node, model_name
from loihi_sleep.engine.program import Program
from loihi_sleep.errors import NotEnoughMemory, UnsupportedGraph
from loihi_sleep.graphs.hierarchy import label
from loihi_sleep.graphs.roles import learning_rule
from loihi_sleep.host import free_memory
from loihi_sleep.numerics.names import TAGS

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.magma.core.run_configs import RunConfig


# Bytes of a network for which it is worth asking how much is free.
_LARGE = 2**24
# Why a Process runs in Python that could be compiled.
ASKED_FOR = "it was asked for"


def numerics_of(
    graph: Graph, run_cfg: RunConfig, python: str | Collection[AbstractProcess] = "refuse"
) -> str:
    """Say in which numerics a graph runs: by the tag of the run configuration, or by its models.

    Parameters
    ----------
    graph : Graph
    run_cfg : RunConfig
        Its ``select_tag`` may be one of the user's own, as the tutorials of Lava have it.
    python : str or collection of AbstractProcess
        As of :func:`compile_graph`: unless it is refused, the models of the rarer numerics are left
        to Python.

    Returns
    -------
    str
        ``float`` or ``fixed``.

    Raises
    ------
    UnsupportedGraph
        Python is refused, and the models are of both numerics, or none of them says which.
    """
    by_tag = {tag: numerics for numerics, tag in TAGS.items()}
    wanted = getattr(run_cfg, "select_tag", None)
    if wanted in by_tag:
        return by_tag[wanted]
    kinds: dict[str, AbstractProcess] = {}
    models: Counter[str] = Counter()
    for process, model in graph.models.items():
        named = {by_tag[tag] for tag in getattr(model, "tags", []) if tag in by_tag}
        if len(named) == 1:
            numerics = named.pop()
            models[numerics] += 1
            kinds.setdefault(numerics, process)
    if len(kinds) == 1 or (python != "refuse" and kinds):
        return models.most_common(1)[0][0]
    if python != "refuse":
        return "float"
    found = "; ".join(f"{label(process)} in {name}" for name, process in kinds.items())
    raise UnsupportedGraph(
        f"run_cfg selects models by the tag {wanted!r}, which names no numerics "
        f"({', '.join(TAGS.values())}), and the models that it chooses must all be of one: "
        f"{found or 'none of them says of which it is'}"
    )


def compile_graph(
    graph: Graph, numerics: str, python: str | Collection[AbstractProcess] = "refuse"
) -> Program:
    """Build the program of a graph.

    Parameters
    ----------
    graph : Graph
    numerics : str
        ``float`` or ``fixed``.
    python : str or collection of AbstractProcess
        ``allow``: what cannot be compiled is left to run in Python; ``all``: nothing is compiled;
        ``refuse``. Processes: as ``allow``, and these are not compiled.

    Returns
    -------
    Program
        Its ``python`` says which Processes it does not run, and why.

    Raises
    ------
    UnsupportedGraph
        Lava itself cannot run a Process or a connection; or the engine cannot, where Python is
        refused.
    NotEnoughMemory
        The compiled part needs more memory than is free.
    """
    nodes: dict[AbstractProcess, Node] = {}
    in_python: dict[AbstractProcess, str] = {}

    def leave(process: AbstractProcess, error: UnsupportedGraph) -> None:
        if python == "refuse":
            raise error
        in_python[process] = str(error)
        nodes.pop(process, None)

    for process, model in graph.models.items():
        if model_name(model) in NODES:
            check_initial_values(process)
        if python == "all" or (not isinstance(python, str) and _is_among(process, python)):
            in_python[process] = ASKED_FOR
            continue
        try:
            nodes[process] = _node_of(process, graph, numerics)
            _check_ports(process, nodes[process], graph)
        except UnsupportedGraph as error:
            leave(process, error)
    for process, node in nodes.items():
        for name in (*node.sends, *node.receives):
            _check_port(process, name)
    while True:
        # What is left to Python may send what others do not expect.
        while beside := {
            **dict(_cannot_receive(nodes, graph, numerics)),
            **dict(_read_before_learning(nodes, graph)),
        }:
            for process, reason in beside.items():
                leave(process, UnsupportedGraph(reason))
        try:
            program = _build(graph, numerics, nodes)
        except CannotBuild as error:
            leave(error.process, error)
        else:
            return replace(program, python=in_python)


def _is_among(process: AbstractProcess, processes: Collection[AbstractProcess]) -> bool:
    """Tell whether a Process, or a hierarchical one that it is a part of, is among some."""
    part: AbstractProcess | None = process
    while part is not None:
        if part in processes:
            return True
        part = part.parent_proc
    return False


def _build(graph: Graph, numerics: str, nodes: dict[AbstractProcess, Node]) -> Program:
    """Build the program of those Processes that have a node."""
    _check_memory(nodes, fixed=numerics == "fixed")
    builder = Builder(graph, numerics)
    for process, node in nodes.items():
        builder.ranges[process] = node.ranges(process, builder.fixed)
        for name in node.sends:
            builder.declare(
                getattr(process, name), lists_events=node.lists_events, delayed=node.delayed
            )
    for process, node in nodes.items():
        for link in _received(process, node, graph):
            if link.source.process not in nodes:
                builder.declare(link.source, lists_events=True, delayed=False)
    order, needs = _in_order(nodes, graph)
    for process in order:
        node = nodes[process]
        builder.build(
            process,
            node.build,
            Phase.RECEIVE if node.delayed else Phase.SEND,
            [getattr(process, name) for name in node.sends],
            needs[process],
        )
    return builder.finish()


def _check_memory(nodes: dict[AbstractProcess, Node], *, fixed: bool) -> None:
    """Refuse a network for which there is not enough memory, before any of it is taken.

    Raises
    ------
    NotEnoughMemory
    """
    # The parts of the arrays are there beside them while they are put together.
    needs = {process: 2 * node.memory(process, fixed) for process, node in nodes.items()}
    needed = sum(needs.values())
    free = free_memory() if needed > _LARGE else None
    if free is None or needed <= free:
        return
    largest = max(needs, key=lambda process: needs[process])
    raise NotEnoughMemory(
        f"the network needs about {_gib(needed)} of memory while it is built, "
        f"{_gib(needs[largest])} of them for {label(largest)}; {_gib(free)} are free here: give it "
        "fewer synapses, or run it where more memory is free"
    )


def _gib(size: int) -> str:
    return f"{size / 2**30:.3g} GiB"


def _check_port(process: AbstractProcess, name: str) -> None:
    """Refuse a node that names a port that is not there.

    Raises
    ------
    UnsupportedGraph
        The Process has none of that name.
    """
    for ports in (process.out_ports, process.in_ports):
        if name in ports.member_names:
            return
    raise UnsupportedGraph(
        f"{label(process)}: its compiled node names a port {name!r}; it has none"
    )


def _cannot_receive(
    nodes: dict[AbstractProcess, Node], graph: Graph, numerics: str
) -> Iterator[tuple[AbstractProcess, str]]:
    """Find Processes to which a model in Python sends what Lava's models of them do not expect."""
    for process, node in nodes.items():
        for link in _received(process, node, graph):
            sender = link.source.process
            if sender in nodes:
                continue
            kind = np.dtype(getattr(graph.models[sender], link.source.name).d_type)
            if kind.kind not in ("biu" if numerics == "fixed" else "biuf"):
                yield (
                    process,
                    f"{label(process)} receives messages of type {kind.name} from "
                    f"{label(sender)}, which runs in Python; compiled Processes receive "
                    f"{'integers' if numerics == 'fixed' else 'real numbers'} in {numerics}",
                )
                break


def _read_before_learning(
    nodes: dict[AbstractProcess, Node], graph: Graph
) -> Iterator[tuple[AbstractProcess, str]]:
    """Find plastic Processes whose Vars a model in Python may read before they learn in a step.

    The compiled part has learned when the spiking phase is over.
    """
    for process, model in graph.models.items():
        guard = getattr(model, "pre_guard", PyLoihiProcessModel.pre_guard)
        if process in nodes or guard is PyLoihiProcessModel.pre_guard:
            continue
        for port in process.ref_ports.members:
            var = monitored_var(port)
            if var is None or var.process not in nodes or learning_rule(var.process) is None:
                continue
            yield (
                var.process,
                f"{label(var.process)}: {label(process)}, which runs in Python, may read "
                f"{var.name} before learning",
            )


def _node_of(process: AbstractProcess, graph: Graph, numerics: str) -> Node:
    model = graph.models[process]
    tags = getattr(model, "tags", [])
    if tags and TAGS[numerics] not in tags:
        raise UnsupportedGraph(
            f"{label(process)} runs by {model.__name__}, which is for {', '.join(tags)}; a "
            f"compiled network runs in one kind of numerics, here {numerics} ({TAGS[numerics]})"
        )
    name = model_name(model)
    if name not in NODES:
        raise UnsupportedGraph(
            f"{label(process)} runs by {model.__name__}, for which there is no compiled node"
        )
    return NODES[name]


def _received(process: AbstractProcess, node: Node, graph: Graph) -> list[Link]:
    """List what reaches the ports on which a node receives."""
    return [link for name in node.receives for link in graph.links[getattr(process, name)]]


def _check_ports(process: AbstractProcess, node: Node, graph: Graph) -> None:
    """Refuse connections to a port on which Lava's model never receives: its sender would hang."""
    for port in process.in_ports.members:
        if port.name not in node.receives and graph.links[port]:
            raise UnsupportedGraph(
                f"{label(process)}: port {port.name!r} is connected, but Lava's model never "
                "receives there: the run would hang"
            )


def _in_order(
    nodes: dict[AbstractProcess, Node], graph: Graph
) -> tuple[list[AbstractProcess], dict[AbstractProcess, frozenset[int]]]:
    """Order Processes so that each comes after those whose message of the same step it needs.

    Returns
    -------
    list of AbstractProcess
        Those that need the same messages of models in Python come side by side.
    dict of AbstractProcess to frozenset of int
        These messages, by the id of the port that sends.
    """
    waits_for: dict[AbstractProcess, list[AbstractProcess]] = {}
    needs: dict[AbstractProcess, frozenset[int]] = {}
    for process, node in nodes.items():
        links = [] if node.delayed else _received(process, node, graph)
        needs[process] = frozenset(
            id(link.source) for link in links if link.source.process not in nodes
        )
        senders = [link.source.process for link in links if link.source.process in nodes]
        waits_for[process] = [sender for sender in senders if not nodes[sender].delayed]
    try:
        order = list(TopologicalSorter(waits_for).static_order())
    except CycleError as error:
        loop = " -> ".join(label(process) for process in error.args[1])
        raise UnsupportedGraph(
            f"{loop}: each waits for the other in the same step, and Lava's run would hang; put "
            "synapses (Dense, Sparse, ...) into the loop"
        ) from error
    for process in order:
        needs[process] = needs[process].union(*(needs[sender] for sender in waits_for[process]))
    numbers: dict[int, int] = {}
    for process in order:
        for port in needs[process]:
            numbers.setdefault(port, len(numbers))

    def place(process: AbstractProcess) -> tuple[bool, int, list[int]]:
        wanted = sorted(numbers[port] for port in needs[process])
        return nodes[process].delayed, len(wanted), wanted

    return sorted(order, key=place), needs
