"""Code for a learning rule: from Lava's product series to a compiled function.

The function of a dense layer applies a run of logged epochs to one pre-synaptic neuron's row of
synapses. In an epoch in which that neuron spiked, or in which `uk` products apply, it visits the
whole row; else only the synapses of the post-synaptic neurons that spiked. The function of a sparse
layer applies one epoch to the whole layer, visiting as little. What happens to one synapse is the
same text in all of these places.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lava.magma.core.learning import string_symbols as symbols
from lava.magma.core.learning.constants import (
    FACTOR_TO_WIDTH_DICT,
    W_ACCUMULATOR_U,
    W_S_MANT,
)

from loihi_sleep.engine.kernels import plasticity, synapses
from loihi_sleep.engine.kernels.messages import SIZE
from processes.kernels.philox import WORD_BITS, Stream

if TYPE_CHECKING:
    from lava.magma.core.learning.product_series import Factor, Product

PRE_TRACES, POST_TRACES = ("x1", "x2"), ("y1", "y2", "y3")
# Lava's names of the synaptic variables, and the names that rules give them.
VARIABLES = {"weights": "w", "tag_2": "d", "tag_1": "t"}
FRACTION_BITS = 7
ACCUMULATOR_LOW, ACCUMULATOR_HIGH = -(2**W_ACCUMULATOR_U) - 1, 2**W_ACCUMULATOR_U - 1
_STREAMS = {
    "w": Stream.WEIGHT_ROUNDING,
    "t": Stream.TAG_1_ROUNDING,
    "d": Stream.TAG_2_ROUNDING,
}


@dataclass(frozen=True)
class Target:
    """A synaptic variable that a rule changes.

    Parameters
    ----------
    variable : str
        ``w``, ``d`` or ``t``.
    products : tuple of Product
        Lava's products, summed.
    low, high : int or None
        Range of its values; None: unbounded.
    step_bits : int
        log2 of the step between values that can be stored (per-synapse rounding).
    """

    variable: str
    products: tuple[Product, ...]
    low: int | None
    high: int | None
    step_bits: int = 0


@dataclass(frozen=True)
class RuleText:
    """Everything that the code of a rule depends on.

    Parameters
    ----------
    targets : tuple of Target
    t_epoch : int
        Steps of an epoch.
    fixed : bool
        Loihi's integers, else floats.
    per_synapse : bool
        Each synapse rounds (fixed) or clips (float) by itself, and only where it is touched.
    sparse : bool
        Synapses are listed.
    """

    targets: tuple[Target, ...]
    t_epoch: int
    fixed: bool
    per_synapse: bool
    sparse: bool

    @property
    def factors(self) -> Iterator[tuple[Factor, str]]:
        """All factors, each with the dependency of its product."""
        for target in self.targets:
            for product in target.products:
                for factor in product.factors:
                    yield factor, product.dependency

    @property
    def dependencies(self) -> set[str]:
        """Dependencies of any product."""
        return {product.dependency for target in self.targets for product in target.products}

    @property
    def traces(self) -> dict[str, set[str]]:
        """Traces that products read, with the dependencies under which they do."""
        found: dict[str, set[str]] = {}
        for factor, dependency in self.factors:
            if factor.state_var in PRE_TRACES + POST_TRACES:
                found.setdefault(factor.state_var, set()).add(dependency)
        return found

    @property
    def variables(self) -> list[str]:
        """Synaptic variables that the rule reads or changes."""
        names = {target.variable for target in self.targets}
        names |= {factor.state_var for factor, _ in self.factors if factor.state_var in "wdt"}
        return [name for name in ("w", "d", "t") if name in names]


def source(rule: RuleText) -> str:
    """Write the function of a rule as Python text for numba."""
    kind = ("int32", "int16") if rule.fixed else ("float64", "float64")
    return _HEADER.format(values=kind[0], synaptic=kind[1]) + _indented(
        1, [*_layer(rule), *(_sparse_layer(rule) if rule.sparse else _dense_row(rule))]
    )


_HEADER = """\
import numba
import numpy as np
from numba import carray

from processes.kernels.philox import philox_4x32


