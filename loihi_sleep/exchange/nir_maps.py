"""A convolution of a NIR file and the neurons behind it."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.exchange.nir_equations import EulerConstants
from loihi_sleep.exchange.nir_graph import Node
from loihi_sleep.networks import ConvolutionalLayer


def read_maps(
    synapses: Node, neurons: Node, input_shape: tuple[int, ...], dt: float
) -> ConvolutionalLayer:
    """Return a ``Conv2d`` and its neurons, which share their constants, as a layer.

    Parameters
    ----------
    synapses, neurons : Node
    input_shape : tuple of int
        Of what the node before gives; it must be (channels, rows, columns).
    dt : float
        Length of a time step.

    Raises
    ------
    ValueError
        Parameters that are missing, damaged or of a wrong shape; constants that differ from neuron
        to neuron; a bias before ``CubaLIF``, which passes through the current.
    """
    if len(input_shape) != 3:
        synapses.refuse(
            f"the node before gives the shape {input_shape}; it must be (channels, rows, columns)"
        )
    weights = synapses.numbers("weight")
    if weights.ndim != 4:
        synapses.refuse(f"weight has shape {weights.shape}; it must have four axes")
    try:
        bare = ConvolutionalLayer(
            weights,
            (input_shape[0], input_shape[1], input_shape[2]),
            vth=0.0,
            stride=_pair(synapses, "stride", 1),
            padding=_pair(synapses, "padding", 0),
            dilation=_pair(synapses, "dilation", 1),
            groups=_integer(synapses, "groups", 1),
        )
    except ValueError as error:
        synapses.refuse(str(error))
    channels = len(weights)
    constants = EulerConstants(neurons, prod(bare.shape), dt)

    def shared(name: str, values: NDArray[np.float64]) -> float:
        if values.min() != values.max():
            _refuse_differing(neurons, name)
        return float(values[0])

    gain = shared("gain of the input", constants.gain)
    by_channel = constants.leak.reshape(channels, -1)
    if (by_channel != by_channel[:, :1]).any():
        _refuse_differing(neurons, "v_leak")
    added = np.zeros(channels)
    if "bias" in synapses:
        added = gain * synapses.array("bias", channels)
    if added.any() and neurons.kind == "CubaLIF":
        synapses.refuse(
            "its bias passes through the current of CubaLIF, which Lava's does not; move it to "
            "v_leak"
        )
    return replace(
        bare,
        weights=gain * weights,
        vth=shared("v_threshold", constants.vth),
        du=shared("du", constants.du),
        dv=shared("dv", constants.dv),
        bias=by_channel[:, 0] + added,
    )


def _refuse_differing(neurons: Node, name: str) -> NoReturn:
    neurons.refuse(f"{name} differs from neuron to neuron; those of a convolution share it")


def _pair(node: Node, name: str, default: int) -> tuple[int, int]:
    """Return one or two integers, for rows and columns."""
    if name not in node:
        return default, default
    if node.is_text(name):
        node.refuse(f"{name} is a word; give its size in rows and columns")
    values = node.numbers(name).ravel()
    if values.size not in (1, 2) or (values != np.rint(values)).any():
        node.refuse(f"{name} holds {values.size} numbers; it must be one or two integers")
    rows, columns = np.broadcast_to(values, 2)
    return int(rows), int(columns)


def _integer(node: Node, name: str, default: int) -> int:
    return _pair(node, name, default)[0]
