"""ProcessModels of `FrameDrive`."""

from typing import Any

import numpy as np
from lava.magma.core.model.py.model import PyLoihiProcessModel
from lava.magma.core.model.py.ports import PyOutPort
from lava.magma.core.model.py.type import LavaPyType
from numpy.typing import NDArray

from loihi_sleep.processes.frame_drive.process import FrameDrive
from loihi_sleep.processes.kernels.drive import to_integer_current
from loihi_sleep.processes.model_of import model_of


class AbstractPyFrameDriveModel(PyLoihiProcessModel):
    """Finds the frame of a step."""

    a_out: Any = None
    frames: np.ndarray = LavaPyType(np.ndarray, float)

    def current(self) -> NDArray[np.float64]:
        """Return the frame of this time step, not rounded."""
        number = (self.time_step - 1) // self.proc_params["frame_steps"] % len(self.frames)
        frame: NDArray[np.float64] = self.frames[number]
        return frame


@model_of(FrameDrive, "floating_pt")
class PyFrameDriveModelFloat(AbstractPyFrameDriveModel):
    """Frames as they are."""

    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, float)

    def run_spk(self) -> None:
        """Send the frame of this time step."""
        self.a_out.send(self.current())


@model_of(FrameDrive, "fixed_pt")
class PyFrameDriveModelFixed(AbstractPyFrameDriveModel):
    """Frames in integers of 24 bits."""

    a_out: PyOutPort = LavaPyType(PyOutPort.VEC_DENSE, np.int32, precision=24)

    def run_spk(self) -> None:
        """Send the frame of this time step."""
        self.a_out.send(to_integer_current(self.current()))
