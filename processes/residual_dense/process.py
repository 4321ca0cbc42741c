"""The Process `ResidualDense`."""

from typing import Any, ClassVar

import numpy as np
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels.residual_hebb import TAG_UNITS, TRACE_MAX, WEIGHT_MAX
from loihi_sleep.processes.role import Role

SIDES = ("pre", "post")


class ResidualDense(CheckedProcess):
    """Synapses from a residual layer to a sparse one, or back, which learn a dictionary.

    What arrives is sent one step later, as by Lava's ``Dense``, times a gain. Every neuron on
    either side has a trace, and once an epoch the synapses of each active feature change by a rate,
    times its own trace, times how far the trace of the residual neuron is above a reference; the
    equations are in :mod:`loihi_sleep.processes.kernels.residual_hebb`. Two of these Processes, one
    for each direction, with transposed weights and the same parameters, stay transposes of each
    other: both hear both layers without delay, and calculate the same.

    In ``fixed_pt`` weights have 8 bits, -127 .. 127, and a tag of as many holds what is below them;
    what is sent is the sum of weights, shifted by ``weight_exp``, its sign turned where the gain is
    below 0. Traces are integers, and decays are in 4096ths.

    Parameters
    ----------
    weights : array_like, shape (post, pre)
        Features, or their transpose.
    residual : {'pre', 'post'}
        Which side the residual layer is on.
    gain : float
        Gain of what is sent; below 0 for synapses that take features off the residual. In
        ``fixed_pt`` only its sign counts.
    weight_exp : int
        In ``fixed_pt``: what is sent is shifted left by it, 0 .. 24, as far as 32 bits go.
    decay : float
        Decay of the traces in a step, 0 .. 1; in ``fixed_pt`` 0 .. 4096.
    impulse : float
        What a spike adds to a trace, above 0; traces in ``fixed_pt`` end at 65535.
    rate : float
        Change of a weight in an epoch, for traces of 1 on either side; from 0.
    reference : float, optional
        Trace of a residual neuron at its target rate, from 0; None: the mean of all of them.
    least : float
        Features whose trace is not above it learn nothing; from 0.
    epoch : int
        Steps, from 1.
    seed : int
        Seed of the rounding in ``fixed_pt``, 0 .. 2**63 - 1; the same for both directions.
    tag_1 : array_like, shape (post, pre) or scalar
        What is below the weights in ``fixed_pt``, -127 .. 127.
    learning : bool
        Whether anything changes.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    s_in : InPort, shape (pre,)
        Spikes.
    s_in_bap : InPort, shape (post,)
        Spikes of the post-synaptic neurons, in the step in which they occur.
    a_out : OutPort, shape (post,)
    weights : Var, shape (post, pre)
    tag_1 : Var, shape (post, pre)
        In float always 0.
    x, y : Var, shape (pre,), (post,)
        Traces.
    learning : Var, shape (1,)
        1 or 0; a host may set it between runs. Traces go on.
    a_buff : Var, shape (post,)
        What is sent in the next step.

    Raises
    ------
    ValueError
        A parameter out of range.

    Notes
    -----
    Watkins, Kim, Sornborger and Kenyon, CVPR Workshops 2020, pp. 1482-1487. There the reference is
    the target rate.
    """

    role: ClassVar[Role] = Role.SYNAPSES
    own_rule: ClassVar[bool] = True
    on_host: ClassVar[str] = "its rule carries from tags to weights, and takes the mean of a layer"

    def __init__(
        self,
        *,
        weights: ArrayLike,
        residual: str,
        gain: float = 1.0,
        weight_exp: int = 0,
        decay: float = 0.02,
        impulse: float = 0.02,
        rate: float = 0.0,
        reference: float | None = None,
        least: float = 0.0,
        epoch: int = 10,
        seed: int = 0,
        tag_1: ArrayLike = 0,
        learning: bool = True,
        **kwargs: Any,
    ) -> None:
        values = checks.matrix("weights", weights)
        if residual not in SIDES:
            raise ValueError(f"residual is {residual!r}; it must be one of {', '.join(SIDES)}")
        post, pre = values.shape
        exponent = checks.integer("weight_exp", weight_exp, 0, 24)
        if (pre * WEIGHT_MAX) << exponent >= 2**31:
            raise ValueError(
                f"weight_exp is {weight_exp}; with {pre} inputs what is sent may leave 32 bits"
            )
        super().__init__(
            residual=residual,
            gain=checks.number("gain", gain, -np.inf),
            weight_exp=exponent,
            traces={
                "decay": checks.decay("decay", decay),
                "impulse": checks.positive("impulse", impulse, TRACE_MAX),
            },
            rate=checks.number("rate", rate, 0),
            rule={
                "reference": (
                    -1.0 if reference is None else checks.number("reference", reference, 0)
                ),
                "least": checks.number("least", least, 0),
            },
            epoch=checks.integer("epoch", epoch, 1),
            seed=checks.seed("seed", seed),
            **kwargs,
        )
        self.s_in = InPort(shape=(pre,))
        self.s_in_bap = InPort(shape=(post,))
        self.a_out = OutPort(shape=(post,))
        self.weights = Var(shape=(post, pre), init=values)
        self.tag_1 = Var(
            shape=(post, pre),
            init=checks.array("tag_1", tag_1, (post, pre), 1 - TAG_UNITS, TAG_UNITS - 1),
        )
        self.x = Var(shape=(pre,), init=0.0)
        self.y = Var(shape=(post,), init=0.0)
        self.learning = Var(shape=(1,), init=int(learning))
        self.a_buff = Var(shape=(post,), init=0.0)
