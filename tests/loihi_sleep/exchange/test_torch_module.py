"""The torch module of a network spikes as the engine does, bit for bit."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from rasters import of_network, raster

from loihi_sleep import networks, rules
from loihi_sleep.exchange.torch_module import SpikingModule
from loihi_sleep.networks import CubaNetwork, cuba_layer


def spikes_of(module, spikes):
    return module(torch.from_numpy(spikes)[None])[0].numpy().astype(bool)


@settings(max_examples=12, deadline=None)
@given(
    seed=st.integers(0, 2**20),
    decays=st.lists(st.sampled_from([0, 1, 40, 1000, 4095, 4096]), min_size=4, max_size=4),
    odd=st.booleans(),
    biased=st.booleans(),
)
def test_it_spikes_as_the_engine_does(seed, decays, odd, biased):
    rng = np.random.default_rng(seed)
    layers = []
    for place, (pre, post) in enumerate(((7, 9), (9, 4))):
        weights = rng.integers(-60, 90, (post, pre)) * (1 if odd else 2)
        du, dv = (decays[2 * place + part] / 4096 for part in (0, 1))
        current_bias = rng.normal(0, 3, post) if biased and du > 0.2 else None
        layers.append(
            cuba_layer(
                weights, vth=rng.integers(20, 200, post), du=du, dv=dv,
                bias=rng.normal(0, 8, post) if biased else 0.0, current_bias=current_bias,
            )
        )  # fmt: skip
    network = CubaNetwork(tuple(layers))
    spikes = raster(7, 60, seed)
    found = spikes_of(SpikingModule(network), spikes)
    assert (found == of_network(network, spikes)).all()


def test_a_slept_network_is_stepped_in_batches_and_from_rest():
    rng = np.random.default_rng(0)
    network = networks.layered(
        (6, 8, 3), [2 * rng.integers(-20, 60, (8, 6)), 2 * rng.integers(-20, 60, (3, 8))], vth=90
    )
    module = SpikingModule(network)
    spikes = np.stack([raster(6, 40, seed) for seed in range(3)])
    batch = module(torch.from_numpy(spikes)).numpy().astype(bool)
    for one, expected in zip(spikes, batch, strict=True):
        assert (spikes_of(module, one) == expected).all()
        assert (of_network(network.static(), one) == expected).all()
    assert batch.any()
    # Weights are whole units, and a state dict brings everything back.
    assert (module.synapses[0].weight.numpy() == network.weights[0]).all()
    other = SpikingModule(network.with_weights([0 * w for w in network.weights]))
    other.load_state_dict(module.state_dict())
    assert (other(torch.from_numpy(spikes)).numpy().astype(bool) == batch).all()


def test_what_it_does_not_step_is_refused():
    recurrent = CubaNetwork((cuba_layer(np.ones((2, 2)), vth=1, recurrent=np.ones((2, 2))),))
    with pytest.raises(ValueError, match=r"layers\[0\] has delays or recurrent synapses"):
        SpikingModule(recurrent)
    with pytest.raises(ValueError, match="network is .*; it must be a CubaNetwork"):
        SpikingModule(torch.nn.Linear(2, 2))
    odd = CubaNetwork((cuba_layer([[0.5]], vth=1, rule=rules.sleep_hebb(1, 1)),))
    with pytest.raises(ValueError, match=r"layers\[0\]: weights hold 0.5"):
        SpikingModule(odd)


def test_convolutions_are_refused_in_words():
    maps = networks.ConvolutionalLayer(np.ones((1, 1, 2, 2)), (1, 3, 3), vth=1)
    with pytest.raises(ValueError, match="network is a ConvolutionalNetwork; it must be a CubaNet"):
        SpikingModule(networks.ConvolutionalNetwork((maps,)))
