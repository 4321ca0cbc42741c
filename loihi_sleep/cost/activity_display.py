"""What a network did, as a notebook shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.html_table import html_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COUNTS = {
    "spikes": "spikes sent",
    "operations": "synaptic operations",
    "updates": "plastic updates",
    "neuron_updates": "neuron updates",
}


def activity_html(steps: float, parts: Sequence[Any]) -> str:
    """Tabulate the counts of each Process."""
    rows = [
        (
            part.name,
            part.kind,
            part.host or "chip",
            part.neurons,
            part.synapses,
            *("not counted" if (n := getattr(part, count)) is None else n for count in COUNTS),
        )
        for part in parts
    ]
    head = ("Process", "kind", "where", "neurons", "synapses", *COUNTS.values())
    return html_table(f"What a network did in {steps:,.0f} steps", head, rows)


def plot_activity(parts: Sequence[Any], axes: Axes | None) -> Axes:
    """Draw the counts of each Process as bars, on a logarithmic axis."""
    from matplotlib import pyplot as plt

    if axes is None:
        size = (7, 1.2 + 0.5 * len(parts))
        axes = plt.subplots(figsize=size, layout="constrained")[1]
    places: NDArray[np.float64] = np.arange(len(parts), dtype=float)
    width = 0.8 / len(COUNTS)
    for at, (count, title) in enumerate(COUNTS.items()):
        values = [getattr(part, count) or 0 for part in parts]
        axes.barh(places + width * (at - 1.5), values, width, label=title)
    axes.set_yticks(places, [f"{part.name}\n{part.kind}" for part in parts])
    axes.invert_yaxis()
    axes.set_xscale("symlog", linthresh=1)
    axes.set_xlabel("count")
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=len(COUNTS), fontsize="small")
    return axes
