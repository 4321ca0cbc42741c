"""Neurons that turn values into spikes, before the first synapses of a network."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from loihi_sleep.networks.neuron_constants import Constant, build_lif, constant, reset_of
from loihi_sleep.processes import checks

if TYPE_CHECKING:
    from lava.proc.lif.process import LIF


@dataclass(frozen=True)
class InputNeurons:
    """LIF neurons without synapses; the bias of neuron i is ``weight * x_i + bias``.

    Each follows ``v(t) = (1 - dv_i) v(t-1) + weight * x_i + bias``; where v exceeds vth_i it spikes
    and v becomes 0. They have no current: du says how one would decay.

    Parameters
    ----------
    shape : tuple of int
        Shape of the values, (neurons,) or (channels, rows, columns); neurons are counted in C
        order.
    vth : float or ndarray, shape (neurons,)
        Threshold, in weight units.
    du, dv : float or ndarray, shape (neurons,)
        Share of the current and of the potential that is lost each step, 0 .. 1.
    weight, bias : float
        From values to weight units.

    Raises
    ------
    ValueError
        A parameter out of range or of a wrong shape.
    """

    shape: tuple[int, ...]
    vth: Constant
    du: Constant
    dv: Constant
    weight: float
    bias: float

    def __post_init__(self) -> None:
        if type(self.shape) is not tuple or not self.shape:
            raise ValueError(f"shape is {self.shape!r}; it must be a tuple of integers from 1")
        for axis, size in enumerate(self.shape):
            checks.integer(f"shape[{axis}]", size, 1)
        checked = {
            "vth": constant("vth", self.vth, self.size, 0),
            "du": constant("du", self.du, self.size, 0, 1),
            "dv": constant("dv", self.dv, self.size, 0, 1),
            "weight": checks.number("weight", self.weight, -np.inf),
            "bias": checks.number("bias", self.bias, -np.inf),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def size(self) -> int:
        """Number of neurons."""
        return prod(self.shape)

    def build(
        self,
        values: ArrayLike,
        numerics: str,
        *,
        reset_interval: int | None = None,
        reset_offset: int = 0,
    ) -> LIF:
        """Build the neurons as a Lava Process, each time anew.

        Parameters
        ----------
        values : array_like, of the neurons' shape or (neurons,), or scalar
            What they turn into spikes, the same in every step.
        numerics : str
            ``float`` or ``fixed``, which rounds biases to 64ths of a weight unit.
        reset_interval, reset_offset
            As of :meth:`loihi_sleep.networks.CubaNetwork.build`, whose offset is to be one more
            where each layer is to start from rest one step after the layer before.

        Returns
        -------
        LIF, shape (neurons,)
            ``network.build(...).connect_input(neurons.s_out)`` connects it.

        Raises
        ------
        ValueError
            Values of a wrong shape; what ``fixed`` numerics cannot store, by parameter.
        """
        flat = (self.size,)
        shape = flat if np.shape(values) == flat else self.shape
        bias = self.weight * checks.array("values", values, shape).ravel() + self.bias
        reset = reset_of(reset_interval, reset_offset, 0)
        return build_lif(
            {"vth": self.vth, "du": self.du, "dv": self.dv},
            bias,
            numerics,
            reset,
            "input_neurons",
        )
