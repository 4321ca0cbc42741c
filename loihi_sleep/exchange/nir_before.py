"""What stands before neurons in a NIR file: pooling, synapses, and what only changes the shape."""

from __future__ import annotations

from math import prod

from loihi_sleep.exchange.nir_graph import CONVOLUTION, NEURONS, POOLING, Layer, Node
from loihi_sleep.exchange.nir_maps import read_convolution, read_neurons, read_pooling
from loihi_sleep.networks import ConvolutionalLayer
from loihi_sleep.networks.pooling import Pooling


class Before:
    """The nodes between two layers of neurons, which are linear and become one layer's synapses.

    Parameters
    ----------
    shape : tuple of int
        Of what the neurons before give, or the input.
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._inputs = shape
        self._pooling: Pooling | None = None
        self._convolution: ConvolutionalLayer | None = None
        self._synapses: Node | None = None
        self._last: Node | None = None
        self._flat = False

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of what the neurons hear."""
        shape = self._inputs
        if self._convolution is not None:
            shape = self._convolution.shape
        elif self._synapses is not None:
            shape = (len(self._synapses.numbers("weight")),)
        elif self._pooling is not None:
            shape = self._pooling.shape
        return (prod(shape),) if self._flat else shape

    @property
    def is_open(self) -> bool:
        """Whether there are nodes that neurons must follow."""
        return self._synapses is not None or self._pooling is not None

    @property
    def are_maps(self) -> bool:
        """Whether neurons hear a convolution or pooling."""
        if self._convolution is not None:
            return True
        return self._pooling is not None and self._synapses is None

    def take(self, node: Node, *, behind_maps: bool) -> None:
        """Add the next node.

        Parameters
        ----------
        node : Node
        behind_maps : bool
            Whether there are convolutions or pooling before.
        """
        if node.kind == "Flatten":
            node.check_flattened(self.shape)
            self._flat = True
        elif node.kind in POOLING:
            self._take_pooling(node)
        else:
            if self._synapses is not None:
                node.refuse(f"here must be {' or '.join(NEURONS)}: they follow synapses")
            if node.kind == CONVOLUTION:
                self._take_convolution(node)
            elif len(self.shape) > 1 and (behind_maps or self._pooling is not None):
                node.refuse("a Flatten must be between it and a convolution or pooling")
            self._synapses = node
            self._flat = False
        self._last = node

    def _take_pooling(self, node: Node) -> None:
        pooling = read_pooling(node, self.shape)
        try:
            if self._convolution is not None:
                self._convolution = pooling.behind(self._convolution)
            elif self._pooling is not None:
                self._pooling = self._pooling.pooled(pooling)
            else:
                self._pooling = pooling
        except ValueError as error:
            node.refuse(error)

    def _take_convolution(self, node: Node) -> None:
        layer = read_convolution(node, self.shape)
        try:
            self._convolution = layer if self._pooling is None else self._pooling.before(layer)
        except ValueError as error:
            node.refuse(error)

    def maps(self, neurons: Node, dt: float) -> ConvolutionalLayer:
        """Return the layer of neurons behind a convolution or pooling."""
        assert self._last is not None
        layer = self._convolution
        if layer is None:
            assert self._pooling is not None
            try:
                layer = self._pooling.layer()
            except ValueError as error:
                self._last.refuse(error)
        return read_neurons(layer, self._synapses, neurons, dt)

    def dense(self, neurons: Node, recurrent: Node | None) -> Layer:
        """Return the layer of neurons behind dense synapses, or behind none."""
        return Layer(self._synapses, neurons, prod(self._inputs), recurrent, self._pooling)

    def behind(self, shape: tuple[int, ...]) -> Before:
        """Return what stands before the next neurons, behind those of this shape."""
        return Before((prod(shape),) if self._flat else shape)
