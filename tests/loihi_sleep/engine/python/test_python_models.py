"""Models in Python, run in this process: what is chosen, phases, pauses, random numbers."""

import re
import time

import numpy as np
import pytest
from chains import STEPS, chain
from lava.magma.core.run_conditions import RunContinuous, RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor
from user_processes import (
    Counter,
    Dice,
    Doubler,
    Forgotten,
    OwnLoop,
    Phases,
    Source,
    Together,
)

from loihi_sleep import engine
from loihi_sleep.engine.python import network
from loihi_sleep.errors import UnsupportedGraph
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

DRAW = {False: np.random.random, True: np.random.normal}


def test_a_model_of_a_users_runs_beside_compiled_neurons():
    source = RingBuffer(data=np.array([[3, 0, 1, 0], [0, 5, 0, 0]]))
    doubler, neurons = Doubler(), LIF(shape=(2,), vth=100)
    chain(source, doubler, neurons)
    engine.attach(neurons)
    neurons.run(condition=STEPS)
    assert doubler.total.get().tolist() == [8, 10]
    # The model holds a number, the Process declares a vector of one.
    assert doubler.gain.get().tolist() == [2]
    doubler.gain.set(np.array([3]))
    assert doubler.gain.get().tolist() == [3]
    neurons.run(condition=RunSteps(num_steps=1))
    # The ring begins again.
    assert doubler.total.get().tolist() == [8 + 9, 10]
    neurons.stop()


def test_report_says_what_runs_where_and_why():
    doubler, neurons = Doubler(), LIF(shape=(2,))
    chain(Source(), doubler, neurons)
    engine.attach(neurons)
    neurons.run(condition=STEPS)
    report = engine.report(neurons)
    where = {one.kind: one.where for one in report.placements}
    assert where == {"Doubler": "Python", "LIF": "compiled", "Source": "Python"}
    assert all(one.seconds > 0 for one in report.placements if one.where == "Python")
    assert 0 < report.python_share < 1
    text = report.text()
    assert text.startswith("compiled: 1 of 3 Processes, ")
    assert "Python: " in text
    assert "PyDoubler, for which there is no compiled node" in text


def test_a_run_that_models_in_python_make_slow_says_so_once(monkeypatch, capsys):
    monkeypatch.setattr(network, "_SLOW_S", 0.0)
    doubler, neurons = Doubler(), LIF(shape=(2,))
    chain(Source(), doubler, neurons)
    engine.attach(neurons)
    for _ in range(3):
        neurons.run(condition=STEPS)
    assert re.fullmatch(
        r"loihi-sleep: \d+% of \d+ s went into models in Python; "
        r"loihi_sleep.engine.report\(process\).text\(\) says which\n",
        capsys.readouterr().err,
    )


def test_python_may_be_refused():
    doubler, neurons = Doubler(), LIF(shape=(2,))
    chain(doubler, neurons)
    with pytest.raises(UnsupportedGraph, match="PyDoubler, for which there is no compiled node"):
        engine.attach(neurons, python="refuse")
    with pytest.raises(
        ValueError, match="python is 'perhaps'; it must be one of allow, refuse, all"
    ):
        engine.attach(neurons, python="perhaps")
    stranger = LIF(shape=(2,), name="stranger")
    for python, complaint in (
        (None, "python is None; it must be one of allow, refuse, all, or a list of Processes"),
        (neurons, r"python is Process .* \(LIF\); it must be one of .*, or a list of Processes"),
        (["LIF"], "an element of python is 'LIF'; it must be a Process of the network"),
        (
            [neurons, stranger],
            r"python names Process 'stranger' \(LIF\), which is not connected to",
        ),
    ):
        with pytest.raises(ValueError, match=complaint):
            engine.attach(neurons, python=python)
    engine.attach(neurons, python=(one for one in [neurons]))
    assert {one.where for one in engine.report(neurons).placements} == {"Python"}


def test_neurons_that_cannot_be_compiled_in_their_shape_run_with_a_warning():
    neurons = LIF(shape=(2,), du=0.5)
    chain(RingBuffer(data=np.ones((2, 4), int)), neurons)
    with pytest.warns(UserWarning, match="du is 0.5; it must be an integer in fixed.*in Python"):
        engine.attach(neurons)


def test_what_a_model_lacks_of_its_process_is_named():
    forgotten = Forgotten()
    chain(Source(), forgotten)
    expected = "has Var 'level' and InPort 'a_in', which its PyForgotten has not"
    with pytest.raises(UnsupportedGraph, match=expected):
        engine.attach(forgotten)


def test_nobody_is_warned_of_what_was_asked_for(recwarn):
    neurons = LIF(shape=(2,))
    chain(Source(), neurons)
    engine.attach(neurons, python=[neurons])
    assert [one.where for one in engine.report(neurons).placements] == ["Python", "Python"]
    assert not recwarn.list


def test_phases_are_called_in_the_order_of_lavas_service():
    all_phases, some = Phases(), Phases(every=(0, 2, 3))
    for process in (all_phases, some):
        engine.attach(process)
        process.run(condition=RunSteps(num_steps=2))
    expected = [11, 12, 13, 14, 21, 22, 23, 24]
    assert all_phases.calls.get().astype(int)[: len(expected)].tolist() == expected
    # Learning every second step, management after it every third.
    some.run(condition=STEPS)
    calls = some.calls.get().astype(int)
    assert calls[calls > 0].tolist() == [11, 21, 23, 31, 34, 41, 43, 51, 61, 63, 64]


