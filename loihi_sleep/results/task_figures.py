"""Figures of class-incremental tasks that are learned with and without sleep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import PercentFormatter

from loihi_sleep.results.figures import ASLEEP, AWAKE, JOINT, NEUTRAL, draw_matrix, drawing

LAYERS = ("input", "hidden 1", "hidden 2", "output")


def accuracy_by_task(path: Path, metrics: dict[str, Any], tasks: Sequence[str], noun: str) -> Path:
    """Draw the last accuracy on each task and on all, without sleep and with it, by seed.

    Parameters
    ----------
    path : Path
    metrics : dict
        Of a record.
    tasks : sequence of str
        What to call each task.
    noun : str
        What the classes are.
    """
    with drawing(path, size=(8.5, 3.8)) as (_, axes):
        ax = axes[0, 0]
        groups = [*tasks, "all ten"]
        bars = (("sequential", "no sleep", AWAKE), ("sleep", "sleep after each task", ASLEEP))
        for shift, (arm, label, color) in zip((-0.2, 0.2), bars, strict=True):
            by_task = np.array(metrics[f"accuracy_by_task_{arm}"]["values"])[:, :, -1]
            overall = np.array(metrics[f"accuracy_{arm}"]["values"])[:, np.newaxis]
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
        ax.axhline(0.1, color=NEUTRAL, linestyle=":", linewidth=1)
        ax.text(-0.62, 0.115, "chance", color=NEUTRAL, fontsize=8.5)
        ax.axvline(len(groups) - 1.5, color="#dfe3e8")
        ax.set_xticks(range(len(groups)), groups)
        ax.set_xlim(-0.65, len(groups) - 0.35)
        ax.set_xlabel(f"{noun} of the task, in the order of learning")
        ax.set_ylabel("accuracy (test images)")
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        ax.set_ylim(0, 1.02)
        ax.legend(ncols=3, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return path


def from_day_to_day(path: Path, metrics: dict[str, Any], tasks: Sequence[str], noun: str) -> Path:
    """Draw accuracy on each task at bedtime and in the morning; see :func:`accuracy_by_task`."""
    evening = np.array(metrics["accuracy_by_task_before_sleep"]["mean"])
    morning = np.array(metrics["accuracy_by_task_sleep"]["mean"])
    with drawing(path, 1, len(tasks), size=(9.5, 2.9), sharey=True) as (figure, axes):
        for task, ax in enumerate(axes[0]):
            days = np.arange(task, len(tasks))
            times = np.column_stack([days, days + 0.45]).ravel()
            values = np.column_stack([evening[task, days], morning[task, days]]).ravel()
            ax.plot(times, values, color=NEUTRAL, linewidth=1)
            for day in days:
                ax.axvspan(day, day + 0.45, color=ASLEEP, alpha=0.09, linewidth=0)
            ax.plot(days, evening[task, days], "o", color=AWAKE, markersize=5, label="bedtime")
            ax.plot(
                days + 0.45, morning[task, days], "o", color=ASLEEP, markersize=5, label="morning"
            )
            ax.set_title(f"{noun} {tasks[task]}")
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


def accuracy_matrices(path: Path, metrics: dict[str, Any], tasks: Sequence[str], noun: str) -> Path:
    """Draw accuracy by task and time, without sleep and with it; see :func:`accuracy_by_task`."""
    with drawing(path, 1, 2, size=(8.5, 3.7)) as (figure, axes):
        for ax, arm, title in zip(
            axes[0], ("sequential", "sleep"), ("no sleep", "sleep after each task"), strict=True
        ):
            values = np.array(metrics[f"accuracy_by_task_{arm}"]["mean"])
            image = draw_matrix(ax, values, "{:.0%}".format, lowest=0, highest=1)
            ax.set_title(title)
            ax.set_xticks(range(len(tasks)), tasks, fontsize=8.5)
            ax.set_yticks(range(len(tasks)), tasks, fontsize=8.5)
            ax.set_xlabel("after learning")
        axes[0, 0].set_ylabel(f"accuracy on {noun}")
        figure.colorbar(
            image, ax=axes[0], format=PercentFormatter(1.0), label="accuracy", shrink=0.85
        )
    return path


def spike_rates(path: Path, metrics: dict[str, Any]) -> Path:
    """Draw spikes per neuron and step in each night, by layer."""
    rates = np.array(metrics["spike_rate_sleep"]["mean"])
    looks = ((NEUTRAL, "s"), (ASLEEP, "o"), (JOINT, "^"), (AWAKE, "D"))
    with drawing(path, size=(7.0, 3.2)) as (_, axes):
        ax = axes[0, 0]
        for layer, (name, (color, marker)) in enumerate(zip(LAYERS, looks, strict=True)):
            ax.plot(rates[:, layer], color=color, marker=marker, label=name)
        # A silent layer has no place on a logarithmic axis; near zero the axis is linear.
        ax.set_yscale("symlog", linthresh=1e-3)
        ax.set_ylim(0, 1)
        ax.set_xticks(range(len(rates)), [f"night {k + 1}" for k in range(len(rates))])
        ax.set_ylabel("spikes per neuron and step")
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return path
