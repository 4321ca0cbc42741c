"""A dense layer: an epoch is first looked at as a whole, then applied row by row when it is due.

Called with `row` below 0 the function notes what the epoch `last` can change: a bit for each row,
and a list of the post-synaptic neurons whose synapses change where the pre-synaptic one spiked.
Called with a row it applies the epochs of the bits in `pending`, visiting the synapses that were
noted, or the whole row where that is many or is not known.
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
        "pending_rows = counters[pending_at : pending_at + pre]",
        "bit = np.int64(1) << slot",
        "pre_spiked, pre_count = p[b + PLASTIC.pre_spiked], counters[p[b + PLASTIC.pre_count]]",
    ]
    all_rows = "whole & (APPLY_U | CLIP)"
    if "y0" in rule.dependencies:
        if can_tell(rule, "y0"):
            lines += ["if spiked:", *nested(_note_rows(rule))]
        else:
            all_rows += " or spiked"
    lines += [f"if {all_rows}:", "    for row in range(pre):", "        pending_rows[row] |= bit"]
    if _lists_posts(rule):
        lines += ["if pre_count:", *nested(_note_posts(rule))]
        if can_tell_of_pairs(rule):
            return lines
    return [*lines, *_note_spiked_rows(rule)]


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
        "        pending_rows[row] |= bit",
    ]


def _note_rows(rule: RuleText) -> list[str]:
    """Note the rows that post-synaptic spikes can change."""
    traces = [name for name in PRE_TRACES if "y0" in rule.traces.get(name, ())]
    past = [f"{trace}_log + (slot * {rule.steps} + step) * pre" for trace in traces]
    body = [
        *(f"{trace}_y0 = {trace}_past[row]" for trace in traces),
        *changes(rule, "y0"),
        "pending_rows[row] |= bit * (changes | touched)",
    ]
    return [
        f"x0, y0 = {rule.number}(0), {rule.number}(1)",
        "touched, event = whole & TOUCH != 0, 0",
        f"for step in range({rule.steps}):",
        *nested(
            [
                *_take_spikes(rule, "spiked", "index[np.uint64(steps_at + event)]"),
                "if event == first:",
                "    continue",
                *(
                    f"{trace}_past = values[{at} : {at} + pre]"
                    for trace, at in zip(traces, past, strict=True)
                ),
                "for row in range(pre):",
                *nested(body),
            ]
        ),
    ]


def _take_spikes(rule: RuleText, count: str, step_of: str) -> list[str]:
    """Take those neurons of a list, from `first` to `event`, that spiked last in step `step`.

    Of the others the traces after that step change no synapse. `step_of`: the step of the neuron
    at place `event`.
    """
    if rule.t_epoch == 1:
        return [f"first, event = 0, {count}"]
    return [
        "first = event",
        f"while event < {count} and {step_of} == step + 1:",
        "    event += 1",
    ]


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
        "found += looked[i]",
    ]
    # Mostly none is found; then the second loop, neuron by neuron, does not take place.
    find = [
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
    step_of = "index[np.uint64(spike_steps) + np.uint64(index[np.uint64(pre_spiked + event)])]"
    return [
        f"x0, y0 = {rule.number}(1), {rule.number}(0)",
        "spike_times = index[p[b + PLASTIC.ty] : p[b + PLASTIC.ty] + post]",
        "looked = index[p[b + PLASTIC.looked] : p[b + PLASTIC.looked] + post]",
        "event = 0",
        f"for step in range({rule.steps}):",
        *nested(
            [
                *_list(rule, "step"),
                *(post_trace(trace, "x0", rule, "step") for trace in traces),
                *_take_spikes(rule, "pre_count", step_of),
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

    def each(lines: list[str]) -> list[str]:
        row = "row = np.int64(index[np.uint64(pre_spiked + k)])"
        return ["for k in range(first, event):", *nested([row, *lines])]

    def each_with_traces(lines: list[str]) -> list[str]:
        loads = [
            f"{trace}_y0 = {rule.pre_value(trace, 'at')}"
            for trace in PRE_TRACES
            if "y0" in rule.traces.get(trace, ())
        ]
        return each([f"for at in range({rule.steps}):", *nested([*loads, *lines])])

    posts = partial(_over_posts, "spiked")
    return [
        "changes = counters[listed_at] != 0",
        "if spiked and event > first and not changes:",
        *nested(pairs_change(rule, posts, each_with_traces)),
        "if changes:",
        *nested(each(["pending_rows[row] |= bit"])),
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
    """Apply epochs to a row: bit k of `pending` stands for the k-th of those that the log holds."""
    lines = [
        f"{name}_row = synaptic[{name}_at + row * post : {name}_at + row * post + post]"
        for name in rule.variables
    ]
    aside = "p[b + PLASTIC.aside]"
    lines += [
        f"{name}_aside = synaptic[{aside} + {n} * post : {aside} + {n} * post + post]"
        for n, name in enumerate(rule.variables)
    ]
    return [
        *lines,
        "log = p[b + PLASTIC.log]",
        "left = np.uint64(pending)",
        "while left:",
        "    epoch = last - log + 1 + np.int64(trailing_zeros(left))",
        "    left &= left - np.uint64(1)",
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
    """Visit the synapses of a row whose partners have spiked, by the step in which they did.

    Those of a step are passed over together where none of them changes.
    """
    each = partial(_over_posts, "first, event")
    visit = each(synapse(rule, "i", y0="1", grouped=True))
    looks = "if event - first >= FEW_ROWS and whole & (APPLY_U | CLIP) == 0:"
    passes_over = ["if not changes:", "    continue"]
    pairs, others = [f"x0 = {rule.number}(1)"], [f"x0 = {rule.number}(0)"]
    if can_tell_of_pairs(rule):
        pairs += [looks, *nested([*pairs_change(rule, each), *passes_over])]
    # With epochs of one step a row is brought up to date only where some synapse changes.
    if rule.t_epoch > 1 and rule.rounds_at_once and can_tell(rule, "y0"):
        others += [looks, *nested([*changes(rule, "y0"), *passes_over])]
    find = ["event = spiked"]
    if rule.t_epoch > 1:
        find = [
            "step = np.int64(index[np.uint64(steps_at + first)])",
            "event += 1",
            "while event < spiked and index[np.uint64(steps_at + event)] == step:",
            "    event += 1",
            "post_step = max(step, 1) - 1",
        ]
    return [
        "event = 0",
        "while event < spiked:",
        *nested(
            [
                "first = event",
                *find,
                *group(rule),
                f"y0 = {rule.number}(1)",
                "if spiked_now:",
                *nested([*pairs, *visit]),
                "else:",
                *nested([*others, *visit]),
            ]
        ),
    ]
