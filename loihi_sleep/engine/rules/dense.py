"""A dense layer: an epoch is first looked at as a whole, then applied row by row when it is due.

Called with `rows_at` below 0 the function notes what the epoch `last` can change: of each row,
whether its own spike can, and the post-synaptic spikes of each step; and a list of the
post-synaptic neurons whose synapses change where the pre-synaptic one spiked. Called with a list of
rows it applies what is pending of them, visiting the synapses that were noted, or the whole row
where that is many or is not known.
"""

from __future__ import annotations

from functools import partial

from loihi_sleep.engine.nodes.plastic.row import SCRATCH
from loihi_sleep.engine.rules.changes import (
    bounds_change,
    can_tell,
    can_tell_of_pairs,
    changes,
    is_bounded,
    note_sunk,
    pairs_change,
    sides_are_opposed,
)
from loihi_sleep.engine.rules.layer import epoch, group, post_trace, row
from loihi_sleep.engine.rules.synapse import synapse
from loihi_sleep.engine.rules.text import POST_TRACES, PRE_TRACES, RuleText, nested


def layer(rule: RuleText) -> list[str]:
    """Note what an epoch can change, or bring rows up to date."""
    return ["if rows_at < 0:", *nested(_note(rule)), "    return", *_bring_up_to_date(rule)]


def _note(rule: RuleText) -> list[str]:
    """Note what the epoch `last` can change."""
    lines = [
        "epoch, slot = last, last & (log - 1)",
        *epoch(rule),
        *note_sunk(rule),
        "pending_rows = part(index, pending_at, pre)",
        f"slot_bits = epoch_bits(slot, {rule.steps})",
        "pre_count = counters[pre_count_at]",
    ]
    all_rows = "whole & (APPLY_U | CLIP)"
    if "y0" in rule.dependencies:
        if can_tell(rule, "y0"):
            note = _note_rows(rule)
            if is_bounded(rule, "y0"):
                note = [
                    *bounds_change(rule, "y0"),
                    "rows_change = changes",
                    "if changes:",
                    *nested(note),
                ]
            lines += ["rows_change = False", "if spiked:", *nested(note)]
        else:
            all_rows += " or spiked"
    if _lists_posts(rule):
        lines += ["if pre_count:", *nested(_note_posts(rule))]
    if not (_lists_posts(rule) and can_tell_of_pairs(rule)):
        lines += _note_spiked_rows(rule)
    return [
        *lines,
        f"if {all_rows}:",
        "    mark_all(pending_rows, slot_bits)",
    ]


def _lists_posts(rule: RuleText) -> bool:
    """Tell whether the synapses that a pre-synaptic spike can change are listed."""
    return "x0" in rule.dependencies and can_tell(rule, "x0")


def _note_spiked_rows(rule: RuleText) -> list[str]:
    """Note the rows whose own neuron has spiked, if that can change anything."""
    note = ["pending_rows[row] |= slot_bits"]
    if "x0" not in rule.dependencies:
        note = ["if spiked:", *nested(note)]
    elif _lists_posts(rule):
        step = "last_step(index, spike_steps + row)"
        found = f"counters[listed_at + slot * {rule.steps} + {step}]"
        note = [f"if spiked or {found}:", *nested(note)]
    return [
        "for k in range(pre_count):",
        *nested(["row = number(index, pre_spiked + k)", *note]),
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
        "x0, y0 = no, yes",
        "touched = whole & TOUCH != 0",
        *_over_steps(
            rule,
            "step",
            [
                f"bit = step_bit(slot, {rule.steps}, step)",
                *(_past(rule, trace, "step") for trace in traces),
                "for row in range(pre):",
                *nested(body),
            ],
        ),
    ]


def _past(rule: RuleText, trace: str, step: str) -> str:
    """Values of a pre-synaptic trace after a step of the epoch."""
    return f"{trace}_past = traces_at(values, {trace}_log, slot, {rule.steps}, {step}, pre)"


def _over_steps(rule: RuleText, step: str, lines: list[str]) -> list[str]:
    """Put a loop over the steps around lines in which post-synaptic neurons last spiked.

    Those are from `begin` to `stop` in the list. Of the others the traces after that step change no
    synapse.
    """
    if rule.t_epoch == 1:
        return [f"{step} = 0", "begin, stop = 0, spiked", *lines]
    return [
        "stop = 0",
        f"for {step} in range(t_epoch):",
        f"    begin, stop = stop, number(index, log_ends + slot * t_epoch + {step})",
        "    if begin == stop:",
        "        continue",
        *nested(lines),
    ]


