"""Rehearsal: a part of each task's samples is stored."""

from __future__ import annotations

import numpy as np

from loihi_sleep.datasets.stream import Samples


def store(stored: Samples | None, samples: Samples, count: int, seed: int) -> Samples:
    """Add a random part of a task's samples to what is stored.

    Parameters
    ----------
    stored : Samples or None
        Stored samples of earlier tasks.
    samples : Samples
        Samples of the task that has been learned.
    count : int
        How many of them; at least one and at most all are stored.
    seed : int

    Returns
    -------
    Samples
    """
    count = min(max(1, count), len(samples))
    chosen = np.sort(np.random.default_rng(seed).choice(len(samples), count, replace=False))
    new = Samples(samples.x[chosen], samples.y[chosen])
    if stored is None:
        return new
    return Samples(np.concatenate([stored.x, new.x]), np.concatenate([stored.y, new.y]))
