"""The nodes of a NIR file as layers: synapses and the neurons behind them."""

from __future__ import annotations

from math import prod
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.exchange.refusal import refuse
from loihi_sleep.files.hdf5 import StoredGroup, printable
from loihi_sleep.networks.pooling import Pooling

# Constants that a file of ours carries beside NIR's own hold where both agree as far as floats can.
AGREEMENT = 1e-12
# What NIR is written from are tensors of 32 bits; sums of larger numbers are soon infinite.
LARGEST = float(np.finfo(np.float32).max)
# Neurons without synapses get a matrix of their own, which the file does not hold.
MATCHED_MAX = 1024
NEURONS, SYNAPSES = ("LIF", "CubaLIF", "IF"), ("Linear", "Affine")
CONVOLUTION, POOLING = "Conv2d", ("SumPool2d", "AvgPool2d")
_SILENT = "it does not spike; a layer ends in LIF, CubaLIF or IF"
_REASONS = {
    "Conv1d": "convolutions of one axis are not read; write them as Conv2d or Linear",
    "Delay": "delays are not read; leave it out, and give its steps to CubaLayer.delays here",
    "Scale": "scales are not read; multiply them into the weights",
    "Threshold": "it has no potential; a layer ends in LIF, CubaLIF or IF",
    "LI": _SILENT,
    "CubaLI": _SILENT,
    "I": _SILENT,
}


def refusal_of(kind: str) -> str:
    """Say why nodes of a kind are not read."""
    read = ", ".join((*SYNAPSES, CONVOLUTION, *POOLING, "Flatten", *NEURONS))
    return _REASONS.get(kind, f"we do not know such nodes; {read} are read")


class Node:
    """A node of a graph; what it refuses it names.

    Parameters
    ----------
    name : str
    nodes : StoredGroup
        Group that holds all nodes by name.
    within : str
        What goes before the name in messages: the graph within the graph that holds the node.
    """

    def __init__(self, name: str, nodes: StoredGroup, within: str = "") -> None:
        shown = printable(repr(within + name))
        self._label = f"node {shown} of {nodes.path}"
        if not nodes.holds_group(name) or "type" not in nodes.group(name):
            self.refuse("it has no type")
        self._group = nodes.group(name)
        self.kind = self._group.text("type")
        self._label = f"node {shown} ({printable(self.kind)}) of {nodes.path}"

    def refuse(self, reason: str | ValueError) -> NoReturn:
        """Raise a ValueError that names the node; one that names a node already stays as it is."""
        refuse(self._label, reason)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a parameter as it is stored."""
        if name not in self._group:
            self.refuse(f"{printable(name)} is missing")
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

    def array(
        self, name: str, shape: int | tuple[int, ...], default: float | None = None
    ) -> NDArray[np.float64]:
        """Return a parameter, one number a neuron; one number counts for all, or for a channel."""
        axes = (shape,) if isinstance(shape, int) else shape
        neurons = prod(axes)
        if default is not None and name not in self._group:
            return np.full(neurons, default)
        values = self.numbers(name)
        if len(axes) > 1 and values.shape == (axes[0], *[1] * (len(axes) - 1)):
            values = np.broadcast_to(values, axes)
        if values.size not in (1, neurons):
            self.refuse(
                f"{name} has shape {values.shape} for {neurons} neurons; it must be one number, or "
                "one a neuron"
            )
        return np.broadcast_to(values.ravel(), neurons)

    def steps(self, name: str, shape: int | tuple[int, ...], dt: float) -> NDArray[np.float64]:
        """Return a time constant in steps, from 1."""
        with np.errstate(over="ignore"):
            steps = self.array(name, shape) / dt
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

    def __contains__(self, name: str) -> bool:
        """Tell whether the node has a parameter."""
        return name in self._group

    def is_text(self, name: str) -> bool:
        """Tell whether a parameter is text."""
        return self._group.holds_text(name)

    def text(self, name: str) -> str:
        """Return a parameter that is text."""
        return self._group.text(name)

    def size(self, name: str) -> int:
        """Return how many values there are in a shape that is stored as a parameter."""
        return prod(self.shape(name))

    def shape(self, name: str) -> tuple[int, ...]:
        """Return a shape that is stored as a parameter."""
        shape = self.numbers(name).ravel()
        wrong = (shape != np.rint(shape)) | (shape < 1)
        if wrong.any() or not shape.size:
            value = f"{shape[wrong][0]:g}" if shape.size else "nothing"
            self.refuse(f"{name} holds {value}; it must be integers from 1")
        return tuple(int(axis) for axis in shape)

    def matrix(self, before: int) -> NDArray[np.float64]:
        """Return the weights of synapses that take `before` inputs."""
        weights = self.numbers("weight")
        if weights.ndim != 2 or weights.size == 0:
            self.refuse(f"weight has shape {weights.shape}; it must be (post, pre)")
        if weights.shape[1] != before:
            self.refuse(f"weight takes {weights.shape[1]} inputs; the node before gives {before}")
        return weights

    def check_flattened(self, before: tuple[int, ...]) -> None:
        """Check a node that only changes the shape, of which it may leave nothing but the size."""
        if "input_type" in self._group and self.size("input_type") != prod(before):
            self.refuse(
                f"input_type holds {self.size('input_type')} values; the node before gives "
                f"{prod(before)}"
            )
        # Some tools count an axis for batches, which no file has.
        first = (0, 1, -len(before))
        for name, whole in (("start_dim", first), ("end_dim", (-1, len(before) - 1, len(before)))):
            if name in self._group and self.numbers(name).tolist() not in whole:
                self.refuse(
                    f"{name} is none of {printable(whole)}; only whole inputs are flattened"
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
    recurrent : Node, optional
        Synapses from the neurons to themselves.
    pooling : Pooling, optional
        Between the layer before and the synapses, which then take in what it gives.
    """

    def __init__(
        self,
        synapses: Node | None,
        neurons: Node,
        before: int,
        recurrent: Node | None = None,
        pooling: Pooling | None = None,
    ) -> None:
        self.synapses, self.neurons, self._recurrent = synapses, neurons, recurrent
        if synapses is None and before > MATCHED_MAX:
            neurons.refuse(
                f"it has no synapses and {before} inputs; write them out as Linear, as only up to "
                f"{MATCHED_MAX} are matched one to one"
            )
        if synapses is None:
            self.weights = np.eye(before)
        elif pooling is None:
            self.weights = synapses.matrix(before)
        else:
            try:
                self.weights = pooling.in_matrix(synapses.matrix(prod(pooling.shape)))
            except ValueError as error:
                synapses.refuse(error)

    @property
    def recurrent(self) -> NDArray[np.float64] | None:
        """Weights of the neurons' synapses to themselves, shape (to, from)."""
        if self._recurrent is None:
            return None
        weights = self._recurrent.matrix(len(self.weights))
        if len(weights) != len(self.weights):
            self._recurrent.refuse(
                f"weight leads to {len(weights)} neurons; the layer has {len(self.weights)}"
            )
        return weights

    def bias(self) -> NDArray[np.float64]:
        """Return the bias of all synapses of a neuron, shape (post,)."""
        post = len(self.weights)
        found = np.zeros(post)
        for synapses in (self.synapses, self._recurrent):
            if synapses is not None and synapses.kind == "Affine":
                found = found + synapses.array("bias", post)
        return found
