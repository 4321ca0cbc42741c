"""From a plan to a finished sweep."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from loihi_sleep.configuration import ExperimentConfig
from loihi_sleep.errors import BadParameter
from loihi_sleep.experiments import registry, runner
from loihi_sleep.files.atomic import write_text
from loihi_sleep.progress import Progress
from loihi_sleep.results.run_folder import RunFolder
from loihi_sleep.run.executors.executor import Executor
from loihi_sleep.sweeps import summary as summaries
from loihi_sleep.sweeps.figure import draw_sweep
from loihi_sleep.sweeps.plan import VALIDATION, SweepFolder, SweepPlan
from loihi_sleep.sweeps.points import (
    WORK,
    Point,
    PointProgress,
    measure_point,
    metric_name,
    points_at_once,
    run_side_by_side,
    succeeded,
)
from loihi_sleep.sweeps.space import grid
from loihi_sleep.sweeps.summary import Summary
from loihi_sleep.sweeps.trials import Trials

Todo = Iterator[tuple[int, dict[str, Any]]]
Measure = Callable[[int, dict[str, Any]], Point]


def check_plan(plan: SweepPlan) -> list[dict[str, Any]]:
    """Configure what can be known of all points, before there is a folder.

    Returns
    -------
    list of dict
        Values of the points of a grid; of a sweep by trials one, with which all could begin.

    Raises
    ------
    ValueError
        The experiment has nothing that could be looked at, or a point has wrong settings; the
        message names the first one.
    """
    experiment = registry.by_name(plan.experiment)
    if plan.on_validation and experiment.validation is None:
        why = f"; {experiment.no_validation}" if experiment.no_validation else ""
        raise ValueError(
            f"{plan.experiment} has no validation samples: name a metric of its runs with "
            f"--metric{why}"
        )
    if plan.finalists and not plan.final_seeds:
        raise BadParameter("finalists", "needs --final-seeds, on which they are measured again")
    values = [_first_values(plan)] if plan.trials else grid(plan.dimensions)
    for one in values:
        _, config = plan.configure(one)
        if plan.on_validation:
            assert experiment.validation is not None
            experiment.validation(config)
        if again := sorted({*config.seeds} & {*plan.final_seeds}):
            raise BadParameter("final_seeds", f"names {again[0]}, with which all points are run")
    return values


def run_sweep(
    folder: SweepFolder, progress: Progress, executor: Executor | None = None
) -> tuple[Summary, dict[str, Any] | None]:
    """Run what a sweep has not done yet, then write its table and its figure.

    Parameters
    ----------
    folder : SweepFolder
    progress : Progress
    executor : Executor, optional
        What runs the cases of all points.

    Returns
    -------
    Summary, dict or None
        What came out, and metrics.json of the best point, which is run as a whole in the end; None
        where the plan does not ask for it.

    Raises
    ------
    RunFailed
        A file cannot be written, or workers are gone; the sweep can be resumed.
    ValueError
        All points failed (the reason of the first is named), or another process runs the sweep.
    """
    plan = folder.plan()
    with folder.in_use():
        experiment, config = plan.configure(_first_values(plan))
        trials = Trials(folder, plan) if plan.trials else None
        count = plan.trials or len(grid(plan.dimensions))
        progress.start((count + min(count, plan.finalists) + plan.test) * WORK)
        cases = _cases(experiment, config, plan)
        points = _run_points(folder, plan, trials, progress, executor, cases)
        fine = succeeded(points)
        if not fine:
            raise ValueError(f"all {len(points)} points failed; the first: {points[0].complaint}")
        metric = metric_name(plan, fine[0].metrics)
        finalists = [
            measure_point(
                plan.final, folder.finalists, p.number, p.values, progress, executor, lambda: False
            )
            for p in summaries.in_order(plan, fine)[: plan.finalists]
        ]
        found = summaries.summarize(plan, metric, points, finalists)
        test = _test_best(folder, found, progress, executor) if plan.test else None
        _write(folder, found, test)
        return found, test


def _run_points(
    folder: SweepFolder,
    plan: SweepPlan,
    trials: Trials | None,
    progress: Progress,
    executor: Executor | None,
    cases: int,
) -> list[Point]:
    stopped = threading.Event()
    measure: Measure = lambda number, values: measure_point(  # noqa: E731
        plan, folder, number, values, progress, executor, stopped.is_set
    )
    at_once = points_at_once(executor, cases)
    if trials is None:
        todo: Todo = iter(enumerate(grid(plan.dimensions)))
        return list(run_side_by_side(_tasks(measure, todo), at_once, stopped.set))
    # Those that were done before are read, which takes no time.
    points = [measure(number, values) for number, values in trials.done()]
    for point in run_side_by_side(_tasks(measure, trials.todo()), at_once, stopped.set):
        trials.tell(point)
        points.append(point)
    return points


def _tasks(measure: Measure, todo: Todo) -> Iterator[Callable[[], Point]]:
    for number, values in todo:
        yield partial(measure, number, values)


def _cases(experiment: registry.Experiment, config: ExperimentConfig, plan: SweepPlan) -> int:
    """Count the cases of a point that can run side by side."""
    make = experiment.validation if plan.on_validation else experiment.study
    assert make is not None
    return len(make(config).cases())


def _test_best(
    folder: SweepFolder, found: Summary, progress: Progress, executor: Executor | None
) -> dict[str, Any]:
    """Run the best point as a whole, with its test samples and its report."""
    assert found.best is not None
    experiment, config = found.plan.configure(found.best.values)
    run = RunFolder.open(folder.point(found.best.number))
    part = PointProgress(progress, found.best.number, lambda: False)
    record, _ = runner.complete(experiment, config, run, part, executor)
    part.finish()
    return record


def _write(folder: SweepFolder, found: Summary, test: Mapping[str, Any] | None) -> None:
    write_text(folder.table_path, summaries.as_csv(found))
    draw_sweep(found, folder.figure_path)
    best = None if test is None else test["metrics"]
    record = summaries.as_record(found, best)
    write_text(folder.summary_path, json.dumps(record, indent=2, allow_nan=False) + "\n")


def _first_values(plan: SweepPlan) -> dict[str, Any]:
    """Return values with which all points could begin."""
    return {
        d.name: d.values[0] if d.values else _middle(d.low, d.high, d.integer)
        for d in plan.dimensions
    }


def _middle(low: float | None, high: float | None, integer: bool) -> float:
    assert low is not None
    assert high is not None
    return round((low + high) / 2) if integer else (low + high) / 2


__all__ = ["VALIDATION", "check_plan", "run_sweep"]
