"""``loihi-sleep check``."""

from __future__ import annotations

from typing import Annotated

import typer

from loihi_sleep.cli.arguments import Numerics, Preset, Settings
from loihi_sleep.cli.failures import FAILED, open_console


def check(
    network: Annotated[
        str,
        typer.Argument(
            help="An experiment, such as digits; a run folder; a .net or .nir file.",
            metavar="NETWORK",
        ),
    ],
    target: Annotated[str, typer.Option(help="loihi2 or loihi1.")] = "loihi2",
    preset: Preset = None,
    numerics: Numerics = None,
    settings: Settings = None,
    dt: Annotated[
        float | None,
        typer.Option(help="Of a .nir file: length of a time step, in its unit of time."),
    ] = None,
) -> None:
    """Say whether a network may fit Loihi 2; exit code 1 where it does not."""
    with open_console() as console:
        from loihi_sleep.experiments.named_network import named_network
        from loihi_sleep.fit import check
        from loihi_sleep.loihi2 import refusals

        found = named_network(network, preset, numerics, settings or [], dt)
        fit = check(found.process, target)
        lines = [fit.text()]
        if fit.fits and fit.target == "loihi2":
            reasons = refusals(found.process) + found.host_only
            lines += [f"cannot be deployed: {reason}" for reason in reasons] or ["can be deployed"]
        console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)
        if not fit.fits:
            raise typer.Exit(FAILED)
