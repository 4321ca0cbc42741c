"""The runs of a folder, one after another."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from loihi_sleep.comparison.compare import settings_that_differ
from loihi_sleep.results.runs import Run

# Settings of a run that are shown.
_SHOWN = 3
_COLUMNS = ("run", "experiment", "state", "seeds", "took", "changed")
_DIFFERS = "differs in"


def list_runs(runs: Sequence[Run], place: Path, width: int) -> list[str]:
    """Return lines for a terminal: what runs are, and the settings by which those of a kind differ.

    Parameters
    ----------
    runs : sequence of Run
    place : Path
        The folder that holds them; paths are relative to it.
    width : int
        Of the terminal, in characters. Where a line would be longer, settings have one of their
        own; no path and no setting is broken.

    Returns
    -------
    list of str
    """
    rows = [_COLUMNS, *(_cells(run, place) for run in runs)]
    differing = [_DIFFERS, *map(_shown, _differing_settings(runs))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)) for row in rows
    ]
    whole = [f"{line}  {text}".rstrip() for line, text in zip(lines, differing, strict=True)]
    if max(map(len, whole)) <= width:
        return whole
    broken = [lines[0].rstrip()]
    for line, text in zip(lines[1:], differing[1:], strict=True):
        broken += [
            line.rstrip(),
            *wrap(
                text,
                width,
                initial_indent=f"  {_DIFFERS} ",
                subsequent_indent="    ",
                break_long_words=False,
                break_on_hyphens=False,
            ),
        ]
    return broken


def _cells(run: Run, place: Path) -> tuple[str, ...]:
    name = run.path.relative_to(place)
    return (
        str(name) if name.parts else str(run.path),
        f"{run.experiment} {run.values.get('preset', '')}",
        run.state,
        str(len(_seeds(run))),
        "" if run.record is None else f"{run.record['wall_s']:.0f} s",
        time.strftime("%Y-%m-%d %H:%M", time.localtime(run.changed)),
    )


def _shown(settings: Mapping[str, str]) -> str:
    more = [f"+{len(settings) - _SHOWN}"] if len(settings) > _SHOWN else []
    return " ".join([*(f"{n}={value}" for n, value in list(settings.items())[:_SHOWN]), *more])


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