def _take_rows(rule: RuleText) -> list[str]:
    """Take those rows, from `first` to `event`, whose neuron spiked last in step `step`."""
    if rule.t_epoch == 1:
        return ["first, event = 0, pre_count"]
    return ["first, event = event, number(index, pre_ends + step)"]


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
    find = [
        "x0, y0 = yes, no",
        "found = np.int32(0)",
        "for i in range(post):",
        *nested(body),
        "counters[length_at] = list_found(index, list_at, looked, post, found)",
    ]
    return [
        "spike_times = part(index, times_at, post)",
        f"looked = part(index, looked_at, {SCRATCH} * wide)",
        *(bounds_change(rule, "x0") if is_bounded(rule, "x0") else ["changes = True"]),
        "posts_change = changes",
        "event = 0",
        f"for step in range({rule.steps}):",
        *nested(
            [
                *_list(rule, "step"),
                *(post_trace(trace, "x0", rule, "step") for trace in traces),
                *_take_rows(rule),
                "if not posts_change:",
                "    counters[length_at] = 0",
                # A few rows are gone through as fast as it is to find which synapses change.
                "elif whole & TOUCH or event - first < FEW_ROWS:",
                "    counters[length_at] = -1",
                "else:",
                *nested(find),
                *(_note_rows_of_step(rule) if can_tell_of_pairs(rule) else []),
            ]
        ),
    ]


def _note_rows_of_step(rule: RuleText) -> list[str]:
    """Note the rows whose own neuron has spiked in a step, if that can change anything."""
    lines = [
        "if counters[length_at] != 0:",
        "    mark_listed(pending_rows, OWN, index, pre_spiked + first, event - first)",
    ]
    if not rule.asks_for_post_spikes:
        return lines
    traces = [name for name in PRE_TRACES if "y0" in rule.traces.get(name, ())]
    gathered = {trace: f"{trace}_gathered" for trace in traces}
    look, chain = pairs_change(rule, partial(_over_posts, "begin, stop"))
    may_change = " and (rows_change or posts_change)" if sides_are_opposed(rule) else ""
    # In the longest of these loops all that is read and written is contiguous.
    look_at_rows = [
        *(
            f"gather({place}, {trace}_past, index, own_at, many)"
            for trace, place in gathered.items()
        ),
        "for k in range(many):",
        *nested([f"{trace}_y0 = {place}[k]" for trace, place in gathered.items()]),
        *nested([*chain, "looked[k] |= bit * np.int32(changes)"]),
    ]
    each = [
        f"bit = step_bit(slot, {rule.steps}, post_step)",
        *(_past(rule, trace, "post_step") for trace in traces),
        *look,
        "if changes:",
        *nested(look_at_rows),
    ]
    return [
        *lines,
        f"if spiked and event > first{may_change}:",
        "    x0, y0 = yes, yes",
        "    own_at, own_rows = pre_spiked + first, event - first",
        "    many = vectors(own_rows)",
        *nested(
            [
                f"{place} = part(looked, {n} * wide, many)"
                for n, place in enumerate(gathered.values(), 1)
            ]
        ),
        "    fill(part(looked, 0, own_rows), 0)",
        *nested(_over_steps(rule, "post_step", each)),
        "    replace_marks(pending_rows, slot_bits, looked, index, own_at, own_rows)",
    ]


def _over_posts(events: str, lines: list[str]) -> list[str]:
    """Put a loop over post-synaptic neurons that have spiked around lines."""
    i = "i = place(index, spiked_at + k)"
    return [f"for k in range({events}):", *nested([i, *lines])]


def _list(rule: RuleText, step: str) -> list[str]:
    """Where the list of post-synaptic neurons is for pre-synaptic spikes of a step."""
    return [
        f"list_at, length_at = list_of(lists_at, listed_at, slot * {rule.steps} + {step}, post)",
    ]


