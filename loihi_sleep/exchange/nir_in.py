"""A layered LIF network from a NIR file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.networks import CubaLayer, CubaNetwork, cuba_layer
from processes import checks

if TYPE_CHECKING:
    import nir

# Constants that a file of ours carries beside NIR's own hold where both agree as far as floats can.
AGREEMENT = 1e-12
_NEURONS, _SYNAPSES = ("LIF", "CubaLIF", "IF"), ("Linear", "Affine")
_SILENT = "it does not spike; a layer ends in LIF, CubaLIF or IF"
_REASONS = {
    "Conv1d": "convolutions are not read; write them out as Linear",
    "Conv2d": "convolutions are not read; write them out as Linear",
    "SumPool2d": "pooling is not read",
    "AvgPool2d": "pooling is not read",
    "Delay": "delays are not read",
    "Flatten": "inputs are read flat; flatten them before the network",
    "Scale": "scales are not read; multiply them into the weights",
    "Threshold": "it has no potential; a layer ends in LIF, CubaLIF or IF",
    "LI": _SILENT,
    "CubaLI": _SILENT,
    "I": _SILENT,
    "NIRGraph": "it is a graph of its own (recurrent layers are written so); only chains are read",
}


def read_nir(path: str | Path, dt: float | None = None) -> CubaNetwork:
    r"""Read a network of ``Linear`` or ``Affine`` and ``LIF``, ``CubaLIF`` or ``IF`` in turn.

    NIR's neurons are differential equations; a time step makes them Lava's, by Euler's forward
    method, an input spike being a current of 1 for one step:

    ============ ======================================== ==========================================
    Lava's LIF   of ``LIF`` and ``IF``                    of ``CubaLIF``
    ============ ======================================== ==========================================
    du           1                                        :math:`dt / \tau_{syn}`
    dv           :math:`dt / \tau`; of ``IF`` 0           :math:`dt / \tau_{mem}`
    weights      :math:`g W`, :math:`g = R\,dt / \tau`;   :math:`g W`,
                 of ``IF`` :math:`g = R\,dt`              :math:`g = (R\,dt / \tau_{mem})
                                                          (w_{in}\,dt / \tau_{syn})`
    bias         :math:`g b + v_{leak}\,dt / \tau`        :math:`v_{leak}\,dt / \tau_{mem}`
    vth          :math:`v_{threshold}`                    :math:`v_{threshold}`
    ============ ======================================== ==========================================

    Nothing else is scaled. Both spike where v exceeds the threshold; in Lava a spike takes one step
    a layer, which NIR does not have.

    Parameters
    ----------
    path : str or Path
        As ``nir.write`` and :func:`write_nir` write it.
    dt : float, optional
        Length of a time step in the unit of the file's time constants, above 0. NIR does not hold
        it; files of :func:`write_nir` do, in their metadata.

    Returns
    -------
    CubaNetwork
        Static, in the file's own unit of weights: for ``float`` numerics as it is, for ``fixed``
        after :meth:`CubaNetwork.in_weight_units`.

    Raises
    ------
    ValueError
        A file that is not there or of another kind; no dt; what cannot be read, by the name of its
        node: branches and loops, other nodes than those above, a reset to another potential than 0,
        time constants or thresholds that differ within a layer or are shorter than dt, a bias of
        the synapses of ``CubaLIF`` (it would pass through the current, Lava's does not).

    Notes
    -----
    Pedersen et al., "Neuromorphic intermediate representation: a unified instruction set for
    interoperable brain-inspired computing", Nature Communications 15:8122 (2024).
    """
    import nir

    try:
        graph = nir.read(path)
    except (OSError, KeyError, AssertionError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as a NIR file: {error}") from None
    if dt is None:
        if "dt" not in graph.metadata:
            raise ValueError(
                f"{path} does not hold dt; give the length of a time step in the unit of its time "
                "constants, as in read_nir(path, dt=1e-4)"
            )
        dt = float(graph.metadata["dt"])
    dt = checks.positive("dt", dt)
    chain = _chain(graph, path)
    return CubaNetwork(
        tuple(_layer(chain[place], chain[place + 1], dt, path) for place in range(0, len(chain), 2))
    )


class _Node:
    """A node of a graph; what it refuses it names."""

    def __init__(self, name: str, node: nir.NIRNode, path: str | Path) -> None:
        self.kind, self._node = type(node).__name__, node
        self._label = f"node {name!r} ({self.kind}) of {path}"

    def refuse(self, reason: str) -> NoReturn:
        raise ValueError(f"{self._label} cannot be read: {reason}")

    def array(self, name: str, neurons: int) -> NDArray[np.float64]:
        """Return a parameter, one number a neuron."""
        values = np.asarray(getattr(self._node, name), dtype=np.float64)
        if values.size not in (1, neurons):
            self.refuse(f"{name} has shape {values.shape} for {neurons} neurons")
        if not np.isfinite(values).all():
            self.refuse(f"{name} is not finite")
        return np.broadcast_to(values.ravel(), neurons)

    def one(self, name: str, neurons: int) -> float:
        """Return a parameter that must be the same for all neurons."""
        values = np.unique(self.array(name, neurons))
        if values.size != 1:
            self.refuse(f"{name} holds {values.size} values; Lava's LIF has one a layer")
        return float(values[0])

    def steps(self, name: str, neurons: int, dt: float) -> float:
        """Return a time constant in steps, from 1."""
        steps = self.one(name, neurons) / dt
        if steps < 1:
            self.refuse(f"{name} is {steps * dt:g}; it must not be below dt, which is {dt:g}")
        return steps

    def exact(self, name: str, value: Any) -> Any:
        """Return a constant as a file of ours carries it, where it agrees with NIR's own."""
        carried = self._node.metadata.get(name)
        if carried is None or np.shape(carried) != np.shape(value):
            return value
        if not np.allclose(carried, value, rtol=AGREEMENT, atol=0.0):
            return value
        return np.asarray(carried) if np.ndim(carried) else float(carried)

    def matrix(self) -> NDArray[np.float64]:
        """Return the weights of synapses."""
        weights = np.asarray(self._node.weight, dtype=np.float64)
        if weights.ndim != 2 or not np.isfinite(weights).all():
            self.refuse(
                f"weight has shape {weights.shape} or is not finite; it must be (post, pre)"
            )
        return weights


def _chain(graph: nir.NIRGraph, path: str | Path) -> list[_Node]:
    """Return synapses and neurons in turn, from the input on."""
    nodes = {name: _Node(name, node, path) for name, node in graph.nodes.items()}
    ends: dict[str, list[str]] = {"Input": [], "Output": []}
    for name, node in nodes.items():
        if node.kind in ends:
            ends[node.kind].append(name)
        elif node.kind not in _NEURONS + _SYNAPSES:
            node.refuse(_REASONS.get(node.kind, "we do not know such nodes"))
    for kind, names in ends.items():
        if len(names) != 1:
            raise ValueError(f"{path} has {len(names)} nodes of type {kind}; there must be one")
    edges = sorted(set(graph.edges))
    for name, node in nodes.items():
        for what, own in (("into", 1), ("out of", 0)):
            found = [edge[1 - own] for edge in edges if edge[own] == name]
            if len(found) > 1:
                node.refuse(
                    f"edges lead {what} it from or to {', '.join(map(repr, found))}; branches and "
                    "recurrent connections are not read"
                )
    following = dict(edges)
    chain: list[_Node] = []
    (name,) = ends["Input"]
    while (name := following.get(name, "")) and nodes[name].kind != "Output":
        node = nodes[name]
        wanted = _SYNAPSES if len(chain) % 2 == 0 else _NEURONS
        if node.kind not in wanted:
            node.refuse(f"here must be {' or '.join(wanted)}: synapses and neurons in turn")
        chain.append(node)
    if not chain or len(chain) % 2 or len(chain) + 2 != len(nodes):
        raise ValueError(
            f"{path} is not a chain from its input through synapses and neurons in turn to its "
            f"output; it has the edges {edges}"
        )
    return chain


def _layer(synapses: _Node, neurons: _Node, dt: float, path: str | Path) -> CubaLayer:
    """Return a layer by the equations of :func:`read_nir`."""
    matrix = synapses.matrix()
    post = len(matrix)
    added = np.zeros(post) if synapses.kind == "Linear" else synapses.array("bias", post)
    if neurons.array("v_reset", post).any():
        neurons.refuse("v_reset is not 0; Lava's LIF resets to 0: shift potentials and thresholds")
    du, dv, leak = 1.0, 0.0, np.zeros(post)
    # Dividing by what write_nir makes r and w_in of gives exactly 1.
    if neurons.kind == "IF":
        gain = neurons.array("r", post) / (1.0 / dt)
    else:
        steps = neurons.steps("tau" if neurons.kind == "LIF" else "tau_mem", post, dt)
        gain = neurons.array("r", post) / steps
        dv, leak = neurons.exact("dv", 1.0 / steps), neurons.array("v_leak", post) / steps
    if neurons.kind == "CubaLIF":
        steps = neurons.steps("tau_syn", post, dt)
        gain = gain * (neurons.array("w_in", post) / steps)
        du, leak = neurons.exact("du", 1.0 / steps), neurons.exact("bias", leak)
        if added.any() and du != 1.0:
            synapses.refuse(
                "its bias is not 0 and CubaLIF follows; it would pass through the current, which "
                "Lava's bias does not: put it into v_leak"
            )
    vth = neurons.one("v_threshold", post)
    if vth < 0:
        neurons.refuse(f"v_threshold is {vth:g}; it must be from 0")
    return cuba_layer(gain[:, np.newaxis] * matrix, vth=vth, du=du, dv=dv, bias=gain * added + leak)
