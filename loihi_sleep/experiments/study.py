"""A study: conditions and seeds make cases; what each case leaves is kept, then summarized.

An experiment says what its conditions are and what each needs done before, what a case computes,
what is measured of all cases, and what is drawn. The order of the cases, their seeds, what is kept,
what is run again after an interruption, progress and timing are the same for all experiments.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Generic

import numpy as np

from loihi_sleep.errors import RunFailed
from loihi_sleep.experiments.case import CASE_PREFIX as CASE_PREFIX
from loihi_sleep.experiments.case import WORK, CaseProgress, Config, Data, SharedValues
from loihi_sleep.experiments.case import Arrays as Arrays
from loihi_sleep.experiments.case import Case as Case
from loihi_sleep.experiments.case import group_name as group_name
from loihi_sleep.experiments.case_results import Metrics as Metrics
from loihi_sleep.experiments.case_results import Results as Results
from loihi_sleep.experiments.jobs import Cancelled, Keeper, SharedProgress, executor_for
from loihi_sleep.experiments.remote_case import RemoteCase, read_needed
from loihi_sleep.experiments.so_far import SoFar
from loihi_sleep.progress import Progress, Silent
from loihi_sleep.results.checkpoint import Checkpoint
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.run.executors.executor import Call, Executor

if TYPE_CHECKING:
    from lava.magma.core.run_configs import RunConfig


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
        """Return condition and seed of each case, in the order in which they are run.

        Returns
        -------
        list of (str, int)
        """
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
        """Make a case by itself, as for a test.

        Parameters
        ----------
        condition : str
        seed : int
        run_cfg : RunConfig
        data : object
            What the study loads for this seed.
        progress : Progress, optional
        checkpoint : Checkpoint, optional
            Holds what the condition needs.

        Returns
        -------
        Case
        """
        heard = CaseProgress(progress or Silent())
        return Case(self.config, condition, seed, run_cfg, heard, data, checkpoint, self.uses)

    def run(
        self,
        run_cfg: RunConfig,
        folder: RunFolder,
        progress: Progress,
        executor: Executor | None = None,
        check: Callable[[Metrics], object] | None = None,
    ) -> Metrics:
        """Run what the folder's checkpoint does not hold yet.

        Parameters
        ----------
        run_cfg : RunConfig
            What runs the networks, from :func:`loihi_sleep.run.select.select`.
        folder : RunFolder
            Its checkpoint gets what each case leaves, with its time as ``seconds``.
        progress : Progress
        executor : Executor, optional
            What runs the cases; if left out threads, on all cores.
        check : callable, optional
            Gets metrics as they would be of two seeds like the first, once all cases of that seed
            are done and before others are begun. What it raises ends the run.

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
        executor = executor_for(run_cfg.engine, executor)
        shared_progress = SharedProgress(progress)
        cases = {
            group_name(seed, condition.name): (condition.name, seed, condition.work)
            for wave in waves
            for condition, seed in wave
        }
        keeper = Keeper(folder, shared_progress, cases)
        make_call = partial(
            self._remote_call if executor.elsewhere else self._local_call,
            run_cfg,
            folder,
        )
        common = _Common(
            secrets.token_hex(8),
            loaded.by_seed,
            {seed: SharedValues() for seed in self.config.seeds},
            shared_progress,
        )
        shared_progress.start(sum(work for _, _, work in cases.values()))
        parts = [waves] if check is None else self._first_seed_apart(waves)
        for part in parts:
            for wave in part:
                calls: dict[str, Call] = {}
                done = 0
                for condition, seed in wave:
                    group = group_name(seed, condition.name)
                    if folder.checkpoint.has(group):
                        done += condition.work
                    else:
                        calls[group] = make_call(condition, seed, common)
                shared_progress.advance(done)
                executor.run(calls, keeper)
            if check is not None and part is not parts[-1]:
                twice = self.config.model_copy(update={"seeds": (self.config.seeds[0],) * 2})
                check(self.metrics(Results(twice, folder.checkpoint, loaded.by_seed)))
        return self.metrics(Results(self.config, folder.checkpoint, loaded.by_seed))

    def _first_seed_apart(
        self, waves: list[list[tuple[Condition[Config, Data], int]]]
    ) -> list[list[list[tuple[Condition[Config, Data], int]]]]:
        """Divide waves into those of the first seed and those of the others, if there are."""
        first = self.config.seeds[0]
        parts = [
            [[case for case in wave if (case[1] == first) == is_first] for wave in waves]
            for is_first in (True, False)
        ]
        return parts if any(parts[1]) else parts[:1]

    def _local_call(
        self,
        run_cfg: RunConfig,
        folder: RunFolder,
        condition: Condition[Config, Data],
        seed: int,
        common: _Common,
    ) -> Call:
        """Make a call that computes a case in this process."""
        case = Case(
            self.config,
            condition.name,
            seed,
            run_cfg,
            CaseProgress(common.progress, condition.work),
            common.data[seed],
            folder.checkpoint,
            self.uses,
            common.shared[seed],
            SoFar(folder.path, group_name(seed, condition.name), folder.checkpoint.settings),
        )
        return partial(_compute, condition.compute, case)

    def _remote_call(
        self,
        run_cfg: RunConfig,
        folder: RunFolder,
        condition: Condition[Config, Data],
        seed: int,
        common: _Common,
    ) -> Call:
        """Make a call that computes a case in another process."""
        return RemoteCase(
            partial(_compute, condition.compute),
            partial(_data_by_seed, self.load),
            self.config,
            condition.name,
            seed,
            self.uses,
            (run_cfg.engine, run_cfg.numerics, run_cfg.rounding),
            read_needed(folder.checkpoint.read, condition.needs, seed),
            common.run,
        )


@dataclass(frozen=True)
class _Common:
    """What the cases of a run have in common."""

    run: str
    data: Mapping[int, Any]
    shared: Mapping[int, SharedValues]
    progress: SharedProgress


def _data_by_seed(load: Callable[[Config], Loaded[Data]], config: Config) -> Mapping[int, Data]:
    return load(config).by_seed


def _compute(compute: Callable[[Case[Config, Data]], Arrays], case: Case[Config, Data]) -> Arrays:
    """Compute a case, time it, and report what it has not reported itself."""
    case.advance(0)
    began = time.perf_counter()
    arrays = _arrays_of(compute, case)
    with suppress(Cancelled):  # what is done is kept, whatever else has failed
        case.advance_to(1.0)
    seconds = case.unfinished.seconds_before + time.perf_counter() - began
    return {**arrays, "seconds": np.array(seconds)}


def _arrays_of(compute: Callable[[Case[Config, Data]], Arrays], case: Case[Config, Data]) -> Arrays:
    """Compute what a condition leaves, and let it end nothing but itself."""
    try:
        arrays = compute(case)
    except SystemExit as error:
        raise RunFailed(
            f"condition {case.condition} of seed {case.seed} called sys.exit({error.code})"
        ) from None
    if not isinstance(arrays, Mapping):
        raise ValueError(
            f"condition {case.condition} returned {arrays!r}; it must return arrays by name"
        )
    return arrays
