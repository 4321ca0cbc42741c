"""The Process `MapNeuron`."""

from typing import Any, ClassVar

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels.map_neuron import rest
from loihi_sleep.processes.role import Role


class MapNeuron(CheckedProcess):
    """Map-based spiking neurons, driven by conductances and injected currents; float only.

    The neuron of Golden, Delanois, Sanda and Bazhenov (2022), after Rulkov, Timofeev and Bazhenov
    (2004); a step stands for 0.5 ms::

        i_syn <- gamma i_syn - a_in (v - v_rp)
        j      = i_syn + i_in
        u      = y + clip(beta_e j, -1, 1)
        v     <- alpha / (1 - v) + u      if v <= 0
                 alpha + u                if 0 < v <= alpha + u and v_before <= 0     a spike
                 -1                       otherwise
        y     <- y - mu (v + 1) + mu sigma + mu sigma_e j      with the old v

    With the parameters given, a neuron at rest (v = -0.94) spikes when a current of 0.54 or more is
    injected for one step, and when a conductance of 0.24 or more arrives.

    Parameters
    ----------
    shape : tuple of int
        (neurons,).
    alpha, mu, sigma, beta_e, sigma_e : float
        Of the map.
    gamma : float
        Share of the synaptic current that is left after a step, 0 .. 1.
    v_rp : float
        Reversal potential of the synapses.
    reset_interval : int
        All neurons return to rest before every so many steps, beginning with the first; 0: never.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    a_in : InPort, shape (neurons,)
        Conductance, inhibition negative; an unconnected port reads 0.
    i_in : InPort, shape (neurons,)
        Injected current; an unconnected port reads 0.
    s_out : OutPort, shape (neurons,)
        Spikes.
    v, v_before, y, i_syn : Var, shape (neurons,)
        Potential, potential one step before, slow variable, synaptic current.

    Raises
    ------
    ValueError
        A parameter out of range.
    """

    role: ClassVar[Role] = Role.NEURONS
    on_host: ClassVar[str] = "its map needs floating point"

    def __init__(
        self,
        *,
        shape: tuple[int],
        alpha: float = 3.65,
        mu: float = 0.0005,
        sigma: float = 0.06,
        beta_e: float = 0.133,
        sigma_e: float = 1.0,
        gamma: float = 0.6,
        v_rp: float = 0.0,
        reset_interval: int = 0,
        **kwargs: Any,
    ) -> None:
        shape = checks.layer_shape("shape", shape)
        parameters = {
            name: checks.number(name, value, lowest, highest)
            for name, value, lowest, highest in (
                ("alpha", alpha, 0, np.inf),
                ("mu", mu, 0, 1),
                # Above 1 the fixed point is a potential at which a neuron does not rest.
                ("sigma", sigma, 0, 1),
                ("beta_e", beta_e, 0, np.inf),
                ("sigma_e", sigma_e, 0, np.inf),
                ("gamma", gamma, 0, 1),
                ("v_rp", v_rp, -np.inf, np.inf),
            )
        }
        v, y = rest(alpha, sigma)
        super().__init__(
            shape=shape,
            parameters=tuple(parameters.values()),
            rest=(v, y),
            reset_interval=checks.integer("reset_interval", reset_interval, 0),
            **kwargs,
        )
        self.a_in = InPort(shape=shape)
        self.i_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.v = Var(shape=shape, init=v)
        self.v_before = Var(shape=shape, init=v)
        self.y = Var(shape=shape, init=y)
        self.i_syn = Var(shape=shape, init=0.0)
