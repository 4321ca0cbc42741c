#!/usr/bin/env python
"""Search the parameters of `foraging`, and tell how much hangs on each.

    .venv/bin/python scripts/search_foraging.py try --study lif.db --set neuron=lif --minutes 60
    .venv/bin/python scripts/search_foraging.py choose --study lif.db --set neuron=lif --out o.json
    .venv/bin/python scripts/search_foraging.py sensitivity --out sensitivity.json

All use seeds from 100, and keep features in features.h5 beside the study or the outcome. `try` runs
a process on every core; it can be interrupted and started again with the same study.
"""

import json
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
    from loihi_sleep.hardware.cores import usable_cores

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
    out: Annotated[Path, typer.Option(help="File for the outcome.")],
    settings: Settings = [],  # noqa: B006 - typer reads it only
    factor: Annotated[
        float, typer.Option(help="Each value is divided and multiplied by it.")
    ] = 1.5,
    seeds: int = 3,
) -> None:
    """Change one parameter at a time, and measure what the bars ask for."""
    from loihi_sleep.configuration import with_settings
    from loihi_sleep.experiments.foraging import search as foraging
    from loihi_sleep.results.atomic import write_text

    base, bank = with_settings({}, settings), out.with_name("features.h5")
    pool = range(foraging.TRIAL_SEEDS[0], foraging.TRIAL_SEEDS[0] + seeds)
    rows = [{"changed": None, "metrics": foraging.measure(base, {}, pool, bank)}]
    bounds = foraging.parameters(base)
    for path, value in foraging.present(base).items():
        for times in (1 / factor, factor):
            changed = min(max(value * times, bounds[path][0]), bounds[path][1])
            changed = round(changed) if isinstance(value, int) else changed
            metrics = foraging.measure(base, {path: changed}, pool, bank)
            rows.append({"changed": path, "value": changed, "metrics": metrics})
            write_text(out, json.dumps({"settings": settings, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    app()
