"""Models in Python, run in this process: phases, Vars, failures, deadlocks."""

import itertools
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from lava.magma.core.learning.learning_rule import Loihi2FLearningRule
from lava.magma.core.run_conditions import RunContinuous, RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from lava.proc.dense.process import Dense, LearningDense
from lava.proc.io.extractor import Extractor, VarWire
from lava.proc.io.injector import Injector
from lava.proc.io.sink import RingBuffer as Sink
from lava.proc.io.source import RingBuffer
from lava.proc.lif.process import LIF
from lava.proc.monitor.process import Monitor
from user_processes import (
    Counter,
    Deaf,
    Dice,
    Doubler,
    EarlyReader,
    Forgotten,
    OwnLoop,
    Phases,
    Reader,
    RealSource,
    RealWriter,
    Shared,
    Source,
    Together,
    Wide,
)

from loihi_sleep import engine
from loihi_sleep.engine import runtime
from loihi_sleep.errors import RunFailed, UnsupportedGraph
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

STEPS = RunSteps(num_steps=4)
DRAW = {False: np.random.random, True: np.random.normal}


def chain(*processes):
    """Connect Processes one behind the other, and attach them."""
    for before, after in itertools.pairwise(processes):
        out = before.out_ports.members[0]
        out.connect(after.in_ports.members[0])
    return processes


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


def test_a_failure_names_process_step_and_phase_and_shows_where():
    doubler = Doubler(fails_at=3, name="broken")
    chain(Source(), doubler, LIF(shape=(2,)))
    engine.attach(doubler)
    with pytest.raises(RuntimeError) as failure:
        doubler.run(condition=STEPS)
    assert str(failure.value) == (
        "Process 'broken' (Doubler), model PyDoubler, step 3, phase spiking: IndexError: "
        "index 7 is out of bounds"
    )
    # Its own traceback is there, and what it held then can be looked at.
    frames = failure.value.__cause__.__traceback__
    while frames.tb_next is not None:
        frames = frames.tb_next
    assert Path(frames.tb_frame.f_code.co_filename).name == "user_processes.py"
    assert doubler.total.get().tolist() == [6, 6]
    with pytest.raises(RuntimeError, match="broken off in the middle of a step"):
        doubler.run(condition=STEPS)
    doubler.stop()


def test_an_error_without_a_text_is_named():
    doubler = Doubler(error=Unspeakable, fails_at=2)
    chain(Source(), doubler)
    engine.attach(doubler)
    expected = "step 2, phase spiking: Unspeakable: .its text cannot be shown"
    with pytest.raises(RuntimeError, match=expected):
        doubler.run(condition=STEPS)


class Unspeakable(Exception):  # noqa: N818
    """Fails when it is to say what is wrong."""

    def __str__(self):
        raise AttributeError("shape")


def test_those_who_wait_for_each_other_are_reported_at_once():
    first, second = Doubler(name="A"), Doubler(name="B")
    first.s_out.connect(second.a_in)
    second.s_out.connect(first.a_in)
    engine.attach(first)
    began = time.monotonic()
    with pytest.raises(RuntimeError) as failure:
        first.run(condition=STEPS)
    assert time.monotonic() - began < 2
    text = str(failure.value)
    assert "cannot go on in step 1, phase spiking: all wait" in text
    assert (
        "Process 'A' (Doubler), model PyDoubler: port 'a_in' waits for a message of port 's_out' "
        "of Process 'B' (Doubler), model PyDoubler, which waits itself"
    ) in text
    first.stop()


def test_a_receiver_that_never_receives_is_reported_when_its_channel_is_full():
    source, deaf = Source(name="S"), Deaf(name="deaf")
    chain(source, deaf)
    engine.attach(source)
    source.run(condition=RunSteps(num_steps=64))
    with pytest.raises(
        RuntimeError, match=r"(?s)step 65.*64 messages that are not received.*'deaf'"
    ):
        source.run(condition=RunSteps(num_steps=1))


def test_a_compiled_process_that_waits_is_reported_as_well():
    doubler, neurons = Doubler(), LIF(shape=(2,))
    doubler.s_out.connect(neurons.a_in)
    neurons.s_out.connect(doubler.a_in)
    engine.attach(doubler)
    with pytest.raises(RuntimeError, match="the compiled part of the network: port .* waits for"):
        doubler.run(condition=STEPS)


