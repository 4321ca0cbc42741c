"""Metrics of `src`, from what its jobs left in the checkpoint."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.stream import Stream
from loihi_sleep.experiments.src.config import SrcConfig
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.metrics import backward_transfer, forgetting, summarize

# Replay controls whose share of the gain is told, by the end of their name.
CONTROLS = (
    "flat_drive",
    "shuffled_drive",
    "shuffled_pre",
    "depression_only",
    "layer_norms",
    "neuron_norms",
)
_ARRAYS_OF_SLEEP = {
    "accuracy_evening": ("accuracy_by_task_before_sleep", "fraction, [task, after task]"),
    "rates": ("spike_rate_sleep", "spikes per neuron and step, [night, layer]"),
    "correlation_evening": ("class_correlation_before_sleep", "Pearson, [layer, class, class]"),
    "correlation_morning": ("class_correlation_sleep", "Pearson, [layer, class, class]"),
    "sparseness_evening": ("sparseness_before_sleep", "0 .. 1, [layer]"),
    "sparseness_morning": ("sparseness_sleep", "0 .. 1, [layer]"),
    "own_firing": ("own_neurons_spikes", "spikes in the last night, [layer, class]"),
    "mean_firing": ("mean_neuron_spikes", "spikes in the last night, [layer]"),
}


def arm_names(config: SrcConfig) -> list[str]:
    """Names of all arms of a run, as in its checkpoint and its metrics."""
    names: list[str] = []
    for arm in config.arms:
        if arm in ("rehearsal", "sleep_rehearsal"):
            names += [f"{arm}_{fraction:g}" for fraction in config.rehearsal.fractions]
        elif arm == "replay_controls":
            after_sleep = "sleep" in config.arms
            names += [f"control_{name}" for name in CONTROLS if after_sleep or "norms" not in name]
        elif arm != "second_task":
            names.append(arm)
            if arm == "sleep":
                names.append("sleep_spiking")
    return names


def metrics_of(config: SrcConfig, stream: Stream, checkpoint: Checkpoint) -> dict[str, Any]:
    """Summarize what all jobs of a run left.

    Accuracy is the share of all test samples, of all ten classes, whose class is predicted without
    word on which task it belongs to. Backward transfer and forgetting are those of
    :mod:`loihi_sleep.results.metrics`.
    """
    by_seed = [_of_seed(config, stream, checkpoint, seed) for seed in config.seeds]
    units = by_seed[0][1]
    return {
        name: summarize([values[name] for values, _ in by_seed], unit)
        for name, unit in units.items()
    }


def _of_seed(
    config: SrcConfig, stream: Stream, checkpoint: Checkpoint, seed: int
) -> tuple[dict[str, Any], dict[str, str]]:
    """Metrics of one seed and their units."""
    values: dict[str, Any] = {}
    units: dict[str, str] = {}

    def put(name: str, value: Any, unit: str = "fraction") -> None:
        values[name], units[name] = value, unit

    for arm in arm_names(config):
        kept = checkpoint.read(f"seed_{seed}/{arm}")
        put(f"accuracy_{arm}", float((kept["predicted"] == stream.test.y).mean()))
        if arm in ("sequential", "sleep", "joint"):
            put(f"confusion_{arm}", _confusion(stream, kept["predicted"]), "fraction, [class, as]")
        if "accuracy_morning" in kept:
            matrix = kept["accuracy_morning"]
            put(f"forgetting_{arm}", forgetting(matrix))
            put(f"backward_transfer_{arm}", backward_transfer(matrix))
            put(f"accuracy_by_task_{arm}", matrix, "fraction, [task, after task]")
        if arm == "sleep":
            for array, (name, unit) in _ARRAYS_OF_SLEEP.items():
                put(name, kept[array], unit)
    if "second_task" in config.arms:
        kept = checkpoint.read(f"seed_{seed}/second_task")
        put("second_task_before_sleep", kept["evening"], "fraction, [epochs, task]")
        put("second_task_sleep", kept["morning"], "fraction, [epochs, task]")
    if {"sequential", "sleep", "replay_controls"} <= set(config.arms):
        none, full = values["accuracy_sequential"], values["accuracy_sleep"]
        for name in CONTROLS:
            kept_gain = (values[f"accuracy_control_{name}"] - none) / (full - none or np.nan)
            put(f"gain_kept_{name}", float(np.nan_to_num(kept_gain)), "share of the gain of sleep")
    return values, units


def _confusion(stream: Stream, predicted: NDArray[np.int8]) -> NDArray[np.float64]:
    """Share of each class's samples that were taken for each class, classes in task order."""
    order = [c for task in stream.tasks for c in task]
    return np.array(
        [[(predicted[stream.test.y == c] == other).mean() for other in order] for c in order]
    )
