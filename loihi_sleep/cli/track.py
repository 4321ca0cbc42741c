"""``loihi-sleep track``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from loihi_sleep.cli.failures import open_console
from loihi_sleep.cli.running import open_trackers, tell_trackers


def track(
    runs: Annotated[list[Path], typer.Argument(help="Folders of finished runs.", metavar="RUN...")],
    to: Annotated[
        list[str],
        typer.Option(
            "--to",
            help="tensorboard or mlflow; tensorboard=FOLDER, mlflow=http://host:5000.",
            metavar="TRACKER",
        ),
    ],
) -> None:
    """Show finished runs in TensorBoard or MLflow."""
    with open_console() as console:
        trackers = open_trackers(to)
        for run in runs:
            tell_trackers(console, trackers, run)
