"""A dense layer: an epoch is first looked at as a whole, then applied row by row when it is due.

Called with `row` below 0 the function notes what the epoch `last` can change: of each row, whether
its own spike can, and the post-synaptic spikes of each step; and a list of the post-synaptic
neurons whose synapses change where the pre-synaptic one spiked. Called with a row it applies what
is `pending`, visiting the synapses that were noted, or the whole row where that is many or is not
known.
"""

from __future__ import annotations

from functools import partial

from loihi_sleep.engine.rules.changes import (
    can_tell,
    can_tell_of_pairs,
    changes,
    note_sunk,
    pairs_change,
)
from loihi_sleep.engine.rules.layer import epoch, group, post_trace, row
from loihi_sleep.engine.rules.synapse import synapse
from loihi_sleep.engine.rules.text import POST_TRACES, PRE_TRACES, RuleText, nested


def layer(rule: RuleText) -> list[str]:
    """Note what an epoch can change, or bring a row up to date."""
    return ["if row < 0:", *nested(_note(rule)), "    return", *_bring_up_to_date(rule)]


def _note(rule: RuleText) -> list[str]:
    """Note what the epoch `last` can change."""
    lines = [
        "epoch, slot = last, last & (p[b + PLASTIC.log] - 1)",
        "whole = counters[p[b + PLASTIC.log_whole] + slot]",
        "spiked = counters[p[b + PLASTIC.log_count] + slot]",
        *epoch(rule),
        *note_sunk(rule),
        "pending_at = p[b + PLASTIC.pending]",
        "pending_rows = index[pending_at : pending_at + pre]",
        f"slot_bits = np.int32({_step_bits(rule)} << (slot * {rule.steps} & (POST_BITS - 1)))",
        "pre_spiked, pre_count = p[b + PLASTIC.pre_spiked], counters[p[b + PLASTIC.pre_count]]",
    ]
    all_rows = "whole & (APPLY_U | CLIP)"
    if "y0" in rule.dependencies:
        if can_tell(rule, "y0"):
            lines += ["if spiked:", *nested(_note_rows(rule))]
        else:
            all_rows += " or spiked"
    if _lists_posts(rule):
        lines += ["if pre_count:", *nested(_note_posts(rule))]
    if not (_lists_posts(rule) and can_tell_of_pairs(rule)):
        lines += _note_spiked_rows(rule)
    return [
        *lines,
        f"if {all_rows}:",
        "    for row in range(pre):",
        "        pending_rows[row] |= slot_bits",
    ]


def _step_bits(rule: RuleText) -> str:
    """Bits of the steps of an epoch."""
    return "1" if rule.t_epoch == 1 else "((1 << min(t_epoch, POST_BITS)) - 1)"


def _bit(rule: RuleText, step: str) -> str:
    """Bit of a step of the epoch in `slot`."""
    return f"np.int32(1 << ((slot * {rule.steps} + {step}) & (POST_BITS - 1)))"


def _lists_posts(rule: RuleText) -> bool:
    """Tell whether the synapses that a pre-synaptic spike can change are listed."""
    return "x0" in rule.dependencies and can_tell(rule, "x0")


def _note_spiked_rows(rule: RuleText) -> list[str]:
    """Note the rows whose own neuron has spiked, if that can change anything."""
    step = "index[spike_steps + row] - 1"
    if "x0" not in rule.dependencies:
        changes_row = "spiked"
    elif _lists_posts(rule):
        listed = f"counters[p[b + PLASTIC.listed] + slot * {rule.steps} + {step}]"
        changes_row = f"spiked or {listed}"
    else:
        changes_row = "True"
    return [
        "for k in range(pre_count):",
        "    row = np.int64(index[np.uint64(pre_spiked + k)])",
        f"    if {changes_row}:",
        "        pending_rows[row] |= slot_bits",
    ]


def _note_rows(rule: RuleText) -> list[str]:
    """Note the rows that post-synaptic spikes can change."""
    traces = [name for name in PRE_TRACES if "y0" in rule.traces.get(name, ())]
    body = [
        *(f"{trace}_y0 = {trace}_past[row]" for trace in traces),
        *changes(rule, "y0"),
        "pending_rows[row] |= bit * np.int32(changes | touched)",
    ]
    return [
        f"x0, y0 = {rule.number}(0), {rule.number}(1)",
        "touched = whole & TOUCH != 0",
        *_over_steps(
            rule,
            "step",
            [
                f"bit = {_bit(rule, 'step')}",
                *(_past(rule, trace, "step") for trace in traces),
                "for row in range(pre):",
                *nested(body),
            ],
        ),
    ]


def _past(rule: RuleText, trace: str, step: str) -> str:
    """Values of a pre-synaptic trace after a step of the epoch."""
    start = f"{trace}_log + (slot * {rule.steps} + {step}) * pre"
    return f"{trace}_past = values[{start} : {start} + pre]"


