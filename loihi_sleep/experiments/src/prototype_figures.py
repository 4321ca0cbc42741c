"""Figures of the conditions of `src` that have a hippocampus."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.src.prototype_controls import CONTROLS
from loihi_sleep.results.figures import ASLEEP, AWAKE, JOINT, NEUTRAL, draw_means, drawing
from loihi_sleep.results.mosaics import draw_mosaic

# Of each class.
_SHOWN = 12


def accuracy_by_bytes(path: Path, metrics: Metrics, numbers: Sequence[int], main: int) -> Path:
    """Draw accuracy against the bytes that are kept, for each number of prototypes a class."""
    lines = (
        ("nearest_prototype", "hippocampus itself: nearest prototype", JOINT, "s"),
        ("prototypes", "cortex that it taught, without it", ASLEEP, "o"),
        ("prototypes_spiking", "the same, read out in spikes", ASLEEP, "^"),
    )
    ends = {k: "" if k == main else f"_k{k}" for k in sorted(numbers)}
    with drawing(path, size=(7.2, 4.4)) as (_, axes):
        ax = axes[0, 0]
        for name, label, color, marker in lines:
            found = [end for end in ends.values() if f"accuracy_{name}{end}" in metrics]
            kilobytes = [metrics[f"bytes_kept{end}"]["mean"] / 1000 for end in found]
            entries = [metrics[f"accuracy_{name}{end}"] for end in found]
            dashed = "--" if name.endswith("spiking") else "-"
            draw_means(
                ax, kilobytes, entries, color=color, marker=marker, label=label, linestyle=dashed
            )
        if "accuracy_raw_images" in metrics:
            entry, kept = metrics["accuracy_raw_images"], metrics["bytes_kept"]["mean"] / 1000
            label = "cortex taught by raw images of the same bytes"
            draw_means(ax, [kept], [entry], color=AWAKE, marker="D", label=label)
        if "accuracy_sequential" in metrics:
            mean = metrics["accuracy_sequential"]["mean"]
            ax.axhline(mean, color=NEUTRAL, linestyle=":", linewidth=1, label="no sleep")
        ax.set_xscale("log")
        places = [metrics[f"bytes_kept{end}"]["mean"] / 1000 for end in ends.values()]
        ax.set_xticks(places, [f"{kb:.0f}\nK = {k}" for kb, k in zip(places, ends, strict=True)])
        ax.minorticks_off()
        ax.set_xlabel("kilobytes kept beside the network; K prototypes a class")
        ax.set_ylabel("accuracy on all classes (test samples)")
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        ax.set_ylim(0, 1.02)
        ax.legend(loc="center right")
    return path


def controls(path: Path, metrics: Metrics) -> Path:
    """Draw what the cortex knows after nights that replay something else."""
    named = {"prototypes": "prototypes", **{control.name: control.title for control in CONTROLS}}
    shown = [name for name in named if f"accuracy_{name}" in metrics]
    with drawing(path, size=(8.0, 0.9 + 0.33 * len(shown))) as (_, axes):
        ax = axes[0, 0]
        for place, name in enumerate(reversed(shown)):
            values = metrics[f"accuracy_{name}"]["values"]
            ax.barh(place, np.mean(values), 0.7, color=_color(name), alpha=0.85)
            ax.plot(values, [place] * len(values), ".", color="black", markersize=3.5, alpha=0.6)
            ax.text(np.max(values) + 0.012, place, f"{np.mean(values):.1%}", va="center")
        ax.set_yticks(range(len(shown)), [named[name] for name in reversed(shown)])
        ax.tick_params(axis="y", length=0)
        ax.set_xlim(0, 1.08)
        ax.xaxis.set_major_formatter(PercentFormatter(1.0))
        ax.set_xlabel("accuracy on all classes (test samples), hippocampus taken away")
    return path


def _color(name: str) -> str:
    if name == "prototypes":
        return ASLEEP
    return AWAKE if name.startswith("raw_images") else NEUTRAL


def prototypes(
    path: Path, weights: NDArray[Any], labels: NDArray[Any], plane: tuple[int, int]
) -> Path:
    """Draw what some neurons of the hippocampus have learned, a class a row."""
    classes = np.unique(labels)
    pictures = np.full((len(classes), _SHOWN, *plane), np.nan)
    for row, label in zip(pictures, classes, strict=True):
        found = weights[labels == label][:_SHOWN]
        row[: len(found)] = found.reshape(-1, *plane)
    with drawing(path, size=(7.0, 7.0 * len(classes) / _SHOWN + 0.3)) as (_, axes):
        ax = axes[0, 0]
        _, middles = draw_mosaic(
            ax, pictures.reshape(-1, *plane), _SHOWN, cmap="gray_r", vmin=0, vmax=254
        )
        ax.set_yticks(middles[::_SHOWN], [str(label) for label in classes])
        ax.tick_params(length=0)
        ax.set_ylabel("class")
        ax.set_xlabel("prototypes of each class; weight 0 (white) to 254 (black)")
    return path