def _bring_up_to_date(rule: RuleText) -> list[str]:
    """Apply what is pending of each row, the oldest epoch first."""
    lines = [
        f"{name}_aside = part(synaptic, aside_at + {n} * (post + VECTOR), post + VECTOR)"
        for n, name in enumerate(rule.variables)
    ]
    each = [
        "row = number(index, at)",
        "pending = taken(pending_rows, row)",
        "if pending == 0:",
        "    continue",
        "pending = oldest_first(pending, log, t_epoch, last)",
        *(f"{name}_row = part(synaptic, {name}_at + row * post, post)" for name in rule.variables),
        "posts, epoch = pending & (OWN - 1), last - log",
        "spike_epoch = number(index, spike_epochs + row)",
        "own = own_epoch(spike_epoch, last, pending, epoch)",
    ]
    if rule.t_epoch == 1:
        each += [
            "left = with_own(posts, own, epoch)",
            "while left:",
            "    after = np.int64(trailing_zeros(left))",
            "    epoch = last - log + 1 + after",
            "    left &= left - np.uint64(1)",
            "    bits = posts >> after & 1",
        ]
    else:
        each += [
            "shift = min(t_epoch, POST_BITS)",
            "step_bits = (1 << shift) - 1",
            "while posts or own > epoch:",
            "    epoch += 1",
            "    bits = posts & step_bits",
            "    posts >>= shift",
            "    if bits == 0 and own != epoch:",
            "        continue",
        ]
    each += [
        "    slot = epoch & (log - 1)",
        "    spiked_now = spike_epoch == epoch",
        *nested([*epoch(rule), *row(rule), *_apply(rule)]),
    ]
    return [
        *lines,
        "pending_rows = part(index, pending_at, pre)",
        "for at in range(rows_at, rows_at + rows):",
        *nested(each),
    ]


def _apply(rule: RuleText) -> list[str]:
    """Visit the synapses of a row that an epoch may change.

    Either all of them, as if no partner had spiked, or those that were listed; then those whose
    partner has spiked.
    """
    visits_all = "whole & (APPLY_U | CLIP)"
    lines = []
    if _lists_posts(rule):
        lines = [*_list(rule, "pre_step"), "listed = counters[length_at] if spiked_now else 0"]
        visits_all += " or listed < 0"
    elif "x0" in rule.dependencies:
        visits_all += " or spiked_now"
    every = ["for i in range(post):", *nested(synapse(rule, "i", y0="no"))]
    if rule.asks_for_post_spikes:
        spiking = "{0}_aside, {0}_row, index, spiked_at, spiked"
        every = [
            *(f"gather({spiking.format(name)})" for name in rule.variables),
            *every,
            *(f"scatter({spiking.format(name)})" for name in rule.variables),
        ]
    lines += [f"if {visits_all}:", *nested(every)]
    if _lists_posts(rule):
        visit = ["i = place(index, list_at + k)", *synapse(rule, "i", y0="no")]
        lines += ["else:", "    for k in range(listed):", *nested(visit, 2)]
    return [*lines, *(_visit_spiked(rule) if rule.asks_for_post_spikes else [])]


def _visit_spiked(rule: RuleText) -> list[str]:
    """Visit the synapses of a row whose partners have spiked, step by step, if they may change."""
    visit = _over_posts("begin, stop", synapse(rule, "i", y0="yes", grouped=True))
    traces = _post_traces(rule)
    takes_vectors = rule.rounds_at_once and len(traces) <= SCRATCH
    visit_pairs = _visit_aside(rule, traces) if takes_vectors else visit
    # Twice, as with an x0 that is known to be 0 most of it falls away.
    visits = [
        *group(rule),
        "if spiked_now:",
        *nested(["x0 = yes", *visit_pairs]),
        "else:",
        *nested(["x0 = no", *visit]),
    ]
    if rule.t_epoch > 1:
        visits = ["if bits >> (post_step & (POST_BITS - 1)) & 1:", *nested(visits)]
    return ["if bits:", *nested(_over_steps(rule, "post_step", visits))]


def _post_traces(rule: RuleText) -> list[str]:
    """Post-synaptic traces of a synapse whose neurons have both spiked."""
    return [
        f"{trace}_{name}"
        for trace, dependencies in sorted(rule.traces.items())
        if trace in POST_TRACES
        for name in sorted(dependencies)
    ]


def _visit_aside(rule: RuleText, traces: list[str]) -> list[str]:
    """Visit the synapses of a row whose partners have spiked, put aside: that takes vectors."""
    spiking, scratch = "index, spiked_at + begin", [f"{n} * wide" for n in range(len(traces))]
    return [
        "many = vectors(stop - begin)",
        *(f"gather({name}_aside, {name}_row, {spiking}, many)" for name in rule.variables),
        *(
            f"{trace}_aside = part(index, looked_at + {at}, many)"
            for trace, at in zip(traces, scratch, strict=True)
        ),
        *(f"gather({trace}_aside, {trace}_all, {spiking}, many)" for trace in traces),
        "for k in range(many):",
        *nested(synapse(rule, "k", y0="yes", grouped=True, where="aside", post="aside[k]")),
        *(f"scatter({name}_aside, {name}_row, {spiking}, stop - begin)" for name in rule.variables),
    ]
