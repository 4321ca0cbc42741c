"""The Process `ReceptiveSynapses`."""

from typing import Any, ClassVar

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.role import Role


class ReceptiveSynapses(CheckedProcess):
    """Sparse synapses, a few for each neuron, that grow receptive fields by unsupervised STDP.

    What arrives is sent one step later, as by Lava's `Dense`, with release noise for each synapse.
    Learning, on every post-synaptic spike at step t, for each of the neuron's synapses whose
    pre-synaptic neuron has spiked in the present cycle, last at step t'::

        w   <- w (1 + potentiation exp(-(t - t') / tau))
        sum <- max(least_sum, (1 - sum_decay) sum)
        w   <- min(largest, w sum / sum of w)

    Parameters
    ----------
    sources : array_like of int, shape (post, fan_in)
        Pre-synaptic neuron of each synapse.
    weights : array_like, shape (post, fan_in)
        From 0.
    pre : int
        Pre-synaptic neurons.
    seed : int
        Seed of the release noise, 0 .. 2**63 - 1.
    cycle_steps : int
        Steps of a cycle: spikes of earlier ones are forgotten.
    release : float
        Spread of the release noise, 0 .. 1.
    potentiation : float
        Growth of a weight by a pair of spikes without delay, from 0.
    tau : float
        Time constant of the pairing, in steps, from 1e-3.
    sum_decay : float
        Share by which a neuron's sum of weights falls with each of its spikes, 0 .. 1.
    least_sum, largest : float
        Where it stops, and the bound of a weight.
    learning : bool
        Whether weights change.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    s_in : InPort, shape (pre,)
        Spikes.
    s_in_bap : InPort, shape (post,)
        Post-synaptic spikes.
    a_out : OutPort, shape (post,)
        Conductance.
    weights, sources, input_sum, last_spike, conductance : Var
        State: synapses, what the weights of each neuron sum to, step of each input's last spike in
        the cycle (-1: none), and what is sent next.
    learning : Var, shape (1,)
        1 or 0; a host may set it between runs.

    Raises
    ------
    ValueError
        A parameter out of range.
    """

    role: ClassVar[Role] = Role.SYNAPSES
    own_rule: ClassVar[bool] = True
    on_host: ClassVar[str] = "features are learned in floating point"

    def __init__(
        self,
        *,
        sources: ArrayLike,
        weights: ArrayLike,
        pre: int,
        seed: int,
        cycle_steps: int,
        release: float = 0.0,
        potentiation: float = 0.04,
        tau: float = 80.0,
        sum_decay: float = 0.01,
        least_sum: float = 0.37,
        largest: float = 0.19,
        learning: bool = True,
        **kwargs: Any,
    ) -> None:
        pre = checks.integer("pre", pre, 1)
        places = np.asarray(sources)
        if places.ndim != 2 or not np.issubdtype(places.dtype, np.integer):
            raise ValueError(
                f"sources has shape {places.shape} and type {places.dtype}; it must be integers of "
                "shape (post, fan_in)"
            )
        if places.size == 0 or places.min() < 0 or places.max() >= pre:
            raise ValueError(
                f"sources must hold neurons 0 .. {pre - 1}, at least one for each post"
            )
        values = checks.array("weights", weights, places.shape, 0)
        super().__init__(
            seed=checks.seed("seed", seed),
            cycle_steps=checks.integer("cycle_steps", cycle_steps, 1),
            release=checks.number("release", release, 0, 1),
            rule=(
                checks.number("potentiation", potentiation, 0),
                checks.number("tau", tau, 1e-3),
                checks.number("sum_decay", sum_decay, 0, 1),
                checks.number("least_sum", least_sum, 0),
                checks.number("largest", largest, 0),
            ),
            **kwargs,
        )
        post = len(places)
        self.s_in = InPort(shape=(pre,))
        self.s_in_bap = InPort(shape=(post,))
        self.a_out = OutPort(shape=(post,))
        self.sources = Var(shape=places.shape, init=places.astype(np.int64))
        self.weights = Var(shape=places.shape, init=values)
        self.input_sum = Var(shape=(post,), init=values.sum(axis=1))
        self.last_spike = Var(shape=(pre,), init=-1)
        self.conductance = Var(shape=(post,), init=0.0)
        self.learning = Var(shape=(1,), init=int(learning))