@numba.cfunc(
    "void(CPointer({values}), CPointer({synaptic}), CPointer(int32), CPointer(int64),"
    "CPointer(float64), CPointer(int64), int64, int64, int64, int64)",
    cache=True,
)
def rule(values_at, synaptic_at, index_at, counters_at, reals_at, p_at, b, first, last, row):
    values, synaptic = carray(values_at, 1 << 40), carray(synaptic_at, 1 << 40)
    index, counters = carray(index_at, 1 << 40), carray(counters_at, 1 << 40)
    p = carray(p_at, 1 << 40)
"""


def _indented(level: int, lines: list[str]) -> str:
    return "".join(f"{'    ' * level}{line}\n" for line in lines)


def _nested(lines: list[str], level: int = 1) -> list[str]:
    return ["    " * level + line for line in lines]


def _history(trace: str) -> str:
    number = (PRE_TRACES + POST_TRACES).index(trace)
    field = plasticity.TRACES + number * plasticity.TRACE_FIELDS + plasticity.HISTORY
    return f"p[b + {field}]"


def _layer(rule: RuleText) -> list[str]:
    """Where things of the layer lie."""
    lines = [
        f"pre, post = p[b + {synapses.IN + SIZE}], p[b + {synapses.OUT + SIZE}]",
        f"spike_epochs, spike_steps = p[b + {plasticity.SPIKE_EPOCH}], "
        f"p[b + {plasticity.SPIKE_STEP}]",
    ]
    lines += [f"{trace}_log = {_history(trace)}" for trace in sorted(rule.traces)]
    lines += [f"{name}_at = p[b + {_variable_field(name)}]" for name in rule.variables]
    if rule.per_synapse and rule.fixed:
        lines += [
            f"seed = np.uint64(counters[p[b + {plasticity.SEED}]])",
            "key_0, key_1 = seed & np.uint64(0xFFFFFFFF), seed >> np.uint64(32)",
        ]
    return lines


def _variable_field(name: str) -> int:
    return {"w": synapses.WEIGHTS, "d": plasticity.TAG_2, "t": plasticity.TAG_1}[name]


def _epoch(rule: RuleText) -> list[str]:
    """What holds for the whole layer in an epoch."""
    lines = [
        f"spiked_at = p[b + {plasticity.LOG_POST}] + slot * post",
        f"steps_at = p[b + {plasticity.LOG_STEP}] + slot * post",
        f"u = {_number(rule)}(whole & {plasticity.APPLY_U})",
        f"time_step = np.uint64(epoch * {rule.t_epoch})",
    ]
    if rule.fixed and not rule.per_synapse:
        lines.append(f"noise = np.int32(counters[p[b + {plasticity.LOG_NOISE}] + slot])")
    for trace, dependencies in sorted(rule.traces.items()):
        if trace in POST_TRACES:
            if "u" in dependencies:
                lines.append(_post_base(trace, "u", rule, str(rule.t_epoch - 1)))
            if "y0" in dependencies and rule.t_epoch == 1:
                lines.append(_post_base(trace, "y0", rule, "0"))
    return lines


def _number(rule: RuleText) -> str:
    return "np.int32" if rule.fixed else "np.float64"


def _post_base(trace: str, dependency: str, rule: RuleText, step: str) -> str:
    start = f"{trace}_log + (slot * {rule.t_epoch} + {step}) * post"
    return f"{trace}_{dependency}_all = values[{start} : {start} + post]"


def _pre_value(trace: str, rule: RuleText, step: str) -> str:
    return f"values[{trace}_log + (slot * pre + row) * {rule.t_epoch} + {step}]"


def _row(rule: RuleText) -> list[str]:
    """What holds for all synapses of a pre-synaptic neuron in an epoch."""
    lines = [
        f"x0 = {_number(rule)}(spiked_now)",
        "pre_step = max(np.int64(index[spike_steps + row]), 1) - 1",
    ]
    steps = {"x0": "pre_step", "u": str(rule.t_epoch - 1)}
    if rule.t_epoch == 1:
        steps["y0"] = "0"
    for trace, dependencies in sorted(rule.traces.items()):
        if trace in POST_TRACES:
            if "x0" in dependencies:
                lines.append(_post_base(trace, "x0", rule, "pre_step"))
            continue
        lines += [
            f"{trace}_{name} = {_pre_value(trace, rule, steps[name])}"
            for name in sorted(dependencies & set(steps))
        ]
    return lines


def _dense_row(rule: RuleText) -> list[str]:
    """Apply epochs to a row of dense synapses."""
    lines = [
        f"{name}_row = synaptic[{name}_at + row * post : {name}_at + row * post + post]"
        for name in rule.variables
    ]
    aside = f"p[b + {plasticity.ASIDE}]"
    lines += [
        f"{name}_aside = synaptic[{aside} + {n} * post : {aside} + {n} * post + post]"
        for n, name in enumerate(rule.variables)
    ]
    lines.append("spike_epoch = np.int64(index[spike_epochs + row])")
    visits_row = ["whole & 3", *(["spiked_now"] if "x0" in rule.dependencies else [])]
    visits_events = "y0" in rule.dependencies
    visits = [*visits_row, *(["spiked"] if visits_events else [])]
    inner = [
        f"slot = epoch & (p[b + {plasticity.LOG}] - 1)",
        f"whole = counters[p[b + {plasticity.LOG_WHOLE}] + slot]",
        f"spiked = counters[p[b + {plasticity.LOG_COUNT}] + slot]",
        "spiked_now = spike_epoch == epoch",
        f"if not ({' or '.join(visits)}):",
        "    continue",
        *_epoch(rule),
        *_row(rule),
        f"if {' or '.join(visits_row)}:",
        *_nested(_whole_row(rule)),
    ]
    if visits_events:
        inner += ["else:", *_nested(_events_of_row(rule))]
    return [*lines, "for epoch in range(first, last + 1):", *_nested(inner)]


def _whole_row(rule: RuleText) -> list[str]:
    """Visit all synapses of a row as if no partner had spiked; then those whose partner has."""
    loop = ["for i in range(post):", *_nested(_synapse(rule, "i", spiked=False))]
    if not _asks_for_post_spikes(rule):
        return loop
    put_aside = [f"{name}_aside[event] = {name}_row[i]" for name in rule.variables]
    put_back = [f"{name}_row[i] = {name}_aside[event]" for name in rule.variables]
    return [
        "for event in range(spiked):",
        "    i = np.uint64(index[spiked_at + event])",
        *_nested(put_aside),
        *loop,
        "for event in range(spiked):",
        *_nested([*_event(rule), *put_back, *_synapse(rule, "i", spiked=True)]),
    ]


def _asks_for_post_spikes(rule: RuleText) -> bool:
    return "y0" in rule.dependencies or any(f.state_var == "y0" for f, _ in rule.factors)


def _event(rule: RuleText) -> list[str]:
    """The post-synaptic neuron of an event, and when it last spiked."""
    lines = ["i = np.uint64(index[spiked_at + event])"]
    if rule.t_epoch > 1:
        lines.append("post_step = np.int64(index[steps_at + event]) - 1")
    return lines


def _events_of_row(rule: RuleText) -> list[str]:
    """Visit the synapses of a row whose partner has spiked, where nothing else is to be done."""
    # Said so that the compiler can drop what is multiplied by it.
    zero = f"{_number(rule)}(0)"
    lines = [f"{name} = {zero}" for name in ("u", "x0") if name in rule.dependencies]
    if dead := _dead_row(rule):
        lines += [*dead, "if not alive and whole == 0:", "    continue"]
    return [
        *lines,
        "for event in range(spiked):",
        *_nested([*_event(rule), *_synapse(rule, "i", spiked=True)]),
    ]


def _dead_row(rule: RuleText) -> list[str]:
    """Find out whether a row's traces are all zero, so that post-synaptic spikes change nothing."""
    needed = []
    for target in rule.targets:
        for product in target.products:
            if product.dependency != "y0":
                continue
            traces = [
                factor.state_var
                for factor in product.factors
                if factor.state_var in PRE_TRACES and not factor.const
            ]
            if not traces:
                return []
            needed.append(traces[0])
    lines = ["alive = False"]
    for trace in dict.fromkeys(needed):
        value = _pre_value(trace, rule, "step")
        lines += [f"for step in range({rule.t_epoch}):", f"    alive |= {value} != 0"]
    return lines


