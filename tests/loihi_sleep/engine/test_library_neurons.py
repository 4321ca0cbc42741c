"""Neurons of Lava's library that are no LIF neurons, by pencil and paper."""

import numpy as np
import pytest
from lava.magma.core.run_conditions import RunSteps
from lava.proc.atrlif.process import ATRLIF
from lava.proc.dense.process import Dense
from lava.proc.graded.process import GradedReluVec, GradedVec, InvSqrt, NormVecDelay
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source
from lava.proc.prodneuron.process import ProdNeuron
from lava.proc.resfire.process import RFZero
from lava.proc.rf.process import RF
from lava.proc.rf_iz.process import RF_IZ
from lava.proc.sdn.process import ActivationMode, Delta, Sigma, SigmaDelta

from loihi_sleep import engine
from loihi_sleep.errors import UnsupportedGraph

BOTH = pytest.mark.parametrize("numerics", ["float", "fixed"])


def sent(neurons, inputs, steps, numerics="fixed", port="s_out", then=()):
    """What neurons send, a row a step, when sources play some data to their ports, then nothing."""
    sink = connected(neurons, inputs, steps, port)
    engine.attach(neurons, numerics, python="refuse")
    neurons.run(condition=RunSteps(steps))
    rows = sink.data.get().reshape(-1, steps).T
    states = [getattr(neurons, name).get().ravel()[0] for name in then]
    neurons.stop()
    return (rows, *states) if then else rows


def connected(neurons, inputs, steps, port="s_out"):
    """Connect sources, of which each has a row a step, and a sink; return this."""
    for name, rows in inputs.items():
        shape = getattr(neurons, name).shape
        data = np.zeros((*shape, steps))
        rows = np.asarray(rows, dtype=float).reshape(len(rows), -1)
        data[..., : len(rows)] = np.broadcast_to(rows, (len(rows), int(np.prod(shape)))).T.reshape(
            *shape, -1
        )
        Source(data=data).s_out.connect(getattr(neurons, name))
    sink = Sink(shape=getattr(neurons, port).shape, buffer=steps)
    getattr(neurons, port).connect(sink.a_in)
    return sink


def column(rows):
    """Return the first neuron's values, step by step; all neurons have the same."""
    assert (rows == rows[:, :1]).all()
    return rows[:, 0].tolist()


# --- sigma and delta ---------------------------------------------------------


@BOTH
def test_sigma_sends_the_sum_of_all_that_arrived(numerics):
    assert column(sent(Sigma(shape=(2,)), {"a_in": [5, 0, -7]}, 4, numerics)) == [5, 5, -2, -2]


def test_delta_sends_changes_that_reach_the_threshold_and_keeps_the_rest():
    # 1 < 2 is kept; 1 + 1 = 2; 3; 0; back to 0: -5.
    neurons = Delta(shape=(3,), vth=2)
    assert column(sent(neurons, {"a_in": [1, 2, 5, 5]}, 6, "float")) == [0, 2, 3, 0, -5, 0]


def test_integers_of_delta_are_scaled_by_exponents():
    # Input is shifted by 1 + 1 bits, as the threshold was, and output back by 1.
    neurons = Delta(shape=(3,), vth=2, spike_exp=1, state_exp=1)
    assert column(sent(neurons, {"a_in": [1, 2, 5, 5]}, 6)) == [0, 4, 6, 0, -10, 0]


@BOTH
def test_accumulated_errors_are_sent_in_the_end(numerics):
    neurons = SigmaDelta(shape=(2,), vth=5, cum_error=True)
    # The change of 2 is an error of 2, then of 4, then of 6, without further input.
    rows, error = sent(neurons, {"a_in": [2]}, 5, numerics, then=["error"])
    assert column(rows) == [0, 0, 2, 0, 0]
    assert error == 0


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        # -7 >> 1 is -4; then the sum is 3: a change by 10.
        (ActivationMode.UNIT, [-4, 5, 0]),
        # 0, then 3 >> 1.
        (ActivationMode.RELU, [0, 1, 0]),
    ],
)
def test_sigma_delta_rounds_down_what_it_sends(mode, expected):
    neurons = SigmaDelta(shape=(2,), vth=1, state_exp=1, act_mode=mode)
    assert column(sent(neurons, {"a_in": [-7, 10]}, 3)) == expected


@BOTH
def test_a_bias_is_a_change_in_the_first_step(numerics):
    neurons = SigmaDelta(shape=(2,), vth=2, bias=np.array([1, 4]))
    assert sent(neurons, {}, 3, numerics).tolist() == [[0, 4], [0, 0], [0, 0]]


