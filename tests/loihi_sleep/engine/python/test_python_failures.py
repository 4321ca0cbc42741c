"""Models that fail, wait for each other or do not end: what is said, and that it ends."""

import threading
import time
from pathlib import Path

import numpy as np
import pytest
from chains import STEPS, chain
from lava.magma.core.run_conditions import RunSteps
from lava.proc.io.extractor import Extractor
from lava.proc.io.injector import Injector
from lava.proc.lif.process import LIF
from user_processes import Deaf, Doubler, Source

from loihi_sleep import engine
from loihi_sleep.engine import runtime


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
