"""Runs drawn over each other: numbers by seed, and curves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.comparison.compare import Comparison, Row
from loihi_sleep.results.figures import ASLEEP, AWAKE, JOINT, NEUTRAL, drawing
from loihi_sleep.results.record import sample_sd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLORS = (ASLEEP, AWAKE, JOINT, NEUTRAL, "#a5427a", "#6b4fa0", "#3a8f9c", "#b0b02b")
_MOST_PANELS, _MOST_ROWS = 6, 14
_AXES = re.compile(r"\[([^]]*)\]")


def draw_comparison(comparison: Comparison, path: Path) -> Path:
    """Draw the runs of a comparison over each other.

    Parameters
    ----------
    comparison : Comparison
    path : Path
        A PNG file.

    Returns
    -------
    Path
        The file. Above are metrics of one number, by unit: a dot a seed, mean and standard
        deviation; below are metrics of several numbers as curves, the last column of matrices.
    """
    by_unit = [
        (unit, list(rows)[:_MOST_ROWS])
        for unit, rows in groupby(sorted(comparison.rows, key=lambda r: r.unit), lambda r: r.unit)
    ][:_MOST_PANELS]
    curves = list(_curves(comparison))[: _MOST_PANELS * 2]
    panels = len(by_unit) + len(curves)
    columns = min(2, panels)
    lines = -(-panels // columns)
    with drawing(path, lines, columns, (5.2 * columns, 3.4 * lines)) as (figure, grid):
        places = list(grid.flat)
        for axes, (unit, rows) in zip(places, by_unit, strict=False):
            _draw_rows(axes, unit, rows)
        for axes, (name, unit, by_run) in zip(places[len(by_unit) :], curves, strict=False):
            _draw_curves(axes, name, unit, by_run)
        for axes in places[panels:]:
            axes.set_axis_off()
        handles = [
            places[0].plot([], [], "o-", color=_color(number), label=name)[0]
            for number, name in enumerate(comparison.names)
        ]
        figure.legend(handles=handles, loc="outside upper left", ncols=min(4, len(handles)))
    return path


def _color(number: int) -> str:
    return _COLORS[number % len(_COLORS)]


def _draw_rows(axes: Axes, unit: str, rows: Sequence[Row]) -> None:
    runs = len(rows[0].values)
    for place, row in enumerate(rows):
        for number, values in enumerate(row.values):
            if values is None:
                continue
            height = place + (number - (runs - 1) / 2) * 0.7 / runs
            color = _color(number)
            axes.plot(values, np.full(len(values), height), ".", color=color, alpha=0.4)
            axes.errorbar(
                values.mean(), height, xerr=sample_sd(values), fmt="o", color=color, ms=4, capsize=2
            )
    axes.set_yticks(range(len(rows)), [row.name for row in rows], fontsize=8)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_xlabel(unit)


def _curves(
    comparison: Comparison,
) -> Iterator[tuple[str, str, list[NDArray[np.float64] | None]]]:
    """Yield name, unit and values by run, shape (seeds, places), of metrics of several numbers."""
    names: dict[str, str] = {}
    flat = []
    for run in comparison.runs:
        assert run.record is not None
        found = dict(_arrays(run.record["metrics"]))
        flat.append(found)
        names |= {name: str(entry["unit"]) for name, entry in found.items()}
    for name, unit in names.items():
        by_run = [None if name not in found else _as_curves(found[name]) for found in flat]
        lengths = {values.shape[1] for values in by_run if values is not None}
        if lengths and max(lengths) > 1:
            yield name, unit, by_run


def _arrays(metrics: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, entry in metrics.items():
        if "values" not in entry:
            yield from _arrays(entry, f"{prefix}{name}.")
        elif np.ndim(entry["values"]) in (2, 3):
            yield f"{prefix}{name}", entry


def _as_curves(entry: Mapping[str, Any]) -> NDArray[np.float64]:
    values = np.array(entry["values"], dtype=float)
    return values if values.ndim == 2 else values[:, :, -1]


def _draw_curves(
    axes: Axes, name: str, unit: str, by_run: Sequence[NDArray[np.float64] | None]
) -> None:
    for number, values in enumerate(by_run):
        if values is None:
            continue
        places, mean = np.arange(1, values.shape[1] + 1), values.mean(axis=0)
        axes.plot(places, mean, "o-", ms=3, color=_color(number))
        if len(values) > 1:
            sd = values.std(axis=0, ddof=1)
            axes.fill_between(places, mean - sd, mean + sd, color=_color(number), alpha=0.15, lw=0)
    named = _AXES.search(unit)
    axis_names = [part.strip() for part in named[1].split(",")] if named else []
    last = f"\nat the last '{axis_names[1]}'" if len(axis_names) > 1 else ""
    axes.set_title(f"{name}{last}", fontsize=9)
    axes.set_xlabel(axis_names[0] if axis_names else "")
    axes.set_ylabel(_AXES.sub("", unit).strip(" ,"))
    axes.locator_params(axis="x", integer=True)
