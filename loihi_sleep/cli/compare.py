"""``loihi-sleep compare``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from loihi_sleep.cli.arguments import Json
from loihi_sleep.cli.failures import open_console


def compare(
    runs: Annotated[
        list[Path], typer.Argument(help="Folders of finished runs, two or more.", metavar="RUN...")
    ],
    metrics: Annotated[
        list[str] | None,
        typer.Option("--metric", help="Compare these only: 'accuracy_*'. Can be repeated."),
    ] = None,
    figure: Annotated[
        Path | None, typer.Option(help="Draw the runs over each other: a PNG file.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Print all metrics, also those that hardly differ.")
    ] = False,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Compare finished runs: metrics, differences from the first, settings that differ."""
    with open_console() as console:
        from loihi_sleep.comparison import tables
        from loihi_sleep.comparison.compare import compare

        if as_json and as_csv:
            raise ValueError("--json and --csv are both there; choose one")
        if figure is not None and figure.suffix != ".png":
            raise ValueError(f"--figure is {figure}; it must be a name that ends in .png: runs.png")
        found = compare(runs, metrics or [])
        if figure is not None:
            from loihi_sleep.comparison.figure import draw_comparison

            try:
                figure.parent.mkdir(parents=True, exist_ok=True)
                draw_comparison(found, figure)
            except OSError as error:
                reason = error.strerror or error
                raise ValueError(
                    f"--figure is {figure}, which cannot be written ({reason}); name a file in a "
                    "place you can write to"
                ) from None
        if as_json:
            typer.echo(json.dumps(tables.as_record(found), indent=2))
            return
        if as_csv:
            typer.echo(tables.as_csv(found), nl=False)
            return
        console.print(
            "\n".join(tables.heading(found)), highlight=False, markup=False, soft_wrap=True
        )
        console.print()
        table, left_out = tables.metrics_table(found, everything)
        console.print(table)
        if left_out:
            console.print(f"{left_out} metrics that differ less: --all prints them", style="dim")
        differing = tables.settings_table(found)
        console.print()
        console.print(differing if differing is not None else "no setting differs")
        console.print()
        console.print(tables.footnote(found), style="dim", highlight=False)
        if figure is not None:
            console.print(str(figure), highlight=False, soft_wrap=True)
