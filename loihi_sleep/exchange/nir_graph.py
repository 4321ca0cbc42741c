"""A NIR file as a chain of layers: synapses and the neurons behind them."""

from __future__ import annotations

from math import prod
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.files.hdf5 import StoredGroup, shortened

# Constants that a file of ours carries beside NIR's own hold where both agree as far as floats can.
AGREEMENT = 1e-12
# What NIR is written from are tensors of 32 bits; sums of larger numbers are soon infinite.
LARGEST = float(np.finfo(np.float32).max)
# Neurons without synapses get a matrix of their own, which the file does not hold.
MATCHED_MAX = 1024
NEURONS, SYNAPSES = ("LIF", "CubaLIF", "IF"), ("Linear", "Affine")
_SILENT = "it does not spike; a layer ends in LIF, CubaLIF or IF"
_REASONS = {
    "Conv1d": "convolutions are not read; write them out as Linear",
    "Conv2d": "convolutions are not read; write them out as Linear",
    "SumPool2d": "pooling is not read",
    "AvgPool2d": "pooling is not read",
    "Delay": "delays are not read",
    "Scale": "scales are not read; multiply them into the weights",
    "Threshold": "it has no potential; a layer ends in LIF, CubaLIF or IF",
    "LI": _SILENT,
    "CubaLI": _SILENT,
    "I": _SILENT,
    "NIRGraph": "it is a graph of its own (recurrent layers are written so); only chains are read",
}


class Node:
    """A node of a graph; what it refuses it names.

    Parameters
    ----------
    name : str
    nodes : StoredGroup
        Group that holds all nodes by name.
    """

    def __init__(self, name: str, nodes: StoredGroup) -> None:
        self._label = f"node {shortened(repr(name))} of {nodes.path}"
        if not nodes.holds_group(name) or "type" not in nodes.group(name):
            self.refuse("it has no type")
        self._group = nodes.group(name)
        self.kind = self._group.text("type")
        self._label = f"node {shortened(repr(name))} ({shortened(self.kind)}) of {nodes.path}"

    def refuse(self, reason: str) -> NoReturn:
        """Raise a ValueError that names the node."""
        raise ValueError(f"{self._label} cannot be read: {reason}") from None

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a parameter as it is stored."""
        if name not in self._group:
            self.refuse(f"{shortened(name)} is missing")
        return self._finite(self._group, name)

    def _finite(self, group: StoredGroup, name: str) -> NDArray[np.float64]:
        values: NDArray[Any] = group.array(name).astype(np.float64)
        wrong = ~(np.abs(values) <= LARGEST)
        if wrong.any():
            self.refuse(
                f"{name} holds {values[wrong].flat[0]:g}; it must be from {-LARGEST:g} to "
                f"{LARGEST:g}, the largest number of 32 bits"
            )
        return values

    def array(self, name: str, neurons: int, default: float | None = None) -> NDArray[np.float64]:
        """Return a parameter, one number a neuron; one number counts for all."""
        if default is not None and name not in self._group:
            return np.full(neurons, default)
        values = self.numbers(name)
        if values.size not in (1, neurons):
            self.refuse(f"{name} has shape {values.shape} for {neurons} neurons")
        return np.broadcast_to(values.ravel(), neurons)

    def steps(self, name: str, neurons: int, dt: float) -> NDArray[np.float64]:
        """Return a time constant in steps, from 1."""
        with np.errstate(over="ignore"):
            steps = self.array(name, neurons) / dt
        if (steps < 1).any():
            self.refuse(f"{name} is {steps.min() * dt:g}; it must not be below dt, which is {dt:g}")
        if not np.isfinite(steps).all():
            self.refuse(f"{name} is {steps.size} more steps than floats count; dt is {dt:g}")
        return steps

    def exact(self, name: str, value: Any, neurons: int) -> Any:
        """Return a constant as a file of ours carries it, where it agrees with NIR's own."""
        if not self._group.holds_group("metadata"):
            return value
        metadata = self._group.group("metadata")
        if name not in metadata:
            return value
        carried = self._finite(metadata, name)
        if carried.size not in (1, neurons) or max(carried.shape, default=1) != carried.size:
            self.refuse(f"metadata/{name} has shape {carried.shape} for {neurons} neurons")
        if carried.shape != np.shape(value):
            return value
        if not np.allclose(carried, value, rtol=AGREEMENT, atol=0.0):
            return value
        return carried if carried.ndim else float(carried)

    def carried_text(self, name: str, longest: int) -> str | None:
        """Return a text of the node's metadata; None where there is none of that name."""
        if not self._group.holds_group("metadata"):
            return None
        metadata = self._group.group("metadata")
        return metadata.text(name, longest) if name in metadata else None

    def size(self, name: str) -> int:
        """Return how many values there are in a shape that is stored as a parameter."""
        shape = self.numbers(name).ravel()
        wrong = (shape != np.rint(shape)) | (shape < 1)
        if wrong.any() or not shape.size:
            value = f"{shape[wrong][0]:g}" if shape.size else "nothing"
            self.refuse(f"{name} holds {value}; it must be integers from 1")
        return prod(int(axis) for axis in shape)

    def matrix(self, before: int) -> NDArray[np.float64]:
        """Return the weights of synapses that take `before` inputs."""
        weights = self.numbers("weight")
        if weights.ndim != 2 or weights.size == 0:
            self.refuse(f"weight has shape {weights.shape}; it must be (post, pre)")
        if weights.shape[1] != before:
            self.refuse(f"weight takes {weights.shape[1]} inputs; the node before gives {before}")
        return weights

    def check_flattened(self, before: int) -> None:
        """Check a node that only changes the shape."""
        if "input_type" in self._group and self.size("input_type") != before:
            self.refuse(
                f"input_type holds {self.size('input_type')} values; the node before gives {before}"
            )


