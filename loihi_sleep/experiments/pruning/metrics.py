"""Metrics of `pruning`, from what days and nights left in the checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.pruning.config import PruningConfig
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.metrics import paired_test, summarize
from loihi_sleep.tasks.stream import Stream

DAY, UNPRUNED = "day", "unpruned"


def pruned_share(kept: float) -> str:
    """Write the share of weights that are gone, as names have it."""
    return f"{1 - kept:g}"


def night_name(kept: float, cycles: int) -> str:
    """Name a night, in the checkpoint and for people."""
    return f"pruned_{pruned_share(kept)}_cycles_{cycles}"


def learner_name(learner: str, kept: float) -> str:
    """Name what a learner of tasks in sequence leaves, likewise."""
    return f"{learner}_{pruned_share(kept)}"


def metrics_of(
    config: PruningConfig, streams: Mapping[int, Stream], checkpoint: Checkpoint
) -> dict[str, Any]:
    """Summarize what all seeds left.

    The best and the worst number of cycles of a share are chosen by the mean error on validation
    images; what is told of them is the error on test images.
    """

    def errors(name: str, split: str) -> list[float]:
        """Share of wrong answers by seed."""
        values = []
        for seed, stream in streams.items():
            predicted = checkpoint.read(f"seed_{seed}/{name}")[f"predicted_{split}"]
            truth = (stream.test if split == "test" else stream.validation).y
            values.append(float((predicted != truth).mean()))
        return values

    def of_nights(name: str, array: str) -> list[NDArray[Any]]:
        return [checkpoint.read(f"seed_{seed}/{name}")[array] for seed in streams]

    metrics: dict[str, Any] = {
        "error_dense": summarize(errors(DAY, "test"), "fraction"),
        "error_unpruned": summarize(errors(UNPRUNED, "test"), "fraction"),
        "seconds_unpruned": summarize(of_nights(UNPRUNED, "seconds"), "seconds of a night"),
    }
    for kept in config.kept:
        share = pruned_share(kept)
        names = {cycles: night_name(kept, cycles) for cycles in config.cycles}
        test = {cycles: errors(name, "test") for cycles, name in names.items()}
        validation = {cycles: errors(name, "validation") for cycles, name in names.items()}
        for cycles, name in names.items():
            metrics[f"error_by_cycles_{cycles}_{share}"] = summarize(test[cycles], "fraction")
            metrics[f"error_validation_{cycles}_{share}"] = summarize(
                validation[cycles], "fraction"
            )
            metrics[f"seconds_{cycles}_{share}"] = summarize(
                of_nights(name, "seconds"), "seconds of a night"
            )
        ranked = sorted(names, key=lambda cycles: (np.mean(validation[cycles]), cycles))
        best, worst = ranked[0], ranked[-1]
        metrics[f"best_cycles_{share}"] = summarize([best], "cycles of a night")
        metrics[f"worst_cycles_{share}"] = summarize([worst], "cycles of a night")
        metrics[f"error_best_{share}"] = summarize(test[best], "fraction")
        metrics[f"error_worst_{share}"] = summarize(test[worst], "fraction")
        if len(streams) > 1:
            chance = paired_test(np.subtract(test[worst], test[best]), "greater")
            metrics[f"p_worst_over_best_{share}"] = summarize([chance], "p of a paired t test")
        metrics[f"synapses_{share}"] = summarize(
            of_nights(names[best], "synapses"), "synapses, [layer]"
        )
        for learner in config.learners.names:
            name = learner_name(learner, kept)
            by_task = of_nights(name, "accuracy_test")
            metrics[f"accuracy_{name}"] = summarize(
                [values.mean() for values in by_task], "fraction, mean of tasks"
            )
            metrics[f"accuracy_by_task_{name}"] = summarize(by_task, "fraction, [task]")
            metrics[f"synapses_{name}"] = summarize(of_nights(name, "synapses"), "synapses")
    return metrics
