"""Metrics of `foraging`, from what its phases left in the checkpoint."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.foraging.analyses import LAST_PART, distances, last_states, task_side
from loihi_sleep.experiments.foraging.conditions import TRAININGS, Condition
from loihi_sleep.experiments.foraging.config import ForagingConfig
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.metrics import paired_test, summarize


def metrics_of(config: ForagingConfig, checkpoint: Checkpoint) -> dict[str, Any]:
    """Summarize what all phases left.

    Performance is the share of rewarded particles among those eaten in a test without plasticity;
    chance is 0.5.
    """
    by_name: dict[str, list[float]] = {}
    histories: dict[str, list[NDArray[np.float64]]] = {}
    speeds = []
    for seed in config.seeds:
        cycles, seconds = 0, 0.0
        for name in ("features", *config.conditions):
            kept = checkpoint.read(f"seed_{seed}/{name}")
            cycles += config.cycles_of(name)
            seconds += float(kept["seconds"])
            if name != "features":
                for number in TRAININGS[cast(Condition, name)].tested:
                    by_name.setdefault(f"t{number}_{name}", []).append(
                        float(kept[f"test_{number}"])
                    )
                histories.setdefault(f"performance_{name}", []).append(kept["performance"])
        speeds.append(cycles / seconds)
    unit = "rewarded / (rewarded + punished)"
    metrics = {name: summarize(values, unit) for name, values in by_name.items()}
    metrics |= {
        name: summarize(values, f"{unit}, [part of the phase]")
        for name, values in histories.items()
    }
    if {"sleep", "sleep_no_plasticity"} <= set(config.conditions):
        gain = np.array(by_name["t1_sleep"]) - np.array(by_name["t1_sleep_no_plasticity"])
        metrics["t1_gain_of_replay"] = summarize(list(gain), f"difference of {unit}")
        if len(gain) > 1:
            metrics["p_of_gain_of_replay"] = summarize(
                [paired_test(gain, "greater")], "p of a paired t test, one-sided"
            )
    metrics |= _sides(config, checkpoint) | _distances(config, checkpoint)
    metrics |= _pruned(config, checkpoint)
    return metrics | {"cycles_per_second": summarize(speeds, "movement cycles per second and core")}


def _pruned(config: ForagingConfig, checkpoint: Checkpoint) -> dict[str, Any]:
    """How networks do that have lost more and more of their hidden neurons."""
    by_name: dict[str, list[NDArray[np.float64]]] = {}
    for seed in config.seeds if config.phases.pruned_test else ():
        kept = checkpoint.read(f"seed_{seed}/pruned")
        for name, values in kept.items():
            condition, _, number = name.rpartition("_")
            if condition:
                by_name.setdefault(f"t{number}_pruned_{condition}", []).append(values)
    unit = "rewarded / (rewarded + punished), [share of hidden neurons removed]"
    return {name: summarize(values, unit) for name, values in by_name.items()}


def _sides(config: ForagingConfig, checkpoint: Checkpoint) -> dict[str, Any]:
    """Where the weights of each later condition lie between those of the two tasks."""
    later = [name for name in config.conditions if name not in ("task1", "task2", "sequential")]
    if not {"task1", "sequential"} <= set(config.conditions) or config.phases.samples < LAST_PART:
        return {}
    sides: dict[str, list[float]] = {name: [] for name in ("task1", "sequential", *later)}
    for seed in config.seeds:
        first, second, *others = (
            last_states(checkpoint.read(f"seed_{seed}/{name}")["snapshots"]) for name in sides
        )
        for name, states in zip(later, others, strict=True):
            sides[name].append(task_side(first, second, states)[2])
        task_1, task_2, _ = task_side(first, second, second)
        sides["task1"].append(task_1)
        sides["sequential"].append(task_2)
    unit = "distances of the two tasks from the boundary"
    return {f"svm_distance_{name}": summarize(values, unit) for name, values in sides.items()}


def _distances(config: ForagingConfig, checkpoint: Checkpoint) -> dict[str, Any]:
    """How far the weights are from states that serve both tasks, through each phase.

    Such are the last states of the two interleaved trainings, as in the source; the distance of
    these two therefore falls to 0 by construction, that of the others need not.
    """
    if not {"interleaved", "sleep"} <= set(config.conditions):
        return {}
    far: dict[str, list[NDArray[np.float64]]] = {
        name: [] for name in config.conditions if name not in ("task1", "task2")
    }
    for seed in config.seeds:
        kept = {name: checkpoint.read(f"seed_{seed}/{name}")["snapshots"] for name in far}
        both = np.vstack([last_states(kept[name]) for name in ("interleaved", "sleep")])
        for name, snapshots in kept.items():
            far[name].append(distances(snapshots, both))
    unit = "Euclidean, output weights, [part of the phase]"
    return {f"distance_to_both_{name}": summarize(values, unit) for name, values in far.items()}
