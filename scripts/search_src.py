#!/usr/bin/env python
"""Search hyperparameters of `src` on validation images.

    .venv/bin/python scripts/search_src.py try --study chip.db --space sleep --minutes 40
    .venv/bin/python scripts/search_src.py choose --study chip.db --space sleep --out chip.json

`try` runs a process on every core; it can be interrupted and started again with the same study.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False)
Study = Annotated[Path, typer.Option(help="File of the study.")]
Space = Annotated[str, typer.Option(help="sleep, rehearsal, ewc or si.")]
Settings = Annotated[
    list[str], typer.Option("--set", help="As of `loihi-sleep run src`: data.name=cifar.")
]


@app.command("try")
def try_settings(
    study: Study,
    space: Space = "sleep",
    settings: Settings = [],  # noqa: B006 - typer reads it only
    minutes: Annotated[float, typer.Option(help="No trial begins later than this.")] = 30,
    processes: Annotated[int, typer.Option(help="0: one a core.")] = 0,
    sampler_seed: int = 0,
) -> None:
    """Stage 1: try settings around the present ones."""
    from loihi_sleep.experiments import search
    from loihi_sleep.host import usable_cores

    processes = processes or usable_cores()
    opened = search.open_study(study, space, sampler_seed)
    if processes > 1:
        arguments = [f"--study={study}", f"--space={space}", f"--minutes={minutes}"]
        arguments += ["--processes=1", *(f"--set={setting}" for setting in settings)]
        running = []
        for number in range(processes):
            command = [sys.executable, "-W", "ignore", __file__, "try", *arguments]
            running.append(subprocess.Popen([*command, f"--sampler-seed={sampler_seed + number}"]))
        for process in running:
            process.wait()
        return
    import torch

    from loihi_sleep.configuration import with_settings
    from loihi_sleep.experiments.src import search as src

    torch.set_num_threads(1)
    base = with_settings({}, settings)
    value = src.objective(space, base)
    begin, suggest = src.present_parameters(space, base), src.suggestion(space, base)
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        search.try_settings(opened, 1, suggest, value, begin, lambda trial: src.TRIAL_SEEDS)


@app.command()
def choose(
    study: Study,
    out: Annotated[Path, typer.Option(help="File for the outcome.")],
    space: Space = "sleep",
    settings: Settings = [],  # noqa: B006 - typer reads it only
    finalists: int = 6,
    seeds: int = 4,
) -> None:
    """Stage 2: run the best settings on further seeds."""
    from loihi_sleep.configuration import with_settings
    from loihi_sleep.experiments import search
    from loihi_sleep.experiments.src import search as src

    base = with_settings({}, settings)
    opened = search.open_study(study, space, 0)
    value = src.objective(space, base)
    search.choose(opened, finalists, seeds, value, out, space=space, settings=settings)


if __name__ == "__main__":
    app()
