"""Courses: tasks in sequence with a night after each, by learners at equal numbers of synapses."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from loihi_sleep.experiments.jobs import Job, SharedProgress
from loihi_sleep.experiments.pruning.config import PruningConfig
from loihi_sleep.experiments.pruning.data import Use
from loihi_sleep.experiments.pruning.groups import Arrays, by_group, over_seeds, pruned_share
from loihi_sleep.pruning.learners import LEARNERS, Course
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.metrics import summarize
from loihi_sleep.sleep import wake
from loihi_sleep.tasks.stream import Stream


def course_name(learner: str, kept: float) -> str:
    """Name a course, in the checkpoint and for people."""
    return f"{learner}_{pruned_share(kept)}"


def course_jobs(
    config: PruningConfig, seed: int, stream: Stream, progress: SharedProgress
) -> dict[str, Job]:
    """Jobs of a seed, one a learner and share."""
    named: dict[str, Job] = {
        course_name(learner, kept): partial(_course, config, seed, stream, learner, kept)
        for learner in config.learners.names
        for kept in config.kept
    }
    return by_group(named, seed, progress)


def metrics_of(config: PruningConfig, checkpoint: Checkpoint) -> dict[str, Any]:
    """Summarize the courses of all seeds: accuracy on test images in the end."""
    metrics: dict[str, Any] = {}
    for learner in config.learners.names:
        for kept in config.kept:
            name = course_name(learner, kept)
            by_task = over_seeds(checkpoint, config.seeds, name, "accuracy_test")
            metrics[f"accuracy_{name}"] = summarize(
                [values.mean() for values in by_task], "fraction, mean of tasks"
            )
            metrics[f"accuracy_by_task_{name}"] = summarize(by_task, "fraction, [task]")
            metrics[f"synapses_{name}"] = summarize(
                over_seeds(checkpoint, config.seeds, name, "synapses"), "synapses"
            )
    return metrics


def _course(config: PruningConfig, seed: int, stream: Stream, learner: str, kept: float) -> Arrays:
    """Learn the tasks in sequence; accuracy on each in the end, its classes being known."""
    course = Course(
        first=wake.random_weights(config.shapes, config.wake, Use.INITIAL.seed(seed)),
        tasks=stream.tasks,
        days=stream.days(),
        wake=config.wake.model_copy(update={"epochs": config.learners.epochs}),
        retraining=config.retraining,
        kept=config.hidden_counts(kept),
        cycles=config.learners.cycles,
        steps=config.night.steps,
        ranked=config.ranked(output=False),
        seed=Use.COURSE.seed(seed),
    )
    learned = LEARNERS[learner](course)
    return {
        "accuracy_validation": np.array(learned.accuracy(stream.validation, stream.tasks)),
        "accuracy_test": np.array(learned.accuracy(stream.test, stream.tasks)),
        "synapses": np.array(learned.synapses),
    }
