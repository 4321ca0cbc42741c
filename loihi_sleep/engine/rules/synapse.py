"""What a rule does to one synapse in one epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lava.magma.core.learning import string_symbols as symbols
from lava.magma.core.learning.constants import (
    FACTOR_TO_WIDTH_DICT,
    W_ACCUMULATOR_U,
    W_S_MANT,
)

from loihi_sleep.engine.kernels.accumulator import FRACTION_BITS
from loihi_sleep.engine.rules.text import POST_TRACES, PRE_TRACES, RuleText, Target
from loihi_sleep.processes.kernels.philox import Stream

if TYPE_CHECKING:
    from lava.magma.core.learning.product_series import Factor, Product

_STREAMS = {
    "w": Stream.WEIGHT_ROUNDING,
    "t": Stream.TAG_1_ROUNDING,
    "d": Stream.TAG_2_ROUNDING,
}


def synapse(
    rule: RuleText,
    place: str,
    *,
    y0: str,
    grouped: bool = False,
    where: str = "row",
    post: str = "all[i]",
) -> list[str]:
    """Change one synapse; y0 says whether its post-synaptic neuron has spiked, as far as known.

    It is `no`, `yes` or a name; where it is `no` the text is shorter. `grouped`: what holds for all
    neurons that spiked in the same step is there already. `where` the synapses are, and where the
    traces of their post-synaptic neurons are, are ends of names.
    """
    spiked = y0 != "no"
    read = "{0} = whole_number({0}_{1}, {2})" if rule.fixed else "{0} = {0}_{1}[{2}]"
    lines = [read.format(name, where, place) for name in rule.variables]
    lines.append(f"y0 = {y0}")
    for trace, dependencies in sorted(rule.traces.items()):
        for name in sorted(dependencies):
            if name == "y0" and not spiked:
                continue
            if name == "y0" and rule.t_epoch > 1 and not grouped:
                value = (
                    rule.pre_value(trace, "post_step")
                    if trace in PRE_TRACES
                    else rule.post_value(trace, "post_step")
                )
                lines.append(f"{trace}_y0 = {value}")
            elif trace in POST_TRACES:
                lines.append(f"{trace}_{name} = {trace}_{name}_{post}")
    stores = []
    for target in rule.targets:
        products = [p for p in target.products if spiked or p.dependency != "y0"]
        # Where no product counts, a value changes by being clipped only.
        lines += [*amount(rule, target, products), *result(rule, target)]
        name = target.variable
        store = f"{name}_{where}[{place}] = new_{name}"
        touched = " or ".join(sorted({f"{product.dependency} != 0" for product in products}))
        if not rule.per_synapse:
            stores.append(store)
        elif touched:
            stores += [f"if {touched}:", f"    {store}"]
    return [*lines, *stores] or ["pass"]


def amount(rule: RuleText, target: Target, products: list[Product]) -> list[str]:
    """Sum products: `change` in float, in fixed `total`, to which the value itself belongs."""
    return _fixed_amount(target, products) if rule.fixed else _float_amount(products)


def result(rule: RuleText, target: Target) -> list[str]:
    """Make a new value of an amount: rounded in fixed, and within its range."""
    name = target.variable
    if not rule.fixed:
        return [f"new_{name} = min(max({name} + change, low_{name}), high_{name})"]
    if rule.rounds_at_once:
        rounded = f"rounded(total, noise, {FRACTION_BITS})"
    else:
        # Weights may be stored in steps of more than one unit, tags never are.
        step_bits = "step_bits_w" if name == "w" else "0"
        drawn_for = f"i, pre, row, time_step, {_STREAMS[name].value}, key_0, key_1"
        rounded = f"rounded_alone(total, {step_bits}, {drawn_for})"
    return [f"total = {rounded}", f"new_{name} = stored(total, low_{name}, high_{name})"]


def _float_amount(products: list[Product]) -> list[str]:
    lines = ["change = 0.0"]
    for product in products:
        scale = float(product.s_mantissa) * 2.0 ** (product.s_exp - 7)
        factors = [_float_factor(factor, product.dependency) for factor in product.factors]
        lines.append(f"change += {' * '.join([repr(scale), product.dependency, *factors])}")
    return lines


def _float_factor(factor: Factor, dependency: str) -> str:
    if factor.state_var == symbols.C:
        return f"({factor.const})"
    name = factor.state_var
    text = f"{name}_{dependency}" if name in PRE_TRACES + POST_TRACES else name
    if factor.has_const():
        text = f"({text} + ({factor.const}))"
    return f"np.sign({text})" if factor.is_sgn else text


def _fixed_amount(target: Target, products: list[Product]) -> list[str]:
    """Sum products in the accumulator; every step wraps to 32 bits as NumPy's do."""
    lines = [first_total(target)]
    for product in products:
        lines.append(add_product(product))
    return lines


def first_total(target: Target) -> str:
    """Write a value into the accumulator."""
    return f"total = np.int32({target.variable} << {FRACTION_BITS})"


def scaled_product(product: Product) -> str:
    """Calculate a product in fixed."""
    return f"scaled({_scaling(product)})"


def add_product(product: Product) -> str:
    """Add a product in fixed to the accumulator."""
    return f"total = added(total, {_scaling(product)})"


def add_ends(product: Product, most: str) -> str:
    """Add a product that grows with a trace, of at most `most`, to both ends of a range."""
    if not product.factors:
        scaling = _scaling(product)
        return f"rising, sinking = added(rising, {scaling}), added(sinking, {scaling})"
    (factor,) = product.factors
    given = f"{most}, {factor.const or 0}, {_scale(product)}"
    return f"rising, sinking = ends_added(rising, sinking, {given})"


def _scaling(product: Product) -> str:
    """What a product multiplies, and how that is scaled."""
    term = product.dependency
    for factor in product.factors:
        bits = FACTOR_TO_WIDTH_DICT[factor.state_var]
        term = f"multiplied({term}, {_fixed_factor(factor, product.dependency)}, {bits})"
    return f"{term}, {_scale(product)}"


def _scale(product: Product) -> str:
    """By what a product is multiplied and shifted, to the right and to the left."""
    width = W_S_MANT + sum(FACTOR_TO_WIDTH_DICT[factor.state_var] for factor in product.factors)
    # NumPy shifts all bits out where the shift exceeds the width.
    right = min(max(width - W_ACCUMULATOR_U, 0), 31)
    return f"{product.s_mantissa}, {right}, {product.s_exp}"


def _fixed_factor(factor: Factor, dependency: str) -> str:
    if factor.state_var == symbols.C:
        return str(factor.const or 0)
    name = factor.state_var
    text = f"{name}_{dependency}" if name in PRE_TRACES + POST_TRACES else name
    if factor.const:
        text = f"{text} + ({factor.const})"
    return f"np.sign({text})" if factor.is_sgn else text
