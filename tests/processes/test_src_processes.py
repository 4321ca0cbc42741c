"""`GatedDense`, `ShuffledDense` and `ImageDrive`: by pencil and paper, and the engine as Lava."""

from dataclasses import replace
from functools import partial

import engines
import numpy as np
import pytest
from lava.proc.dense.process import LearningDense
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF

from loihi_sleep import networks, rules, sleep
from loihi_sleep.processes.gated_dense.process import GatedDense
from loihi_sleep.processes.image_drive.process import ImageDrive
from loihi_sleep.processes.kernels.drive import image_spikes
from loihi_sleep.processes.shuffled_dense.process import ShuffledDense
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session


def night_on_both(network, numerics, steps=60):
    night = sleep.Night(steps=steps, drive=sleep.Poisson(rates=np.linspace(0, 0.6, 12)), seed=3)
    return [
        sleep.run_night(network, night, engines.named(engine, numerics))
        for engine in engines.MODELS_TOO
    ]


def gated_network(shuffled=False):
    rng = np.random.default_rng(0)
    weights = [rng.normal(0.01, 0.02, (6, 12)), rng.normal(0.01, 0.02, (4, 6))]
    network = networks.gated(
        weights, gains=[2, 3], vth=[0.1, 0.1], leak=0.001, potentiation=0.01, depression=0.002
    )
    return replace(network, shuffled=shuffled)


@pytest.mark.parametrize("engine", engines.MODELS_TOO)
def test_a_spike_is_paired_with_what_caused_it(engine):
    # Step 1: input 0 spikes. Step 2: the neuron hears gain * 0.4 > vth and spikes; input 1 spikes.
    # It learns from step 1: synapse 0 rises, synapse 1 falls, gated by their weights.
    spikes = RingBuffer(data=np.array([[1, 0, 0], [0, 1, 0]]))
    synapses = GatedDense(
        weights=[[0.4, -0.4]], gain=2, potentiation=0.1, depression=0.02, width=0.5
    )
    neuron = LIF(shape=(1,), vth=0.7, du=1.0, dv=0.0)
    spikes.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neuron.a_in)
    neuron.s_out.connect(synapses.s_in_bap)
    with Session(spikes, engines.named(engine, "float")) as session:
        session.run(2)
        weights = session.get(synapses.weights)
        session.run(1)
        potential = session.get(neuron.v)
    rise = 0.1 * 2 / (1 + np.exp(0.4 / 0.5))
    fall = 0.02 * 2 / (1 + np.exp(-0.4 / 0.5))
    assert weights == pytest.approx(np.array([[0.4 + rise, -0.4 - fall]]))
    # What arrived in step 2 met the new weights.
    assert potential == pytest.approx(2 * (-0.4 - fall))


def test_gated_synapses_have_no_fixed_form():
    with pytest.raises(ValueError, match="numerics is 'fixed'; the released gate is an exponent"):
        gated_network().build("fixed", 0)
    with pytest.raises(ValueError, match=r"weights\[1\] has shape \(4, 5\); it must take the 6"):
        networks.gated(
            [np.zeros((6, 12)), np.zeros((4, 5))],
            gains=[1, 1],
            vth=[1, 1],
            leak=0,
            potentiation=0,
            depression=0,
        )
    with pytest.raises(ValueError, match="gains has 1 values; it must have 2"):
        networks.gated(
            [np.zeros((6, 12)), np.zeros((4, 6))],
            gains=[1],
            vth=[1, 1],
            leak=0,
            potentiation=0,
            depression=0,
        )
    with pytest.raises(ValueError, match="width is 0; it must be above 0"):
        GatedDense(weights=[[1.0]], potentiation=0, depression=0, width=0)


@pytest.mark.parametrize("shuffled", [False, True])
def test_gated_networks_are_the_same_on_both_engines(shuffled):
    lava, compiled = night_on_both(gated_network(shuffled), "float")
    assert sum(spikes.sum() for spikes in lava.spikes) > 50
    for one, two in zip(lava.weights, compiled.weights, strict=True):
        assert np.allclose(one, two, rtol=1e-9, atol=0)


