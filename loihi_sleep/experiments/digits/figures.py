"""Figures and report of `digits`."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from loihi_sleep.results.figures import draw_raster, draw_weight_histograms, drawing
from loihi_sleep.results.report import Figure, Report
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.results.task_figures import (
    LAYERS,
    accuracy_by_task,
    accuracy_matrices,
    from_day_to_day,
    spike_rates,
)

WEIGHT_BINS = np.arange(-257.0, 257.0, 8.0)
TASKS = ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9))
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
            accuracy_by_task(folder.figure("forgetting"), metrics, TASK_NAMES, "digits"),
            "Accuracy on each task's test images after all five tasks were learned in sequence, "
            "and on all ten digits, without sleep and with a night after each task. Bars: mean "
            "over seeds; dots: single seeds.",
        ),
        Figure(
            from_day_to_day(folder.figure("nights"), metrics, TASK_NAMES, "digits"),
            "Accuracy on every task seen so far, from day to day: at bedtime, when the new task "
            "has just been learned, and in the morning after the night. Mean over seeds.",
        ),
        Figure(
            accuracy_matrices(folder.figure("accuracy_matrix"), metrics, TASK_NAMES, "digits"),
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
            spike_rates(folder.figure("spike_rate"), metrics),
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
            evening, morning = (
                np.histogram(kept[f"{time}_{layer}"], WEIGHT_BINS)[0]
                for time in ("evening", "weights")
            )
            draw_weight_histograms(ax, WEIGHT_BINS, evening, morning, "units of the 8-bit synapse")
            ax.set_title(name)
        for ax in axes[0, 1:]:
            ax.set_ylabel("")
        axes[0, 0].legend(fontsize=8.5, loc="lower left", bbox_to_anchor=(0.0, 1.08), ncols=2)
    return path
