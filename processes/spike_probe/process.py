"""The Process `SpikeProbe`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import InPort
from lava.magma.core.process.variable import Var

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels.raster import word_count
from loihi_sleep.processes.role import Role


class SpikeProbe(CheckedProcess):
    """Counts the spikes of each neuron and keeps the raster of the first steps.

    Lava moves one element of a Var at a time (about 30 microseconds each), so a Monitor of a layer
    over a night takes seconds to read. Counts are one element a neuron; the raster packs 32 neurons
    into one element (:func:`loihi_sleep.processes.kernels.raster.unpack_raster` undoes it).

    Parameters
    ----------
    shape : tuple of int
        (neurons,).
    raster_steps : int
        Steps to keep, from 0; later steps are only counted.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    s_in : InPort, shape (neurons,)
        Spikes.
    count : Var, shape (neurons,)
        Spikes since the start; a host may set it back to 0.
    raster : Var, shape (max(1, raster_steps), words)
        Packed spikes of steps 1 .. raster_steps.

    Raises
    ------
    ValueError
        A parameter out of its range.
    """

    role: ClassVar[Role] = Role.PROBE
    on_host: ClassVar[str] = "it records for the host"

    def __init__(self, *, shape: tuple[int], raster_steps: int = 0, **kwargs: Any) -> None:
        shape = checks.layer_shape("shape", shape)
        raster_steps = checks.integer("raster_steps", raster_steps, 0)
        super().__init__(shape=shape, raster_steps=raster_steps, **kwargs)
        self.s_in = InPort(shape=shape)
        self.count = Var(shape=shape, init=0)
        self.raster = Var(shape=(max(1, raster_steps), word_count(shape[0])), init=0)
