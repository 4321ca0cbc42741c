"""Drives: by hand, in advance as step by step, on both engines, and one that is written here."""

from dataclasses import dataclass

import engines
import numpy as np
import pytest
from lava.proc.dense.process import LearningDense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF

from loihi_sleep import networks, rules, sleep
from loihi_sleep.networks.dictionary import DictionaryNetwork, TrainedDictionary
from loihi_sleep.processes.kernels.drive import to_integer_current
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session
from loihi_sleep.sleep.phases import Schedule, sleep_process

RECORDING = [[1, 0, 0], [0, 1, 1], [0, 0, 1], [1, 1, 0], [0, 0, 0]]
PROTOTYPES = [[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.5]]
DRIVES = {
    "poisson": sleep.Poisson([0.1, 0.9, 0.5, 0.001]),
    "window": sleep.Poisson(0.8, plane=(2, 2), window=1),
    "slow wave over poisson": sleep.SlowWave(sleep.Poisson(0.7), 12.0, 1.0),
    "gaussian": sleep.Gaussian([1.0, 20.0, 300.0, 0.0], mean=[5.0, 0.0, -3.0, 7.0], hold=3),
    "slow wave over gaussian": sleep.SlowWave(sleep.Gaussian(50.0, noise="pink"), 12.0, 0.5),
    "raster of spikes": sleep.Raster(np.eye(4)),
    "raster of currents": sleep.Raster(np.arange(28).reshape(7, 4) - 9),
    "patterns": sleep.Patterns(PROTOTYPES, pattern_steps=4),
    "slow wave over patterns": sleep.SlowWave(sleep.Patterns(PROTOTYPES), 12.0, 1.0),
}


def emitted(drive, engine, numerics, steps=30, inputs=4, seed=3):
    """What the Process of a drive sends, shape (steps, inputs)."""
    source = sleep_process(drive, Schedule(0, steps), inputs, steps, seed)
    sink = Sink(shape=(inputs,), buffer=steps)
    source.s_out.connect(sink.a_in)
    with Session(source, engines.named(engine, numerics)) as session:
        session.run(steps)
        return session.get(sink.data).T


@pytest.mark.parametrize("name", DRIVES)
def test_a_raster_is_what_the_process_emits(name):
    drive = DRIVES[name]
    raster = drive.raster(4, 30, 3)
    assert raster.shape == (30, 4)
    assert (raster.dtype == np.bool_) == (not drive.graded)
    assert (emitted(drive, "compiled", "float") == raster).all()
    if drive.graded:
        raster = to_integer_current(raster.ravel()).reshape(raster.shape)
    of_engine = emitted(drive, "compiled", "fixed")
    assert (of_engine == raster).all()
    assert (drive.raster(4, 30, 4) != drive.raster(4, 30, 3)).any() or "raster" in name


@pytest.mark.parametrize(
    "name", ["slow wave over gaussian", "raster of currents", "slow wave over patterns"]
)
def test_models_emit_the_same(name):
    of_models = emitted(DRIVES[name], "models", "fixed", steps=12)
    assert (of_models == emitted(DRIVES[name], "compiled", "fixed", steps=12)).all()


@pytest.mark.parametrize("name", DRIVES)
def test_a_longer_night_begins_alike(name):
    drive = DRIVES[name]
    assert (drive.raster(4, 9, 3) == drive.raster(4, 30, 3)[:9]).all()


def test_poisson_spikes_at_its_rates_and_in_its_window_only():
    rates = np.array([0.0, 1.0, 0.3, 0.05])
    means = sleep.Poisson(rates).raster(4, 20_000, 1).mean(axis=0)
    # Four standard deviations of a mean of so many draws.
    assert (np.abs(means - rates) <= 4 * np.sqrt(rates * (1 - rates) / 20_000)).all()
    assert means[:2].tolist() == [0.0, 1.0]
    windowed = sleep.Poisson(1.0, plane=(2, 2), window=1).raster(4, 20_000, 1)
    assert (windowed.sum(axis=1) == 1).all()
    assert np.abs(windowed.mean(axis=0) - 0.25).max() < 0.015


def test_gaussian_has_its_mean_and_deviation_and_is_held():
    currents = sleep.Gaussian([0.0, 2.0], mean=[7.0, -1.0], hold=2).raster(2, 40_000, 1)
    assert (currents[:, 0] == 7).all()
    assert (currents[0::2] == currents[1::2]).all()
    assert abs(currents[:, 1].mean() + 1) < 4 * 2 / np.sqrt(20_000)
    assert abs(currents[:, 1].std() - 2) < 4 * 2 / np.sqrt(2 * 20_000)


