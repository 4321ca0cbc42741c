"""The Process `GatedDense`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.role import Role


class GatedDense(CheckedProcess):
    r"""Dense synapses that learn by the released rule of Sleep Replay Consolidation.

    What arrives is passed on one step later, as by Lava's ``Dense``, times a gain::

        a_out(t) = gain * sum_j w_ij s_j(t - 1)

    At every spike of post-synaptic neuron i, each of its synapses changes by

    .. math::
        \Delta w_{ij} = g(w_{ij}) \cdot \begin{cases}
            a_+ & \text{where } s_j(t-1) \ne 0 \\ -a_- & \text{elsewhere} \end{cases}, \qquad
        g(w) = \frac{2}{1 + e^{w / \mathrm{width}}}

    (the spike at t was caused by what arrived in the step before). The new weights hold for what
    arrives at t. The gate is an exponential function of the weight, for which Loihi's learning
    engine has no factor: there is a floating-point model only.

    Parameters
    ----------
    weights : array_like, shape (post, pre)
        Real weights.
    gain : float
        Gain of the activations, from 0.
    potentiation, depression : float
        Amounts a+ and a- at gate 1, from 0, in units of the weights.
    width : float
        Weights over which the gate falls, above 0.
    shuffle_seed : int, optional
        Let the rule see pre-synaptic spikes at the wrong neurons, drawn from this seed anew in each
        step: a control for replay, see
        :class:`loihi_sleep.processes.shuffled_dense.process.ShuffledDense`.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    s_in : InPort, shape (pre,)
        Spikes.
    s_in_bap : InPort, shape (post,)
        Spikes of the post-synaptic neurons, in the step in which they occur.
    a_out : OutPort, shape (post,)
        To the post-synaptic neurons.
    weights, gain, potentiation, depression, width : Var
        A host may set them between runs.
    s_before : Var, shape (pre,)
        What arrived in the last step, as the rule sees it.
    a_buff : Var, shape (post,)
        What is sent in the next step.

    Raises
    ------
    ValueError
        A parameter out of its range.

    Notes
    -----
    Tadros, Krishnan, Ramyaa and Bazhenov, Nature Communications 13:7742 (2022), released code.
    There a spike passes all layers in one step; here each layer takes one, and each post-synaptic
    spike is paired with the pre-synaptic spikes that caused it, so that all else is the same.
    """

    role: ClassVar[Role] = Role.SYNAPSES
    own_rule: ClassVar[bool] = True
    on_host: ClassVar[str] = (
        "its rule has an exponential function of the weight, for which Loihi has no factor"
    )

    def __init__(
        self,
        *,
        weights: ArrayLike,
        gain: float = 1.0,
        potentiation: float,
        depression: float,
        width: float = 0.001,
        shuffle_seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        matrix = checks.matrix("weights", weights)
        gain = checks.number("gain", gain, 0)
        potentiation = checks.number("potentiation", potentiation, 0)
        depression = checks.number("depression", depression, 0)
        width = checks.positive("width", width)
        post, pre = matrix.shape
        if shuffle_seed is not None:
            shuffle_seed = checks.seed("shuffle_seed", shuffle_seed)
        super().__init__(shape=matrix.shape, shuffle_seed=shuffle_seed, **kwargs)
        self.s_in = InPort(shape=(pre,))
        self.s_in_bap = InPort(shape=(post,))
        self.a_out = OutPort(shape=(post,))
        self.weights = Var(shape=matrix.shape, init=matrix)
        self.gain = Var(shape=(1,), init=gain)
        self.potentiation = Var(shape=(1,), init=potentiation)
        self.depression = Var(shape=(1,), init=depression)
        self.width = Var(shape=(1,), init=width)
        self.s_before = Var(shape=(pre,), init=0)
        self.a_buff = Var(shape=(post,), init=0)
