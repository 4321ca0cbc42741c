"""What the lines of a rule refer to: where a layer lies, what holds in an epoch and in a row."""

from __future__ import annotations

from loihi_sleep.engine.kernels import plastic_row, synapses
from loihi_sleep.engine.kernels.messages import SIZE
from loihi_sleep.engine.rule_code.text import POST_TRACES, PRE_TRACES, RuleText


def places(rule: RuleText) -> list[str]:
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


def epoch(rule: RuleText) -> list[str]:
    """What holds for the whole layer in an epoch."""
    lines = [
        f"spiked_at = p[b + {plastic_row.LOG_POST}] + slot * post",
        f"steps_at = p[b + {plastic_row.LOG_STEP}] + slot * post",
        f"u = {rule.number}(whole & {plastic_row.APPLY_U})",
        f"time_step = np.uint64(epoch * {rule.steps})",
    ]
    if rule.rounds_at_once:
        lines.append(f"noise = np.int32(counters[p[b + {plastic_row.LOG_NOISE}] + slot])")
    for trace, dependencies in sorted(rule.traces.items()):
        if trace in POST_TRACES:
            if "u" in dependencies:
                lines.append(post_trace(trace, "u", rule, f"{rule.steps} - 1"))
            if "y0" in dependencies and rule.t_epoch == 1:
                lines.append(post_trace(trace, "y0", rule, "0"))
    return lines


def post_trace(trace: str, dependency: str, rule: RuleText, step: str) -> str:
    """Values of a post-synaptic trace after a step of the epoch."""
    start = f"{trace}_log + (slot * {rule.steps} + {step}) * post"
    return f"{trace}_{dependency}_all = values[{start} : {start} + post]"


def row(rule: RuleText) -> list[str]:
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
                lines.append(post_trace(trace, "x0", rule, "pre_step"))
            continue
        lines += [
            f"{trace}_{name} = {rule.pre_value(trace, steps[name])}"
            for name in sorted(dependencies & set(steps))
        ]
    return lines


def post_step(rule: RuleText) -> list[str]:
    """When the post-synaptic neuron of an event last spiked in the epoch."""
    if rule.t_epoch == 1:
        return []
    return ["post_step = max(np.int64(index[np.uint64(steps_at + event)]), 1) - 1"]


def _history(trace: str) -> str:
    number = (PRE_TRACES + POST_TRACES).index(trace)
    field = plastic_row.TRACES + number * plastic_row.TRACE_FIELDS + plastic_row.HISTORY
    return f"p[b + {field}]"


def _variable_field(name: str) -> int:
    return {"w": synapses.WEIGHTS, "d": plastic_row.TAG_2, "t": plastic_row.TAG_1}[name]
