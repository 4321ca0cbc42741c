"""A course: what all learners of tasks in sequence are given alike, their days and their nights.

The task of a sample is known, and each task has rows of its own in the output layer, which is
neither pruned nor frozen: a head a task.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from loihi_sleep.consolidation.continual import SleepAfterTask
from loihi_sleep.datasets.stream import Samples
from loihi_sleep.pruning.dreams import DreamsConfig
from loihi_sleep.pruning.masks import Mask
from loihi_sleep.pruning.night import Pruned, prune_and_retrain
from loihi_sleep.pruning.ranking import Ranking
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.training.sgd import Penalty, WakeConfig, Weights, predict, predict_within, train


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
    ranking : Ranking, optional
        How weights compete, those of the last layer with no others; each layer by itself if left
        out.
    dreams : DreamsConfig
        For learners that rehearse their own answers to noise.
    rest : SleepAfterTask, optional
        A night of Sleep Replay Consolidation, for learners that have one beside each night of
        pruning; see :func:`loihi_sleep.pruning.asleep.resting`.
    rest_first : bool
        It comes before the night of pruning, which then prunes what it left; else after it.
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
    ranking: Ranking | None = None
    dreams: DreamsConfig = field(default_factory=DreamsConfig)
    rest: SleepAfterTask | None = None
    rest_first: bool = True


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

    def class_incremental(self, samples: Samples) -> float:
        """Share of samples that the network of the end tells from all classes, of any task."""
        return float((predict(self.networks[-1], samples.x) == samples.y).mean())


def day(
    course: Course,
    task: int,
    weights: Weights,
    *,
    stored: Samples | None = None,
    penalty: Penalty | None = None,
) -> Weights:
    """Learn a task by day; `stored` and `penalty` as of :func:`loihi_sleep.training.sgd.train`."""
    return train(
        weights,
        course.days[task],
        course.wake,
        spawn_seeds(course.seed, 2, task)[0],
        stored=stored,
        penalty=penalty,
        heads=course.tasks,
    )


def night(
    course: Course,
    task: int,
    weights: Weights,
    kept: Sequence[int],
    *,
    frozen: Sequence[Mask] | None = None,
    stored: Samples | None = None,
    penalty: Penalty | None = None,
) -> Pruned:
    """Prune to `kept` weights of each layer but the last, and learn the task of the day on."""
    return prune_and_retrain(
        weights,
        course.days[task],
        course.retraining,
        kept=[*kept, weights[-1].size],
        cycles=course.cycles,
        steps=course.steps,
        seed=spawn_seeds(course.seed, 2, task)[1],
        ranking=course.ranking,
        frozen=frozen,
        stored=stored,
        penalty=penalty,
        heads=course.tasks,
    )
