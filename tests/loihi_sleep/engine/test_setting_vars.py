"""What Vars may be set to while the compiled engine has them; what is refused changes nothing."""

import engines
import numpy as np
import pytest
from damaged_states import delayed, foraging, plastic
from lava.magma.core.run_conditions import RunSteps
from lava.proc.dense.process import DelayDense, Dense
from lava.proc.io.source import RingBuffer as Source
from lava.proc.lif.process import LIF

from loihi_sleep import engine
from loihi_sleep.engine.runtime import runtime_of
from loihi_sleep.engine.variables import TextVariable
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.processes.sleep.process import Sleep
from loihi_sleep.run.session import Session


def attached(process, numerics="float"):
    engine.attach(process, numerics)
    return process


def dense(numerics="float"):
    return attached(Dense(weights=np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])), numerics)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ones((3, 2)), r"to values of shape \(3, 2\); it has shape \(2, 3\)"),
        (np.ones(6), r"to values of shape \(6,\); it has shape \(2, 3\)"),
        (5.0, r"to values of shape \(\); it has shape \(2, 3\)"),
        (np.full((2, 3), np.nan), "to nan; it must be finite"),
        (np.full((2, 3), -np.inf), "to -inf; it must be finite"),
        (None, "to None; it must be real numbers"),
        (
            np.ma.masked_array(np.ones((2, 3)), mask=True),
            "to an array with masked values; fill them",
        ),
        (np.ones((2, 3), dtype=complex), "to .*; it must be real numbers"),
        (np.ones((2, 3), dtype=bool), "to .*; it must be real numbers"),
        (np.full((2, 3), "1"), "to .*; it must be real numbers"),
        ([[1, 2], [3]], r"to \[\[1, 2\], \[3\]\]; it must be real numbers"),
        ("text", r"to values of shape \(4,\)"),
    ],
)
def test_weights_take_finite_numbers_of_their_shape(value, message):
    synapses = dense()
    with pytest.raises(ValueError, match=rf"(?s)weights of Process .* was set {message}"):
        synapses.weights.set(value)
    assert synapses.weights.get().tolist() == [[1, 2, 3], [4, 5, 6]]
    synapses.weights.set(np.array([[6, 5, 4], [3, 2, 1]]))
    assert synapses.weights.get().tolist() == [[6, 5, 4], [3, 2, 1]]


def test_axes_of_length_one_may_differ():
    neurons = attached(LIF(shape=(2,)))
    neurons.v.set(np.array([[1.0], [2.0]]))
    assert neurons.v.get().tolist() == [1, 2]
    neurons.du.set(np.array(0.5))
    assert neurons.du.get() == 0.5


def test_single_elements_are_read_and_set_within_the_shape():
    synapses = dense()
    synapses.weights.set(7.0, idx=(1, 2))
    assert synapses.weights.get(idx=(1, 2)) == 7
    with pytest.raises(ValueError, match=r"idx is \(5, 0\); it must be within shape \(2, 3\)"):
        synapses.weights.get(idx=(5, 0))
    with pytest.raises(ValueError, match=r"idx is \(0, -9\); it must be within shape"):
        synapses.weights.set(1.0, idx=(0, -9))
    with pytest.raises(ValueError, match=r"of shape \(2,\) where idx selects shape \(3,\)"):
        synapses.weights.set([1.0, 2.0], idx=0)
    with pytest.raises(ValueError, match="to nan; it must be finite"):
        synapses.weights.set(np.nan, idx=0)


@pytest.mark.parametrize("delay", [-1, -1000, 4, 50_000, 2_000_000_000])
def test_delays_are_within_the_buffer_that_was_made_for_them(delay):
    synapses = attached(DelayDense(weights=np.ones((1, 2)), delays=np.array([[0, 3]])), "fixed")
    with pytest.raises(ValueError, match=rf"delays of .* set to {delay}; it must be from 0 to 3"):
        synapses.delays.set(np.array([[0, delay]]))
    assert synapses.delays.get().tolist() == [[0, 3]]
    synapses.delays.set(np.array([[3, 0]]))


def test_a_delay_below_zero_is_refused_before_the_run():
    synapses = DelayDense(weights=np.ones((1, 2)), delays=np.array([[0, 3]]))
    synapses.delays.init = np.array([[0, -1]])
    with pytest.raises(UnsupportedGraph, match="delays of .* to -1; it must be from 0 to 3"):
        engine.attach(synapses, python="refuse")


def processes_with_ranges():
    yield plastic(1), "float"
    yield plastic(2, sparse=True), "fixed"
    yield delayed(), "fixed"
    yield foraging(), "float"


