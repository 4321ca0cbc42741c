"""Whether a spike can change a synapse, as far as the other side of it shows.

In fixed most amounts are rounded away, so that of all synapses whose one side spiked few change.
Where a product is made of the other side's traces only, its amount is the same for all synapses of
a neuron there, and that neuron alone shows whether any of them has to be visited.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lava.magma.core.learning import string_symbols as symbols

from loihi_sleep.engine.kernels import accumulator
from loihi_sleep.engine.kernels.accumulator import FRACTION_BITS
from loihi_sleep.engine.rules.synapse import (
    add_ends,
    amount,
    scaled_product,
)
from loihi_sleep.engine.rules.text import (
    POST_TRACES,
    PRE_TRACES,
    RuleText,
    Target,
)
from loihi_sleep.processes.kernels.integers import TRACE_MAX

if TYPE_CHECKING:
    from lava.magma.core.learning.product_series import Product

# Puts a loop around lines.
Loop = Callable[[list[str]], list[str]]
_SPIKES = (symbols.X0, symbols.Y0)
_TRACES = PRE_TRACES + POST_TRACES
# No tag below this one fits the accumulator.
LOWEST_HELD = -(-accumulator.LOW >> FRACTION_BITS)


def can_tell_of_pairs(rule: RuleText) -> bool:
    """Tell whether :func:`pairs_change` can be asked."""
    products = [product for target in rule.targets for product in target.products]
    return rule.rounds_at_once and all(
        _is_known(product) for product in products if product.dependency in _SPIKES
    )


def can_tell(rule: RuleText, dependency: str) -> bool:
    """Tell whether neurons of the other side can be ruled out when a spike is x0, or y0."""
    return all(
        _is_known(product) or _vanishes_with(product)
        for target in rule.targets
        for product in target.products
        if product.dependency == dependency
    )


def note_sunk(rule: RuleText) -> list[str]:
    """Have all tags looked at in the next epoch where some may have become too low.

    What was clipped to the accumulator's lowest value is rounded down by a noise of 0, to a tag
    that the accumulator cannot hold; in the next epoch it comes up again, whatever happens.
    """
    if not rule.rounds_at_once or all(target.variable != "t" for target in rule.targets):
        return []
    return ["if noise == 0:", "    counters[unclipped_at] |= CLIP"]


def changes(rule: RuleText, dependency: str) -> list[str]:
    """Find out whether a spike, x0 or y0, may change any synapse of a neuron of the other side.

    Amounts are added to the lowest and to the highest value that a synapse can have. A sum that is
    clipped on its way grows with the value, and never faster: if neither of the two changes, none
    between them does.
    """
    lines = ["changes = False"]
    for target in rule.targets:
        products = [product for product in target.products if product.dependency == dependency]
        known = [product for product in products if _is_known(product)]
        if known:
            lines += _fixed(rule, target, known) if rule.fixed else _float(rule, target, known)
        traces = dict.fromkeys(_vanishes_with(p) for p in products if not _is_known(p))
        lines += [f"changes = changes | ({trace}_{dependency} != 0)" for trace in traces]
    return lines


def is_bounded(rule: RuleText, dependency: str) -> bool:
    """Tell whether :func:`bounds_change` can be asked."""
    products = _products(rule, dependency)
    return rule.rounds_at_once and all(_grows_with_trace(product) for product in products)


def bounds_change(rule: RuleText, dependency: str) -> list[str]:
    """Find out whether a spike, x0 or y0, may change any synapse of the layer in an epoch.

    Each product is taken at 0 or at the largest value that its trace has in the epoch, wherever
    more is added to the lowest value that a synapse can have, and less to the highest.
    """
    lines = ["x0, y0 = yes, yes", "changes = False"]
    for target in rule.targets:
        products = [product for product in target.products if product.dependency == dependency]
        lines += _ends_move(rule, target, [line for p in products for line in _add_at_most(p)])
    return lines


def sides_are_opposed(rule: RuleText) -> bool:
    """Tell whether pairs of spikes can change nothing where neither spike alone can.

    What one of both spikes adds is never below 0 then, and what the other adds never above.
    """
    if not all(is_bounded(rule, dependency) for dependency in _SPIKES):
        return False
    for target in rule.targets:
        x0, y0 = (
            {_sign(p) for p in target.products if p.dependency == dependency}
            for dependency in _SPIKES
        )
        if not any(x0 <= {sign} and y0 <= {-sign} for sign in (-1, 1)):
            return False
    return True


def pairs_change(rule: RuleText, posts: Loop) -> tuple[list[str], list[str]]:
    """Find out whether any synapse of a row changes of which both neurons have spiked.

    A sum that is clipped on its way grows with each amount as well. So what is added to a value is
    at most what the largest of each product's amounts add to the lowest value, and at least what
    the least of them add to the highest.

    Parameters
    ----------
    rule : RuleText
    posts : callable
        Puts a loop over post-synaptic neurons, each `i`, around lines.

    Returns
    -------
    list of str
        Finds what is the same for all rows whose neuron spiked in the same step, and whether that
        `changes` any of them.
    list of str
        Of one row, whose traces are there, says whether it `changes`.
    """
    begin: list[str] = []
    scan: list[str] = []
    after: list[str] = []
    is_told = is_bounded(rule, symbols.Y0)
    look, chain = ["changes = False"], ["changes = False"]
    for target in rule.targets:
        bounds: list[str] = []
        adds: list[str] = []
        for n, product in enumerate(target.products):
            if product.dependency == symbols.Y0:
                bounds += _add_at_most(product) if is_told else []
                adds += _add_to_ends(product)
            elif product.dependency == symbols.X0:
                least, most = f"least_{target.variable}_{n}", f"most_{target.variable}_{n}"
                begin.append(f"{least}, {most} = np.int32(1 << 30), np.int32(-(1 << 30))")
                if _grows_with_trace(product) and product.factors:
                    trace = f"{product.factors[0].state_var}_x0"
                    scan += [f"{least} = min({least}, {trace})", f"{most} = max({most}, {trace})"]
                    if product.s_mantissa < 0:
                        after.append(f"{least}, {most} = {most}, {least}")
                    for end in (least, most):
                        after += [f"{trace} = {end}", f"{end} = {scaled_product(product)}"]
                else:
                    scan += [
                        f"term = {scaled_product(product)}",
                        f"{least} = min({least}, term)",
                        f"{most} = max({most}, term)",
                    ]
                add = f"rising, sinking = summed(rising, {most}), summed(sinking, {least})"
                bounds.append(add)
                adds.append(add)
        look += _ends_move(rule, target, bounds) if is_told else ["changes = True"]
        chain += _ends_move(rule, target, adds)
    loads = [
        f"{trace}_x0 = {trace}_x0_all[i]"
        for trace, dependencies in sorted(rule.traces.items())
        if trace in POST_TRACES and "x0" in dependencies
    ]
    return [*begin, *(posts([*loads, *scan]) if scan else []), *after, *look], chain


def _lowest(rule: RuleText, target: Target) -> str:
    """Lowest value of a synaptic variable that a rule may find."""
    low = f"low_{target.variable}"
    return low if rule.per_synapse else f"max({low}, {LOWEST_HELD})"


def _other_side(dependency: str) -> tuple[str, ...]:
    return POST_TRACES if dependency == symbols.X0 else PRE_TRACES


def _is_known(product: Product) -> bool:
    """Tell whether an amount depends on nothing but the other side's traces."""
    known = (*_other_side(product.dependency), symbols.X0, symbols.Y0, symbols.C)
    return all(factor.state_var in known for factor in product.factors)


