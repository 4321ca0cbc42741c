"""The Process `RewardedSynapses`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels.integers import MIXED_WEIGHT_MAX
from loihi_sleep.processes.role import Role


class RewardedSynapses(CheckedProcess):
    """All-to-all synapses under rewarded STDP, balanced by inhibition.

    What arrives is sent one step later, as by Lava's `Dense`: excitation less ``inhibition`` times
    the mean of the pre-synaptic neuron's outgoing weights, each with release noise. Time runs in
    cycles; in a cycle pairs of spikes leave eligibility, and the reward that arrives in the first
    step of the next one acts on the eligibility of the last ``memory`` cycles. Then homeostasis
    (awake only), normalization and inhibition follow; the equations are those of
    :mod:`loihi_sleep.processes.kernels.rewarded_stdp`. Eligibility does not cross from wake to
    sleep or back. Without ``scaled_asleep`` normalization rests asleep, and the target sums follow
    what replay makes of the weights.

    In ``fixed`` the synapses are as a chip holds them: what is sent are sums of integer weights,
    :func:`loihi_sleep.processes.kernels.rewarded_stdp.chip_weight`, without release noise, and
    rewards arrive in units of ``REWARD_UNIT``. What happens at the end of a cycle, and eligibility,
    are the host's work, in floating point: it hears the spikes, and writes the weights anew.

    Parameters
    ----------
    weights : array_like, shape (post, pre)
        Excitatory weights, from 0.
    seed : int
        Seed of the release noise, 0 .. 2**63 - 1.
    cycle_steps : int
        Steps of a cycle.
    release : float
        Spread of the release noise, 0 .. 1; in ``fixed`` there is none.
    inhibition : float
        Share of the mean weight that is subtracted, from 0.
    potentiation, depression : float
        A+ and A-, from 0.
    tau : float
        Time constant of the pairing, in steps, from 1e-3.
    memory : int
        Cycles for which eligibility is kept, from 1.
    learning_rate : float
        r, from 0.
    least, largest : float
        Bounds of a weight, 0 <= least < largest. As weights change by factors, those that fall to 0
        never come back.
    target_rate : float
        Target rate of each output, spikes a cycle, from 0.
    homeostasis : float
        Share by which target sums change in a cycle, 0 .. 1.
    rate_smoothing : float
        Cycles over which the rates are smoothed, from 1.
    scaled_asleep : bool
        Whether weights are scaled to the target sums asleep as well.
    initial_sum, input_sum, rate : array_like, optional
        To go on from an earlier run: the Vars of these names, as they were then.
    scale : float
        In ``fixed``: steps of the integer weight that a weight of 1 is worth, above 0.
    frozen : array_like, shape (post, pre) or scalar
        1 for weights that stay as they are; the others share what these leave of the sum.
    learning : bool
        Whether anything changes.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    s_in : InPort, shape (pre,)
        Spikes.
    s_in_bap : InPort, shape (post,)
        Post-synaptic spikes.
    reward_in : InPort, shape (1,)
        Reward of the last cycle, in the first step of a cycle.
    phase_in : InPort, shape (1,)
        1 while asleep; unconnected: always awake.
    a_out : OutPort, shape (post,)
        Conductance, or in ``fixed`` the sum of integer weights.
    weights, frozen : Var, shape (post, pre)
    initial_sum : Var, shape (pre,)
        Sum of each pre-synaptic neuron's weights at the beginning.
    input_sum, rate : Var, shape (post,)
        Target sum of each output's weights; its smoothed spikes a cycle.
    learning : Var, shape (1,)
        1 or 0; a host may set it between runs. While it is 0, eligibility is forgotten.
    mean_weight, eligibility, eligible, x, x_step, y, y_step, spikes, cycles, asleep, \
