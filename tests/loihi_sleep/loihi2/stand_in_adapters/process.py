"""Stand-ins for `lava.proc.embedded_io.spike`."""

from lava.magma.core.process.ports.ports import InPort, OutPort
from lava.magma.core.process.process import AbstractProcess


class SpikeAdapter(AbstractProcess):
    """Passes messages on; 0 message bits stand for spikes without a value."""

    def __init__(self, shape, num_message_bits=0):
        super().__init__(shape=shape, num_message_bits=num_message_bits)
        self.inp = InPort(shape=shape)
        self.out = OutPort(shape=shape)


class PyToNxAdapter(SpikeAdapter):
    pass


class NxToPyAdapter(SpikeAdapter):
    pass


class LatePyToNxAdapter(SpikeAdapter):
    pass


class LateNxToPyAdapter(SpikeAdapter):
    pass
