"""Hierarchical Processes for tests: one of dense synapses and LIF neurons, and one around it."""

import numpy as np
from lava.magma.core.decorator import implements, tag
from lava.magma.core.model.sub.model import AbstractSubProcessModel
from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var
from lava.proc.dense.process import Dense
from lava.proc.lif.process import LIF


class Layer(AbstractProcess):
    """Two inputs, three neurons; `inner` says what the parts are to be."""

    def __init__(self, inner="whole", name=None):
        super().__init__(inner=inner, name=name)
        self.s_in = InPort(shape=(2,))
        self.s_out = OutPort(shape=(3,))
        self.v = Var(shape=(3,), init=0)


@implements(proc=Layer)
@tag("fixed_pt", "floating_pt")
class SubLayerModel(AbstractSubProcessModel):
    def __init__(self, proc):
        inner = proc.proc_params["inner"]
        self.dense = Dense(weights=np.full((3, 2), 10))
        self.lif = LIF(shape=(3,), du=4095, vth=10_000)
        proc.s_in.connect(self.dense.s_in)
        if inner == "broken":
            raise KeyError("a part is missing")
        self.dense.a_out.connect(self.lif.a_in)
        self.lif.s_out.connect(proc.s_out)
        proc.v.alias(self.lif.v)
        if inner == "strange":
            self.strange = Unknown()
            self.lif.s_out.connect(self.strange.s_in)


class Nested(AbstractProcess):
    """A layer in a Process of its own."""

    def __init__(self, inner="whole", name=None):
        super().__init__(inner=inner, name=name)
        self.s_in = InPort(shape=(2,))
        self.s_out = OutPort(shape=(3,))
        self.v = Var(shape=(3,), init=0)


@implements(proc=Nested)
@tag("fixed_pt", "floating_pt")
class SubNestedModel(AbstractSubProcessModel):
    def __init__(self, proc):
        self.layer = Layer(inner=proc.proc_params["inner"])
        proc.s_in.connect(self.layer.s_in)
        self.layer.s_out.connect(proc.s_out)
        proc.v.alias(self.layer.v)


class Unknown(AbstractProcess):
    """Has no model."""

    def __init__(self):
        super().__init__()
        self.s_in = InPort(shape=(3,))
