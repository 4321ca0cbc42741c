"""`rewarded_hebb`: rewarded Hebbian learning on the chip, eligibility in the tag."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loihi_sleep.numerics.discretize import scale_constants
from loihi_sleep.numerics.limits import DECIMATION_MAX
from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import WEIGHT_STEP
from loihi_sleep.rules.products import Product, as_sum
from loihi_sleep.rules.rule import Trace, trace_parameters

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import Loihi3FLearningRule

# A constant beside w has 8 bits with its sign.
_LARGEST_REST = 126


def rewarded_hebb(
    *,
    eligibility: float,
    forgetting: float,
    potentiation: float,
    depression: float,
    competition: float,
    exploration: float,
    rest: int,
    x1: Trace,
    x2: Trace,
    doublings: int,
    seed: int,
) -> Loihi3FLearningRule:
    r"""Let a reward act on synapses that have caused spikes, in integers.

    Once in :math:`2^k` steps, with the reward y2 and the punishment y3 of that step, which the
    post-synaptic neuron writes, and its trace y1 of its own spikes
    (:mod:`loihi_sleep.processes.learning_lif.process`):

    .. math::
        t &\leftarrow t + e \, y_0 x_1 - f t \\
        w &\leftarrow w + p \, t w y_2 - d \, t w y_3 - c \, (w - r) y_1 y_3 + g \, x_2 y_3

    The tag t is eligibility. A reward strengthens eligible synapses by a share. A punishment, or no
    reward, weakens eligible synapses by a share, lets all synapses of neurons that have spiked
    return to a value at rest (competition, in place of a normalization of their sum), and
    strengthens all synapses of inputs that are there, so that neurons that are silent try again.
    With a reward alone, as asleep, what remains is Hebb's rule with two factors; without a third
    factor nothing changes.

    Parameters
    ----------
    eligibility, forgetting : float
        e and f: constants of the rule of the tag as they are written, from 0.
    potentiation, depression, competition, exploration : float
        p, d, c and g: constants of the rule of the weight as they are written, from 0. Lava's
        fixed-point engine divides these products by 2^14, 2^14, 2^12 and 2^3.
    rest : int
        r, an even number, 0 .. 126.
    x1, x2 : Trace
        Pre-synaptic: short, for what causes spikes; long, for who has spiked in the last
        :math:`2^k` steps.
    doublings : int
        k, 0 .. 9.
    seed : int
        Of stochastic rounding, 0 .. 2**63 - 1.

    Returns
    -------
    Loihi3FLearningRule
        For ``LearningDense`` in ``fixed``.

    Raises
    ------
    ValueError
        A number that Loihi cannot hold.

    Notes
    -----
    Rewarded STDP with eligibility: Izhikevich, "Solving the distal reward problem through linkage
    of STDP and dopamine signaling", Cerebral Cortex 17 (2007). Competition: Oja, "Simplified neuron
    model as a principal component analyzer", Journal of Mathematical Biology 15 (1982).
    """
    from lava.magma.core.learning.learning_rule import Loihi3FLearningRule

    when = f"u{checks.integer('doublings', doublings, 0, DECIMATION_MAX)}"
    if checks.integer("rest", rest, 0, _LARGEST_REST) % WEIGHT_STEP:
        raise ValueError(f"rest is {rest}; constants beside w are even")
    weight_factor = f"(w-{rest})" if rest else "w"
    tag = (
        _product("eligibility", eligibility, "y0", "x1"),
        _product("forgetting", -forgetting, when, "t"),
    )
    weight = (
        _product("potentiation", potentiation, when, "t", "w", "y2"),
        _product("depression", -depression, when, "t", "w", "y3"),
        _product("competition", -competition, when, weight_factor, "y1", "y3"),
        _product("exploration", exploration, when, "x2", "y3"),
    )
    # Their constants are meant as they are written.
    return Loihi3FLearningRule(
        dt=as_sum(tag, "float"),
        dw=as_sum(weight, "float"),
        t_epoch=1,
        rng_seed=checks.seed("seed", seed),
        **trace_parameters({"x1": x1, "x2": x2}),
    )


def _product(name: str, amount: float, dependency: str, *factors: str) -> Product:
    checks.number(name, abs(amount), 0)
    return Product(dependency, factors, scale_constants(amount))
