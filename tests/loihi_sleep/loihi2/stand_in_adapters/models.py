"""ProcessModels of the stand-ins, which run on the CPU."""

import numpy as np
from lava.magma.core.decorator import implements, requires, tag
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort, PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from lava.magma.core.resources import CPU
from lava.magma.core.sync.protocols.loihi_protocol import LoihiProtocol

from stand_in_adapters.process import (
    LateNxToPyAdapter,
    LatePyToNxAdapter,
    NxToPyAdapter,
    PyToNxAdapter,
)


class AbstractAtOnce(PyLoihiProcessModel):
    inp: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
    out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)

    def received(self):
        message = self.inp.recv()
        return message if self.proc_params["num_message_bits"] else message.astype(bool)

    def run_spk(self):
        self.out.send(self.received())


class AbstractLate(AbstractAtOnce):
    def __init__(self, proc_params):
        super().__init__(proc_params)
        self.waiting = np.zeros(proc_params["shape"], dtype=np.int32)

    def run_spk(self):
        self.out.send(self.waiting)
        self.waiting = self.received()


@implements(proc=PyToNxAdapter, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class PyToNxModel(AbstractAtOnce):
    pass


@implements(proc=NxToPyAdapter, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class NxToPyModel(AbstractAtOnce):
    pass


@implements(proc=LatePyToNxAdapter, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class LatePyToNxModel(AbstractLate):
    pass


@implements(proc=LateNxToPyAdapter, protocol=LoihiProtocol)
@requires(CPU)
@tag("fixed_pt")
class LateNxToPyModel(AbstractLate):
    pass