def _over_steps(rule: RuleText, step: str, lines: list[str]) -> list[str]:
    """Put a loop over the steps around lines in which post-synaptic neurons last spiked.

    Those are from `begin` to `stop` in the list. Of the others the traces after that step change no
    synapse.
    """
    if rule.t_epoch == 1:
        return [f"{step}, begin, stop = 0, 0, spiked", *lines]
    ends = f"p[b + PLASTIC.log_ends] + slot * t_epoch + {step}"
    return [
        "stop = 0",
        f"for {step} in range(t_epoch):",
        f"    begin, stop = stop, np.int64(index[np.uint64({ends})])",
        "    if begin == stop:",
        "        continue",
        *nested(lines),
    ]


def _take_rows(rule: RuleText) -> list[str]:
    """Take those rows, from `first` to `event`, whose neuron spiked last in step `step`."""
    if rule.t_epoch == 1:
        return ["first, event = 0, pre_count"]
    ends = "p[b + PLASTIC.pre_ends] + step"
    return [f"first, event = event, np.int64(index[np.uint64({ends})])"]


def _note_posts(rule: RuleText) -> list[str]:
    """List the post-synaptic neurons whose synapses pre-synaptic spikes can change.

    Those that have spiked too are left out where they are visited anyway. A list that would be
    longer than is worth while has length -1.
    """
    traces = [name for name in POST_TRACES if "x0" in rule.traces.get(name, ())]
    body = [
        *(f"{trace}_x0 = {trace}_x0_all[i]" for trace in traces),
        *changes(rule, "x0"),
        f"looked[i] = changes{' & (spike_times[i] == 0)' if rule.asks_for_post_spikes else ''}",
        "found = np.int32(found + looked[i])",
    ]
    # Mostly none is found; then the second loop, neuron by neuron, does not take place.
    find = [
        f"x0, y0 = {rule.number}(1), {rule.number}(0)",
        "found = np.int32(0)",
        "for i in range(post):",
        *nested(body),
        "if found > post // LISTED_PART:",
        "    found = np.int32(-1)",
        "elif found:",
        "    place = np.uint64(list_at)",
        "    for i in range(post):",
        "        index[place] = i",
        "        place += np.uint64(looked[i])",
        "counters[listed_at] = found",
    ]
    return [
        "spike_times = index[p[b + PLASTIC.ty] : p[b + PLASTIC.ty] + post]",
        "looked_at, wide = p[b + PLASTIC.looked], max(pre, post)",
        "looked = index[looked_at : looked_at + 3 * wide]",
        "event = 0",
        f"for step in range({rule.steps}):",
        *nested(
            [
                *_list(rule, "step"),
                *(post_trace(trace, "x0", rule, "step") for trace in traces),
                *_take_rows(rule),
                # A few rows are gone through as fast as it is to find which synapses change.
                "if whole & TOUCH or event - first < FEW_ROWS:",
                "    counters[listed_at] = -1",
                "else:",
                *nested(find),
                *(_note_rows_of_step(rule) if can_tell_of_pairs(rule) else []),
            ]
        ),
    ]


def _note_rows_of_step(rule: RuleText) -> list[str]:
    """Note the rows whose own neuron has spiked in a step, if that can change anything."""
    lines = [
        "if counters[listed_at] != 0:",
        "    for k in range(first, event):",
        "        pending_rows[np.uint64(index[np.uint64(pre_spiked + k)])] |= OWN",
    ]
    if not rule.asks_for_post_spikes:
        return lines
    traces = [name for name in PRE_TRACES if "y0" in rule.traces.get(name, ())]
    rows = "for k in range(event - first):"
    row = "j = np.uint64(index[np.uint64(pre_spiked + first + k)])"
    gathered = {trace: f"looked[{n} * wide + k]" for n, trace in enumerate(traces, 1)}
    look, chain = pairs_change(rule, partial(_over_posts, "begin, stop"))
    # In the longest of these loops all that is read and written is contiguous.
    each = [
        f"bit = {_bit(rule, 'post_step')}",
        *(_past(rule, trace, "post_step") for trace in traces),
        *look,
        rows,
        *nested([row, *(f"{place} = {trace}_past[j]" for trace, place in gathered.items())]),
        rows,
        *nested([f"{trace}_y0 = {place}" for trace, place in gathered.items()]),
        *nested([*chain, "looked[k] |= bit * np.int32(changes)"]),
    ]
    return [
        *lines,
        "if spiked and event > first:",
        f"    x0, y0 = {rule.number}(1), {rule.number}(1)",
        f"    {rows}",
        "        looked[k] = 0",
        *nested(_over_steps(rule, "post_step", each)),
        f"    {rows}",
        *nested([row, "pending_rows[j] = (pending_rows[j] & ~slot_bits) | looked[k]"], 2),
    ]


