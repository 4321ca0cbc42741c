"""Learners of tasks in sequence that prune every night, at the same number of synapses.

The task of a sample is known, and each task has rows of its own in the output layer, which is
neither pruned nor frozen: a head a task.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from loihi_sleep.pruning.masks import Mask
from loihi_sleep.pruning.night import Held, Pruned, prune_and_retrain
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep.wake import WakeConfig, Weights, predict_within, train
from loihi_sleep.tasks.stream import Samples


@dataclass(frozen=True)
class Course:
    """What all learners are given alike.

    Parameters
    ----------
    first : list of ndarray, one a layer
        Initial weights.
    tasks : tuple of tuple of int
        Classes of each task, in order.
    days : list of Samples
        Training samples of each task.
    wake, retraining : WakeConfig
        How a network learns by day and by night.
    kept : list of int
        Weights of each layer but the last that are there in the end.
    cycles, steps : int
        Of every night.
    seed : int
    ranked : sequence of sequence of int, optional
        Layers whose weights compete, the last by itself; see
        :func:`loihi_sleep.pruning.night.prune_and_retrain`.
    """

    first: Weights
    tasks: tuple[tuple[int, ...], ...]
    days: list[Samples]
    wake: WakeConfig
    retraining: WakeConfig
    kept: list[int]
    cycles: int
    steps: int
    seed: int
    ranked: Sequence[Sequence[int]] | None = None


@dataclass(frozen=True)
class Learned:
    """What a learner knows in the end.

    Parameters
    ----------
    networks : list of list of ndarray
        Weights that answer for each task.
    synapses : int
        Of all layers but the last, all networks together.
    """

    networks: list[Weights]
    synapses: int

    def accuracy(self, samples: Samples, tasks: Sequence[Sequence[int]]) -> list[float]:
        """Share of each task's samples that are told from the task's other classes."""
        shares = []
        for weights, task in zip(self.networks, tasks, strict=True):
            own = samples.of_classes(task)
            shares.append(float((predict_within(weights, own.x, task) == own.y).mean()))
        return shares


Learner = Callable[[Course], Learned]


def packnet(course: Course) -> Learned:
    """Give each task an equal part of the weights, and freeze it.

    Weights that no task has begin each day at their initial values: the few that earlier tasks
    leave, with nothing but zeros beside them, would pass no gradient on.

    Notes
    -----
    Mallya and Lazebnik, "PackNet: adding multiple tasks to a single network by iterative pruning",
    CVPR 2018. There free weights begin at 0, many at first.
    """
    weights = course.first
    owner = [np.zeros(matrix.shape, dtype=int) for matrix in weights]
    networks: list[Weights] = []
    count = len(course.tasks)
    for task in range(count):
        frozen = [labels > 0 for labels in owner]
        start = [
            np.where(still, matrix, first)
            for still, matrix, first in zip(frozen[:-1], weights[:-1], course.first, strict=False)
        ]
        parts = [total * (task + 1) // count - total * task // count for total in course.kept]
        morning = _day_and_night(course, task, [*start, weights[-1]], parts, frozen=frozen)
        weights = morning.weights
        for labels, mask in zip(owner[:-1], morning.masks[:-1], strict=True):
            labels[mask] = task + 1
        # Weights of later tasks are not there yet, and the output rows of this one stay.
        networks.append(weights)
    return Learned(networks, sum(int((labels > 0).sum()) for labels in owner))


def memory(course: Course) -> Learned:
    """Freeze nothing, and rehearse the samples of all earlier tasks by day and by night."""
    return _without_freezing(course, rehearse=True)


def naive(course: Course) -> Learned:
    """Freeze nothing and store nothing."""
    return _without_freezing(course, rehearse=False)


def multinet(course: Course) -> Learned:
    """Learn each task in a network of its own, each with as many synapses as others have in all."""
    mornings = [
        _day_and_night(course, task, course.first, course.kept) for task in range(len(course.tasks))
    ]
    synapses = sum(sum(morning.kept[:-1]) for morning in mornings)
    return Learned([morning.weights for morning in mornings], synapses)


LEARNERS: dict[str, Learner] = {
    "packnet": packnet,
    "memory": memory,
    "naive": naive,
    "multinet": multinet,
}


def _without_freezing(course: Course, *, rehearse: bool) -> Learned:
    """Learn in one network, whose pruned weights begin each day at their initial values."""
    start = course.first
    for task in range(len(course.tasks)):
        stored = _joined(course.days[:task]) if rehearse and task else None
        morning = _day_and_night(course, task, start, course.kept, stored=stored)
        start = [
            np.where(mask, matrix, first)
            for mask, matrix, first in zip(
                morning.masks, morning.weights, course.first, strict=True
            )
        ]
    return Learned([morning.weights] * len(course.tasks), sum(morning.kept[:-1]))


def _day_and_night(
    course: Course,
    task: int,
    weights: Weights,
    kept: Sequence[int],
    *,
    frozen: list[Mask] | None = None,
    stored: Samples | None = None,
) -> Pruned:
    """Learn a task by day, then prune to `kept` weights by night."""
    day_seed, night_seed = spawn_seeds(course.seed, 2, task)
    samples = course.days[task]
    held = None if frozen is None else Held([~still for still in frozen], weights)
    evening = train(
        weights, samples, course.wake, day_seed, stored=stored, penalty=held, heads=course.tasks
    )
    return prune_and_retrain(
        evening,
        samples,
        course.retraining,
        kept=[*kept, weights[-1].size],
        cycles=course.cycles,
        steps=course.steps,
        seed=night_seed,
        ranked=course.ranked,
        frozen=frozen,
        stored=stored,
        heads=course.tasks,
    )


def _joined(days: Sequence[Samples]) -> Samples:
    return Samples(np.concatenate([day.x for day in days]), np.concatenate([day.y for day in days]))
