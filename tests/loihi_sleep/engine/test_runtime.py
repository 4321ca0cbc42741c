"""The engine behind Lava's own calls: run, pause, stop, get, set, checkpoints, many at once."""

import threading
import time

import engines
import h5py
import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_conditions import RunContinuous, RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io.injector import Injector
from lava.proc.io.source import PySendModelFloat, RingBuffer
from lava.proc.lif import models as lif_models
from lava.proc.lif.process import LIF, LIFRefractory
from lava.proc.monitor.process import Monitor
from shared_rules import POTENTIATION, pairs

from loihi_sleep import engine
from loihi_sleep.engine.nodes.plastic.row import VECTOR
from loihi_sleep.errors import RunFailed, UnsupportedGraph
from loihi_sleep.processes.sleep.process import Sleep
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

PRE, POST = 20, 6


class Network:
    """Noise into plastic synapses into neurons that spike now and then."""

    def __init__(self, t_epoch=3, seed=1, dt="2^-4*x0*w"):
        rng = np.random.default_rng(seed)
        self.noise = Sleep(shape=(PRE,), wake_steps=0, sleep_steps=1, rates=0.2, seed=seed)
        rule = Loihi2FLearningRule(
            dw=pairs(t_epoch),
            dt=dt,
            x1_impulse=4.5,
            x1_tau=9,
            y1_impulse=3,
            y1_tau=9,
            t_epoch=t_epoch,
            rng_seed=seed,
        )
        self.synapses = LearningDense(
            weights=rng.integers(-30, 120, (POST, PRE)), learning_rule=rule
        )
        self.neurons = LIF(shape=(POST,), vth=200, du=4095, dv=100)
        self.probe = SpikeProbe(shape=(POST,), raster_steps=40)
        self.noise.s_out.connect(self.synapses.s_in)
        self.synapses.a_out.connect(self.neurons.a_in)
        self.neurons.s_out.connect(self.synapses.s_in_bap)
        self.neurons.s_out.connect(self.probe.s_in)

    def run(self, steps):
        self.neurons.run(condition=RunSteps(steps))

    def everything(self):
        variables = [
            *(v for p in (self.synapses, self.neurons, self.probe) for v in p.vars),
            self.noise.elapsed,
        ]
        return {f"{v.process.name}.{v.name}": v.get() for v in variables if v.shape != (256,)}


def attached(**settings):
    network = Network(**settings)
    engine.attach(network.neurons)
    return network


def assert_same(first, second):
    for (name, values), other in zip(
        first.everything().items(), second.everything().values(), strict=True
    ):
        np.testing.assert_array_equal(values, other, err_msg=name)


def test_chunks_make_no_difference():
    whole, parts = attached(), attached()
    whole.run(1300)
    for steps in (1, 2, 600, 697):
        parts.run(steps)
    assert whole.probe.count.get().sum() > 50
    assert_same(whole, parts)


@pytest.mark.parametrize("settings", [{"t_epoch": 1, "dt": None}, {"t_epoch": 3}])
def test_a_restored_run_goes_on_as_if_never_stopped(tmp_path, settings):
    straight, stopped, resumed = (attached(**settings) for _ in range(3))
    straight.run(250)
    stopped.run(100)
    kept = engine.state(stopped.neurons)
    # The state survives a file, and what its network does afterwards.
    with h5py.File(tmp_path / "state.h5", "w") as file:
        for name, array in kept.arrays.items():
            file[name] = array
    stopped.run(150)
    with h5py.File(tmp_path / "state.h5") as file:
        arrays = {name: data[()] for name, data in file.items()}
    engine.restore(resumed.neurons, engine.State(kept.time_step, arrays, kept.kept, kept.layers))
    resumed.run(150)
    assert_same(straight, stopped)
    assert_same(straight, resumed)
    # And back again.
    engine.restore(straight.neurons, kept)
    straight.run(150)
    assert_same(straight, resumed)


