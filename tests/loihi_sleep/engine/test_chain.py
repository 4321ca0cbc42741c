"""Images shown to a chain of layers at once: the same spikes and potentials as step by step."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import Dense
from lava.proc.lif.process import LIF, LIFReset

from loihi_sleep import engine
from loihi_sleep.engine.chain import chain_of
from loihi_sleep.engine.chain.sums import BLOCK
from loihi_sleep.processes.image_drive.process import ImageDrive
from loihi_sleep.processes.spike_probe.process import SpikeProbe


class Network:
    """An image drive, layers that begin each image from rest, a probe."""

    def __init__(self, rates, weights, steps, vth, du=4095, dv=0, bias=0, weight_exp=0, offset=2):
        self.drive = ImageDrive(rates=rates, steps=steps, seed=5)
        self.steps, self.layers = steps, len(weights)
        spikes = self.drive.s_out
        for place, matrix in enumerate(weights):
            synapses = Dense(weights=matrix, weight_exp=weight_exp)
            self.neurons = LIFReset(
                shape=(len(matrix),),
                vth=vth,
                du=du,
                dv=dv,
                bias_mant=bias,
                reset_interval=steps,
                reset_offset=offset + place,
            )
            spikes.connect(synapses.s_in)
            synapses.a_out.connect(self.neurons.a_in)
            spikes = self.neurons.s_out
        self.probe = SpikeProbe(shape=self.neurons.a_in.shape)
        spikes.connect(self.probe.s_in)
        engine.attach(self.drive, "fixed")

    def step_by_step(self, images):
        """Spikes and potentials of each image."""
        found, before = [], 0
        self.drive.run(condition=RunSteps(self.layers))
        for _ in range(images):
            self.drive.run(condition=RunSteps(self.steps))
            total = self.probe.count.get()
            found.append((total - before, self.neurons.v.get()))
            before = total
        self.drive.stop()
        return [np.array(part) for part in zip(*found, strict=True)]


def test_a_potential_grows_to_its_threshold_and_starts_again():
    # Weight 100 arrives in each of ten steps; v is 100, 200 (a spike), 100, 200 (a spike) ...
    network = Network([[1.0], [0.0]], [np.array([[100]])], steps=9, vth=150)
    spikes, potentials = chain_of(network.drive).show(0, 2)
    assert spikes.tolist() == [[4], [0]]
    assert potentials.tolist() == [[100 * 2**6], [0]]


@given(
    sizes=st.lists(st.integers(1, 40), min_size=2, max_size=4),
    steps=st.integers(4, 20),
    vth=st.integers(0, 400),
    constants=st.fixed_dictionaries(
        {},
        optional={
            "du": st.integers(0, 4095),
            "dv": st.integers(0, 4096),
            "bias": st.integers(-200, 0),
            "weight_exp": st.integers(-2, 3),
        },
    ),
    seed=st.integers(0, 2**32),
)
def test_images_at_once_are_images_step_by_step(sizes, steps, vth, constants, seed):
    rng = np.random.default_rng(seed)
    rates = rng.random((5, sizes[0])) * (rng.random((5, sizes[0])) < 0.7)
    weights = [2 * rng.integers(-60, 100, (post, pre)) for pre, post in itertools.pairwise(sizes)]
    network = Network(rates, weights, steps, vth, **constants)
    chain = chain_of(network.drive)
    parts = [chain.show(first, 2) for first in (0, 2, 4)]
    at_once = [np.concatenate(part) for part in zip(*parts, strict=True)]
    for found, expected in zip(at_once, network.step_by_step(5), strict=True):
        assert (found == expected).all()


@pytest.mark.parametrize("weight", [-256, 254])
def test_a_layer_wider_than_what_is_gone_through_together_with_the_largest_weights(weight):
    post = 2 * BLOCK + 3
    weights = [np.full((post, 19), weight), np.full((3, post), -weight)]
    network = Network(np.ones((2, 19)), weights, 6, 300)
    spikes, potentials = chain_of(network.drive).show(0, 2)
    expected_spikes, expected_potentials = network.step_by_step(2)
    assert (spikes == expected_spikes).all()
    assert (potentials == expected_potentials).all()


def test_what_is_no_chain_is_none():
    weights = [np.array([[100]])]
    assert chain_of(Network([[1.0]], weights, 9, 150).drive) is not None
    # Neurons that do not start from rest when an image reaches them.
    assert chain_of(Network([[1.0]], weights, 9, 150, offset=3).drive) is None
    # Neurons that spike by themselves, also before the first image reaches them.
    assert chain_of(Network([[1.0]], weights, 9, 0, bias=1).drive) is None
    assert chain_of(Network([[1.0]], weights, 9, 150, bias=-1).drive) is not None
    # Each neuron with a threshold of its own.
    assert chain_of(Network([[1.0]], weights, 9, np.array([150, 20])[:1]).drive) is not None
    two = Network([[1.0]], [np.array([[100], [90]])], 9, np.array([150, 20]))
    assert chain_of(two.drive) is None
    counted = Network([[1.0]], weights, 9, 150)
    engine.count(counted.drive)
    assert chain_of(counted.drive) is None
    # Something else beside the chain.
    drive = ImageDrive(rates=[[1.0]], steps=9, seed=5)
    synapses, neurons = Dense(weights=weights[0]), LIF(shape=(1,))
    drive.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    engine.attach(drive, "fixed")
    assert chain_of(drive) is None
