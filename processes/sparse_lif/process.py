"""The Process `SparseLIF`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels.integers import STATE_MAX
from loihi_sleep.processes.role import Role


class SparseLIF(CheckedProcess):
    """Neurons of a sparse code, each of which feeds its own low-passed spikes back to itself.

    In every step::

        u <- (1 - du) u + a_in
        v <- max(floor, (1 - dv) v + u + c)
        s  = v > vth;  v <- 0 where s
        c <- (1 - dc) c + feedback s

    The feedback c keeps a neuron firing once what it stands for has been subtracted from the
    residual that drives it. In ``fixed_pt`` du, dv and dc are in 4096ths, products with what is
    kept are rounded toward zero, c and feedback have six bits below the point, and u, v and c
    saturate at 24 signed bits.

    Parameters
    ----------
    shape : tuple of int
        (neurons,).
    du, dv, dc : float
        Decay of current, potential and feedback in a step, 0 .. 1; in ``fixed_pt`` 0 .. 4096. A
        small du is a slow synapse.
    vth : float
        Threshold, above 0.
    floor : float
        Lowest potential, at most 0.
    feedback : float
        What a spike adds to c, from 0.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    a_in : InPort, shape (neurons,)
        From synapses of the residual layer.
    s_out : OutPort, shape (neurons,)
        Spikes.
    u, v, c : Var, shape (neurons,)

    Raises
    ------
    ValueError
        A parameter out of range.

    Notes
    -----
    Watkins, Kim, Sornborger and Kenyon, CVPR Workshops 2020, pp. 1482-1487: the feedback is 0.75 of
    what the leak takes at the neuron's rate, over 500 ms; u follows ``a_in`` at once (du = 1).
    """

    role: ClassVar[Role] = Role.NEURONS
    on_host: ClassVar[str] = "a neuron of its own kind needs microcode, whose tools are not public"

    def __init__(
        self,
        *,
        shape: tuple[int],
        du: float = 1.0,
        dv: float = 0.05,
        dc: float = 0.002,
        vth: float = 1.0,
        floor: float = -2.0,
        feedback: float = 0.0015,
        **kwargs: Any,
    ) -> None:
        shape = checks.layer_shape("shape", shape)
        super().__init__(
            shape=shape,
            parameters={
                "du": checks.decay("du", du),
                "dv": checks.decay("dv", dv),
                "dc": checks.decay("dc", dc),
                "vth": checks.threshold("vth", vth),
                "floor": checks.number("floor", floor, -STATE_MAX, 0),
                "feedback": checks.number("feedback", feedback, 0, STATE_MAX),
            },
            **kwargs,
        )
        self.a_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.u = Var(shape=shape, init=0.0)
        self.v = Var(shape=shape, init=0.0)
        self.c = Var(shape=shape, init=0.0)
