"""ProcessModel of `TaughtLIF`."""

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.kernels.taught_lif import teach
from loihi_sleep.processes.model_of import model_of
from loihi_sleep.processes.taught_lif.process import TaughtLIF


@model_of(TaughtLIF, "fixed_pt")
class PyTaughtLIFModelFixed(PyLoihiProcessModel):
    """All neurons, step by step."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    teacher_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    s_out_bap: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=1)
    s_out_y1: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=7)
    error_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=8)
    v: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    count: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    y1: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    error: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    gain: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)

    def run_spk(self) -> None:
        """Advance by one step."""
        parameters, interval = self.proc_params, self.proc_params["interval"]
        a_in = np.asarray(self.a_in.recv(), dtype=np.int32)
        teacher_in = np.asarray(self.teacher_in.recv(), dtype=np.int32)
        if self.time_step % interval == parameters["offset"] % interval:
            for state in (self.v, self.count):
                state[:] = 0
        spikes = np.empty(self.v.size, dtype=np.uint8)
        constants = (parameters["vth"], parameters["target"], int(self.gain[0]))
        teach(self.v, self.count, self.y1, self.error, a_in, teacher_in, constants, spikes)
        self.s_out.send(spikes.astype(np.int32))
        self.s_out_bap.send(spikes.astype(np.int32))
        self.s_out_y1.send(self.y1)
        self.error_out.send(self.error)
