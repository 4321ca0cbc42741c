"""The program and its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from loihi_sleep import __version__
from loihi_sleep.cli.arguments import CheckedGroup
from loihi_sleep.cli.check import check
from loihi_sleep.cli.compare import compare
from loihi_sleep.cli.cost import cost
from loihi_sleep.cli.demo import demo
from loihi_sleep.cli.doctor import doctor
from loihi_sleep.cli.listing import list_what_is_there
from loihi_sleep.cli.report import report
from loihi_sleep.cli.resume import resume
from loihi_sleep.cli.run import run
from loihi_sleep.cli.settings import settings
from loihi_sleep.cli.sweep import sweep
from loihi_sleep.cli.track import track

app = typer.Typer(
    cls=CheckedGroup,
    name="loihi-sleep",
    help="Sleep for spiking networks on Intel's Lava and Loihi 2.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for _command in (demo, run, sweep, resume, report, compare, track, settings, check, cost, doctor):
    app.command()(_command)
app.command("list")(list_what_is_there)


def main() -> None:
    """Run the console script."""
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Sleep for spiking networks on Intel's Lava and Loihi 2."""