def test_a_checkpoint_keeps_what_was_set():
    first, second = attached(dt=None), attached(dt=None)
    first.neurons.bias_mant.set(np.full(POST, 50.0))
    first.synapses.x1_impulse.set(np.array([20.0]))
    first.synapses.dw.set("y0*x1")
    first.run(60)
    engine.restore(second.neurons, engine.state(first.neurons))
    first.run(60)
    second.run(60)
    assert_same(first, second)
    assert second.synapses.dw.get() == "y0*x1"


def test_a_state_of_another_network_is_refused():
    kept = engine.state(attached().neurons)
    small = LIF(shape=(2,))
    engine.attach(small)
    with pytest.raises(ValueError, match="the state is of another network: its 'values'"):
        engine.restore(small, kept)
    with pytest.raises(ValueError, match="is not attached to the compiled engine"):
        engine.state(LIF(shape=(2,)))


def test_many_at_once_are_as_one_by_one():
    together = [Network(seed=seed) for seed in range(6)]
    engine.run_many([network.neurons for network in together], 400, workers=3)
    engine.run_many([network.neurons for network in together], 100)
    for seed, network in enumerate(together):
        alone = attached(seed=seed)
        alone.run(500)
        assert_same(alone, network)


def test_a_network_cannot_run_twice_at_once():
    network = attached()
    with pytest.raises(ValueError, match="belong to the same network"):
        engine.run_many([network.neurons, network.synapses], 10)


def test_a_run_configuration_attaches_the_engine_and_others_do_not():
    network = Network()
    config = select("compiled", "fixed", "per_layer")
    engine.attach(network.neurons, run_cfg=config)
    network.run(120)
    alone = attached()
    alone.run(120)
    assert_same(alone, network)

    of_models = Network()
    with Session(of_models.neurons, engines.models("fixed", "per_layer")) as session:
        session.run(120)
        for var in (of_models.synapses.weights, of_models.synapses.tag_1, of_models.neurons.v):
            twin = getattr(getattr(alone, "neurons" if var.name == "v" else "synapses"), var.name)
            np.testing.assert_array_equal(session.get(var), twin.get())


def test_a_run_without_blocking_is_waited_for_or_paused():
    network = attached()
    network.neurons.run(condition=RunSteps(300, blocking=False))
    network.neurons.wait()
    alone = attached()
    alone.run(300)
    assert_same(alone, network)

    network.neurons.run(condition=RunContinuous())
    with pytest.raises(RuntimeError, match="a run is under way"):
        network.neurons.v.get()
    time.sleep(0.05)
    began = time.perf_counter()
    network.neurons.pause()
    assert time.perf_counter() - began < 2
    steps = network.neurons.runtime.program.clock.step
    assert steps > 300
    alone.run(steps - 300)
    assert_same(alone, network)


def test_nothing_runs_after_stop():
    threads = threading.active_count()
    network = attached()
    network.run(5)
    network.neurons.stop()
    network.neurons.stop()
    for forbidden in (
        lambda: network.run(1),
        network.neurons.v.get,
        lambda: engine.state(network.neurons),
    ):
        with pytest.raises(RuntimeError, match="has been stopped; build it anew"):
            forbidden()
    assert threading.active_count() <= threads


def test_vars_can_be_set_before_and_between_runs():
    neurons = LIF(shape=(2,), vth=1000, du=0, dv=0)
    engine.attach(neurons)
    neurons.v.set(np.array([5.0, 7.0]))
    neurons.run(condition=RunSteps(1))
    np.testing.assert_array_equal(neurons.v.get(), [5, 7])
    # Decay 4095 of 4096 leaves nothing of the current after it was added once.
    neurons.du.set(np.array([4095.0]))
    neurons.u.set(np.array([64.0, 0.0]))
    neurons.run(condition=RunSteps(1))
    np.testing.assert_array_equal(neurons.u.get(), [0, 0])
    np.testing.assert_array_equal(neurons.v.get(), [5, 7])
    assert neurons.v.get().dtype == np.float64


