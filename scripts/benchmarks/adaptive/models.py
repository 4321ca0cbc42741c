"""How Adaptive is run."""

import numpy as np
from lava.magma.core.decorator import implements, requires
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from benchmarks.adaptive.process import Adaptive


@implements(proc=Adaptive, protocol=LoihiProtocol)
@requires(CPU)
class PyAdaptiveModel(PyLoihiProcessModel):
    """Integers."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    v: np.ndarray = LavaPyType(np.ndarray, np.int32)
    rise: np.ndarray = LavaPyType(np.ndarray, np.int32)

    def run_spk(self) -> None:
        """Integrate, spike, adapt."""
        self.v += self.a_in.recv() - self.v // 16
        spikes = self.v > self.proc_params["vth"] + self.rise
        self.v[spikes] = 0
        self.rise += spikes * 64 - self.rise // 32
        self.s_out.send(spikes.astype(np.int32))
