"""The Process `ImageDrive`."""

from typing import Any, ClassVar

import numpy as np
from lava.magma.core.process.ports.ports import OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.role import Role


class ImageDrive(CheckedProcess):
    r"""Shows images one after another, each for some steps, as Bernoulli spikes.

    In step t image ``k = floor((t - 1) / steps) mod images`` is shown:

    .. math::
        P[s_j(t) = 1] = r_{kj}

    Draws are counter-based: they depend on the seed, on the place of the rate in the array of rates
    and on the step within the time of the image only. However many images stand side by side in one
    row, an image is shown by the same spikes.

    Parameters
    ----------
    rates : array_like, shape (images, neurons)
        Spike probability per step, 0 .. 1.
    steps : int
        Steps for which an image is shown, from 1.
    seed : int
        0 .. 2**63 - 1.
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    s_out : OutPort, shape (neurons,)
        Spikes, 0 or 1.
    rates : Var
        As the parameter; a host may set it between runs.

    Raises
    ------
    ValueError
        A parameter out of its range; the message names it.
    """

    role: ClassVar[Role] = Role.DRIVE
    on_host: ClassVar[str] = "spikes are drawn by the host"

    def __init__(self, *, rates: ArrayLike, steps: int, seed: int, **kwargs: Any) -> None:
        shape = np.shape(rates)
        if len(shape) != 2 or 0 in shape:
            raise ValueError(f"rates has shape {shape}; it must be (images, neurons), not empty")
        super().__init__(
            shape=(shape[1],),
            steps=checks.integer("steps", steps, 1),
            seed=checks.seed("seed", seed),
            **kwargs,
        )
        self.s_out = OutPort(shape=(shape[1],))
        self.rates = Var(shape=shape, init=checks.array("rates", rates, shape, 0, 1))
