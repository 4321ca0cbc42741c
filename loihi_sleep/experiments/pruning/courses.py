"""Courses: tasks in sequence with a night after each, by learners at equal numbers of synapses."""

from __future__ import annotations

from functools import partial

import numpy as np

from loihi_sleep.datasets.stream import Stream
from loihi_sleep.experiments.case_results import Metrics, Results
from loihi_sleep.experiments.pruning.config import PruningConfig, pruned_share
from loihi_sleep.experiments.study import Arrays, Case, Condition
from loihi_sleep.pruning.equal_accuracy import NoOverlapError, Reached, weights_ratio
from loihi_sleep.pruning.learners import LEARNERS, SLEEPERS
from loihi_sleep.pruning.sparse_sleep import sparse_sleep
from loihi_sleep.pruning.task_sequence import TaskSequence
from loihi_sleep.results.metrics import summarize
from loihi_sleep.training import sgd

# Whose accuracy among all classes is measured: one network that answers for all tasks.
ONE_NETWORK = ("memory", "sleep", "awake", "replay", "naive")


def course_name(learner: str, kept: float) -> str:
    """Name a course, in the checkpoint and in reports."""
    return f"{learner}_{pruned_share(kept)}"


def conditions(config: PruningConfig) -> list[Condition[PruningConfig, Stream]]:
    """Return the courses, one a learner and share."""
    return [
        Condition(course_name(learner, kept), partial(_course, learner=learner, kept=kept))
        for learner in config.learners.names
        for kept in config.learners.kept
    ]


def metrics_of(results: Results[PruningConfig, Stream]) -> Metrics:
    """Summarize the courses of all seeds: accuracy on test images in the end."""
    metrics: Metrics = {}
    for learner in results.config.learners.names:
        for kept in results.config.learners.kept:
            name = course_name(learner, kept)
            metrics[f"accuracy_{name}"] = results.summary(
                name, "accuracy_test", "fraction, mean of tasks", np.mean
            )
            metrics[f"accuracy_by_task_{name}"] = results.summary(
                name, "accuracy_test", "fraction, [task]"
            )
            metrics[f"synapses_{name}"] = results.summary(name, "synapses", "synapses")
            if learner in ONE_NETWORK:
                metrics[f"accuracy_class_incremental_{name}"] = results.summary(
                    name, "class_incremental_test", "fraction, of all classes"
                )
    return metrics | _ratios(results.config, metrics)


def reached(config: PruningConfig, metrics: Metrics, learner: str, seed: int) -> Reached:
    """Weights, all networks together, and accuracy of a learner at each share, of one seed."""
    names = [course_name(learner, kept) for kept in config.learners.kept]
    return Reached(
        weights=[metrics[f"synapses_{name}"]["values"][seed] for name in names],
        accuracy=[metrics[f"accuracy_{name}"]["values"][seed] for name in names],
    )


def _ratios(config: PruningConfig, metrics: Metrics) -> Metrics:
    """Weights that PackNet needs over those of others; none where a seed has no equal accuracy."""
    ratios = {}
    for other in ("memory", "sleep", "awake"):
        if not {"packnet", other} <= set(config.learners.names):
            continue
        try:
            by_seed = [
                weights_ratio(
                    *(reached(config, metrics, name, seed) for name in ("packnet", other))
                )
                for seed in range(len(config.seeds))
            ]
        except NoOverlapError:
            continue
        name = f"weights_ratio_packnet_over_{other}"
        ratios[name] = summarize([ratio.mean for ratio in by_seed], "ratio, geometric mean")
        ratios[f"{name}_range"] = summarize(
            [(ratio.lowest, ratio.highest) for ratio in by_seed], "ratio, [lowest, highest]"
        )
        ratios[f"{name}_accuracies"] = summarize(
            [ratio.accuracies for ratio in by_seed], "fraction, [lowest, highest]"
        )
    return ratios


def _course(case: Case[PruningConfig, Stream], *, learner: str, kept: float) -> Arrays:
    """Learn the tasks in sequence; accuracy on each in the end, its classes being known."""
    config, stream = case.config, case.data
    settings = config.learners
    learning = config.wake.model_copy(
        update={
            "epochs": settings.epochs,
            "learning_rate": settings.learning_rate,
            "varied": settings.varied,
        }
    )
    course_seed, sleep_seed = case.seeds_for("course", 2)
    sleep = None
    if learner in SLEEPERS:
        sleep = sparse_sleep(settings.sleep, case.run_cfg, sleep_seed, plane=stream.plane)
    sequence = TaskSequence(
        first=sgd.random_weights(config.shapes, config.wake, case.seed_for("initial")),
        tasks=stream.tasks,
        samples=stream.train_by_task(),
        wake=learning,
        retraining=learning,
        kept=config.hidden_counts(kept),
        cycles=settings.cycles,
        steps=settings.steps,
        ranking=config.ranking(output=False),
        dreams=settings.dreams,
        sleep=sleep,
        sleep_first=settings.sleep_first,
        seed=course_seed,
    )
    learned = LEARNERS[learner](sequence)
    arrays = {"synapses": np.array(learned.synapses)}
    for split, samples in (("validation", stream.validation), ("test", stream.test)):
        arrays[f"accuracy_{split}"] = np.array(learned.accuracy(samples, stream.tasks))
        arrays[f"class_incremental_{split}"] = np.array(learned.class_incremental(samples))
    return arrays