def _sparse_layer(rule: RuleText) -> list[str]:
    """Apply one epoch to a layer of listed synapses."""
    first_at, post_at = synapses.FIRST_SYNAPSE, synapses.POST
    spiked_now = "spiked_now = index[spike_epochs + row] == epoch"
    step = ["    post_step = np.int64(index[ty_at + i]) - 1"] if rule.t_epoch > 1 else []
    row_loop = [
        f"for s in range(index[p[b + {first_at}] + row], index[p[b + {first_at}] + row + 1]):",
        f"    i = np.int64(index[p[b + {post_at}] + s])",
        "    if index[ty_at + i] > 0:",
        *_nested(step),
        *_nested(_synapse(rule, "s", spiked=True), 2),
        "    else:",
        *_nested(_synapse(rule, "s", spiked=False), 2),
    ]
    lines = [f"{name}_row = synaptic[{name}_at : {name}_at + (1 << 39)]" for name in rule.variables]
    lines += [
        "epoch, slot = first, 0",
        f"whole = counters[p[b + {plasticity.LOG_WHOLE}]]",
        f"spiked = counters[p[b + {plasticity.LOG_COUNT}]]",
        f"ty_at = p[b + {plasticity.TY}]",
        *_epoch(rule),
        "if whole & 3:",
        "    for row in range(pre):",
        *_nested([spiked_now, *_row(rule), *row_loop], 2),
        "    return",
    ]
    if "x0" in rule.dependencies:
        lines += [
            f"for event in range(counters[p[b + {plasticity.PRE_COUNT}]]):",
            f"    row = np.int64(index[p[b + {plasticity.PRE_SPIKED}] + event])",
            *_nested([spiked_now, *_row(rule), *row_loop]),
        ]
    if "y0" in rule.dependencies:
        by_post = plasticity.FIRST_BY_POST
        visit = [
            f"s = index[p[b + {plasticity.PLACE_BY_POST}] + q]",
            f"row = np.int64(index[p[b + {plasticity.PRE_BY_POST}] + q])",
            spiked_now,
            *(["if spiked_now:", "    continue"] if "x0" in rule.dependencies else []),
            *_row(rule),
            *_synapse(rule, "s", spiked=True),
        ]
        lines += [
            "for event in range(spiked):",
            *_nested(_event(rule)),
            f"    for q in range(index[p[b + {by_post}] + i], index[p[b + {by_post}] + i + 1]):",
            *_nested(visit, 2),
        ]
    return lines


