"""`residual_hebb`: the rule that learns a dictionary, in Loihi's grammar."""

from typing import Literal

from loihi_sleep.numerics.discretize import scale_constants
from loihi_sleep.numerics.limits import DECIMATION_MAX, EPOCH_MAX, IMPULSE_MAX
from loihi_sleep.processes import checks
from loihi_sleep.rules.products import Product
from loihi_sleep.rules.rule import Rule, Trace

TAU = 50.0
IMPULSE = 8.0


def residual_hebb(
    rate: float,
    reference: float,
    *,
    residual: Literal["pre", "post"],
    impulse: float = IMPULSE,
    tau: float = TAU,
    t_epoch: int = 10,
    doublings: int = 0,
) -> Rule:
    r"""Hebbian rule of a residual layer and a sparse one, with a constant reference.

    Every ``t_epoch * 2**doublings`` steps each synapse changes by

    .. math::
        \Delta w = \eta \, x_{sparse} (x_{residual} - x_{ref})

    with traces of the spikes of either side, so that one rule for each direction keeps the two
    transposes of each other: in ``float`` exactly, in ``fixed`` only in the mean, as Lava rounds
    the synapses of the two at random and apart. Of two spikes in an epoch Lava counts the first as
    if it came at the beginning of the epoch.

    Parameters
    ----------
    rate : float
        Change eta in weight units, for traces of 1 on either side; from 0.
    reference : float
        Trace of a residual neuron at its target rate, 0 .. 127. A neuron with rate f spikes a step
        has the mean trace ``impulse * f / (1 - exp(-1 / tau))``.
    residual : {'pre', 'post'}
        Which side the residual layer is on.
    impulse, tau : float
        Of both traces; they saturate at 127 in ``fixed``.
    t_epoch : int
        Steps of an epoch, 1 .. 63.
    doublings : int
        Weights change once in so many doublings of an epoch, 0 .. 9.

    Returns
    -------
    Rule

    Raises
    ------
    ValueError
        A parameter out of range, or amounts below 2^-7 of a weight unit, the smallest of Loihi's
        scale constants.

    Notes
    -----
    Watkins, Kim, Sornborger and Kenyon, CVPR Workshops 2020. The mean of the residual layer as a
    reference, which :class:`loihi_sleep.processes.residual_dense.process.ResidualDense` has, is no
    factor that a synapse could read.
    """
    rate = checks.positive("rate", rate)
    reference = checks.number("reference", reference, 0, IMPULSE_MAX)
    checks.one_of("residual", residual, ("pre", "post"))
    checks.integer("t_epoch", t_epoch, 1, EPOCH_MAX)
    when = f"u{checks.integer('doublings', doublings, 0, DECIMATION_MAX)}"
    sparse = "y1" if residual == "pre" else "x1"
    products = (
        Product(when, ("x1", "y1"), scale_constants(rate)),
        Product(when, (sparse,), scale_constants(-rate * reference)),
    )
    trace = Trace(impulse=impulse, tau=tau)
    traces = {"x1": trace, "y1": trace}
    return Rule(
        name="residual_hebb",
        products={"float": products, "fixed": products},
        traces={"float": traces, "fixed": traces},
        t_epoch=t_epoch,
    )
