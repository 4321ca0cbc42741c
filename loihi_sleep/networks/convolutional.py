"""Convolutions of current-based LIF neurons (CUBA), static, and dense layers behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.networks.cuba import CubaNetwork
from loihi_sleep.networks.input_neurons import InputNeurons
from loihi_sleep.networks.layered_processes import LayeredProcesses
from loihi_sleep.networks.neuron_constants import build_lif, reset_of, threshold_in_units
from loihi_sleep.networks.quantization import quantize
from loihi_sleep.numerics.discretize import to_4096ths, whole
from loihi_sleep.numerics.names import NUMERICS
from loihi_sleep.processes import checks
from loihi_sleep.rules import Rule

if TYPE_CHECKING:
    from lava.magma.core.process.ports.ports import OutPort
    from lava.magma.core.process.variable import Var
    from lava.proc.conv.process import Conv
    from lava.proc.lif.process import LIF, LearningLIF

Shape = tuple[int, int, int]
# Lava keeps them in 8 bits.
LARGEST_SIDE = 127
_MOST_NEURONS = 2**31 - 1


@dataclass(frozen=True)
class ConvolutionalLayer:
    """A convolution and the neurons that it leads to.

    Neurons follow the equations of :func:`loihi_sleep.networks.cuba_layer`, where the input is a
    cross-correlation, as in ``torch.nn.Conv2d``: output (row r, column c) of a map takes input
    (``r * stride + dilation * i - padding``, ...) by element (i, ...) of the kernel.

    Parameters
    ----------
    weights : array_like, shape (channels, input channels / groups, rows, columns)
        Integers for ``fixed`` numerics, in any unit for ``float``.
    input_shape : tuple of int
        (channels, rows, columns) of the input.
    vth : float
        Threshold, in the unit of the weights, from 0.
    du, dv : float
        Share of the current and of the membrane potential that is lost each step, 0 .. 1.
    bias : array_like, shape (channels,) or scalar
        What is added to the potential of each neuron a step, in the unit of the weights.
    stride, padding, dilation : tuple of int
        Along rows and columns, up to 127.
    groups : int
        Groups of channels that do not mix, up to 127.

    Raises
    ------
    ValueError
        A parameter out of range or of a wrong shape.
    """

    weights: NDArray[np.float64]
    input_shape: Shape
    vth: float
    du: float = 1.0
    dv: float = 0.0
    bias: NDArray[np.float64] | float = 0.0
    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int] = (0, 0)
    dilation: tuple[int, int] = (1, 1)
    groups: int = 1

    def __post_init__(self) -> None:
        given = np.asarray(self.weights)
        if given.ndim != 4 or not given.size:
            raise ValueError(
                f"weights has shape {given.shape}; it must be (channels, input channels / groups, "
                "rows, columns)"
            )
        checked = {
            "weights": checks.array("weights", given, given.shape),
            "input_shape": _integers("input_shape", self.input_shape, 3, 1, None),
            "vth": checks.number("vth", self.vth, 0),
            "du": checks.number("du", self.du, 0, 1),
            "dv": checks.number("dv", self.dv, 0, 1),
            "bias": checks.array("bias", self.bias, (len(given),)),
            "stride": _integers("stride", self.stride, 2, 1, LARGEST_SIDE),
            "padding": _integers("padding", self.padding, 2, 0, LARGEST_SIDE),
            "dilation": _integers("dilation", self.dilation, 2, 1, LARGEST_SIDE),
            "groups": checks.integer("groups", self.groups, 1, LARGEST_SIDE),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        inputs, outputs = self.input_shape[0], len(given)
        if inputs % self.groups or outputs % self.groups:
            raise ValueError(
                f"groups is {self.groups}; it must divide the {inputs} channels of the input and "
                f"the {outputs} of the output"
            )
        if given.shape[1] != inputs // self.groups:
            raise ValueError(
                f"weights has shape {given.shape}; for {inputs} input channels in {self.groups} "
                f"groups its second axis must have length {inputs // self.groups}"
            )
        if max(given.shape[2:]) > LARGEST_SIDE:
            raise ValueError(
                f"weights has shape {given.shape}; a kernel has up to {LARGEST_SIDE} rows"
            )
        for name, shape in (("input", self.input_shape), ("output", self.shape)):
            if prod(shape) > _MOST_NEURONS:
                raise ValueError(f"the {name} has shape {shape}: more than 2**31 - 1 neurons")
        if min(self.shape) < 1:
            raise ValueError(
                f"weights has shape {given.shape}; the kernel is larger than the input of shape "
                f"{self.input_shape} with its padding"
            )

    @property
    def shape(self) -> Shape:
        """Channels, rows and columns of the output."""
        rows, columns = (
            (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1
            for size, kernel, stride, padding, dilation in zip(
                self.input_shape[1:],
                self.weights.shape[2:],
                self.stride,
                self.padding,
                self.dilation,
                strict=True,
            )
        )
        return len(self.weights), rows, columns

    def build(
        self, numerics: str, reset: dict[str, int], place: str
    ) -> tuple[Conv, LIF | LearningLIF]:
        """Build the synapses, and the neurons in the order (column, row, channel).

        Parameters
        ----------
        numerics : str
        reset : dict
            When neurons start from rest, as Lava's ``LIFReset`` takes it; empty for never.
        place : str
            How errors call the layer.

        Returns
        -------
        Conv, LIF or LearningLIF
        """
        from lava.proc.conv.process import Conv

        weights = self.weights
        if numerics == "fixed":
            stored = np.asarray(whole(weights, f"{place}: weights"))
            weights = stored.reshape(weights.shape)
        # Lava has columns before rows and channels last, and turns the kernel around.
        kernel = weights[:, :, ::-1, ::-1].transpose(0, 3, 2, 1)
        synapses = Conv(
            weight=kernel,
            input_shape=self.input_shape[::-1],
            stride=self.stride[::-1],
            padding=self.padding[::-1],
            dilation=self.dilation[::-1],
            groups=self.groups,
        )
        _, rows, columns = self.shape
        constants = {"vth": self.vth, "du": self.du, "dv": self.dv}
        bias = np.tile(self.bias, columns * rows)
        neurons = build_lif(constants, bias, numerics, reset, place)
        synapses.a_out.reshape(neurons.a_in.shape).connect(neurons.a_in)
        return synapses, neurons


@dataclass(frozen=True)
class ConvolutionalNetwork:
    """Convolutions in a chain, and dense layers behind them, which alone may learn.

    Parameters
    ----------
    layers : tuple of ConvolutionalLayer
        From the input on.
    dense : CubaNetwork, optional
        Behind them; its inputs are the last maps, in C order of (channels, rows, columns).
    input_neurons : InputNeurons, optional
        What turns values into the spikes of the input, where a file says so.

    Raises
    ------
    ValueError
        No layers, or layers that do not fit each other.
    """

    layers: tuple[ConvolutionalLayer, ...]
    dense: CubaNetwork | None = None
    input_neurons: InputNeurons | None = None

    # Asleep its input takes spikes.
    graded: ClassVar[bool] = False

    def __post_init__(self) -> None:
        checks.instance("layers", self.layers, tuple | list, "a tuple of layers")
        object.__setattr__(self, "layers", tuple(self.layers))
        if not self.layers:
            raise ValueError("layers is empty; a network needs at least one")
        for place, layer in enumerate(self.layers):
            checks.instance(f"layers[{place}]", layer, ConvolutionalLayer, "a ConvolutionalLayer")
        for place, (below, above) in enumerate(pairwise(self.layers), start=1):
            if above.input_shape != below.shape:
                raise ValueError(
                    f"layers[{place}] has input_shape {above.input_shape}; the layer before has "
                    f"shape {below.shape}"
                )
        if self.dense is not None:
            checks.instance("dense", self.dense, CubaNetwork, "a CubaNetwork")
            if self.dense.sizes[0] != prod(self.layers[-1].shape):
                raise ValueError(
                    f"dense takes {self.dense.sizes[0]} inputs; the layer before has shape "
                    f"{self.layers[-1].shape}"
                )
        if self.input_neurons is not None:
            checks.instance("input_neurons", self.input_neurons, InputNeurons, "InputNeurons")
            if self.input_neurons.size != self.sizes[0]:
                raise ValueError(
                    f"input_neurons has {self.input_neurons.size} neurons; layers[0] has "
                    f"input_shape {self.layers[0].input_shape}"
                )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Neurons by layer, the input first."""
        maps = (prod(self.layers[0].input_shape), *(prod(layer.shape) for layer in self.layers))
        return maps if self.dense is None else (*maps, *self.dense.sizes[1:])

    @property
    def learns(self) -> bool:
        """Whether any layer has a learning rule."""
        return self.dense is not None and self.dense.learns

    @property
    def weights(self) -> tuple[NDArray[np.float64], ...]:
        """Weights of the dense layers, (post, pre)."""
        return () if self.dense is None else self.dense.weights

    def with_weights(self, weights: Sequence[ArrayLike]) -> ConvolutionalNetwork:
        """Return the network with other weights of the dense layers, as after a night.

        Parameters
        ----------
        weights : sequence of array_like, shape (post, pre) each
            One a dense layer, in the unit of the weights.

        Returns
        -------
        ConvolutionalNetwork

        Raises
        ------
        ValueError
            Weights that do not fit the layers.
        """
        return replace(self, dense=self._dense().with_weights(weights))

    def plastic(self, rule: Rule | str | Sequence[Rule | None]) -> ConvolutionalNetwork:
        """Return the network with a learning rule in each dense layer, or in some of them.

        Parameters
        ----------
        rule : Rule, str or sequence of Rule or None
            As of :meth:`CubaNetwork.plastic`.

        Returns
        -------
        ConvolutionalNetwork

        Raises
        ------
        ValueError
            As there; a network without dense layers.
        """
        return replace(self, dense=self._dense().plastic(rule))

    def sparse(self, layers: Sequence[bool] | None = None) -> ConvolutionalNetwork:
        """Return the network with sparse synapses in dense layers.

        Parameters
        ----------
        layers : sequence of bool, optional
            As of :meth:`CubaNetwork.sparse`, for the dense layers.

        Returns
        -------
        ConvolutionalNetwork

        Raises
        ------
        ValueError
            As there; a network without dense layers.
        """
        return replace(self, dense=self._dense().sparse(layers))

    def scaled(self, factors: Sequence[float]) -> ConvolutionalNetwork:
        """Return the network with dense layers in other units; spikes stay as they are.

        Parameters
        ----------
        factors : sequence of float
            Above 0, one a dense layer, as :meth:`in_weight_units` returns them. Convolutions stay
            in their own unit.

        Returns
        -------
        ConvolutionalNetwork

        Raises
        ------
        ValueError
            Other than one factor a dense layer, or one that is not above 0.
        """
        if self.dense is None:
            checks.sequence("factors", factors, 0, "factors")
            return self
        return replace(self, dense=self.dense.scaled(factors))

    def static(self) -> ConvolutionalNetwork:
        """Return the network without learning rules.

        Returns
        -------
        ConvolutionalNetwork
        """
        return self if self.dense is None else replace(self, dense=self.dense.static())

    def in_weight_units(
        self, headroom: float = 1.0, *, whole_biases: bool = False
    ) -> tuple[ConvolutionalNetwork, tuple[float, ...]]:
        """Round to what ``fixed`` numerics stores; see :meth:`CubaNetwork.in_weight_units`.

        Parameters
        ----------
        headroom : float
            Room for weights of the dense layers to grow in, from 1.
        whole_biases : bool
            Round biases to whole units, as a ``.net`` file holds them.

        Returns
        -------
        ConvolutionalNetwork, tuple of float
            In weight units, and the unit of each dense layer: ``scaled(unit)`` leads back
            there; convolutions stay in weight units, which leaves spikes as they are.

        Raises
        ------
        ValueError
            A threshold outside of 1 .. 131071 units, by its layer.
        """
        whole_biases = checks.boolean("whole_biases", whole_biases)
        quantized = quantize(
            [layer.weights.reshape(len(layer.weights), -1) for layer in self.layers]
        )
        layers = tuple(
            replace(
                layer,
                weights=units.reshape(layer.weights.shape),
                vth=float(threshold_in_units(layer.vth, unit, f"layers[{place}]")),
                bias=np.rint(layer.bias / unit) if whole_biases else layer.bias / unit,
                du=float(to_4096ths(layer.du)),
                dv=float(to_4096ths(layer.dv)),
            )
            for place, (layer, units, unit) in enumerate(
                zip(self.layers, quantized.units, quantized.unit, strict=True)
            )
        )
        if self.dense is None:
            return replace(self, layers=layers), ()
        dense, unit = self.dense.in_weight_units(headroom, whole_biases=whole_biases)
        return replace(self, layers=layers, dense=dense), unit

    def build(
        self,
        numerics: str,
        seed: int = 0,
        *,
        for_chip: bool = False,
        reset_interval: int | None = None,
        reset_offset: int = 0,
    ) -> ConvolutionalProcesses:
        """Wire the network as Lava Processes, each time anew.

        Parameters
        ----------
        numerics, seed, for_chip, reset_interval, reset_offset
            As of :meth:`CubaNetwork.build`.

        Returns
        -------
        ConvolutionalProcesses

        Raises
        ------
        ValueError
            What ``fixed`` numerics cannot store, by layer and parameter.
        """
        checks.one_of("numerics", numerics, NUMERICS)
        convolutions: list[Conv] = []
        neurons: list[LIF | LearningLIF] = []
        for place, layer in enumerate(self.layers):
            reset = reset_of(reset_interval, reset_offset, place)
            synapses, own = layer.build(numerics, reset, f"layers[{place}]")
            if neurons:
                neurons[-1].s_out.reshape(synapses.s_in.shape).connect(synapses.s_in)
            convolutions.append(synapses)
            neurons.append(own)
        if self.dense is None:
            return ConvolutionalProcesses(tuple(convolutions), tuple(neurons), None)
        dense = self.dense.build(
            numerics,
            seed,
            for_chip=for_chip,
            reset_interval=reset_interval,
            reset_offset=reset_offset + len(self.layers),
        )
        maps = neurons[-1].s_out.reshape(self.layers[-1].shape[::-1])
        dense.connect_input(maps.transpose([2, 1, 0]).flatten())
        return ConvolutionalProcesses(tuple(convolutions), (*neurons, *dense.neurons), dense)

    def _dense(self) -> CubaNetwork:
        if self.dense is None:
            raise ValueError("the network has no dense layers, and convolutions are static")
        return self.dense