def _synapse(rule: RuleText, place: str, *, spiked: bool) -> list[str]:
    """Change one synapse, whose post-synaptic neuron i has spiked or not."""
    lines = [f"{name} = {_number(rule)}({name}_row[{place}])" for name in rule.variables]
    lines.append(f"y0 = {_number(rule)}({int(spiked)})")
    for trace, dependencies in sorted(rule.traces.items()):
        for name in sorted(dependencies):
            if name == "y0" and not spiked:
                continue
            if name == "y0" and rule.t_epoch > 1:
                value = (
                    _pre_value(trace, rule, "post_step")
                    if trace in PRE_TRACES
                    else f"values[{trace}_log + (slot * {rule.t_epoch} + post_step) * post + i]"
                )
                lines.append(f"{trace}_y0 = {value}")
            elif trace in POST_TRACES:
                lines.append(f"{trace}_{name} = {trace}_{name}_all[i]")
    write = _fixed_target if rule.fixed else _float_target
    stores = []
    for target in rule.targets:
        products = [p for p in target.products if spiked or p.dependency != "y0"]
        # Where no product counts, a value changes by being clipped only.
        lines += write(rule, target, products)
        name = target.variable
        store = f"{name}_row[{place}] = new_{name}"
        touched = " or ".join(sorted({f"{product.dependency} != 0" for product in products}))
        if not rule.per_synapse:
            stores.append(store)
        elif touched:
            stores += [f"if {touched}:", f"    {store}"]
    return [*lines, *stores] or ["pass"]


