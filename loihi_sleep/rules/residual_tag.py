"""`residual_tag`: a dictionary learned from residual spikes, summed up in the tag first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from loihi_sleep.numerics.discretize import EXPONENT_MIN, scale_constants
from loihi_sleep.numerics.limits import DECIMATION_MAX, EPOCH_MAX
from loihi_sleep.processes import checks
from loihi_sleep.rules.products import Product, as_sum
from loihi_sleep.rules.rule import Trace, trace_parameters

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule

# Of what is taken for each spike: what it misses of the mean would be learned.
_TOLERANCE = 0.002


def residual_tag(
    *,
    residual: Literal["pre", "post"],
    before: float,
    after: float,
    reference: float,
    decay: float,
    halvings: int,
    residual_trace: Trace,
    sparse_trace: Trace,
    t_epoch: int,
    doublings: int,
    seed: int,
) -> Loihi2FLearningRule:
    r"""Learn features, or what takes them off the residual, with two factors and a tag.

    For synapses from residual neurons (spikes :math:`r_0`, trace :math:`r_1`) to sparse ones
    (:math:`s_0`, :math:`s_1`), and every :math:`T` steps (:math:`u`, else 0):

    .. math::
        t &\leftarrow t + b \, s_0 r_1 + a \, r_0 s_1 - c \, s_0 - d \, s_0 w - u t \\
        w &\leftarrow w + u \, 2^{-h} t

    with :math:`c = (b \bar r_1 + a \bar s) f`, which is what the first two bring in the mean where
    residual neurons spike at the rate of reference f. For those back, whose weights are minus the
    features, all terms but the decay have the other sign: both directions change by the same
    amounts from the same spikes, and differ by how they are rounded. The tag holds fractions of a
    weight, so that what spikes bring and take within T is added up before it is rounded.

    Parameters
    ----------
    residual : {'pre', 'post'}
        Which side the residual neurons are on.
    before, after : float
        b and a, in tags: of residual spikes before a sparse one, and after it.
    reference : float
        f, spikes a step, from 0.
    decay : float
        d, in tags, for each spike of the sparse neuron, from 0.
    halvings : int
        h, 0 .. 7: a tag is ``2**-h`` of a weight unit.
    residual_trace, sparse_trace : Trace
        Of the spikes of either layer.
    t_epoch : int
        Steps of an epoch, 1 .. 63; of two spikes of a neuron within it one counts.
    doublings : int
        Weights change once in so many doublings of an epoch, 0 .. 9.
    seed : int
        Of stochastic rounding, 0 .. 2**63 - 1.

    Returns
    -------
    Loihi2FLearningRule
        For ``LearningDense`` in ``fixed``.

    Raises
    ------
    ValueError
        A number that Loihi cannot hold.

    Notes
    -----
    Watkins, Kim, Sornborger and Kenyon, CVPR Workshops 2020, for the product of traces; the decay
    is Oja's without the square, Journal of Mathematical Biology 15 (1982).
    """
    from lava.magma.core.learning.learning_rule import Loihi2FLearningRule

    checks.one_of("residual", residual, ("pre", "post"))
    for name, value in (
        ("before", before), ("after", after), ("reference", reference), ("decay", decay),
    ):  # fmt: skip
        checks.number(name, value, 0)
    checks.integer("halvings", halvings, 0, -EXPONENT_MIN)
    checks.integer("t_epoch", t_epoch, 1, EPOCH_MAX)
    when = f"u{checks.integer('doublings', doublings, 0, DECIMATION_MAX)}"
    sign, r, s = (1, "x", "y") if residual == "pre" else (-1, "y", "x")
    in_the_mean = (before * _area(residual_trace) + after * _area(sparse_trace)) * reference
    tag = (
        Product(f"{s}0", (f"{r}1",), scale_constants(sign * before)),
        Product(f"{r}0", (f"{s}1",), scale_constants(sign * after)),
        Product(f"{s}0", (), scale_constants(-sign * in_the_mean, _TOLERANCE)),
        Product(f"{s}0", ("w",), scale_constants(-decay)),
        Product(when, ("t",), scale_constants(-1.0)),
    )
    weight = Product(when, ("t",), scale_constants(2.0**-halvings))
    return Loihi2FLearningRule(
        dt=as_sum(tag, "float"),
        dw=as_sum((weight,), "float"),
        t_epoch=t_epoch,
        rng_seed=checks.seed("seed", seed),
        **trace_parameters({f"{r}1": residual_trace, f"{s}1": sparse_trace}),
    )


def _area(trace: Trace) -> float:
    """Sum over all steps of what a spike leaves in a trace."""
    from math import exp

    return trace.impulse / (1 - exp(-1 / trace.tau))
