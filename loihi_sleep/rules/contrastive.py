"""`contrastive_hebb`: what a teacher makes the output do, less what it does by itself."""

from loihi_sleep.numerics.discretize import EXPONENT_MIN, ScaleConstant, scale_constants
from loihi_sleep.processes import checks
from loihi_sleep.rules.products import Product
from loihi_sleep.rules.rule import Rule, Trace

# The smallest amount that the rule can write is 2 to the minus so many.
HALVINGS_MAX = -EXPONENT_MIN


def contrastive_hebb(
    halvings: int = 7,
    *,
    depression: float = 1.5,
    impulse: float = 15.0,
    tau: float = 8.0,
    short_impulse: float = 80.0,
    short_tau: float = 1.0,
) -> Rule:
    r"""Weaken synapses while their input spikes, and strengthen them soon after.

    At each spike of the post-synaptic neuron

    .. math::
        \Delta w = 2^{-h} (x_1 - d \, x_2)

    with a slow trace x1 and a fast one, x2, of the input. While the input spikes, and the neuron
    answers by itself, x2 prevails and the synapse gets weaker. When the input has ended x2 is soon
    gone: spikes that a teacher forces upon the neuron then strengthen it, by the same input. The
    sum of both is the change of :func:`loihi_sleep.rules.delta_rule`, in two factors.

    Parameters
    ----------
    halvings : int
        h, 0 .. 7.
    depression : float
        d, from 0.
    impulse, tau : float
        Of x1; tau in steps.
    short_impulse, short_tau : float
        Of x2.

    Returns
    -------
    Rule

    Raises
    ------
    ValueError
        A parameter out of range.

    Notes
    -----
    A free phase against a clamped one: Movellan, "Contrastive Hebbian learning in the continuous
    Hopfield model", Connectionist Models Summer School 1990, 10-17. Traces saturate at 127.
    """
    h = checks.integer("halvings", halvings, 0, HALVINGS_MAX)
    weaken = scale_constants(-checks.number("depression", depression, 0) * 2.0**-h)
    products = (
        Product("y0", ("x1",), (ScaleConstant(1, -h),)),
        Product("y0", ("x2",), weaken),
    )
    traces = {"x1": Trace(impulse, tau), "x2": Trace(short_impulse, short_tau)}
    return Rule(
        "contrastive_hebb",
        {"float": products, "fixed": products},
        {"float": traces, "fixed": traces},
    )
