"""Class-incremental streams: one data set as tasks in sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.errors import BadParameter
from loihi_sleep.processes import checks

# Validation samples are this part of a task's training samples, and beside them.
VALIDATION_PART = 6
PIXEL_MAX = 255


@dataclass(frozen=True)
class Samples:
    """Inputs and their classes.

    Parameters
    ----------
    x : ndarray of float32 or float64, shape (samples, inputs)
        Inputs, 0 .. 1.
    y : ndarray of int64, shape (samples,)
        Class of each sample, from 0.
    """

    x: NDArray[np.floating[Any]]
    y: NDArray[np.int64]

    def of_classes(self, classes: Sequence[int]) -> Samples:
        """Return the samples of some classes.

        Parameters
        ----------
        classes : sequence of int

        Returns
        -------
        Samples
            In the order in which they are here.
        """
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
    image : tuple of int
        (planes, rows, columns) of an input, whose values lie plane by plane and row by row.
    joint : Samples, optional
        What joint training learns from, where that is more than `train`.
    source : str
        What the inputs are: ``pixels``, or features of some kind.
    """

    train: Samples
    validation: Samples
    test: Samples
    tasks: tuple[tuple[int, ...], ...]
    image: tuple[int, int, int]
    joint: Samples | None = None
    source: str = "pixels"

    @classmethod
    def from_arrays(
        cls,
        x: ArrayLike,
        y: ArrayLike,
        *,
        x_test: ArrayLike | None = None,
        y_test: ArrayLike | None = None,
        test_share: float = 0.2,
        classes_per_task: int | Sequence[int] = 2,
        task_order: int | Sequence[int] = 0,
        task_samples: int | None = None,
        seed: int = 0,
    ) -> Stream:
        """Make a stream of arrays of one's own.

        Parameters
        ----------
        x : array_like, shape (samples, inputs), (samples, rows, columns) or \
            (samples, planes, rows, columns)
            Inputs: reals 0 .. 1, or bytes 0 .. 255, which are divided by 255.
        y : array_like, shape (samples,)
            Classes, as integers from 0 without a gap.
        x_test, y_test : array_like, optional
            Test samples. Without them some of `x` are taken.
        test_share : float
            Share of `x` that is for testing where there is no `x_test`, above 0, below 1;
            stratified by class.
        classes_per_task : int or sequence of int
            Classes that each task brings; of an integer the last task may bring fewer.
        task_order : int or sequence of int
            See :func:`order_classes`.
        task_samples : int, optional
            Training samples of each task. By default as many as leave a sixth of them beside for
            validation.
        seed : int
            Draws the test samples, and the order in which samples are chosen.

        Returns
        -------
        Stream

        Raises
        ------
        ValueError
            Arrays that do not go together, values out of range, a class without samples.

        Examples
        --------
        >>> stream = Stream.from_arrays(x, y, classes_per_task=3)
        """
        inputs, image = _as_inputs("x", x)
        labels = _as_labels("y", y, len(inputs))
        if (x_test is None) != (y_test is None):
            raise ValueError("x_test and y_test go together: give both, or neither")
        if x_test is None:
            joint, test = _split(Samples(inputs, labels), test_share, seed)
        else:
            tested, image_of_test = _as_inputs("x_test", x_test)
            if image_of_test != image:
                raise ValueError(
                    f"x_test has samples of shape {image_of_test} and x of {image}; they must be "
                    "the same"
                )
            joint = Samples(inputs, labels)
            test = Samples(tested, _as_labels("y_test", y_test, len(tested)))
        shuffled = np.random.default_rng(checks.seed("seed", seed)).permutation(len(joint))
        try:
            return split_into_tasks(
                Samples(joint.x[shuffled], joint.y[shuffled]),
                test,
                image,
                classes_per_task=classes_per_task,
                task_order=task_order,
                task_samples=task_samples,
                source="arrays",
            )
        except BadParameter as error:
            # Data sets call it otherwise.
            own = {"task_images": "task_samples"}
            name = own.get(error.parameter, error.parameter)
            raise BadParameter(name, error.complaint) from None

    def train_by_task(self) -> list[Samples]:
        """Return the training samples of each task.

        Returns
        -------
        list of Samples
            In the order of the tasks.
        """
        return [self.train.of_classes(task) for task in self.tasks]

    @property
    def classes(self) -> int:
        """Number of classes, all tasks together."""
        return sum(len(task) for task in self.tasks)

    @property
    def plane(self) -> tuple[int, int]:
        """(rows, columns) of an input, its planes one above the other."""
        planes, rows, columns = self.image
        return planes * rows, columns

    @property
    def inputs(self) -> int:
        """Number of inputs."""
        rows, columns = self.plane
        return rows * columns


