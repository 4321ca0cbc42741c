"""What the lines of a rule refer to: where a layer is, what holds in an epoch and in a row."""

from __future__ import annotations

from loihi_sleep.engine.rules.text import POST_TRACES, PRE_TRACES, RuleText


def places(rule: RuleText) -> list[str]:
    """Where the parts of the layer are."""
    lines = [
        "pre, post = p[b + PLASTIC.received + SIZE], p[b + PLASTIC.out + SIZE]",
        "spike_epochs, spike_steps = p[b + PLASTIC.spike_epoch], p[b + PLASTIC.spike_step]",
    ]
    if rule.t_epoch > 1:
        lines.append("t_epoch = p[b + PLASTIC.t_epoch]")
    for target in rule.targets:
        name = target.variable
        bounds = f"p[b + PLASTIC.bounds] + {2 * 'wdt'.index(name)}"
        lines.append(f"low_{name} = {rule.number}(reals[{bounds}])")
        lines.append(f"high_{name} = {rule.number}(reals[{bounds} + 1])")
    if rule.per_synapse and rule.fixed:
        # Weights may be stored in steps of more than one unit, tags never are.
        lines.append("step_bits_w = p[b + PLASTIC.step_bits]")
    lines += [f"{trace}_log = {_history(trace)}" for trace in sorted(rule.traces)]
    lines += [f"{name}_at = p[b + {_variable_field(name)}]" for name in rule.variables]
    if rule.per_synapse and rule.fixed:
        lines += [
            "seed = np.uint64(counters[p[b + PLASTIC.seed]])",
            "key_0, key_1 = seed & np.uint64(0xFFFFFFFF), seed >> np.uint64(32)",
        ]
    return lines


def epoch(rule: RuleText) -> list[str]:
    """What holds for the whole layer in an epoch."""
    lines = [
        "spiked_at = p[b + PLASTIC.log_post] + slot * post",
        f"u = {rule.number}(whole & APPLY_U)",
        f"time_step = np.uint64(epoch * {rule.steps})",
    ]
    if rule.rounds_at_once:
        lines.append("noise = np.int32(counters[p[b + PLASTIC.log_noise] + slot])")
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
    """When a post-synaptic neuron last spiked in the epoch."""
    if rule.t_epoch == 1:
        return []
    return ["post_step = max(np.int64(index[ty_at + i]), 1) - 1"]


def group(rule: RuleText) -> list[str]:
    """What holds for a row and all post-synaptic neurons that last spiked in step `post_step`."""
    if rule.t_epoch == 1:
        return []
    return [
        f"{trace}_y0 = {rule.pre_value(trace, 'post_step')}"
        if trace in PRE_TRACES
        else post_trace(trace, "y0", rule, "post_step")
        for trace, dependencies in sorted(rule.traces.items())
        if "y0" in dependencies
    ]


def _history(trace: str) -> str:
    number = (PRE_TRACES + POST_TRACES).index(trace)
    return f"p[b + PLASTIC.traces + {number} * TRACE_WIDTH + TRACE.history]"


def _variable_field(name: str) -> str:
    return {"w": "PLASTIC.weights", "d": "PLASTIC.tag_2", "t": "PLASTIC.tag_1"}[name]