def test_a_loop_with_synapses_in_it_goes_round():
    # What the neuron sends in step t comes back, doubled and weighted, in step t + 1.
    neurons, dense, doubler = (
        LIF(shape=(1,), vth=1, bias_mant=100),
        Dense(weights=np.ones((1, 1)) * 4),
        Doubler((1,)),
    )
    neurons.s_out.connect(dense.s_in)
    dense.a_out.connect(doubler.a_in)
    doubler.s_out.connect(neurons.a_in)
    engine.attach(doubler)
    neurons.run(condition=STEPS)
    assert doubler.total.get().tolist() == [8 * 3]


def test_real_numbers_into_integer_neurons_are_lavas_own_affair():
    """Lava's model shifts what it receives, which NumPy refuses for floats."""
    source, neurons = RealSource(), LIF(shape=(2,))
    chain(source, neurons)
    engine.attach(neurons)
    assert {one.kind: one.where for one in engine.report(neurons).placements}["LIF"] == "Python"
    with pytest.raises(RuntimeError, match="step 1, phase spiking: .*TypeError"):
        neurons.run(condition=STEPS)
    floating = LIF(shape=(2,), vth=100)
    chain(RealSource(), floating)
    engine.attach(floating, "float")
    floating.run(condition=RunSteps(num_steps=1))
    assert floating.v.get().tolist() == [1.5, 1.5]
    assert {one.where for one in engine.report(floating).placements} == {"Python", "compiled"}


def test_numbers_beyond_32_bits_are_refused_with_the_value():
    neurons = LIF(shape=(1,))
    chain(Wide(2**40), neurons)
    engine.attach(neurons)
    with pytest.raises(RunFailed, match=f"has sent {2**40}, which is beyond the 32 bits"):
        neurons.run(condition=STEPS)


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


@pytest.mark.parametrize("target", ["compiled", "python"])
def test_a_refport_reads_and_writes_after_the_step(target):
    neurons, reader = LIF(shape=(2,), bias_mant=3, vth=10**4), Reader((2,), writes=True)
    reader.ref.connect_var(neurons.v)
    engine.attach(neurons, python="allow" if target == "compiled" else "all")
    neurons.run(condition=STEPS)
    # 3, written as 103; 106, written as 206; ...
    assert reader.seen.get()[:4, 0].tolist() == [3, 106, 209, 312]
    assert neurons.v.get().tolist() == [412, 412]


def test_a_refport_reads_weights_before_they_learn():
    rule = Loihi2FLearningRule(dw="2^0*x0", x1_tau=2, x1_impulse=1)
    dense = LearningDense(weights=np.full((1, 1), 10), learning_rule=rule)
    chain(RingBuffer(data=np.ones((1, 4), int)), dense)
    reader = EarlyReader((1, 1))
    reader.ref.connect_var(dense.weights)
    with pytest.warns(UserWarning, match="may read weights before learning"):
        engine.attach(dense)
    dense.run(condition=STEPS)
    assert reader.seen.get().ravel().tolist() == [10, 11, 12, 13]


def test_a_refport_reads_a_varport_of_a_users_process():
    shared, reader = Shared(), Reader((2,))
    reader.ref.connect(shared.port)
    engine.attach(shared)
    shared.run(condition=STEPS)
    assert reader.seen.get()[:4, 1].tolist() == [1, 2, 3, 4]


def test_a_refport_in_the_spiking_phase_is_reported():
    shared, reader = Shared(), Reader((2,), too_early=True)
    reader.ref.connect(shared.port)
    engine.attach(shared)
    with pytest.raises(RuntimeError, match="read and written in the management phases only"):
        shared.run(condition=STEPS)


def test_a_refport_of_real_numbers_does_not_write_to_compiled_integers():
    neurons, writer = LIF(shape=(2,)), RealWriter((2,))
    writer.ref.connect_var(neurons.v)
    engine.attach(neurons)
    with pytest.raises(RunFailed, match="type float64 writes to v of .* give the RefPort type int"):
        neurons.run(condition=STEPS)


