"""Whoever looks at a hierarchical network, or cannot run it, leaves it as it was."""

import engines
import numpy as np
import pytest
from hierarchical.process import Layer, Nested
from lava.magma.core.run_conditions import RunSteps
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIFRefractory

from loihi_sleep import engine
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.fit import check
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

BOTH = pytest.mark.parametrize("kind", [Layer, Nested])


def fed(layer):
    source = Source(data=np.ones((2, 3), dtype=int))
    sink = Sink(shape=(3,), buffer=3)
    source.s_out.connect(layer.s_in)
    layer.s_out.connect(sink.a_in)
    return layer


def connections(process):
    ports = [*process.in_ports.members, *process.out_ports.members]
    return (
        [(list(port.in_connections), list(port.out_connections)) for port in ports],
        [var.aliased_var for var in process.vars.members],
        process.procs.member_names,
    )


# Two inputs of weight 10 arrive from the second step on: (20 << 6) a step.
@BOTH
@pytest.mark.parametrize("engine_name", engines.MODELS_TOO)
def test_a_network_that_was_looked_at_runs_as_if_it_had_not_been(kind, engine_name):
    layer = fed(kind())
    before = connections(layer)
    fit = check(layer)
    assert connections(layer) == before
    assert [(part.kind, part.neurons, part.synapses) for part in fit.parts if not part.host] == [
        ("Dense", 0, 6),
        ("LIF", 3, 0),
    ]
    with Session(layer, engines.named(engine_name)) as session:
        session.run(3)
        assert session.get(layer.v).tolist() == [2 * (20 << 6)] * 3


@BOTH
def test_a_refused_network_runs_on_lava_as_if_it_had_not_been_read(kind):
    layer = fed(kind())
    layer.v = 5  # the Process has the Var still, and Lava reads that
    before = connections(layer)
    for _ in range(2):
        with pytest.raises(
            UnsupportedGraph, match="v has been replaced by 5; it must stay its Var"
        ):
            engine.attach(layer)
        assert connections(layer) == before
    layer.v = layer.vars.v
    with Session(layer, select("lava")) as session:
        session.run(3)
        assert session.get(layer.v).tolist() == [2 * (20 << 6)] * 3


@BOTH
@pytest.mark.parametrize(
    ("inner", "message"),
    [
        ("broken", "SubLayerModel cannot be built: KeyError: 'a part is missing'"),
        ("strange", "(Unknown) has no model that can be chosen"),
    ],
)
def test_what_fails_within_a_hierarchical_process_leaves_it_whole(kind, inner, message):
    layer = fed(kind(inner=inner))
    before = connections(layer)
    with pytest.raises(UnsupportedGraph) as refusal:
        engine.attach(layer)
    assert message in str(refusal.value)
    assert connections(layer) == before


def test_a_failure_after_reading_leaves_the_network_as_it_was():
    layer = fed(Layer())
    late = LIFRefractory(shape=(3,), dv=np.array([0.1, 0.2, 0.3]))
    layer.s_out.connect(late.a_in)
    before = connections(layer)
    with pytest.raises(UnsupportedGraph, match="dv has 3 values; it must be a single number"):
        engine.attach(layer, numerics="float", python="refuse")
    assert connections(layer) == before
    with pytest.raises(UnsupportedGraph, match="LIFRefractory.* has no model that can be chosen"):
        engine.attach(layer, numerics="fixed")
    assert connections(layer) == before


def test_what_compile_returned_runs_on_the_engine(extended_lava):
    layer = fed(Layer())
    run_cfg = select("compiled")
    executable = layer.compile(run_cfg)
    with pytest.raises(ValueError, match="to which Process 'other' does not belong"):
        Layer(name="other").create_runtime(executable=executable)
    layer.create_runtime(executable=executable)
    layer.run(condition=RunSteps(3))
    assert engine.state(layer).time_step == 3
    assert layer.v.get().tolist() == [2 * (20 << 6)] * 3
    layer.stop()
    with pytest.raises(UnsupportedGraph, match="has been run or attached before"):
        fed(layer).compile(run_cfg)
