"""Data sets by name: ours, and those that other packages bring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loihi_sleep.datasets.stream import Samples, Stream, split_into_tasks
from loihi_sleep.errors import BadParameter
from loihi_sleep.registry import Registry


@dataclass(frozen=True)
class StreamOptions:
    """How a data set becomes a stream; see :func:`load_stream`.

    Parameters
    ----------
    classes_per_task : int or sequence of int
    task_order : int or sequence of int
    task_images : int, optional
    folder : str, optional
    seed : int
    """

    classes_per_task: int | Sequence[int] = 2
    task_order: int | Sequence[int] = 0
    task_images: int | None = None
    folder: str | None = None
    seed: int = 0

    def split(
        self, joint: Samples, test: Samples, image: tuple[int, int, int], source: str = "pixels"
    ) -> Stream:
        """Make a stream of training and test samples, as these options say.

        Parameters
        ----------
        joint : Samples
            Training samples of all tasks.
        test : Samples
        image : tuple of int
            (planes, rows, columns) of an input.
        source : str
            What the inputs are, such as ``pixels``.

        Returns
        -------
        Stream

        Raises
        ------
        ValueError
            Too few samples, or a class without training or without test samples.
        """
        return split_into_tasks(
            joint,
            test,
            image,
            classes_per_task=self.classes_per_task,
            task_order=self.task_order,
            task_samples=self.task_images,
            source=source,
        )


@dataclass(frozen=True)
class DataSet:
    """A classified data set that experiments can learn.

    Another package brings one by an entry point of the group ``loihi_sleep.datasets``; a script
    adds one by ``DATA_SETS.register(name, DataSet(...))``.

    Parameters
    ----------
    title : str
        Name for titles and lists: ``Fashion-MNIST``.
    load : callable
        ``load(options)`` reads the data set and makes a :class:`Stream` as :class:`StreamOptions`
        ask for it, by ``options.split`` or :meth:`Stream.from_arrays`. What is wrong with an option
        is a :class:`loihi_sleep.errors.BadParameter` that names it.
    image : tuple of int, optional
        (planes, rows, columns) of an input; None where that is known only when it is loaded. Nights
        with a moving window and convolutions need it.
    classes : int
    classes_are : str
        What its classes are called in figures: ``digits``.
    reads_folder : bool
        Whether it lies in a folder that the user may name; else it comes with a package.
    split_by_seed : bool
        Whether each seed has a split of its own.
    mirrored : bool
        Whether the mirror image of an input is of the same class.
    """

    title: str
    load: Callable[[StreamOptions], Stream]
    image: tuple[int, int, int] | None
    classes: int = 10
    classes_are: str = "classes"
    reads_folder: bool = True
    split_by_seed: bool = False
    mirrored: bool = False


DATA_SETS: Registry[DataSet] = Registry(
    "data set",
    "datasets",
    {
        "digits": "loihi_sleep.datasets.digits:DIGITS",
        "mnist": "loihi_sleep.datasets.mnist:MNIST",
        "fashion": "loihi_sleep.datasets.mnist:FASHION_MNIST",
        "cifar": "loihi_sleep.datasets.cifar:CIFAR_FEATURES",
        "cifar10": "loihi_sleep.datasets.cifar:CIFAR_PIXELS",
        "cifar100": "loihi_sleep.datasets.cifar:CIFAR100_PIXELS",
        "nmnist": "loihi_sleep.datasets.events:NMNIST",
        "dvs-gesture": "loihi_sleep.datasets.events:DVS_GESTURE",
        "shd": "loihi_sleep.datasets.events:SHD",
    },
    DataSet,
)


def load_stream(
    name: str,
    *,
    classes_per_task: int | Sequence[int] = 2,
    task_order: int | Sequence[int] = 0,
    task_images: int | None = None,
    folder: str | None = None,
    seed: int = 0,
) -> Stream:
    """Load a data set as a class-incremental stream.

    Parameters
    ----------
    name : str
        ``digits`` (scikit-learn's, needs no download), ``mnist``, ``fashion``, ``cifar`` (features
        of CIFAR-10), ``cifar10`` (its pixels), ``cifar100``, ``nmnist``, ``dvs-gesture`` and
        ``shd`` (counts of events, by tonic), or what another package brings.
    classes_per_task : int or sequence of int
        Classes that each task brings; of an integer the last task may bring fewer.
    task_order : int or sequence of int
        0 for classes in their order, another number for a random order drawn from it as a seed, or
        the classes themselves.
    task_images : int, optional
        Training images of a task: the first so many of its classes; the next sixth as many are its
        validation images. By default as many as there are.
    folder : str, optional
        Folder that holds the data; else ``LOIHI_SLEEP_DATA``, else the user's cache, into which
        they are downloaded. Not for data sets that come with a package.
    seed : int
        Seed of the split, where each seed has one of its own.

    Returns
    -------
    Stream

    Raises
    ------
    ValueError
        No such data set, data that are missing or damaged, too few of them, or a parameter out of
        its range.

    Examples
    --------
    >>> stream = load_stream("digits", classes_per_task=5)
    """
    data_set = DATA_SETS[name]
    if folder is not None and not data_set.reads_folder:
        raise BadParameter("folder", f"is {folder!r}; {data_set.title} are read from no folder")
    return data_set.load(StreamOptions(classes_per_task, task_order, task_images, folder, seed))
