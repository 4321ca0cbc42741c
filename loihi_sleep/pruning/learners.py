"""Methods of continual learning that prune every night, compared at the same number of synapses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from loihi_sleep.consolidation.continual import SleepAfterTask
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.datasets.stream import Samples
from loihi_sleep.pruning.course import Course, Learned, day, night
from loihi_sleep.pruning.dreams import Dreams
from loihi_sleep.pruning.night import Held, Pruned
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.training.sgd import Weights, activations

Learner = Callable[[Course], Learned]
# Random numbers of a task: those of its dreams, beside those of its batches and its pruning.
_DREAMS = 1


def packnet(course: Course) -> Learned:
    """Give each task an equal part of the weights, and freeze it.

    Weights that no task has taken start each task at their initial values, as with other methods.

    Notes
    -----
    Mallya and Lazebnik, "PackNet: adding multiple tasks to a single network by iterative pruning",
    CVPR 2018. There free weights begin at 0, and each layer is pruned by itself and once.
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
        start.append(weights[-1])
        trained = day(course, task, start, penalty=Held([~still for still in frozen], start))
        pruned = night(course, task, trained, parts, frozen=frozen)
        weights = pruned.weights
        for labels, mask in zip(owner[:-1], pruned.masks[:-1], strict=True):
            labels[mask] = task + 1
        # Weights of later tasks do not exist yet, and the output rows of this one stay.
        networks.append(weights)
    return Learned(networks, sum(int((labels > 0).sum()) for labels in owner))


def memory(course: Course) -> Learned:
    """Freeze nothing, and rehearse the samples of all earlier tasks in training and pruning."""
    return _without_freezing(course, rehearse=True)


def naive(course: Course) -> Learned:
    """Freeze nothing and store nothing."""
    return _without_freezing(course)


def multinet(course: Course) -> Learned:
    """Learn each task in a network of its own, each with as many synapses as others have in all."""
    pruned = [
        night(course, task, day(course, task, course.first), course.kept)
        for task in range(len(course.tasks))
    ]
    return Learned([one.weights for one in pruned], sum(sum(one.kept[:-1]) for one in pruned))


def unfrozen(course: Course, *, dreams: bool, replay: bool) -> Learned:
    """Freeze nothing and store no samples, only a mean image and a number a layer.

    Parameters
    ----------
    course : Course
    dreams : bool
        In training and pruning it rehearses what the network answered before the task, in the
        heads of earlier tasks, to noise in the shape of the mean image and to the images of the
        task; see :class:`loihi_sleep.pruning.dreams.Dreams`.
    replay : bool
        Beside each night of pruning there is one of Sleep Replay Consolidation.

    Raises
    ------
    ValueError
        Replay, and the course has no night of it.
    """
    if replay and course.rest is None:
        raise ValueError("rest is None; a learner with replay needs a night of it")
    return _without_freezing(course, dreams=dreams, rest=course.rest if replay else None)


LEARNERS: dict[str, Learner] = {
    "packnet": packnet,
    "memory": memory,
    "sleep": partial(unfrozen, dreams=True, replay=True),
    "awake": partial(unfrozen, dreams=True, replay=False),
    "replay": partial(unfrozen, dreams=False, replay=True),
    "naive": naive,
    "multinet": multinet,
}
# Those with nights of Sleep Replay Consolidation.
SLEEPERS = ("sleep", "replay")


def _without_freezing(
    course: Course,
    *,
    rehearse: bool = False,
    dreams: bool = False,
    rest: SleepAfterTask | None = None,
) -> Learned:
    """Learn in one network, whose pruned weights start each task at their initial values."""
    pruned, start = Pruned(course.first, []), course.first
    past = Memory.empty(course.days[0].x.shape[1], len(course.first))
    remembers = rest is not None or (dreams and course.dreams.patterns > 0)
    for task, samples in enumerate(course.days):
        stored = _concatenated(course.days[:task]) if rehearse and task else None
        penalty = _dreams(course, task, pruned.weights, past) if dreams and task else None
        weights = day(course, task, start, stored=stored, penalty=penalty)
        if remembers:
            past = past.after(samples.x, activations(weights, samples.x))
        if rest is not None and course.rest_first:
            weights = rest(task, weights, past)
        pruned = night(course, task, weights, course.kept, stored=stored, penalty=penalty)
        if rest is not None and not course.rest_first:
            pruned = replace(pruned, weights=rest(task, pruned.weights, past))
        start = [
            np.where(mask, matrix, first)
            for mask, matrix, first in zip(pruned.masks, pruned.weights, course.first, strict=True)
        ]
    return Learned([pruned.weights] * len(course.tasks), sum(pruned.kept[:-1]))


def _dreams(course: Course, task: int, teacher: Weights, past: Memory) -> Dreams:
    """Return what rehearses a network's answers in the heads that it has learned."""
    return Dreams(
        teacher,
        past.mean_image,
        course.days[task].x,
        course.tasks[:task],
        course.dreams,
        course.wake.batch_size,
        *spawn_seeds(course.seed, 1, task, _DREAMS),
    )


def _concatenated(days: Sequence[Samples]) -> Samples:
    return Samples(np.concatenate([day.x for day in days]), np.concatenate([day.y for day in days]))
