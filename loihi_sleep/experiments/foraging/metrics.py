"""Metrics of `foraging`, from what its cases left."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.case_results import Metrics, Results
from loihi_sleep.experiments.foraging.analyses import LAST_PART, distances, last_states, task_side
from loihi_sleep.experiments.foraging.conditions import TRAININGS
from loihi_sleep.experiments.foraging.config import ForagingConfig
from loihi_sleep.results.metrics import paired_test, summarize

_PERFORMANCE = "rewarded / (rewarded + punished)"


def metrics_of(results: Results[ForagingConfig, None]) -> Metrics:
    """Summarize what all cases left.

    Performance is the share of rewarded particles among those eaten in a test without plasticity;
    chance is 0.5.
    """
    config = results.config
    metrics: Metrics = {}
    for name in config.conditions:
        for number in TRAININGS[name].tested:
            metrics[f"t{number}_{name}"] = results.summary(name, f"test_{number}", _PERFORMANCE)
        metrics[f"performance_{name}"] = results.summary(
            name, "performance", f"{_PERFORMANCE}, [part of the phase]"
        )
    if {"sleep", "sleep_no_plasticity"} <= set(config.conditions):
        slept, plain = (
            np.array(results.of_seeds(name, "test_1")) for name in ("sleep", "sleep_no_plasticity")
        )
        gain = slept - plain
        metrics["t1_gain_of_replay"] = summarize(list(gain), f"difference of {_PERFORMANCE}")
        if len(gain) > 1:
            metrics["p_of_gain_of_replay"] = summarize(
                [paired_test(gain, "greater")], "p of a paired t test, one-sided"
            )
    if config.phases.pruned_test:
        metrics |= results.summarize(lambda seed: _pruned(results, seed))
    if {"task1", "sequential"} <= set(config.conditions) and config.phases.samples >= LAST_PART:
        metrics |= results.summarize(lambda seed: _sides(results, seed))
    if {"interleaved", "sleep"} <= set(config.conditions):
        metrics |= results.summarize(lambda seed: _distances(results, seed))
    return metrics | results.summarize(lambda seed: _speed(results, seed))


def _speed(results: Results[ForagingConfig, None], seed: int) -> dict[str, tuple[Any, str]]:
    """Movement cycles per second of all trainings and of the learning of features."""
    names = ("features", *results.config.conditions)
    cycles = sum(results.config.cycles_of(name) for name in names)
    seconds = sum(float(results.read(seed, name)["seconds"]) for name in names)
    return {"cycles_per_second": (cycles / seconds, "movement cycles per second and core")}


def _pruned(results: Results[ForagingConfig, None], seed: int) -> dict[str, tuple[Any, str]]:
    """How networks do that have lost more and more of their hidden neurons."""
    unit = f"{_PERFORMANCE}, [share of hidden neurons removed]"
    made = {}
    for name, values in results.read(seed, "pruned").items():
        condition, _, number = name.rpartition("_")
        if condition:
            made[f"t{number}_pruned_{condition}"] = values, unit
    return made


def _sides(results: Results[ForagingConfig, None], seed: int) -> dict[str, tuple[Any, str]]:
    """Where the weights of each later condition lie between those of the two tasks."""
    first, second = (_last_states(results, seed, name) for name in ("task1", "sequential"))
    task_1, task_2, _ = task_side(first, second, second)
    sides = {"task1": task_1, "sequential": task_2}
    for name in results.config.conditions:
        if name not in ("task1", "task2", "sequential"):
            sides[name] = task_side(first, second, _last_states(results, seed, name))[2]
    unit = "distances of the two tasks from the boundary"
    return {f"svm_distance_{name}": (value, unit) for name, value in sides.items()}


def _distances(results: Results[ForagingConfig, None], seed: int) -> dict[str, tuple[Any, str]]:
    """How far the weights are from states that serve both tasks, through each phase.

    Such are the last states of the two interleaved trainings, as in the source; the distance of
    these two therefore falls to 0 by construction, that of the others need not.
    """
    both = np.vstack([_last_states(results, seed, name) for name in ("interleaved", "sleep")])
    unit = "Euclidean, output weights, [part of the phase]"
    return {
        f"distance_to_both_{name}": (
            distances(results.read(seed, name)["snapshots"], both),
            unit,
        )
        for name in results.config.conditions
        if name not in ("task1", "task2")
    }


def _last_states(
    results: Results[ForagingConfig, None], seed: int, name: str
) -> NDArray[np.float64]:
    return last_states(results.read(seed, name)["snapshots"])