@BOTH
def test_a_layer_at_rest_hears_what_a_host_sets(numerics):
    neurons, steps = SigmaDelta(shape=(2,), vth=2), 5
    sink = connected(neurons, {"a_in": [3]}, steps)
    engine.attach(neurons, numerics, python="refuse")
    neurons.run(condition=RunSteps(3))
    neurons.bias.set(np.array([0, 5]))
    neurons.run(condition=RunSteps(1))
    state = engine.state(neurons)
    neurons.sigma.set(np.array([0, 0]))
    neurons.run(condition=RunSteps(1))
    assert sink.data.get().T.tolist() == [[3, 3], [0, 0], [0, 0], [0, 5], [-3, -3]]
    engine.restore(neurons, state)
    neurons.run(condition=RunSteps(1))
    assert sink.data.get().T[4].tolist() == [0, 0]
    neurons.stop()


@BOTH
def test_a_sum_that_a_host_sets_is_sent_in_the_next_step(numerics):
    neurons, sink = Sigma(shape=(1,)), Sink(shape=(1,), buffer=4)
    neurons.s_out.connect(sink.a_in)
    engine.attach(neurons, numerics, python="refuse")
    neurons.sigma.set(np.array([7]))
    neurons.run(condition=RunSteps(2))
    neurons.sigma.set(np.array([0]))
    neurons.run(condition=RunSteps(2))
    assert sink.data.get().tolist() == [[7, 7, 0, 0]]
    neurons.stop()


def test_nothing_is_sent_where_nothing_changes():
    """Graded events are counted: three changes of one input, 2 synapses each, one of each sum."""
    encoder = Delta(shape=(2,), vth=1)
    synapses = Dense(weights=np.array([[2, 2], [4, 0]]), num_message_bits=24)
    neurons = SigmaDelta(shape=(2,), vth=1)
    encoder.s_out.connect(synapses.s_in)
    synapses.a_out.connect(neurons.a_in)
    sink = connected(encoder, {"a_in": [[5, 0]] * 50 + [[6, 0]] * 30}, 100)
    engine.attach(neurons, "fixed", python="refuse")
    counter = engine.count(neurons)
    neurons.run(condition=RunSteps(100))
    assert np.count_nonzero(sink.data.get()) == 3
    parts = {part.kind: part for part in counter.activity().parts}
    assert parts["Delta"].spikes == 3
    assert parts["Dense"].operations == 6
    assert parts["SigmaDelta"].spikes == 6
    assert parts["SigmaDelta"].neurons == 2
    neurons.stop()


# --- resonators --------------------------------------------------------------


@BOTH
def test_a_resonator_spikes_once_a_turn(numerics):
    """The state begins at 30 degrees, and turns by 60 in each step: 390 after six."""
    bits = {"state_exp": 6, "decay_bits": 12} if numerics == "fixed" else {}
    neurons = RF(shape=(2,), period=6.0, alpha=0.0, vth=1, **bits)
    inputs = {"a_real_in": [1732], "a_imag_in": [1000]}
    assert np.flatnonzero(column(sent(neurons, inputs, 14, numerics))).tolist() == [6, 12]


def test_a_resonator_turns_on_where_one_part_is_zero():
    """A quarter of a turn a step: one of the parts is 0 in every step."""
    neurons = RF(shape=(2,), period=4.0, alpha=0.0, vth=1, decay_bits=12)
    rows = sent(neurons, {"a_real_in": [5]}, 10)
    assert np.flatnonzero(column(rows)).tolist() == [4, 8]


@BOTH
def test_an_izhikevich_resonator_is_set_below_its_threshold(numerics):
    """A quarter of a turn takes 5 from the real to the imaginary part, beyond 4."""
    bits = {"decay_bits": 12} if numerics == "fixed" else {}
    neurons = RF_IZ(shape=(2,), period=4.0, alpha=0.0, vth=4, **bits)
    sink = connected(neurons, {"a_real_in": [5]}, 9)
    engine.attach(neurons, numerics, python="refuse")
    neurons.run(condition=RunSteps(2))
    assert neurons.real.get().tolist() == [0, 0]
    assert neurons.imag.get().tolist() == [4 - (1 if numerics == "fixed" else 1e-5)] * 2
    neurons.run(condition=RunSteps(7))
    assert column(sink.data.get().T) == [0, 1, 0, 0, 0, 0, 0, 0, 0]
    neurons.stop()


