"""What the models of the Processes do, in both numerics."""

import engines
import numpy as np
import pytest
from lava.magma.core.process.variable import Var
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer as Source

from loihi_sleep.processes.current_drive.process import CurrentDrive
from loihi_sleep.processes.kernels.drive import bernoulli_raster, to_integer_current
from loihi_sleep.processes.kernels.noise import current_of, deviates
from loihi_sleep.processes.kernels.raster import unpack_raster
from loihi_sleep.processes.phase_gate.process import PhaseGate
from loihi_sleep.processes.sleep.process import Sleep
from loihi_sleep.processes.spike_drive.process import SpikeDrive
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.session import Session

BOTH = pytest.mark.parametrize("numerics", ["float", "fixed"])
STEPS = 12


def recorded(out_port, process, numerics, steps=STEPS, before=lambda session: None):
    """What an OutPort sends, shape (steps, neurons)."""
    sink = Sink(shape=out_port.shape, buffer=steps)
    out_port.connect(sink.a_in)
    with Session(process, engines.models(numerics)) as session:
        session.run(1)
        before(session)
        session.run(steps - 1)
        return session.get(sink.data).T


@BOTH
def test_spike_drive_emits_the_raster_drawn_in_advance(numerics):
    rates = np.linspace(0, 1, 12)
    drive = SpikeDrive(
        shape=(12,), rates=rates, seed=5, plane=(3, 4), window=2, wave_period=8, wave_depth=0.5
    )
    expected = bernoulli_raster(rates, STEPS, 5, 8.0, 0.5, 4, 2)
    assert (recorded(drive.s_out, drive, numerics) == expected).all()


@BOTH
def test_rates_can_be_set_between_runs(numerics):
    drive = SpikeDrive(shape=(6,), rates=1.0, seed=5)
    spikes = recorded(drive.s_out, drive, numerics, before=lambda s: s.set(drive.rates, 0.0))
    assert spikes[0].tolist() == [1] * 6
    assert not spikes[1:].any()


