"""A comparison of runs as text, CSV and values for JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.comparison.compare import Comparison, Difference, Row
from loihi_sleep.results.record import sample_sd

if TYPE_CHECKING:
    from rich.table import Table

# Rows that one screen has room for.
_ROWS = 30
# Below it p is printed bold.
_CERTAIN = 0.05
_COLUMNS = (
    *("metric", "unit", "run", "seeds", "mean", "sd"),
    *("difference", "difference_sd", "pairs", "p"),
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def open_table() -> Table:
    """Return an empty table for a terminal, without lines."""
    from rich.table import Table

    return Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))


def letter(number: int) -> str:
    """Name a run by a letter, or by a number where there are no letters left."""
    return _LETTERS[number] if number < len(_LETTERS) else str(number + 1)


def heading(comparison: Comparison) -> list[str]:
    """Return a line for each run: its letter, name, and what it is."""
    lines = []
    for number, name in enumerate(comparison.names):
        facts = comparison.facts(number)
        seeds = len(facts["seeds"])
        commit = f", commit {facts['commit'][:10]}" if facts["commit"] else ""
        date = f", {facts['date'][:10]}" if facts["date"] else ""
        lines.append(
            f"{letter(number)} = {name}: {facts['experiment']}, {facts['engine']}/"
            f"{facts['numerics']}, {seeds} seed{'s' if seeds != 1 else ''}, "
            f"{facts['wall_s']:.0f} s{date}{commit}"
        )
    return lines


def metrics_table(comparison: Comparison, everything: bool = False) -> tuple[Table, int]:
    """Make a table of metrics for a terminal.

    Returns
    -------
    Table, int
        And how many metrics it leaves out: those that differ least.
    """
    rows = list(comparison.rows)
    if len(rows) > _ROWS and not everything:
        shown = sorted(range(len(rows)), key=lambda number: -rows[number].effect)[:_ROWS]
        rows = [rows[number] for number in sorted(shown)]
    table = open_table()
    table.add_column("metric", overflow="fold")
    for number in range(len(comparison.runs)):
        table.add_column(letter(number), justify="right", no_wrap=True)
    for number in range(1, len(comparison.runs)):
        table.add_column(f"{letter(number)} - A", justify="right", no_wrap=True)
        table.add_column("p", justify="right", no_wrap=True)
    for row in rows:
        cells = [_mean(values) for values in row.values]
        for values, difference in zip(row.values[1:], row.differences[1:], strict=True):
            paired = difference is not None and all(
                v is not None and len(v) == difference.pairs for v in (row.values[0], values)
            )
            cells += _difference(difference, "same" if paired else "+0")
        table.add_row(row.name, *cells)
    return table, len(comparison.rows) - len(rows)


def settings_table(comparison: Comparison) -> Table | None:
    """Make a table of the settings that differ for a terminal; None where none does."""
    if not comparison.settings:
        return None
    table = open_table()
    table.add_column("setting that differs", overflow="fold")
    for number in range(len(comparison.runs)):
        table.add_column(letter(number), justify="right", overflow="fold")
    for name, values in comparison.settings.items():
        table.add_row(name, *values)
    return table


def footnote(comparison: Comparison) -> str:
    """Say what the columns are."""
    pairs = {d.pairs for row in comparison.rows for d in row.differences if d is not None}
    if not pairs - {0}:
        return "The runs have no seed in common: differences are those of means, and not tested."
    if pairs <= {0, 1}:
        return (
            "The runs have one seed in common: differences are those of that seed, and not tested; "
            "run more seeds."
        )
    fewest, most = min(pairs), max(pairs)
    common = f"{most}" if fewest == most else f"{fewest} to {most}"
    return (
        f"Means ± standard deviations over seeds; differences over the {common} seeds in common.\n"
        f"p: paired t test by seed, two-sided, each of {len(comparison.rows)} metrics by itself."
    )


def as_record(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as values that JSON has."""
    return {
        "runs": [
            {"name": name, **comparison.facts(number)}
            for number, name in enumerate(comparison.names)
        ],
        "settings": {
            name: dict(zip(comparison.names, values, strict=True))
            for name, values in comparison.settings.items()
        },
        "metrics": {row.name: _row_record(comparison.names, row) for row in comparison.rows},
    }


def as_csv(comparison: Comparison) -> str:
    """Write a line for each metric of each run."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in comparison.rows:
        for name, values, difference in zip(
            comparison.names, row.values, row.differences, strict=True
        ):
            if values is None:
                continue
            against: tuple[Any, ...] = ("", "", "", "")
            if difference is not None:
                against = (difference.mean, difference.sd, difference.pairs, difference.p)
            writer.writerow((row.name, row.unit, name, *_statistics(values), *against))
    return text.getvalue()


def _row_record(names: Sequence[str], row: Row) -> dict[str, Any]:
    record: dict[str, Any] = {"unit": row.unit}
    for name, values, difference in zip(names, row.values, row.differences, strict=True):
        if values is None:
            continue
        seeds, mean, sd = _statistics(values)
        record[name] = {"seeds": seeds, "mean": mean, "sd": sd}
        if difference is not None:
            record[name] |= {"difference": vars(difference)}
    return record


def _statistics(values: NDArray[np.float64]) -> tuple[int, float, float]:
    """Count, mean and standard deviation."""
    return len(values), round(float(values.mean()), 9), round(float(sample_sd(values)), 9)


def _mean(values: NDArray[np.float64] | None) -> str:
    if values is None:
        return "-"
    count, mean, sd = _statistics(values)
    return f"{_number(mean)} ± {_number(sd)}" if count > 1 else _number(mean)


def _difference(difference: Difference | None, none: str) -> tuple[str, str]:
    """Difference and p as text; `none` is said where the seeds in common do not differ."""
    if difference is None:
        return "-", ""
    if difference.mean == 0 and not difference.sd:
        return none, ""
    spread = "" if difference.sd is None else f" ± {_number(difference.sd)}"
    p = difference.p
    said = "" if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"
    certain = p is not None and p < _CERTAIN
    return f"{difference.mean:+.3g}{spread}", f"[bold]{said}[/bold]" if certain else said


def _number(value: float) -> str:
    return f"{value:.3f}" if 0.001 <= abs(value) < 1000 or value == 0 else f"{value:.3g}"