def test_potentials_set_between_runs_wake_a_silent_layer():
    neurons = LIF(shape=(3,), vth=10, du=4095, dv=0)
    engine.attach(neurons)
    neurons.run(condition=RunSteps(20))
    neurons.v.set(np.array([0.0, 10 * 64 + 1.0, 0.0]))
    neurons.run(condition=RunSteps(1))
    np.testing.assert_array_equal(neurons.v.get(), [0, 0, 0])


def test_the_fixed_threshold_is_taken_over_at_the_start_only():
    neurons = LIF(shape=(1,), vth=10)
    engine.attach(neurons)
    neurons.vth.set(np.array([10.0]))
    with pytest.raises(ValueError, match=r"vth of Process .* cannot be set after the start"):
        neurons.vth.set(np.array([11.0]))


def test_values_that_do_not_fit_are_refused():
    dense = Dense(weights=np.ones((2, 2), dtype=int))
    engine.attach(dense)
    with pytest.raises(ValueError, match=r"weights of .* to 40000; it must be from -32768"):
        dense.weights.set(np.full((2, 2), 40000.0))
    with pytest.raises(ValueError, match="was set to nan; it must be finite"):
        dense.weights.set(np.full((2, 2), np.nan))


def test_a_rule_that_needs_what_was_not_laid_out_is_refused_and_the_old_one_stays():
    network = attached()
    with pytest.raises(ValueError, match="it needs y2, which the rule that the layer was built"):
        network.synapses.dw.set("2^-2*x1*y2*y0")
    twin = attached()
    for one in (network, twin):
        one.run(50)
    np.testing.assert_array_equal(network.synapses.weights.get(), twin.synapses.weights.get())


def test_a_monitor_that_would_be_full_is_named_before_the_run():
    neurons, monitor = LIF(shape=(1,), bias_mant=3), Monitor()
    monitor.probe(neurons.v, 4)
    engine.attach(neurons)
    neurons.run(condition=RunSteps(4))
    with pytest.raises(ValueError, match="records 4 steps; the run would go on to step 5"):
        neurons.run(condition=RunSteps(1))
    assert monitor.get_data()[neurons.name]["v"].ravel().tolist() == [3, 6, 9, 12]


def connected_lifs():
    first, second = LIF(shape=(1,)), LIF(shape=(1,))
    first.s_out.connect(second.a_in)
    second.s_out.connect(first.a_in)
    return first


def concatenated():
    parts, whole = [LIF(shape=(1,)), LIF(shape=(1,))], LIF(shape=(2,))
    parts[0].s_out.concat_with([parts[1].s_out], axis=0).connect(whole.a_in)
    return whole


def connected_twice():
    source, dense = RingBuffer(data=np.ones((2, 2, 4), int)), Dense(weights=np.ones((1, 4)))
    source.s_out.reshape((4,)).connect(dense.s_in)
    source.s_out.reshape((4,)).connect(dense.s_in)
    return dense


def two_factor_rule_with_a_third():
    rule = Loihi2FLearningRule(dw="x1*y0", x1_tau=2, x1_impulse=1)
    dense = LearningDense(weights=np.zeros((1, 1)), learning_rule=rule)
    RingBuffer(data=np.ones((1, 4), int)).s_out.connect(dense.s_in_y1)
    return dense


def probed_twice():
    neurons, monitor = LIF(shape=(1,)), Monitor()
    monitor.probe(neurons.u, 2)
    monitor.probe(neurons.v, 2)
    return neurons


def without_trace_constant():
    rule = Loihi2FLearningRule(dw="x1*x0", x1_tau=0, x1_impulse=1)
    return LearningDense(weights=np.zeros((1, 1)), learning_rule=rule)


