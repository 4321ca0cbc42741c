"""Data of `pruning`, and the seeds of its random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from loihi_sleep.datasets.cifar import cifar_pixels
from loihi_sleep.datasets.digits import digits
from loihi_sleep.datasets.images import images
from loihi_sleep.datasets.stream import Stream
from loihi_sleep.experiments.pruning.config import PruningConfig
from loihi_sleep.seeds import spawn_seeds


class Use(IntEnum):
    """What a seed of the run is for; each use has random numbers of its own."""

    INITIAL = 0
    WAKE = 1
    NIGHT = 2
    COURSE = 3
    SPIKING = 4
    SPIKING_NIGHT = 5

    def seed(self, seed: int) -> int:
        """Seed of this use, from that of the run."""
        return self.seeds(seed, 1)[0]

    def seeds(self, seed: int, count: int) -> list[int]:
        """Several seeds of this use, from that of the run."""
        return spawn_seeds(seed, count, self)


def load_streams(config: PruningConfig) -> Mapping[int, Stream]:
    """Load the data of each seed: a split of its own of the digits, or one stream for all.

    Raises
    ------
    ValueError
        Data that are missing or damaged.
    """
    if config.data.name == "digits":
        return {seed: digits(seed) for seed in config.seeds}
    task_images, folder = config.data.task_images, config.data.folder
    if config.data.name == "cifar10":
        stream = cifar_pixels(task_images=task_images, folder=folder)
    else:
        stream = images("mnist", task_images=task_images, folder=folder)
    return dict.fromkeys(config.seeds, stream)
