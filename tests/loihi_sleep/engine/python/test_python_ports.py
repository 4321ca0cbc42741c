"""What models in Python send, receive, read and write, and what programs beside them do."""

import numpy as np
import pytest
from chains import STEPS, chain
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io.extractor import Extractor, VarWire
from lava.proc.io.injector import Injector
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor
from user_processes import (
    Doubler,
    EarlyReader,
    Reader,
    RealSource,
    RealWriter,
    Shared,
    Source,
    Wide,
)

from loihi_sleep import engine
from loihi_sleep.errors import RunFailed


def test_a_loop_with_synapses_in_it_goes_round():
    # What the neuron sends in step t comes back, doubled and weighted, in step t + 1.
    neurons, dense, doubler = (
        LIF(shape=(1,), vth=1, bias_mant=100),
        Dense(weights=np.ones((1, 1)) * 4),
        Doubler((1,)),
    )
    neurons.s_out.connect(dense.s_in)
    dense.a_out.connect(doubler.a_in)
    doubler.s_out.connect(neurons.a_in)
    engine.attach(doubler)
    neurons.run(condition=STEPS)
    assert doubler.total.get().tolist() == [8 * 3]


def test_real_numbers_into_integer_neurons_are_lavas_own_affair():
    """Lava's model shifts what it receives, which NumPy refuses for floats."""
    source, neurons = RealSource(), LIF(shape=(2,))
    chain(source, neurons)
    engine.attach(neurons)
    assert {one.kind: one.where for one in engine.report(neurons).placements}["LIF"] == "Python"
    with pytest.raises(RuntimeError, match="step 1, phase spiking: .*TypeError"):
        neurons.run(condition=STEPS)
    floating = LIF(shape=(2,), vth=100)
    chain(RealSource(), floating)
    engine.attach(floating, "float")
    floating.run(condition=RunSteps(num_steps=1))
    assert floating.v.get().tolist() == [1.5, 1.5]
    assert {one.where for one in engine.report(floating).placements} == {"Python", "compiled"}


def test_numbers_beyond_32_bits_are_refused_with_the_value():
    neurons = LIF(shape=(1,))
    chain(Wide(2**40), neurons)
    engine.attach(neurons)
    with pytest.raises(RunFailed, match=f"has sent {2**40}, which is beyond the 32 bits"):
        neurons.run(condition=STEPS)


@pytest.mark.parametrize("target", ["compiled", "python"])
def test_a_refport_reads_and_writes_after_the_step(target):
    neurons, reader = LIF(shape=(2,), bias_mant=3, vth=10**4), Reader((2,), writes=True)
    reader.ref.connect_var(neurons.v)
    engine.attach(neurons, python="allow" if target == "compiled" else "all")
    neurons.run(condition=STEPS)
    # 3, written as 103; 106, written as 206; ...
    assert reader.seen.get()[:4, 0].tolist() == [3, 106, 209, 312]
    assert neurons.v.get().tolist() == [412, 412]


def test_a_refport_reads_weights_before_they_learn():
    rule = Loihi2FLearningRule(dw="2^0*x0", x1_tau=2, x1_impulse=1)
    dense = LearningDense(weights=np.full((1, 1), 10), learning_rule=rule)
    chain(RingBuffer(data=np.ones((1, 4), int)), dense)
    reader = EarlyReader((1, 1))
    reader.ref.connect_var(dense.weights)
    with pytest.warns(UserWarning, match="may read weights before learning"):
        engine.attach(dense)
    dense.run(condition=STEPS)
    assert reader.seen.get().ravel().tolist() == [10, 11, 12, 13]


def test_a_refport_reads_a_varport_of_a_users_process():
    shared, reader = Shared(), Reader((2,))
    reader.ref.connect(shared.port)
    engine.attach(shared)
    shared.run(condition=STEPS)
    assert reader.seen.get()[:4, 1].tolist() == [1, 2, 3, 4]


def test_a_refport_in_the_spiking_phase_is_reported():
    shared, reader = Shared(), Reader((2,), too_early=True)
    reader.ref.connect(shared.port)
    engine.attach(shared)
    with pytest.raises(RuntimeError, match="read and written in the management phases only"):
        shared.run(condition=STEPS)


def test_a_refport_of_real_numbers_does_not_write_to_compiled_integers():
    neurons, writer = LIF(shape=(2,)), RealWriter((2,))
    writer.ref.connect_var(neurons.v)
    engine.attach(neurons)
    with pytest.raises(RunFailed, match="type float64 writes to v of .* give the RefPort type int"):
        neurons.run(condition=STEPS)


def test_a_monitor_records_a_users_var_and_what_its_port_sends():
    doubler = Doubler()
    chain(Source(), doubler, LIF(shape=(2,)))
    of_var, of_port = Monitor(), Monitor()
    of_var.probe(doubler.total, 4)
    of_port.probe(doubler.s_out, 4)
    engine.attach(doubler)
    doubler.run(condition=STEPS)
    data = of_var.get_data()[doubler.name]["total"], of_port.get_data()[doubler.name]["s_out"]
    assert data[0][:, 0].tolist() == [2, 6, 12, 20]
    assert data[1][:, 0].tolist() == [2, 4, 6, 8]


def test_what_a_users_program_sends_and_receives_passes_while_the_network_runs():
    injector, dense, extractor = Injector((2,)), Dense(weights=np.eye(2) * 2), Extractor((2,))
    chain(injector, dense, extractor)
    engine.attach(dense, "float")
    dense.run(condition=RunSteps(num_steps=3, blocking=False))
    answers = []
    for number in (1, 2, 3):
        injector.send(np.full(2, number))
        answers.append(extractor.receive().tolist())
    dense.wait()
    # Synapses take a step; spikes of a Dense without message bits have no size.
    assert answers == [[0, 0], [2, 2], [2, 2]]
    dense.stop()


def test_a_var_wire_passes_a_var_on():
    wire, neurons = VarWire(), LIF(shape=(1,), bias_mant=3, vth=100)
    wire.connect_var(neurons.v)
    engine.attach(neurons)
    neurons.run(condition=STEPS)
    assert [wire.receive().item() for _ in range(4)] == [3, 6, 9, 12]
    neurons.stop()
    # A process of Lava's stands behind the wire until that is collected as garbage.
    wire._multi_processing.stop()
