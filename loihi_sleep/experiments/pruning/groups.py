"""Groups of the checkpoint that jobs of `pruning` leave their arrays in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.jobs import Job, SharedProgress, timed
from loihi_sleep.results.checkpoint import Checkpoint

Arrays = dict[str, NDArray[Any]]


def pruned_share(kept: float) -> str:
    """Write the share of weights that are gone, as names have it."""
    return f"{1 - kept:g}"


def by_group(named: Mapping[str, Job], seed: int, progress: SharedProgress) -> dict[str, Job]:
    """Name the groups of a seed's jobs; each job is timed, and tells when it begins."""

    def told(name: str, job: Job) -> Job:
        def run() -> Mapping[str, NDArray[Any]]:
            progress.advance(1, f"seed {seed}, {name}")
            return job()

        return timed(run)

    return {group(seed, name): told(name, job) for name, job in named.items()}


def group(seed: int, name: str) -> str:
    """Group of the checkpoint that a job of a seed leaves its arrays in."""
    return f"seed_{seed}/{name}"


def over_seeds(
    checkpoint: Checkpoint, seeds: Sequence[int], name: str, array: str
) -> list[NDArray[Any]]:
    """Read an array that each seed's job of this name left."""
    return [np.asarray(checkpoint.read(group(seed, name))[array]) for seed in seeds]
