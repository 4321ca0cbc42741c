"""The main effect of each setting of a sweep, with its spread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from loihi_sleep.results.figures import ASLEEP, AWAKE, NEUTRAL, draw_matrix, drawing
from loihi_sleep.sweeps.points import succeeded
from loihi_sleep.sweeps.space import Dimension, shown
from loihi_sleep.sweeps.summary import Level, Summary, is_number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 3


def draw_sweep(summary: Summary, path: Path) -> Path:
    """Draw a sweep.

    Parameters
    ----------
    summary : Summary
        With one point at least that did not fail.
    path : Path
        A PNG file.

    Returns
    -------
    Path
        The file: a panel for each setting with a gray dot a point, the mean and standard deviation
        over seeds of each value, and the best point as a star; of two settings in a grid also all
        combinations.
    """
    dimensions = summary.plan.dimensions
    both = len(dimensions) == 2 and all(dimension.values for dimension in dimensions)
    panels = len(dimensions) + both
    columns = min(_COLUMNS, panels)
    rows = -(-panels // columns)
    with drawing(path, rows, columns, (4.4 * columns, 3.6 * rows)) as (figure, grid):
        places = list(grid.flat)
        for axes, dimension in zip(places, dimensions, strict=False):
            _draw_effect(axes, dimension, summary)
        if both:
            _draw_combinations(places[len(dimensions)], summary)
        for axes in places[panels:]:
            axes.set_axis_off()
        seeds = len(succeeded(summary.points)[0].scores)
        said = f"{summary.metric}: mean ± sd over {seeds} seed{'s' if seeds != 1 else ''}"
        figure.suptitle(f"{summary.plan.experiment}, {said}", fontsize=11, x=0.02, ha="left")
    return path


def _draw_effect(axes: Axes, dimension: Dimension, summary: Summary) -> None:
    levels = summary.effects[dimension.name]
    numeric = all(is_number(p.values[dimension.name]) for p in succeeded(summary.points))
    labels = [shown(value) for value in dimension.values]
    for point in succeeded(summary.points):
        value = point.values[dimension.name]
        place = float(value) if numeric else float(labels.index(shown(value)))
        if point is summary.best:
            axes.plot(place, point.mean, "*", color=AWAKE, ms=14, zorder=3, label="best point")
        else:
            axes.plot(place, point.mean, "o", color=NEUTRAL, alpha=0.45, ms=4)
    axes.errorbar(
        [level.place for level in levels],
        [level.mean for level in levels],
        [level.sd for level in levels],
        fmt="o-" if numeric else "o",
        color=ASLEEP,
        capsize=4,
        zorder=2,
        label="mean over all others",
    )
    if numeric and dimension.log:
        axes.set_xscale("log")
    if dimension.values:
        _label(axes, levels)
    axes.set_xlabel(dimension.name)
    axes.set_ylabel(summary.metric, fontsize=9)
    axes.legend(fontsize=8)


def _label(axes: Axes, levels: Sequence[Level]) -> None:
    """Name the values that there were, and no others."""
    from matplotlib.ticker import NullLocator

    axes.set_xticks([level.place for level in levels], [level.label for level in levels])
    axes.xaxis.set_minor_locator(NullLocator())


def _draw_combinations(axes: Axes, summary: Summary) -> None:
    first, second = summary.plan.dimensions
    rows, columns = ([shown(value) for value in d.values] for d in (first, second))
    means = np.full((len(rows), len(columns)), np.nan)
    for point in succeeded(summary.points):
        place = rows.index(shown(point.values[first.name]))
        means[place, columns.index(shown(point.values[second.name]))] = point.mean
    lowest, highest = float(np.nanmin(means)), float(np.nanmax(means))
    draw_matrix(axes, means, lambda value: f"{value:.3f}", lowest, highest)
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xlabel(second.name)
    axes.set_ylabel(first.name)
    for spine in axes.spines.values():
        spine.set_visible(False)
