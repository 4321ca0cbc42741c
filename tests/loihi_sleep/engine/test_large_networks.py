"""Memory of large networks: what a synapse takes, and what is refused because it would not fit."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import LearningDense
from lava.proc.lif.process import LIF
from lava.proc.sparse.process import LearningSparse, Sparse
from scipy.sparse import csr_matrix
from shared_rules import UNTOLD, pairs

from loihi_sleep import engine, rules
from loihi_sleep.engine import compiler
from loihi_sleep.errors import NotEnoughMemory, UnsupportedGraph

MIB = 2**20


def rule(rounding):
    if rounding == "per_synapse":
        return rules.sleep_hebb(0.2, 0.73).loihi("fixed", seed=1)
    traces = {"x1_impulse": 16, "x1_tau": 10, "y1_impulse": 16, "y1_tau": 10}
    return Loihi2FLearningRule(dw=pairs(1), **traces, t_epoch=1, rng_seed=1)


def listed(neurons, fan_out):
    """As many synapses for each neuron, to neurons in a row."""
    rng = np.random.default_rng(1)
    weights = 2 * rng.integers(1, 50, neurons * fan_out, dtype=np.int32)
    post = (np.arange(neurons)[:, None] + np.arange(fan_out)) % neurons
    first = np.arange(0, neurons * fan_out + 1, fan_out)
    return csr_matrix((weights, post.ravel().astype(np.int32), first), (neurons, neurons))


def learning_dense(neurons, fan_out, rounding="per_layer"):
    rng = np.random.default_rng(1)
    weights = 2 * rng.integers(-50, 50, (neurons, fan_out), dtype=np.int32)
    return LearningDense(weights=weights, learning_rule=rule(rounding))


def sparse(neurons, fan_out, rounding="per_layer"):
    return Sparse(weights=listed(neurons, fan_out))


def learning_sparse(neurons, fan_out, rounding="per_layer"):
    tags = {name: csr_matrix((neurons, neurons), dtype=np.int32) for name in ("tag_1", "tag_2")}
    return LearningSparse(weights=listed(neurons, fan_out), learning_rule=rule(rounding), **tags)


def network(make, neurons, fan_out, rounding="per_layer"):
    lif = LIF(shape=(neurons,), vth=100, du=4095, dv=0, bias_mant=np.arange(neurons) % 97)
    synapses = make(neurons, fan_out, rounding)
    lif.s_out.connect(synapses.s_in)
    synapses.a_out.connect(lif.a_in)
    if hasattr(synapses, "s_in_bap"):
        lif.s_out.connect(synapses.s_in_bap)
    return lif


def run(lif, rounding):
    engine.attach(lif, rounding=rounding)
    lif.run(condition=RunSteps(num_steps=3))


def taken(make, neurons, fan_out, rounding):
    """Bytes that are there after the first steps, and the most that were there on the way."""
    lif = network(make, neurons, fan_out, rounding)
    tracemalloc.start()
    try:
        run(lif, rounding)
        return np.array(tracemalloc.get_traced_memory())
    finally:
        tracemalloc.stop()
        lif.stop()


@pytest.mark.parametrize(
    ("make", "sizes", "kept", "most"),
    [
        # A weight of two bytes; while it is built they are there twice.
        (learning_dense, [(500, 500), (1500, 1500)], 2, 6),
        # And the post-synaptic neuron, in 16 bits.
        (sparse, [(5_000, 50), (20_000, 50)], 4, 11),
        # And pre-synaptic neurons by post-synaptic ones, in 12 bits and less.
        (learning_sparse, [(5_000, 50), (20_000, 50)], 5.5, 12),
    ],
)
@pytest.mark.parametrize("rounding", ["per_layer", "per_synapse"])
def test_bytes_of_a_synapse(make, sizes, kept, most, rounding):
    run(network(make, 10, 10, rounding), rounding)  # what is compiled and imported once
    small, large = (taken(make, *size, rounding) for size in sizes)
    synapses = np.prod(sizes[1]) - np.prod(sizes[0])
    neurons = sizes[1][0] - sizes[0][0]
    # Potentials, traces, logs and events of a neuron.
    per_neuron = 1_500
    found = (large - small - per_neuron * neurons) / synapses
    assert found[0] <= kept
    assert found[1] <= most


@pytest.mark.parametrize("synapses", [300, 200_000])
@pytest.mark.parametrize("rule_text", [pairs(1), UNTOLD])
def test_neurons_beyond_16_bits_learn_as_others(synapses, rule_text):
    """The same few neurons, alone and far apart in a layer whose others have other synapses."""
    rng = np.random.default_rng(synapses)
    few, many = 40, 100_000
    weights = np.where(rng.random((few, few)) < 0.3, 2 * rng.integers(1, 60, (few, few)), 0)
    biases = rng.integers(0, 3_000, few)
    places = np.sort(rng.choice(many, few, replace=False))
    post, pre = np.nonzero(weights)
    others = np.setdiff1d(np.arange(many), places)
    found = []
    for size, at, more in ((few, np.arange(few), 0), (many, places, synapses)):
        # Those of others are silent, and nobody sends to the few from there.
        rows, columns = rng.choice(others, more), rng.choice(others, more)
        ends = np.append(at[post], rows), np.append(at[pre], columns)
        values = np.append(weights[post, pre], np.full(more, 2)).astype(np.int32)
        matrix = csr_matrix((values, ends), (size, size))
        bias = np.zeros(size, dtype=int)
        bias[at] = biases
        lif = LIF(shape=(size,), vth=100, du=4095, dv=0, bias_mant=bias)
        tags = {name: csr_matrix((size, size), dtype=np.int32) for name in ("tag_1", "tag_2")}
        learning = Loihi2FLearningRule(
            dw=rule_text, x1_impulse=20, x1_tau=10, y1_impulse=5, y1_tau=10, rng_seed=5, t_epoch=1
        )
        plastic = LearningSparse(weights=matrix, learning_rule=learning, **tags)
        lif.s_out.connect(plastic.s_in)
        plastic.a_out.connect(lif.a_in)
        lif.s_out.connect(plastic.s_in_bap)
        engine.attach(lif)
        lif.run(condition=RunSteps(num_steps=60))
        learned = csr_matrix(plastic.weights.get())
        found.append((learned[at][:, at].toarray(), lif.v.get()[at], plastic.x1.get()[at]))
        lif.stop()
    for small, large in zip(*found, strict=True):
        assert small.tolist() == large.tolist()
    assert (found[0][0] != weights).any()


@pytest.mark.parametrize("make", [learning_dense, sparse, learning_sparse])
def test_a_network_that_does_not_fit_is_refused(make, monkeypatch):
    size = (2_200, 2_200) if make is learning_dense else (20_000, 100)
    lif = network(make, *size)
    monkeypatch.setattr(compiler, "free_memory", lambda: 10 * MIB)
    tracemalloc.start()
    with pytest.raises(
        NotEnoughMemory, match=r"needs about 0\.\d+ GiB .* 0\.00977 GiB are free here"
    ):
        engine.attach(lif)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Nothing has been allocated but what looks at the first values.
    assert most < 10 * MIB
    assert issubclass(NotEnoughMemory, UnsupportedGraph)
    assert issubclass(NotEnoughMemory, MemoryError)
    # It can be attached when there is room.
    monkeypatch.undo()
    engine.attach(lif)
    lif.run(condition=RunSteps(num_steps=1))
    lif.stop()


LIMITED = """
import resource
from loihi_sleep import engine
from loihi_sleep.errors import NotEnoughMemory
from loihi_sleep.host import free_memory
from test_large_networks import learning_dense, network

engine.attach(network(learning_dense, 3, 3))  # imports what it needs
lif = network(learning_dense, 3_000, 3_000)
pages = int(open("/proc/self/statm").read().split()[0])
limit = pages * resource.getpagesize() + 20 * 2**20
resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
assert free_memory() <= 20 * 2**20
try:
    engine.attach(lif)
except NotEnoughMemory as error:
    print(error)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not keep to the limit")
def test_the_limit_of_the_process_is_respected():
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LIMITED],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "GiB are free here: give it fewer synapses" in ran.stdout, ran.stderr
