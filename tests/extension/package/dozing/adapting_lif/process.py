"""The Process `AdaptingLIF`."""

from typing import ClassVar

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var

from loihi_sleep.processes.role import Role


class AdaptingLIF(AbstractProcess):
    """Integrate-and-fire neurons in integers, which tire.

    In each step ``v += a_in`` and ``tired -= tired // 16``; a neuron whose v exceeds
    ``vth + tired`` spikes, starts again from 0, and is tired by ``fatigue`` more.
    """

    role: ClassVar[Role] = Role.NEURONS

    def __init__(self, *, shape: tuple[int], vth: int, fatigue: int, **kwargs) -> None:
        super().__init__(shape=shape, vth=vth, fatigue=fatigue, **kwargs)
        self.a_in = InPort(shape=shape)
        self.s_out = OutPort(shape=shape)
        self.v = Var(shape=shape, init=0)
        self.tired = Var(shape=shape, init=0)
        self.vth = Var(shape=(1,), init=vth)
        self.fatigue = Var(shape=(1,), init=fatigue)
