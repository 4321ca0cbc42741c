"""ProcessModel of `GatedDense`."""

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.gated_dense.process import GatedDense
from loihi_sleep.processes.kernels.gated_hebb import learn_gated
from loihi_sleep.processes.kernels.shuffle import shuffled_events
from loihi_sleep.processes.model_of import model_of


@model_of(GatedDense, "floating_pt")
class PyGatedDenseModelFloat(PyLoihiProcessModel):
    """Real weights."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_in_bap: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    weights: np.ndarray = LavaPyType(np.ndarray, float)
    gain: np.ndarray = LavaPyType(np.ndarray, float)
    potentiation: np.ndarray = LavaPyType(np.ndarray, float)
    depression: np.ndarray = LavaPyType(np.ndarray, float)
    width: np.ndarray = LavaPyType(np.ndarray, float)
    s_before: np.ndarray = LavaPyType(np.ndarray, float)
    a_buff: np.ndarray = LavaPyType(np.ndarray, float)

    def run_spk(self) -> None:
        """Send what arrived in the last step, learn from the spikes it caused, take in the next."""
        # Sent before anything is heard: the post-synaptic neurons wait for it.
        self.a_out.send(self.a_buff)
        arrived = self.s_in.recv()
        learn_gated(
            self.weights,
            self.s_before,
            np.flatnonzero(self.s_in_bap.recv()).astype(np.int32),
            self.potentiation[0],
            self.depression[0],
            self.width[0],
        )
        self.a_buff = self.gain[0] * (self.weights @ arrived)
        self.s_before = arrived.astype(float)
        seed = self.proc_params["shuffle_seed"]
        if seed is not None:
            count = np.count_nonzero(arrived)
            self.s_before = np.zeros(arrived.size)
            self.s_before[shuffled_events(count, arrived.size, seed, self.time_step)] = 1