@pytest.mark.parametrize(("uth", "amplitude"), [(97, 98), (98, 0)])
def test_rf_zero_sends_the_amplitude_above_its_threshold(uth, amplitude):
    """A quarter of a turn a step; products with 32767 / 32768 are rounded down: 99, 98, -98, 98."""
    neurons = RFZero(shape=(2,), freqs=np.full(2, 250.0), decay_tau=np.full(2, 1e9), uth=uth)
    assert column(sent(neurons, {"u_in": [100]}, 6)) == [0, 0, 0, 0, amplitude, 0]


@BOTH
def test_each_resonator_may_have_its_own_period(numerics):
    bits = {"state_exp": 6, "decay_bits": 12} if numerics == "fixed" else {}
    neurons = RF(shape=(2,), period=np.array([6.0, 8.0]), alpha=np.zeros(2), vth=1, **bits)
    inputs = {"a_real_in": [[1732, 1732]], "a_imag_in": [[1000, 1000]]}
    rows = sent(neurons, inputs, 14, numerics)
    assert [np.flatnonzero(spikes).tolist() for spikes in rows.T] == [[6, 12], [8]]
    assert neurons.cos_decay.shape == (1,)


# --- adaptive thresholds -----------------------------------------------------


@BOTH
def test_an_adaptive_threshold_makes_rests_between_spikes(numerics):
    """Input 5 over a threshold of 4: it rises to 6, and twice 4 is the refractory state.

    Both halve what is above rest: 5 - 4 < 5, 5 - 2 < 4.5, 5 - 1 < 4.25, 5 - 0.5 > 4.125.
    """
    neurons = ATRLIF(
        shape=(2,),
        delta_i=1.0,
        delta_v=1.0,
        delta_theta=0.5,
        delta_r=0.5,
        theta=4,
        theta_0=4,
        theta_step=2,
    )
    rows, theta, r = sent(neurons, {"a_in": [5] * 5}, 5, numerics, then=["theta", "r"])
    assert column(rows) == [1, 0, 0, 0, 1]
    unit = 64 if numerics == "fixed" else 1
    assert (theta, r) == (6.125 * unit, 8.75 * unit)


@BOTH
def test_a_potential_that_equals_an_adaptive_threshold_spikes(numerics):
    rows = sent(ATRLIF(shape=(2,), theta=4, theta_0=4, theta_step=9), {"a_in": [4]}, 2, numerics)
    assert column(rows) == [1, 0]


@pytest.mark.parametrize("sign", [1, -1])
def test_a_current_wraps_at_its_lower_limit_and_a_potential_is_clipped(sign):
    """Both limits of 24 bits become 2^23; input counts 64 times."""
    neurons = ATRLIF(shape=(1,), theta_0=1000)
    inputs = {"a_in": [sign * 2**17]}
    assert sent(neurons, inputs, 1, then=["i", "v"])[1:] == (2**23, 2**23 - 1)


def test_integers_of_atrlif_begin_at_the_threshold_at_rest():
    neurons = ATRLIF(shape=(1,), theta=100, theta_0=2.5, theta_step=0)
    engine.attach(neurons, "fixed", python="refuse")
    assert neurons.theta.get().tolist() == [100]
    neurons.run(condition=RunSteps(1))
    assert neurons.theta.get().tolist() == [160]
    assert neurons.theta_0.get().tolist() == [160]
    neurons.stop()


def test_an_integer_decay_wraps_products_and_a_fraction_does_not():
    """2^20 times 4095 leaves 32 bits: 2^32 - 2^20 wraps to -2^20, a 4096th of which is -256."""
    for delta, expected in ((0, -256), (0.0, 2**20 - 256), (np.array([0]), 2**20 - 256)):
        neurons = ATRLIF(shape=(1,), i=2**20, delta_i=delta)
        engine.attach(neurons, "fixed", python="refuse")
        neurons.run(condition=RunSteps(1))
        assert neurons.i.get().tolist() == [expected]
        neurons.stop()


# --- neurons without dynamics ------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"), [(GradedVec, [5, -5, 0, 0]), (GradedReluVec, [5, 0, 0, 0])]
)
def test_graded_vectors_send_what_exceeds_the_threshold(kind, expected):
    assert column(sent(kind(shape=(2,), vth=4), {"a_in": [5, -5, 4]}, 4)) == expected


