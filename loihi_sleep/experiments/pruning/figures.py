"""Figures of `pruning`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.pruning.config import pruned_share
from loihi_sleep.results.figures import ASLEEP, AWAKE, JOINT, NEUTRAL, draw_means, drawing

_LOOKS = {
    "packnet": (AWAKE, "D"),
    "memory": (JOINT, "^"),
    "sleep": (ASLEEP, "o"),
    "multinet": ("#7b4f9d", "v"),
    "naive": (NEUTRAL, "s"),
    "awake": (ASLEEP, "x"),
    "replay": (NEUTRAL, "P"),
}
# Learners whose accuracies are close, and those that are controls of another.
_CLOSE = ("packnet", "memory", "sleep", "multinet", "awake")
_CONTROLS = ("awake", "replay")


def error_by_cycles(
    path: Path, metrics: Metrics, kept: Sequence[float], cycles: Sequence[int]
) -> Path:
    """Draw the error after the night against the number of cycles, at each share."""
    cycles = sorted(cycles)
    places = np.arange(len(cycles))
    with drawing(path, 1, len(kept), size=(2.6 * len(kept) + 1.2, 3.4)) as (figure, axes):
        for ax, part in zip(axes[0], sorted(kept, reverse=True), strict=True):
            share = pruned_share(part)
            entries = [metrics[f"error_by_cycles_{share}"][str(count)] for count in cycles]
            means = draw_means(ax, places, entries, color=ASLEEP, marker="o")
            for values in np.array([entry["values"] for entry in entries]).T:
                ax.plot(places, values, ".", color="black", markersize=3.5, alpha=0.6)
            best = cycles.index(int(metrics[f"best_cycles_{share}"]["mean"]))
            ax.plot(places[best], means[best], "o", color=AWAKE, markersize=9, zorder=3)
            ax.axhline(metrics["error_unpruned"]["mean"], color=NEUTRAL, linestyle=":")
            ax.set_title(f"{float(share):.0%} pruned")
            ax.set_xticks(places, [str(count) for count in cycles])
            ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
        axes[0, 0].set_ylabel("error (test images)")
        figure.supxlabel("cycles in one night", fontsize=10)
    return path


def through_the_night(path: Path, nights: Mapping[int, NDArray[np.float64]]) -> Path:
    """Draw the accuracy in the course of a night, for each number of cycles.

    Parameters
    ----------
    path : Path
    nights : mapping of int to ndarray, shape (moments, 2)
        By number of cycles, steps done and accuracy: at first, after each pruning, and after
        the steps that follow it.
    """
    size = (1.9 * len(nights) + 1.2, 3.0)
    with drawing(path, 1, len(nights), size=size, sharey=True) as (figure, axes):
        for ax, (cycles, night) in zip(axes[0], sorted(nights.items()), strict=True):
            steps, accuracy = night.T
            ax.plot(steps, accuracy, color=ASLEEP, linewidth=1)
            ax.plot(steps[1::2], accuracy[1::2], ".", color=AWAKE, markersize=5)
            ax.plot(steps[2::2], accuracy[2::2], ".", color=ASLEEP, markersize=5)
            ax.axhline(accuracy[-1], color=NEUTRAL, linestyle=":")
            ax.set_title(f"{cycles} cycle{'s' if cycles > 1 else ''}")
            ax.set_ylim(0, 1)
            ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        axes[0, 0].set_ylabel("accuracy (validation images)")
        figure.supxlabel("optimizer steps of the night", fontsize=10)
    return path


def accuracy_by_share(
    path: Path,
    metrics: Metrics,
    kept: Sequence[float],
    names: Mapping[str, str],
    apart: tuple[float, float, float] | None = None,
) -> Path:
    """Draw the mean accuracy of all tasks against the share of weights kept, by learner.

    Parameters
    ----------
    names : mapping of str to str
        How each learner is called; on the right are those that freeze, store or sleep.
    apart : tuple of float, optional
        An accuracy, and the shares that two learners need for it: an arrow joins them.
    """
    panels = (tuple(names), tuple(name for name in names if name in _CLOSE))
    with drawing(path, 1, 2, size=(10.0, 4.6)) as (figure, axes):
        for ax, shown in zip(axes[0], panels, strict=True):
            draw_learners(ax, metrics, kept, {learner: names[learner] for learner in shown})
        if apart is not None:
            accuracy, needed, by_other = apart
            arrow = {"arrowstyle": "<->", "color": "black"}
            ax.annotate("", (by_other, accuracy), (needed, accuracy), arrowprops=arrow)
            middle = (needed * by_other) ** 0.5
            ax.text(middle, accuracy, f"{needed / by_other:.1f}x", ha="center", va="bottom")
        axes[0, 0].set_ylabel("accuracy, mean of tasks (test images)")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return path


def draw_learners(
    axes: Axes, metrics: Metrics, kept: Sequence[float], names: Mapping[str, str]
) -> None:
    """Draw the mean accuracy of all tasks against the share kept, a line a learner.

    Parameters
    ----------
    names : mapping of str to str
        How each learner is called.
    """
    kept = sorted(kept)
    for learner, name in names.items():
        entries = [metrics[f"accuracy_{learner}_{pruned_share(part)}"] for part in kept]
        color, marker = _LOOKS[learner]
        line = ":" if learner in _CONTROLS else "-"
        draw_means(axes, kept, entries, color=color, marker=marker, ls=line, label=name)
    axes.set_xscale("log")
    axes.set_xticks(kept, [f"{part:.3g}" for part in kept], minor=False)
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
    axes.set_xlabel("share of the weights of a network that is kept")


def kept_by_layer(
    path: Path,
    panels: Mapping[str, Sequence[NDArray[np.float64]]],
    nights: Sequence[str],
    layers: Sequence[str],
) -> Path:
    """Draw what is left of each layer.

    Parameters
    ----------
    panels : mapping of str to sequence of ndarray, shape (seeds, layers) each
        Shares of each night, by what they are shares of.
    nights, layers : sequence of str
        Their names.
    """
    places = np.arange(len(layers))
    colors = (JOINT, AWAKE, ASLEEP, NEUTRAL)
    with drawing(path, 1, len(panels), size=(10.5, 3.6), sharey=True) as (_, axes):
        for ax, (title, shares) in zip(axes[0], panels.items(), strict=True):
            for place, (night, share, color) in enumerate(
                zip(nights, shares, colors, strict=False)
            ):
                deviation = share.std(axis=0, ddof=1) if len(share) > 1 else None
                ax.errorbar(
                    places + 0.1 * place, share.mean(axis=0), deviation,
                    color=color, marker="o", linestyle=":", capsize=3, label=night,
                )  # fmt: skip
            ax.set_title(title)
            ax.set_xticks(places, layers)
            ax.set_yscale("log")
            ax.set_ylim(top=1.3)
            ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes[0, 0].set_ylabel("share that is left")
        axes[0, -1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
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


def spiking_by_share(path: Path, metrics: Metrics, kept: Sequence[float]) -> Path:
    """Draw what pruned spiking networks know, and what an inference costs, against the share kept.

    Dotted: the network that nothing was pruned of.
    """
    kept = sorted(kept)
    with drawing(path, 1, 2, size=(9.6, 3.6)) as (_, axes):
        accuracy, operations = axes[0]
        for ax, name, label, color, marker in (
            (accuracy, "accuracy_spiking", "in integers", ASLEEP, "o"),
            (accuracy, "accuracy_spiking_torch", "in torch", AWAKE, "x"),
            (accuracy, "accuracy_spiking_slept", "in integers, after a night", JOINT, "^"),
            (operations, "synaptic_operations", "", ASLEEP, "o"),
        ):
            entries = [metrics[f"{name}_{pruned_share(part)}"] for part in kept]
            draw_means(ax, kept, entries, color=color, marker=marker, label=label)
            if f"{name}_dense" in metrics:
                ax.axhline(metrics[f"{name}_dense"]["mean"], color=NEUTRAL, linestyle=":")
        for ax in (accuracy, operations):
            ax.set_xscale("log")
            ax.set_xticks(kept, [f"{part:.3g}" for part in kept], minor=False)
            ax.minorticks_off()
            ax.set_xlabel("share of the hidden layers' weights that is kept")
        accuracy.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
        accuracy.set_ylabel("accuracy (test images)")
        accuracy.legend()
        operations.set_yscale("log")
        operations.set_ylabel("synaptic operations an inference")
    return path
