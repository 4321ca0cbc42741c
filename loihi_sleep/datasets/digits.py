"""scikit-learn's handwritten digits as five two-class tasks."""

from __future__ import annotations

import numpy as np

from loihi_sleep.datasets.stream import Samples, Stream
from loihi_sleep.processes import checks

PLANE = (8, 8)
PIXEL_MAX = 16.0
TASKS = ((0, 1), (2, 3), (4, 5), (6, 7), (8, 9))
VALIDATION_SHARE = 0.2
TEST_SHARE = 0.2


def digits(seed: int) -> Stream:
    """Load the digits, bundled with scikit-learn: 1,797 images of 8 x 8 pixels, ten classes.

    Parameters
    ----------
    seed : int
        Of the split into 60 % training, 20 % validation and 20 % test images, stratified by class.

    Returns
    -------
    Stream
        Pixels 0 .. 1; tasks (0, 1), (2, 3), (4, 5), (6, 7), (8, 9).

    Notes
    -----
    The test set of the UCI "Optical Recognition of Handwritten Digits" data, Alpaydin and Kaynak
    (1998).
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    split_seed = checks.seed("seed", seed) % 2**32
    x, y = load_digits(return_X_y=True)
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
    return Stream(
        train=Samples(x_train, y_train),
        validation=Samples(x_validation, y_validation),
        test=Samples(x_test, y_test),
        tasks=TASKS,
        plane=PLANE,
    )
