"""The runs of a folder as a table."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loihi_sleep.comparison.compare import settings_that_differ
from loihi_sleep.comparison.tables import open_table
from loihi_sleep.results.runs import Run

if TYPE_CHECKING:
    from rich.table import Table

# Settings of a run that are shown: the table has one line a run.
_SHOWN = 3


def runs_table(runs: Sequence[Run], place: Path) -> Table:
    """Make a table of runs for a terminal, with the settings by which those of a kind differ."""
    table = open_table()
    # A path stays whole, to be copied, as long as the other columns can be broken instead.
    table.add_column("run", overflow="fold", no_wrap=True)
    for column in ("experiment", "state", "seeds", "took", "changed"):
        table.add_column(column)
    table.add_column("differs in", overflow="fold")
    differing = _differing_settings(runs)
    for run, settings in zip(runs, differing, strict=True):
        took = "" if run.record is None else f"{run.record['wall_s']:.0f} s"
        shown = [f"{name}={value}" for name, value in list(settings.items())[:_SHOWN]]
        more = [f"+{len(settings) - _SHOWN}"] if len(settings) > _SHOWN else []
        name = run.path.relative_to(place)
        table.add_row(
            str(name) if name.parts else str(run.path),
            f"{run.experiment} {run.values.get('preset', '')}",
            run.state,
            str(len(_seeds(run))),
            took,
            time.strftime("%Y-%m-%d %H:%M", time.localtime(run.changed)),
            " ".join([*shown, *more]),
        )
    return table


def as_records(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Return runs as values that JSON has."""
    return [
        {
            "path": str(run.path),
            "experiment": run.experiment,
            "preset": run.values.get("preset"),
            "state": run.state,
            "complaint": run.complaint,
            "seeds": _seeds(run),
            "wall_s": None if run.record is None else run.record["wall_s"],
            "changed": round(run.changed),
            "differs_in": settings,
        }
        for run, settings in zip(runs, _differing_settings(runs), strict=True)
    ]


def _seeds(run: Run) -> list[Any]:
    seeds = run.values.get("seeds", [])
    return seeds if isinstance(seeds, list) else []


def _differing_settings(runs: Sequence[Run]) -> list[dict[str, str]]:
    """Of each run, the settings in which it differs from others of its experiment."""
    found: dict[Path, dict[str, str]] = {run.path: {} for run in runs}
    for experiment in {run.experiment for run in runs}:
        alike = [run for run in runs if run.experiment == experiment and run.values]
        for name, values in settings_that_differ(alike).items():
            # As a change of what most of them have.
            usual = max(values, key=values.count)
            for run, value in zip(alike, values, strict=True):
                if value != usual and name != "preset":
                    found[run.path][name] = value
    return [found[run.path] for run in runs]
