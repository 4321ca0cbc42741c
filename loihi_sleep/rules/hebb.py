"""`sleep_hebb`: the rule of sleep replay."""

import math

from loihi_sleep.numerics.discretize import scale_constants
from loihi_sleep.numerics.limits import AMOUNT_MAX
from loihi_sleep.processes import checks
from loihi_sleep.rules.products import Product
from loihi_sleep.rules.rule import Rule, Trace

TAU = 1.0
# Decays to nothing (e^-100) within one step: a trace of the present step.
TAU_OF_ONE_STEP = 0.01
# A trace has 7 bits. With an impulse up to 80, that of a neuron that spikes every step stays below
# them (80 / (1 - 1/e) = 127). A large impulse keeps more of the trace's bits, a small one leaves
# more to the scale constants.
IMPULSES = tuple(range(80, 0, -1))


def sleep_hebb(potentiation: float, depression: float, *, gated: bool = False) -> Rule:
    r"""Hebbian rule of sleep: weights from neurons that led to a spike rise, the others fall.

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
    impulse that leaves scale constants Loihi can hold (gated: the one with which the engine's
    shifts, which cut low bits off, miss the gate least). In ``fixed`` that jump is the factor x0,
    in ``float`` a second trace, as Lava's floating-point engine has no factor x0. The rule and its
    gate are those of Sleep Replay Consolidation: Tadros, Krishnan, Ramyaa and Bazhenov, Nature
    Communications 13:7742 (2022); the released code gates by ``2 / (1 + exp(w / 0.001))``.
    """
    potentiation = checks.number("potentiation", potentiation, 0, AMOUNT_MAX)
    depression = checks.number("depression", depression, 0, AMOUNT_MAX)
    gated = checks.boolean("gated", gated)
    reason = "no trace impulse suits it"
    candidates = []
    for impulse in IMPULSES:
        try:
            rule = _with_impulse(impulse, potentiation, depression, gated)
        except ValueError as error:
            reason = str(error)
            continue
        if not gated:
            return rule
        candidates.append(rule)
    if not candidates:
        raise ValueError(
            f"potentiation {potentiation:g} with depression {depression:g} cannot be learned: "
            f"{reason}"
        )
    return min(candidates, key=_gate_residue)


def _with_impulse(impulse: int, potentiation: float, depression: float, gated: bool) -> Rule:
    """Build the rule on traces with the given impulse."""
    slope = scale_constants((potentiation + depression) / (impulse * math.exp(-1 / TAU)))
    before = Product("y0", ("x1",), slope)
    silent = Product("y0", (), scale_constants(-depression))
    # What x1 jumps by at a spike of the present step is taken off again, exactly.
    jump = impulse * sum(constant.value for constant in slope)
    present = {
        "float": before.times(-1).on("x2"),
        "fixed": Product("y0", ("x0",), scale_constants(-jump, tolerance=0.0)),
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


def _gate_residue(rule: Rule) -> float:
    """Weight units by which fixed numerics misses the gate after a single spike pair.

    A product with sgn(w) is shifted right and loses its low bits: the halves of the gate then
    neither cancel (positive weights) nor double (negative ones) exactly.
    """
    products = [p for p in rule.products["fixed"] if "x1" in p.factors]
    trace = rule.traces["fixed"]["x1"].impulse * math.exp(-1 / TAU)
    slope = sum(c.value for p in products if "sgn(w)" not in p.factors for c in p.constants)
    return max(
        abs(_expected_change(products, trace, sign) - (1 - sign) * slope * trace)
        for sign in (-1, 1)
    )


def _expected_change(products: list[Product], trace: float, sign_of_weight: int) -> float:
    """Weight units that the products add, the trace being rounded stochastically."""
    below = math.floor(trace)
    expected = 0.0
    for value, share in ((below, below + 1 - trace), (below + 1, trace - below)):
        for product in products:
            shift = product.fixed_point_shift
            signed = value * (sign_of_weight if "sgn(w)" in product.factors else 1)
            for constant in product.constants:
                kept = (constant.mantissa * signed) >> shift
                expected += share * kept * 2.0 ** (shift + constant.exponent)
    return expected


def _gate(products: tuple[Product, ...]) -> tuple[Product, ...]:
    """Multiply a sum of products by ``1 - sgn(w)``."""
    return (*products, *(product.times(-1, "sgn(w)") for product in products))
