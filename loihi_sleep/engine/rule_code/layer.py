"""Which synapses of a layer are visited.

The function of a dense layer applies a run of logged epochs to one pre-synaptic neuron's row of
synapses. In an epoch in which that neuron spiked, or in which `uk` products apply, it visits the
whole row; else only the synapses of the post-synaptic neurons that spiked. The function of a sparse
layer applies one epoch to the whole layer, visiting as little. What happens to one synapse is the
same text in all of these places.
"""

from __future__ import annotations

from loihi_sleep.engine.kernels import plastic_row, synapses
from loihi_sleep.engine.kernels.messages import SIZE
from loihi_sleep.engine.rule_code.synapse import synapse
from loihi_sleep.engine.rule_code.text import POST_TRACES, PRE_TRACES, RuleText, nested


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
    reals, p = carray(reals_at, 1 << 40), carray(p_at, 1 << 40)
"""


def _indented(level: int, lines: list[str]) -> str:
    return "".join(f"{'    ' * level}{line}\n" for line in lines)


def _history(trace: str) -> str:
    number = (PRE_TRACES + POST_TRACES).index(trace)
    field = plastic_row.TRACES + number * plastic_row.TRACE_FIELDS + plastic_row.HISTORY
    return f"p[b + {field}]"


def _layer(rule: RuleText) -> list[str]:
    """Where things of the layer lie."""
    lines = [
        f"pre, post = p[b + {synapses.IN + SIZE}], p[b + {synapses.OUT + SIZE}]",
        f"spike_epochs, spike_steps = p[b + {plastic_row.SPIKE_EPOCH}], "
        f"p[b + {plastic_row.SPIKE_STEP}]",
    ]
    if rule.t_epoch > 1:
        lines.append(f"t_epoch = p[b + {plastic_row.T_EPOCH}]")
    for target in rule.targets:
        name = target.variable
        bounds = f"p[b + {plastic_row.BOUNDS}] + {2 * 'wdt'.index(name)}"
        lines.append(f"low_{name} = {rule.number}(reals[{bounds}])")
        lines.append(f"high_{name} = {rule.number}(reals[{bounds} + 1])")
    if rule.per_synapse and rule.fixed:
        # Weights may be stored in steps of more than one unit, tags never are.
        lines.append(f"step_bits_w = p[b + {plastic_row.STEP_BITS}]")
    lines += [f"{trace}_log = {_history(trace)}" for trace in sorted(rule.traces)]
    lines += [f"{name}_at = p[b + {_variable_field(name)}]" for name in rule.variables]
    if rule.per_synapse and rule.fixed:
        lines += [
            f"seed = np.uint64(counters[p[b + {plastic_row.SEED}]])",
            "key_0, key_1 = seed & np.uint64(0xFFFFFFFF), seed >> np.uint64(32)",
        ]
    return lines


def _variable_field(name: str) -> int:
    return {"w": synapses.WEIGHTS, "d": plastic_row.TAG_2, "t": plastic_row.TAG_1}[name]


def _epoch(rule: RuleText) -> list[str]:
    """What holds for the whole layer in an epoch."""
    lines = [
        f"spiked_at = p[b + {plastic_row.LOG_POST}] + slot * post",
        f"steps_at = p[b + {plastic_row.LOG_STEP}] + slot * post",
        f"u = {rule.number}(whole & {plastic_row.APPLY_U})",
        f"time_step = np.uint64(epoch * {rule.steps})",
    ]
    if rule.fixed and not rule.per_synapse:
        lines.append(f"noise = np.int32(counters[p[b + {plastic_row.LOG_NOISE}] + slot])")
    for trace, dependencies in sorted(rule.traces.items()):
        if trace in POST_TRACES:
            if "u" in dependencies:
                lines.append(_post_base(trace, "u", rule, f"{rule.steps} - 1"))
            if "y0" in dependencies and rule.t_epoch == 1:
                lines.append(_post_base(trace, "y0", rule, "0"))
    return lines


def _post_base(trace: str, dependency: str, rule: RuleText, step: str) -> str:
    start = f"{trace}_log + (slot * {rule.steps} + {step}) * post"
    return f"{trace}_{dependency}_all = values[{start} : {start} + post]"


def _row(rule: RuleText) -> list[str]:
    """What holds for all synapses of a pre-synaptic neuron in an epoch."""
    lines = [
        f"x0 = {rule.number}(spiked_now)",
        "pre_step = max(np.int64(index[spike_steps + row]), 1) - 1",
    ]
    steps = {"x0": "pre_step", "u": f"{rule.steps} - 1"}
    if rule.t_epoch == 1:
        steps["y0"] = "0"
    for trace, dependencies in sorted(rule.traces.items()):
        if trace in POST_TRACES:
            if "x0" in dependencies:
                lines.append(_post_base(trace, "x0", rule, "pre_step"))
            continue
        lines += [
            f"{trace}_{name} = {rule.pre_value(trace, steps[name])}"
            for name in sorted(dependencies & set(steps))
        ]
    return lines


def _dense_row(rule: RuleText) -> list[str]:
    """Apply epochs to a row of dense synapses."""
    lines = [
        f"{name}_row = synaptic[{name}_at + row * post : {name}_at + row * post + post]"
        for name in rule.variables
    ]
    aside = f"p[b + {plastic_row.ASIDE}]"
    lines += [
        f"{name}_aside = synaptic[{aside} + {n} * post : {aside} + {n} * post + post]"
        for n, name in enumerate(rule.variables)
    ]
    lines.append("spike_epoch = np.int64(index[spike_epochs + row])")
    visits_row = ["whole & 3", *(["spiked_now"] if "x0" in rule.dependencies else [])]
    visits_events = "y0" in rule.dependencies
    visits = [*visits_row, *(["spiked"] if visits_events else [])]
    inner = [
        f"slot = epoch & (p[b + {plastic_row.LOG}] - 1)",
        f"whole = counters[p[b + {plastic_row.LOG_WHOLE}] + slot]",
        f"spiked = counters[p[b + {plastic_row.LOG_COUNT}] + slot]",
        "spiked_now = spike_epoch == epoch",
        f"if not ({' or '.join(visits)}):",
        "    continue",
        *_epoch(rule),
        *_row(rule),
        f"if {' or '.join(visits_row)}:",
        *nested(_whole_row(rule)),
    ]
    if visits_events:
        inner += ["else:", *nested(_events_of_row(rule))]
    return [*lines, "for epoch in range(first, last + 1):", *nested(inner)]


def _whole_row(rule: RuleText) -> list[str]:
    """Visit all synapses of a row as if no partner had spiked; then those whose partner has."""
    loop = ["for i in range(post):", *nested(synapse(rule, "i", spiked=False))]
    if not _asks_for_post_spikes(rule):
        return loop
    put_aside = [f"{name}_aside[event] = {name}_row[i]" for name in rule.variables]
    put_back = [f"{name}_row[i] = {name}_aside[event]" for name in rule.variables]
    return [
        "for event in range(spiked):",
        "    i = np.uint64(index[spiked_at + event])",
        *nested(put_aside),
        *loop,
        "for event in range(spiked):",
        *nested([*_event(rule), *put_back, *synapse(rule, "i", spiked=True)]),
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
    zero = f"{rule.number}(0)"
    lines = [f"{name} = {zero}" for name in ("u", "x0") if name in rule.dependencies]
    if dead := _dead_row(rule):
        lines += [*dead, "if not alive and whole == 0:", "    continue"]
    return [
        *lines,
        "for event in range(spiked):",
        *nested([*_event(rule), *synapse(rule, "i", spiked=True)]),
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
        value = rule.pre_value(trace, "step")
        lines += [f"for step in range({rule.steps}):", f"    alive |= {value} != 0"]
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
        *nested(step),
        *nested(synapse(rule, "s", spiked=True), 2),
        "    else:",
        *nested(synapse(rule, "s", spiked=False), 2),
    ]
    lines = [f"{name}_row = synaptic[{name}_at : {name}_at + (1 << 39)]" for name in rule.variables]
    lines += [
        "epoch, slot = first, 0",
        f"whole = counters[p[b + {plastic_row.LOG_WHOLE}]]",
        f"spiked = counters[p[b + {plastic_row.LOG_COUNT}]]",
        f"ty_at = p[b + {plastic_row.TY}]",
        *_epoch(rule),
        "if whole & 3:",
        "    for row in range(pre):",
        *nested([spiked_now, *_row(rule), *row_loop], 2),
        "    return",
    ]
    if "x0" in rule.dependencies:
        lines += [
            f"for event in range(counters[p[b + {plastic_row.PRE_COUNT}]]):",
            f"    row = np.int64(index[p[b + {plastic_row.PRE_SPIKED}] + event])",
            *nested([spiked_now, *_row(rule), *row_loop]),
        ]
    if "y0" in rule.dependencies:
        by_post = plastic_row.FIRST_BY_POST
        visit = [
            f"s = index[p[b + {plastic_row.PLACE_BY_POST}] + q]",
            f"row = np.int64(index[p[b + {plastic_row.PRE_BY_POST}] + q])",
            spiked_now,
            *(["if spiked_now:", "    continue"] if "x0" in rule.dependencies else []),
            *_row(rule),
            *synapse(rule, "s", spiked=True),
        ]
        lines += [
            "for event in range(spiked):",
            *nested(_event(rule)),
            f"    for q in range(index[p[b + {by_post}] + i], index[p[b + {by_post}] + i + 1]):",
            *nested(visit, 2),
        ]
    return lines
