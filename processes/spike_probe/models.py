"""ProcessModels of `SpikeProbe`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyInPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.kernels.raster import pack_spikes
from loihi_sleep.processes.model_of import model_of
from loihi_sleep.processes.spike_probe.process import SpikeProbe


class AbstractPySpikeProbeModel(PyLoihiProcessModel):
    """Counts whatever is not zero."""

    s_in: Any = None
    count: np.ndarray = LavaPyType(np.ndarray, np.int64)
    raster: np.ndarray = LavaPyType(np.ndarray, np.int64)

    def run_spk(self) -> None:
        """Take in the spikes of this time step."""
        spikes = self.s_in.recv().astype(bool)
        self.count += spikes
        if self.time_step <= self.proc_params["raster_steps"]:
            self.raster[self.time_step - 1] = pack_spikes(spikes)


@model_of(SpikeProbe, "floating_pt")
class PySpikeProbeModelFloat(AbstractPySpikeProbeModel):
    """Spikes as floats."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, float)


@model_of(SpikeProbe, "fixed_pt")
class PySpikeProbeModelFixed(AbstractPySpikeProbeModel):
    """Spikes as integers."""

    s_in: PyInPort = LavaPyType(PyInPort.VEC_DENSE, np.int32, precision=24)