@pytest.mark.parametrize("numerics", ["fixed", "float"])
def test_shuffled_synapses_and_biases_are_the_same_on_both_engines(numerics):
    rng = np.random.default_rng(0)
    network = networks.layered(
        (12, 6, 4),
        [2 * rng.integers(-20, 60, (6, 12)), 2 * rng.integers(-20, 60, (4, 6))],
        [rules.sleep_hebb(8, 2), rules.sleep_hebb(0.2, 0.73)],
        vth=100,
        bias=[np.linspace(-3, 3, 6), np.ones(4)],
    )
    plain, _ = night_on_both(network, numerics)
    lava, compiled = night_on_both(replace(network, shuffled=True), numerics)
    assert all((one == two).all() for one, two in zip(lava.weights, compiled.weights, strict=True))
    assert all((one == two).all() for one, two in zip(lava.spikes, compiled.spikes, strict=True))
    assert (plain.weights[0] != lava.weights[0]).any()


def test_a_shuffled_rule_loses_who_fired_with_whom_and_keeps_how_many():
    # Input 0 drives the neuron alone. Joined with it in the rule, its synapse rises; shuffled, any
    # of the ten synapses does.
    raster = np.zeros((10, 400), dtype=int)
    raster[0] = 1
    weights = np.full((1, 10), 20.0)
    weights[0, 0] = 100
    rises = []
    for kind in (LearningDense, partial(ShuffledDense, shuffle_seed=5)):
        dense = kind(weights=weights, learning_rule=rules.sleep_hebb(2, 0).loihi("float", 1))
        spikes, neuron = RingBuffer(data=raster), LIF(shape=(1,), vth=10, du=1.0, dv=0.0)
        spikes.s_out.connect(dense.s_in)
        dense.a_out.connect(neuron.a_in)
        neuron.s_out.connect(dense.s_in_bap)
        with Session(spikes, select("compiled", "float")) as session:
            session.run(60)
            rises.append(session.get(dense.weights)[0] - weights[0])
    plain, shuffled = rises
    assert plain[0] > 100
    assert not plain[1:].any()
    assert shuffled[1:].min() > 0


@pytest.mark.parametrize("numerics", ["fixed", "float"])
@pytest.mark.parametrize("engine", engines.MODELS_TOO)
def test_images_are_shown_one_after_another(engine, numerics):
    rates = np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]])
    drive = ImageDrive(rates=rates, steps=4, seed=1)
    probe = SpikeProbe(shape=(3,), raster_steps=10)
    drive.s_out.connect(probe.s_in)
    with Session(drive, engines.named(engine, numerics)) as session:
        session.run(10)
        counts = session.get(probe.count)
    expected = sum(image_spikes(rates.ravel(), 3, step, 4, 1).astype(int) for step in range(1, 11))
    # Image 0 in steps 1 to 4, image 1 in 5 to 8, image 0 again.
    assert counts[:2].tolist() == [6, 4]
    assert counts.tolist() == expected.tolist()


def test_an_image_is_shown_by_the_same_spikes_however_many_stand_side_by_side():
    rates = np.random.default_rng(0).random((6, 5))
    alone = [image_spikes(rates.ravel(), 5, step, 8, 3) for step in range(1, 49)]
    beside = [image_spikes(rates.ravel(), 15, step, 8, 3) for step in range(1, 17)]
    for image in range(6):
        row, column = divmod(image, 3)
        for step in range(8):
            own = beside[8 * row + step][5 * column : 5 * column + 5]
            assert (own == alone[8 * image + step]).all()


def test_an_image_drive_refuses_what_it_cannot_show():
    with pytest.raises(ValueError, match=r"rates has shape \(3,\); it must be \(images, neurons\)"):
        ImageDrive(rates=[0.1, 0.2, 0.3], steps=4, seed=0)
    with pytest.raises(ValueError, match=r"rates holds 1.5; it must be from 0 to 1"):
        ImageDrive(rates=[[1.5]], steps=4, seed=0)
    with pytest.raises(ValueError, match="steps is 0; it must be an integer from 1"):
        ImageDrive(rates=[[0.5]], steps=0, seed=0)
