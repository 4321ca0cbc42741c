"""Brian2: `cython` (run from Python) and `cpp_standalone` (a C++ program of the whole network)."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import brian2
import numpy as np
from brian2 import ms

from benchmarks import workload
from benchmarks.peers.timing import (
    LEARNING_RATE,
    MEMBRANE_DECAY,
    MEMBRANE_TAU,
    THREADS,
    Timed,
    fastest,
    input_spikes,
    mean_change,
    serve,
)
from benchmarks.workload import Row

STEPS = 2000
# Of the shortest run, which is subtracted: a run from Python takes a while to begin.
SHORT_STEPS = 1
# Spikes are delivered after the resets, so that, as in Lava, they count from the next step on.
SCHEDULE = ["start", "groups", "thresholds", "resets", "synapses", "end"]


@dataclass
class Built:
    """A network of Brian2's objects, the input group first."""

    network: Any
    groups: list[Any]
    synapses: list[Any]


def build(row: Row) -> Built:
    """Build neurons with a trace and a count of spikes each, and all-to-all synapses."""
    brian2.defaultclock.dt = 1 * ms  # a new device begins with its own
    constants = {
        "tau_v": MEMBRANE_TAU * ms,
        "tau_x": workload.TAU * ms,
        "impulse": workload.IMPULSE,
        "rate": LEARNING_RATE,
        "limit": workload.WEIGHT_LIMIT,
        "raster": brian2.TimedArray(input_spikes(row, 0, STEPS + SHORT_STEPS), dt=1 * ms),
    }
    trace = "dx/dt = -x / tau_x : 1" if row.t_epoch else ""
    jump = "; x += impulse" if row.t_epoch else ""
    groups = [
        brian2.NeuronGroup(
            row.network.sizes[0],
            f"{trace}\nfired : integer",
            threshold="raster(t, i) > 0.5",
            reset=f"fired += 1{jump}",
            method="exact",
            namespace=constants,
        )
    ]
    for size, threshold in zip(row.network.sizes[1:], row.network.thresholds, strict=True):
        groups.append(
            brian2.NeuronGroup(
                size,
                f"dv/dt = -v / tau_v : 1\n{trace}\nfired : integer",
                # Here v decays between what arrives and the comparison.
                threshold=f"v > {threshold * MEMBRANE_DECAY}",
                reset=f"v = 0; fired += 1{jump}",
                method="exact",
                namespace=constants,
            )
        )
    synapses = []
    for (pre, post), weights in zip(pairwise(groups), row.network.weights(), strict=True):
        on_pre, on_post = "v_post += w", None
        if row.t_epoch:
            on_pre += "; w = clip(w - rate * x_post, -limit, limit)"
            on_post = "w = clip(w + rate * x_pre, -limit, limit)"
        layer = brian2.Synapses(
            pre, post, "w : 1", on_pre=on_pre, on_post=on_post, namespace=constants
        )
        layer.connect()
        layer.w = weights.T.ravel()
        synapses.append(layer)
    network = brian2.Network(groups, synapses)
    network.schedule = SCHEDULE
    return Built(network, groups, synapses)


def measure(row: Row, mode: str, repeats: int) -> Timed:
    """Time one row."""
    brian2.prefs.core.default_float_dtype = np.float32
    if mode == "cython":
        return _cython(row, repeats)
    return fastest(_standalone(row, threads, repeats) for threads in THREADS)


def _cython(row: Row, repeats: int) -> Timed:
    brian2.prefs.codegen.target = "cython"
    built = build(row)
    built.network.store()
    _seconds(built, SHORT_STEPS)  # compiles
    begins = min(_seconds(built, SHORT_STEPS) for _ in range(3))
    us = []
    for _ in range(repeats):
        seconds = _seconds(built, STEPS + SHORT_STEPS)
        us.append(1e6 * (seconds - begins) / STEPS)
    return _timed(row, built, us, "1 thread")


def _seconds(built: Built, steps: int) -> float:
    built.network.restore()
    began = time.perf_counter()
    built.network.run(steps * ms)
    return time.perf_counter() - began


def _standalone(row: Row, threads: int, repeats: int) -> Timed:
    brian2.set_device("cpp_standalone", build_on_run=False)
    brian2.device.reinit()
    brian2.device.activate(build_on_run=False)
    brian2.prefs.devices.cpp_standalone.openmp_threads = threads if threads > 1 else 0
    with tempfile.TemporaryDirectory() as folder:
        built = build(row)
        built.network.run(STEPS * ms)
        brian2.device.build(directory=folder, run=False)
        us = []
        for _ in range(repeats):
            brian2.device.run(directory=folder, with_output=False)
            us.append(1e6 * brian2.device._last_run_time / STEPS)
        return _timed(row, built, us, f"{threads} thread{'s' * (threads > 1)}")


def _timed(row: Row, built: Built, us: list[float], how: str) -> Timed:
    rates = [float(np.mean(group.fired[:])) / STEPS for group in built.groups[1:]]
    weights = [
        np.asarray(layer.w[:]).reshape(pre, post).T
        for layer, (pre, post) in zip(built.synapses, pairwise(row.network.sizes), strict=True)
    ]
    return Timed(us, STEPS, how, rates, mean_change(row, weights))


if __name__ == "__main__":
    serve("brian2", measure)
