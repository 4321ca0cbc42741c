#!/usr/bin/env python
"""Search the hyperparameters of `digits` on the validation split.

    .venv/bin/python scripts/search_digits.py try --study digits.db --trials 20
    .venv/bin/python scripts/search_digits.py choose --study digits.db --out docs/search-digits.json

Start `try` once for each pair of cores with the same study and another --sampler-seed; it can be
interrupted and started again.
"""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False)
Study = Annotated[Path, typer.Option(help="File of the study.")]
Engine = Annotated[str, typer.Option(help="Engine of the nights.")]


@app.command("try")
def try_settings(
    study: Study, trials: int = 20, sampler_seed: int = 0, engine: Engine = "lava"
) -> None:
    """Stage 1: try settings, each on one seed."""
    from loihi_sleep.experiments.digits import search
    from loihi_sleep.experiments.search import open_study

    search.begin(open_study(study, "digits", sampler_seed), trials, engine)


@app.command()
def choose(
    study: Study,
    out: Annotated[Path, typer.Option(help="File for the outcome.")],
    finalists: int = 4,
    seeds: int = 4,
    engine: Engine = "lava",
) -> None:
    """Stage 2: run the best settings on further seeds."""
    from loihi_sleep.experiments.digits import search
    from loihi_sleep.experiments.search import open_study

    search.choose(open_study(study, "digits", 0), finalists, seeds, engine, out)


if __name__ == "__main__":
    app()
