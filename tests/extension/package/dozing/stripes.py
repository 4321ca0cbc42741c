"""A data set: images of 6 x 6 pixels with stripes, which lie in four directions."""

import numpy as np

from loihi_sleep.datasets import DataSet, Stream

IMAGES, SIDE = 240, 6


def load_stripes(*, classes_per_task, task_order, task_images, folder, seed) -> Stream:
    """Draw the images; each seed has its own."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    directions = np.stack([rows, columns, rows + columns, rows - columns])
    classes = np.arange(IMAGES) % len(directions)
    stripes = (directions[classes] + rng.integers(3, size=(IMAGES, 1, 1))) % 3 == 0
    noise = rng.random(stripes.shape)
    return Stream.from_arrays(
        0.7 * stripes + 0.3 * noise,
        classes,
        classes_per_task=classes_per_task,
        task_order=task_order,
        task_samples=task_images,
        seed=seed,
    )


STRIPES = DataSet(
    "stripes", load_stripes, (1, SIDE, SIDE), classes=4, reads_folder=False, split_by_seed=True
)
