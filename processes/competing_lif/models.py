"""ProcessModel of `CompetingLIF`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.competing_lif.process import CompetingLIF
from loihi_sleep.processes.kernels.competing_lif import compete, end_presentation
from loihi_sleep.processes.model_of import model_of


@model_of(CompetingLIF, "fixed_pt")
class PyCompetingLIFModelFixed(PyLoihiProcessModel):
    """All neurons, step by step."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    inhibition_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    s_out_bap: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=1)
    s_out_y1: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=7)
    v: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    drive: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    norm: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    theta: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    wins: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    rate: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    spiked: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    inhibited: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    won: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    elapsed: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)

    def __init__(self, proc_params: dict[str, Any]) -> None:
        super().__init__(proc_params)
        self._parameters = tuple(proc_params["parameters"].values())

    def run_spk(self) -> None:
        """Advance by one step."""
        parameters, interval = self.proc_params, self.proc_params["interval"]
        a_in = np.asarray(self.a_in.recv(), dtype=np.int32)
        inhibition_in = np.asarray(self.inhibition_in.recv(), dtype=np.int32)
        if self.time_step % interval == parameters["offset"] % interval:
            end_presentation(
                self.v,
                self.drive,
                self.theta,
                self.inhibited,
                self.won,
                parameters["conscience"],
                parameters["share"],
            )
            self.spiked[:] = 0
            self.elapsed[:] = 0
        self.elapsed += 1
        spikes = np.empty(self.v.size, dtype=np.uint8)
        winners = np.empty(self.v.size, dtype=np.int32)
        compete(
            self.v,
            self.drive,
            self.norm,
            self.theta,
            self.wins,
            self.rate,
            self.spiked,
            self.inhibited,
            self.won,
            a_in,
            inhibition_in,
            (*self._parameters, int(self.elapsed[0])),
            spikes,
            winners,
        )
        self.s_out.send(spikes.astype(np.int32))
        self.s_out_bap.send(winners)
        self.s_out_y1.send(self.rate)