def _over_posts(events: str, lines: list[str]) -> list[str]:
    """Put a loop over post-synaptic neurons that have spiked around lines."""
    i = "i = np.uint64(index[np.uint64(spiked_at + k)])"
    return [f"for k in range({events}):", *nested([i, *lines])]


def _list(rule: RuleText, step: str) -> list[str]:
    """Where the list of post-synaptic neurons is for pre-synaptic spikes of a step."""
    return [
        f"listed_at = p[b + PLASTIC.listed] + slot * {rule.steps} + {step}",
        f"list_at = p[b + PLASTIC.lists] + (slot * {rule.steps} + {step})"
        " * (post // LISTED_PART + 1)",
    ]


def _bring_up_to_date(rule: RuleText) -> list[str]:
    """Apply what is pending of a row, the oldest epoch first."""
    lines = [
        f"{name}_row = synaptic[{name}_at + row * post : {name}_at + row * post + post]"
        for name in rule.variables
    ]
    aside = "p[b + PLASTIC.aside]"
    lines += [
        f"{name}_aside = synaptic[{aside} + {n} * post : {aside} + {n} * post + post]"
        for n, name in enumerate(rule.variables)
    ]
    lines += [
        "log = p[b + PLASTIC.log]",
        "posts, epoch = pending & (OWN - 1), last - log",
        # An epoch before all of the log stands for none.
        "own = min(np.int64(index[spike_epochs + row]), last) if pending & OWN else epoch",
    ]
    if rule.t_epoch == 1:
        lines += [
            "left = np.uint64(posts if own <= epoch else posts | 1 << (own - epoch - 1))",
            "while left:",
            "    place = np.int64(trailing_zeros(left))",
            "    epoch = last - log + 1 + place",
            "    left &= left - np.uint64(1)",
            "    bits = posts >> place & 1",
        ]
    else:
        lines += [
            f"step_bits, shift = {_step_bits(rule)}, min(t_epoch, POST_BITS)",
            "while posts or own > epoch:",
            "    epoch += 1",
            "    bits = posts & step_bits",
            "    posts >>= shift",
            "    if bits == 0 and own != epoch:",
            "        continue",
        ]
    return [
        *lines,
        "    slot = epoch & (log - 1)",
        "    whole = counters[p[b + PLASTIC.log_whole] + slot]",
        "    spiked = counters[p[b + PLASTIC.log_count] + slot]",
        "    spiked_now = np.int64(index[spike_epochs + row]) == epoch",
        *nested([*epoch(rule), *row(rule), *_apply(rule)]),
    ]


def _apply(rule: RuleText) -> list[str]:
    """Visit the synapses of a row that an epoch may change.

    Either all of them, as if no partner had spiked, or those that were listed; then those whose
    partner has spiked.
    """
    visits_all = "whole & (APPLY_U | CLIP)"
    lines = []
    if _lists_posts(rule):
        lines = [*_list(rule, "pre_step"), "listed = counters[listed_at] if spiked_now else 0"]
        visits_all += " or listed < 0"
    elif "x0" in rule.dependencies:
        visits_all += " or spiked_now"
    every = ["for i in range(post):", *nested(synapse(rule, "i", y0="0"))]
    if rule.asks_for_post_spikes:
        put_aside = [f"{name}_aside[k] = {name}_row[i]" for name in rule.variables]
        put_back = [f"{name}_row[i] = {name}_aside[k]" for name in rule.variables]
        every = [*_over_posts("spiked", put_aside), *every, *_over_posts("spiked", put_back)]
    lines += [f"if {visits_all}:", *nested(every)]
    if _lists_posts(rule):
        visit = ["i = np.uint64(index[np.uint64(list_at + k)])", *synapse(rule, "i", y0="0")]
        lines += ["else:", "    for k in range(listed):", *nested(visit, 2)]
    return [*lines, *(_visit_spiked(rule) if rule.asks_for_post_spikes else [])]


def _visit_spiked(rule: RuleText) -> list[str]:
    """Visit the synapses of a row whose partners have spiked, step by step, if they may change."""
    visit = _over_posts("begin, stop", synapse(rule, "i", y0="1", grouped=True))
    # Twice, as with an x0 that is known to be 0 most of it falls away.
    visits = [
        *group(rule),
        "if spiked_now:",
        *nested([f"x0 = {rule.number}(1)", *visit]),
        "else:",
        *nested([f"x0 = {rule.number}(0)", *visit]),
    ]
    if rule.t_epoch > 1:
        visits = ["if bits >> (post_step & (POST_BITS - 1)) & 1:", *nested(visits)]
    return ["if bits:", *nested(_over_steps(rule, "post_step", visits))]
