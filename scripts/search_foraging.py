#!/usr/bin/env python
"""Search the parameters of `foraging`, and tell how much hangs on each.

    .venv/bin/python scripts/search_foraging.py try --study lif.db --set neuron=lif --minutes 60
    .venv/bin/python scripts/search_foraging.py choose --study lif.db --set neuron=lif --out o.json
    .venv/bin/python scripts/search_foraging.py sensitivity --out sensitivity.json

All use seeds from 100, and keep features beside the study or the outcome. `try` runs a process on
every core; `try` and `sensitivity` can be interrupted and go on with the same file.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False)
Study = Annotated[Path, typer.Option(help="File of the study.")]
Settings = Annotated[
    list[str], typer.Option("--set", help="As of `loihi-sleep run foraging`: neuron=lif.")
]


@app.command("try")
def try_settings(
    study: Study,
    settings: Settings = [],  # noqa: B006 - typer reads it only
    minutes: Annotated[float, typer.Option(help="No trial begins later than this.")] = 30,
    width: Annotated[float, typer.Option(help="How far from the present values.")] = 1.5,
    processes: Annotated[int, typer.Option(help="0: one a core.")] = 0,
    sampler_seed: int = 0,
) -> None:
    """Stage 1: try settings on three seeds each."""
    from loihi_sleep.configuration import with_settings
    from loihi_sleep.experiments import search
    from loihi_sleep.experiments.foraging import search as foraging
    from loihi_sleep.host import usable_cores

    opened = search.open_study(study, "foraging", sampler_seed)
    processes = processes or usable_cores()
    if processes > 1:
        arguments = [f"--study={study}", f"--minutes={minutes}", f"--width={width}"]
        arguments += ["--processes=1", *(f"--set={setting}" for setting in settings)]
        running = []
        for number in range(processes):
            command = [sys.executable, "-W", "ignore", __file__, "try", *arguments]
            running.append(subprocess.Popen([*command, f"--sampler-seed={sampler_seed + number}"]))
        for process in running:
            process.wait()
        return
    base = with_settings({}, settings)
    value = foraging.objective(base, study.with_name("features.h5"))
    begin, suggest = foraging.present(base), foraging.suggestion(base, width)
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        search.try_settings(opened, 1, suggest, value, begin, lambda trial: foraging.TRIAL_SEEDS)


@app.command()
def choose(
    study: Study,
    out: Annotated[Path, typer.Option(help="File for the outcome.")],
    settings: Settings = [],  # noqa: B006 - typer reads it only
    finalists: int = 4,
    seeds: int = 4,
) -> None:
    """Stage 2: run the best settings on further seeds."""
    from loihi_sleep.configuration import with_settings
    from loihi_sleep.experiments import search
    from loihi_sleep.experiments.foraging import search as foraging

    value = foraging.objective(with_settings({}, settings), study.with_name("features.h5"))
    opened = search.open_study(study, "foraging", 0)
    search.choose(opened, finalists, seeds, value, out, settings=settings)


@app.command()
def sensitivity(
    out: Annotated[Path, typer.Option(help="File for the outcome; runs that it holds are kept.")],
    settings: Settings = [],  # noqa: B006 - typer reads it only
    factor: Annotated[
        float, typer.Option(help="Each value is divided or multiplied by it.")
    ] = 1.25,
    pairs: Annotated[int, typer.Option(help="Of runs, each on a seed of its own.")] = 16,
) -> None:
    """Move all parameters at once, in orthogonal combinations; tell what each of them does."""
    from loihi_sleep.experiments.foraging import sensitivity as foraging

    foraging.screen(settings, factor, pairs, out, typer.echo)


if __name__ == "__main__":
    app()
