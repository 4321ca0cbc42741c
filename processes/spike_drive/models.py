"""ProcessModels of `SpikeDrive`: the same spikes in both numerics."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.kernels.drive import bernoulli_spikes
from loihi_sleep.processes.model_of import model_of
from loihi_sleep.processes.spike_drive.process import SpikeDrive


class AbstractPySpikeDriveModel(PyLoihiProcessModel):
    """Draws one raster row a step."""

    s_out: Any = None
    rates: np.ndarray = LavaPyType(np.ndarray, float)
    wave_period: np.ndarray = LavaPyType(np.ndarray, float)
    wave_depth: np.ndarray = LavaPyType(np.ndarray, float)

    def run_spk(self) -> None:
        """Send the spikes of this time step."""
        spikes = bernoulli_spikes(
            self.rates,
            self.time_step,
            self.proc_params["seed"],
            self.wave_period[0],
            self.wave_depth[0],
            self.proc_params["columns"],
            self.proc_params["window"],
        )
        self.s_out.send(spikes)


@model_of(SpikeDrive, "floating_pt")
class PySpikeDriveModelFloat(AbstractPySpikeDriveModel):
    """Spikes as floats."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)


@model_of(SpikeDrive, "fixed_pt")
class PySpikeDriveModelFixed(AbstractPySpikeDriveModel):
    """Spikes as integers."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=1)
