"""The Process `FrameDrive`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels.integers import STATE_MAX
from loihi_sleep.processes.role import Role


class FrameDrive(CheckedProcess):
    """Graded currents of frames, each for some steps, one after the other and then again.

    In step t the frame ``floor((t - 1) / frame_steps) mod frames`` is sent. In ``fixed_pt``
    currents are rounded to the nearest integer and saturated to 24 signed bits.

    Parameters
    ----------
    frames : array_like, shape (frames, neurons)
        Currents, at most 2**23 - 1 in magnitude.
    frame_steps : int
        Steps for which a frame is sent, from 1.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    a_out : OutPort, shape (neurons,)
    frames : Var, shape (frames, neurons)
        A host may set it between runs.

    Raises
    ------
    ValueError
        A parameter out of range.
    """

    role: ClassVar[Role] = Role.DRIVE
    on_host: ClassVar[str] = "currents are sent by the host"

    def __init__(self, *, frames: ArrayLike, frame_steps: int, **kwargs: Any) -> None:
        values = checks.matrix("frames", frames, "frames, neurons", -STATE_MAX, STATE_MAX)
        super().__init__(frame_steps=checks.integer("frame_steps", frame_steps, 1), **kwargs)
        self.a_out = OutPort(shape=values.shape[1:])
        self.frames = Var(shape=values.shape, init=values)
