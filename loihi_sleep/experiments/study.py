"""A study: conditions and seeds make cases; what each case leaves is kept, then summarized.

An experiment says what its conditions are and what each needs done before, what a case computes,
what is measured of all cases, and what is drawn. The order of the cases, their seeds, what is kept,
what is run again after an interruption, progress and timing are the same for all experiments.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.errors import RunFailed
from loihi_sleep.experiments.jobs import Cancelled, Job, SharedProgress, run_left
from loihi_sleep.progress import Progress, Silent
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.metrics import summarize
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.seeds import spawn_seeds

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig

Arrays = dict[str, NDArray[Any]]
Metrics = dict[str, Any]
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


class _Shared:
    """Values that the cases of one seed have in common."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self._lock = threading.Lock()

    def get(self, name: str, compute: Callable[[], Value]) -> Value:
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
    checkpoint : Checkpoint, optional
        Holds what other cases have left.
    uses : tuple of str
        What seeds are used for, see :class:`Study`.
    """

    config: Config
    condition: str
    seed: int
    run_cfg: RunConfig
    progress: CaseProgress
    data: Data
    checkpoint: Checkpoint | None = None
    uses: tuple[str, ...] = ()
    _shared: _Shared = field(default_factory=_Shared, repr=False)

    def seed_for(self, use: str, *number: int) -> int:
        """Derive the seed of one use of random numbers.

        Parameters
        ----------
        use : str
            One of the study's uses. Under all conditions it gives the same numbers.
        *number : int
            Tells several of that use apart, such as the number of a night.

        Raises
        ------
        ValueError
            The study has no such use.
        """
        return self.seeds_for(use, 1, *number)[0]

    def seeds_for(self, use: str, count: int, *number: int) -> list[int]:
        """Derive several seeds of one use; see :meth:`seed_for`."""
        if use not in self.uses:
            raise ValueError(f"use is {use!r}; the study has {', '.join(self.uses) or 'none'}")
        return spawn_seeds(self.seed, count, self.uses.index(use), *number)

    def read(self, condition: str) -> Arrays:
        """Read what another condition, which this one needs, left with the same seed.

        Raises
        ------
        CheckpointRefused
            Nothing was left.
        """
        assert self.checkpoint is not None, "a case without a checkpoint reads nothing"
        return self.checkpoint.read(group_name(self.seed, condition))

    def advance(self, units: int, note: str = "") -> None:
        """Report that `units` of the condition's work more are done, and what is going on.

        Raises
        ------
        Cancelled
            The run is to stop.
        """
        self.progress.advance(units, f"seed {self.seed}, {note or self.condition}")

    def advance_to(self, share: float, note: str = "") -> None:
        """Report that this share of the condition's work, 0 .. 1, is done; see :meth:`advance`."""
        self.advance(max(0, round(share * self.progress.work) - self.progress.units), note)

    def shared(self, name: str, compute: Callable[[], Value]) -> Value:
        """Compute a value once for all cases of a seed, whichever asks for it first.

        Parameters
        ----------
        name : str
            Name of the value.
        compute : callable
            Must give the same value under all conditions.
        """
        return self._shared.get(name, compute)


@dataclass(frozen=True)
class Condition(Generic[Config, Data]):
    """What is computed for each seed, by itself or after other conditions.

    Parameters
    ----------
    name : str
        In the checkpoint, in metrics and in the progress.
    compute : callable
        From a :class:`Case` to the arrays that are kept, by name.
    needs : tuple of str
        Conditions that must be done before, with the same seed.
    work : int
        Units of progress, at least 1, in proportion to those of other conditions; what a case has
        not reported when it ends is reported then.
    first_seed_only : bool
        Whether it is run with the first seed only, as for a picture.
    """

    name: str
    compute: Callable[[Case[Config, Data]], Arrays]
    needs: tuple[str, ...] = ()
    work: int = WORK
    first_seed_only: bool = False


@dataclass(frozen=True)
class Loaded(Generic[Data]):
    """Data of a run.

    Parameters
    ----------
    by_seed : mapping of int to object
        One object for each seed; the same one where seeds share their data.
    about : mapping
        What log.jsonl says of them.
    """

    by_seed: Mapping[int, Data]
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Results(Generic[Config, Data]):
    """What all cases of a run left.

    Parameters
    ----------
    config : ExperimentConfig
    checkpoint : Checkpoint
    data : mapping of int to object
        By seed.
    """

    config: Config
    checkpoint: Checkpoint
    data: Mapping[int, Data]

    def read(self, seed: int, condition: str) -> Arrays:
        """Read what one case left."""
        return self.checkpoint.read(group_name(seed, condition))

    def of_seeds(self, condition: str, array: str) -> list[NDArray[Any]]:
        """Read an array that a condition left, for each seed."""
        return [np.asarray(self.read(seed, condition)[array]) for seed in self.config.seeds]

    def summary(
        self,
        condition: str,
        array: str,
        unit: str,
        reduce: Callable[[NDArray[Any]], ArrayLike] = np.asarray,
    ) -> dict[str, Any]:
        """Summarize an array that a condition left, or what `reduce` makes of it, over seeds."""
        return summarize([reduce(values) for values in self.of_seeds(condition, array)], unit)

    def summarize(self, measure: Callable[[int], Mapping[str, tuple[ArrayLike, str]]]) -> Metrics:
        """Summarize over seeds what is measured of each: a value and its unit by name."""
        by_seed = [measure(seed) for seed in self.config.seeds]
        return {
            name: summarize([values[name][0] for values in by_seed], unit)
            for name, (_, unit) in by_seed[0].items()
        }


