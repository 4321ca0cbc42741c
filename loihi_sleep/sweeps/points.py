"""Points of a sweep: each is a run folder, measured by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from loihi_sleep.comparison.compare import scalars
from loihi_sleep.errors import CheckpointRefused, EngineUnavailable, ExtensionFailed, RunFolderInUse
from loihi_sleep.experiments import runner
from loihi_sleep.experiments.jobs import Cancelled
from loihi_sleep.progress import Progress
from loihi_sleep.results.record import sample_sd
from loihi_sleep.results.run_folder import CONFIG, RunFolder
from loihi_sleep.run.executors.executor import HEARD_S, Executor
from loihi_sleep.sweeps.plan import VALIDATION, SweepFolder, SweepPlan, UnknownMetric

# Units of progress of a point.
WORK = 1000
# Bad input that other points would have as well.
_OF_ALL_POINTS = (
    *(CheckpointRefused, EngineUnavailable, ExtensionFailed, RunFolderInUse),
    UnknownMetric,
)


@dataclass(frozen=True)
class Point:
    """A point of a sweep that has been measured.

    Parameters
    ----------
    number : int
        From 0, in the order in which points were begun.
    values : dict
        Of the settings that are swept, by name.
    scores : tuple of float
        The metric that the sweep looks at, by seed; empty where the point failed.
    metrics : dict of str to float
        Means of all metrics of one number.
    complaint : str
        Why it failed.
    missing : float
        By how much it misses what is required of its metrics; 0 where it does not.
    """

    number: int
    values: dict[str, Any]
    scores: tuple[float, ...] = ()
    metrics: dict[str, float] = field(default_factory=dict)
    complaint: str = ""
    missing: float = 0.0

    @property
    def mean(self) -> float:
        """Mean of the scores over seeds; NaN where the point failed."""
        # Scores are rounded: without the last bits of a sum, equal means are equal.
        return round(float(np.mean(self.scores)), 9) if self.scores else float("nan")

    @property
    def sd(self) -> float:
        """Standard deviation of the scores over seeds; 0 for a single seed."""
        return float(sample_sd(self.scores))


class PointProgress:
    """Progress of a point as a part of the sweep's.

    Parameters
    ----------
    progress : Progress
        Progress of the sweep.
    number : int
        Of the point.
    stopped : callable
        Tells whether the sweep is to stop.
    """

    def __init__(self, progress: Progress, number: int, stopped: Callable[[], bool]) -> None:
        self._progress, self._number, self._stopped = progress, number, stopped
        self._total, self._units, self._told = 1, 0, 0

    def start(self, total: int) -> None:
        """Take note of how much there is to do."""
        self._total = max(1, total)

    def advance(self, steps: int, note: str = "") -> None:
        """Report that `steps` more are done.

        Raises
        ------
        Cancelled
            The sweep is to stop.
        """
        if self._stopped():
            raise Cancelled
        self._units += steps
        self._tell(min(WORK, WORK * self._units // self._total), note)

    def finish(self) -> None:
        """Report what is left of the point, as where it was done before."""
        self._tell(WORK, "")

    def _tell(self, units: int, note: str) -> None:
        self._progress.advance(units - self._told, f"point {self._number}, {note}" if note else "")
        self._told = units


def measure_point(
    plan: SweepPlan,
    folder: SweepFolder,
    number: int,
    values: dict[str, Any],
    progress: Progress,
    executor: Executor | None,
    stopped: Callable[[], bool],
) -> Point:
    """Run a point, or read what it has left before.

    Returns
    -------
    Point
        Also of one whose settings cannot be run together, with the reason.

    Raises
    ------
    RunFailed, ValueError
        What ends the whole sweep: a full disk, an engine that is not here, a damaged checkpoint, a
        metric that there is not (with the first point once its first seed is done).
    """
    part = PointProgress(progress, number, stopped)
    try:
        experiment, config = plan.configure(values)
        path = folder.point(number)
        if (path / CONFIG).exists():
            run = RunFolder.open(path)
        else:
            run = RunFolder.create(path, config.model_dump(mode="json"))
        record = runner.measure(
            experiment,
            config,
            run,
            part,
            executor,
            on_validation=plan.on_validation,
            check=partial(_scores, plan) if number == 0 and plan.names_metrics else None,
        )
    except _OF_ALL_POINTS:
        raise
    except ValueError as error:
        return Point(number, values, complaint=str(error))
    finally:
        part.finish()
    scores, means, missing = _scores(plan, record["metrics"])
    return Point(number, values, scores, means, missing=missing)


def _scores(
    plan: SweepPlan, metrics: Mapping[str, Any]
) -> tuple[tuple[float, ...], dict[str, float], float]:
    """Return what is looked at by seed, means of all metrics, and what these miss."""
    numbers = dict(scalars(metrics))
    scores = numbers[metric_name(plan, numbers)]["values"]
    means = {name: metric["mean"] for name, metric in numbers.items()}
    return tuple(scores), means, plan.missing(means)


def metric_name(plan: SweepPlan, metrics: Iterable[str]) -> str:
    """Return the name of the metric that the sweep looks at.

    Raises
    ------
    UnknownMetric
        There is none of that name.
    """
    names = list(metrics)
    if plan.metric == VALIDATION and names:
        return names[0]
    if plan.metric not in names:
        raise UnknownMetric("metric", f"is {plan.metric!r}; it must be one of {', '.join(names)}")
    return plan.metric


def points_at_once(executor: Executor | None, cases: int) -> int:
    """Return how many points keep all workers busy: on one machine, one after another."""
    if executor is None or not executor.elsewhere:
        return 1
    return max(1, -(-executor.workers // max(1, cases)))


def run_side_by_side(
    tasks: Iterable[Callable[[], Point]], at_once: int, stop: Callable[[], None]
) -> Iterator[Point]:
    """Run points, and yield each when it is done.

    Parameters
    ----------
    tasks : iterable of callable
        Drawn when there is room for another.
    at_once : int
        1: in this thread.
    stop : callable
        Called when something failed, or nobody asks for more: what is running is to stop.
    """
    if at_once == 1:
        for task in tasks:
            yield task()
        return
    waiting = iter(tasks)
    with ThreadPoolExecutor(at_once) as pool:
        running: set[Future[Point]] = set()
        try:
            while True:
                for task in islice(waiting, at_once - len(running)):
                    running.add(pool.submit(task))
                if not running:
                    return
                done, running = wait(running, timeout=HEARD_S, return_when=FIRST_COMPLETED)
                for future in done:
                    yield future.result()
        except BaseException:
            stop()
            raise


def succeeded(points: Sequence[Point]) -> list[Point]:
    """Return the points that have scores."""
    return [point for point in points if point.scores]
