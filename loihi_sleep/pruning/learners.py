"""Methods of continual learning that prune every night, compared at the same number of synapses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from loihi_sleep.consolidation.continual import SleepAfterTask
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.datasets.stream import Samples
from loihi_sleep.pruning.dreams import Dreams
from loihi_sleep.pruning.night import FixedWeights, Pruned
from loihi_sleep.pruning.task_sequence import Learned, TaskSequence, prune_task, train_task
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.training.sgd import Weights, activations

Learner = Callable[[TaskSequence], Learned]
# Random numbers of a task: those of its dreams, beside those of its batches and its pruning.
_DREAMS = 1


def packnet(sequence: TaskSequence) -> Learned:
    """Give each task an equal part of the weights, and freeze it.

    Weights that no task has taken start each task at their initial values, as with other methods.

    Notes
    -----
    Mallya and Lazebnik, "PackNet: adding multiple tasks to a single network by iterative pruning",
    CVPR 2018. There free weights begin at 0, and each layer is pruned by itself and once.
    """
    weights = sequence.first
    owner = [np.zeros(matrix.shape, dtype=int) for matrix in weights]
    networks: list[Weights] = []
    count = len(sequence.tasks)
    for task in range(count):
        frozen = [labels > 0 for labels in owner]
        start = [
            np.where(still, matrix, first)
            for still, matrix, first in zip(frozen[:-1], weights[:-1], sequence.first, strict=False)
        ]
        parts = [total * (task + 1) // count - total * task // count for total in sequence.kept]
        start.append(weights[-1])
        trained = train_task(
            sequence, task, start, penalty=FixedWeights([~still for still in frozen], start)
        )
        pruned = prune_task(sequence, task, trained, parts, frozen=frozen)
        weights = pruned.weights
        for labels, mask in zip(owner[:-1], pruned.masks[:-1], strict=True):
            labels[mask] = task + 1
        # Weights of later tasks do not exist yet, and the output rows of this one stay.
        networks.append(weights)
    return Learned(networks, sum(int((labels > 0).sum()) for labels in owner))


def memory(sequence: TaskSequence) -> Learned:
    """Freeze nothing, and rehearse the samples of all earlier tasks in training and pruning."""
    return _without_freezing(sequence, rehearse=True)


def naive(sequence: TaskSequence) -> Learned:
    """Freeze nothing and store nothing."""
    return _without_freezing(sequence)


def multinet(sequence: TaskSequence) -> Learned:
    """Learn each task in a network of its own, each with as many synapses as others have in all."""
    pruned = [
        prune_task(sequence, task, train_task(sequence, task, sequence.first), sequence.kept)
        for task in range(len(sequence.tasks))
    ]
    return Learned([one.weights for one in pruned], sum(sum(one.kept[:-1]) for one in pruned))


def unfrozen(sequence: TaskSequence, *, dreams: bool, replay: bool) -> Learned:
    """Freeze nothing and store no samples, only a mean image and a number a layer.

    Parameters
    ----------
    sequence : TaskSequence
    dreams : bool
        In training and pruning it rehearses what the network answered before the task, in the
        heads of earlier tasks, to noise in the shape of the mean image and to the images of the
        task; see :class:`loihi_sleep.pruning.dreams.Dreams`.
    replay : bool
        Beside each night of pruning there is one of Sleep Replay Consolidation.

    Raises
    ------
    ValueError
        Replay, and the sequence of tasks has no night of it.
    """
    if replay and sequence.sleep is None:
        raise ValueError("sleep is None; a learner with replay needs a night of it")
    return _without_freezing(sequence, dreams=dreams, sleep=sequence.sleep if replay else None)


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
    sequence: TaskSequence,
    *,
    rehearse: bool = False,
    dreams: bool = False,
    sleep: SleepAfterTask | None = None,
) -> Learned:
    """Learn in one network, whose pruned weights start each task at their initial values."""
    pruned, start = Pruned(sequence.first, []), sequence.first
    past = Memory.empty(sequence.samples[0].x.shape[1], len(sequence.first))
    remembers = sleep is not None or (dreams and sequence.dreams.patterns > 0)
    for task, samples in enumerate(sequence.samples):
        stored = _concatenated(sequence.samples[:task]) if rehearse and task else None
        penalty = _dreams(sequence, task, pruned.weights, past) if dreams and task else None
        weights = train_task(sequence, task, start, stored=stored, penalty=penalty)
        if remembers:
            past = past.after(samples.x, activations(weights, samples.x))
        if sleep is not None and sequence.sleep_first:
            weights = sleep(task, weights, past)
        pruned = prune_task(sequence, task, weights, sequence.kept, stored=stored, penalty=penalty)
        if sleep is not None and not sequence.sleep_first:
            pruned = replace(pruned, weights=sleep(task, pruned.weights, past))
        start = [
            np.where(mask, matrix, first)
            for mask, matrix, first in zip(
                pruned.masks, pruned.weights, sequence.first, strict=True
            )
        ]
    return Learned([pruned.weights] * len(sequence.tasks), sum(pruned.kept[:-1]))


def _dreams(sequence: TaskSequence, task: int, teacher: Weights, past: Memory) -> Dreams:
    """Return what rehearses a network's answers in the heads that it has learned."""
    return Dreams(
        teacher,
        past.mean_image,
        sequence.samples[task].x,
        sequence.tasks[:task],
        sequence.dreams,
        sequence.wake.batch_size,
        *spawn_seeds(sequence.seed, 1, task, _DREAMS),
    )


def _concatenated(days: Sequence[Samples]) -> Samples:
    return Samples(np.concatenate([day.x for day in days]), np.concatenate([day.y for day in days]))
