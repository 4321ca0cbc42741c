"""What replays in sleep instead of the input: noise, recordings, prototypes, or your own drive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.processes import checks
from loihi_sleep.registry import Registry
from loihi_sleep.seeds import spawn_seeds

if TYPE_CHECKING:
    from lava.magma.core.process.process import AbstractProcess
    from lava.proc.io.source import RingBuffer

SIDE_MAX = 2**31 - 1
RasterArray: TypeAlias = NDArray[np.bool_] | NDArray[np.float64]
"""Spikes, or graded currents, shape (steps, inputs)."""


@runtime_checkable
class Drive(Protocol):
    """What a network hears asleep.

    A class with these three members is a drive, wherever it is written.
    """

    @property
    def graded(self) -> bool:
        """Whether it sends graded currents (True) or spikes, 0 and 1 (False)."""

    def build(self, inputs: int, steps: int, seed: int) -> AbstractProcess:
        """Build a Process that emits the drive step by step.

        Parameters
        ----------
        inputs : int
            Neurons of the input.
        steps : int
            Steps that will be run.
        seed : int
            0 .. 2**63 - 1; the same seed, the same drive.

        Returns
        -------
        AbstractProcess
            New each time, with one OutPort, of shape (inputs,).

        Raises
        ------
        ValueError
            The drive does not fit the inputs.
        """

    def raster(self, inputs: int, steps: int, seed: int) -> RasterArray:
        """Draw in advance what the Process emits, for a chip, which has no such Process.

        Parameters
        ----------
        inputs, steps, seed : int
            As of :meth:`build`.

        Returns
        -------
        ndarray, shape (steps, inputs)
            Row t - 1 is what is sent in step t: bool for spikes, float64 for currents before they
            are rounded to integers.

        Raises
        ------
        ValueError
            The drive does not fit the inputs, or the raster does not fit into memory.
        """


class Modulated(Drive, Protocol):
    """A drive whose amplitude can follow a slow wave."""

    def with_wave(self, period: float, depth: float) -> Drive:
        """Return the same drive under a slow wave, see :class:`SlowWave`.

        Parameters
        ----------
        period : float
            Length of one wave, steps, from 0; 0: none.
        depth : float
            0 (constant) .. 1 (silent at the trough).

        Returns
        -------
        Drive

        Raises
        ------
        ValueError
            The drive has a wave already.
        """


DRIVES: Registry[type[Drive]] = Registry(
    "drive",
    "drives",
    {
        name: f"loihi_sleep.sleep.drives:{attribute}"
        for name, attribute in {
            "poisson": "Poisson",
            "gaussian": "Gaussian",
            "slow-wave": "SlowWave",
            "raster": "Raster",
            "patterns": "Patterns",
        }.items()
    },
    type,
)
"""Classes of drives by name; other packages add theirs by entry points."""

_Waved = TypeVar("_Waved", bound="Poisson | Gaussian | Patterns")


def _with_wave(drive: _Waved, period: float, depth: float) -> _Waved:
    if drive.wave_period:
        raise ValueError(
            f"drive has a slow wave of {drive.wave_period:g} steps already; it can have one only"
        )
    return replace(drive, wave_period=period, wave_depth=depth)


def _check_wave(period: object, depth: object, prefix: str = "wave_") -> None:
    checks.number(f"{prefix}period", period, 0)
    checks.number(f"{prefix}depth", depth, 0, 1)


@dataclass(frozen=True)
class Poisson:
    """Bernoulli spikes, a rate per input neuron.

    The equations are those of :class:`loihi_sleep.processes.spike_drive.process.SpikeDrive`.

    Parameters
    ----------
    rates : array_like, shape (inputs,) or scalar
        Spike probability per step, 0 .. 1 (at the crest of the slow wave).
    plane : tuple of int, optional
        (rows, columns) of the input plane; needed with a window.
    window : int
        Side of the square window outside of which nothing spikes, placed anew each step; 0: none.
    wave_period, wave_depth : float
        Slow wave over the rates: its length in steps (0: none) and depth, 0 .. 1.

    Raises
    ------
    ValueError
        A parameter out of its range, or rates of another shape.
    """

    rates: ArrayLike
    plane: tuple[int, int] | None = None
    window: int = 0
    wave_period: float = 0.0
    wave_depth: float = 0.0

    graded: ClassVar[bool] = False

    def __post_init__(self) -> None:
        rates = checks.array("rates", self.rates, None)
        if rates.ndim > 1 or not rates.size:
            raise ValueError(f"rates has shape {rates.shape}; it must be (inputs,) or a scalar")
        _check_rates(rates)
        checks.integer("window", self.window, 0, SIDE_MAX)
        if self.plane is not None:
            rows, columns = checks.sequence("plane", self.plane, 2, "integers, rows and columns")
            checks.integer("plane[0]", rows, 1, SIDE_MAX)
            checks.integer("plane[1]", columns, 1, SIDE_MAX)
        _check_wave(self.wave_period, self.wave_depth)

    def with_wave(self, period: float, depth: float) -> Poisson:
        """Return the same drive under a slow wave; see :meth:`Modulated.with_wave`."""
        return _with_wave(self, period, depth)

    def build(self, inputs: int, steps: int, seed: int) -> AbstractProcess:
        """Build a ``SpikeDrive``; see :meth:`Drive.build`."""
        from loihi_sleep.processes.spike_drive.process import SpikeDrive

        return SpikeDrive(shape=(inputs,), seed=seed, **vars(self))

    def raster(self, inputs: int, steps: int, seed: int) -> NDArray[np.bool_]:
        """Draw the spikes in advance; see :meth:`Drive.raster`."""
        from loihi_sleep.processes.kernels.drive import bernoulli_raster

        # The Process checks what it is given.
        process = _released(self.build(inputs, steps, seed))
        return _in_memory(
            lambda: bernoulli_raster(
                process.rates.init,
                steps,
                seed,
                float(self.wave_period),
                float(self.wave_depth),
                process.proc_params["columns"],
                self.window,
            ),
            steps,
            inputs,
        )


@dataclass(frozen=True)
class Gaussian:
    """Graded current of normal noise, held for some steps.

    The equations are those of :class:`loihi_sleep.processes.current_drive.process.CurrentDrive`.

    Parameters
    ----------
    std : array_like, shape (inputs,) or scalar
        Standard deviation at the crest of the slow wave, 0 .. 2**23 - 1, in the unit of the
        currents that the network takes.
    mean : array_like, shape (inputs,) or scalar
        At the crest, at most 2**23 - 1 in magnitude.
    hold : int
        Steps for which a sample is held, from 1.
    noise : {'normal', 'uniform', 'salt_and_pepper', 'pink'}
        Other deviates of the same mean and standard deviation, see
        :func:`loihi_sleep.processes.kernels.noise.deviates`.
    wave_period, wave_depth : float
        Slow wave over mean and std: its length in steps (0: none) and depth, 0 .. 1.

    Raises
    ------
    ValueError
        A parameter out of its range, or arrays of another shape.
    """

    std: ArrayLike
    mean: ArrayLike = 0.0
    hold: int = 1
    noise: str = "normal"
    wave_period: float = 0.0
    wave_depth: float = 0.0

    graded: ClassVar[bool] = True

    def __post_init__(self) -> None:
        from loihi_sleep.processes.kernels.integers import STATE_MAX
        from loihi_sleep.processes.kernels.noise import NOISES

        for field, lowest in (("std", 0), ("mean", -STATE_MAX)):
            values = checks.array(field, getattr(self, field), None, lowest, STATE_MAX)
            if values.ndim > 1 or not values.size:
                raise ValueError(
                    f"{field} has shape {values.shape}; it must be (inputs,) or a scalar"
                )
        checks.integer("hold", self.hold, 1)
        checks.one_of("noise", self.noise, NOISES)
        _check_wave(self.wave_period, self.wave_depth)

    def with_wave(self, period: float, depth: float) -> Gaussian:
        """Return the same drive under a slow wave; see :meth:`Modulated.with_wave`."""
        return _with_wave(self, period, depth)

    def build(self, inputs: int, steps: int, seed: int) -> AbstractProcess:
        """Build a ``CurrentDrive``; see :meth:`Drive.build`."""
        from loihi_sleep.processes.current_drive.process import CurrentDrive

        return CurrentDrive(shape=(inputs,), seed=seed, **vars(self))

    def raster(self, inputs: int, steps: int, seed: int) -> NDArray[np.float64]:
        """Draw the currents in advance; see :meth:`Drive.raster`."""
        from loihi_sleep.processes.kernels.noise import NOISES, current_of, deviates

        process = _released(self.build(inputs, steps, seed))
        mean, std = process.mean.init, process.std.init
        period, depth = float(self.wave_period), float(self.wave_depth)
        kind = NOISES.index(self.noise)
        currents = _in_memory(lambda: np.empty((steps, inputs)), steps, inputs)
        for step in range(1, steps + 1):
            if (step - 1) % self.hold == 0:
                z = deviates(seed, (step - 1) // self.hold, inputs, kind)
            currents[step - 1] = current_of(z, mean, std, step, period, depth)
        return currents


@dataclass(frozen=True)
class SlowWave:
    r"""Slow oscillation over another drive: up states, and down states that are silent.

    .. math:: e(t) = 1 - d \, (1 + \cos(2 \pi t / T)) / 2

    scales the rates or currents of the drive at step t.

    Parameters
    ----------
    drive : Poisson, Gaussian, Patterns or any other :class:`Modulated`
    period : float
        Length T of one wave, steps, from 0; 0: none.
    depth : float
        d, 0 (constant) .. 1 (silent at the trough).

    Raises
    ------
    ValueError
        A drive that cannot follow a wave, or has one already; a parameter out of its range.

    Notes
    -----
    Sinusoidally modulated noise as a surrogate of slow-wave sleep: Watkins, Kim, Sornborger and
    Kenyon, CVPR Workshops 2020, pp. 1482-1487.
    """

    drive: Modulated
    period: float
    depth: float

    def __post_init__(self) -> None:
        if not (is_drive(self.drive) and hasattr(self.drive, "with_wave")):
            raise ValueError(
                f"drive is {checks.shown(self.drive)}; it must be a drive with a method "
                "with_wave(period, depth), such as Poisson(rates=0.1)"
            )
        _check_wave(self.period, self.depth, "")
        self._modulated()

    @property
    def graded(self) -> bool:
        """Whether the drive sends graded currents."""
        return self.drive.graded

    def build(self, inputs: int, steps: int, seed: int) -> AbstractProcess:
        """Build the Process of the drive; see :meth:`Drive.build`."""
        return self._modulated().build(inputs, steps, seed)

    def raster(self, inputs: int, steps: int, seed: int) -> RasterArray:
        """Draw the drive in advance; see :meth:`Drive.raster`."""
        return self._modulated().raster(inputs, steps, seed)

    def _modulated(self) -> Drive:
        return self.drive.with_wave(self.period, self.depth)


@dataclass(frozen=True)
class Raster:
    """A recorded raster, replayed as it is; a night that is longer replays it again.

    Parameters
    ----------
    values : array_like, shape (steps, inputs)
        Spikes (0 and 1 only) or graded currents, which are whole numbers: a chip holds no others.

    Raises
    ------
    ValueError
        Values that are no matrix, or not whole numbers.
    """

    values: ArrayLike

    def __post_init__(self) -> None:
        values = checks.matrix("values", self.values, "steps, inputs")
        fractions = values[values != np.rint(values)]
        if fractions.size:
            raise ValueError(
                f"values holds {fractions[0]:g}; spikes are 0 and 1, and currents whole numbers "
                "(numpy.rint makes them so)"
            )
        object.__setattr__(self, "values", values)

    @property
    def graded(self) -> bool:
        """Whether there are other values than 0 and 1."""
        return not np.isin(self.values, (0, 1)).all()

    def build(self, inputs: int, steps: int, seed: int) -> AbstractProcess:
        """Build Lava's ``RingBuffer``; see :meth:`Drive.build`."""
        return player(self._fitting(inputs))

    def raster(self, inputs: int, steps: int, seed: int) -> RasterArray:
        """Repeat the recording for so many steps; see :meth:`Drive.raster`."""
        values = self._fitting(inputs)
        replayed = _in_memory(lambda: values[np.arange(steps) % len(values)], steps, inputs)
        return replayed if self.graded else replayed.astype(np.bool_)

    def _fitting(self, inputs: int) -> NDArray[np.float64]:
        values = np.asarray(self.values)
        if values.shape[1] != inputs:
            raise ValueError(
                f"values has shape {values.shape}; it must have shape (steps, {inputs}), as the "
                f"network has {inputs} inputs"
            )
        return values


