"""What the lines of a rule refer to: where a layer is, what holds in an epoch and in a row."""

from __future__ import annotations

import textwrap

from loihi_sleep.engine.nodes.plastic.parts import Parts
from loihi_sleep.engine.rules.text import POST_TRACES, PRE_TRACES, RuleText, nested


def places(rule: RuleText) -> list[str]:
    """Where the parts of the layer are."""
    lines = [*_unpack_parts(), f"no, yes = {rule.number}(0), {rule.number}(1)"]
    for target in rule.targets:
        name = target.variable
        read = "fixed_range" if rule.fixed else "float_range"
        bounds = f"bounds_at + {2 * 'wdt'.index(name)}"
        lines.append(f"low_{name}, high_{name} = {read}(reals, {bounds})")
    if rule.rounds_each:
        lines.append("key_0, key_1 = seed_keys(counters, seed_at)")
    return lines


def _unpack_parts() -> list[str]:
    """Take over all parts by name: those that are not used cost nothing."""
    names = textwrap.wrap(", ".join(Parts._fields), 90)
    return ["(", *nested(names), ") = find_parts(p, b)"]


def epoch(rule: RuleText) -> list[str]:
    """What holds for the whole layer in an epoch."""
    lines = [
        "whole, spiked, noise, u = epoch_at(counters, log_whole, log_count, log_noise, slot)",
        "spiked_at = log_post + slot * post",
    ]
    if rule.rounds_each:
        lines.append(f"time_step = np.uint64(epoch * {rule.steps})")
    for trace, dependencies in sorted(rule.traces.items()):
        if trace in POST_TRACES:
            if "u" in dependencies:
                lines.append(post_trace(trace, "u", rule, f"{rule.steps} - 1"))
            if "y0" in dependencies and rule.t_epoch == 1:
                lines.append(post_trace(trace, "y0", rule, "0"))
    return lines


def post_trace(trace: str, dependency: str, rule: RuleText, step: str) -> str:
    """Values of a post-synaptic trace after a step of the epoch."""
    found = f"traces_at(values, {trace}_log, slot, {rule.steps}, {step}, post)"
    return f"{trace}_{dependency}_all = {found}"


def row(rule: RuleText) -> list[str]:
    """What holds for all synapses of a pre-synaptic neuron in an epoch."""
    lines = [
        f"x0 = {rule.number}(spiked_now)",
        "pre_step = last_step(index, spike_steps + row)",
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
    return ["post_step = last_step(index, times_at + i)"]


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
