"""A layer of listed synapses: the function applies an epoch to the whole of it, visiting few."""

from __future__ import annotations

from loihi_sleep.engine.rules.changes import note_sunk
from loihi_sleep.engine.rules.layer import epoch, post_step, row
from loihi_sleep.engine.rules.synapse import synapse
from loihi_sleep.engine.rules.text import RuleText, nested


def layer(rule: RuleText) -> list[str]:
    """Apply an epoch to the synapses that it can change."""
    spiked_now = "spiked_now = index[spike_epochs + row] == epoch"
    lines = [f"{name}_row = synaptic[{name}_at : {name}_at + (1 << 39)]" for name in rule.variables]
    lines += [
        "epoch, slot = last, 0",
        "whole = counters[p[b + PLASTIC.log_whole]]",
        "spiked = counters[p[b + PLASTIC.log_count]]",
        "ty_at = p[b + PLASTIC.ty]",
        *epoch(rule),
        *note_sunk(rule),
        "if whole & (APPLY_U | CLIP):",
        "    for row in range(pre):",
        *nested([spiked_now, *row(rule), *_whole_row(rule)], 2),
        "    return",
    ]
    if "x0" in rule.dependencies:
        lines += [
            "for event in range(counters[p[b + PLASTIC.pre_count]]):",
            "    row = np.int64(index[p[b + PLASTIC.pre_spiked] + event])",
            *nested([spiked_now, *row(rule), *_whole_row(rule)]),
        ]
    if "y0" in rule.dependencies:
        by_post = "PLASTIC.first_by_post"
        visit = [
            "s = index[p[b + PLASTIC.place_by_post] + q]",
            "row = np.int64(index[p[b + PLASTIC.pre_by_post] + q])",
            spiked_now,
            *(["if spiked_now:", "    continue"] if "x0" in rule.dependencies else []),
            *row(rule),
            *synapse(rule, "s", y0="1"),
        ]
        lines += [
            "for event in range(spiked):",
            "    i = np.int64(index[np.uint64(spiked_at + event)])",
            *nested(post_step(rule)),
            f"    for q in range(index[p[b + {by_post}] + i], index[p[b + {by_post}] + i + 1]):",
            *nested(visit, 2),
        ]
    return lines


def _whole_row(rule: RuleText) -> list[str]:
    """Visit all synapses of a pre-synaptic neuron."""
    first_at, post_at = "PLASTIC.first_synapse", "PLASTIC.post"
    return [
        f"for s in range(index[p[b + {first_at}] + row], index[p[b + {first_at}] + row + 1]):",
        f"    i = np.int64(index[p[b + {post_at}] + s])",
        "    has_spiked = index[ty_at + i] > 0",
        *nested([*post_step(rule), *synapse(rule, "s", y0="has_spiked")]),
    ]
