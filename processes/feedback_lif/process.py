"""The Process `FeedbackLIF`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels.integers import STATE_MAX
from loihi_sleep.processes.role import Role

# Its product with a sum of inputs stays within 64 bits.
_GAIN_MAX = 2**24


class FeedbackLIF(CheckedProcess):
    r"""Integrate-and-fire neurons to which the error of the output is fed back.

    Inputs are presented for `interval` steps each, in which all begin from rest. In every step

    .. math::
        v &\leftarrow v + a, \quad s = v > vth, \quad v \leftarrow 0 \text{ where } s \\
        y_1 &= 64 + \lfloor gain \, feedback / 4096 + 1/2 \rfloor

    where the neuron has spiked in this presentation, which stands for the derivative of a
    rectified linear unit, and 64, which stands for no error, elsewhere. The feedback comes through
    fixed random synapses from the error of the output
    (:class:`loihi_sleep.processes.taught_lif.process.TaughtLIF`), and y1 goes to plastic synapses
    with a rule of three factors, :func:`loihi_sleep.rules.delta_rule`. All numbers are integers;
    the model is in ``fixed_pt`` only.

    Parameters
    ----------
    shape : tuple of int
        (neurons,).
    vth : int
        Threshold, weight units, from 0.
    gain : int
        Of the feedback, in 4096ths, 0 .. 2**24.
    interval : int
        Steps of a presentation, from 1.
    offset : int
        A presentation begins in the steps t with ``t % interval == offset % interval``.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    a_in : InPort, shape (neurons,)
        From synapses.
    feedback_in : InPort, shape (neurons,)
        The error of the output, through synapses; unconnected: there is none.
    s_out, s_out_bap : OutPort, shape (neurons,)
        Spikes, onward and back to the synapses.
    s_out_y1 : OutPort, shape (neurons,)
        Error, 0 .. 127.
    v, active, y1 : Var, shape (neurons,)

    Raises
    ------
    ValueError
        A parameter out of range.

    Notes
    -----
    Feedback alignment: Lillicrap, Cownden, Tweed and Akerman, "Random synaptic feedback weights
    support error backpropagation for deep learning", Nature Communications 7 (2016), 13276.
    """

    role: ClassVar[Role] = Role.NEURONS
    on_host: ClassVar[str] = (
        "a neuron of its own kind needs microcode, and writes its error into y1, a third factor, "
        "which no public model for the chip does"
    )

    def __init__(
        self,
        *,
        shape: tuple[int],
        vth: int,
        gain: int,
        interval: int,
        offset: int = 0,
        **kwargs: Any,
    ) -> None:
        shape = checks.layer_shape("shape", shape)
        super().__init__(
            shape=shape,
            vth=checks.integer("vth", vth, 0, STATE_MAX),
            gain=checks.integer("gain", gain, 0, _GAIN_MAX),
            interval=checks.integer("interval", interval, 1),
            offset=checks.integer("offset", offset, 0),
            **kwargs,
        )
        self.a_in = InPort(shape=shape)
        self.feedback_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.s_out_bap = OutPort(shape=shape)
        self.s_out_y1 = OutPort(shape=shape)
        self.v = Var(shape=shape, init=0)
        self.active = Var(shape=shape, init=0)
        self.y1 = Var(shape=shape, init=0)
