"""The Process `SpikeDrive`."""

from typing import Any, ClassVar

from lava.magma.core.process.ports.ports import OutPort
from lava.magma.core.process.variable import Var
from numpy.typing import ArrayLike

from loihi_sleep.processes import checks
from loihi_sleep.processes.checked_process import CheckedProcess
from loihi_sleep.processes.role import Role


class SpikeDrive(CheckedProcess):
    r"""Bernoulli spikes with a rate per neuron, through a moving window, under a slow wave.

    .. math::
        P[s_j(t) = 1] &= e(t) \, r_j \, m_j(t) \\
        e(t) &= 1 - d \, (1 + \cos(2 \pi t / T)) / 2

    with rates r, slow-wave period T and depth d, and the mask m, which is 1 inside a square window
    of the input plane that is placed anew, uniformly, at every step (1 everywhere without one).
    Draws are counter-based: s(t) depends on the seed and on t only, not on earlier steps.

    Parameters
    ----------
    shape : tuple of int
        (neurons,).
    rates : array_like, shape (neurons,) or scalar
        Spike probability per step at the crest of the wave, 0 .. 1.
    seed : int
        0 .. 2**63 - 1.
    plane : tuple of int, optional
        (rows, columns) of the input plane, in C order. Default: one row.
    window : int
        Side of the window in neurons, at most rows and columns; 0: no window.
    wave_period : float
        Length of one slow wave, steps; 0: no wave.
    wave_depth : float
        0 (constant rate) .. 1 (silent at the trough).
    **kwargs
        ``name`` and ``log_config``, as every Process of Lava's takes them.

    Attributes
    ----------
    s_out : OutPort, shape (neurons,)
        Spikes, 0 or 1.
    rates, wave_period, wave_depth : Var
        As the parameters; a host may set them between runs.

    Raises
    ------
    ValueError
        A parameter out of its range; the message names it.

    Notes
    -----
    The window is that of Sleep Replay Consolidation: Tadros, Krishnan, Ramyaa and Bazhenov,
    Nature Communications 13:7742 (2022), released code.
    """

    role: ClassVar[Role] = Role.DRIVE
    on_host: ClassVar[str] = "spikes are drawn by the host"

    def __init__(
        self,
        *,
        shape: tuple[int],
        rates: ArrayLike,
        seed: int,
        plane: tuple[int, int] | None = None,
        window: int = 0,
        wave_period: float = 0.0,
        wave_depth: float = 0.0,
        **kwargs: Any,
    ) -> None:
        shape = checks.layer_shape("shape", shape)
        rows, columns = checks.plane("plane", plane or (1, shape[0]), shape[0])
        super().__init__(
            shape=shape,
            seed=checks.seed("seed", seed),
            columns=columns,
            window=checks.integer("window", window, 0, min(rows, columns)),
            **kwargs,
        )
        self.s_out = OutPort(shape=shape)
        self.rates = Var(shape=shape, init=checks.array("rates", rates, shape, 0, 1))
        self.wave_period = Var(shape=(1,), init=checks.array("wave_period", wave_period, (1,), 0))
        self.wave_depth = Var(shape=(1,), init=checks.array("wave_depth", wave_depth, (1,), 0, 1))
