"""A layer of listed synapses: the function applies an epoch to the whole of it, visiting few."""

from __future__ import annotations

from loihi_sleep.engine.kernels import plastic_row, synapses
from loihi_sleep.engine.rule_code.changes import note_sunk
from loihi_sleep.engine.rule_code.layer import epoch, post_step, row
from loihi_sleep.engine.rule_code.synapse import synapse
from loihi_sleep.engine.rule_code.text import RuleText, nested


def layer(rule: RuleText) -> list[str]:
    """Apply an epoch to the synapses that it can change."""
    spiked_now = "spiked_now = index[spike_epochs + row] == epoch"
    lines = [f"{name}_row = synaptic[{name}_at : {name}_at + (1 << 39)]" for name in rule.variables]
    lines += [
        "epoch, slot = last, 0",
        f"whole = counters[p[b + {plastic_row.LOG_WHOLE}]]",
        f"spiked = counters[p[b + {plastic_row.LOG_COUNT}]]",
        f"ty_at = p[b + {plastic_row.TY}]",
        *epoch(rule),
        *note_sunk(rule),
        f"if whole & {plastic_row.APPLY_U | plastic_row.CLIP}:",
        "    for row in range(pre):",
        *nested([spiked_now, *row(rule), *_whole_row(rule)], 2),
        "    return",
    ]
    if "x0" in rule.dependencies:
        lines += [
            f"for event in range(counters[p[b + {plastic_row.PRE_COUNT}]]):",
            f"    row = np.int64(index[p[b + {plastic_row.PRE_SPIKED}] + event])",
            *nested([spiked_now, *row(rule), *_whole_row(rule)]),
        ]
    if "y0" in rule.dependencies:
        by_post = plastic_row.FIRST_BY_POST
        visit = [
            f"s = index[p[b + {plastic_row.PLACE_BY_POST}] + q]",
            f"row = np.int64(index[p[b + {plastic_row.PRE_BY_POST}] + q])",
            spiked_now,
            *(["if spiked_now:", "    continue"] if "x0" in rule.dependencies else []),
            *row(rule),
            *synapse(rule, "s", y0="1"),
        ]
        lines += [
            "for event in range(spiked):",
            "    i = np.uint64(index[np.uint64(spiked_at + event)])",
            *nested(post_step(rule)),
            f"    for q in range(index[p[b + {by_post}] + i], index[p[b + {by_post}] + i + 1]):",
            *nested(visit, 2),
        ]
    return lines


def _whole_row(rule: RuleText) -> list[str]:
    """Visit all synapses of a pre-synaptic neuron."""
    first_at, post_at = synapses.FIRST_SYNAPSE, synapses.POST
    step = ["post_step = max(np.int64(index[ty_at + i]), 1) - 1"] if rule.t_epoch > 1 else []
    return [
        f"for s in range(index[p[b + {first_at}] + row], index[p[b + {first_at}] + row + 1]):",
        f"    i = np.int64(index[p[b + {post_at}] + s])",
        "    has_spiked = index[ty_at + i] > 0",
        *nested([*step, *synapse(rule, "s", y0="has_spiked")]),
    ]
