"""Running experiments from the command line, and what is printed at their end."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from loihi_sleep.cli.executing import ExecutorOptions
from loihi_sleep.cli.failures import advise_to_resume

if TYPE_CHECKING:
    from rich.console import Console

    from loihi_sleep.configuration import ExperimentConfig
    from loihi_sleep.experiments.registry import Experiment
    from loihi_sleep.results.report import Report
    from loihi_sleep.results.run_folder import RunFolder
    from loihi_sleep.tracking.trackers import Tracker


DEFAULT = ExecutorOptions()


def name_new_folder(name: str) -> Path:
    """Name a folder for a run by the time of day."""
    return Path("runs") / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}"


def execute(
    console: Console,
    folder: Path,
    as_json: bool = False,
    executor: ExecutorOptions = DEFAULT,
    track: Sequence[str] = (),
    reports: bool = True,
    **choices: Any,
) -> None:
    """Run an experiment in a new folder; `choices` as of :func:`runner.configure`."""
    from loihi_sleep.experiments import runner
    from loihi_sleep.experiments.new_run import new_run

    experiment, config = runner.configure(**choices)
    trackers = open_trackers(track)
    with advise_to_resume(folder), new_run(config, folder) as made:
        complete(console, experiment, config, made, as_json, executor, reports)
    tell_trackers(console, trackers, folder)


def open_trackers(names: Sequence[str]) -> list[Tracker]:
    """Make the trackers that ``--track`` names, before anything is run."""
    if not names:
        return []
    from loihi_sleep.tracking.trackers import open_tracker

    return [open_tracker(name) for name in names]


def tell_trackers(console: Console, trackers: Sequence[Tracker], folder: Path) -> None:
    """Tell trackers of a finished run, and say how to look at it."""
    from loihi_sleep.tracking.trackers import track

    for tracker in trackers:
        console.print(track(folder, tracker), highlight=False, markup=False, soft_wrap=True)


def complete(
    console: Console,
    experiment: Experiment,
    config: ExperimentConfig,
    folder: RunFolder,
    as_json: bool = False,
    executor: ExecutorOptions = DEFAULT,
    reports: bool = True,
) -> None:
    """Do what is left of a run, and print what came out."""
    from loihi_sleep.experiments import runner
    from loihi_sleep.progress_bar import progress_bar

    report = None
    with executor.open() as opened, progress_bar(console) as bar:
        run = (experiment, config, folder, bar, opened)
        if reports:
            record, report = runner.complete(*run)
        else:
            record = runner.measure(*run, on_validation=False)
    if as_json:
        typer.echo(json.dumps({"folder": str(folder.path), **record}, indent=2))
    elif report is None:
        console.print(f"{len(record['metrics'])} metrics")
        _print_origin(console, record, folder.metrics_path)
    else:
        print_result(console, folder.path, record, report)


def print_forecast(console: Console, out: Path | None, as_json: bool, **choices: Any) -> None:
    """Print what a run would do; `choices` as of :func:`runner.configure`."""
    from loihi_sleep.experiments import runner
    from loihi_sleep.experiments.forecast import forecast

    experiment, config = runner.configure(**choices)
    run_cfg = runner.select_engine(experiment, config)
    places = dict.fromkeys([Path("runs"), *([] if out is None else [out.parent])])
    found = forecast(experiment, config, run_cfg.engine, run_cfg.reason, places)
    if as_json:
        typer.echo(json.dumps(found.as_record(), indent=2))
        return
    console.print(found.text(), highlight=False, markup=False, soft_wrap=True)


def print_result(console: Console, folder: Path, record: dict[str, Any], report: Report) -> None:
    """Print the table of a finished run."""
    from rich.table import Table

    from loihi_sleep.results.report import table_rows

    table = Table(title=report.title, title_justify="left", title_style="bold", show_edge=False)
    table.add_column("what")
    table.add_column("metric", style="dim", no_wrap=True)
    table.add_column("mean over seeds", justify="right", no_wrap=True)
    for name, description, value in table_rows(report, record):
        table.add_row(description, name, value)
    console.print()
    console.print(table)
    _print_origin(console, record, folder / "report.html")


def _print_origin(console: Console, record: dict[str, Any], path: Path) -> None:
    """Print what ran, and where to read more."""
    console.print(
        f"\n{record['engine']}/{record['numerics']} ({record['engine_reason']}), "
        f"{record['wall_s']:.0f} s\n{path}",
        highlight=False,
        soft_wrap=True,
    )
