"""``loihi-sleep run``."""

from __future__ import annotations

from typing import Annotated

import typer

from loihi_sleep.cli.arguments import (
    Board,
    DataFolder,
    Engine,
    Experiment,
    Host,
    Numerics,
    Out,
    Partition,
    Preset,
    Settings,
    place_on_board,
)
from loihi_sleep.cli.failures import open_console
from loihi_sleep.cli.running import execute, name_new_folder


def run(
    experiment: Experiment,
    preset: Preset = None,
    engine: Engine = "auto",
    numerics: Numerics = None,
    seeds: Annotated[
        int | None, typer.Option(help="How many seeds, 0 and up, instead of the preset's.")
    ] = None,
    data_dir: DataFolder = None,
    out: Out = None,
    partition: Partition = None,
    board: Board = None,
    host: Host = None,
    settings: Settings = None,
) -> None:
    """Run an experiment; its folder holds configuration, metrics, figures and report."""
    with open_console() as console:
        if engine not in ("loihi2", "auto") and (partition or board or host):
            raise ValueError(
                f"--partition, --board and --host are for engine 'loihi2'; engine is {engine!r}"
            )
        place_on_board(partition, board, host)
        if seeds is not None:
            from loihi_sleep.configuration import SEEDS_MAX
            from loihi_sleep.processes import checks

            checks.integer("--seeds", seeds, 1, SEEDS_MAX)
        execute(
            console,
            out or name_new_folder(experiment),
            name=experiment,
            preset=preset,
            engine=engine,
            numerics=numerics,
            seeds=None if seeds is None else list(range(seeds)),
            data_dir=data_dir,
            settings=settings or [],
        )