def _load_nothing(config: Any) -> Loaded[Any]:
    return Loaded(dict.fromkeys(config.seeds))


@dataclass(frozen=True)
class Study(Generic[Config, Data]):
    """What a run computes.

    Parameters
    ----------
    config : ExperimentConfig
    conditions : sequence of Condition
        All that are to be run, those that others need among them.
    metrics : callable
        From :class:`Results` to metrics by name, as :func:`loihi_sleep.results.metrics.summarize`
        makes them.
    uses : tuple of str
        What random numbers are used for. The place of a use is part of its seeds: append new ones.
    load : callable
        From the configuration to the data of the run.
    """

    config: Config
    conditions: Sequence[Condition[Config, Data]]
    metrics: Callable[[Results[Config, Data]], Metrics]
    uses: tuple[str, ...] = ()
    load: Callable[[Config], Loaded[Data]] = _load_nothing

    def waves(self) -> list[list[Condition[Config, Data]]]:
        """Order the conditions so that each comes after those that it needs.

        Returns
        -------
        list of list of Condition
            What is in one list can run side by side, once all lists before it are done; the longest
            first.

        Raises
        ------
        ValueError
            A name is there twice, or a need is not there or needs its own condition.
        """
        left = {condition.name: condition for condition in self.conditions}
        if len(left) < len(self.conditions):
            raise ValueError("conditions name one twice; each must be there once")
        done: set[str] = set()
        waves: list[list[Condition[Config, Data]]] = []
        while left:
            wave = [condition for condition in left.values() if done.issuperset(condition.needs)]
            if not wave:
                name, condition = next(iter(left.items()))
                missing = next(need for need in condition.needs if need not in done)
                raise ValueError(f"{name} needs {missing}, which is not there before it")
            waves.append(sorted(wave, key=lambda condition: -condition.work))
            done |= {condition.name for condition in wave}
            left = {name: condition for name, condition in left.items() if name not in done}
        return waves

    def cases(self) -> list[tuple[str, int]]:
        """Return condition and seed of each case, in the order in which they are run."""
        return [(one.name, seed) for wave in self._waves_of_cases() for one, seed in wave]

    def _waves_of_cases(self) -> list[list[tuple[Condition[Config, Data], int]]]:
        seeds = self.config.seeds
        return [
            [(one, seed) for one in wave for seed in (seeds[:1] if one.first_seed_only else seeds)]
            for wave in self.waves()
        ]

    def case(
        self,
        condition: str,
        seed: int,
        run_cfg: RunConfig,
        data: Data,
        progress: Progress | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> Case[Config, Data]:
        """Make a case by itself; see :class:`Case`."""
        heard = CaseProgress(progress or Silent())
        return Case(self.config, condition, seed, run_cfg, heard, data, checkpoint, self.uses)

    def run(self, run_cfg: RunConfig, folder: RunFolder, progress: Progress) -> Metrics:
        """Run what the folder's checkpoint does not hold yet.

        Parameters
        ----------
        run_cfg : RunConfig
            What runs the networks, from :func:`loihi_sleep.run.select.select`.
        folder : RunFolder
            Its checkpoint gets what each case leaves, with its time as ``seconds``.
        progress : Progress

        Returns
        -------
        dict
            Metrics by name.

        Raises
        ------
        Exception
            That of the first case that fails, which log.jsonl names; the others are stopped.
        """
        waves = self._waves_of_cases()
        loaded = self.load(self.config)
        if loaded.about:
            folder.log("data", **loaded.about)
        progress_of_all = SharedProgress(progress)
        shared = {seed: _Shared() for seed in self.config.seeds}
        jobs: list[dict[str, Job]] = []
        work: dict[str, int] = {}
        for wave in waves:
            jobs.append({})
            for condition, seed in wave:
                case = Case(
                    self.config,
                    condition.name,
                    seed,
                    run_cfg,
                    CaseProgress(progress_of_all, condition.work),
                    loaded.by_seed[seed],
                    folder.checkpoint,
                    self.uses,
                    shared[seed],
                )
                group = group_name(seed, condition.name)
                work[group] = condition.work
                jobs[-1][group] = partial(_compute, condition, case, folder)
        progress_of_all.start(sum(work.values()))
        for wave_jobs in jobs:
            run_left(
                wave_jobs,
                work.__getitem__,
                folder.checkpoint,
                progress_of_all,
                run_cfg.engine,
            )
        return self.metrics(Results(self.config, folder.checkpoint, loaded.by_seed))


def _compute(
    condition: Condition[Config, Data], case: Case[Config, Data], folder: RunFolder
) -> Arrays:
    """Compute a case, time it, and report what it has not reported itself."""
    case.advance(0)
    began = time.perf_counter()
    try:
        arrays = _arrays_of(condition, case)
    except Cancelled:
        raise
    except Exception as error:
        with suppress(RunFailed):  # a full disk, of which the error tells more
            folder.log("failed", seed=case.seed, condition=case.condition, error=str(error))
        raise
    with suppress(Cancelled):  # what is done is kept, whatever else has failed
        case.advance_to(1.0)
    return {**arrays, "seconds": np.array(time.perf_counter() - began)}


def _arrays_of(condition: Condition[Config, Data], case: Case[Config, Data]) -> Arrays:
    """Compute what a condition leaves, and let it end nothing but itself."""
    try:
        arrays = condition.compute(case)
    except SystemExit as error:
        raise RunFailed(
            f"condition {case.condition} of seed {case.seed} called sys.exit({error.code})"
        ) from None
    if not isinstance(arrays, Mapping):
        raise ValueError(
            f"condition {case.condition} returned {arrays!r}; it must return arrays by name"
        )
    return arrays
