"""The Process `ResidualLIF`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels.integers import STATE_MAX
from loihi_sleep.processes.role import Role

RESETS = ("subtract", "zero")


class ResidualLIF(CheckedProcess):
    """Neurons that compare what comes in with what a sparse layer says of it.

    In every step::

        u <- (1 - du) u + a_in
        v <- max(floor, (1 - dv) v + max(0, bias + i_in) + u)
        s  = v > vth;  v <- v - vth where s (reset ``subtract``) or 0 (``zero``)

    A spike rate above that at ``i_in`` 0 says that more comes in than the sparse layer takes off,
    one below it less: unsigned spikes carry a signed residual. In ``fixed_pt`` du and dv are in
    4096ths, products with what is kept are rounded toward zero, and u and v saturate at 24 signed
    bits.

    Parameters
    ----------
    shape : tuple of int
        (neurons,).
    du, dv : float
        Decay of current and potential in a step, 0 .. 1; in ``fixed_pt`` 0 .. 4096.
    vth : float
        Threshold, above 0.
    bias : array_like, shape (neurons,) or scalar
        Current at gray: what drives a neuron at its target rate.
    floor : float
        Lowest potential, at most 0.
    reset : {'subtract', 'zero'}
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    a_in : InPort, shape (neurons,)
        From synapses of the sparse layer, below 0 where it says that something is there.
    i_in : InPort, shape (neurons,)
        What comes in, around gray; an unconnected port reads 0.
    s_out : OutPort, shape (neurons,)
        Spikes.
    u, v, bias : Var, shape (neurons,)

    Raises
    ------
    ValueError
        A parameter out of range.

    Notes
    -----
    Watkins, Kim, Sornborger and Kenyon, CVPR Workshops 2020, pp. 1482-1487. There v returns to 0,
    has no floor, and u follows ``a_in`` at once (du = 1).
    """

    role: ClassVar[Role] = Role.NEURONS
    on_host: ClassVar[str] = "a neuron of its own kind needs microcode, whose tools are not public"

    def __init__(
        self,
        *,
        shape: tuple[int],
        du: float = 1.0,
        dv: float = 0.05,
        vth: float = 1.0,
        bias: ArrayLike = 0.0,
        floor: float = -3.0,
        reset: str = "subtract",
        **kwargs: Any,
    ) -> None:
        shape = checks.layer_shape("shape", shape)
        if reset not in RESETS:
            raise ValueError(f"reset is {reset!r}; it must be one of {', '.join(RESETS)}")
        super().__init__(
            shape=shape,
            parameters={
                "du": checks.decay("du", du),
                "dv": checks.decay("dv", dv),
                "vth": checks.threshold("vth", vth),
                "floor": checks.number("floor", floor, -STATE_MAX, 0),
            },
            subtracts=reset == "subtract",
            **kwargs,
        )
        self.a_in = InPort(shape=shape)
        self.i_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.u = Var(shape=shape, init=0.0)
        self.v = Var(shape=shape, init=0.0)
        self.bias = Var(shape=shape, init=checks.array("bias", bias, shape, -STATE_MAX, STATE_MAX))
