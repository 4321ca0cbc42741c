"""Its ProcessModel, for Lava's simulator."""

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from dozing.adapting_lif.process import AdaptingLIF


@implements(proc=AdaptingLIF, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyAdaptingLIFFixed(PyLoihiProcessModel):
    """All neurons, step by step."""

    a_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32)
    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32)
    v: np.ndarray = LavaPyType(np.ndarray, np.int32)
    tired: np.ndarray = LavaPyType(np.ndarray, np.int32)
    vth: np.ndarray = LavaPyType(np.ndarray, np.int32)
    fatigue: np.ndarray = LavaPyType(np.ndarray, np.int32)

    def run_spk(self) -> None:
        """Advance by one step."""
        self.v += self.a_in.recv()
        self.tired -= self.tired // 16
        spikes = self.v > self.vth + self.tired
        self.v[spikes] = 0
        self.tired[spikes] += self.fatigue
        self.s_out.send(spikes.astype(np.int32))