def _vanishes_with(product: Product) -> str | None:
    """Trace of the other side without which a product is 0; None: there is none."""
    for factor in product.factors:
        if factor.state_var in _other_side(product.dependency) and not factor.has_const():
            return str(factor.state_var)
    return None


def _products(rule: RuleText, dependency: str) -> list[Product]:
    """Products of all targets with a dependency."""
    return [p for target in rule.targets for p in target.products if p.dependency == dependency]


def _grows_with_trace(product: Product) -> bool:
    """Tell whether an amount is a multiple of one trace of the other side, or the same always."""
    factors = [f for f in product.factors if f.state_var not in _other_side(product.dependency)]
    largest = abs(int(product.s_mantissa)) * (TRACE_MAX + 1)
    return (
        not factors
        and len(product.factors) <= 1
        and not any(factor.is_sgn for factor in product.factors)
        and product.s_exp >= 0
        and largest << int(product.s_exp) < 2**31
    )


def _sign(product: Product) -> int:
    """Sign of an amount that grows with a trace; 0: of no certain one."""
    if any(factor.const for factor in product.factors):
        return 0
    return 1 if product.s_mantissa > 0 else -1


def _fixed(rule: RuleText, target: Target, products: list[Product]) -> list[str]:
    if rule.rounds_at_once:
        return _ends_move(rule, target, [line for p in products for line in _add_to_ends(p)])
    # What each synapse rounds by itself may change.
    return [f"changes = changes | ({scaled_product(product)} != 0)" for product in products]


def _ends_move(rule: RuleText, target: Target, adds: list[str]) -> list[str]:
    """Find out whether a value changes, given lines that add amounts to both ends of its range."""
    ends = f"{_lowest(rule, target)}, high_{target.variable}"
    return [
        f"rising, sinking = ends_of({ends})",
        *adds,
        f"changes = changes | ends_move(rising, sinking, noise, {ends})",
    ]


def _add_to_ends(product: Product) -> list[str]:
    """Add an amount to both ends of a range."""
    return [
        f"term = {scaled_product(product)}",
        "rising, sinking = summed(rising, term), summed(sinking, term)",
    ]


def _add_at_most(product: Product) -> list[str]:
    """Add the largest amount of a product to one end of a range, and the least to the other."""
    if not product.factors:
        return _add_to_ends(product)
    most = f"counters[most_at + {_TRACES.index(product.factors[0].state_var)}]"
    return [f"changes = changes | ({most} > {TRACE_MAX})", add_ends(product, most)]


def _float(rule: RuleText, target: Target, products: list[Product]) -> list[str]:
    return [*amount(rule, target, products), "changes = changes | (change != 0)"]
