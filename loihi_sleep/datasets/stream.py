"""Class-incremental streams: one data set as tasks in sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes import checks

# Validation samples are this part of a task's training samples, and beside them.
VALIDATION_PART = 6


@dataclass(frozen=True)
class Samples:
    """Inputs and their classes.

    Parameters
    ----------
    x : ndarray of float32 or float64, shape (samples, inputs)
        Inputs, 0 .. 1.
    y : ndarray of int64, shape (samples,)
        Class of each sample.
    """

    x: NDArray[np.floating[Any]]
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
    joint : Samples, optional
        What joint training learns from, where that is more than `train`.
    """

    train: Samples
    validation: Samples
    test: Samples
    tasks: tuple[tuple[int, ...], ...]
    plane: tuple[int, int]
    joint: Samples | None = None

    def days(self) -> list[Samples]:
        """Return the training samples of each task."""
        return [self.train.of_classes(task) for task in self.tasks]

    @property
    def classes(self) -> int:
        """Number of classes, all tasks together."""
        return sum(len(task) for task in self.tasks)

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        return self.plane[0] * self.plane[1]


def class_order(order: int | Sequence[int], classes: int = 10) -> tuple[int, ...]:
    """Order in which classes are learned, two a task.

    Parameters
    ----------
    order : int or sequence of int
        0 for 0, 1, 2, ...; another number for a random order drawn from it as a seed; or the
        classes themselves.
    classes : int
        How many there are.

    Raises
    ------
    ValueError
        A negative number, or a sequence that does not name each class once.
    """
    if isinstance(order, int):
        if checks.integer("data.task_order", order, 0) == 0:
            return tuple(range(classes))
        drawn = np.random.default_rng(order).permutation(classes)
        return tuple(int(c) for c in drawn)
    if sorted(order) != list(range(classes)):
        raise ValueError(
            f"data.task_order is {list(order)}; it must name each class 0 .. {classes - 1} once, "
            "or be a number"
        )
    return tuple(order)


def check_labels(path: Path, labels: NDArray[Any], images: int, classes: int = 10) -> None:
    """Refuse labels that are not a class for each image.

    Parameters
    ----------
    path : Path
        Of the file, for the message.
    labels : ndarray, shape (images,)
    images : int
        How many images there are.
    classes : int
        How many classes there are.

    Raises
    ------
    ValueError
    """
    if labels.dtype.kind not in "iu" or labels.shape != (images,):
        raise ValueError(
            f"{path} holds labels of type {labels.dtype} and shape {labels.shape}; there must be "
            f"an integer for each of the {images} images"
        )
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        raise ValueError(
            f"{path} is damaged: it holds the label {labels[wrong][0]}; labels are 0 .. "
            f"{classes - 1}"
        )


def in_tasks(
    joint: Samples,
    test: Samples,
    plane: tuple[int, int],
    *,
    task_order: int | Sequence[int],
    task_samples: int,
) -> Stream:
    """Make a stream of two-class tasks from the training and test samples of ten classes.

    Parameters
    ----------
    joint, test : Samples
        All training samples, and the test samples.
    plane : tuple of int
        (rows, columns) of an input.
    task_order : int or sequence of int
        See :func:`class_order`.
    task_samples : int
        Training samples of a task: the first so many of its classes; the next sixth as many are its
        validation samples.

    Raises
    ------
    ValueError
        Too few samples, or a class without test samples.
    """
    order = class_order(task_order)
    tasks = tuple((order[i], order[i + 1]) for i in range(0, len(order), 2))
    held_out = max(1, task_samples // VALIDATION_PART)
    parts: dict[str, list[NDArray[np.int64]]] = {"train": [], "validation": []}
    for task in tasks:
        places = np.flatnonzero(np.isin(joint.y, task))
        if len(places) < task_samples + held_out:
            raise ValueError(
                f"data.task_images is {task_samples}; classes {task[0]} and {task[1]} have "
                f"{len(places)} training images, of which {held_out} more are for validation"
            )
        untested = sorted(set(task) - set(test.y.tolist()))
        if untested:
            raise ValueError(f"the data set has no test images of class {untested[0]}")
        parts["train"].append(places[:task_samples])
        parts["validation"].append(places[task_samples : task_samples + held_out])
    train, validation = (np.sort(np.concatenate(parts[name])) for name in ("train", "validation"))
    return Stream(
        train=Samples(joint.x[train], joint.y[train]),
        validation=Samples(joint.x[validation], joint.y[validation]),
        test=test,
        tasks=tasks,
        plane=plane,
        joint=joint,
    )


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
