"""Data of `pruning`, and the seeds of its random numbers."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from loihi_sleep.configuration import name_settings
from loihi_sleep.datasets import DATA_SETS, Stream, load_stream
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
    data = config.data

    def load_for(seed: int) -> Stream:
        with name_settings("data", LOIHI_SLEEP_DATA="LOIHI_SLEEP_DATA"):
            if not DATA_SETS[data.name].reads_folder:
                return load_stream(data.name, seed=seed)
            return load_stream(
                data.name, task_images=data.task_images, folder=data.folder, seed=seed
            )

    if DATA_SETS[data.name].split_by_seed:
        return {seed: load_for(seed) for seed in config.seeds}
    return dict.fromkeys(config.seeds, load_for(config.seeds[0]))
