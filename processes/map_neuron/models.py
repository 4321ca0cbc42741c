"""ProcessModel of `MapNeuron`."""

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.kernels.map_neuron import advance_layer
from loihi_sleep.processes.map_neuron.process import MapNeuron
from loihi_sleep.processes.model_of import model_of


@model_of(MapNeuron, "floating_pt")
class PyMapNeuronModelFloat(PyLoihiProcessModel):
    """All neurons, step by step."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    i_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    v: np.ndarray = LavaPyType(np.ndarray, float)
    v_before: np.ndarray = LavaPyType(np.ndarray, float)
    y: np.ndarray = LavaPyType(np.ndarray, float)
    i_syn: np.ndarray = LavaPyType(np.ndarray, float)

    def run_spk(self) -> None:
        """Advance by one step."""
        a_in = np.asarray(self.a_in.recv(), dtype=float)
        i_in = np.asarray(self.i_in.recv(), dtype=float)
        interval = self.proc_params["reset_interval"]
        if interval and (self.time_step - 1) % interval == 0:
            v, y = self.proc_params["rest"]
            self.v[:], self.v_before[:], self.y[:], self.i_syn[:] = v, v, y, 0.0
        spikes = advance_layer(
            self.v,
            self.v_before,
            self.y,
            self.i_syn,
            a_in,
            i_in,
            self.proc_params["parameters"],
        )
        self.s_out.send(spikes.astype(float))
