"""Spiking networks that SLAYER trains: what is pruned stays away, and the chip's form is equal."""

import numpy as np
import pytest
import torch

from loihi_sleep import exchange
from loihi_sleep.datasets import load_stream
from loihi_sleep.networks.readout import classify
from loihi_sleep.processes.image_drive.process import ImageDrive
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.pruning.night import prune_in_cycles
from loihi_sleep.pruning.slayer import SlayerConfig, answer, in_integers, learn
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session
from loihi_sleep.training.sgd import WakeConfig, initial_weights

CONFIG = SlayerConfig(steps=8, gain=1.0, epochs=3, batch_size=40, learning_rate=0.01)
STREAM = load_stream("digits", seed=100)


@pytest.fixture(scope="module")
def evening():
    first = initial_weights((64, 40, 10), WakeConfig(init_gain=2.0), 1)
    return learn(first, STREAM.train, CONFIG, 2)


@pytest.fixture(scope="module")
def pruned(evening):
    def retrain(weights, seed, *, fixed, steps):
        return learn(weights, STREAM.train, CONFIG, seed, fixed=fixed, steps=steps)

    return prune_in_cycles(evening, retrain, kept=[256, 400], cycles=2, steps=40, seed=3)


def output_spikes(network, x, engine="compiled"):
    """Spikes of each output neuron in the time of each sample."""
    drive = ImageDrive(rates=CONFIG.gain * x, steps=CONFIG.steps, seed=4)
    processes = network.build("fixed", reset_interval=CONFIG.steps, reset_offset=1)
    processes.connect_input(drive.s_out)
    probe = SpikeProbe(shape=(10,))
    processes.neurons[-1].s_out.connect(probe.s_in)
    counts = []
    with Session(drive, select(engine, "fixed")) as session:
        session.run(len(network.layers))
        for _ in x:
            session.run(CONFIG.steps)
            counts.append(session.get(probe.count))
    return np.diff(counts, axis=0, prepend=0)


def test_it_learns(evening):
    learned = answer(evening, STREAM.validation.x, CONFIG, 4)
    assert (learned.classes == STREAM.validation.y).mean() > 0.85


def test_pruned_weights_stay_away_however_the_optimizer_remembers_them(evening, pruned):
    assert pruned.kept == [256, 400]
    for weights, mask in zip(pruned.weights, pruned.masks, strict=True):
        assert not weights[~mask].any()
        assert weights[mask].all()
    assert (pruned.weights[0] != evening[0])[pruned.masks[0]].all()


def test_the_integers_spike_as_slayer_does(pruned):
    x = STREAM.validation.x[:60]
    network = in_integers(pruned.weights, CONFIG).sparse([True, False])
    slayers = answer(pruned.weights, x, CONFIG, 4)
    assert slayers.spikes.sum() > 100
    assert (output_spikes(network, x) == slayers.spikes).all()
    classes = classify(
        network,
        x,
        select("compiled"),
        steps=CONFIG.steps,
        gain=CONFIG.gain,
        seed=4,
    )
    assert (classes == slayers.classes).all()


@pytest.mark.lava
def test_lavas_simulator_spikes_as_slayer_does(pruned):
    x = STREAM.validation.x[:6]
    network = in_integers(pruned.weights, CONFIG).sparse([True, False])
    assert (output_spikes(network, x, "lava") == answer(pruned.weights, x, CONFIG, 4).spikes).all()


def test_the_integers_are_those_of_a_net_file(evening, tmp_path):
    network = in_integers(evening, CONFIG)
    exchange.write_net(tmp_path / "evening.net", network)
    read = exchange.read_net(tmp_path / "evening.net")
    for ours, theirs in zip(network.layers, read.layers, strict=True):
        assert (ours.weights == theirs.weights).all()
        assert (ours.vth, ours.du, ours.dv) == (theirs.vth, theirs.du, theirs.dv)
    # SLAYER's own numbers: a weight unit is a 64th, weights are even.
    assert (network.weights[0] == np.round(32 * evening[0].astype(np.float32)) * 2).all()
    assert network.layers[0].vth == 64


def test_it_learns_the_same_whatever_else_draws_random_numbers(evening):
    first = initial_weights((64, 40, 10), WakeConfig(init_gain=2.0), 1)
    torch.rand(7)
    again = learn(first, STREAM.train, CONFIG, 2)
    assert all((one == other).all() for one, other in zip(again, evening, strict=True))