def order_classes(order: int | Sequence[int], classes: int = 10) -> tuple[int, ...]:
    """Put classes in the order in which they are learned.

    Parameters
    ----------
    order : int or sequence of int
        0 for 0, 1, 2, ...; another number for a random order drawn from it as a seed; or the
        classes themselves.
    classes : int
        How many there are.

    Raises
    ------
    BadParameter
        A negative number, or a sequence that does not name each class once; it names
        ``task_order``.
    """
    if isinstance(order, int | np.integer):
        if isinstance(order, bool) or not 0 <= order <= checks.SEED_MAX:
            raise BadParameter(
                "task_order", f"is {order}; it must be an integer from 0 to 2**63 - 1"
            )
        if order == 0:
            return tuple(range(classes))
        drawn = np.random.default_rng(order).permutation(classes)
        return tuple(int(c) for c in drawn)
    if sorted(order) != list(range(classes)):
        raise BadParameter(
            "task_order",
            f"is {list(order)}; it must name each class 0 .. {classes - 1} once, or be a number",
        )
    return tuple(order)


def group_classes(
    order: Sequence[int], classes_per_task: int | Sequence[int]
) -> tuple[tuple[int, ...], ...]:
    """Group classes into tasks.

    Parameters
    ----------
    order : sequence of int
        All classes, see :func:`order_classes`.
    classes_per_task : int or sequence of int
        How many each task brings, from 1; of an integer the last task may have fewer.

    Raises
    ------
    BadParameter
        Sizes that do not add up to the number of classes; it names ``classes_per_task``.
    """
    classes = len(order)
    if isinstance(classes_per_task, int | np.integer):
        if isinstance(classes_per_task, bool) or not 1 <= classes_per_task <= classes:
            raise BadParameter(
                "classes_per_task", f"is {classes_per_task}; it must be an integer 1 .. {classes}"
            )
        ends = [*range(classes_per_task, classes, classes_per_task), classes]
    else:
        if not isinstance(classes_per_task, list | tuple | np.ndarray):
            raise BadParameter(
                "classes_per_task", f"is {classes_per_task!r}; it must be an integer or integers"
            )
        sizes = [int(size) for size in classes_per_task]
        if not sizes or min(sizes) < 1 or sum(sizes) != classes:
            raise BadParameter(
                "classes_per_task",
                f"is {sizes}; it must hold numbers from 1 that add up to {classes}, the number of "
                "classes",
            )
        ends = np.cumsum(sizes).tolist()
    return tuple(tuple(order[i:j]) for i, j in zip([0, *ends], ends, strict=False))


