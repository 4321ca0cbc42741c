"""Metrics of `src`, from what its cases left."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.stream import Stream
from loihi_sleep.experiments.case_results import Metrics, Results
from loihi_sleep.experiments.src.conditions import conditions
from loihi_sleep.experiments.src.config import SrcConfig
from loihi_sleep.experiments.study import Arrays
from loihi_sleep.results.metrics import backward_transfer, forgetting

# Replay controls whose share of the gain is a metric, by the end of their name.
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


def metrics_of(results: Results[SrcConfig, Stream]) -> Metrics:
    """Summarize what all cases of a run left.

    Accuracy is the share of all test samples, of all classes, whose class is predicted without
    word on which task it belongs to. Backward transfer and forgetting are those of
    :mod:`loihi_sleep.results.metrics`.
    """
    return results.summarize(lambda seed: _metrics_of_seed(results, seed))


def _metrics_of_seed(results: Results[SrcConfig, Stream], seed: int) -> dict[str, tuple[Any, str]]:
    """Measure one seed; values and their units."""
    config, stream = results.config, results.data[seed]
    made: dict[str, tuple[Any, str]] = {}
    for name in (condition.name for condition in conditions(config)):
        kept = results.read(seed, name)
        if name == "second_task":
            made["second_task_before_sleep"] = kept["evening"], "fraction, [epochs, task]"
            made["second_task_sleep"] = kept["morning"], "fraction, [epochs, task]"
            continue
        predicted = kept["predicted"]
        if "least_wins" in kept:
            made |= _metrics_of_hippocampus(config, stream, name, kept)
            continue
        if "predicted_spiking" in kept:
            made |= _metrics_of_taught(stream, name, kept)
            continue
        made[f"accuracy_{name}"] = float((predicted == stream.test.y).mean()), "fraction"
        if name in ("sequential", "sleep", "joint"):
            made[f"confusion_{name}"] = _confusion(stream, predicted), "fraction, [class, as]"
        if "accuracy_morning" in kept:
            matrix = kept["accuracy_morning"]
            made[f"forgetting_{name}"] = forgetting(matrix), "fraction"
            made[f"backward_transfer_{name}"] = backward_transfer(matrix), "fraction"
            made[f"accuracy_by_task_{name}"] = matrix, "fraction, [task, after task]"
        if name == "sleep":
            made |= {metric: (kept[a], unit) for a, (metric, unit) in _ARRAYS_OF_SLEEP.items()}
    if {"sequential", "sleep", "replay_controls"} <= set(config.arms):
        none, full = (made[f"accuracy_{name}"][0] for name in ("sequential", "sleep"))
        for name in CONTROLS:
            kept_gain = (made[f"accuracy_control_{name}"][0] - none) / (full - none or np.nan)
            made[f"gain_kept_{name}"] = np.nan_to_num(kept_gain), "share of the gain of sleep"
    return made


def _metrics_of_hippocampus(
    config: SrcConfig, stream: Stream, name: str, kept: Arrays
) -> dict[str, tuple[Any, str]]:
    """Measure a hippocampus; ``_k<K>`` tells of how many prototypes a class, if not the main."""
    number = name.removeprefix("hippocampus")
    end = "" if number == f"_k{config.prototypes.per_class}" else number
    accuracy = float((kept["predicted"] == stream.test.y).mean())
    return {
        f"accuracy_nearest_prototype{end}": (accuracy, "fraction"),
        f"bytes_kept{end}": (int(kept["bytes_kept"]), "bytes, beyond those of the network"),
        f"least_wins{end}": (int(kept["least_wins"]), "images in any prototype, the least"),
    }


def _metrics_of_taught(stream: Stream, name: str, kept: Arrays) -> dict[str, tuple[Any, str]]:
    """Measure a cortex that has been taught at night."""
    y = stream.test.y
    accuracy = float((kept["predicted"] == y).mean()), "fraction"
    base, separator, number = name.partition("_k")
    end = separator + number
    made: dict[str, tuple[Any, str]] = {
        f"accuracy_{name}": accuracy,
        f"accuracy_{base}_spiking{end}": (
            float((kept["predicted_spiking"] == y).mean()),
            "fraction",
        ),
    }
    if name == "prototypes":
        matrix = kept["accuracy_morning"]
        made |= {
            "forgetting_prototypes": (forgetting(matrix), "fraction"),
            "backward_transfer_prototypes": (backward_transfer(matrix), "fraction"),
            "accuracy_by_task_prototypes": (matrix, "fraction, [task, after task]"),
            "visits_prototypes": (
                np.array([kept["visits"].min(), kept["visits"].mean(), kept["visits"].max()])
                if kept["visits"].size
                else np.zeros(3),
                "replays of a prototype in the last night, [least, mean, most]",
            ),
            "spike_rate_prototypes": (
                kept["rates"],
                "spikes per neuron and step, [prototypes, input, hidden .., output]",
            ),
        }
    return made


def _confusion(stream: Stream, predicted: NDArray[np.int8]) -> NDArray[np.float64]:
    """Share of each class's samples that were taken for each class, classes in task order."""
    order = [c for task in stream.tasks for c in task]
    return np.array(
        [[(predicted[stream.test.y == c] == other).mean() for other in order] for c in order]
    )