@pytest.mark.parametrize(
    ("build", "numerics", "message"),
    [
        (lambda: Injector(shape=(1,)), "fixed", "PyLoihiInjectorModel, for which there is no comp"),
        (lambda: LIFRefractory(shape=(1,)), "fixed", "LIFRefractory.* has no model"),
        (lambda: LIF(shape=(1,), du=0.5), "fixed", "du is 0.5; it must be an integer in fixed"),
        (lambda: LIF(shape=(3,), vth=np.array([1, 2])), "float", r"vth has shape \(2,\)"),
        (connected_lifs, "fixed", "each waits for the other in the same step"),
        (concatenated, "fixed", "is fed through a ConcatPort, which Lava does not run"),
        (connected_twice, "fixed", "'s_in' is connected to one sender twice"),
        (two_factor_rule_with_a_third, "fixed", "a two-factor rule never receives there"),
        (probed_twice, "fixed", "probes 2 targets; Lava's monitors take one"),
        (without_trace_constant, "float", "x1_tau is 0 and the rule uses x1"),
        (
            lambda: Dense(weights=np.ones((1, 1)), weight_exp=30),
            "fixed",
            "weight_exp is 30; with 1 inputs activations may leave 32 bits",
        ),
        (
            lambda: LearningDense(
                weights=np.full((1, 1), 70000),
                learning_rule=Loihi2FLearningRule(dw="x0"),
            ),
            "fixed",
            "weights: values from 70000 to 70000 do not fit 16 bits",
        ),
    ],
)
def test_what_cannot_be_compiled_is_named_before_the_run(build, numerics, message):
    process = build()
    with pytest.raises(UnsupportedGraph, match=message):
        engine.attach(process, numerics, python="refuse")


def test_a_process_that_is_found_unfit_late_runs_in_python_as_it_is():
    """A loop over its ports has been left by then; Lava's collections have one cursor for all."""
    dense = two_factor_rule_with_a_third()
    RingBuffer(data=np.ones((1, 4), int)).s_out.connect(dense.s_in)
    with pytest.warns(UserWarning, match="a two-factor rule never receives there"):
        engine.attach(dense)
    dense.weights.set(np.full((1, 1), 4))
    dense.run(condition=RunSteps(2))
    assert dense.a_buff.get() == 4


def test_models_of_other_numerics_are_not_compiled():
    neurons = LIF(shape=(1,))
    chosen = Loihi2SimCfg(
        select_tag="fixed_pt", exception_proc_model_map={LIF: lif_models.PyLifModelFloat}
    )
    with pytest.raises(UnsupportedGraph, match="PyLifModelFloat, which is for floating_pt"):
        engine.attach(neurons, run_cfg=chosen, python="refuse")


def test_without_a_known_tag_the_chosen_models_say_the_numerics():
    """As in Lava's tutorial of an excitatory-inhibitory network, which has a tag of its own."""

    def driven():
        neurons = LIF(shape=(1,), du=np.array([0.5]), vth=np.array([1.5]))
        sent = RingBuffer(data=np.ones((1, 2)))
        sent.s_out.connect(neurons.a_in)
        return neurons

    fixed, floating = lif_models.PyLifModelBitAcc, lif_models.PyLifModelFloat
    rings = {RingBuffer: PySendModelFloat}
    neurons = driven()
    run_cfg = Loihi2SimCfg(
        select_tag="lif_neurons", exception_proc_model_map={LIF: floating, **rings}
    )
    engine.attach(neurons, run_cfg=run_cfg)
    neurons.run(condition=RunSteps(2))
    assert neurons.u.get().tolist() == [1.5]
    neurons.stop()
    mixed = Loihi2SimCfg(select_tag="lif_neurons", exception_proc_model_map={LIF: fixed, **rings})
    with pytest.raises(UnsupportedGraph, match="tag 'lif_neurons', which names no numerics") as e:
        engine.attach(driven(), run_cfg=mixed, python="refuse")
    assert "(LIF) in fixed" in str(e.value)
    assert "(RingBuffer) in float" in str(e.value)


