"""`sleep_hebb`: the rule of sleep replay."""

import math

from loihi_sleep.rules.products import Product, scale_constants
from loihi_sleep.rules.rule import Rule, Trace
from processes import checks

AMOUNT_MAX = 255.0
TAU = 1.0
# Decays to nothing (e^-100) within one step: a trace of the present step.
TAU_OF_ONE_STEP = 0.01
# Powers of two, so that impulse * m * 2^e is again a scale constant of Loihi. The trace of a neuron
# that spikes every step stays below its 7 bits: 64 / (1 - 1/e) = 101. A large impulse keeps more of
# the trace's bits, a small one leaves more to the scale constants.
IMPULSES = (64, 32, 16, 8, 4, 2, 1)


def sleep_hebb(potentiation: float, depression: float, *, gated: bool = False) -> Rule:
    r"""Hebbian rule of sleep: what fired together before a spike is joined, the rest is parted.

    At every spike of a post-synaptic neuron, each of its synapses changes by

    .. math::
        \Delta w = ((a_+ + a_-) \, X - a_-) \, g(w), \qquad
        X = \sum_{k \ge 1} s_{pre}(t - k) \, e^{-(k - 1)}

    so that a synapse whose pre-synaptic neuron spiked one step before (which is how long a spike
    takes through a Dense) rises by the potentiation, and one whose neuron was silent falls by the
    depression. Spikes of two and three steps before count 0.37 and 0.14; a spike of the same step
    comes too late to have caused anything and counts 0. The gate g is 1, or with `gated`
    ``1 - sgn(w)``: 2 for negative weights, 1 at zero, 0 for positive weights, which are frozen.

    Parameters
    ----------
    potentiation, depression : float
        Amounts a+ and a- in weight units (8-bit weights: -256 .. 254), from 0 to 255.
    gated : bool
        Gate by the sign of the weight.

    Returns
    -------
    Rule

    Raises
    ------
    ValueError
        An amount out of range, or one that Loihi's scale constants cannot hold.

    Notes
    -----
    X is the trace x1 (tau 1) less its jump of the present step, over impulse/e, with the largest
    impulse that leaves scale constants Loihi can hold. In ``fixed`` that jump is the factor x0, in
    ``float`` a second trace, as Lava's floating-point engine has no factor x0. The rule and its
    gate are those of Sleep Replay Consolidation: Tadros, Krishnan, Ramyaa and Bazhenov, Nature
    Communications 13:7742 (2022); the released code gates by ``2 / (1 + exp(w / 0.001))``.
    """
    potentiation = checks.number("potentiation", potentiation, 0, AMOUNT_MAX)
    depression = checks.number("depression", depression, 0, AMOUNT_MAX)
    for impulse in IMPULSES:
        try:
            return _with_impulse(impulse, potentiation, depression, gated)
        except ValueError as error:
            reason = error
    raise ValueError(
        f"potentiation {potentiation:g} with depression {depression:g} cannot be learned: {reason}"
    )


def _with_impulse(impulse: int, potentiation: float, depression: float, gated: bool) -> Rule:
    """Build the rule on traces with the given impulse."""
    slope = scale_constants((potentiation + depression) / (impulse * math.exp(-1 / TAU)))
    before = Product("y0", ("x1",), slope)
    silent = Product("y0", (), scale_constants(-depression))
    jump = int(math.log2(impulse))
    present = {
        "float": Product("y0", ("x2",), tuple(c.times(-1) for c in slope)),
        "fixed": Product("y0", ("x0",), tuple(c.times(-1, jump) for c in slope)),
    }
    products = {
        numerics: _gate((before, product, silent)) if gated else (before, product, silent)
        for numerics, product in present.items()
    }
    x1 = Trace(impulse=impulse, tau=TAU)
    return Rule(
        name="sleep_hebb",
        products=products,
        traces={
            "float": {"x1": x1, "x2": Trace(impulse=impulse, tau=TAU_OF_ONE_STEP)},
            "fixed": {"x1": x1},
        },
    )


def _gate(products: tuple[Product, ...]) -> tuple[Product, ...]:
    """Multiply a sum of products by ``1 - sgn(w)``."""
    return (*products, *(product.times(-1, "sgn(w)") for product in products))