@BOTH
def test_current_drive_emits_its_current(numerics):
    drive = CurrentDrive(shape=(4,), mean=[0, 10, 100, 8e6], std=[1, 5, 0, 1e6], seed=2, hold=3)
    values = np.array([[0, 10, 100, 8e6], [1, 5, 0, 1e6]], dtype=float)
    expected = np.array(
        [
            current_of(deviates(2, (t - 1) // 3, 4, 0), values[0], values[1], t, 0.0, 0.0)
            for t in range(1, STEPS + 1)
        ]
    )
    if numerics == "fixed":
        expected = np.array([to_integer_current(row) for row in expected])
    sent = recorded(drive.a_out, drive, numerics)
    assert (sent == expected).all()
    assert (sent[:3] == sent[0]).all()


@BOTH
def test_phase_gate_switches_and_tells(numerics):
    awake, replay = (np.full((2, STEPS), value) for value in (3, 5))
    gate = PhaseGate(shape=(2,), wake_steps=2, sleep_steps=1)
    for data, port in ((awake, gate.wake_in), (replay, gate.replay_in)):
        Source(data=data).s_out.connect(port)
    phases = Sink(shape=(1,), buffer=STEPS)
    gate.phase_out.connect(phases.a_in)
    sink = Sink(shape=(2,), buffer=STEPS)
    gate.s_out.connect(sink.a_in)
    with Session(gate, engines.models(numerics)) as session:
        session.run(STEPS)
        assert session.get(sink.data)[0].tolist() == [3, 3, 5] * 4
        assert session.get(phases.data)[0].tolist() == [0, 0, 1] * 4


@BOTH
def test_sleep_passes_the_input_awake_and_replays_asleep(numerics):
    source = Source(data=np.tile([[1], [0], [1]], (1, STEPS)))
    sleep = Sleep(shape=(3,), wake_steps=4, sleep_steps=4, rates=[0, 0.5, 0.5], seed=9)
    source.s_out.connect(sleep.wake_in)
    replay = bernoulli_raster(np.array([0, 0.5, 0.5]), STEPS, 9, 0.0, 0.0, 3, 0)
    expected = np.tile([1, 0, 1], (STEPS, 1))
    expected[4:8] = replay[4:8]
    assert (recorded(sleep.s_out, sleep, numerics) == expected).all()


def test_schedule_and_rates_of_sleep_can_be_set_by_the_host():
    sleep = Sleep(shape=(3,), wake_steps=100, sleep_steps=0, rates=1.0, seed=9)

    def fall_asleep(session):
        session.set(sleep.wake_steps, 0)
        session.set(sleep.sleep_steps, 1)
        session.set(sleep.elapsed, 0)
        session.set(sleep.rates, [1.0, 1.0, 0.0])
        assert session.get(sleep.rates).tolist() == [1, 1, 0]

    spikes = recorded(sleep.s_out, sleep, "fixed", before=fall_asleep)
    assert spikes[0].tolist() == [0, 0, 0]  # awake, and nothing is connected to wake_in
    assert (spikes[1:] == [1, 1, 0]).all()


def test_sleep_with_a_graded_drive():
    sleep = Sleep(shape=(2,), wake_steps=0, sleep_steps=1, mean=40.0, std=[0.0, 5.0], seed=9)
    currents = recorded(sleep.s_out, sleep, "fixed")
    assert (currents[:, 0] == 40).all()
    assert 1 < currents[:, 1].std() < 15


class Elapsed(SpikeDrive):
    """A drive with a Var of the gate's."""

    def __init__(self, **arguments):
        super().__init__(**arguments)
        self.elapsed = Var(shape=(1,), init=0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "needs one drive"),
        ({"rates": 0.1, "std": 1.0}, "needs one drive"),
        ({"rates": [0.1, 1.5, 0.1]}, "rates holds 1.5; it must be from 0 to 1"),
        ({"rates": 0.1, "wake_steps": 0, "sleep_steps": 0}, "both 0"),
        ({"rates": 0.1, "seed": -1}, "seed is -1"),
        ({"rates": 0.1, "window": 2}, "window is 2; it must be an integer from 0 to 1"),
        ({"std": -1.0}, "std holds -1"),
        ({"rates": 0.1, "drive": lambda: None}, "needs one drive"),
        ({"drive": 3}, "drive is 3; it must be callable"),
        ({"drive": lambda: None}, "what drive builds is None; it must be a Process"),
        (
            {"drive": lambda: Source(data=np.ones((2, 3)))},
            r"RingBuffer has OutPorts of shapes \[\(2,\)\]; a drive has one, of shape \(3,\)",
        ),
        (
            {"drive": lambda: PhaseGate(shape=(3,), wake_steps=1, sleep_steps=1)},
            "PhaseGate has OutPorts of shapes",
        ),
        ({"drive": lambda: Elapsed(shape=(3,), rates=0.1, seed=0)}, "has a Var 'elapsed', as the"),
    ],
)
def test_sleep_refuses(arguments, message):
    with pytest.raises(ValueError, match=message):
        Sleep(**{"shape": (3,), "wake_steps": 1, "sleep_steps": 1, "seed": 0, **arguments})


@BOTH
def test_sleep_emits_any_drive(numerics):
    replayed = np.random.default_rng(3).integers(-9, 9, (3, STEPS))
    sleep = Sleep(shape=(3,), wake_steps=2, sleep_steps=3, drive=lambda: Source(data=replayed))
    expected = replayed.T * (np.arange(STEPS) % 5 >= 2)[:, np.newaxis]
    assert (recorded(sleep.s_out, sleep, numerics) == expected).all()


@BOTH
def test_probe_counts_all_and_keeps_the_first_steps(numerics):
    spikes = np.random.default_rng(0).random((40, STEPS)) < 0.3
    source = Source(data=spikes.astype(int))
    probe = SpikeProbe(shape=(40,), raster_steps=5)
    source.s_out.connect(probe.s_in)
    with Session(source, engines.models(numerics)) as session:
        session.run(STEPS)
        assert (session.get(probe.count) == spikes.sum(axis=1)).all()
        assert (unpack_raster(session.get(probe.raster), 40) == spikes.T[:5]).all()
