"""Convolutions and pooling of a NIR file, and the neurons behind them."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.exchange.nir_equations import EulerConstants
from loihi_sleep.exchange.nir_graph import Node
from loihi_sleep.networks import ConvolutionalLayer
from loihi_sleep.networks.pooling import Pooling

# Beyond it a few numbers of a file would take gigabytes.
NEURONS_MAX = 2**24


def read_convolution(node: Node, input_shape: tuple[int, ...]) -> ConvolutionalLayer:
    """Return a ``Conv2d`` with its bias, without what its neurons make of it.

    Parameters
    ----------
    node : Node
    input_shape : tuple of int
        Of what the node before gives; it must be (channels, rows, columns).

    Raises
    ------
    ValueError
        Parameters that are missing, damaged or of a wrong shape.
    """
    image = _image(node, input_shape)
    if "input_shape" in node and node.shape("input_shape") != image[1:]:
        node.refuse(f"input_shape is not {image[1:]}, the rows and columns that it hears")
    weights = node.numbers("weight")
    if weights.ndim != 4:
        node.refuse(f"weight has shape {weights.shape}; it must have four axes")
    try:
        return ConvolutionalLayer(
            weights,
            image,
            vth=0.0,
            stride=_pair(node, "stride", 1),
            padding=_pair(node, "padding", 0),
            dilation=_pair(node, "dilation", 1),
            groups=_integer(node, "groups", 1),
            bias=node.array("bias", len(weights)) if "bias" in node else 0.0,
        )
    except ValueError as error:
        node.refuse(error)


def read_pooling(node: Node, input_shape: tuple[int, ...]) -> Pooling:
    """Return a ``SumPool2d`` or an ``AvgPool2d``, which counts zeros of its padding in.

    Parameters
    ----------
    node : Node
    input_shape : tuple of int
        As of :func:`read_convolution`.

    Raises
    ------
    ValueError
        As of :func:`read_convolution`.
    """
    image = _image(node, input_shape)
    kernel = _pair(node, "kernel_size")
    try:
        return Pooling.of_windows(
            image,
            kernel,
            stride=_pair(node, "stride"),
            padding=_pair(node, "padding", 0),
            weight=1.0 if node.kind == "SumPool2d" else 1.0 / max(1, prod(kernel)),
        )
    except ValueError as error:
        node.refuse(error)


def read_neurons(
    synapses: ConvolutionalLayer, stored: Node | None, neurons: Node, dt: float
) -> ConvolutionalLayer:
    """Return the neurons behind a convolution or pooling, which share their constants, as a layer.

    Parameters
    ----------
    synapses : ConvolutionalLayer
        As :func:`read_convolution` returns it.
    stored : Node, optional
        The convolution, which refuses its bias; None for pooling.
    neurons : Node
    dt : float
        Length of a time step.

    Raises
    ------
    ValueError
        Parameters that are missing, damaged or of a wrong shape; constants that differ from neuron
        to neuron; a bias before ``CubaLIF``, which passes through the current.
    """
    channels, count = len(synapses.weights), prod(synapses.shape)
    if count > NEURONS_MAX:
        neurons.refuse(f"it has {count} neurons behind a convolution; up to {NEURONS_MAX} are read")
    constants = EulerConstants(neurons, synapses.shape, dt)

    def shared(name: str, values: NDArray[np.float64], stored_as: str | None = None) -> float:
        if values.min() != values.max():
            neurons.refuse(
                f"{name} differs from neuron to neuron; those of a convolution or pooling share "
                "it: give them one, or write the synapses out as Linear"
            )
        value = float(values[0])
        return value if stored_as is None else float(neurons.exact(stored_as, value, count))

    gain = shared("gain of the input", constants.gain, "gain")
    by_channel = constants.leak.reshape(channels, -1)
    for channel in by_channel:
        shared("v_leak", channel)
    added = gain * np.broadcast_to(synapses.bias, channels)
    if added.any() and neurons.kind == "CubaLIF" and stored is not None:
        stored.refuse(
            "its bias passes through the current of CubaLIF, which Lava's does not; move it to "
            "v_leak"
        )
    return replace(
        synapses,
        weights=gain * synapses.weights,
        vth=shared("v_threshold", constants.vth),
        du=shared("du", constants.du, "du"),
        dv=shared("dv", constants.dv, "dv"),
        bias=by_channel[:, 0] + added,
    )


def _image(node: Node, shape: tuple[int, ...]) -> tuple[int, int, int]:
    if len(shape) != 3:
        node.refuse(
            f"the node before gives the shape {shape}; it must be (channels, rows, columns)"
        )
    return shape[0], shape[1], shape[2]


def _pair(node: Node, name: str, default: int | None = None) -> tuple[int, int]:
    """Return one or two integers, for rows and columns."""
    if default is not None and name not in node:
        return default, default
    if node.is_text(name):
        if node.text(name) == "valid":
            return 0, 0
        node.refuse(f"{name} is a word; give its size in rows and columns")
    values = node.numbers(name).ravel()
    if values.size not in (1, 2) or (values != np.rint(values)).any():
        node.refuse(f"{name} holds {values.size} numbers; it must be one or two integers")
    rows, columns = np.broadcast_to(values, 2)
    return int(rows), int(columns)


def _integer(node: Node, name: str, default: int) -> int:
    return _pair(node, name, default)[0]
