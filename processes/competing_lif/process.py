"""The Process `CompetingLIF`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels.integers import STATE_MAX, TRACE_MAX
from loihi_sleep.processes.role import Role


class CompetingLIF(CheckedProcess):
    r"""Integrate-and-fire neurons of which one wins each presentation of an input.

    Inputs are presented for `interval` steps each. In every step, with the current a of synapses
    and the number l of competitors that spiked one step before,

    .. math::
        v &\leftarrow v + a + bias - \lfloor norm / 2 \rfloor - inhibition \cdot l \\
        s &= v > vth + \theta

    A neuron wins where it spiked and no competitor did; those that spike together push each other
    back until one is ahead. The winner spikes on, and so silences the others, until the
    presentation ends. With ``a = w.x`` and ``norm = |w|^2``, the first to spike is the one whose
    weights are nearest to the input.

    When a neuron wins it sends a spike back to its synapses, and writes a learning rate that falls
    with its wins into their trace y1:

    .. math::
        rate(n) &= \max(least\_rate, \lfloor 127 / n \rfloor), \quad y_1 = rate(wins) \\
        norm &\leftarrow norm + rate(wins - 1) \, (\bar a - norm) / 128

    where :math:`\bar a` is its mean input so far in this presentation: the input with which it
    wins, which tends to the square of its weights. The first win leaves norm as it is and sets
    :math:`\theta` to 0. Afterwards :math:`\theta` of the winner rises by
    ``conscience - share`` and that of those it inhibited falls by ``share``, so that all come to
    win. All numbers are integers; the model is in ``fixed_pt`` only.

    Parameters
    ----------
    shape : tuple of int
        (neurons,).
    vth : int
        Threshold, weight units, 0 .. 2**23 - 1.
    bias : int
        Constant current, by which a weak input wins in time, too.
    inhibition : int
        By how much each competitor's spike lowers v, from 0.
    conscience, share : int
        Of a competition; share is usually conscience over the number of competitors. From 0.
    least_rate : int
        Lowest learning rate, in 128ths, 0 .. 127.
    interval : int
        Steps of a presentation, from 2.
    offset : int
        A presentation begins in the steps t with ``t % interval == offset % interval``.
    learns : bool
        Whether wins count, and change norm and rate; theta moves in any case.
    norm, theta, wins : array_like, shape (neurons,) or scalar
        To go on from an earlier run.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    a_in : InPort, shape (neurons,)
        From synapses.
    inhibition_in : InPort, shape (neurons,)
        From competitors, through synapses with weight 1 that take one step.
    s_out : OutPort, shape (neurons,)
        Spikes.
    s_out_bap, s_out_y1 : OutPort, shape (neurons,)
        1 in the step in which a neuron has won; the learning rates, for plastic synapses with a
        rule of three factors.
    v, drive, norm, theta, wins, rate, spiked, inhibited, won : Var, shape (neurons,)
    elapsed : Var, shape (1,)
        Steps since the presentation began.

    Raises
    ------
    ValueError
        A parameter out of range.

    Notes
    -----
    Conscience: DeSieno, "Adding a conscience to competitive learning", ICNN 1988. Prototypes that
    write their learning rate into y1: Hajizada et al., "Interactive continual learning for robots:
    a neuromorphic approach", ICONS 2022, and lava-nc's `PrototypeLIF`.
    """

    role: ClassVar[Role] = Role.NEURONS
    on_host: ClassVar[str] = (
        "a neuron of its own kind needs microcode, and writes a learning rate into y1, a third "
        "factor, which no public model for the chip does"
    )

    def __init__(
        self,
        *,
        shape: tuple[int],
        vth: int,
        inhibition: int,
        interval: int,
        bias: int = 0,
        conscience: int = 0,
        share: int = 0,
        least_rate: int = 1,
        offset: int = 0,
        learns: bool = True,
        norm: ArrayLike = 0,
        theta: ArrayLike = 0,
        wins: ArrayLike = 0,
        **kwargs: Any,
    ) -> None:
        shape = checks.layer_shape("shape", shape)
        super().__init__(
            shape=shape,
            parameters={
                "vth": checks.integer("vth", vth, 0, STATE_MAX),
                "bias": checks.integer("bias", bias, -STATE_MAX, STATE_MAX),
                "inhibition": checks.integer("inhibition", inhibition, 0, STATE_MAX),
                "least_rate": checks.integer("least_rate", least_rate, 0, TRACE_MAX),
                "learns": int(checks.boolean("learns", learns)),
            },
            conscience=checks.integer("conscience", conscience, 0, STATE_MAX),
            share=checks.integer("share", share, 0, STATE_MAX),
            interval=checks.integer("interval", interval, 2),
            offset=checks.integer("offset", offset, 0),
            **kwargs,
        )
        self.a_in = InPort(shape=shape)
        self.inhibition_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.s_out_bap = OutPort(shape=shape)
        self.s_out_y1 = OutPort(shape=shape)
        for name, low, given in (
            ("norm", -STATE_MAX, norm),
            ("theta", -STATE_MAX, theta),
            ("wins", 0, wins),
        ):
            values = checks.array(name, given, shape, low, STATE_MAX)
            setattr(self, name, Var(shape=shape, init=values))
        self.v = Var(shape=shape, init=0)
        self.drive = Var(shape=shape, init=0)
        self.rate = Var(shape=shape, init=0)
        self.spiked = Var(shape=shape, init=0)
        self.inhibited = Var(shape=shape, init=0)
        self.won = Var(shape=shape, init=0)
        self.elapsed = Var(shape=(1,), init=0)
