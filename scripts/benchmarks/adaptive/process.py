"""Neurons whose threshold rises with each spike."""

from typing import Any

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess
from lava.magma.core.process.variable import Var


class Adaptive(AbstractProcess):
    """Neurons: ``v += a - v // 16``; a spike raises the threshold, which decays."""

    def __init__(self, shape: tuple[int, ...], vth: int, **parameters: Any) -> None:
        super().__init__(shape=shape, vth=vth, **parameters)
        self.a_in, self.s_out = InPort(shape=shape), OutPort(shape=shape)
        self.v, self.rise = Var(shape=shape, init=0), Var(shape=shape, init=0)
