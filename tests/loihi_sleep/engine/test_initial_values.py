"""What a user can give a Process that neither the engine nor Lava could calculate with."""

import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF, LIFRefractory, LIFReset
from lava.proc.sparse.process import Sparse
from scipy.sparse import csr_matrix

from loihi_sleep import engine
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.processes.spike_probe.process import SpikeProbe


def plastic(**settings):
    rule = Loihi2FLearningRule(**{"dw": "x1*y0", "x1_impulse": 16, "x1_tau": 4, **settings})
    return LearningDense(weights=np.ones((2, 2)), learning_rule=rule)


def replaced(process, name, value):
    setattr(process, name, value)
    return process


def beginning_with(process, name, value):
    getattr(process, name).init = value
    return process


NUMBERS = "it must be real numbers"
ELEMENT = "it must have at least one element"


@pytest.mark.parametrize("numerics", ["fixed", "float"])
@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: LIF(shape=(0,)), rf"port 'a_in' has shape \(0,\); {ELEMENT}"),
        (lambda: Dense(weights=np.zeros((2, 0))), rf"port 's_in' has shape \(0,\); {ELEMENT}"),
        (lambda: Sparse(weights=csr_matrix((0, 2))), rf"port 'a_out' has shape \(0,\); {ELEMENT}"),
        (lambda: Source(data=np.zeros((2, 0))), rf"data has shape \(2, 0\); {ELEMENT}"),
        (lambda: Sink(shape=(2,), buffer=0), rf"data has shape \(2, 0\); {ELEMENT}"),
        (lambda: LIF(shape=(2,), du=None), f"du is None; {NUMBERS}"),
        (lambda: LIF(shape=(2,), vth="a"), f"vth is 'a'; {NUMBERS}"),
        (lambda: LIF(shape=(2,), bias_mant=1j), f"bias_mant is 1j; {NUMBERS}"),
        (lambda: LIF(shape=(2,), dv=np.nan), "dv holds nan; it must be finite"),
        (lambda: LIF(shape=(2,), u=[0, np.inf]), "u holds inf; it must be finite"),
        (lambda: LIF(shape=(2,), u=np.zeros(3)), r"u has shape \(3,\); it must have shape \(2,\)"),
        (lambda: Source(data=np.full((1, 2), None)), f"data is array.*; {NUMBERS}"),
        (lambda: Dense(weights=np.full((2, 2), np.nan)), "weights holds nan; it must be finite"),
        (lambda: Dense(weights=np.full((2, 2), "a")), f"weights is array.*; {NUMBERS}"),
        (
            lambda: Dense(weights=np.ones((2, 2)), num_weight_bits=None),
            "num_weight_bits is None; it must be an integer from 1",
        ),
        (
            lambda: Dense(weights=np.ones((2, 2)), weight_exp=0.5),
            "weight_exp is 0.5; it must be an integer",
        ),
        (
            lambda: LIFReset(shape=(2,), reset_interval=1.5),
            "reset_interval is 1.5; it must be an integer from 1",
        ),
        (
            lambda: plastic(t_epoch=0.5),
            "t_epoch of its learning rule is 0.5; it must be an integer from 1",
        ),
        (
            lambda: plastic(rng_seed="a"),
            "rng_seed of its learning rule is 'a'; it must be an integer from 0",
        ),
        (lambda: replaced(LIF(shape=(2,)), "dv", 200), "dv has been replaced by 200; .* its Var"),
        (lambda: replaced(LIF(shape=(2,)), "a_in", 3), "a_in has been replaced by 3; .* InPort"),
        (lambda: replaced(plastic(), "dw", "x0"), "dw has been replaced by 'x0'; .* its Var"),
        (lambda: beginning_with(LIF(shape=(2,)), "v", None), f"v is None; {NUMBERS}"),
        (
            lambda: beginning_with(Dense(weights=np.ones((2, 2))), "weights", np.ones((3, 3))),
            r"weights has shape \(3, 3\); it must have shape \(2, 2\)",
        ),
    ],
)
def test_what_cannot_be_calculated_with_is_named(build, message, numerics):
    process = build()
    with pytest.raises(UnsupportedGraph, match=message) as refusal:
        engine.attach(process, numerics=numerics)
    assert str(refusal.value).startswith(f"Process {process.name!r} ({type(process).__name__}): ")


def test_a_period_of_refraction_is_an_integer():
    with pytest.raises(UnsupportedGraph, match="refractory_period is 2.5"):
        engine.attach(LIFRefractory(shape=(2,), refractory_period=2.5), numerics="float")


@pytest.mark.parametrize("process", [None, "lif", LIF])
def test_what_is_no_process_is_refused(process):
    with pytest.raises(ValueError, match="process is .*; it must be a Process"):
        engine.attach(process)


def test_a_threshold_that_is_never_reached_and_a_probe_without_raster_run():
    neurons = LIF(shape=(2,), vth=np.inf, bias_mant=1.0)
    probe = SpikeProbe(shape=(2,), raster_steps=0)
    neurons.s_out.connect(probe.s_in)
    engine.attach(neurons, numerics="float")
    neurons.run(condition=RunSteps(3))
    assert neurons.v.get().tolist() == [3.0, 3.0]
    assert probe.count.get().tolist() == [0, 0]
    neurons.stop()