def test_a_monitor_records_a_users_var_and_what_its_port_sends():
    doubler = Doubler()
    chain(Source(), doubler, LIF(shape=(2,)))
    of_var, of_port = Monitor(), Monitor()
    of_var.probe(doubler.total, 4)
    of_port.probe(doubler.s_out, 4)
    engine.attach(doubler)
    doubler.run(condition=STEPS)
    data = of_var.get_data()[doubler.name]["total"], of_port.get_data()[doubler.name]["s_out"]
    assert data[0][:, 0].tolist() == [2, 6, 12, 20]
    assert data[1][:, 0].tolist() == [2, 4, 6, 8]


def test_what_a_users_program_sends_and_receives_passes_while_the_network_runs():
    injector, dense, extractor = Injector((2,)), Dense(weights=np.eye(2) * 2), Extractor((2,))
    chain(injector, dense, extractor)
    engine.attach(dense, "float")
    dense.run(condition=RunSteps(num_steps=3, blocking=False))
    answers = []
    for number in (1, 2, 3):
        injector.send(np.full(2, number))
        answers.append(extractor.receive().tolist())
    dense.wait()
    # Synapses take a step; spikes of a Dense without message bits have no size.
    assert answers == [[0, 0], [2, 2], [2, 2]]
    dense.stop()


def test_a_user_who_waits_for_a_model_that_has_failed_hears_of_it():
    injector, doubler, extractor = Injector((2,)), Doubler(), Extractor((2,))
    chain(injector, doubler, extractor)
    engine.attach(doubler)
    doubler.run(condition=RunSteps(num_steps=3, blocking=False))
    # Its total holds integers, and NumPy adds no real numbers to them.
    injector.send(np.full(2, 1))
    with pytest.raises(RuntimeError, match="the run has failed: .*UFuncTypeError"):
        extractor.receive()
    with pytest.raises(RuntimeError, match="step 1, phase spiking: UFuncTypeError"):
        doubler.wait()


def test_a_network_that_waits_for_its_user_can_be_stopped():
    injector = Injector(shape=(2,))
    chain(injector, Doubler())
    engine.attach(injector)
    injector.run(condition=RunSteps(num_steps=3, blocking=False))
    time.sleep(0.1)
    began = time.monotonic()
    injector.stop()
    assert time.monotonic() - began < 2
    with pytest.raises(RuntimeError, match="has been stopped"):
        injector.run(condition=STEPS)


def test_a_var_wire_passes_a_var_on():
    wire, neurons = VarWire(), LIF(shape=(1,), bias_mant=3, vth=100)
    wire.connect_var(neurons.v)
    engine.attach(neurons)
    neurons.run(condition=STEPS)
    assert [wire.receive().item() for _ in range(4)] == [3, 6, 9, 12]
    neurons.stop()
    # A process of Lava's stands behind the wire until that is collected as garbage.
    wire._multi_processing.stop()


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


DEBUGGED = """
import sys
sys.path[:0] = {paths!r}
from user_processes import Doubler, PyDoubler, Source
from lava.magma.core.run_conditions import RunSteps
from loihi_sleep import engine

original = PyDoubler.run_spk

def run_spk(self):
    if self.time_step == 2:
        breakpoint()
    original(self)

PyDoubler.run_spk = run_spk
# The source comes second, so that the model has to wait once.
doubler, source = Doubler(), Source()
source.s_out.connect(doubler.a_in)
engine.attach(doubler)
doubler.run(condition=RunSteps(num_steps=3))
print("total", doubler.total.get().tolist())
"""


