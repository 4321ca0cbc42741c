"""ProcessModel of `ReceptiveSynapses`."""

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.kernels.receptive_stdp import learn_receptive, transmit_sparse
from loihi_sleep.processes.model_of import model_of
from loihi_sleep.processes.receptive_synapses.process import ReceptiveSynapses


@model_of(ReceptiveSynapses, "floating_pt")
class PyReceptiveSynapsesModelFloat(PyLoihiProcessModel):
    """Sends what arrived in the step before, then takes in and learns."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_in_bap: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    sources: np.ndarray = LavaPyType(np.ndarray, np.int64)
    weights: np.ndarray = LavaPyType(np.ndarray, float)
    input_sum: np.ndarray = LavaPyType(np.ndarray, float)
    last_spike: np.ndarray = LavaPyType(np.ndarray, np.int64)
    conductance: np.ndarray = LavaPyType(np.ndarray, float)
    learning: np.ndarray = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """Advance by one step."""
        self.a_out.send(self.conductance)
        spikes = np.asarray(self.s_in.recv(), dtype=float)
        post_spikes = self.s_in_bap.recv()
        parameters = self.proc_params
        if (self.time_step - 1) % parameters["cycle_steps"] == 0:
            self.last_spike[:] = -1
        if self.learning[0]:
            for neuron in np.flatnonzero(post_spikes):
                learn_receptive(
                    self.weights,
                    self.sources,
                    self.last_spike,
                    self.input_sum,
                    neuron,
                    self.time_step,
                    parameters["rule"],
                )
        self.last_spike[spikes != 0] = self.time_step
        self.conductance = np.zeros_like(self.conductance)
        if spikes.any():
            transmit_sparse(
                self.weights,
                self.sources,
                spikes,
                parameters["seed"],
                self.time_step,
                parameters["release"],
                self.conductance,
            )
