"""Several callers at once, Ctrl-C, and steps that are no steps."""

import os
import signal
import threading
import time

import numpy as np
import pytest
from damaged_states import assert_same, plastic
from lava.magma.core.run_conditions import RunContinuous, RunSteps
from lava.proc.lif.process import LIF

from loihi_sleep import engine
from loihi_sleep.engine.runtime import MOST_STEPS, runtime_of

# Some tens of milliseconds each.
LONG = 60_000


def attached():
    neurons = plastic(3)
    engine.attach(neurons)
    neurons.run(condition=RunSteps(1))
    return neurons


@pytest.mark.parametrize("steps", [2.5, -1, np.nan, True, "5", None, 10**30])
def test_steps_are_a_number_of_steps(steps):
    neurons = attached()
    with pytest.raises(ValueError, match="num_steps is .*; it must be an integer from 0"):
        neurons.run(condition=RunSteps(steps))
    neurons.run(condition=RunSteps(np.int64(2)))
    assert runtime_of(neurons).program.clock.step == 3


def test_a_network_runs_no_more_steps_than_it_can_count():
    neurons = attached()
    with pytest.raises(ValueError, match=f"the 1 steps before, a network can run {MOST_STEPS}"):
        neurons.run(condition=RunSteps(MOST_STEPS))
    runtime_of(neurons).program.clock.step = MOST_STEPS - 600
    neurons.run(condition=RunContinuous())
    with pytest.raises(RuntimeError, match=f"it can run {MOST_STEPS}"):
        neurons.wait()


def in_thread(call):
    """Make a call in a thread; return the thread and a list for what it raises."""
    raised = []

    def carry_out():
        try:
            call()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=carry_out)
    thread.start()
    return thread, raised


def running(neurons, steps=10**8):
    """Run in another thread; return when it is under way."""
    before = runtime_of(neurons).program.clock.step
    thread, raised = in_thread(lambda: neurons.run(condition=RunSteps(steps)))
    wait_for_a_step(neurons, before)
    return thread, raised


def wait_for_a_step(neurons, before):
    while runtime_of(neurons).program.clock.step == before:
        time.sleep(0.001)


def test_a_running_network_refuses_every_other_caller():
    neurons = attached()
    state, counter = engine.state(neurons), engine.count(neurons)
    thread, raised = running(neurons)
    for call in (
        lambda: neurons.run(condition=RunSteps(1)),
        lambda: neurons.run(condition=RunContinuous()),
        neurons.v.get,
        lambda: neurons.v.set(np.zeros(12)),
        lambda: engine.state(neurons),
        lambda: engine.restore(neurons, state),
        lambda: engine.count(neurons),
        counter.activity,
    ):
        with pytest.raises(RuntimeError, match=r": a run is under way; wait\(\) for it or pause"):
            call()
    assert thread.is_alive()
    neurons.pause()
    thread.join()
    assert not raised
    # What ran, ran correctly.
    steps = runtime_of(neurons).program.clock.step
    alone = attached()
    alone.run(condition=RunSteps(steps - 1))
    for listener in neurons.runtime.listeners:
        listener.close()
    assert_same(engine.state(alone), engine.state(neurons))


def test_of_two_runs_at_once_one_is_refused():
    neurons = attached()
    barrier = threading.Barrier(2)

    def run():
        barrier.wait()
        neurons.run(condition=RunSteps(LONG))

    pairs = [in_thread(run) for _ in range(2)]
    for thread, _ in pairs:
        thread.join()
    errors = [error for _, raised in pairs for error in raised]
    assert len(errors) == 1
    assert "run: a run is under way" in str(errors[0])
    assert runtime_of(neurons).program.clock.step == LONG + 1


def test_short_calls_wait_for_each_other():
    neurons = attached()
    calls = [lambda: [neurons.v.get() for _ in range(300)] for _ in range(4)]
    for thread, raised in [in_thread(call) for call in calls]:
        thread.join()
        assert not raised


def test_stop_ends_a_run_in_another_thread_which_says_so():
    neurons = attached()
    thread, raised = running(neurons)
    neurons.stop()
    thread.join(timeout=60)
    assert not thread.is_alive()
    assert "run: the network was stopped after" in str(raised[0])
    with pytest.raises(RuntimeError, match="get: the network has been stopped"):
        neurons.v.get()


def test_wait_waits_for_a_run_in_another_thread():
    neurons = attached()
    thread, raised = running(neurons, LONG)
    neurons.wait()
    assert runtime_of(neurons).program.clock.step == LONG + 1
    thread.join()
    assert not raised


def press_ctrl_c_after(seconds):
    timer = threading.Timer(seconds, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def press_ctrl_c_in_a_run_of(neurons):
    """Press Ctrl-C when the next run of a network is under way."""
    before = runtime_of(neurons).program.clock.step

    def press():
        wait_for_a_step(neurons, before)
        os.kill(os.getpid(), signal.SIGINT)

    return in_thread(press)[0]


def test_ctrl_c_leaves_a_network_that_goes_on_as_if_nothing_had_been():
    neurons = attached()
    for _ in range(4):
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c_in_a_run_of(neurons)
            neurons.run(condition=RunSteps(10**8))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    steps = runtime_of(neurons).program.clock.step
    assert steps > 1
    alone = attached()
    alone.run(condition=RunSteps(steps - 1))
    assert_same(engine.state(alone), engine.state(neurons))


def test_a_handler_that_raises_nothing_lets_the_run_go_on():
    neurons, heard = attached(), []
    previous = signal.signal(signal.SIGINT, lambda *_: heard.append(1))
    try:
        pressing = press_ctrl_c_in_a_run_of(neurons)
        neurons.run(condition=RunSteps(LONG))
        pressing.join()
        assert signal.getsignal(signal.SIGINT) is not previous
    finally:
        signal.signal(signal.SIGINT, previous)
    assert heard == [1]
    assert runtime_of(neurons).program.clock.step == LONG + 1


def test_a_handler_may_stop_the_network_that_it_interrupts():
    neurons = attached()
    previous = signal.signal(signal.SIGINT, lambda *_: neurons.stop())
    try:
        press_ctrl_c_in_a_run_of(neurons)
        with pytest.raises(RuntimeError, match="the network was stopped after"):
            neurons.run(condition=RunSteps(10**8))
    finally:
        signal.signal(signal.SIGINT, previous)
    with pytest.raises(RuntimeError, match="has been stopped"):
        neurons.v.get()


def test_a_run_that_broke_off_in_the_middle_of_a_step_does_not_go_on(monkeypatch):
    neurons = attached()

    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(runtime_of(neurons).program.layers[0], "draw", fail)
    with pytest.raises(MemoryError):
        neurons.run(condition=RunSteps(1))
    with pytest.raises(RuntimeError, match="get: a run of the network was broken off"):
        neurons.v.get()
    neurons.stop()


def test_ctrl_c_ends_many_runs_at_once():
    networks = [LIF(shape=(3,), bias_mant=2) for _ in range(3)]
    with pytest.raises(KeyboardInterrupt):
        press_ctrl_c_after(0.3)
        engine.run_many(networks, 2**30, workers=2)
    for neurons in networks:
        neurons.run(condition=RunSteps(1))
