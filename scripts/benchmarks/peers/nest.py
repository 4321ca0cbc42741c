"""NEST: `iaf_psc_delta` neurons and static synapses."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import nest
import numpy as np

from benchmarks import workload
from benchmarks.peers.timing import MEMBRANE_TAU, Timed, serve, time_by_steps
from benchmarks.workload import Row

NO_RULE = "its STDP synapses keep the sign that a weight has"
# The input is given in advance, for so many steps.
INPUT_STEPS = 100_000


def build(row: Row) -> list[Any]:
    """Build neurons, the input first, and all-to-all synapses."""
    size, *sizes = row.network.sizes
    layers = [nest.Create("parrot_neuron", size)]
    times = [1.0 + np.flatnonzero(spikes) for spikes in row.network.raster()]
    rounds = np.arange(0, INPUT_STEPS, workload.RASTER_STEPS, dtype=float)
    sources = nest.Create("spike_generator", size)
    for source, once in zip(sources, times, strict=True):
        source.spike_times = (rounds[:, np.newaxis] + once).ravel()
    nest.Connect(sources, layers[0], "one_to_one", {"delay": 1.0})
    for size, threshold in zip(sizes, row.network.thresholds, strict=True):
        settings = {"V_th": float(threshold), "tau_m": MEMBRANE_TAU, "t_ref": 0.0}
        zero = dict.fromkeys(("E_L", "V_m", "V_reset"), 0.0)
        layers.append(nest.Create("iaf_psc_delta", size, settings | zero))
    for (pre, post), weights in zip(pairwise(layers), row.network.weights(), strict=True):
        nest.Connect(pre, post, "all_to_all", {"weight": weights.astype(float), "delay": 1.0})
    return layers


def measure(row: Row, mode: str, repeats: int) -> Timed:
    """Time one row."""
    if row.t_epoch:
        raise NotImplementedError(NO_RULE)
    layers: list[Any] = []

    def use_threads(threads: int) -> None:
        nest.ResetKernel()
        nest.set(resolution=1.0, local_num_threads=threads, print_time=False)
        layers[:] = build(row)
        nest.Prepare()

    def advance(steps: int) -> None:
        nest.Run(float(steps))

    timed = time_by_steps(row, advance, use_threads, repeats)
    nest.Cleanup()
    recorders = [nest.Create("spike_recorder") for _ in layers[1:]]
    for layer, recorder in zip(layers[1:], recorders, strict=True):
        nest.Connect(layer, recorder)
    nest.Simulate(float(workload.RASTER_STEPS))
    timed.rates = [
        recorder.n_events / (len(layer) * workload.RASTER_STEPS)
        for layer, recorder in zip(layers[1:], recorders, strict=True)
    ]
    return timed


if __name__ == "__main__":
    serve("nest-simulator", measure)
