"""Tasks learned one after another, each of which may be followed by a night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from loihi_sleep.consolidation.form import SleepForm
from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.datasets.stream import Samples
from loihi_sleep.numerics.names import Numerics
from loihi_sleep.sleep.run import network_with_drive
from loihi_sleep.training.forward import Weights, activations
from loihi_sleep.training.sgd import WakeConfig, initial_weights

if TYPE_CHECKING:
    from loihi_sleep.processes.sleep.process import Sleep


class TrainTask(Protocol):
    """Trains a network on a task."""

    def __call__(self, task: int, samples: Samples, weights: Weights, /) -> Weights:
        """Return the weights after training, given the task's number and those before."""


class SleepAfterTask(Protocol):
    """Lets a network sleep when it has been trained on a task."""

    def __call__(self, task: int, weights: Weights, memory: Memory, /) -> Weights:
        """Return the weights after sleep, given the task's number and those before."""


class TaskListener(Protocol):
    """Is called when a task has been learned and the night after it, if any, is over."""

    def __call__(self, task: int, weights: Weights, /) -> None:
        """Take in the weights that the next task begins with."""


@dataclass(frozen=True)
class ContinualRun:
    """What became of one network over all tasks.

    Parameters
    ----------
    before, after : list of weights
        Before and after the night that follows each task; equal where there was none.
    memory : Memory
        At the end; empty where no night made use of it.
    """

    before: list[Weights]
    after: list[Weights]
    memory: Memory


def alternate_training_and_sleep(
    weights: Weights,
    tasks: Sequence[Samples],
    train: TrainTask,
    sleep: SleepAfterTask | None = None,
    *,
    hidden_scale: float = 1.0,
    on_task: TaskListener | None = None,
) -> ContinualRun:
    """Learn tasks in sequence, with or without a night after each.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) each
        Initial weights.
    tasks : sequence of Samples
        Training samples of each task.
    train : callable
        From the task's number, its samples and weights to trained weights.
    sleep : callable, optional
        From the task's number, weights and the memory of all samples so far to weights after sleep.
    hidden_scale : float
        Factor of hidden activations outside of training.
    on_task : callable, optional
        Called after each task and its night, with the task's number and the weights.

    Returns
    -------
    ContinualRun
    """
    memory = Memory.empty(weights[0].shape[1], len(weights))
    before, after = [], []
    for task, samples in enumerate(tasks):
        weights = train(task, samples, weights)
        before.append(weights)
        if sleep is not None:
            memory = memory.after(samples.x, activations(weights, samples.x, hidden_scale))
            weights = sleep(task, weights, memory)
        after.append(weights)
        if on_task is not None:
            on_task(task, weights)
    return ContinualRun(before, after, memory)


def untrained_night(
    sizes: Sequence[int],
    plane: tuple[int, int],
    settings: WakeConfig,
    form: SleepForm,
    numerics: Numerics,
) -> Sleep:
    """Wire a night of a network with its initial weights, all inputs having been 1.

    It is what a chip would have to hold.

    Parameters
    ----------
    sizes : sequence of int
        Neurons by layer, the input first.
    plane : tuple of int
        (rows, columns) of an input.
    settings : WakeConfig
        Bounds of the initial weights.
    form : SleepForm
    numerics : str

    Returns
    -------
    Sleep
        The Process whose noise drives the others.
    """
    weights = initial_weights(sizes, settings, 0)
    memory = Memory(np.ones(sizes[0]), 1, np.ones(len(weights)))
    prepared = form.prepare(weights, memory, 0, numerics=numerics, plane=plane)
    return network_with_drive(prepared.network, prepared.night(0), numerics)[0]
