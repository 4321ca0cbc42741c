"""``loihi-sleep run``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from loihi_sleep.cli.arguments import (
    Board,
    DataFolder,
    Engine,
    ExecutorName,
    Host,
    Json,
    Numerics,
    Out,
    Partition,
    Preset,
    Scheduler,
    Seeds,
    Settings,
    Slurm,
    Track,
    Workers,
    complete_experiment,
    parse_seeds,
    place_on_board,
)
from loihi_sleep.cli.executing import ExecutorOptions
from loihi_sleep.cli.failures import BAD_INPUT, fail, open_console
from loihi_sleep.cli.running import execute, name_new_folder, print_forecast


def run(
    experiment: Annotated[
        str | None,
        typer.Argument(
            help="An experiment, such as digits; `loihi-sleep list` names all. Not needed with "
            "--config.",
            metavar="EXPERIMENT",
            autocompletion=complete_experiment,
        ),
    ] = None,
    preset: Preset = None,
    engine: Engine = None,
    numerics: Numerics = None,
    seeds: Seeds = None,
    data_dir: DataFolder = None,
    out: Out = None,
    partition: Partition = None,
    board: Board = None,
    host: Host = None,
    settings: Settings = None,
    config: Annotated[
        Path | None,
        typer.Option(help="A configuration, such as config.yaml of a run; options come after it."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be run, and do not run it.")
    ] = False,
    no_report: Annotated[
        bool,
        typer.Option(
            "--no-report",
            help="Draw no figures and write no report; `loihi-sleep report FOLDER` does it later.",
        ),
    ] = False,
    as_json: Json = False,
    executor: ExecutorName = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    slurm: Slurm = None,
    track: Track = None,
) -> None:
    """Run an experiment; its folder holds configuration, metrics, figures and report."""
    if experiment is None and config is None:
        fail("missing argument 'EXPERIMENT'; see 'loihi-sleep run --help'", BAD_INPUT)
    with open_console(errors_only=as_json) as console:
        if engine not in ("loihi2", "auto", None) and (partition or board or host):
            raise ValueError(
                f"--partition, --board and --host are for engine 'loihi2'; engine is {engine!r}"
            )
        place_on_board(partition, board, host)
        if engine != "loihi2" and (partition or board or host):
            _refuse_board_without_chip(numerics)
        options = ExecutorOptions(executor, workers, scheduler, slurm)
        values = None if config is None else _read_config(config, experiment)
        name = experiment or str((values or {}).get("experiment"))
        choices: dict[str, Any] = {
            "name": name,
            "preset": preset,
            "engine": engine,
            "numerics": numerics,
            "seeds": None if seeds is None else parse_seeds(seeds),
            "data_dir": data_dir,
            "settings": settings or [],
            "values": values,
        }
        if dry_run:
            print_forecast(console, out, as_json, **choices)
            return
        place = out or name_new_folder(name)
        execute(console, place, as_json, options, track or (), reports=not no_report, **choices)


def _refuse_board_without_chip(numerics: str | None) -> None:
    """Refuse a board where ``auto`` would run on none.

    Raises
    ------
    ValueError
        It says why it would.
    """
    from loihi_sleep.run.select import select

    chosen = select("auto", numerics or "fixed")
    if chosen.engine != "loihi2":
        raise ValueError(
            f"--partition, --board and --host are for engine 'loihi2', and this would run on "
            f"{chosen.engine} ({chosen.reason}); leave them out"
        )


def _read_config(path: Path, experiment: str | None) -> dict[str, Any]:
    """Read the file that ``--config`` names.

    Raises
    ------
    ValueError
        It cannot be read, or is for another experiment.
    """
    from loihi_sleep.results.run_folder import read_config

    values = read_config(path / "config.yaml" if path.is_dir() else path)
    named = values.get("experiment")
    if experiment is None and not isinstance(named, str):
        raise ValueError(f"--config is {path}, which names no experiment: add experiment: NAME")
    if experiment is not None and named not in (None, experiment):
        raise ValueError(
            f"--config is {path}, which is for {named!r}, and EXPERIMENT is {experiment!r}"
        )
    return values
