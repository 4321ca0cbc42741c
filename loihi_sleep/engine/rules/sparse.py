"""A layer of listed synapses: the function applies an epoch to the whole of it, visiting few."""

from __future__ import annotations

from loihi_sleep.engine.rules.changes import note_sunk
from loihi_sleep.engine.rules.layer import epoch, post_step, row
from loihi_sleep.engine.rules.synapse import synapse
from loihi_sleep.engine.rules.text import RuleText, nested


def layer(rule: RuleText) -> list[str]:
    """Apply an epoch to the synapses that it can change."""
    spiked_now = "spiked_now = number(index, spike_epochs + row) == epoch"
    lines = [f"{name}_row = part(synaptic, {name}_at, 1 << 39)" for name in rule.variables]
    lines += [
        "epoch, slot = last, 0",
        *epoch(rule),
        *note_sunk(rule),
        "if whole & (APPLY_U | CLIP):",
        "    for row in range(pre):",
        *nested([spiked_now, *row(rule), *_whole_row(rule)], 2),
        "    return",
    ]
    if "x0" in rule.dependencies:
        lines += [
            "for event in range(counters[pre_count_at]):",
            "    row = number(index, pre_spiked + event)",
            *nested([spiked_now, *row(rule), *_whole_row(rule)]),
        ]
    if "y0" in rule.dependencies:
        visit = [
            "s = place(index, place_by_post + q)",
            "row = row_of(index, first_synapse, row_by_stretch, s)",
            spiked_now,
            *(["if spiked_now:", "    continue"] if "x0" in rule.dependencies else []),
            *row(rule),
            *synapse(rule, "s", y0="yes"),
        ]
        lines += [
            "for event in range(spiked):",
            "    i = number(index, spiked_at + event)",
            *nested(post_step(rule)),
            "    begin, stop = span(index, first_by_post + i)",
            "    for q in range(begin, stop):",
            *nested(visit, 2),
        ]
    return lines


def _whole_row(rule: RuleText) -> list[str]:
    """Visit all synapses of a pre-synaptic neuron."""
    return [
        "begin, stop = span(index, first_synapse + row)",
        "for s in range(begin, stop):",
        "    i = number(index, post_of + s)",
        "    has_spiked = yes if index[times_at + i] > 0 else no",
        *nested([*post_step(rule), *synapse(rule, "s", y0="has_spiked")]),
    ]
