"""Programs with models in Python, each in a process of its own: debugged, interrupted, typed."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

FOLDERS = [str(Path(__file__).parents[4]), str(Path(__file__).parent / "processes_of_users")]
# What each program begins with.
IMPORTABLE = f"import sys\nsys.path[:0] = {FOLDERS!r}\n"


def written(tmp_path, program):
    """Write a program into a folder of its own; returns the command that runs it."""
    script = tmp_path / "alone" / "program.py"
    script.parent.mkdir()
    script.write_text(IMPORTABLE + program)
    return [sys.executable, str(script)]


DEBUGGED = """
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
    ran = subprocess.run(
        written(tmp_path, DEBUGGED),
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


@pytest.mark.slow
def test_a_second_ctrl_c_breaks_into_a_model_that_does_not_end(tmp_path):
    command = written(tmp_path, ENDLESS)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout.readline() == "in the model\n"
        run.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            run.wait(0.5)
        run.send_signal(signal.SIGINT)
        assert run.communicate(timeout=60)[0].split() == ["interrupted", "stopped"]


@pytest.mark.slow
def test_models_run_in_processes_that_are_spawned(tmp_path):
    """As joblib, Dask or a notebook on another system start theirs."""
    ran = subprocess.run(
        written(tmp_path, SPAWNED), capture_output=True, text=True, timeout=120, check=True
    )
    assert ran.stdout.split("\n")[:2] == 2 * ["[[8.0, 8.0], [16.0, 16.0]]"]


SPAWNED = """
import multiprocessing

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
    ran = subprocess.run(
        [sys.executable, "-"],
        input=IMPORTABLE + TYPED.format(run_cfg=run_cfg),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.stdout == "[10.0, 10.0]\n", ran.stderr


TYPED = """
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
