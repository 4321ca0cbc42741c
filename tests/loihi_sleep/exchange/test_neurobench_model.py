"""NeuroBench's harness and our own counts find the same."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import loihi_sleep as ls
from loihi_sleep import networks
from loihi_sleep.run.select import select

pytest.importorskip("neurobench", reason="NeuroBench is not installed: '.[neurobench]'")
pytestmark = pytest.mark.filterwarnings("ignore")

from neurobench.benchmarks import Benchmark  # noqa: E402
from neurobench.metrics.static import ConnectionSparsity, Footprint  # noqa: E402
from neurobench.metrics.workload import (  # noqa: E402
    ActivationSparsity,
    ClassificationAccuracy,
    SynapticOperations,
)

from loihi_sleep.exchange.neurobench_model import SleepingModel, most_spikes  # noqa: E402

STEPS, SAMPLES = 30, 4


def measured(network, spikes, answers):
    loader = DataLoader(TensorDataset(spikes, answers), batch_size=2)
    metrics = [
        [Footprint, ConnectionSparsity],
        [ClassificationAccuracy, ActivationSparsity, SynapticOperations],
    ]
    return Benchmark(SleepingModel(network), loader, [], [most_spikes], metrics).run(quiet=True)


def operations_of(network, spikes):
    """Operations of the engine, a sample.

    It counts a spike when it is sent; in the module, as in Lava, synapses deliver it a step later.
    """
    from lava.proc.io.source import RingBuffer

    total = 0.0
    for sample in spikes.numpy():
        processes = network.build("fixed")
        source = RingBuffer(data=sample.T.astype(int))
        processes.connect_input(source.s_out)
        with ls.counting() as counters:
            with ls.Session(source, select("compiled", "fixed")) as session:
                session.run(STEPS - 1)
        total += sum(part.operations for part in counters[0].activity().parts)
    return total / len(spikes)


def test_operations_are_those_that_the_engine_counts_before_and_after_a_night():
    rng = np.random.default_rng(0)
    weights = [2 * rng.integers(-20, 60, (8, 6)), 2 * rng.integers(-20, 60, (3, 8))]
    weights[0][rng.random((8, 6)) < 0.3] = 0
    network = networks.layered((6, 8, 3), weights, vth=90)
    night = ls.Night(steps=100, drive=ls.Poisson(rates=0.3), seed=0)
    slept = network.with_weights(ls.put_to_sleep(network, night)).static()
    spikes = torch.from_numpy(rng.random((SAMPLES, STEPS, 6)) < 0.3).double()
    for one in (network.static(), slept):
        answers = most_spikes(SleepingModel(one)(spikes))
        results = measured(one, spikes, answers)
        assert results["ClassificationAccuracy"] == 1.0
        synapses = np.concatenate([w.ravel() for w in one.weights])
        assert results["ConnectionSparsity"] == pytest.approx((synapses == 0).mean(), abs=1e-3)
        assert results["SynapticOperations"]["Effective_MACs"] == 0
        assert results["SynapticOperations"]["Effective_ACs"] == operations_of(one, spikes)
        assert results["Footprint"] > 0
        assert 0 < results["ActivationSparsity"] < 1