@dataclass(frozen=True)
class Patterns:
    """Prototypes in turn: for some steps at a time, Bernoulli spikes at the rates of one pattern.

    Which pattern comes next is drawn by the seed, each time independently.

    Parameters
    ----------
    rates : array_like, shape (patterns, inputs)
        Spike probability per step of each input in each pattern, 0 .. 1.
    pattern_steps : int
        Steps for which a pattern is replayed, from 1.
    chances : array_like, shape (patterns,), optional
        How often each comes, relative to the others, from 0; default: all alike.
    wave_period, wave_depth : float
        Slow wave over the rates: its length in steps (0: none) and depth, 0 .. 1.

    Raises
    ------
    ValueError
        A parameter out of its range, rates that are no matrix, or chances that are all 0.
    """

    rates: ArrayLike
    pattern_steps: int = 50
    chances: ArrayLike | None = None
    wave_period: float = 0.0
    wave_depth: float = 0.0

    graded: ClassVar[bool] = False

    def __post_init__(self) -> None:
        rates = checks.matrix("rates", self.rates, "patterns, inputs")
        _check_rates(rates)
        checks.integer("pattern_steps", self.pattern_steps, 1)
        if self.chances is not None:
            chances = checks.array("chances", self.chances, (len(rates),), 0)
            if not chances.any():
                raise ValueError("chances are all 0; some pattern must come")
        _check_wave(self.wave_period, self.wave_depth)

    def with_wave(self, period: float, depth: float) -> Patterns:
        """Return the same drive under a slow wave; see :meth:`Modulated.with_wave`."""
        return _with_wave(self, period, depth)

    def order(self, count: int, seed: int) -> NDArray[np.int64]:
        """Draw which pattern comes first, second and so on.

        Parameters
        ----------
        count : int
            How many patterns in turn.
        seed : int

        Returns
        -------
        ndarray of int64, shape (count,)
            Rows of ``rates``. Those of a longer night begin alike.
        """
        patterns = len(np.asarray(self.rates))
        chances = np.ones(patterns) if self.chances is None else np.asarray(self.chances, float)
        borders = np.cumsum(chances) / chances.sum()
        draws = np.random.default_rng(spawn_seeds(seed, 1, 1)[0]).random(count)
        return np.searchsorted(borders, draws, side="right").astype(np.int64)

    def build(self, inputs: int, steps: int, seed: int) -> AbstractProcess:
        """Build Lava's ``RingBuffer`` of all spikes; see :meth:`Drive.build`."""
        return player(self.raster(inputs, steps, seed))

    def raster(self, inputs: int, steps: int, seed: int) -> NDArray[np.bool_]:
        """Draw the spikes in advance; see :meth:`Drive.raster`."""
        from loihi_sleep.processes.kernels.drive import bernoulli_spikes

        rates = np.asarray(self.rates, dtype=np.float64)
        if rates.shape[1] != inputs:
            raise ValueError(
                f"rates has shape {rates.shape}; it must have shape (patterns, {inputs}), as the "
                f"network has {inputs} inputs"
            )
        spikes = _in_memory(lambda: np.empty((steps, inputs), np.bool_), steps, inputs)
        order = self.order(-(-steps // self.pattern_steps), seed)
        period, depth = float(self.wave_period), float(self.wave_depth)
        for step in range(1, steps + 1):
            pattern = np.ascontiguousarray(rates[order[(step - 1) // self.pattern_steps]])
            spikes[step - 1] = bernoulli_spikes(pattern, step, seed, period, depth, inputs, 0)
        return spikes


def is_drive(value: object) -> bool:
    """Whether a value has what a :class:`Drive` has."""
    return isinstance(value, Drive) and not isinstance(value, type)


def _check_rates(rates: NDArray[np.float64]) -> None:
    if rates.min() < 0:
        raise ValueError(
            f"rates holds {rates.min():g}; spike probabilities are from 0 to 1: where they are "
            "made of inputs that were standardized, scale those to 0 .. 1"
        )
    checks.array("rates", rates, None, 0, 1)


_Array = TypeVar("_Array", bound=NDArray[Any])


def _in_memory(draw: Callable[[], _Array], steps: int, inputs: int) -> _Array:
    try:
        return draw()
    except MemoryError as error:
        raise ValueError(
            f"night.steps is {steps}; so many steps of {inputs} inputs do not fit into memory: "
            f"{error}"
        ) from error


def player(values: NDArray[Any]) -> RingBuffer:
    """Build what sends rows of an array one after another, and begins again after the last."""
    from lava.proc.io.source import RingBuffer

    return RingBuffer(data=values.T.astype(np.int32))


def _released(process: AbstractProcess) -> AbstractProcess:
    """Take a Process that is only read out of Lava's lists, which would keep it for ever."""
    from loihi_sleep.processes.registry import release

    release([process])
    return process
