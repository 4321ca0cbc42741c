"""`competitive_hebb`: the rule by which the winner of a competition comes nearer to its input."""

import math

from loihi_sleep.numerics.discretize import ScaleConstant
from loihi_sleep.processes.kernels.competing_lif import RATE_BITS
from loihi_sleep.processes.kernels.integers import TRACE_MAX
from loihi_sleep.rules.products import Product
from loihi_sleep.rules.rule import Rule, Trace

TAU = 4.0
# A trace of 127 stands for a weight of 254.
_WEIGHT_BITS = 1


def competitive_hebb(tau: float = TAU) -> Rule:
    r"""Move the weights of a neuron that has won toward its input.

    At a spike that the neuron sends back,

    .. math::
        \Delta w = \frac{y_1}{128} (2 x_1 - w)

    with the learning rate y1 of 0 .. 127, which the neuron writes
    (:class:`loihi_sleep.processes.competing_lif.process.CompetingLIF`), and the trace x1, which is
    127 for an input that spikes in every step: weights come to 254 times the mean rate of the
    input.

    Parameters
    ----------
    tau : float
        Steps over which the rate of the input is measured, above 0.

    Returns
    -------
    Rule

    Notes
    -----
    Competitive learning: Rumelhart and Zipser, Cognitive Science 9 (1985); as a rule of three
    factors on Loihi 2, where the third one is the learning rate of the neuron: Hajizada et al.,
    ICONS 2022.
    """
    toward = Product("y0", ("x1", "y1"), (ScaleConstant(1, _WEIGHT_BITS - RATE_BITS),))
    away = Product("y0", ("w", "y1"), (ScaleConstant(-1, -RATE_BITS),))
    products = {"float": (toward, away), "fixed": (toward, away)}
    trace = {"x1": Trace(impulse=TRACE_MAX * (1 - math.exp(-1 / tau)), tau=tau)}
    return Rule("competitive_hebb", products, {"float": trace, "fixed": trace}, third_factor=True)