def test_a_slow_wave_by_hand():
    # Of period 4 and depth 1: e(1), e(2), e(3), e(4) = 1/2, 1, 1/2, 0.
    currents = sleep.SlowWave(sleep.Gaussian(0.0, mean=8.0), 4, 1).raster(1, 8, 0)
    assert np.allclose(currents.ravel(), [4, 8, 4, 0, 4, 8, 4, 0], atol=1e-12)
    spikes = sleep.SlowWave(sleep.Poisson(1.0), 4, 1).raster(100, 4, 0)
    assert spikes[1].all()
    assert not spikes[3].any()
    assert 30 < spikes[0].sum() < 70
    by_keyword = sleep.Poisson(1.0, wave_period=4, wave_depth=1)
    assert (by_keyword.raster(100, 4, 0) == spikes).all()


def test_a_recording_is_replayed_and_begins_again():
    drive = sleep.Raster(RECORDING)
    assert not drive.graded
    assert drive.raster(3, 7, 0).astype(int).tolist() == [*RECORDING, *RECORDING[:2]]
    assert (emitted(drive, "compiled", "fixed", steps=7, inputs=3) == drive.raster(3, 7, 9)).all()
    assert sleep.Raster([[2]]).graded


def test_patterns_by_hand():
    drive = sleep.Patterns([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]], pattern_steps=3)
    order = drive.order(5, seed=2)
    expected = np.array([[1, 0, 1], [0, 1, 0]])[np.repeat(order, 3)]
    assert sorted(set(order.tolist())) == [0, 1]
    assert (drive.raster(3, 15, 2) == expected).all()


def test_patterns_come_as_often_as_was_said():
    drive = sleep.Patterns(PROTOTYPES, chances=[1, 0, 3])
    counts = np.bincount(drive.order(10_000, seed=5), minlength=3)
    assert counts[1] == 0
    assert abs(counts[0] / 10_000 - 0.25) < 4 * np.sqrt(0.25 * 0.75 / 10_000)


def test_drives_are_found_by_name():
    assert sleep.DRIVES.names() == ("poisson", "gaussian", "slow-wave", "raster", "patterns")
    assert sleep.DRIVES["patterns"] is sleep.Patterns


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: sleep.Gaussian(-1.0), "std holds -1"),
        (lambda: sleep.Gaussian(1.0, noise="brown"), "noise is 'brown'; it must be one of normal"),
        (lambda: sleep.Gaussian([[1.0]]), r"std has shape \(1, 1\)"),
        (lambda: sleep.SlowWave(sleep.Raster([[1]]), 4, 1), "a method with_wave"),
        (lambda: sleep.SlowWave(sleep.Poisson, 4, 1), "it must be a drive"),
        (lambda: sleep.SlowWave(sleep.SlowWave(sleep.Poisson(1), 4, 1), 4, 1), "with_wave"),
        (
            lambda: sleep.SlowWave(sleep.Poisson(1, wave_period=3), 4, 1),
            "drive has a slow wave of 3 steps already",
        ),
        (lambda: sleep.SlowWave(sleep.Poisson(1), 4, 2), "^depth holds 2"),
        (lambda: sleep.Raster([1, 0]), "values has shape"),
        (lambda: sleep.Raster([[0.5]]), "values holds 0.5; spikes are 0 and 1, and currents whole"),
        (lambda: sleep.Patterns([0.5]), "rates has shape"),
        (lambda: sleep.Patterns([[0.5, 1.5]]), "rates holds 1.5; it must be from 0 to 1"),
        (lambda: sleep.Patterns([[0.5]], pattern_steps=0), "pattern_steps is 0"),
        (lambda: sleep.Patterns([[0.5]], chances=[0]), "chances are all 0"),
        (lambda: sleep.Poisson(0.5, plane=(1, 2), window=2).raster(2, 3, 0), "window is 2"),
        (lambda: sleep.Gaussian([1.0, 2.0]).raster(3, 3, 0), r"std has shape \(2,\)"),
        (lambda: sleep.Raster([[1]]).raster(3, 3, 0), "the network has 3 inputs"),
        (lambda: sleep.Patterns([[1]]).raster(3, 3, 0), "the network has 3 inputs"),
        (lambda: sleep.Night(9, sleep.Poisson, 0), "it must be a drive of loihi_sleep.sleep"),
    ],
)
def test_a_drive_out_of_its_range_is_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_currents_are_refused_where_spikes_are_taken():
    network = networks.layered((3, 2), [np.full((2, 3), 10)])
    with pytest.raises(ValueError, match="sends graded currents; the network takes spikes"):
        sleep.run_night(network, sleep.Night(9, sleep.Gaussian(1.0), 0), select())


