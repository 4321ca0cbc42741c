"""Networks that a user has let go of are freed, and attached ones take no more connections."""

import gc
import logging
import weakref

import numpy as np
import pytest
from damaged_states import plastic
from lava.magma.core.process.process import ProcessServer
from lava.magma.core.process.variable import VarServer
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import Dense
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor

from loihi_sleep import engine
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session


def cycle(*, stops=True):
    """Build, run and stop; return what tells whether the network is still there."""
    neurons, monitor = plastic(3), Monitor()
    monitor.probe(neurons.v, 5)
    engine.attach(neurons)
    neurons.run(condition=RunSteps(5))
    if stops:
        neurons.stop()
    return weakref.ref(neurons), weakref.ref(monitor), weakref.ref(neurons.v)


@pytest.mark.parametrize("stops", [True, False])
def test_a_network_goes_with_its_user(stops):
    gone = cycle(stops=stops)
    gc.collect()
    assert [ref() for ref in gone] == [None] * 3


def objects():
    gc.collect()
    return len(gc.get_objects())


def test_cycles_of_build_run_and_stop_leave_nothing():
    for _ in range(3):
        cycle()
    before = objects()
    for _ in range(10):
        cycle()
    # Of what Lava keeps for a Process there would be thousands.
    assert objects() - before < 100


def test_lavas_lists_and_log_handlers_stay_short_and_ids_unique():
    cycle()
    handlers = len(logging.getLogger().handlers)
    listed = len(ProcessServer().processes), len(VarServer().vars)
    ids = set()
    for _ in range(3):
        neurons = plastic(3)
        engine.attach(neurons)
        ids |= {neurons.id, neurons.v.id}
    assert len(ids) == 6
    assert len(logging.getLogger().handlers) == handlers
    assert (len(ProcessServer().processes), len(VarServer().vars)) == listed


def test_a_session_on_lava_frees_the_network_too():
    def run():
        neurons, synapses = LIF(shape=(2,)), Dense(weights=np.ones((2, 2)))
        synapses.a_out.connect(neurons.a_in)
        with Session(neurons, select("lava", "float")) as session:
            session.run(2)
        with pytest.raises(RuntimeError):
            neurons.v.get()
        return weakref.ref(neurons), weakref.ref(synapses)

    gone = run()
    gc.collect()
    assert [ref() for ref in gone] == [None] * 2


def attached():
    neurons = LIF(shape=(2,))
    engine.attach(neurons)
    return neurons


def run_on_lava():
    neurons = LIF(shape=(2,))
    with Session(neurons, select("lava", "float")) as session:
        session.run(1)
    return neurons


def probe_a_var(neurons):
    Monitor().probe(neurons.v, 10)


def probe_a_port(neurons):
    Monitor().probe(neurons.s_out, 10)


def connect_synapses(neurons):
    Dense(weights=np.ones((2, 2))).a_out.connect(neurons.a_in)


@pytest.mark.parametrize("start", [attached, run_on_lava])
@pytest.mark.parametrize("connect", [probe_a_var, probe_a_port, connect_synapses])
def test_what_would_stay_without_effect_is_refused(start, connect):
    neurons = start()
    with pytest.raises(UnsupportedGraph, match="connect and probe before the first run"):
        connect(neurons)


def test_a_monitor_takes_no_second_target_later():
    neurons, monitor = LIF(shape=(2,)), Monitor()
    monitor.probe(neurons.v, 3)
    engine.attach(neurons)
    with pytest.raises(UnsupportedGraph, match="Process .* has been run or attached before"):
        monitor.probe(LIF(shape=(2,)).u, 3)
    neurons.run(condition=RunSteps(3))
    assert monitor.get_data()[neurons.name]["v"].shape == (3, 2)
