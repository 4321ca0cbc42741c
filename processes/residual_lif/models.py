"""ProcessModels of `ResidualLIF`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.residual_lif import (
    advance_residual_fixed,
    advance_residual_float,
)
from loihi_sleep.processes.model_of import model_of
from loihi_sleep.processes.residual_lif.process import ResidualLIF


@model_of(ResidualLIF, "floating_pt")
class PyResidualLIFModelFloat(PyLoihiProcessModel):
    """All neurons, step by step."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    i_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    u: np.ndarray = LavaPyType(np.ndarray, float)
    v: np.ndarray = LavaPyType(np.ndarray, float)
    bias: np.ndarray = LavaPyType(np.ndarray, float)

    def run_spk(self) -> None:
        """Advance by one step."""
        spikes = np.empty(self.v.size, dtype=np.uint8)
        advance_residual_float(
            self.u,
            self.v,
            np.asarray(self.a_in.recv(), dtype=float),
            np.asarray(self.i_in.recv(), dtype=float),
            self.bias,
            tuple(self.proc_params["parameters"].values()),
            self.proc_params["subtracts"],
            spikes,
        )
        self.s_out.send(spikes.astype(float))


@model_of(ResidualLIF, "fixed_pt")
class PyResidualLIFModelFixed(PyLoihiProcessModel):
    """The same in Loihi's integers."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    i_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    u: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    v: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    bias: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)

    def __init__(self, proc_params: dict[str, Any]) -> None:
        super().__init__(proc_params)
        self._parameters: Any = checks.integers(proc_params["parameters"])

    def run_spk(self) -> None:
        """Advance by one step."""
        spikes = np.empty(self.v.size, dtype=np.uint8)
        advance_residual_fixed(
            self.u,
            self.v,
            np.asarray(self.a_in.recv(), dtype=np.int32),
            np.asarray(self.i_in.recv(), dtype=np.int32),
            self.bias,
            self._parameters,
            self.proc_params["subtracts"],
            spikes,
        )
        self.s_out.send(spikes.astype(np.int32))
