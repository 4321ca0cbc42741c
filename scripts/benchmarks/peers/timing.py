"""What the programs of the peers share: which row, how to time it, what to print.

A peer may be installed in another environment than loihi-sleep, so nothing here needs Lava.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from importlib import metadata

import numpy as np
from numpy.typing import NDArray

from benchmarks import workload
from benchmarks.workload import Row

# The faster one counts: for small networks a second thread costs more than it brings.
THREADS = (1, 2)
WARM_UP = 20
SECONDS = 1.0
STEPS, PLASTIC_STEPS = (30, 1000), (30, 300)

# Equal to Lava's: v * (1 - DV / DV_UNITY).
MEMBRANE_DECAY = 1 - workload.DV / workload.DV_UNITY
MEMBRANE_TAU = -1 / math.log(MEMBRANE_DECAY)
# Share of a trace that decays in a step.
TRACE_LEAK = 1 - math.exp(-1 / workload.TAU)
# A weight changes by this times a trace, as Lava's fixed-point rule does on average.
LEARNING_RATE = 2.0**workload.STEP_EXPONENT


@dataclass
class Timed:
    """What a peer says.

    Parameters
    ----------
    us : list of float
        Microseconds a step of each repeat.
    steps : int
        Steps of a repeat.
    how : str
        Settings with which it was fastest.
    rates : list of float
        Share of neurons of each layer behind the input that spike in a step.
    weight_change : float
        Mean absolute change of the weights, so that a rule that does nothing shows.
    """

    us: list[float]
    steps: int
    how: str
    rates: list[float]
    weight_change: float = 0.0


def fastest(tried: Iterable[Timed]) -> Timed:
    """Return the one with the lowest median."""
    return min(tried, key=lambda timed: statistics.median(timed.us))


def serve(package: str, measure: Callable[[Row, str, int], Timed]) -> None:
    """Read what to time from the command line; print the outcome as the last line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--row", required=True)
    parser.add_argument("--mode", required=True)
    parser.add_argument("--repeats", type=int, required=True)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    row = {row.name: row for row in workload.rows()}[given.row]
    timed = measure(row, given.mode, given.repeats)
    print(json.dumps({"version": metadata.version(package), **asdict(timed)}))


def time_by_steps(
    row: Row,
    advance: Callable[[int], object],
    use_threads: Callable[[int], object],
    repeats: int,
    how: str = "",
) -> Timed:
    """Time a network that can be run on for any number of steps, with each number of threads."""
    tried = []
    for threads in THREADS:
        use_threads(threads)
        advance(WARM_UP)
        began = time.perf_counter()
        advance(WARM_UP)
        lowest, highest = PLASTIC_STEPS if row.t_epoch else STEPS
        wanted = SECONDS * WARM_UP / (time.perf_counter() - began)
        steps = max(lowest, min(highest, round(wanted)))
        us = []
        for _ in range(repeats):
            began = time.perf_counter()
            advance(steps)
            us.append(1e6 * (time.perf_counter() - began) / steps)
        tried.append(Timed(us, steps, f"{how}{threads} thread{'s' * (threads > 1)}", []))
    return fastest(tried)


def input_spikes(row: Row, first: int, steps: int) -> NDArray[np.float32]:
    """Input of a range of steps, shape (steps, neurons); it begins anew after its end."""
    by_step = row.network.raster().T.astype(np.float32)
    return np.take(by_step, np.arange(first, first + steps), axis=0, mode="wrap")


def mean_change(row: Row, weights: list[NDArray[np.float32]]) -> float:
    """Mean absolute difference from the first weights, shape (post, pre)."""
    change = [
        np.abs(now - first).sum() for now, first in zip(weights, row.network.weights(), strict=True)
    ]
    return float(np.sum(change)) / row.network.weight_count