def test_a_host_adds_to_what_arrives_once():
    neurons = GradedVec(shape=(1,), vth=4)
    sink = connected(neurons, {"a_in": [3, 3, 3]}, 3)
    engine.attach(neurons, "fixed", python="refuse")
    neurons.run(condition=RunSteps(1))
    neurons.v.set(np.array([4]))
    neurons.run(condition=RunSteps(2))
    assert sink.data.get().tolist() == [[0, 7, 0]]
    neurons.stop()


def test_products_are_shifted_and_rounded_down():
    # 42 >> 1; -15 >> 1 = -8; 6 >> 1 = 3 is not above 7; nothing times 9.
    inputs = {"a_in1": [6, -3, 2, 0], "a_in2": [7, 5, 3, 9]}
    assert column(sent(ProdNeuron(shape=(2,), vth=7, exp=1), inputs, 4)) == [21, -8, 0, 0]


@pytest.mark.parametrize(
    ("port", "expected"), [("s2_out", [9, 16, 0, 0, 0]), ("s_out", [0, 30, 40, 0, 0])]
)
def test_a_vector_sends_squares_at_once_and_products_a_step_later(port, expected):
    inputs = {"a_in1": [3, 4], "a_in2": [10] * 5}
    assert column(sent(NormVecDelay(shape=(2,), vth=1), inputs, 5, port=port)) == expected


def test_inverse_roots_have_twelve_binary_places():
    one = 4096
    rows = sent(InvSqrt(shape=(1,)), {"a_in": [one, 4 * one, 2 * one]}, 4)
    np.testing.assert_allclose(column(rows), [one, one / 2, one / 2**0.5, 0], atol=1.5)


def test_inverse_roots_in_float_are_exact():
    rows = sent(InvSqrt(shape=(3,)), {"a_in": [4, 0.25, -1]}, 4, "float")
    np.testing.assert_array_equal(column(rows[:2]), [0.5, 2])
    assert np.isnan(rows[2]).all()
    assert np.isposinf(rows[3]).all()


def test_a_number_without_a_root_ends_the_run():
    neurons = InvSqrt(shape=(1,))
    connected(neurons, {"a_in": [4, -4]}, 3)
    engine.attach(neurons, "fixed", python="refuse")
    with pytest.raises(RuntimeError, match="received a number below 0"):
        neurons.run(condition=RunSteps(3))
    neurons.stop()


# --- what is refused ---------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "numerics", "message"),
    [
        (lambda: SigmaDelta(shape=(2,), vth=1, act_mode=2), "fixed", "act_mode is 2"),
        (lambda: Delta(shape=(2,), vth=np.array([1, 2])), "fixed", "vth: could not broadcast"),
        (lambda: RF(shape=(2,), period=4, alpha=0.1), "fixed", "decay_bits is 0"),
        (lambda: RF(shape=(2,), period=np.ones(3), alpha=0.1), "float", r"shape \(3,\)"),
        (lambda: InvSqrt(shape=(2,)), "fixed", r"shape is \(2,\)"),
        (lambda: ATRLIF(shape=(2,), delta_v=np.zeros(2)), "float", "delta_v has 2 values"),
        (lambda: ATRLIF(shape=(2,), delta_v=5000), "fixed", "from -4096 to 4096"),
    ],
)
def test_what_lava_cannot_run_is_refused(make, numerics, message):
    with pytest.raises(UnsupportedGraph, match=message):
        engine.attach(make(), numerics, python="refuse")


def test_synapses_that_add_truth_values_run_in_python():
    """Two resonators spike at once: for Lava's synapses that is one spike, for a sum it is two."""
    resonators = [RF_IZ(shape=(2,), period=4.0, alpha=0.0, vth=4) for _ in range(2)]
    synapses, sum_ = Dense(weights=7 * np.eye(2), num_message_bits=8), Sigma(shape=(2,))
    last = Sigma(shape=(2,))
    for neurons in resonators:
        connected(neurons, {"a_real_in": [5]}, 4)
        neurons.s_out.connect([synapses.s_in, sum_.a_in])
    synapses.a_out.connect(last.a_in)
    with pytest.raises(UnsupportedGraph, match="adds truth values"):
        engine.attach(last, "float", python="refuse")
    with pytest.warns(UserWarning, match="adds truth values"):
        engine.attach(last, "float")
    last.run(condition=RunSteps(4))
    assert last.sigma.get().tolist() == [7, 7]
    assert sum_.sigma.get().tolist() == [2, 2]
    last.stop()
