"""Figures and report of `digits`."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.ticker import PercentFormatter

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
from loihi_sleep.results.report import Figure, Report
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.tasks.digits import TASKS

LAYERS = ("input", "hidden 1", "hidden 2", "output")
TASK_NAMES = tuple(f"{first} and {second}" for first, second in TASKS)
ROWS = (
    ("accuracy_sequential", "Ten digits after five tasks in sequence, no sleep"),
    ("accuracy_sleep", "The same, with a night of sleep after each task"),
    ("accuracy_sleep_spiking", "The slept network, read out in spikes"),
    ("accuracy_joint", "All ten digits learned at once (what the network could know)"),
    ("backward_transfer_sequential", "Backward transfer without sleep (-1: all forgotten)"),
    ("backward_transfer_sleep", "Backward transfer with sleep"),
)


def report(record: dict[str, Any], folder: RunFolder) -> Report:
    """Draw the figures of a run and say what they show.

    Parameters
    ----------
    record : dict
        Content of metrics.json.
    folder : RunFolder
        Its checkpoint holds the nights.

    Returns
    -------
    Report
    """
    metrics = record["metrics"]
    seed = record["seeds"][0]
    last_night = len(TASKS) - 1
    sequential, slept, joint = (
        metrics[f"accuracy_{name}"]["mean"] for name in ("sequential", "sleep", "joint")
    )
    figures = [
        Figure(
            _forgetting(folder.figure("forgetting"), metrics),
            "Accuracy on each task's test images after all five tasks were learned in sequence, "
            "and on all ten digits, without sleep and with a night after each task. Bars: mean "
            "over seeds; dots: single seeds.",
        ),
        Figure(
            _nights(folder.figure("nights"), metrics),
            "Accuracy on every task seen so far, from day to day: at bedtime, when the new task "
            "has just been learned, and in the morning after the night. Mean over seeds.",
        ),
        Figure(
            _matrix(folder.figure("accuracy_matrix"), metrics),
            "Accuracy on each task (row) after each task was learned (column). Mean over seeds.",
        ),
        Figure(
            _raster(folder.figure("raster"), folder, seed, last_night),
            "The beginning of the last night: noise in the input replays what the weights hold. "
            f"Seed {seed}. Spikes need one step for a layer.",
        ),
        Figure(
            _weights(folder.figure("weights"), folder, seed, last_night),
            f"Weights before and after the last night, in units of the 8-bit synapse. Seed {seed}.",
        ),
        Figure(
            _rates(folder.figure("spike_rate"), metrics),
            "Spikes per neuron and step in each night, by layer. Mean over seeds.",
        ),
    ]
    spiking = metrics["accuracy_sleep_spiking"]["mean"]
    lead = (
        f"A network that learned ten digits as five tasks in sequence knows {sequential:.0%} of "
        f"them in the end. With a night of sleep after each task it knows {slept:.0%} "
        f"({spiking:.0%} read out in spikes); learning all at once gives {joint:.0%}. Chance is "
        "10%. The nights replay noise shaped by the mean image of the tasks so far; no image is "
        "stored."
    )
    return Report("Digits: learn, forget, sleep, recover", lead, ROWS, figures)


def _forgetting(path: Path, metrics: dict[str, Any]) -> Path:
    with drawing(path, size=(8.5, 3.8)) as (_, axes):
        ax = axes[0, 0]
        groups = [*TASK_NAMES, "all ten"]
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
        ax.set_xlabel("digits of the task, in the order of learning")
        ax.set_ylabel("accuracy (test images)")
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        ax.set_ylim(0, 1.02)
        ax.legend(ncols=3, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return path


def _nights(path: Path, metrics: dict[str, Any]) -> Path:
    evening = np.array(metrics["accuracy_by_task_before_sleep"]["mean"])
    morning = np.array(metrics["accuracy_by_task_sleep"]["mean"])
    with drawing(path, 1, len(TASKS), size=(9.5, 2.9), sharey=True) as (figure, axes):
        for task, ax in enumerate(axes[0]):
            days = np.arange(task, len(TASKS))
            times = np.column_stack([days, days + 0.45]).ravel()
            values = np.column_stack([evening[task, days], morning[task, days]]).ravel()
            ax.plot(times, values, color=NEUTRAL, linewidth=1)
            for day in days:
                ax.axvspan(day, day + 0.45, color=ASLEEP, alpha=0.09, linewidth=0)
            ax.plot(days, evening[task, days], "o", color=AWAKE, markersize=5, label="bedtime")
            ax.plot(
                days + 0.45, morning[task, days], "o", color=ASLEEP, markersize=5, label="morning"
            )
            ax.set_title(f"digits {TASK_NAMES[task]}")
            ax.set_xticks(range(len(TASKS)), [str(k + 1) for k in range(len(TASKS))])
            ax.set_xlim(-0.4, len(TASKS) - 0.2)
            ax.set_ylim(-0.03, 1.03)
        axes[0, 0].set_ylabel("accuracy (test images)")
        axes[0, 0].yaxis.set_major_formatter(PercentFormatter(1.0))
        figure.supxlabel("task learned that day; its night shaded", fontsize=10)
        figure.legend(
            *axes[0, 0].get_legend_handles_labels(), ncols=2, loc="outside upper right", fontsize=9
        )
    return path


def _matrix(path: Path, metrics: dict[str, Any]) -> Path:
    with drawing(path, 1, 2, size=(8.5, 3.7)) as (figure, axes):
        for ax, arm, title in zip(
            axes[0], ("sequential", "sleep"), ("no sleep", "sleep after each task"), strict=True
        ):
            values = np.array(metrics[f"accuracy_by_task_{arm}"]["mean"])
            image = draw_matrix(ax, values, "{:.0%}".format, lowest=0, highest=1)
            ax.set_title(title)
            ax.set_xticks(range(len(TASKS)), TASK_NAMES, fontsize=8.5)
            ax.set_yticks(range(len(TASKS)), TASK_NAMES, fontsize=8.5)
            ax.set_xlabel("after learning")
        axes[0, 0].set_ylabel("accuracy on digits")
        figure.colorbar(
            image, ax=axes[0], format=PercentFormatter(1.0), label="accuracy", shrink=0.85
        )
    return path


def _raster(path: Path, folder: RunFolder, seed: int, night: int) -> Path:
    kept = folder.checkpoint.read(f"seed_{seed}/night_{night}")
    with drawing(path, size=(8.5, 5.2)) as (_, axes):
        draw_raster(axes[0, 0], [kept[f"raster_{i}"] for i in range(len(LAYERS))], LAYERS)
    return path


def _weights(path: Path, folder: RunFolder, seed: int, night: int) -> Path:
    kept = folder.checkpoint.read(f"seed_{seed}/night_{night}")
    names = [f"{pre} to {post}" for pre, post in pairwise(LAYERS)]
    with drawing(path, 1, len(names), size=(9.5, 3.0)) as (_, axes):
        for layer, (ax, name) in enumerate(zip(axes[0], names, strict=True)):
            draw_weight_histograms(ax, kept[f"evening_{layer}"], kept[f"weights_{layer}"])
            ax.set_title(name)
        for ax in axes[0, 1:]:
            ax.set_ylabel("")
        axes[0, 0].legend(fontsize=8.5, loc="lower left", bbox_to_anchor=(0.0, 1.08), ncols=2)
    return path


def _rates(path: Path, metrics: dict[str, Any]) -> Path:
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
