"""Figures of `src`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.ticker import PercentFormatter

from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.src.task_figures import LAYERS
from loihi_sleep.results.figures import (
    ASLEEP,
    AWAKE,
    JOINT,
    NEUTRAL,
    draw_matrix,
    draw_means,
    drawing,
)

CONTROL_NAMES = {
    "flat_drive": "all inputs at their mean rate",
    "shuffled_drive": "rates of the inputs shuffled",
    "shuffled_pre": "rule sees shuffled pre-synaptic spikes",
    "depression_only": "depression only",
    "layer_norms": "no night: layers scaled to the same norms",
    "neuron_norms": "no night: neurons scaled to the same norms",
}
_HIDDEN = LAYERS[1:-1]


def accuracies(path: Path, metrics: Metrics, names: dict[str, str], classes: int) -> Path:
    """Draw the accuracy under each condition, named as given."""
    shown = [name for name in names if f"accuracy_{name}" in metrics]
    with drawing(path, size=(8.5, 0.6 + 0.32 * len(shown))) as (_, axes):
        ax = axes[0, 0]
        for place, name in enumerate(reversed(shown)):
            values = metrics[f"accuracy_{name}"]["values"]
            color = ASLEEP if "sleep" in name else JOINT if name == "joint" else AWAKE
            ax.barh(place, np.mean(values), 0.7, color=color, alpha=0.85)
            ax.plot(values, [place] * len(values), ".", color="black", markersize=3.5, alpha=0.6)
            ax.text(
                np.max(values) + 0.012, place, f"{np.mean(values):.1%}", va="center", fontsize=9
            )
        ax.axvline(1 / classes, color=NEUTRAL, linestyle=":", linewidth=1)
        ax.set_yticks(range(len(shown)), [names[name] for name in reversed(shown)])
        ax.tick_params(axis="y", length=0)
        ax.set_xlim(0, 1.08)
        ax.xaxis.set_major_formatter(PercentFormatter(1.0))
        ax.set_xlabel("accuracy on all classes (test samples); dotted: chance")
    return path


def rehearsal(path: Path, metrics: Metrics, fractions: list[float]) -> Path:
    """Draw accuracy against the fraction of samples that are stored."""
    with drawing(path, size=(6.5, 3.8)) as (_, axes):
        ax = axes[0, 0]
        for name, label, color in (
            ("sleep_rehearsal", "rehearsal and sleep", ASLEEP),
            ("rehearsal", "rehearsal", AWAKE),
        ):
            found = [f for f in fractions if f"accuracy_{name}_{f:g}" in metrics]
            if not found:
                continue
            entries = [metrics[f"accuracy_{name}_{f:g}"] for f in found]
            draw_means(ax, found, entries, color=color, marker="o", label=label)
        for name, label, color in (
            ("joint", "all at once", JOINT),
            ("sleep", "sleep, nothing stored", ASLEEP),
            ("sequential", "no sleep, nothing stored", AWAKE),
        ):
            if f"accuracy_{name}" in metrics:
                mean = metrics[f"accuracy_{name}"]["mean"]
                ax.axhline(mean, color=color, linestyle="--", linewidth=1, label=label)
        ax.set_xscale("log")
        ax.set_xticks(fractions, [f"{100 * f:g} %" for f in fractions])
        ax.minorticks_off()
        ax.set_xlabel("stored part of each task's training samples")
        ax.set_ylabel("accuracy (test samples)")
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        ax.set_ylim(0, 1.02)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return path


def replay_controls(path: Path, metrics: Metrics) -> Path:
    """Draw which share of the gain of sleep each control keeps."""
    with drawing(path, size=(8.5, 2.9)) as (_, axes):
        ax = axes[0, 0]
        for place, name in enumerate(reversed(CONTROL_NAMES)):
            values = metrics[f"gain_kept_{name}"]["values"]
            ax.barh(place, np.mean(values), 0.65, color=NEUTRAL, alpha=0.85)
            ax.plot(values, [place] * len(values), ".", color="black", markersize=4, alpha=0.7)
        ax.axvline(1, color=ASLEEP, linewidth=1.4)
        ax.text(1.01, len(CONTROL_NAMES) - 0.45, "sleep", color=ASLEEP, fontsize=9)
        ax.axvline(0, color=AWAKE, linewidth=1.4)
        ax.text(0.01, len(CONTROL_NAMES) - 0.45, "no sleep", color=AWAKE, fontsize=9)
        ax.set_ylim(-0.5, len(CONTROL_NAMES))
        ax.set_yticks(range(len(CONTROL_NAMES)), list(reversed(CONTROL_NAMES.values())))
        ax.tick_params(axis="y", length=0)
        ax.xaxis.set_major_formatter(PercentFormatter(1.0))
        ax.set_xlabel("share of the gain of sleep that is kept")
    return path


def confusion(path: Path, metrics: Metrics, classes: list[int]) -> Path:
    """Draw which classes are taken for which."""
    shown = [
        (name, title)
        for name, title in (
            ("sequential", "no sleep"),
            ("sleep", "sleep"),
            ("joint", "all at once"),
        )
        if f"confusion_{name}" in metrics
    ]
    with drawing(path, 1, len(shown), size=(3.2 * len(shown) + 0.6, 3.4)) as (figure, axes):
        for ax, (name, title) in zip(axes[0], shown, strict=True):
            image = ax.imshow(
                np.array(metrics[f"confusion_{name}"]["mean"]), vmin=0, vmax=1, cmap="cividis"
            )
            ax.set_title(title)
            ax.set_xticks(range(len(classes)), [str(c) for c in classes], fontsize=8)
            ax.set_yticks(range(len(classes)), [str(c) for c in classes], fontsize=8)
            ax.tick_params(length=0)
            ax.set_xlabel("taken for")
        axes[0, 0].set_ylabel("class, in the order of learning")
        figure.colorbar(image, ax=axes[0], format=PercentFormatter(1.0), shrink=0.8)
    return path


def class_correlation(path: Path, metrics: Metrics, classes: list[int]) -> Path:
    """Draw how alike hidden activity is for samples of two classes, before and after the night."""
    times = (("before_sleep", "before the last night"), ("sleep", "after it"))
    with drawing(path, len(_HIDDEN), len(times), size=(7.0, 6.2)) as (figure, axes):
        for row, layer in enumerate(_HIDDEN):
            for column, (time, title) in enumerate(times):
                values = np.array(metrics[f"class_correlation_{time}"]["mean"])[row][
                    np.ix_(classes, classes)
                ]
                ax = axes[row, column]
                image = ax.imshow(values, vmin=0, vmax=1, cmap="cividis")
                own = np.diag(values).mean()
                others = values[~np.eye(len(values), dtype=bool)].mean()
                ax.set_title(f"{layer}, {title}\nsame class {own:.2f}, other {others:.2f}")
                ax.set_xticks(range(len(classes)), [str(c) for c in classes], fontsize=8)
                ax.set_yticks(range(len(classes)), [str(c) for c in classes], fontsize=8)
                ax.tick_params(length=0)
        figure.supxlabel("class", fontsize=10)
        figure.supylabel("class, in the order of learning", fontsize=10)
        figure.colorbar(image, ax=axes, label="mean correlation of activity", shrink=0.6)
    return path


def sleep_firing(path: Path, metrics: Metrics, classes: list[int]) -> Path:
    """Draw how often the neurons of each class fire in the last night, and sparseness."""
    with drawing(path, 1, len(_HIDDEN) + 1, size=(9.5, 3.1)) as (_, axes):
        own = np.array(metrics["own_neurons_spikes"]["mean"])
        mean = np.array(metrics["mean_neuron_spikes"]["mean"])
        for layer, name in enumerate(_HIDDEN):
            ax = axes[0, layer]
            ax.bar(range(len(classes)), own[layer][classes], color=ASLEEP, alpha=0.85)
            ax.axhline(mean[layer], color=NEUTRAL, linestyle="--", label="all neurons")
            ax.set_xticks(range(len(classes)), [str(c) for c in classes])
            ax.set_xlabel("class, in the order of learning")
            ax.set_title(name)
        axes[0, 0].set_ylabel("spikes in the last night\nof the class's own neurons")
        axes[0, 0].legend(fontsize=8.5)
        ax = axes[0, -1]
        for layer, name in enumerate(_HIDDEN):
            values = [
                metrics[f"sparseness_{time}"]["mean"][layer] for time in ("before_sleep", "sleep")
            ]
            ax.plot([0, 1], values, marker="o", label=name, color=(ASLEEP, JOINT)[layer % 2])
        ax.set_xticks([0, 1], ["before", "after"])
        ax.set_xlim(-0.3, 1.3)
        ax.set_title("sparseness")
        ax.set_ylabel("1: a single neuron is active")
        ax.legend(fontsize=8.5)
    return path


def second_task(path: Path, metrics: Metrics, epochs: list[int], names: list[str]) -> Path:
    """Draw what sleep brings back after the second task was learned for longer and longer."""
    with drawing(path, 1, 2, size=(8.5, 3.3), sharey=True) as (_, axes):
        for task, ax in enumerate(axes[0]):
            for name, label, color in (
                ("before_sleep", "before the night", AWAKE),
                ("sleep", "after it", ASLEEP),
            ):
                values = np.array(metrics[f"second_task_{name}"]["values"])[:, :, task]
                ax.plot(epochs, values.mean(axis=0), color=color, marker="o", label=label)
                ax.plot(epochs, values.T, ".", color=color, markersize=4, alpha=0.5)
            ax.set_xscale("log", base=2)
            ax.set_xticks(epochs, [str(e) for e in epochs])
            ax.set_title(("first", "second")[task] + f" task: {names[task]}")
            ax.set_xlabel("passes over the second task")
        axes[0, 0].set_ylabel("accuracy (test samples)")
        axes[0, 0].yaxis.set_major_formatter(PercentFormatter(1.0))
        axes[0, 0].set_ylim(0, 1.02)
        axes[0, 1].legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return path


def transfer(path: Path, metrics: Metrics, names: dict[str, str]) -> Path:
    """Draw forgetting and backward transfer of those conditions that learn in sequence."""
    shown = [name for name in names if f"forgetting_{name}" in metrics]
    rows = ("forgetting", "backward_transfer")
    values = np.array([[metrics[f"{row}_{name}"]["mean"] for name in shown] for row in rows])
    with drawing(path, size=(1.6 + 0.62 * len(shown), 3.2)) as (_, axes):
        draw_matrix(axes[0, 0], values, "{:.2f}".format, lowest=-1, highest=1)
        axes[0, 0].set_yticks(range(len(rows)), ["forgetting", "backward transfer"])
        axes[0, 0].set_xticks(
            range(len(shown)), [names[name] for name in shown], rotation=40, ha="right"
        )
    return path
