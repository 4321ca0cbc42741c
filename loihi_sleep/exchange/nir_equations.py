"""NIR's neurons by Euler's forward method."""

from __future__ import annotations

from math import prod

import numpy as np

from loihi_sleep.exchange.nir_graph import Node


class EulerConstants:
    """What a time step makes of a node's neurons, each an array of shape (neurons,).

    Parameters
    ----------
    node : Node
        ``LIF``, ``CubaLIF`` or ``IF``.
    shape : int or tuple of int
        Of the neurons; of maps, (channels, rows, columns), parameters may be one number a channel.
    dt : float
        Length of a time step.

    Attributes
    ----------
    gain : ndarray
        By which weights, and a bias of the synapses, are multiplied.
    du, dv : ndarray
        Decays of current and potential, shares of 1.
    leak : ndarray
        What is added to the potential a step.
    vth : ndarray
        Threshold.

    Raises
    ------
    ValueError
        A parameter that is missing, damaged or of a wrong shape; a reset to another potential than
        0; a time constant shorter than dt.
    """

    def __init__(self, node: Node, shape: int | tuple[int, ...], dt: float) -> None:
        neurons = prod(shape) if isinstance(shape, tuple) else shape
        self.vth = node.array("v_threshold", shape)
        if node.array("v_reset", shape, default=0.0).any():
            node.refuse("v_reset is not 0; Lava's LIF resets to 0: shift potentials and thresholds")
        if (self.vth < 0).any():
            node.refuse(f"v_threshold is {self.vth.min():g}; it must be from 0")
        self.du, self.dv, self.leak = np.ones(neurons), np.zeros(neurons), np.zeros(neurons)
        with np.errstate(over="ignore", invalid="ignore"):
            # Dividing by what write_nir makes r and w_in of gives exactly 1.
            if node.kind == "IF":
                self.gain = node.array("r", shape) / (1.0 / dt)
            else:
                steps = node.steps("tau" if node.kind == "LIF" else "tau_mem", shape, dt)
                self.gain, self.dv = node.array("r", shape) / steps, 1.0 / steps
                self.leak = node.array("v_leak", shape) / steps
            if node.kind == "CubaLIF":
                steps = node.steps("tau_syn", shape, dt)
                self.gain = self.gain * (node.array("w_in", shape, default=1.0) / steps)
                self.du = 1.0 / steps
            self.leak = node.exact("bias", self.leak, neurons)
