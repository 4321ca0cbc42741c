"""What of a network fits a chip, as a notebook shows it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from loihi_sleep.html_table import html_table
from loihi_sleep.numerics.limits import Core

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def fit_html(title: str, parts: Sequence[Any], findings: Sequence[Any], core: Core) -> str:
    """Tabulate where each Process would run, and what it takes."""
    rows = []
    for part in parts:
        low, high = part.cores(core)
        cores = "" if part.host else f"{low} to {high}"
        where = f"host: {part.host}" if part.host else "chip"
        rows.append((part.name, part.kind, where, part.neurons, part.synapses, cores))
    found = "; ".join(
        f"{'error' if finding.fatal else 'warning'}: {finding.text}" for finding in findings
    )
    head = ("Process", "kind", "where", "neurons", "synapses", "cores by itself")
    return html_table(title, head, rows, found)


def plot_fit(parts: Sequence[Any], core: Core, axes: Axes | None) -> Axes:
    """Draw how many cores each Process on the chip takes by itself, at least and at most."""
    from matplotlib import pyplot as plt

    if axes is None:
        size = (7, 1.2 + 0.4 * len(parts))
        axes = plt.subplots(figsize=size, layout="constrained")[1]
    low, high = np.array([part.cores(core) for part in parts]).reshape(-1, 2).T
    names = [f"{part.name} ({part.kind}){', host' if part.host else ''}" for part in parts]
    axes.barh(names, high, color="#2b5fa5", alpha=0.35, label="at most")
    axes.barh(names, low, color="#2b5fa5", label="at least")
    axes.invert_yaxis()
    axes.set_xlabel(f"cores of a chip that has {core.cores}")
    axes.legend()
    return axes
