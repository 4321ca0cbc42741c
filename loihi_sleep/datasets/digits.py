"""scikit-learn's handwritten digits as a class-incremental stream."""

from __future__ import annotations

import numpy as np

from loihi_sleep.datasets.data_set import DataSet, StreamOptions
from loihi_sleep.datasets.stream import Samples, Stream, group_classes, order_classes
from loihi_sleep.errors import BadParameter
from loihi_sleep.processes import checks

IMAGE = (1, 8, 8)
PIXEL_MAX = 16.0
VALIDATION_SHARE = 0.2
TEST_SHARE = 0.2


def load_digits(options: StreamOptions) -> Stream:
    """Load the digits, bundled with scikit-learn: 1,797 images of 8 x 8 pixels, ten classes.

    The seed splits them into 60 % training, 20 % validation and 20 % test images, stratified by
    class. A task has at most `task_images` of the training images.

    Returns
    -------
    Stream
        Pixels 0 .. 1.

    Notes
    -----
    The test set of the UCI "Optical Recognition of Handwritten Digits" data, Alpaydin and Kaynak
    (1998).
    """
    from sklearn.datasets import load_digits as load_bundled
    from sklearn.model_selection import train_test_split

    split_seed = checks.seed("seed", options.seed) % 2**32
    x, y = load_bundled(return_X_y=True)
    x, y = x / PIXEL_MAX, y.astype(np.int64)
    x_rest, x_test, y_rest, y_test = train_test_split(
        x, y, test_size=TEST_SHARE, stratify=y, random_state=split_seed
    )
    x_train, x_validation, y_train, y_validation = train_test_split(
        x_rest,
        y_rest,
        test_size=VALIDATION_SHARE / (1 - TEST_SHARE),
        stratify=y_rest,
        random_state=split_seed,
    )
    stream = Stream(
        train=Samples(x_train, y_train),
        validation=Samples(x_validation, y_validation),
        test=Samples(x_test, y_test),
        tasks=group_classes(order_classes(options.task_order), options.classes_per_task),
        image=IMAGE,
    )
    return stream if options.task_images is None else _limited(stream, options.task_images)


def _limited(stream: Stream, task_images: int) -> Stream:
    """Keep the first images of each task."""
    if task_images < 1:
        raise BadParameter("task_images", f"is {task_images}; it must be at least 1")
    first = [np.flatnonzero(np.isin(stream.train.y, task))[:task_images] for task in stream.tasks]
    chosen = np.sort(np.concatenate(first))
    train = Samples(stream.train.x[chosen], stream.train.y[chosen])
    return Stream(train, stream.validation, stream.test, stream.tasks, stream.image)


DIGITS = DataSet(
    "scikit-learn's digits",
    load_digits,
    IMAGE,
    classes_are="digits",
    reads_folder=False,
    split_by_seed=True,
)
