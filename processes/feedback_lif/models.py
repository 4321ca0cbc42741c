"""ProcessModel of `FeedbackLIF`."""

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.feedback_lif.process import FeedbackLIF
from loihi_sleep.processes.kernels.feedback_lif import feed_back
from loihi_sleep.processes.model_of import model_of


@model_of(FeedbackLIF, "fixed_pt")
class PyFeedbackLIFModelFixed(PyLoihiProcessModel):
    """All neurons, step by step."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    feedback_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    s_out_bap: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=1)
    s_out_y1: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=7)
    v: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    active: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=1)
    y1: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)

    def run_spk(self) -> None:
        """Advance by one step."""
        parameters, interval = self.proc_params, self.proc_params["interval"]
        a_in = np.asarray(self.a_in.recv(), dtype=np.int32)
        feedback_in = np.asarray(self.feedback_in.recv(), dtype=np.int32)
        if self.time_step % interval == parameters["offset"] % interval:
            for state in (self.v, self.active):
                state[:] = 0
        spikes = np.empty(self.v.size, dtype=np.uint8)
        constants = (parameters["vth"], parameters["gain"])
        feed_back(self.v, self.active, self.y1, a_in, feedback_in, constants, spikes)
        self.s_out.send(spikes.astype(np.int32))
        self.s_out_bap.send(spikes.astype(np.int32))
        self.s_out_y1.send(self.y1)
