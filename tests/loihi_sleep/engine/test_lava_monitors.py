"""What Lava's own tests check of sources, sinks and monitors, on the compiled engine."""

import numpy as np
import pytest
from brief_runs import BOTH, recorded, running, sent_to
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.proc.dense.process import LearningDense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor
from shared_rules import SATURATION


@BOTH
@pytest.mark.parametrize(("length", "buffer"), [(10, 10), (4, 10), (10, 4), (1, 1)])
def test_a_sink_holds_what_the_source_sent(numerics, length, buffer):
    data = np.random.default_rng(7).integers(-128, 128, (3, 4, 2, length))
    source, sink = Source(data=data), Sink(shape=(3, 4, 2), buffer=buffer)
    source.s_out.connect(sink.a_in)
    with running(sink, numerics) as run:
        run(10)
        held = sink.data.get()
    for step in range(max(0, 10 - buffer), 10):
        assert (held[..., step % buffer] == data[..., step % length]).all()


@BOTH
@pytest.mark.parametrize("shape", [(1,), (2,), (2, 2)])
def test_monitors_record_voltages_and_spikes(numerics, shape):
    lif = LIF(shape=shape, vth=3, bias_mant=1 if numerics == "float" else 64, du=0)
    v, spikes = recorded([lif.v, lif.s_out], lif, numerics, 6)
    unit = 1 if numerics == "float" else 64
    for series, expected in ((v, [1, 2, 3, 0, 1, 2]), (spikes, [0, 0, 0, 1, 0, 0])):
        assert series.shape == (6, *shape)
        scale = unit if series is v else 1
        wanted = np.broadcast_to(np.reshape(expected, (6, *[1] * len(shape))), (6, *shape))
        assert (series == scale * wanted).all()


def test_a_monitor_records_a_matrix_over_several_runs():
    synapses = LearningDense(
        weights=np.array([[1, 2], [3, 4]]),
        learning_rule=Loihi2FLearningRule(dw=SATURATION, rng_seed=0),
    )
    sent_to(synapses.s_in, [1, 0], [2, 3], 4)
    monitor = Monitor()
    monitor.probe(synapses.weights, 4)
    with running(synapses) as run:
        for _ in range(4):
            run(1)
        weights = monitor.get_data()[synapses.name]["weights"]
    # Mixed weights are even; the learning phase of the first step comes after truncation.
    learned = [[0, 2], [128, 130], [255, 255], [255, 255]]
    assert weights.tolist() == [[[first, 2], [second, 4]] for first, second in learned]


@BOTH
def test_a_monitor_records_a_bias_that_is_changed_between_runs(numerics):
    # The engine keeps a bias beside the memory of the network, as its neurons read a product of it.
    lif = LIF(shape=(2,), bias_mant=np.array([1, 2]))
    monitor = Monitor()
    monitor.probe(lif.bias_mant, 4)
    with running(lif, numerics) as run:
        run(2)
        lif.bias_mant.set(np.array([3, 0]))
        run(2)
        biases = monitor.get_data()[lif.name]["bias_mant"]
    assert biases.tolist() == [[1, 2], [1, 2], [3, 0], [3, 0]]


def test_input_ports_cannot_be_monitored():
    with pytest.raises(TypeError):
        Monitor().probe(LIF(shape=(1,)).a_in, 2)