def test_a_network_is_attached_once():
    network = attached()
    with pytest.raises(UnsupportedGraph, match="has been run, compiled or attached before"):
        engine.attach(network.probe)


def test_weights_take_two_bytes_each():
    post, pre = 300, 400
    rule = Loihi2FLearningRule(dw=POTENTIATION, x1_tau=4, x1_impulse=8)
    plastic = LearningDense(weights=np.zeros((post, pre)), learning_rule=rule)
    engine.attach(plastic)
    aside = 3 * (post + VECTOR)
    assert plastic.runtime.program.storage.arrays.synaptic.nbytes <= 2 * (post * pre + aside)


def test_a_silent_network_costs_next_to_nothing():
    def seconds_a_step(rate):
        drive = RingBuffer(data=(np.random.default_rng(0).random((784, 50)) < rate).astype(int))
        dense = Dense(weights=np.full((1200, 784), 20))
        neurons = LIF(shape=(1200,), vth=10**5, du=4095, dv=100)
        drive.s_out.connect(dense.s_in)
        dense.a_out.connect(neurons.a_in)
        engine.attach(neurons)
        neurons.run(condition=RunSteps(2000))
        times = []
        for _ in range(5):
            began = time.perf_counter()
            neurons.run(condition=RunSteps(2000))
            times.append((time.perf_counter() - began) / 2000)
        return min(times)

    assert seconds_a_step(0.0) < seconds_a_step(0.05) / 5


def test_a_threshold_below_zero_lets_neurons_at_rest_spike():
    neurons = LIF(shape=(1,), vth=-0.5)
    probe = SpikeProbe(shape=(1,))
    neurons.s_out.connect(probe.s_in)
    engine.attach(neurons, "float")
    neurons.run(condition=RunSteps(5))
    assert probe.count.get() == 5
    neurons.vth.set(np.array([1.0]))
    neurons.run(condition=RunSteps(5))
    neurons.vth.set(np.array([-1.0]))
    neurons.run(condition=RunSteps(5))
    assert probe.count.get() == 10


def test_a_current_far_out_of_range_is_wrapped_once_a_step():
    neurons = LIF(shape=(1,), vth=100, du=0, dv=0)
    engine.attach(neurons)
    start = 2 * 2**24 + 100
    neurons.u.set(np.array([float(start)]))
    wrapped = []
    for _ in range(2):
        neurons.run(condition=RunSteps(1))
        wrapped.append(int(neurons.u.get()[0]))
    # A decay of 1 / 4096 a step, then 2^24 less.
    first = (start * 4095 >> 12) - 2**24
    assert wrapped == [first, (first * 4095 >> 12) - 2**24]


@pytest.mark.parametrize(("exponent", "payload"), [(0, 2**23), (4, 2**20)])
def test_graded_spikes_that_lead_plastic_synapses_beyond_32_bits_end_the_run(exponent, payload):
    """Lava's model adds them in 64 bits, and what it keeps cannot be kept here."""
    rule = Loihi2FLearningRule(dw=POTENTIATION, x1_tau=2, x1_impulse=16)

    def network(value):
        source = RingBuffer(data=np.full((2, 4), value))
        dense = LearningDense(
            weights=np.full((1, 2), 254),
            learning_rule=rule,
            num_message_bits=24,
            weight_exp=exponent,
        )
        source.s_out.connect(dense.s_in)
        return dense

    dense = network(payload)
    engine.attach(dense)
    with pytest.raises(RunFailed, match="activations of plastic synapses leave 32 bits"):
        dense.run(condition=RunSteps(2))
    smaller = network(payload // 4)
    engine.attach(smaller)
    smaller.run(condition=RunSteps(2))
    assert smaller.a_buff.get() == 2 * 254 * (payload // 4) << exponent
    in_python = network(payload)
    engine.attach(in_python, python=[in_python])
    in_python.run(condition=RunSteps(2))