def test_a_model_may_ask_for_a_pause_or_a_stop():
    pausing = Phases(pauses_at=3)
    engine.attach(pausing)
    pausing.run(condition=RunSteps(num_steps=100))
    assert pausing.runtime.program.clock.step == 3
    pausing.run(condition=RunSteps(num_steps=2))
    assert pausing.runtime.program.clock.step == 5
    stopping = Phases(stops_at=2)
    engine.attach(stopping)
    stopping.run(condition=RunSteps(num_steps=100))
    with pytest.raises(RuntimeError, match="has been stopped"):
        stopping.calls.get()


@pytest.mark.parametrize("normal", [False, True])
def test_each_model_has_a_copy_of_numpys_random_state(normal):
    """As Lava's forks have it: two models draw the same, and the user's own state stays."""
    dice = [Dice(normal), Dice(normal)]
    np.random.seed(7)  # noqa: NPY002
    expected = [DRAW[normal]() for _ in range(6)]
    np.random.seed(7)  # noqa: NPY002
    for one in dice:
        engine.attach(one)
    # Models of one network, which take turns.
    for one in dice:
        one.run(condition=RunSteps(num_steps=3))
        one.run(condition=RunSteps(num_steps=3))
        assert one.drawn.get()[:6].tolist() == expected
    assert DRAW[normal]() == expected[0]


def test_models_that_take_turns_keep_their_random_states():
    """Both are in one network; a normal number that is left over is kept as well."""
    dice, probe = [Dice(normal=True), Dice(normal=True)], Monitor()
    hub = Together(dice)
    np.random.seed(3)  # noqa: NPY002
    expected = [np.random.normal() for _ in range(6)]  # noqa: NPY002
    np.random.seed(3)  # noqa: NPY002
    probe.probe(dice[0].drawn, 6)
    engine.attach(hub)
    hub.run(condition=RunSteps(num_steps=6))
    for one in dice:
        assert one.drawn.get()[:6].tolist() == expected


def test_parameters_are_the_models_own():
    data = np.array([[3, 0], [0, 5]])
    ring = RingBuffer(data=data)
    chain(ring, Doubler())
    engine.attach(ring, python="all")
    ring.run(condition=RunSteps(num_steps=2))
    ring.data.set(np.zeros((2, 2)))
    assert data.tolist() == [[3, 0], [0, 5]]


def test_asynchronous_models_run_beside_time_steps():
    counter, doubler = Counter(), Doubler()
    chain(counter, doubler)
    engine.attach(doubler)
    doubler.run(condition=STEPS)
    assert doubler.total.get().tolist() == [20, 20]
    assert counter.turns.get() >= 4
    doubler.stop()


def test_an_endless_asynchronous_model_ends_at_a_pause():
    counter, doubler = Counter(endless=True), Doubler()
    chain(counter, doubler)
    engine.attach(doubler)
    doubler.run(condition=RunContinuous())
    time.sleep(0.2)
    doubler.pause()
    assert doubler.total.get()[0] > 0
    doubler.run(condition=RunContinuous())
    doubler.stop()


def test_a_run_without_end_is_paused_after_a_step():
    doubler = Doubler()
    chain(Source(), doubler)
    engine.attach(doubler)
    doubler.run(condition=RunContinuous())
    time.sleep(0.1)
    doubler.pause()
    steps = doubler.runtime.program.clock.step
    assert steps > 0
    assert doubler.total.get()[0] == steps * (steps + 1)
    doubler.stop()


def test_a_model_that_drives_itself_is_refused():
    process = OwnLoop()
    with pytest.raises(UnsupportedGraph, match="PyOwnLoop, which has a _spike of its own"):
        engine.attach(process)
    assert process.runtime is None


@pytest.mark.parametrize(
    "build",
    [
        lambda: chain(
            RingBuffer(data=np.arange(8).reshape(2, 4)), Doubler(), LIF(shape=(2,), vth=9)
        ),
        lambda: chain(Source(), Dense(weights=np.arange(6).reshape(3, 2)), LIF(shape=(3,), vth=40)),
        lambda: chain(
            LIF(shape=(2,), bias_mant=5, vth=9),
            Doubler(),
            Dense(weights=np.eye(2) * 8),
            Sink(shape=(2,), buffer=4),
        ),
    ],
)
def test_networks_with_users_models_are_lavas(build):
    """On Lava's simulator itself, which takes a second each."""
    ours, lavas = build(), build()
    run_cfg = select("lava", "fixed")
    with Session(lavas[0], run_cfg) as session:
        session.run(4)
        expected = [
            session.get(var).tolist()
            for process in lavas
            for var in process.vars.members
            if var.name in ("v", "u", "total", "data")
        ]
    engine.attach(ours[0])
    ours[0].run(condition=STEPS)
    found = [
        var.get().astype(int).tolist()
        for process in ours
        for var in process.vars.members
        if var.name in ("v", "u", "total", "data")
    ]
    assert found == expected


@pytest.mark.parametrize("receiver", [lambda: LIF(shape=(2,)), Doubler])
def test_what_a_users_process_sends_is_counted(receiver):
    """Whether a compiled Process receives it or another one in Python."""
    source = RingBuffer(data=np.array([[3, 0, 1, 0], [0, 5, 2, 0]]))
    doubler = Doubler()
    chain(source, doubler, receiver())
    engine.attach(doubler)
    counter = engine.count(doubler)
    doubler.run(condition=STEPS)
    spikes = {one.name: one.spikes for one in counter.activity().parts}
    assert spikes[doubler.name] == 4
    assert spikes[source.name] == 4


def test_lavas_own_run_configurations_choose_the_models():
    neurons = LIF(shape=(2,), bias_mant=3, vth=100)
    engine.attach(neurons, run_cfg=Loihi2SimCfg(select_tag="fixed_pt"), python="all")
    neurons.run(condition=STEPS)
    assert neurons.v.get().tolist() == [12, 12]
