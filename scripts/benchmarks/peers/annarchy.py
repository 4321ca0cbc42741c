"""ANNarchy, which makes a C++ program of a network."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from typing import Any

import ANNarchy
import numpy as np

from benchmarks import workload
from benchmarks.peers.timing import (
    LEARNING_RATE,
    MEMBRANE_DECAY,
    THREADS,
    TRACE_LEAK,
    Timed,
    fastest,
    mean_change,
    serve,
    time_by_steps,
)
from benchmarks.workload import Row

# The input is given in advance, for so many steps.
INPUT_STEPS = 20_000
TRACE = f"x = x * {1 - TRACE_LEAK}"


class Simulation:
    """A network of ANNarchy's populations, the input first."""

    def __init__(self, row: Row, threads: int, folder: str) -> None:
        self.network = ANNarchy.Network(dt=1.0)
        self.network.config(num_threads=threads, dtype=ANNarchy.float32)
        size, *sizes = row.network.sizes
        rounds = np.arange(0, INPUT_STEPS, workload.RASTER_STEPS, dtype=float)
        times = [
            (rounds[:, np.newaxis] + np.flatnonzero(spikes)).ravel().tolist()
            for spikes in row.network.raster()
        ]
        self.layers: list[Any] = [self.network.create(ANNarchy.SpikeSourceArray(times))]
        for size, threshold in zip(sizes, row.network.thresholds, strict=True):
            neuron = ANNarchy.Neuron(
                equations=f"v = {MEMBRANE_DECAY} * v + g_exc",
                spike=f"v > {threshold}",
                reset="v = 0.0",
            )
            self.layers.append(self.network.create(geometry=size, neuron=neuron))
        self.synapses = []
        for (pre, post), weights in zip(pairwise(self.layers), row.network.weights(), strict=True):
            layer = self.network.connect(pre, post, "exc", synapse=_rule() if row.t_epoch else None)
            layer.from_matrix(weights.astype(float))
            self.synapses.append(layer)
        self.network.compile(directory=folder, silent=True)

    def advance(self, steps: int) -> None:
        self.network.simulate(float(steps))

    def rates(self, steps: int) -> list[float]:
        """Run and count."""
        monitors = [self.network.monitor(layer, "spike") for layer in self.layers[1:]]
        self.advance(steps)
        return [
            sum(map(len, monitor.get("spike").values())) / (layer.size * steps)
            for monitor, layer in zip(monitors, self.layers[1:], strict=True)
        ]


def _rule() -> Any:
    """Pair STDP; each synapse has traces of its own, which decay between spikes at once."""
    tau, limit = workload.TAU, workload.WEIGHT_LIMIT
    return ANNarchy.Synapse(
        equations=f"""
            {tau} * dx/dt = -x : event-driven
            {tau} * dy/dt = -y : event-driven
        """,
        pre_spike=f"""
            g_target += w
            x += {workload.IMPULSE}
            w = clip(w - {LEARNING_RATE} * y, -{limit}, {limit})
        """,
        post_spike=f"""
            y += {workload.IMPULSE}
            w = clip(w + {LEARNING_RATE} * x, -{limit}, {limit})
        """,
    )


def measure(row: Row, mode: str, repeats: int) -> Timed:
    """Time one row."""
    return fastest(_time(row, threads, repeats) for threads in THREADS)


def _time(row: Row, threads: int, repeats: int) -> Timed:
    with tempfile.TemporaryDirectory() as folder:
        simulation = Simulation(row, threads, folder)
        timed = time_by_steps(row, simulation.advance, lambda number: None, repeats)
        timed.how = f"{threads} thread{'s' * (threads > 1)}"
        timed.rates = simulation.rates(workload.RASTER_STEPS)
        weights = [np.nan_to_num(layer.connectivity_matrix()) for layer in simulation.synapses]
        timed.weight_change = mean_change(row, weights)
    return timed


if __name__ == "__main__":
    serve("annarchy", measure)
