"""A life: tasks are learned one after another, and each day may be followed by a night."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loihi_sleep.consolidation.memory import Memory
from loihi_sleep.datasets.stream import Samples
from loihi_sleep.training.sgd import Weights, activations

# From the number of the day, its samples and the weights in the morning to those in the evening.
Learn = Callable[[int, Samples, Weights], Weights]
# From the number of the night, the weights in the evening and the memory to those in the morning.
Rest = Callable[[int, Weights, Memory], Weights]
# Hears of each day that is over, with its night: its number, and the weights then.
OnDay = Callable[[int, Weights], None]


@dataclass(frozen=True)
class Life:
    """What became of one network over all tasks.

    Parameters
    ----------
    before, after : list of weights
        Before and after the night that follows each day; equal where there was none.
    memory : Memory
        At the end; empty where no night made use of it.
    """

    before: list[Weights]
    after: list[Weights]
    memory: Memory


def live(
    weights: Weights,
    days: Sequence[Samples],
    learn: Learn,
    rest: Rest | None = None,
    *,
    hidden_scale: float = 1.0,
    on_day: OnDay | None = None,
) -> Life:
    """Learn tasks in sequence.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) each
        Where life begins.
    days : sequence of Samples
        Of each task.
    learn : callable
        What a day does.
    rest : callable, optional
        What a night does.
    hidden_scale : float
        Factor of hidden activations outside of training.
    on_day : callable, optional
        Called after each day and its night.

    Returns
    -------
    Life
    """
    memory = Memory.empty(weights[0].shape[1], len(weights))
    before, after = [], []
    for day, samples in enumerate(days):
        weights = learn(day, samples, weights)
        before.append(weights)
        if rest is not None:
            memory = memory.after(samples.x, activations(weights, samples.x, hidden_scale))
            weights = rest(day, weights, memory)
        after.append(weights)
        if on_day is not None:
            on_day(day, weights)
    return Life(before, after, memory)
