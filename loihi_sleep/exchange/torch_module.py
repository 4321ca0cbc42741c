"""A network as a torch module that steps in Loihi's integers, spike by spike as the engine does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from loihi_sleep.networks import CubaNetwork
from loihi_sleep.numerics.limits import BITS_BELOW_A_WEIGHT
from loihi_sleep.processes.kernels.integers import DECAY_BITS, STATE_MAX, UNITY

if TYPE_CHECKING:
    from lava.proc.dense.process import Dense
    from lava.proc.lif.process import LIF

_WRAP = 2 * (STATE_MAX + 1)


class IntegerLIF(nn.Module):
    r"""LIF neurons in the integers of Loihi, as Lava's ``LIF`` in fixed point.

    .. math::
        u \leftarrow \lfloor u (4096 - d_u) / 4096 \rfloor_0 + 64 a \quad
        v \leftarrow \lfloor v (4096 - d_v) / 4096 \rfloor_0 + u + b

    where the current wraps around and the potential saturates at 24 bits; where v exceeds 64 times
    the threshold the neuron spikes and v becomes 0.

    Parameters
    ----------
    neurons : LIF
        Whose constants it has.
    """

    def __init__(self, neurons: LIF) -> None:
        super().__init__()
        size = neurons.proc_params["shape"]
        bias = np.asarray(neurons.bias_mant.init, dtype=np.int64)
        exponent = int(np.asarray(neurons.bias_exp.init))
        bias = bias << exponent if exponent >= 0 else bias >> -exponent
        constants = {
            "left_of_current": UNITY - 1 - np.asarray(neurons.du.init, dtype=np.int64),
            "left_of_potential": UNITY - np.asarray(neurons.dv.init, dtype=np.int64),
            "bias": bias,
            "threshold": np.asarray(neurons.vth.init, dtype=np.int64) << BITS_BELOW_A_WEIGHT,
            "first_current": np.asarray(neurons.u.init, dtype=np.int64),
        }
        for name, values in constants.items():
            self.register_buffer(name, torch.from_numpy(np.broadcast_to(values, size).copy()))
        self.current: torch.Tensor | None = None
        self.potential: torch.Tensor | None = None

    def reset(self) -> None:
        """Begin from rest."""
        self.current = self.potential = None

    def forward(self, activation: torch.Tensor) -> torch.Tensor:
        """Take what synapses bring in a step, shape (batch, neurons); return spikes, 0 and 1."""
        a: Any = activation.to(torch.int64)
        own: Any = self
        if self.current is None or self.potential is None:
            self.current = own.first_current.expand_as(a)
            self.potential = torch.zeros_like(a)
        current = _decayed(self.current, own.left_of_current) + (a << BITS_BELOW_A_WEIGHT)
        current = torch.where(current > STATE_MAX + 1, current - _WRAP, current)
        current = torch.where(current <= -STATE_MAX - 1, current + _WRAP, current)
        potential = _decayed(self.potential, own.left_of_potential) + current + own.bias
        potential = potential.clamp(-STATE_MAX, STATE_MAX)
        spikes = potential > own.threshold
        self.current = current
        self.potential = torch.where(spikes, torch.zeros_like(potential), potential)
        return spikes.to(activation.dtype)


class SpikingModule(nn.Module):
    """A network of LIF layers as a torch module; its spikes are those of the engine in ``fixed``.

    Its synapses are ``nn.Linear`` without bias whose weights are whole numbers of weight units, so
    that tools which count connections and operations find them. As in Lava a spike takes one step
    a layer. It does not learn: what has slept is stepped.

    Parameters
    ----------
    network : CubaNetwork
        In weight units (:meth:`CubaNetwork.in_weight_units` makes them); without delays and
        recurrent synapses.

    Raises
    ------
    ValueError
        Another network, or one that ``fixed`` numerics cannot store.

    Examples
    --------
    >>> module = SpikingModule(slept)
    >>> spikes = module(inputs)  # (batch, steps, inputs) of 0 and 1 to (batch, steps, neurons)
    """

    def __init__(self, network: CubaNetwork) -> None:
        super().__init__()
        if not isinstance(network, CubaNetwork):
            raise ValueError(
                f"network is a {type(network).__name__}; it must be a CubaNetwork, of dense layers "
                "(the engine steps convolutions)"
            )
        for place, layer in enumerate(network.layers):
            if layer.delays is not None or layer.recurrent is not None:
                raise ValueError(
                    f"layers[{place}] has delays or recurrent synapses, which the module does not "
                    "step; the engine does"
                )
        processes = network.static().build("fixed")
        self.synapses = nn.ModuleList(_linear(each) for each in processes.synapses)
        self.neurons = nn.ModuleList(IntegerLIF(each) for each in processes.neurons)
        self._sent: list[torch.Tensor] | None = None
        from loihi_sleep.processes.registry import release

        release([*processes.synapses, *processes.neurons])

    def reset(self) -> None:
        """Begin from rest."""
        self._sent = None
        for neurons in self.neurons:
            neurons.reset()

    def step(self, spikes: torch.Tensor) -> list[torch.Tensor]:
        """Run one time step.

        Parameters
        ----------
        spikes : Tensor, shape (batch, inputs)
            0 and 1.

        Returns
        -------
        list of Tensor, shape (batch, neurons) each
            Spikes of each layer.
        """
        inputs = spikes.to(torch.float64)
        if self._sent is None:
            sizes = [each.in_features for each in self.synapses]
            self._sent = [inputs.new_zeros(len(inputs), size) for size in sizes]
        # Synapses deliver what was sent in the step before.
        fired = [
            neurons(synapses(sent))
            for synapses, neurons, sent in zip(self.synapses, self.neurons, self._sent, strict=True)
        ]
        self._sent = [inputs, *fired[:-1]]
        return fired

    def forward(self, spikes: torch.Tensor) -> torch.Tensor:
        """Run a batch from rest.

        Parameters
        ----------
        spikes : Tensor, shape (batch, steps, inputs)
            0 and 1.

        Returns
        -------
        Tensor, shape (batch, steps, outputs)
            Spikes of the last layer, which answer as many steps later as there are layers.
        """
        self.reset()
        return torch.stack([self.step(spikes[:, t])[-1] for t in range(spikes.shape[1])], dim=1)


def _linear(synapses: Dense) -> nn.Linear:
    """Return synapses as a Linear of whole weight units, in a type that adds them exactly."""
    weights = synapses.weights.init
    exponent = int(synapses.proc_params.get("weight_exp", 0))
    dense = weights.toarray() if hasattr(weights, "toarray") else np.asarray(weights)
    units = dense.astype(np.float64) * 2.0**exponent
    linear = nn.Linear(units.shape[1], units.shape[0], bias=False, dtype=torch.float64)
    with torch.no_grad():
        linear.weight.copy_(torch.from_numpy(units))
    linear.weight.requires_grad_(False)
    return linear


def _decayed(values: torch.Tensor, left: torch.Tensor) -> torch.Tensor:
    """Multiply by 4096ths and round towards 0."""
    product = values * left
    return product.sign() * (product.abs() >> DECAY_BITS)