def test_every_var_refuses_what_is_out_of_its_range():
    refused = 0
    for process, numerics in processes_with_ranges():
        program = runtime_of(attached(process, numerics)).program
        for var_id, variable in program.variables.items():
            if isinstance(variable, TextVariable) or 0 in variable.shape:
                continue
            var = program.var(var_id)
            domain = program.domain(var_id)
            low, high = domain.low, domain.high
            before = variable.read()
            for bound, step in ((low, -1), (high, 1)):
                wrong = np.broadcast_to(bound, variable.shape) + step
                if np.isfinite(wrong).any():
                    wrong = np.where(np.isfinite(wrong), wrong, 0)
                    with pytest.raises(ValueError, match=rf"{var.name} of .*; it must be"):
                        process.runtime.set_var(var_id, wrong)
                    refused += 1
            with pytest.raises(ValueError, match="it must be"):
                process.runtime.set_var(var_id, np.full(variable.shape, np.nan))
            np.testing.assert_array_equal(variable.read(), before)
    assert refused > 80


def test_what_lava_would_wrap_around_is_refused():
    neurons = attached(LIF(shape=(1,)), "fixed")
    with pytest.raises(ValueError, match="bias_mant of .* to 40000; it must be from -32768"):
        neurons.bias_mant.set(np.array([40_000]))
    source = attached(Source(data=np.zeros((1, 3))), "fixed")
    with pytest.raises(ValueError, match="data of .* to 3000000000; it must be from"):
        source.data.set(np.full((1, 3), 3e9))
    drive = attached(Sleep(shape=(2,), wake_steps=0, sleep_steps=1, std=1.0, seed=1))
    with pytest.raises(ValueError, match="hold of .* to 0; it must be 1 or more"):
        drive.hold.set(np.array([0]))


def test_a_cycle_needs_a_step():
    gate = attached(Sleep(shape=(2,), wake_steps=1, sleep_steps=0, rates=0.1, seed=1))
    gate.wake_steps.set(np.array([0]))
    with pytest.raises(ValueError, match="wake_steps and sleep_steps are both 0"):
        gate.run(condition=RunSteps(1))
    gate.sleep_steps.set(np.array([3]))
    gate.run(condition=RunSteps(4))
    assert gate.elapsed.get() == 1


def test_a_rule_that_cannot_be_read_leaves_the_old_one():
    neurons = plastic(3)
    engine.attach(neurons)
    synapses = next(iter(neurons.s_out.out_connections)).process
    old = synapses.dw.get()
    for text, message in (
        ("nonsense", r"the rule dw 'nonsense' cannot be read by Lava .* such as 2\^-2\*x1\*y0"),
        ("y0*y3", "the rule dw 'y0.y3' cannot be used: it needs y3"),
    ):
        with pytest.raises(ValueError, match=message):
            synapses.dw.set(text)
        assert synapses.dw.get() == old
    with pytest.raises(ValueError, match="dw of Process .* set to .*; it must be a text in ASCII"):
        synapses.dw.set(None)
    synapses.x1_tau.set(np.array([4.0]))


def test_a_time_constant_that_makes_weights_nan_is_refused():
    neurons = plastic(1)
    engine.attach(neurons, "float")
    synapses = next(iter(neurons.s_out.out_connections)).process
    with pytest.raises(ValueError, match="x1_tau is 0 and the rule uses x1"):
        synapses.x1_tau.set(np.array([0.0]))
    assert synapses.x1_tau.get() == 9


def test_a_var_that_the_engine_does_not_have_is_named():
    neurons = attached(LIF(shape=(1,)))
    with pytest.raises(ValueError, match="Var 123456789 can be neither read nor set"):
        neurons.runtime.get_var(123456789)


@pytest.mark.parametrize("engine_name", engines.MODELS_TOO)
def test_a_session_sets_finite_numbers_of_the_shape(engine_name):
    synapses = Dense(weights=np.ones((2, 3)))
    with Session(synapses, engines.named(engine_name, "float")) as session:
        session.run(1)
        session.set(synapses.weights, 4)
        for value, message in (
            (np.ones((3, 2)), r"weights has shape \(3, 2\); it must have shape \(2, 3\)"),
            (np.ones(3), r"weights has shape \(3,\)"),
            (np.nan, "weights holds nan; it must be finite"),
            (None, "weights is None; it must be numeric"),
            ("7", "weights is '7'; it must be numeric"),
            (1j, "it must be numeric"),
        ):
            with pytest.raises(ValueError, match=message):
                session.set(synapses.weights, value)
        assert session.get(synapses.weights).tolist() == [[4, 4, 4], [4, 4, 4]]
