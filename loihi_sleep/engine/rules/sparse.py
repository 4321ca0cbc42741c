"""What the code of a sparse layer does: it applies an epoch at its end, visiting few synapses.

Where the traces of the other side say which synapses a spike can change at all, all neurons there
are looked at first, in the order of the memory, and only synapses of those that are marked are
visited. Where few synapses have spiked that is not worth while.
"""

from __future__ import annotations

from loihi_sleep.engine.rules.changes import can_tell, changes, note_sunk
from loihi_sleep.engine.rules.layer import epoch, post_step, post_trace, row
from loihi_sleep.engine.rules.synapse import synapse
from loihi_sleep.engine.rules.text import POST_TRACES, PRE_TRACES, RuleText, nested

_SPIKED_NOW = "spiked_now = number(index, spike_steps + row) > 0"


def layer(rule: RuleText) -> list[str]:
    """Apply an epoch to the synapses that it can change."""
    lines = [f"{name}_row = part(synaptic, {name}_at, 1 << 39)" for name in rule.variables]
    lines += [
        "epoch, slot = last, 0",
        *epoch(rule),
        *note_sunk(rule),
        "looked = part(index, looked_at, max(pre, post))",
        "all_rows, touched = whole & (APPLY_U | CLIP) != 0, whole & TOUCH != 0",
        *_visit_rows(rule),
        "if all_rows:",
        "    return",
    ]
    if "y0" in rule.dependencies:
        lines += _visit_columns(rule)
    return lines


def _visit_rows(rule: RuleText) -> list[str]:
    """Visit synapses of the pre-synaptic neurons that spiked; all synapses where that is due."""
    told = "x0" in rule.dependencies and can_tell(rule, "x0")
    visit = [
        *_take_one("i"),
        "has_spiked = yes if number(index, times_at + i) > 0 else no",
        *post_step(rule),
        *synapse(rule, "s", y0="has_spiked"),
    ]
    spikes, steps = "number(index, pre_ends + step)", rule.steps
    if rule.t_epoch == 1:
        spikes = "counters[pre_count_at]"
    if "x0" not in rule.dependencies:
        steps = "0"
    lines = [
        "event = 0",
        f"for step in range(1 if all_rows else {steps}):",
        f"    first, event = event, pre if all_rows else {spikes}",
        "    if first == event:",
        "        continue",
    ]
    if not told:
        lines.append("    fill(looked, 1)")
    else:
        lines += [
            "    if all_rows or touched or not is_worth_while(p, b, event - first, index, True):",
            "        fill(looked, 1)",
            "    else:",
            *nested(_mark_posts(rule), 2),
        ]
    return [
        *lines,
        "    for k in range(first, event):",
        "        row = k if all_rows else number(index, pre_spiked + k)",
        *nested([_SPIKED_NOW, *row(rule)], 2),
        "        for one in range(list_marked_posts(p, b, row, index)):",
        *nested(visit, 3),
    ]


def _take_one(partner: str) -> list[str]:
    """Place and partner of a synapse that was put aside."""
    return [f"s, {partner} = place(index, places_at + one), number(index, partners_at + one)"]


def _mark_posts(rule: RuleText) -> list[str]:
    """Mark the post-synaptic neurons whose synapses a pre-synaptic spike of a step can change."""
    traces = [name for name in POST_TRACES if "x0" in rule.traces.get(name, ())]
    spiked = "set_marks(looked, 1, index, spiked_at, spiked)"
    return [
        "x0, y0 = yes, no",
        *(post_trace(trace, "x0", rule, "step") for trace in traces),
        "for i in range(post):",
        *(f"    {trace}_x0 = {trace}_x0_all[i]" for trace in traces),
        *nested(changes(rule, "x0")),
        "    looked[i] = np.int32(changes)",
        *([spiked] if rule.asks_for_post_spikes else []),
    ]


def _visit_columns(rule: RuleText) -> list[str]:
    """Visit synapses of the post-synaptic neurons that spiked, but for rows that were visited."""
    told = can_tell(rule, "y0") and all(factor.state_var != "x0" for factor, _ in rule.factors)
    visit = [
        *_take_one("row"),
        "spiked_now = False" if "x0" in rule.dependencies else _SPIKED_NOW,
        *row(rule),
        *synapse(rule, "s", y0="yes"),
    ]
    lines = [
        "stop_event = 0",
        f"for step in range({rule.steps}):",
        f"    event, stop_event = stop_event, {_spikes_until(rule)}",
        "    if event == stop_event:",
        "        continue",
    ]
    if told:
        lines += [
            "    if touched or not is_worth_while(p, b, stop_event - event, index, False):",
            "        fill(looked, 1)",
            "    else:",
            *nested(_mark_rows(rule), 2),
        ]
    else:
        lines.append("    fill(looked, 1)")
    if "x0" in rule.dependencies:
        lines.append("    set_marks(looked, 0, index, pre_spiked, counters[pre_count_at])")
    return [
        *lines,
        "    for k in range(event, stop_event):",
        "        i = number(index, spiked_at + k)",
        *nested(post_step(rule), 2),
        "        for one in range(list_marked_rows(p, b, i, index, synaptic)):",
        *nested(visit, 3),
    ]


def _spikes_until(rule: RuleText) -> str:
    """How many post-synaptic neurons have spiked for the last time up to a step of the epoch."""
    return "spiked" if rule.t_epoch == 1 else "number(index, log_ends + step)"


def _mark_rows(rule: RuleText) -> list[str]:
    """Mark the pre-synaptic neurons whose synapses a post-synaptic spike of a step can change."""
    traces = [name for name in PRE_TRACES if "y0" in rule.traces.get(name, ())]
    return [
        "x0, y0, found = no, yes, np.int32(0)",
        *(
            f"{trace}_past = traces_at(values, {trace}_log, slot, {rule.steps}, step, pre)"
            for trace in traces
        ),
        "for row in range(pre):",
        *(f"    {trace}_y0 = {trace}_past[row]" for trace in traces),
        *nested(changes(rule, "y0")),
        "    looked[row] = np.int32(changes)",
        "    found = np.int32(found + looked[row])",
        "if found == 0:",
        "    continue",
    ]
