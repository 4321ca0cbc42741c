"""A data set: images of 6 x 6 pixels with stripes, which lie in four directions."""

import numpy as np

from loihi_sleep.datasets import DataSet, Stream, StreamOptions

IMAGES, SIDE = 240, 6


def load_stripes(options: StreamOptions) -> Stream:
    """Draw the images; each seed has its own."""
    rng = np.random.default_rng(options.seed)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    directions = np.stack([rows, columns, rows + columns, rows - columns])
    classes = np.arange(IMAGES) % len(directions)
    stripes = (directions[classes] + rng.integers(3, size=(IMAGES, 1, 1))) % 3 == 0
    return Stream.from_arrays(
        0.7 * stripes + 0.3 * rng.random(stripes.shape),
        classes,
        classes_per_task=options.classes_per_task,
        task_order=options.task_order,
        task_samples=options.task_images,
        seed=options.seed,
    )


STRIPES = DataSet(
    "stripes", load_stripes, (1, SIDE, SIDE), classes=4, reads_folder=False, split_by_seed=True
)
