"""A NIR file as a chain of layers, of which each may be recurrent.

A recurrent layer is a loop, from neurons through synapses back to them; tools that write it as a
graph of its own within the graph (snnTorch does) mean the same.
"""

from __future__ import annotations

from math import prod

from loihi_sleep.exchange.nir_before import Before
from loihi_sleep.exchange.nir_graph import (
    CONVOLUTION,
    NEURONS,
    POOLING,
    SYNAPSES,
    Layer,
    Node,
    refusal_of,
)
from loihi_sleep.files.hdf5 import StoredGroup, printable
from loihi_sleep.networks import ConvolutionalLayer

Edges = set[tuple[str, str]]
_READ = (*NEURONS, *SYNAPSES, *POOLING, CONVOLUTION, "Flatten", "Input", "Output")


def layers_of(graph: StoredGroup, dt: float) -> tuple[list[ConvolutionalLayer], list[Layer]]:
    """Return the layers of a graph that is a chain, from the input on.

    Parameters
    ----------
    graph : StoredGroup
        A NIRGraph: its nodes and edges.
    dt : float
        Length of a time step.

    Returns
    -------
    list of ConvolutionalLayer, list of Layer
        Convolutions and pooling, and the layers behind them.

    Raises
    ------
    ValueError
        It is no chain of synapses and neurons with loops of one layer; a node that is missing
        something or of a kind that is not read.
    """
    chain, recurrent = _chain(graph)
    maps: list[ConvolutionalLayer] = []
    layers: list[Layer] = []
    before = Before(chain[0].shape("shape"))
    for node in chain[1:-1]:
        if layers and node.kind in (CONVOLUTION, *POOLING):
            node.refuse(
                "convolutions and pooling are read before all dense layers alone, of which there "
                "are some before it (neurons without synapses are one); leave out the neurons "
                "that stand before the first convolution, and let the drive be their spikes"
            )
        if node.kind not in NEURONS:
            before.take(node, behind_maps=bool(maps))
        elif before.are_maps:
            if node in recurrent:
                recurrent[node].refuse(
                    "recurrent synapses of neurons behind a convolution or pooling are not read; "
                    "write both out as Linear, or leave them out"
                )
            maps.append(before.maps(node, dt))
            before = before.behind(maps[-1].shape)
        else:
            layers.append(before.dense(node, recurrent.get(node)))
            before = before.behind((len(layers[-1].weights),))
    if before.is_open or not (maps or layers):
        chain[-2].refuse(f"the graph ends with it; it must end with {' or '.join(NEURONS)}")
    if chain[-1].size("shape") != prod(before.shape):
        chain[-1].refuse(
            f"shape holds {chain[-1].size('shape')} neurons; the layer has {prod(before.shape)}"
        )
    return maps, layers


def _chain(graph: StoredGroup) -> tuple[list[Node], dict[Node, Node]]:
    """Return the nodes from the input to the output, and synapses of neurons to themselves."""
    nodes, edges = _opened(graph)
    for node in nodes.values():
        if node.kind not in _READ:
            node.refuse(refusal_of(node.kind))
    first, last = _ends(nodes, str(graph.path))
    loops = _loops(nodes, edges)
    for name, neurons in loops.items():
        edges -= {(neurons, name), (name, neurons)}
    following = _following(nodes, edges, first, last)
    chain = [first]
    while chain[-1] in following:
        chain.append(following[chain[-1]])
    if chain[-1] != last or len(chain) + len(loops) != len(nodes):
        raise ValueError(
            f"{graph.path} is not a chain from its input through synapses and neurons to its "
            f"output; it has the edges {printable(sorted(following.items()))}"
        )
    recurrent = {nodes[neurons]: nodes[name] for name, neurons in loops.items()}
    return [nodes[name] for name in chain], recurrent


def _opened(graph: StoredGroup, within: str = "") -> tuple[dict[str, Node], Edges]:
    """Return nodes and edges; those of a graph within the graph take its place."""
    for name in ("nodes", "edges"):
        if name not in graph:
            raise ValueError(f"{graph.path} cannot be read as a NIR file: it has no {name}")
    stored = graph.group("nodes")
    names = stored.names()
    edges = {(within + source, within + target) for source, target in _edges(graph, set(names))}
    nodes: dict[str, Node] = {}
    for name in names:
        node = Node(name, stored, within)
        if node.kind != "NIRGraph":
            nodes[within + name] = node
            continue
        if within:
            node.refuse("it is a graph within a graph within the graph; one within another is read")
        inner, inner_edges = _opened(stored.group(name), f"{name}/")
        first, last = _ends(inner, str(graph.path))
        nodes |= {key: one for key, one in inner.items() if key not in (first, last)}
        # A way through it that meets no node would leave an edge to one that is not there.
        if (first, last) in inner_edges:
            node.refuse("an edge leads from its input to its output")
        replaced = {(source, target) for source, target in edges if name in (source, target)}
        edges = (edges - replaced) | {
            edge for edge in inner_edges if first not in edge and last not in edge
        }
        for source, target in replaced:
            sources = [a for a, b in inner_edges if b == last] if source == name else [source]
            targets = [b for a, b in inner_edges if a == first] if target == name else [target]
            edges |= {(a, b) for a in sources for b in targets}
    return nodes, edges


def _edges(graph: StoredGroup, names: set[str]) -> Edges:
    """Return the edges as they are stored."""
    texts = graph.texts("edges")
    if texts.ndim != 2 or texts.shape[1] != 2:
        raise ValueError(
            f"{graph.path} cannot be read as a NIR file: edges has shape {texts.shape}; it must be "
            "(edges, 2)"
        )
    edges = {(str(source), str(target)) for source, target in texts}
    for name in sorted({name for edge in edges for name in edge} - names):
        raise ValueError(f"{graph.path} has an edge of {name!r}, which is none of its nodes")
    return edges


def _ends(nodes: dict[str, Node], path: str) -> tuple[str, str]:
    """Return the names of the input and of the output."""
    found = []
    for kind in ("Input", "Output"):
        names = [name for name, node in nodes.items() if node.kind == kind]
        if len(names) != 1:
            listed = f" ({printable(', '.join(map(repr, names)))})" if names else ""
            raise ValueError(
                f"{path} has {len(names)} nodes of type {kind}{listed}; it must have 1"
            )
        found += names
    return found[0], found[1]


def _loops(nodes: dict[str, Node], edges: Edges) -> dict[str, str]:
    """Return the neurons, by the synapses that lead from them to themselves alone."""
    loops: dict[str, str] = {}
    for name, node in nodes.items():
        before = {source for source, target in edges if target == name}
        behind = {target for source, target in edges if source == name}
        if node.kind not in SYNAPSES or before != behind or len(before) != 1:
            continue
        (neurons,) = before
        if nodes[neurons].kind in NEURONS:
            if neurons in loops.values():
                node.refuse(f"{neurons!r} has recurrent synapses already; add up their weights")
            loops[name] = neurons
    return loops


def _following(nodes: dict[str, Node], edges: Edges, first: str, last: str) -> dict[str, str]:
    """Return the node behind each node; no node has two before or behind it."""
    for name, node in nodes.items():
        for what, own in (("into", 1), ("out of", 0)):
            found = sorted(edge[1 - own] for edge in edges if edge[own] == name)
            if len(found) > 1 or (found and name == (first, last)[1 - own]):
                node.refuse(
                    f"edges lead {what} it from or to "
                    f"{printable(', '.join(map(repr, found)))}; branches are not read, and loops "
                    "only from neurons through synapses to themselves"
                )
    return dict(edges)
