"""A failure, a hang and Ctrl-C end a run soon, say why, and leave no process behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from lava.proc.lif.process import LIF

from loihi_sleep.errors import RunFailed
from loihi_sleep.processes.spike_drive.process import SpikeDrive
from loihi_sleep.processes.spike_probe.models import PySpikeProbeModelFixed
from loihi_sleep.processes.spike_probe.process import SpikeProbe
from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session

SCRIPT = """
import signal

from loihi_sleep.run.select import select
from loihi_sleep.run.session import Session
from loihi_sleep.processes.spike_drive.process import SpikeDrive
from loihi_sleep.processes.spike_probe.process import SpikeProbe

# A shell that starts the tests in the background makes its children ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
drive = SpikeDrive(shape=(3,), rates=0.5, seed=1)
probe = SpikeProbe(shape=(3,))
drive.s_out.connect(probe.s_in)
with Session(drive, select("lava", "fixed")) as session:
    session.run(1)
    print("running", flush=True)
    session.run(10**9)
"""


def connected():
    drive = SpikeDrive(shape=(3,), rates=0.5, seed=1)
    probe = SpikeProbe(shape=(3,))
    drive.s_out.connect(probe.s_in)
    return drive, probe


def at_step_3(action):
    """A model that does something else at step 3; children inherit it when they are forked."""

    def run_spk(self):
        self.s_in.recv()
        if self.time_step == 3:
            action()

    return run_spk


def fail():
    raise ZeroDivisionError("the membrane is on fire")


def session_of(drive, **options):
    return Session(drive, select("lava", "fixed"), **options)


def test_a_failing_model_ends_the_run_with_its_own_traceback(monkeypatch):
    monkeypatch.setattr(PySpikeProbeModelFixed, "run_spk", at_step_3(fail))
    drive, probe = connected()
    before = time.monotonic()
    with pytest.raises(RunFailed, match="the membrane is on fire") as failure:
        with session_of(drive) as session:
            session.run(10)
    assert "in fail" in str(failure.value)
    assert time.monotonic() - before < 10
    assert multiprocessing.active_children() == []


def test_a_model_that_hangs_is_ended_after_the_time_limit(monkeypatch):
    monkeypatch.setattr(PySpikeProbeModelFixed, "run_spk", at_step_3(lambda: time.sleep(1000)))
    drive, _ = connected()
    before = time.monotonic()
    with pytest.raises(RunFailed, match=r"run\(10\) took more than 1 s"):
        with session_of(drive, timeout_s=1) as session:
            session.run(10)
    assert time.monotonic() - before < 10
    assert multiprocessing.active_children() == []


def test_a_child_that_is_killed_ends_the_run(monkeypatch):
    suicide = at_step_3(lambda: os.kill(os.getpid(), signal.SIGKILL))
    monkeypatch.setattr(PySpikeProbeModelFixed, "run_spk", suicide)
    drive, _ = connected()
    with pytest.raises(RunFailed, match="ended before its time"):
        with session_of(drive) as session:
            session.run(10)
    assert multiprocessing.active_children() == []


def test_an_error_of_the_caller_ends_the_children_and_stays_itself():
    drive, _ = connected()
    with pytest.raises(KeyError, match="mine"):
        with session_of(drive) as session:
            session.run(2)
            raise KeyError("mine")
    assert multiprocessing.active_children() == []


def test_whole_numbers_that_are_no_int64_stay_what_they_are():
    neurons = LIF(shape=(2,), du=0, dv=0, vth=1e30)
    with Session(neurons, select("compiled", "float")) as session:
        session.run(1)
        session.set(neurons.v, [1e19, -3e20])
        assert session.get(neurons.v).tolist() == [1e19, -3e20]


def test_a_session_that_is_over_says_so():
    drive, probe = connected()
    with session_of(drive) as session:
        session.run(5)
        counts = session.get(probe.count)
    assert counts.dtype == np.int64
    assert multiprocessing.active_children() == []
    with pytest.raises(RunFailed, match="the session is over"):
        session.run(1)


@pytest.mark.parametrize("steps", [0, -1, 2.5])
def test_steps_are_checked(steps):
    drive, _ = connected()
    with pytest.raises(ValueError, match="steps is"), session_of(drive) as session:
        session.run(steps)


def children_of(pid):
    """Processes whose parent is `pid`, and theirs."""
    found, parents = [], {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(entry.parent.name)] = int(fields[1])
    layer = [pid]
    while layer:
        layer = [child for child, parent in parents.items() if parent in layer]
        found += layer
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize(
    "ending", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.slow)]
)
def test_no_process_outlives_ctrl_c_or_a_kill(ending):
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        assert process.stdout.readline() == "running\n"
        children = children_of(process.pid)
        assert len(children) >= 3
        process.send_signal(ending)
        process.wait(timeout=60)
        deadline = time.monotonic() + 60
        while any(Path(f"/proc/{child}").exists() for child in children):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
