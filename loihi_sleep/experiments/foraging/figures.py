"""Figures of `foraging`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.results.figures import ASLEEP, AWAKE, NEUTRAL, drawing
from processes.kernels.foraging_world import VIEW_SIDE

Metrics = dict[str, Any]
_SHOWN_FEATURES = 40


def conditions(path: Path, metrics: Metrics, names: dict[str, str]) -> Path:
    """Draw performance on both tasks under each condition.

    Parameters
    ----------
    path : Path
    metrics : dict
        Of a record.
    names : dict of str to str
        What to call each condition.
    """
    with drawing(path, size=(8.5, 0.9 + 0.52 * len(names))) as (_, axes):
        ax = axes[0, 0]
        places = np.arange(len(names))
        for shift, number, color in ((-0.2, 1, AWAKE), (0.2, 2, ASLEEP)):
            values = np.array([metrics[f"t{number}_{name}"]["values"] for name in names])
            ax.barh(places + shift, values.mean(axis=1), 0.38, color=color, label=f"task {number}")
            for place, seeds in zip(places + shift, values, strict=True):
                ax.plot(seeds, np.full(len(seeds), place), ".", color="black", markersize=3.5)
        ax.axvline(0.5, color=NEUTRAL, linestyle=":", linewidth=1)
        ax.text(0.505, len(names) - 0.52, "chance", color=NEUTRAL, fontsize=8.5, va="bottom")
        ax.set_yticks(places, list(names.values()))
        ax.invert_yaxis()
        ax.set_xlim(0.3, 1.0)
        ax.set_xlabel("rewarded particles among those eaten (share)")
        ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return path


def performance(path: Path, metrics: Metrics, names: dict[str, str], cycles: int) -> Path:
    """Draw performance over the training of each condition; see :func:`conditions`."""
    columns = 3
    rows = -(-len(names) // columns)
    with drawing(path, rows, columns, size=(9.0, 2.1 * rows), sharex=True, sharey=True) as (
        _,
        axes,
    ):
        for ax, (name, text) in zip(axes.flat, names.items(), strict=False):
            values = np.array(metrics[f"performance_{name}"]["values"])
            times = np.arange(1, values.shape[1] + 1) * cycles / values.shape[1] / 1000
            for seed_values in values:
                ax.plot(times, seed_values, color=NEUTRAL, linewidth=0.6, alpha=0.6)
            ax.plot(times, values.mean(axis=0), color=ASLEEP, linewidth=1.6)
            ax.axhline(0.5, color=NEUTRAL, linestyle=":", linewidth=1)
            ax.set_title(text, fontsize=9)
            ax.set_ylim(0.2, 1.0)
        for ax in list(axes.flat)[len(names) :]:
            ax.set_visible(False)
        # The lowest panel of each column.
        for ax in list(axes.flat)[max(0, len(names) - columns) : len(names)]:
            ax.tick_params(labelbottom=True)
            ax.set_xlabel("1,000 movement cycles awake")
        for ax in axes[:, 0]:
            ax.set_ylabel("performance (share)")
    return path


def features(path: Path, sources: NDArray[np.int64], weights: NDArray[np.float64]) -> Path:
    """Draw the input weights of the first hidden neurons, in the plane of what the agent sees."""
    shown = min(_SHOWN_FEATURES, len(weights))
    columns = 10
    rows = -(-shown // columns)
    with drawing(path, rows, columns, size=(7.5, 0.85 * rows)) as (figure, axes):
        for place, ax in enumerate(axes.flat):
            ax.set_axis_off()
            if place < shown:
                image = np.zeros(VIEW_SIDE**2)
                image[sources[place]] = weights[place]
                ax.imshow(
                    image.reshape(VIEW_SIDE, VIEW_SIDE), cmap="Blues", vmin=0, vmax=weights.max()
                )
                ax.plot(VIEW_SIDE // 2, VIEW_SIDE // 2, "+", color=AWAKE, markersize=4)
                ax.add_patch(_frame())
        figure.suptitle("input weights; +: the agent", fontsize=9, color=NEUTRAL)
    return path


def _frame() -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle(
        (-0.5, -0.5), VIEW_SIDE, VIEW_SIDE, fill=False, edgecolor=NEUTRAL, linewidth=0.5
    )
