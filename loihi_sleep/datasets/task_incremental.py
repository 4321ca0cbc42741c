"""Accuracy where the task of a sample is known: task-incremental learning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.datasets.stream import Samples


def accuracy_where_task_is_known(
    outputs: NDArray[np.floating[Any]], samples: Samples, tasks: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """Share of each task's samples whose class is the largest of its own task's outputs.

    That is task-incremental learning;
    :func:`loihi_sleep.datasets.stream.accuracy_by_task` is class-incremental.

    Parameters
    ----------
    outputs : ndarray, shape (samples, classes)
    samples : Samples
    tasks : sequence of sequence of int
        Classes of each task.

    Returns
    -------
    ndarray of float64, shape (tasks,)
    """
    shares = []
    for task in tasks:
        own = np.isin(samples.y, task)
        predicted = np.asarray(task)[outputs[own][:, list(task)].argmax(axis=1)]
        shares.append((predicted == samples.y[own]).mean())
    return np.array(shares)
