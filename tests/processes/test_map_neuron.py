"""`MapNeuron` by its model and on the engine."""

import engines
import numpy as np
import pytest
from lava.proc.dense.process import Dense
from lava.proc.io.source import RingBuffer

from loihi_sleep.engine import attach
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.processes.map_neuron.process import MapNeuron
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

STEPS = 240


def chain(reset_interval=0):
    """Pulses make a first layer spike, which drives a second one through conductances."""
    rng = np.random.default_rng(4)
    pulses = (rng.random((6, STEPS)) < 0.02).astype(float)
    drive = RingBuffer(data=pulses)
    first = MapNeuron(shape=(6,), reset_interval=reset_interval)
    synapses = Dense(weights=rng.uniform(-0.1, 0.4, (9, 6)))
    second = MapNeuron(shape=(9,), reset_interval=reset_interval)
    probes = [SpikeProbe(shape=(n,), raster_steps=STEPS) for n in (6, 9)]
    drive.s_out.connect(first.i_in)
    first.s_out.connect(synapses.s_in)
    synapses.a_out.connect(second.a_in)
    first.s_out.connect(probes[0].s_in)
    second.s_out.connect(probes[1].s_in)
    return drive, second, probes


def run(engine, reset_interval):
    drive, second, probes = chain(reset_interval)
    with Session(drive, engines.named(engine, "float")) as session:
        session.run(STEPS)
        rasters = [session.get(probe.raster) for probe in probes]
        state = [session.get(var) for var in (second.v, second.v_before, second.y, second.i_syn)]
    return rasters, state


@pytest.mark.parametrize("reset_interval", [0, 50])
def test_the_engine_is_lava(reset_interval):
    rasters, states = zip(
        *(run(engine, reset_interval) for engine in engines.MODELS_TOO), strict=True
    )
    for of_lava, of_engine in zip(*rasters, strict=True):
        assert (of_lava == of_engine).all()
        assert of_engine.any()
    np.testing.assert_allclose(*states, rtol=1e-9, atol=1e-12)


def test_a_reset_begins_every_interval_at_rest():
    pulse = np.zeros((1, 40))
    pulse[0, 3] = 1.0
    drive, neuron = RingBuffer(data=pulse), MapNeuron(shape=(1,), reset_interval=20)
    drive.s_out.connect(neuron.i_in)
    with Session(drive, select("compiled", "float")) as session:
        session.run(20)
        moved = session.get(neuron.v)[0]
        session.run(1)
        rested = session.get(neuron.v)[0]
    assert moved != pytest.approx(-0.94, abs=1e-3)
    assert rested == pytest.approx(-0.94, abs=1e-12)


def test_a_state_set_by_the_host_moves():
    neuron = MapNeuron(shape=(3,))
    with Session(neuron, select("compiled", "float")) as session:
        session.run(1)
        session.set(neuron.v, np.array([-0.94, -0.5, -0.94]))
        session.run(1)
        v = session.get(neuron.v)
    assert v[[0, 2]] == pytest.approx([-0.94, -0.94])
    assert v[1] == pytest.approx(3.65 / 1.5 - 0.94 - 3.65 / 1.94)


def test_there_is_no_integer_form():
    with pytest.raises(UnsupportedGraph, match="MapNeuron"):
        attach(MapNeuron(shape=(1,)), "fixed")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"gamma": 1.5}, "gamma holds 1.5; it must be from 0 to 1"),
        ({"sigma": 2.0}, "sigma holds 2; it must be from 0 to 1"),
        ({"reset_interval": -1}, "reset_interval is -1; it must be"),
    ],
)
def test_wrong_parameters_are_named(settings, message):
    with pytest.raises(ValueError, match=message):
        MapNeuron(shape=(1,), **settings)