@dataclass(frozen=True)
class ConvolutionalProcesses:
    """Convolutions and dense layers as connected Lava Processes.

    Parameters
    ----------
    convolutions : tuple of Conv
    neurons : tuple of LIF, or of LearningLIF
        By layer; those of convolutions in the order (column, row, channel).
    dense : LayeredProcesses, optional
        Synapses and neurons of the dense layers.
    """

    convolutions: tuple[Conv, ...]
    neurons: tuple[LIF | LearningLIF, ...]
    dense: LayeredProcesses | None

    def connect_input(self, s_out: OutPort) -> None:
        """Connect a source of spikes.

        Parameters
        ----------
        s_out : OutPort, shape (inputs,)
            Flat, in C order of (channels, rows, columns).
        """
        s_in = self.convolutions[0].s_in
        s_out.reshape(s_in.shape[::-1]).transpose([2, 1, 0]).connect(s_in)

    @property
    def spikes(self) -> tuple[OutPort, ...]:
        """Where the spikes of each layer come out."""
        return tuple(neurons.s_out for neurons in self.neurons)

    @property
    def weights(self) -> tuple[Var, ...]:
        """Weights of the dense layers, plastic or not."""
        return () if self.dense is None else self.dense.weights


def _integers(
    field: str, values: Sequence[int], count: int, lowest: int, highest: int | None
) -> tuple[int, ...]:
    """Return so many integers within bounds."""
    given = checks.sequence(field, values, count, "integers")
    return tuple(
        checks.integer(f"{field}[{axis}]", value, lowest, highest)
        for axis, value in enumerate(given)
    )
