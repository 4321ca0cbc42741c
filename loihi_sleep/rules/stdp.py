"""`stdp`: spike-timing-dependent plasticity of spike pairs."""

from loihi_sleep.numerics.discretize import scale_constants
from loihi_sleep.numerics.limits import AMOUNT_MAX
from loihi_sleep.processes import checks
from loihi_sleep.rules.products import Product
from loihi_sleep.rules.rule import Rule, Trace

IMPULSE = 64


def stdp(
    potentiation: float,
    depression: float,
    *,
    tau_potentiation: float = 10.0,
    tau_depression: float = 10.0,
) -> Rule:
    r"""Pair-based STDP.

    .. math::
        \Delta w = a_+ e^{-(t_{post} - t_{pre}) / \tau_+} \text{ at a post spike}, \quad
        \Delta w = -a_- e^{-(t_{pre} - t_{post}) / \tau_-} \text{ at a pre spike},

    summed over all earlier spikes of the partner. Spikes of one and the same step count as both
    orders at once (+a+ - a-): the learning engine updates traces before it reads them.

    Parameters
    ----------
    potentiation, depression : float
        Amounts a+ and a- of a pair without delay, in weight units, from 0 to 255.
    tau_potentiation, tau_depression : float
        Time constants of the pre- and post-synaptic traces in steps, above 0.

    Returns
    -------
    Rule

    Raises
    ------
    ValueError
        An amount or a time constant out of range, or one that Loihi cannot hold.

    Notes
    -----
    In ``fixed`` a trace saturates at 127, about two pairs' worth (impulse 64). Song, Miller and
    Abbott, "Competitive Hebbian learning through spike-timing-dependent synaptic plasticity",
    Nature Neuroscience 3 (2000).
    """
    potentiation = checks.number("potentiation", potentiation, 0, AMOUNT_MAX)
    depression = checks.number("depression", depression, 0, AMOUNT_MAX)
    tau_potentiation = checks.positive("tau_potentiation", tau_potentiation)
    tau_depression = checks.positive("tau_depression", tau_depression)
    products = (
        Product("y0", ("x1",), scale_constants(potentiation / IMPULSE)),
        Product("x0", ("y1",), scale_constants(-depression / IMPULSE)),
    )
    traces = {
        "x1": Trace(impulse=IMPULSE, tau=tau_potentiation),
        "y1": Trace(impulse=IMPULSE, tau=tau_depression),
    }
    return Rule(
        name="stdp",
        products={"float": products, "fixed": products},
        traces={"float": traces, "fixed": traces},
    )
