"""A case: one condition with one seed, and what it may ask for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from numpy.typing import NDArray

from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.progress import Progress
from loihi_sleep.seeds import spawn_seeds

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

Arrays = dict[str, NDArray[Any]]
Config = TypeVar("Config", bound=ExperimentConfig)
Data = TypeVar("Data")
Value = TypeVar("Value")
# Groups of the checkpoint that hold what a case has computed have names that begin so.
CASE_PREFIX = "seed_"
# Units of progress of a condition that does not say how long it takes.
WORK = 100


def group_name(seed: int, condition: str) -> str:
    """Name the group of the checkpoint that holds what a case left."""
    return f"{CASE_PREFIX}{seed}/{condition}"


class Groups(Protocol):
    """What other cases have left, such as a checkpoint."""

    def read(self, group: str) -> Arrays:
        """Read what is in a group."""


class Unfinished(Protocol):
    """What a case has kept of itself, see :class:`loihi_sleep.experiments.so_far.SoFar`.

    Attributes
    ----------
    seconds_before : float
        How long it took in earlier sessions; known when it has been read.
    """

    seconds_before: float

    def read(self) -> Arrays | None:
        """Return what an earlier session kept."""

    def keep(self, make: Callable[[], Arrays | None]) -> None:
        """Keep what `make` returns, now and then."""


class NothingKept:
    """Of a case that begins anew whenever it is run, as in another process."""

    seconds_before = 0.0

    def read(self) -> Arrays | None:
        """Return None."""
        return None

    def keep(self, make: Callable[[], Arrays | None]) -> None:
        """Keep nothing."""


class SharedValues:
    """Values that the cases of one seed have in common."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._lock = threading.Lock()

    def get(self, name: str, compute: Callable[[], Value]) -> Value:
        """Return the value of that name, computed when it is first asked for."""
        with self._lock:
            if name not in self._values:
                self._values[name] = compute()
            value: Value = self._values[name]
        return value


class CaseProgress:
    """Progress of one case, as a part of the run's.

    Parameters
    ----------
    progress : Progress
        Progress of the run.
    work : int
        Units of the whole case.
    """

    def __init__(self, progress: Progress, work: int = WORK) -> None:
        self._progress = progress
        self.work = work
        self.units = 0

    def start(self, total: int) -> None:
        """Ignore the begin of a part."""

    def advance(self, steps: int, note: str = "") -> None:
        """Report that `steps` units more are done."""
        self._progress.advance(steps, note)
        self.units += steps


@dataclass(frozen=True)
class Case(Generic[Config, Data]):
    """One condition with one seed.

    Parameters
    ----------
    config : ExperimentConfig
        Config of the run.
    condition : str
        Name of the condition.
    seed : int
        Seed of the run, 0 .. 2**63 - 1; :meth:`seed_for` derives those of single uses from it.
    run_cfg : RunConfig
        What runs the networks, from :func:`loihi_sleep.run.select.select`.
    progress : CaseProgress
    data : object
        What the experiment has loaded for this seed; None if nothing.
    checkpoint : Groups, optional
        Holds what other cases have left; a Checkpoint.
    uses : tuple of str
        What seeds are used for, see :class:`Study`.
    unfinished : Unfinished
        What the case has kept of itself before the run was cut; see :meth:`keep_so_far`.
    """

    config: Config
    condition: str
    seed: int
    run_cfg: RunConfig
    progress: CaseProgress
    data: Data
    checkpoint: Groups | None = None
    uses: tuple[str, ...] = ()
    _shared: SharedValues = field(default_factory=SharedValues, repr=False)
    unfinished: Unfinished = field(default_factory=NothingKept, repr=False)

    def seed_for(self, use: str, *number: int) -> int:
        """Derive the seed of one use of random numbers.

        Parameters
        ----------
        use : str
            One of the study's uses. Under all conditions it gives the same numbers.
        *number : int
            Tells several of that use apart, such as the number of a night.

        Returns
        -------
        int
            0 .. 2**63 - 1.

        Raises
        ------
        ValueError
            The study has no such use.
        """
        return self.seeds_for(use, 1, *number)[0]

    def seeds_for(self, use: str, count: int, *number: int) -> list[int]:
        """Derive several seeds of one use; see :meth:`seed_for`.

        Parameters
        ----------
        use : str
            As of :meth:`seed_for`.
        count : int
            How many.
        *number : int
            As of :meth:`seed_for`.

        Returns
        -------
        list of int
            Each 0 .. 2**63 - 1.

        Raises
        ------
        ValueError
            The study has no such use.
        """
        if use not in self.uses:
            raise ValueError(f"use is {use!r}; the study has {', '.join(self.uses) or 'none'}")
        return spawn_seeds(self.seed, count, self.uses.index(use), *number)

    def read(self, condition: str) -> Arrays:
        """Read what another condition, which this one needs, left with the same seed.

        Parameters
        ----------
        condition : str
            Its name.

        Returns
        -------
        dict of str to ndarray

        Raises
        ------
        CheckpointRefused
            Nothing was left.
        """
        assert self.checkpoint is not None, "a case without a checkpoint reads nothing"
        return self.checkpoint.read(group_name(self.seed, condition))

    def advance(self, units: int, note: str = "") -> None:
        """Report what is done, and what is going on.

        Parameters
        ----------
        units : int
            Of the condition's work, since the last report.
        note : str
            What goes on; else the name of the condition.

        Raises
        ------
        Cancelled
            The run is to stop.
        """
        self.progress.advance(units, f"seed {self.seed}, {note or self.condition}")

    def advance_to(self, share: float, note: str = "") -> None:
        """Report up to where it is done; see :meth:`advance`.

        Parameters
        ----------
        share : float
            Of the condition's work, 0 .. 1.
        note : str
            As of :meth:`advance`.

        Raises
        ------
        Cancelled
            The run is to stop.
        """
        self.advance(max(0, round(share * self.progress.work) - self.progress.units), note)

    def kept_so_far(self) -> Arrays | None:
        """Return what :meth:`keep_so_far` kept last, in a session that was cut.

        Returns
        -------
        dict of str to ndarray or None
            None: the case begins.
        """
        return self.unfinished.read()

    def keep_so_far(self, make: Callable[[], Arrays | None]) -> None:
        """Keep what a long case has computed so far, to go on from there after an interruption.

        Parameters
        ----------
        make : callable
            Returns arrays from which the case can go on to the same end. It is called only when
            some seconds have passed since it was called last.
        """
        self.unfinished.keep(make)

    def shared(self, name: str, compute: Callable[[], Value]) -> Value:
        """Compute a value once for all cases of a seed, whichever asks for it first.

        Parameters
        ----------
        name : str
            Name of the value.
        compute : callable
            Must give the same value under all conditions.

        Returns
        -------
        object
            The value.
        """
        return self._shared.get(name, compute)
