"""Figures of `pruning`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from loihi_sleep.experiments.pruning.metrics import pruned_share
from loihi_sleep.results.figures import ASLEEP, AWAKE, NEUTRAL, drawing

Metrics = dict[str, Any]


def error_by_cycles(
    path: Path, metrics: Metrics, kept: Sequence[float], cycles: Sequence[int]
) -> Path:
    """Draw the error in the morning against the number of cycles, at each share."""
    cycles = sorted(cycles)
    places = np.arange(len(cycles))
    with drawing(path, 1, len(kept), size=(2.6 * len(kept) + 1.2, 3.4)) as (figure, axes):
        for ax, part in zip(axes[0], sorted(kept, reverse=True), strict=True):
            share = pruned_share(part)
            entries = [metrics[f"error_by_cycles_{count}_{share}"] for count in cycles]
            means, deviations = ([entry[key] for entry in entries] for key in ("mean", "sd"))
            ax.errorbar(places, means, deviations, color=ASLEEP, marker="o", capsize=3)
            for values in np.array([entry["values"] for entry in entries]).T:
                ax.plot(places, values, ".", color="black", markersize=3.5, alpha=0.6)
            best = cycles.index(int(metrics[f"best_cycles_{share}"]["mean"]))
            ax.plot(places[best], means[best], "o", color=AWAKE, markersize=9, zorder=3)
            ax.axhline(metrics["error_unpruned"]["mean"], color=NEUTRAL, linestyle=":")
            ax.set_title(f"{float(share):.0%} pruned")
            ax.set_xticks(places, [str(count) for count in cycles])
            ax.set_ylim(bottom=0)
            ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
        axes[0, 0].set_ylabel("error (test images)")
        figure.supxlabel("cycles in one night", fontsize=10)
    return path


def surviving_inputs(
    path: Path, counts: Sequence[NDArray[np.int64]], names: Sequence[str], plane: tuple[int, int]
) -> Path:
    """Draw how many synapses of each pixel are left."""
    with drawing(path, 1, len(counts), size=(2.5 * len(counts) + 1.0, 2.7)) as (figure, axes):
        for ax, count, name in zip(axes[0], counts, names, strict=True):
            shown = ax.imshow(count.reshape(plane), cmap="cividis", vmin=0)
            ax.set_title(name)
            ax.set_xticks([])
            ax.set_yticks([])
            figure.colorbar(shown, ax=ax, shrink=0.8)
    return path