def check_labels(path: Path, labels: NDArray[Any], images: int, classes: int = 10) -> None:
    """Refuse labels that are not a class for each image.

    Parameters
    ----------
    path : Path
        Path of the file, for the message.
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


def split_into_tasks(
    joint: Samples,
    test: Samples,
    image: tuple[int, int, int],
    *,
    classes_per_task: int | Sequence[int] = 2,
    task_order: int | Sequence[int] = 0,
    task_samples: int | None = None,
    source: str = "pixels",
) -> Stream:
    """Make a stream of the training and the test samples of a data set.

    Parameters
    ----------
    joint, test : Samples
        All training samples, and the test samples.
    image : tuple of int
        (planes, rows, columns) of an input.
    classes_per_task : int or sequence of int
        See :func:`group_classes`.
    task_order : int or sequence of int
        See :func:`order_classes`.
    task_samples : int, optional
        Training samples of a task: the first so many of its classes; the next sixth as many are its
        validation samples. By default as many as there are of the task.
    source : str
        What the inputs are.

    Returns
    -------
    Stream

    Raises
    ------
    BadParameter
        Too few samples; it names ``task_images``, as data sets call it.
    ValueError
        A class without training or without test samples.
    """
    classes = int(joint.y.max()) + 1
    for name, samples in (("training", joint), ("test", test)):
        absent = sorted(set(range(classes)) - set(samples.y.tolist()))
        if absent:
            raise ValueError(f"the data set has no {name} images of class {absent[0]}")
    tasks = group_classes(order_classes(task_order, classes), classes_per_task)
    if task_samples is not None and task_samples < 1:
        raise BadParameter("task_images", f"is {task_samples}; it must be at least 1")
    parts: dict[str, list[NDArray[np.int64]]] = {"train": [], "validation": []}
    for task in tasks:
        places = np.flatnonzero(np.isin(joint.y, task))
        size = task_samples
        if size is None:
            size = max(1, len(places) - max(1, len(places) // (VALIDATION_PART + 1)))
        held_out = max(1, size // VALIDATION_PART)
        if task_samples is not None and len(places) < size + held_out:
            raise BadParameter(
                "task_images",
                f"is {size}; {_named(task)} {len(places)} training images, and {held_out} more "
                "are needed for validation",
            )
        parts["train"].append(places[:size])
        parts["validation"].append(places[size : size + held_out])
    train, validation = (np.sort(np.concatenate(parts[name])) for name in ("train", "validation"))
    return Stream(
        train=Samples(joint.x[train], joint.y[train]),
        validation=Samples(joint.x[validation], joint.y[validation]),
        test=test,
        tasks=tasks,
        image=image,
        joint=joint,
        source=source,
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


def _named(classes: Sequence[int]) -> str:
    *others, last = (str(c) for c in classes)
    return f"classes {', '.join(others)} and {last} have" if others else f"class {last} has"


def _as_inputs(name: str, x: ArrayLike) -> tuple[NDArray[np.floating[Any]], tuple[int, int, int]]:
    """Return samples as rows of reals 0 .. 1, and (planes, rows, columns) of each."""
    values = _as_array(name, x)
    if not 2 <= values.ndim <= 4 or not values.size:
        raise ValueError(
            f"{name} has shape {values.shape}; it must be (samples, inputs), (samples, rows, "
            "columns) or (samples, planes, rows, columns), none of them 0"
        )
    image = (1,) * (4 - values.ndim) + values.shape[1:]
    planes, rows, columns = (int(size) for size in image)
    if values.dtype == np.uint8:
        values = values.astype(np.float32) / PIXEL_MAX
    elif values.dtype not in (np.float32, np.float64):
        values = checks.array(name, values, None)
    if not (values.min() >= 0 and values.max() <= 1):
        raise ValueError(
            f"{name} holds values from {values.min():g} to {values.max():g}; they must be 0 .. 1 "
            "(bytes: 0 .. 255), as they become rates of spikes"
        )
    return values.reshape(len(values), -1), (planes, rows, columns)


def _as_array(name: str, values: object) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except (ValueError, TypeError, RuntimeError) as error:
        # Lists of several lengths, and tensors with gradients or on a GPU.
        raise ValueError(f"{name} cannot become a NumPy array: {error}") from None


def _as_labels(name: str, y: ArrayLike | None, samples: int) -> NDArray[np.int64]:
    labels = _as_array(name, y)
    if labels.dtype.kind not in "iu" or labels.shape != (samples,):
        raise ValueError(
            f"{name} has type {labels.dtype} and shape {labels.shape}; it must hold an integer for "
            f"each of the {samples} samples "
            "(numpy.unique(numpy.ravel(y), return_inverse=True)[1] makes integers of names)"
        )
    present = np.unique(labels)
    if present[0] != 0 or present[-1] != len(present) - 1:
        raise ValueError(
            f"{name} holds the classes {checks.shown(present.tolist())}; they must be 0, 1, 2, ... "
            "without a gap (numpy.unique(y, return_inverse=True)[1] makes them so)"
        )
    return labels.astype(np.int64)


def _split(samples: Samples, test_share: float, seed: int) -> tuple[Samples, Samples]:
    """Take test samples from all samples, of each class as large a share."""
    from sklearn.model_selection import train_test_split

    share = checks.number("test_share", test_share, 0, 1)
    fewest = np.bincount(samples.y).min()
    if not 0 < share < 1 or fewest < 2:
        raise ValueError(
            f"test_share is {share:g} and the smallest class has {fewest} samples; the share must "
            "be above 0 and below 1, and each class needs two samples"
        )
    places = np.arange(len(samples))
    train, test = train_test_split(
        places,
        test_size=share,
        stratify=samples.y,
        random_state=checks.seed("seed", seed) % 2**32,
    )
    for name, chosen in (("testing", test), ("training", train)):
        absent = np.setdiff1d(samples.y, samples.y[chosen])
        if absent.size:
            raise ValueError(
                f"test_share is {share:g}, and of the {(samples.y == absent[0]).sum()} samples of "
                f"class {absent[0]} none would be for {name}; choose another share, or give x_test "
                "and y_test"
            )
    return (
        Samples(samples.x[train], samples.y[train]),
        Samples(samples.x[test], samples.y[test]),
    )
