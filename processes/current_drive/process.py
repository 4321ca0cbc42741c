"""The Process `CurrentDrive`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.kernels.integers import STATE_MAX
from loihi_sleep.processes.kernels.noise import NOISES
from loihi_sleep.processes.role import Role


class CurrentDrive(CheckedProcess):
    r"""Graded current of noise, held for some steps, under a slow wave.

    .. math::
        a_j(t) &= e(t) \, (\mu_j + \sigma_j z_j(k)), \quad k = \lfloor (t - 1) / h \rfloor \\
        e(t) &= 1 - d \, (1 + \cos(2 \pi t / T)) / 2

    with deviates z, of mean 0 and standard deviation 1, that are drawn anew every h steps. In
    ``fixed_pt`` the current is rounded to the nearest integer and saturated to 24 signed bits.
    Draws are counter-based: a(t) depends on the seed and on t only.

    Parameters
    ----------
    shape : tuple of int
        (neurons,).
    mean, std : array_like, shape (neurons,) or scalar
        Of the current at the crest of the wave, in the units of the receiving neurons' ``a_in``;
        std from 0, both at most 2**23 - 1 in magnitude.
    seed : int
        0 .. 2**63 - 1.
    hold : int
        Steps for which a sample is held, from 1.
    noise : {'normal', 'uniform', 'salt_and_pepper', 'pink'}
        Kind of the deviates, see :func:`loihi_sleep.processes.kernels.noise.deviates`.
    wave_period : float
        Length of one slow wave, steps; 0: no wave.
    wave_depth : float
        0 (constant amplitude) .. 1 (silent at the trough).
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    a_out : OutPort, shape (neurons,)
        The current.
    mean, std, hold, wave_period, wave_depth : Var
        As the parameters; a host may set them between runs.

    Raises
    ------
    ValueError
        A parameter out of its range; the message names it.

    Notes
    -----
    Sinusoidally modulated noise as a surrogate of slow-wave sleep: Watkins, Kim, Sornborger and
    Kenyon, CVPR Workshops 2020, pp. 1482-1487.
    """

    role: ClassVar[Role] = Role.DRIVE
    on_host: ClassVar[str] = "currents are drawn by the host"

    def __init__(
        self,
        *,
        shape: tuple[int],
        mean: ArrayLike = 0.0,
        std: ArrayLike = 1.0,
        seed: int,
        hold: int = 1,
        noise: str = "normal",
        wave_period: float = 0.0,
        wave_depth: float = 0.0,
        **kwargs: Any,
    ) -> None:
        shape = checks.layer_shape("shape", shape)
        if noise not in NOISES:
            raise ValueError(f"noise is {noise!r}; it must be one of {', '.join(NOISES)}")
        super().__init__(shape=shape, seed=checks.seed("seed", seed), noise=noise, **kwargs)
        self.a_out = OutPort(shape=shape)
        self.mean = Var(shape=shape, init=checks.array("mean", mean, shape, -STATE_MAX, STATE_MAX))
        self.std = Var(shape=shape, init=checks.array("std", std, shape, 0, STATE_MAX))
        self.hold = Var(shape=(1,), init=checks.integer("hold", hold, 1))
        self.wave_period = Var(shape=(1,), init=checks.array("wave_period", wave_period, (1,), 0))
        self.wave_depth = Var(shape=(1,), init=checks.array("wave_depth", wave_depth, (1,), 0, 1))
