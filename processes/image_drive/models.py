"""ProcessModels of `ImageDrive`: the same spikes in both numerics."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType

from loihi_sleep.processes.image_drive.process import ImageDrive
from loihi_sleep.processes.kernels.drive import image_spikes
from loihi_sleep.processes.model_of import model_of


class AbstractPyImageDriveModel(PyLoihiProcessModel):
    """Draws one raster row a step."""

    s_out: Any = None
    rates: np.ndarray = LavaPyType(np.ndarray, float)

    def run_spk(self) -> None:
        """Send the spikes of this time step."""
        parameters = self.proc_params
        self.s_out.send(
            image_spikes(
                self.rates.ravel(),
                self.rates.shape[1],
                self.time_step,
                parameters["steps"],
                parameters["seed"],
            )
        )


@model_of(ImageDrive, "floating_pt")
class PyImageDriveModelFloat(AbstractPyImageDriveModel):
    """Spikes as floats."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)


@model_of(ImageDrive, "fixed_pt")
class PyImageDriveModelFixed(AbstractPyImageDriveModel):
    """Spikes as integers."""

    s_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=1)