def _float_target(rule: RuleText, target: Target, products: list[Product]) -> list[str]:
    name = target.variable
    lines = ["change = 0.0"]
    for product in products:
        scale = float(product.s_mantissa) * 2.0 ** (product.s_exp - 7)
        factors = [_float_factor(factor, product.dependency) for factor in product.factors]
        lines.append(f"change += {' * '.join([repr(scale), product.dependency, *factors])}")
    lines.append(f"new_{name} = {name} + change")
    if target.low is not None:
        lines.append(f"new_{name} = max(new_{name}, {float(target.low)})")
    if target.high is not None:
        lines.append(f"new_{name} = min(new_{name}, {float(target.high)})")
    return lines


def _float_factor(factor: Factor, dependency: str) -> str:
    if factor.state_var == symbols.C:
        return f"({factor.const})"
    name = factor.state_var
    text = f"{name}_{dependency}" if name in PRE_TRACES + POST_TRACES else name
    if factor.has_const():
        text = f"({text} + ({factor.const}))"
    return f"np.sign({text})" if factor.is_sgn else text


def _clipped(text: str, low: int, high: int) -> str:
    return f"min(max(np.int32({text}), np.int32({low})), np.int32({high}))"


def _fixed_target(rule: RuleText, target: Target, products: list[Product]) -> list[str]:
    """Sum products in the accumulator and round; every step wraps to 32 bits as NumPy's do."""
    name = target.variable
    lines = [f"total = np.int32({name} << {FRACTION_BITS})"]
    for product in products:
        lines.append(f"term = np.int32({product.dependency})")
        width = W_S_MANT
        for factor in product.factors:
            factor_width = FACTOR_TO_WIDTH_DICT[factor.state_var]
            width += factor_width
            value = _clipped(
                _fixed_factor(factor, product.dependency), -(2**factor_width), 2**factor_width - 1
            )
            lines.append(f"term = np.int32(term * {value})")
        lines.append(f"term = np.int32(term * np.int32({product.s_mantissa}))")
        if width > W_ACCUMULATOR_U:
            # NumPy shifts all bits out where the shift exceeds the width.
            lines.append(f"term = np.int32(term >> {min(width - W_ACCUMULATOR_U, 31)})")
        lines.append(f"term = np.int32(term << {product.s_exp})")
        lines.append(f"term = {_clipped('term', ACCUMULATOR_LOW, ACCUMULATOR_HIGH)}")
        lines.append(f"total = {_clipped('total + term', ACCUMULATOR_LOW, ACCUMULATOR_HIGH)}")
    if rule.per_synapse:
        lines += _round_each(rule, target)
    else:
        lines.append(f"total = np.int32((total + noise) >> {FRACTION_BITS})")
    return [*lines, f"new_{name} = np.int16({_clipped('total', target.low, target.high)})"]  # type: ignore[arg-type]


def _fixed_factor(factor: Factor, dependency: str) -> str:
    if factor.state_var == symbols.C:
        return str(factor.const or 0)
    name = factor.state_var
    text = f"{name}_{dependency}" if name in PRE_TRACES + POST_TRACES else name
    text = f"{text} + ({factor.const or 0})"
    return f"np.sign({text})" if factor.is_sgn else text


def _round_each(rule: RuleText, target: Target) -> list[str]:
    """Round with the synapse's own random number; a value that can be stored needs none."""
    dropped = FRACTION_BITS + target.step_bits
    stream = _STREAMS[target.variable].value
    return [
        f"if total & {2**dropped - 1}:",
        "    synapse = np.uint64(i) * np.uint64(pre) + np.uint64(row)",
        "    words = philox_4x32(synapse >> np.uint64(2), time_step, "
        f"np.uint64({stream}), np.uint64(0), key_0, key_1)",
        "    word = words[synapse & np.uint64(3)]",
        f"    total = np.int32(total + np.int32(word >> np.uint64({WORD_BITS - dropped})))",
        f"total = np.int32((total >> {dropped}) << {target.step_bits})",
    ]
