"""Tasks in sequence, as all methods that are compared learn them and prune after them.

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
class TaskSequence:
    """What all methods that are compared have in common.

    Parameters
    ----------
    first : list of ndarray, one a layer
        Initial weights.
    tasks : tuple of tuple of int
        Classes of each task, in order.
    samples : list of Samples
        Training samples of each task.
    wake, retraining : WakeConfig
        How a network is trained on a task, and between prunings.
    kept : list of int
        Weights of each layer but the last that are left in the end.
    cycles, steps : int
        Of pruning after each task, see :func:`loihi_sleep.pruning.night.prune_and_retrain`.
    seed : int
    ranking : Ranking, optional
        How weights compete, those of the last layer with no others. Default: each layer by itself.
    dreams : DreamsConfig
        For methods that rehearse their own answers to noise.
    sleep : SleepAfterTask, optional
        A night of Sleep Replay Consolidation, for methods that have one beside each pruning; see
        :func:`loihi_sleep.pruning.sparse_sleep.sparse_sleep`.
    sleep_first : bool
        Whether it comes before pruning, which then prunes what it left, or after it.
    """

    first: Weights
    tasks: tuple[tuple[int, ...], ...]
    samples: list[Samples]
    wake: WakeConfig
    retraining: WakeConfig
    kept: list[int]
    cycles: int
    steps: int
    seed: int
    ranking: Ranking | None = None
    dreams: DreamsConfig = field(default_factory=DreamsConfig)
    sleep: SleepAfterTask | None = None
    sleep_first: bool = True


@dataclass(frozen=True)
class Learned:
    """What a method has learned in the end.

    Parameters
    ----------
    networks : list of list of ndarray
        Weights that answer for each task.
    synapses : int
        Synapses of all layers but the last, all networks together.
    """

    networks: list[Weights]
    synapses: int

    def accuracy(self, samples: Samples, tasks: Sequence[Sequence[int]]) -> list[float]:
        """Return the accuracy on each task, its classes being known."""
        shares = []
        for weights, task in zip(self.networks, tasks, strict=True):
            own = samples.of_classes(task)
            shares.append(float((predict_within(weights, own.x, task) == own.y).mean()))
        return shares

    def class_incremental(self, samples: Samples) -> float:
        """Return the accuracy of the last network among all classes, of any task."""
        return float((predict(self.networks[-1], samples.x) == samples.y).mean())


def train_task(
    sequence: TaskSequence,
    task: int,
    weights: Weights,
    *,
    stored: Samples | None = None,
    penalty: Penalty | None = None,
) -> Weights:
    """Train on a task; `stored` and `penalty` as of :func:`loihi_sleep.training.sgd.train`."""
    return train(
        weights,
        sequence.samples[task],
        sequence.wake,
        spawn_seeds(sequence.seed, 2, task)[0],
        stored=stored,
        penalty=penalty,
        heads=sequence.tasks,
    )


def prune_task(
    sequence: TaskSequence,
    task: int,
    weights: Weights,
    kept: Sequence[int],
    *,
    frozen: Sequence[Mask] | None = None,
    stored: Samples | None = None,
    penalty: Penalty | None = None,
) -> Pruned:
    """Prune to `kept` weights of each layer but the last, and go on training on the task."""
    return prune_and_retrain(
        weights,
        sequence.samples[task],
        sequence.retraining,
        kept=[*kept, weights[-1].size],
        cycles=sequence.cycles,
        steps=sequence.steps,
        seed=spawn_seeds(sequence.seed, 2, task)[1],
        ranking=sequence.ranking,
        frozen=frozen,
        stored=stored,
        penalty=penalty,
        heads=sequence.tasks,
    )