conductance : Var
        The rest of the state.

    Raises
    ------
    ValueError
        A parameter out of range.
    """

    role: ClassVar[Role] = Role.SYNAPSES
    own_rule: ClassVar[bool] = True
    on_host: ClassVar[str] = (
        "eligibility, reward, homeostasis and normalization are worked out at "
        "the end of a cycle, and the weights written anew"
    )

    def __init__(
        self,
        *,
        weights: ArrayLike,
        seed: int,
        cycle_steps: int,
        release: float = 0.0,
        inhibition: float = 1.0,
        potentiation: float = 0.04,
        depression: float = 0.04,
        tau: float = 80.0,
        memory: int = 6,
        learning_rate: float = 1.0,
        least: float = 0.0,
        largest: float = 1.0,
        target_rate: float = 0.15,
        homeostasis: float = 0.001,
        rate_smoothing: float = 100.0,
        scaled_asleep: bool = True,
        initial_sum: ArrayLike | None = None,
        input_sum: ArrayLike | None = None,
        rate: ArrayLike | None = None,
        scale: float = MIXED_WEIGHT_MAX,
        frozen: ArrayLike = 0,
        learning: bool = True,
        **kwargs: Any,
    ) -> None:
        values = checks.matrix("weights", weights, lowest=0)
        largest = checks.positive("largest", largest)
        if checks.number("least", least, 0) >= largest:
            raise ValueError(f"least is {least}; it must be below largest, {largest}")
        super().__init__(
            seed=checks.seed("seed", seed),
            cycle_steps=checks.integer("cycle_steps", cycle_steps, 1),
            release=checks.number("release", release, 0, 1),
            scale=checks.number("scale", scale, 1e-6),
            inhibition=checks.number("inhibition", inhibition, 0),
            pairing=(
                checks.number("potentiation", potentiation, 0),
                checks.number("depression", depression, 0),
                checks.number("tau", tau, 1e-3),
            ),
            stabilizers=(
                checks.number("learning_rate", learning_rate, 0),
                checks.number("least", least, 0),
                largest,
                checks.number("target_rate", target_rate, 0),
                checks.number("homeostasis", homeostasis, 0, 1),
                checks.number("rate_smoothing", rate_smoothing, 1),
            ),
            scaled_asleep=bool(scaled_asleep),
            **kwargs,
        )
        memory = checks.integer("memory", memory, 1)
        post, pre = values.shape
        self.s_in = InPort(shape=(pre,))
        self.s_in_bap = InPort(shape=(post,))
        self.reward_in = InPort(shape=(1,))
        self.phase_in = InPort(shape=(1,))
        self.a_out = OutPort(shape=(post,))
        self.weights = Var(shape=(post, pre), init=values)
        first_sum = values.sum(axis=0) if initial_sum is None else initial_sum
        target_sum = values.sum(axis=1) if input_sum is None else input_sum
        smoothed = target_rate if rate is None else rate
        self.frozen = Var(
            shape=(post, pre), init=checks.array("frozen", frozen, (post, pre), 0, 1).astype(int)
        )
        self.initial_sum = Var(shape=(pre,), init=checks.array("initial_sum", first_sum, (pre,), 0))
        self.mean_weight = Var(shape=(pre,), init=values.mean(axis=0))
        self.input_sum = Var(shape=(post,), init=checks.array("input_sum", target_sum, (post,), 0))
        self.rate = Var(shape=(post,), init=checks.array("rate", smoothed, (post,), 0))
        self.eligibility = Var(shape=(memory, pre, post), init=0.0)
        self.eligible = Var(shape=(memory, pre), init=0)
        self.x = Var(shape=(pre,), init=0.0)
        self.x_step = Var(shape=(pre,), init=0)
        self.y = Var(shape=(post,), init=0.0)
        self.y_step = Var(shape=(post,), init=0)
        self.spikes = Var(shape=(post,), init=0)
        self.cycles = Var(shape=(1,), init=0)
        self.asleep = Var(shape=(1,), init=0)
        self.conductance = Var(shape=(post,), init=0.0)
        self.learning = Var(shape=(1,), init=int(learning))