@dataclass(frozen=True)
class Metronome:
    """A drive that is no class of ours: input j spikes every ``period + j`` steps."""

    period: int
    graded = False

    def build(self, inputs, steps, seed):
        return RingBuffer(data=self.raster(inputs, steps, seed).T.astype(int))

    def raster(self, inputs, steps, seed):
        step = np.arange(1, steps + 1)[:, np.newaxis]
        return step % (self.period + np.arange(inputs)) == 0


class Pair:
    """A sleeper that is no class of ours: one plastic synapse and one neuron."""

    sizes = (1, 1)
    graded = False
    learns = True

    def build(self, numerics, seed, *, for_chip=False):
        return PairProcesses(numerics, seed)


class PairProcesses:
    def __init__(self, numerics, seed):
        # A spike of the neuron and one before it, in the same step of the synapse, add 8.
        rule = rules.sleep_hebb(8, 2).loihi(numerics, seed)
        du = 4095 if numerics == "fixed" else 1.0
        self.synapse = LearningDense(weights=np.array([[100]]), learning_rule=rule)
        self.neuron = LIF(shape=(1,), vth=50, du=du, dv=0)
        self.synapse.a_out.connect(self.neuron.a_in)
        self.neuron.s_out.connect(self.synapse.s_in_bap)
        self.spikes = [self.neuron.s_out]
        self.weights = [self.synapse.weights]

    def connect_input(self, source):
        source.connect(self.synapse.s_in)


@pytest.mark.parametrize("engine", engines.BOTH)
def test_what_others_write_sleeps(engine):
    record = sleep.run_night(
        Pair(), sleep.Night(20, Metronome(5), 0), select(engine, "fixed"), raster_steps=20
    )
    heard, answered = (np.flatnonzero(raster[:, 0]) + 1 for raster in record.rasters)
    assert heard.tolist() == [5, 10, 15, 20]
    assert answered.tolist() == [6, 11, 16]
    assert record.rates.tolist() == [[4 / 20, 3 / 20]]
    assert record.weights[0][0, 0] > 100
    network = networks.layered((3, 2), [np.full((2, 3), 60)], vth=100)
    slept = sleep.run_night(
        network, sleep.Night(20, Metronome(2), 0), select(engine, "fixed"), raster_steps=20
    )
    assert (slept.rasters[0] == Metronome(2).raster(3, 20, 0)).all()
    assert slept.spikes[0].sum() > 0


def test_a_process_that_is_no_drive_is_refused():
    class Other(Metronome):
        def build(self, inputs, steps, seed):
            return RingBuffer(data=np.ones((inputs + 1, 3)))

    night = sleep.Night(20, Other(2), 0)
    network = networks.layered((3, 2), [np.full((2, 3), 60)])
    with pytest.raises(ValueError, match=r"RingBuffer has OutPorts of shapes \[\(4,\)\]"):
        sleep.run_night(network, night, select())


@pytest.mark.parametrize("numerics", ["float", "fixed"])
def test_a_dictionary_sleeps_as_the_others_do(numerics):
    network = DictionaryNetwork(side=4, features=6, gray_rate=100.0, density=0.5, learning_rate=0.4)
    trained = TrainedDictionary(network, network.initial_features(5))
    std = 0.08 * network.thresholds(numerics)[0]
    night = sleep.Night(300, sleep.SlowWave(sleep.Gaussian(std, hold=3), 100.0, 0.6), seed=4)
    record = sleep.run_night(trained, night, select("compiled", numerics))
    after = trained.after(record.weights, numerics).features
    # The same by hand.
    source = sleep_process(night.drive, Schedule(0, 300), 16, 300, night.drive_seed)
    phi, tags = network.weights_and_tags(trained.features, numerics)
    made = network.build(source.s_out, phi, numerics, night.rounding_seed, phi_tags=tags)
    with Session(source, select("compiled", numerics)) as session:
        session.run(300)
        learned = session.get(made.down.weights), session.get(made.down.tag_1)
        assert session.get(made.sparse_probe.count).tolist() == record.spikes[1].tolist()
    assert (after == network.features_of(*learned, numerics)).all()
    assert (after != trained.features).any()
    with pytest.raises(ValueError, match="sends spikes; the network takes graded currents"):
        sleep.run_night(trained, sleep.Night(9, sleep.Poisson(0.1), 0), select())
