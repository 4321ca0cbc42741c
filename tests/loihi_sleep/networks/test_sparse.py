"""Sparse layers spike as dense ones do."""

import numpy as np
import pytest
from lava.magma.core.run_conditions import RunSteps

from loihi_sleep import networks, run_configs
from loihi_sleep.networks.sparse import sparse_layers
from processes.spike_drive.process import SpikeDrive
from processes.spike_probe.process import SpikeProbe


def pruned_weights():
    rng = np.random.default_rng(0)
    shapes = ((8, 12), (5, 8))
    return [2.0 * rng.integers(-50, 100, shape) * (rng.random(shape) < 0.4) for shape in shapes]


def counts(processes, numerics):
    drive = SpikeDrive(rates=np.full(12, 0.4), shape=(12,), seed=3)
    processes.connect_input(drive.s_out)
    probe = SpikeProbe(shape=(5,))
    processes.neurons[-1].s_out.connect(probe.s_in)
    drive.run(condition=RunSteps(60), run_cfg=run_configs.select("compiled", numerics))
    result = probe.count.get()
    drive.stop()
    return result


@pytest.mark.parametrize("numerics", ["fixed", "float"])
def test_sparse_layers_spike_as_dense_ones(numerics):
    weights, vth = pruned_weights(), (120, 90)
    layers = [
        networks.cuba_layer(matrix, vth=threshold)
        for matrix, threshold in zip(weights, vth, strict=True)
    ]
    dense = counts(networks.CubaNetwork(tuple(layers)).build(numerics), numerics)
    sparse = counts(sparse_layers(weights, vth, numerics), numerics)
    assert (sparse == dense).all()
    assert sparse.sum() > 10


def test_weights_that_cannot_be_stored_are_refused():
    with pytest.raises(ValueError, match=r"weights\[0\]: weights hold 0.5; such a layer stores"):
        sparse_layers([np.array([[0.5, -4.0]])], (1,), "fixed")
