"""The Process `TaughtLIF`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels.integers import STATE_MAX
from loihi_sleep.processes.role import Role

# Of a target, a gain and a count: their product stays within 64 bits.
_MOST = 2**16


class TaughtLIF(CheckedProcess):
    r"""Integrate-and-fire neurons that compare their spikes with those that a teacher asks for.

    Inputs are presented for `interval` steps each, in which all begin from rest. In every step

    .. math::
        v &\leftarrow v + a, \quad s = v > vth, \quad v \leftarrow 0 \text{ where } s \\
        y_1 &= 64 + \lfloor gain \, (target \cdot teacher - count) / 16 + 1/2 \rfloor

    with the number of a neuron's spikes in this presentation and the teacher's spike of this step:
    what counts is who teaches when a presentation ends. Errors below ``8 / gain`` are no errors. y1
    goes to plastic synapses with a rule of three factors, :func:`loihi_sleep.rules.delta_rule`. All
    numbers are integers; the model is in ``fixed_pt`` only.

    Parameters
    ----------
    shape : tuple of int
        (neurons,).
    vth : int
        Threshold, weight units, from 0.
    target : int
        Spikes in a presentation that the teacher asks for, 0 .. 2**16.
    gain : int
        Of the error, in 16ths, 0 .. 2**16; a host may lower it in the course of a night.
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
    teacher_in : InPort, shape (neurons,)
        Above 0 where the teacher spikes; unconnected: nobody is taught.
    s_out, s_out_bap : OutPort, shape (neurons,)
        Spikes, onward and back to the synapses.
    s_out_y1 : OutPort, shape (neurons,)
        Error, 0 .. 127.
    error_out : OutPort, shape (neurons,)
        ``y1 - 64``, for neurons of other layers
        (:class:`loihi_sleep.processes.feedback_lif.process.FeedbackLIF`).
    v, count, y1, error : Var, shape (neurons,)
    gain : Var, shape (1,)

    Raises
    ------
    ValueError
        A parameter out of range.

    Notes
    -----
    Delta rule: Widrow and Hoff, 1960 IRE WESCON Convention Record, 96-104.
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
        target: int,
        interval: int,
        gain: int = 16,
        offset: int = 0,
        **kwargs: Any,
    ) -> None:
        shape = checks.layer_shape("shape", shape)
        super().__init__(
            shape=shape,
            vth=checks.integer("vth", vth, 0, STATE_MAX),
            target=checks.integer("target", target, 0, _MOST),
            interval=checks.integer("interval", interval, 1),
            offset=checks.integer("offset", offset, 0),
            **kwargs,
        )
        self.a_in = InPort(shape=shape)
        self.teacher_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.s_out_bap = OutPort(shape=shape)
        self.s_out_y1 = OutPort(shape=shape)
        self.error_out = OutPort(shape=shape)
        self.gain = Var(shape=(1,), init=checks.integer("gain", gain, 0, _MOST))
        self.v = Var(shape=shape, init=0)
        self.count = Var(shape=shape, init=0)
        self.y1 = Var(shape=shape, init=0)
        self.error = Var(shape=shape, init=0)
