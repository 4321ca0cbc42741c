"""ProcessModels of `SparseLIF`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.sparse_lif import advance_sparse_fixed, advance_sparse_float
from loihi_sleep.processes.model_of import model_of
from loihi_sleep.processes.sparse_lif.process import SparseLIF


@model_of(SparseLIF, "floating_pt")
class PySparseLIFModelFloat(PyLoihiProcessModel):
    """All neurons, step by step."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)
    u: np.ndarray = LavaPyType(np.ndarray, float)
    v: np.ndarray = LavaPyType(np.ndarray, float)
    c: np.ndarray = LavaPyType(np.ndarray, float)

    def run_spk(self) -> None:
        """Advance by one step."""
        spikes = np.empty(self.v.size, dtype=np.uint8)
        a_in = np.asarray(self.a_in.recv(), dtype=float)
        parameters = tuple(self.proc_params["parameters"].values())
        advance_sparse_float(self.u, self.v, self.c, a_in, parameters, spikes)
        self.s_out.send(spikes.astype(float))


@model_of(SparseLIF, "fixed_pt")
class PySparseLIFModelFixed(PyLoihiProcessModel):
    """The same in Loihi's integers."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)
    u: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    v: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)
    c: np.ndarray = LavaPyType(np.ndarray, np.int32, precision=24)

    def __init__(self, proc_params: dict[str, Any]) -> None:
        super().__init__(proc_params)
        self._parameters: Any = checks.integers(proc_params["parameters"])

    def run_spk(self) -> None:
        """Advance by one step."""
        spikes = np.empty(self.v.size, dtype=np.uint8)
        a_in = np.asarray(self.a_in.recv(), dtype=np.int32)
        advance_sparse_fixed(self.u, self.v, self.c, a_in, self._parameters, spikes)
        self.s_out.send(spikes.astype(np.int32))
