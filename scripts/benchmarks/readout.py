"""Images that a static network reads out in a second: at once, and step by step."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import Dense
from lava.proc.lif.process import LIFReset
from numpy.typing import NDArray

from benchmarks import workload
from loihi_sleep import engine
from loihi_sleep.engine.chain import chain_of
from loihi_sleep.processes.image_drive.process import ImageDrive
from loihi_sleep.processes.spike_probe.process import SpikeProbe

SIZES, STEPS = (784, 1200, 1200, 10), 32
# Of MNIST's pixels a fifth is not black, those with a mean of about 0.6. With the rates of
# scripts/benchmark engine, every input spikes in 5 % of the steps.
IMAGES = {"a fifth of the inputs at 60 %": (0.2, 0.6), "all inputs at 5 %": (1.0, 0.05)}
# So that about 2 % of the hidden neurons spike in a step.
THRESHOLDS = {0.2: (3000, 600, 300), 1.0: (700, 600, 300)}


def measure(repeats: int, images: int) -> Iterator[str]:
    """Time both by turns; yield a line for each kind of images.

    Raises
    ------
    AssertionError
        They differ.
    """
    rng = np.random.default_rng(workload.SEED)
    for name, (share, rate) in IMAGES.items():
        rates = rate * (rng.random((images, SIZES[0])) < share)
        drive, neurons, probe = _network(rates, THRESHOLDS[share])
        chain = chain_of(drive)
        assert chain is not None
        seconds: dict[str, list[float]] = {"at once": [], "step by step": []}
        for number in range(repeats):
            began = time.thread_time()
            parts = [
                chain.show(first, chain.images_at_once)
                for first in range(0, images, chain.images_at_once)
            ]
            seconds["at once"].append(time.thread_time() - began)
            began = time.thread_time()
            found = _step_by_step(drive, neurons, probe, images, first=number == 0)
            seconds["step by step"].append(time.thread_time() - began)
            spikes, potentials = (np.concatenate(part) for part in zip(*parts, strict=True))
            assert np.array_equal(spikes, found[0])
            assert np.array_equal(potentials, found[1])
        drive.stop()
        ratios = [b / a for a, b in zip(*seconds.values(), strict=True)]
        each = ", ".join(
            f"{key} {images / statistics.median(values):,.0f} images a second of a core"
            for key, values in seconds.items()
        )
        yield f"{name}: {each}, ratio {statistics.median(ratios):.1f}; equal spikes and potentials"


def _network(rates: NDArray[Any], vth: tuple[int, ...]) -> tuple[Any, Any, Any]:
    drive = ImageDrive(rates=rates, steps=STEPS, seed=workload.SEED)
    spikes, neurons = drive.s_out, None
    matrices = workload.Network(SIZES, vth).weights()
    for place, (matrix, threshold) in enumerate(zip(matrices, vth, strict=True)):
        synapses = Dense(weights=matrix)
        neurons = LIFReset(
            shape=(len(matrix),),
            vth=threshold,
            du=4095,
            dv=0,
            reset_interval=STEPS,
            reset_offset=place + 2,
        )
        spikes.connect(synapses.s_in)
        synapses.a_out.connect(neurons.a_in)
        spikes = neurons.s_out
    probe = SpikeProbe(shape=(SIZES[-1],))
    spikes.connect(probe.s_in)
    engine.attach(drive, "fixed")
    return drive, neurons, probe


def _step_by_step(
    drive: Any, neurons: Any, probe: Any, images: int, *, first: bool
) -> tuple[NDArray[Any], NDArray[Any]]:
    if first:
        drive.run(condition=RunSteps(len(SIZES) - 1))
    found, before = [], probe.count.get()
    for _ in range(images):
        drive.run(condition=RunSteps(STEPS))
        total = probe.count.get()
        found.append((total - before, neurons.v.get()))
        before = total
    spikes, potentials = (np.array(part) for part in zip(*found, strict=True))
    return spikes, potentials
