"""What a chip must do, for whoever has one: `RUN_LOIHI_TESTS=1 pytest -s` on this file.

The same checks hold for Lava's simulator behind stand-ins, which is all that was run so far.
"""

import os

import numpy as np
import pytest
from lava.proc.dense.process import Dense
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF

from loihi_sleep import networks, rules, sleep
from loihi_sleep.loihi2 import probe
from loihi_sleep.processes.kernels.raster import unpack_raster
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

NEURONS, STEPS, DELAY_MAX = 16, 120, 10


@pytest.fixture(params=["stand-ins", "late stand-ins", "chip"])
def run_cfg_and_delay(request, simulated_chip, adapters, late_adapters):
    """A run configuration, and how late spikes come back, where that is known."""
    if request.param == "stand-ins":
        return simulated_chip(adapters), 0
    if request.param == "late stand-ins":
        return simulated_chip(late_adapters), 2
    if os.environ.get("RUN_LOIHI_TESTS") != "1":
        pytest.skip("RUN_LOIHI_TESTS is not 1: for a machine with a Loihi 2")
    missing = probe.missing()
    if missing:
        pytest.fail(f"RUN_LOIHI_TESTS is 1, and there is no Loihi 2: {missing}")
    return select("loihi2"), None


def test_spikes_go_to_the_chip_and_back(run_cfg_and_delay):
    run_cfg, known_delay = run_cfg_and_delay
    raster = np.random.default_rng(0).random((STEPS, NEURONS)) < 0.2
    player = RingBuffer(data=raster.T.astype(np.int32))
    dense = Dense(weights=200 * np.eye(NEURONS, dtype=int))
    neurons = LIF(shape=(NEURONS,), vth=100, du=4095, dv=4095)
    probe = SpikeProbe(shape=(NEURONS,), raster_steps=STEPS)
    player.s_out.connect(dense.s_in)
    dense.a_out.connect(neurons.a_in)
    neurons.s_out.connect(probe.s_in)
    with Session(player, run_cfg) as session:
        session.run(STEPS)
        heard = unpack_raster(session.get(probe.raster), NEURONS)
    # A Dense takes one step; what comes on top is the delay of both adapters.
    delays = [
        delay
        for delay in range(DELAY_MAX + 1)
        if (heard[1 + delay :] == raster[: -1 - delay]).all() and not heard[: 1 + delay].any()
    ]
    print(f"delay of both adapters: {delays} steps")
    assert len(delays) == 1
    assert known_delay is None or delays == [known_delay]


def test_a_night_learns_as_the_compiled_engine_does(run_cfg_and_delay):
    run_cfg, _ = run_cfg_and_delay
    rng = np.random.default_rng(1)
    weights = [2 * rng.integers(-40, 60, shape) for shape in ((12, NEURONS), (6, 12))]
    network = networks.layered((NEURONS, 12, 6), weights, rules.sleep_hebb(8, 2), vth=(120, 80))
    night = sleep.Night(steps=STEPS, drive=sleep.Poisson(np.linspace(0.02, 0.6, NEURONS)), seed=0)
    deployed = sleep.run_night(network, night, run_cfg)
    compiled = sleep.run_night(network, night, select("compiled"))
    for learned, expected, before in zip(
        deployed.weights, compiled.weights, network.weights, strict=True
    ):
        # A chip rounds with random numbers of its own. With five other seeds of rounding the
        # compiled engine agrees with itself to 0.96 and more.
        change, right = ((matrix - before).ravel() for matrix in (learned, expected))
        assert np.corrcoef(change, right)[0, 1] > 0.9
