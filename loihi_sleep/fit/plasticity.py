"""Whether Loihi's learning engine can hold a learning rule.

Lava's parser refuses what is no sum of products, and scales that it cannot hold; what it lets
through is looked for here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from loihi_sleep.fit.findings import Finding, compare
from loihi_sleep.numerics.limits import Target

if TYPE_CHECKING:
    from lava.magma.core.learning.learning_rule import LoihiLearningRule

THREE_FACTORS = (
    "its rule has a third factor, which the post-synaptic neurons write into y2 or y3; Lava's "
    "models for a CPU have that, and whether those for the chip do is not public"
)
_THIRD_FACTOR = {"y2", "y3"}


def has_three_factors(rule: LoihiLearningRule) -> bool:
    """Whether a rule needs what a neuron sends beside its spikes."""
    return bool(_THIRD_FACTOR & set(rule.active_traces))


def exceeded_limits(label: str, rule: LoihiLearningRule, target: Target) -> Iterable[Finding]:
    """Find what of a learning rule is outside of the engine's limits.

    Parameters
    ----------
    label : str
        Whose rule.
    rule : LoihiLearningRule
    target : {'loihi2', 'loihi1'}
    """
    yield from compare(label, "t_epoch", rule.t_epoch, target)
    for trace in sorted(rule.active_traces):
        if getattr(rule, f"{trace}_tau") == 0:
            yield Finding(
                f"{label}: {trace}_tau is 0 and the rule uses {trace}; above 0 is right: such a "
                "trace lasts one step in fixed and makes weights NaN in float",
                fatal=False,
            )
    for changes, text in (("dw", rule.dw_str), ("dd", rule.dd_str), ("dt", rule.dt_str)):
        for digits in re.findall(r"u(\d+)", text or ""):
            yield from compare(
                label, "decimation", int(digits), target, f"the k of uk in {changes}"
            )
    for changes, series in rule.active_product_series.items():
        for product in series.products:
            for factor in product.factors:
                if factor.const is not None:
                    name = f"the constant beside {factor.state_var} in {changes}"
                    yield from compare(label, "constant", factor.const, target, name)
    if has_three_factors(rule):
        yield Finding(f"{label}: {THREE_FACTORS}", fatal=False)
    if rule.dd_str:
        yield Finding(
            f"{label}: dd changes delays; no public model has plastic delays (lava issue 752)",
            fatal=False,
        )


def products(rule: LoihiLearningRule) -> int:
    """How many products a rule has; the engine's memory for them is small, its size not public."""
    return sum(len(series.products) for series in rule.active_product_series.values())