class Layer:
    """Neurons, and the synapses that lead to them, if they have some.

    Parameters
    ----------
    synapses : Node, optional
        Without one neuron i hears the i-th neuron of the layer before, by a weight of 1.
    neurons : Node
    before : int
        Neurons of the layer before.
    """

    def __init__(self, synapses: Node | None, neurons: Node, before: int) -> None:
        self.synapses, self.neurons = synapses, neurons
        if synapses is None and before > MATCHED_MAX:
            neurons.refuse(
                f"it has no synapses and {before} inputs; write them out as Linear, as only up to "
                f"{MATCHED_MAX} are matched one to one"
            )
        self.weights = np.eye(before) if synapses is None else synapses.matrix(before)

    def bias(self) -> NDArray[np.float64]:
        """Return the bias of the synapses, shape (post,)."""
        post = len(self.weights)
        if self.synapses is None or self.synapses.kind == "Linear":
            return np.zeros(post)
        return self.synapses.array("bias", post)


def layers_of(graph: StoredGroup) -> list[Layer]:
    """Return the layers of a graph that is a chain, from the input on.

    Parameters
    ----------
    graph : StoredGroup
        A NIRGraph: its nodes and edges.

    Raises
    ------
    ValueError
        It is no chain of synapses and neurons; a node that is missing something or of a kind that
        is not read.
    """
    chain = _chain(graph)
    before = chain[0].size("shape")
    layers: list[Layer] = []
    synapses: Node | None = None
    for node in chain[1:-1]:
        if node.kind == "Flatten":
            node.check_flattened(before if synapses is None else len(synapses.numbers("weight")))
        elif node.kind in SYNAPSES:
            if synapses is not None:
                node.refuse(f"here must be {' or '.join(NEURONS)}: they follow synapses")
            synapses = node
        else:
            layers.append(Layer(synapses, node, before))
            synapses, before = None, len(layers[-1].weights)
    if synapses is not None or not layers:
        chain[-2].refuse(f"the graph ends with it; it must end with {' or '.join(NEURONS)}")
    if chain[-1].size("shape") != before:
        chain[-1].refuse(f"shape holds {chain[-1].size('shape')} neurons; the layer has {before}")
    return layers


def _chain(graph: StoredGroup) -> list[Node]:
    """Return the nodes from the input to the output."""
    for name in ("nodes", "edges"):
        if name not in graph:
            raise ValueError(f"{graph.path} cannot be read as a NIR file: it has no {name}")
    stored = graph.group("nodes")
    nodes = {name: Node(name, stored) for name in stored.names()}
    ends: dict[str, list[str]] = {"Input": [], "Output": []}
    for name, node in nodes.items():
        if node.kind in ends:
            ends[node.kind].append(name)
        elif node.kind not in (*NEURONS, *SYNAPSES, "Flatten"):
            node.refuse(_REASONS.get(node.kind, "we do not know such nodes"))
    for kind, names in ends.items():
        if len(names) != 1:
            listed = f" ({shortened(', '.join(map(repr, names)))})" if names else ""
            raise ValueError(
                f"{graph.path} has {len(names)} nodes of type {kind}{listed}; it must have 1"
            )
    (first,), (last,) = ends.values()
    following = _following(graph, nodes, first, last)
    chain = [first]
    while chain[-1] in following:
        chain.append(following[chain[-1]])
    if chain[-1] != last or len(chain) != len(nodes):
        raise ValueError(
            f"{graph.path} is not a chain from its input through synapses and neurons to its "
            f"output; it has the edges {shortened(sorted(following.items()))}"
        )
    return [nodes[name] for name in chain]


def _following(graph: StoredGroup, nodes: dict[str, Node], first: str, last: str) -> dict[str, str]:
    """Return the node behind each node; no node has two before or behind it."""
    texts = graph.texts("edges")
    if texts.ndim != 2 or texts.shape[1] != 2:
        raise ValueError(
            f"{graph.path} cannot be read as a NIR file: edges has shape {texts.shape}; it must be "
            "(edges, 2)"
        )
    edges = sorted({(str(source), str(target)) for source, target in texts})
    for name in sorted({name for edge in edges for name in edge}):
        if name not in nodes:
            raise ValueError(f"{graph.path} has an edge of {name!r}, which is none of its nodes")
    for name, node in nodes.items():
        for what, own in (("into", 1), ("out of", 0)):
            found = [edge[1 - own] for edge in edges if edge[own] == name]
            if len(found) > 1 or (found and name == (first, last)[1 - own]):
                node.refuse(
                    f"edges lead {what} it from or to "
                    f"{shortened(', '.join(map(repr, found)))}; branches and recurrent connections "
                    "are not read"
                )
    return dict(edges)
