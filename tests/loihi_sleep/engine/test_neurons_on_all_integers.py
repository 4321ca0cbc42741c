"""Neurons of Lava's library on integers of 32 bits, by Lava's models, called in this process."""

import importlib

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.run_conditions import RunSteps
from lava.proc.atrlif.process import ATRLIF
from lava.proc.graded.models import inv_sqrt
from lava.proc.graded.process import GradedReluVec, GradedVec, NormVecDelay
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.prodneuron.process import ProdNeuron
from lava.proc.resfire.process import RFZero
from lava.proc.rf.process import RF
from lava.proc.rf_iz.process import RF_IZ
from lava.proc.sdn.process import ActivationMode, Delta, Sigma, SigmaDelta

from loihi_sleep import engine
from loihi_sleep.engine.nodes import NODES
from loihi_sleep.engine.nodes.graded.step import inverse_root


class _Port:
    """Plays data, or keeps what is sent, as the port of a model does."""

    def __init__(self, shape, kind):
        self.shape, self.kind, self.rows = shape, kind, []

    def recv(self):
        return np.zeros(self.shape, self.kind) + self.rows.pop(0)

    def send(self, values):
        kept = np.empty(self.shape, self.kind)
        kept[:] = values[:]
        self.rows.append(kept)


def _by_lavas_model(process, model_kind, inputs):
    """Run a model of Lava's on inputs, a row a step; return what its ports sent."""
    model = model_kind(process.proc_params)
    for var in process.vars:
        declared = getattr(model_kind, var.name)
        value = var.init
        if declared.cls is np.ndarray:
            value = np.empty(var.shape, declared.d_type)
            value[:] = var.init
        setattr(model, var.name, value)
    for port in (*process.in_ports, *process.out_ports):
        declared = getattr(model_kind, port.name)
        assert isinstance(declared, LavaPyType)
        setattr(model, port.name, _Port(port.shape, declared.d_type))
    for name, rows in inputs.items():
        getattr(model, name).rows = list(rows)
    for _ in range(len(next(iter(inputs.values())))):
        model.run_spk()
    return {port.name: np.array(getattr(model, port.name).rows) for port in process.out_ports}


def _by_engine(process, inputs, port):
    """Run the compiled engine on the same inputs; return what a port sent, a row a step."""
    sink = Sink(shape=getattr(process, port).shape, buffer=_STEPS)
    getattr(process, port).connect(sink.a_in)
    for name, rows in inputs.items():
        Source(data=rows.T).s_out.connect(getattr(process, name))
    engine.attach(process, python="refuse")
    process.run(condition=RunSteps(_STEPS))
    sent = sink.data.get().T
    process.stop()
    return sent


_STEPS = 7
_LOW, _HIGH = -(2**31), 2**31 - 1
_ENDS = [_LOW, _LOW + 1, _HIGH, 2**30, -(2**30), 2**23, -(2**23), 0, 1, -1]
_MOST = (3, 100, 2**20, _HIGH)


@st.composite
def _rows(draw, neurons):
    """Integers for all steps and neurons, drawn from a seed: near the ends, small or any."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape, most = (_STEPS, neurons), draw(st.sampled_from(_MOST))
    rows = rng.integers(-most - 1, most, shape, endpoint=True)
    ends = rng.random(shape) < draw(st.sampled_from([0.0, 0.3, 1.0]))
    silent = rng.random(shape) < draw(st.sampled_from([0.0, 0.6]))
    silent |= (rng.random(_STEPS) < 0.3)[:, np.newaxis]
    return np.where(silent, 0, np.where(ends, rng.choice(_ENDS, shape), rows)).astype(np.int32)


_BITS = st.one_of(st.integers(0, 7), st.sampled_from([15, 24]))
_SHARE = st.one_of(st.floats(0, 1), st.sampled_from([0, 1, -1]))
_EXTREMES = {
    Sigma: st.just({}),
    Delta: st.builds(
        dict,
        vth=st.integers(-2, 300),
        cum_error=st.booleans(),
        spike_exp=_BITS,
        state_exp=_BITS,
    ),
    SigmaDelta: st.builds(
        dict,
        vth=st.integers(-2, 300),
        bias=st.integers(-(2**20), 2**20),
        act_mode=st.sampled_from(list(ActivationMode)),
        cum_error=st.booleans(),
        state_exp=_BITS,
    ),
    **dict.fromkeys(
        (RF, RF_IZ),
        st.builds(
            dict,
            period=st.floats(1, 50),
            alpha=st.floats(-1, 1),
            state_exp=_BITS,
            decay_bits=st.integers(1, 24),
            vth=st.integers(-3, 5),
        ),
    ),
    RFZero: st.builds(
        dict,
        freqs=st.floats(0, 1000),
        decay_tau=st.floats(0.001, 10),
        uth=st.integers(-5, 100),
    ),
    ATRLIF: st.builds(
        dict,
        **{f"delta_{name}": _SHARE for name in ("i", "v", "theta", "r")},
        theta_0=st.integers(0, 2**17),
        theta_step=st.floats(0, 2**17),
        bias_mant=st.integers(-(2**15), 2**15 - 1),
        bias_exp=st.integers(-3, 15),
    ),
    **dict.fromkeys(
        (GradedVec, GradedReluVec, NormVecDelay), st.builds(dict, vth=st.integers(-2, 300))
    ),
    ProdNeuron: st.builds(dict, vth=st.integers(-2, 300), exp=st.integers(-1, 33)),
}


def _implemented(name):
    module, _, model = name.rpartition(".")
    return getattr(importlib.import_module(module), model).implements_process


_MODELS = {
    implemented: name
    for name in NODES.names()
    for implemented in [_implemented(name)]
    if implemented in _EXTREMES and name.endswith(("Fixed", "NormVecDelayModel"))
}


@pytest.mark.filterwarnings("ignore:NumPy will stop allowing:DeprecationWarning")
@pytest.mark.parametrize("kind", list(_EXTREMES))
def test_all_integers_are_those_of_lavas_model(kind):
    module, _, name = _MODELS[kind].rpartition(".")
    model = getattr(importlib.import_module(module), name)

    @settings(max_examples=settings.default.max_examples // 2, derandomize=True)
    @given(_EXTREMES[kind], st.sampled_from([1, 5, 70]), st.data())
    def check(arguments, neurons, data):
        process = kind(shape=(neurons,), **arguments)
        inputs = {port.name: data.draw(_rows(neurons)) for port in process.in_ports}
        with np.errstate(all="ignore"):
            wanted = _by_lavas_model(process, model, inputs)
        for port, rows in wanted.items():
            again = kind(shape=(neurons,), **arguments)
            found = _by_engine(again, inputs, port)
            np.testing.assert_array_equal(found, rows, err_msg=f"{port} {arguments}")

    check()


@numba.njit
def inverse_root_of(value):
    return inverse_root(value)


@given(st.integers(1, _HIGH))
@settings(max_examples=300, deadline=None, derandomize=True)
def test_inverse_roots_are_lavas(value):
    with np.errstate(all="ignore"):
        assert inverse_root_of(value) == inv_sqrt(value)
