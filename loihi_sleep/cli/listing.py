"""``loihi-sleep list``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loihi_sleep.cli.arguments import Json
from loihi_sleep.cli.failures import open_console
from loihi_sleep.registry import Registry

if TYPE_CHECKING:
    from rich.console import Console


def list_what_is_there(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="A folder that holds runs; without it, names are listed.", metavar="FOLDER"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Name experiments, data, drives, forms and rules; of a FOLDER, list the runs in it."""
    with open_console() as console:
        if folder is not None:
            _list_runs(console, folder, as_json)
            return
        if as_json:
            raise ValueError("--json is for the runs of a folder: name one")
        from loihi_sleep.consolidation import FORMS
        from loihi_sleep.datasets import DATA_SETS
        from loihi_sleep.experiments.registry import EXPERIMENTS
        from loihi_sleep.rules import RULES
        from loihi_sleep.sleep import DRIVES

        lines = [
            *_describe(
                "experiments, with their presets", EXPERIMENTS, lambda e: ", ".join(e.presets)
            ),
            *_describe("data sets", DATA_SETS, lambda data_set: data_set.title),
            *_describe("drives", DRIVES, lambda drive: drive.__name__),
            *_describe("forms of sleep", FORMS, lambda form: form.__name__),
            *_describe("learning rules", RULES, lambda rule: f"{rule.__module__}.{rule.__name__}"),
        ]
        console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)


def _list_runs(console: Console, folder: Path, as_json: bool) -> None:
    """Print the runs in a folder, the oldest first."""
    from loihi_sleep.comparison.run_list import as_records, list_runs
    from loihi_sleep.results.runs import find_runs

    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder that exists")
    runs = find_runs(folder)
    if as_json:
        typer.echo(json.dumps(as_records(runs), indent=2))
        return
    lines = list_runs(runs, folder, console.width) if runs else [f"{folder} holds no runs"]
    console.print("\n".join(lines), highlight=False, markup=False, soft_wrap=True)


def _describe(title: str, registry: Registry[Any], describe: Callable[[Any], str]) -> list[str]:
    """Return a line for each name; what cannot be had does not hide the others."""
    from loihi_sleep.errors import ExtensionFailed

    lines = [title]
    for name in registry.names():
        try:
            lines.append(f"  {name}: {describe(registry[name])}")
        except ExtensionFailed as error:
            lines.append(f"  {name}: cannot be used: {error}")
    return lines
