"""ProcessModels of `PhaseGate`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.kernels.schedule import advance, is_asleep
from loihi_sleep.processes.model_of import model_of
from loihi_sleep.processes.phase_gate.process import PhaseGate


class AbstractPyPhaseGateModel(PyLoihiProcessModel):
    """Reads both inputs every step, so that neither sender ever waits."""

    wake_in: Any = None
    replay_in: Any = None
    s_out: Any = None
    phase_out: Any = None
    wake_steps: np.ndarray = LavaPyType(np.ndarray, int)
    sleep_steps: np.ndarray = LavaPyType(np.ndarray, int)
    elapsed: np.ndarray = LavaPyType(np.ndarray, int)

    def run_spk(self) -> None:
        """Pass one of the two inputs on and advance the cycle."""
        awake_values = self.wake_in.recv()
        replayed_values = self.replay_in.recv()
        asleep = is_asleep(self.elapsed[0], self.wake_steps[0])
        self.s_out.send(replayed_values if asleep else awake_values)
        self.phase_out.send(np.array([asleep]))
        self.elapsed[0] = advance(self.elapsed[0], self.wake_steps[0], self.sleep_steps[0])


@model_of(PhaseGate, "floating_pt")
class PyPhaseGateModelFloat(AbstractPyPhaseGateModel):
    """Floats through."""

    wake_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    replay_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    phase_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)


@model_of(PhaseGate, "fixed_pt")
class PyPhaseGateModelFixed(AbstractPyPhaseGateModel):
    """Integers through."""

    wake_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    replay_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    phase_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=1)
