"""Class-incremental streams: one data set as tasks in sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Samples:
    """Inputs and their classes.

    Parameters
    ----------
    x : ndarray of float64, shape (samples, inputs)
        Inputs, 0 .. 1.
    y : ndarray of int64, shape (samples,)
        Class of each sample.
    """

    x: NDArray[np.float64]
    y: NDArray[np.int64]

    def of_classes(self, classes: Sequence[int]) -> Samples:
        """Return the samples of the given classes, in their order here."""
        chosen = np.isin(self.y, np.asarray(classes))
        return Samples(self.x[chosen], self.y[chosen])

    def __len__(self) -> int:
        return len(self.y)


@dataclass(frozen=True)
class Stream:
    """Tasks in sequence; each brings some classes of one data set.

    Parameters
    ----------
    train, validation, test : Samples
        Disjoint splits with all classes. Hyperparameters are chosen on `validation`; `test` is for
        the final numbers only.
    tasks : tuple of tuple of int
        Classes of each task, in order.
    plane : tuple of int
        (rows, columns) of an input.
    """

    train: Samples
    validation: Samples
    test: Samples
    tasks: tuple[tuple[int, ...], ...]
    plane: tuple[int, int]

    @property
    def classes(self) -> int:
        """Number of classes, all tasks together."""
        return sum(len(task) for task in self.tasks)

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return self.plane[0] * self.plane[1]


def accuracy_by_task(
    predicted: NDArray[np.int64], samples: Samples, tasks: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """Share of each task's samples whose class was predicted among all classes.

    Returns
    -------
    ndarray of float64, shape (tasks,)
    """
    right = predicted == samples.y
    return np.array([right[np.isin(samples.y, task)].mean() for task in tasks])
