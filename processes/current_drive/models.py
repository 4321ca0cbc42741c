"""ProcessModels of `CurrentDrive`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from numpy.typing import NDArray

from loihi_sleep.processes.current_drive.process import CurrentDrive
from loihi_sleep.processes.kernels.drive import to_integer_current
from loihi_sleep.processes.kernels.noise import NOISES, current_of, deviates
from loihi_sleep.processes.model_of import model_of


class AbstractPyCurrentDriveModel(PyLoihiProcessModel):
    """Draws the current of a step."""

    a_out: Any = None
    mean: np.ndarray = LavaPyType(np.ndarray, float)
    std: np.ndarray = LavaPyType(np.ndarray, float)
    hold: np.ndarray = LavaPyType(np.ndarray, int)
    wave_period: np.ndarray = LavaPyType(np.ndarray, float)
    wave_depth: np.ndarray = LavaPyType(np.ndarray, float)

    def current(self) -> NDArray[np.float64]:
        """Return the unrounded current of this time step, shape (neurons,)."""
        seed, kind = self.proc_params["seed"], NOISES.index(self.proc_params["noise"])
        z = deviates(seed, (self.time_step - 1) // self.hold[0], self.mean.size, kind)
        period, depth = self.wave_period[0], self.wave_depth[0]
        return current_of(z, self.mean, self.std, self.time_step, period, depth)


@model_of(CurrentDrive, "floating_pt")
class PyCurrentDriveModelFloat(AbstractPyCurrentDriveModel):
    """The current as drawn."""

    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)

    def run_spk(self) -> None:
        """Send the current of this time step."""
        self.a_out.send(self.current())


@model_of(CurrentDrive, "fixed_pt")
class PyCurrentDriveModelFixed(AbstractPyCurrentDriveModel):
    """The current in integers of 24 bits."""

    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)

    def run_spk(self) -> None:
        """Send the current of this time step."""
        self.a_out.send(to_integer_current(self.current()))