@pytest.mark.slow
def test_a_debugger_stops_within_a_model(tmp_path):
    script = tmp_path / "alone" / "debugged.py"
    script.parent.mkdir()
    script.write_text(DEBUGGED.format(paths=folders()))
    ran = subprocess.run(
        [sys.executable, str(script)],
        input="p self.time_step\nn\np self.total.tolist()\nc\n",
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert "(Pdb) 2" in ran.stdout
    assert "(Pdb) [6, 6]" in ran.stdout
    assert "total [12.0, 12.0]" in ran.stdout


ENDLESS = """
import sys
sys.path[:0] = {paths!r}
from user_processes import Doubler, PyDoubler, Source
from lava.magma.core.run_conditions import RunSteps
from loihi_sleep import engine

def run_spk(self):
    print("in the model", flush=True)
    while True:
        pass

PyDoubler.run_spk = run_spk
doubler = Doubler()
engine.attach(doubler)
try:
    doubler.run(condition=RunSteps(num_steps=3))
except KeyboardInterrupt:
    print("interrupted", flush=True)
doubler.stop()
print("stopped", flush=True)
"""


def folders():
    return [str(Path(__file__).parents[4]), str(Path(__file__).parent / "processes_of_users")]


@pytest.mark.slow
def test_a_second_ctrl_c_breaks_into_a_model_that_does_not_end(tmp_path):
    script = tmp_path / "alone" / "endless.py"
    script.parent.mkdir()
    script.write_text(ENDLESS.format(paths=folders()))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout.readline() == "in the model\n"
        run.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(0.5)
        run.send_signal(signal.SIGINT)
        assert run.communicate(timeout=60)[0].split() == ["interrupted", "stopped"]


@pytest.mark.parametrize("blocking", [False, True])
def test_stop_breaks_into_a_model_that_does_not_end(blocking, monkeypatch):
    monkeypatch.setattr(runtime, "_GRACE_S", 0.1)
    begun, heard = threading.Event(), []

    def loop(_):
        begun.set()
        while True:
            pass

    endless = Doubler(error=loop, fails_at=2)
    chain(Source(), endless, LIF(shape=(2,)))
    engine.attach(endless)

    def run():
        try:
            endless.run(condition=RunSteps(4, blocking=blocking))
        except RuntimeError as error:
            heard.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(timeout=60)
    endless.stop()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert len(heard) == blocking
    assert all("run: the network was stopped after" in one for one in heard)


@pytest.mark.slow
def test_models_run_in_processes_that_are_spawned(tmp_path):
    """As joblib, Dask or a notebook on another system start theirs."""
    script = tmp_path / "alone" / "spawned.py"
    script.parent.mkdir()
    script.write_text(SPAWNED.format(paths=folders()))
    ran = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=True
    )
    assert ran.stdout.split("\n")[:2] == 2 * ["[[8.0, 8.0], [16.0, 16.0]]"]


SPAWNED = """
import multiprocessing
import sys
sys.path[:0] = {paths!r}

def run(number):
    # Before Lava, which cannot be imported first in a process that was spawned.
    from loihi_sleep import engine
    import numpy as np
    from lava.magma.core.run_conditions import RunSteps
    from lava.proc.io.source import RingBuffer
    from user_processes import Doubler

    doubler, source = Doubler(), RingBuffer(data=np.full((2, 4), number))
    source.s_out.connect(doubler.a_in)
    engine.attach(doubler)
    doubler.run(condition=RunSteps(num_steps=4))
    return doubler.total.get().tolist()

if __name__ == "__main__":
    # Lava is not imported here; those that are forked find our package imported.
    import loihi_sleep

    for method, workers in (("spawn", 1), ("fork", 2)):
        with multiprocessing.get_context(method).Pool(workers) as pool:
            print(pool.map(run, [1, 2]))
"""


@pytest.mark.parametrize(
    "run_cfg",
    [
        pytest.param("None", marks=pytest.mark.slow),
        "Loihi2SimCfg(exception_proc_model_map={Echo: PyEcho})",
    ],
)
def test_a_process_that_is_typed_into_a_session_runs(run_cfg, tmp_path):
    """As in a cell of a notebook: neither it nor its model has a file; nothing else is executed."""
    (tmp_path / "beside.py").write_text("print('executed')")
    program = TYPED.format(paths=folders(), run_cfg=run_cfg)
    ran = subprocess.run(
        [sys.executable, "-"],
        input=program,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.stdout == "[10.0, 10.0]\n", ran.stderr


TYPED = """
import sys
sys.path[:0] = {paths!r}
import numpy as np
from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.process.ports.ports import InPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

class Echo(AbstractProcess):
    def __init__(self):
        super().__init__()
        self.a_in, self.heard = InPort((2,)), Var((2,), init=0)

@implements(proc=Echo, protocol=LoihiProtocol)
@requires(CPU)
class PyEcho(PyLoihiProcessModel):
    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    heard: np.ndarray = LavaPyType(np.ndarray, np.int32)

    def run_spk(self):
        self.heard += self.a_in.recv()

from lava.magma.core.run_conditions import RunSteps
from lava.magma.core.run_configs import Loihi2SimCfg
from loihi_sleep import engine
from user_processes import Source

echo, source = Echo(), Source()
source.s_out.connect(echo.a_in)
engine.attach(echo, run_cfg={run_cfg})
echo.run(condition=RunSteps(num_steps=4))
print(echo.heard.get().tolist())
"""
