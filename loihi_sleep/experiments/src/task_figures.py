"""Figures of tasks that are learned in sequence, without sleep and with it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import PercentFormatter

from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.finished_run import FinishedRun
from loihi_sleep.experiments.study import Arrays
from loihi_sleep.results.figures import (
    ASLEEP,
    AWAKE,
    JOINT,
    NEUTRAL,
    draw_matrix,
    draw_raster,
    draw_weight_histograms,
    drawing,
)
from loihi_sleep.results.report import Figure

LAYERS = ("input", "hidden 1", "hidden 2", "output")


def draw_tasks(
    run: FinishedRun[Any], tasks: Sequence[Sequence[int]], classes_are: str, name: str
) -> list[Figure]:
    """Draw the accuracy on each task: in the end, from day to day, and after each task.

    Parameters
    ----------
    run : FinishedRun
    tasks : sequence of sequence of int
        Classes of each task.
    classes_are : str
        What the classes are called.
    name : str
        Name of the file of the first figure.
    """
    names = [" and ".join(str(c) for c in task) for task in tasks]
    return [
        run.draw(
            name,
            "Accuracy on each task's test images after all tasks were learned in sequence, and on "
            "all classes, without sleep and with a night after each task. Bars: mean over seeds; "
            "dots: single seeds.",
            accuracy_by_task,
            run.metrics,
            names,
            classes_are,
            sum(len(task) for task in tasks),
        ),
        run.draw(
            "nights",
            "Accuracy on every task seen so far, from day to day: before the night, when the new "
            "task has just been learned, and after it. Mean over seeds.",
            from_day_to_day,
            run.metrics,
            names,
            classes_are,
        ),
        run.draw(
            "accuracy_matrix",
            "Accuracy on each task (row) after each task was learned (column). Mean over seeds.",
            accuracy_matrices,
            run.metrics,
            names,
            classes_are,
        ),
    ]


def draw_last_night(run: FinishedRun[Any], unit: str) -> list[Figure]:
    """Draw the last night of the first seed, and how much is fired in all nights.

    Parameters
    ----------
    run : FinishedRun
    unit : str
        Unit of the weights that sleep.
    """
    kept = run.read("sleep")
    return [
        run.draw(
            "raster",
            "The beginning of the last night: noise in the input replays what the weights hold. "
            f"Seed {run.first_seed}. A spike takes a step a layer.",
            raster,
            kept,
        ),
        run.draw(
            "weights",
            f"Weights before and after the last night. Seed {run.first_seed}.",
            weights,
            kept,
            unit,
        ),
        run.draw(
            "spike_rate",
            "Spikes per neuron and step in each night, by layer. Mean over seeds.",
            spike_rates,
            run.metrics,
        ),
    ]


def accuracy_by_task(
    path: Path, metrics: Metrics, tasks: Sequence[str], classes_are: str, classes: int
) -> Path:
    """Draw the last accuracy on each task and on all, without sleep and with it, by seed.

    Parameters
    ----------
    path : Path
    metrics : dict
        Metrics of a record.
    tasks : sequence of str
        What to call each task.
    classes_are : str
        What the classes are called.
    classes : int
        How many there are.
    """
    with drawing(path, size=(8.5, 3.8)) as (_, axes):
        ax = axes[0, 0]
        groups = [*tasks, f"all {classes}"]
        bars = (("sequential", "no sleep", AWAKE), ("sleep", "sleep after each task", ASLEEP))
        for shift, (condition, label, color) in zip((-0.2, 0.2), bars, strict=True):
            by_task = np.array(metrics[f"accuracy_by_task_{condition}"]["values"])[:, :, -1]
            overall = np.array(metrics[f"accuracy_{condition}"]["values"])[:, np.newaxis]
            values = np.hstack([by_task, overall])
            places = np.arange(len(groups)) + shift
            ax.bar(places, values.mean(axis=0), 0.38, color=color, alpha=0.85, label=label)
            for seed_values in values:
                ax.plot(places, seed_values, ".", color="black", markersize=3.5, alpha=0.6)
        joint = metrics["accuracy_joint"]["mean"]
        ax.plot(
            [len(groups) - 1.45, len(groups) - 0.55],
            [joint, joint],
            color=JOINT,
            linewidth=2,
            label="all learned at once",
        )
        ax.axhline(1 / classes, color=NEUTRAL, linestyle=":", linewidth=1)
        ax.text(-0.62, 1 / classes + 0.015, "chance", color=NEUTRAL, fontsize=8.5)
        ax.axvline(len(groups) - 1.5, color="#dfe3e8")
        ax.set_xticks(range(len(groups)), groups)
        ax.set_xlim(-0.65, len(groups) - 0.35)
        ax.set_xlabel(f"{classes_are} of the task, in the order of learning")
        ax.set_ylabel("accuracy (test images)")
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        ax.set_ylim(0, 1.02)
        ax.legend(ncols=3, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return path


def from_day_to_day(path: Path, metrics: Metrics, tasks: Sequence[str], classes_are: str) -> Path:
    """Draw accuracy on each task before and after each night; see :func:`accuracy_by_task`."""
    before = np.array(metrics["accuracy_by_task_before_sleep"]["mean"])
    after = np.array(metrics["accuracy_by_task_sleep"]["mean"])
    with drawing(path, 1, len(tasks), size=(9.5, 2.9), sharey=True) as (figure, axes):
        for task, ax in enumerate(axes[0]):
            days = np.arange(task, len(tasks))
            times = np.column_stack([days, days + 0.45]).ravel()
            values = np.column_stack([before[task, days], after[task, days]]).ravel()
            ax.plot(times, values, color=NEUTRAL, linewidth=1)
            for day in days:
                ax.axvspan(day, day + 0.45, color=ASLEEP, alpha=0.09, linewidth=0)
            ax.plot(days, before[task, days], "o", color=AWAKE, markersize=5, label="before sleep")
            ax.plot(
                days + 0.45, after[task, days], "o", color=ASLEEP, markersize=5, label="after it"
            )
            ax.set_title(f"{classes_are} {tasks[task]}")
            ax.set_xticks(range(len(tasks)), [str(k + 1) for k in range(len(tasks))])
            ax.set_xlim(-0.4, len(tasks) - 0.2)
            ax.set_ylim(-0.03, 1.03)
        axes[0, 0].set_ylabel("accuracy (test images)")
        axes[0, 0].yaxis.set_major_formatter(PercentFormatter(1.0))
        figure.supxlabel("task learned that day; its night shaded", fontsize=10)
        figure.legend(
            *axes[0, 0].get_legend_handles_labels(), ncols=2, loc="outside upper right", fontsize=9
        )
    return path


def accuracy_matrices(path: Path, metrics: Metrics, tasks: Sequence[str], classes_are: str) -> Path:
    """Draw accuracy by task and time, without sleep and with it; see :func:`accuracy_by_task`."""
    with drawing(path, 1, 2, size=(8.5, 3.7)) as (figure, axes):
        for ax, condition, title in zip(
            axes[0], ("sequential", "sleep"), ("no sleep", "sleep after each task"), strict=True
        ):
            values = np.array(metrics[f"accuracy_by_task_{condition}"]["mean"])
            image = draw_matrix(ax, values, "{:.0%}".format, lowest=0, highest=1)
            ax.set_title(title)
            ax.set_xticks(range(len(tasks)), tasks, fontsize=8.5)
            ax.set_yticks(range(len(tasks)), tasks, fontsize=8.5)
            ax.set_xlabel("after learning")
        axes[0, 0].set_ylabel(f"accuracy on {classes_are}")
        figure.colorbar(
            image, ax=axes[0], format=PercentFormatter(1.0), label="accuracy", shrink=0.85
        )
    return path


def spike_rates(path: Path, metrics: Metrics) -> Path:
    """Draw spikes per neuron and step in each night, by layer."""
    rates = np.array(metrics["spike_rate_sleep"]["mean"])
    styles = ((NEUTRAL, "s"), (ASLEEP, "o"), (JOINT, "^"), (AWAKE, "D"))
    with drawing(path, size=(7.0, 3.2)) as (_, axes):
        ax = axes[0, 0]
        for layer, (name, (color, marker)) in enumerate(zip(LAYERS, styles, strict=True)):
            ax.plot(rates[:, layer], color=color, marker=marker, label=name)
        # A silent layer has no place on a logarithmic axis; near zero the axis is linear.
        ax.set_yscale("symlog", linthresh=1e-3)
        ax.set_ylim(0, 1)
        ax.set_xticks(range(len(rates)), [f"night {k + 1}" for k in range(len(rates))])
        ax.set_ylabel("spikes per neuron and step")
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return path


def raster(path: Path, kept: Arrays) -> Path:
    """Draw the spikes at the beginning of the last night."""
    with drawing(path, size=(8.5, 6.5)) as (_, axes):
        draw_raster(axes[0, 0], [kept[f"raster_{i}"] for i in range(len(LAYERS))], LAYERS)
    return path


def weights(path: Path, kept: Arrays, unit: str) -> Path:
    """Draw the weights before and after the last night."""
    names = [f"{pre} to {post}" for pre, post in pairwise(LAYERS)]
    with drawing(path, 1, len(names), size=(9.5, 3.0)) as (_, axes):
        for layer, (ax, name) in enumerate(zip(axes[0], names, strict=True)):
            parts = (
                f"weights_{layer}_{part}" for part in ("bins", "evening_counts", "morning_counts")
            )
            bins, before, after = (kept[part] for part in parts)
            draw_weight_histograms(ax, bins, before, after, unit)
            ax.set_title(name)
        for ax in axes[0, 1:]:
            ax.set_ylabel("")
        axes[0, 0].legend(fontsize=8.5, loc="lower left", bbox_to_anchor=(0.0, 1.08), ncols=2)
    return path
