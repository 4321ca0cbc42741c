"""``loihi-sleep settings``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from loihi_sleep.cli.arguments import Json, Preset, Settings, complete_experiment
from loihi_sleep.cli.failures import open_console


def settings(
    experiment: Annotated[
        str | None,
        typer.Argument(
            help="An experiment, such as digits; all if left out.",
            metavar="EXPERIMENT",
            autocompletion=complete_experiment,
        ),
    ] = None,
    preset: Preset = None,
    settings: Settings = None,
    as_json: Json = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, as docs/reference/settings.md.")
    ] = False,
) -> None:
    """Print every setting of an experiment: default, what is allowed, what it means."""
    with open_console() as console:
        from loihi_sleep.experiments import registry, runner
        from loihi_sleep.experiments.setting_table import as_lines, as_markdown, settings_of

        if as_json and markdown:
            raise ValueError("--json and --markdown are both there; choose one")
        if experiment is None and (preset is not None or settings):
            raise ValueError("--preset and --set are of one experiment: name it")
        names = registry.EXPERIMENTS.names() if experiment is None else [experiment]
        found = {}
        for name in names:
            _, config = runner.configure(name, preset=preset, settings=settings or [])
            found[name] = settings_of(config)
        if as_json:
            by_name = {
                name: [{**asdict(one), "default": json.loads(one.default)} for one in table]
                for name, table in found.items()
            }
            typer.echo(json.dumps(by_name if experiment is None else by_name[experiment], indent=2))
        elif markdown:
            typer.echo(as_markdown(found), nl=False)
        else:
            text = "\n".join(
                line for name, table in found.items() for line in as_lines(name, table)
            )
            console.print(text, highlight=False, markup=False, soft_wrap=True)
