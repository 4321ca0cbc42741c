"""What came out of a sweep: the points in order, the effect of each setting, the best."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from loihi_sleep.comparison.tables import open_table
from loihi_sleep.results.record import sample_sd
from loihi_sleep.sweeps.plan import SweepPlan
from loihi_sleep.sweeps.points import Point, succeeded
from loihi_sleep.sweeps.space import Dimension, shown

if TYPE_CHECKING:
    from rich.table import Table

_ROWS = 12
# Parts into which values that were drawn from a range are divided, each with as many points.
_PARTS = 4


@dataclass(frozen=True)
class Level:
    """What points with one value of a setting came to, whatever the other settings were.

    Parameters
    ----------
    label : str
        The value, or the range of several.
    place : float
        Where it is drawn: the value where it is a number, else its number.
    mean : float
        Of the scores of all these points.
    sd : float
        Over seeds, of the means over these points.
    points : int
        How many there are.
    """

    label: str
    place: float
    mean: float
    sd: float
    points: int


@dataclass(frozen=True)
class Summary:
    """What came out of a sweep.

    Parameters
    ----------
    plan : SweepPlan
    metric : str
        The metric that was looked at.
    points : tuple of Point
        In the order of their numbers.
    best : Point or None
        That with the best mean, on the seeds of the finalists where there are some; None where all
        failed.
    effects : dict of str to list of Level
        By setting, in order of its values.
    finalists : tuple of Point
        The best points, measured again on other seeds; from the best on.
    """

    plan: SweepPlan
    metric: str
    points: tuple[Point, ...]
    best: Point | None
    effects: dict[str, list[Level]]
    finalists: tuple[Point, ...] = ()


def summarize(
    plan: SweepPlan, metric: str, points: Sequence[Point], finalists: Sequence[Point] = ()
) -> Summary:
    """Summarize what points have come to."""
    ordered = tuple(sorted(points, key=lambda point: point.number))
    fine = succeeded(ordered)
    finals = in_order(plan, succeeded(finalists))
    best = next(iter(finals or in_order(plan, fine)), None)
    effects = {d.name: levels(d, fine) for d in plan.dimensions} if fine else {}
    return Summary(plan, metric, ordered, best, effects, tuple(finals))


def in_order(plan: SweepPlan, points: Sequence[Point]) -> list[Point]:
    """Return points from the best to the worst; of equal ones the first comes first.

    Those that miss what is required come last, from the one that misses the least.
    """
    sign = -1 if plan.goal == "maximize" else 1
    return sorted(points, key=lambda point: (point.missing, sign * point.mean))


def levels(dimension: Dimension, points: Sequence[Point]) -> list[Level]:
    """Return what points came to by the value of one setting: its main effect.

    Parameters
    ----------
    dimension : Dimension
        Values that were drawn from a range are divided into four parts with as many points each.
    points : sequence of Point
        With scores of the same seeds.
    """
    if dimension.values:
        chosen = [
            (shown(value), value, [p for p in points if _same(p.values[dimension.name], value)])
            for value in dimension.values
        ]
    else:
        ordered = sorted(points, key=lambda point: point.values[dimension.name])
        parts = np.array_split(np.arange(len(ordered)), min(_PARTS, len(ordered)))
        chosen = []
        for part in parts:
            inside = [ordered[number] for number in part]
            drawn = [point.values[dimension.name] for point in inside]
            middle = float(np.median(drawn))
            chosen.append((f"{shown(drawn[0])} .. {shown(drawn[-1])}", middle, inside))
    numeric = all(is_number(value) for _, value, _ in chosen)
    made = []
    for place, (label, value, inside) in enumerate(chosen):
        if not inside:
            continue
        by_seed = np.mean([point.scores for point in inside], axis=0)
        where = float(value) if numeric else float(place)
        made.append(
            Level(label, where, float(by_seed.mean()), float(sample_sd(by_seed)), len(inside))
        )
    return made


def is_number(value: object) -> bool:
    """Tell whether a value has a place on an axis."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def as_csv(summary: Summary) -> str:
    """Write a line for each point: settings, scores, all metrics."""
    names = [dimension.name for dimension in summary.plan.dimensions]
    metrics = list(dict.fromkeys(name for point in summary.points for name in point.metrics))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["point", *names, "mean", "sd", "seeds", *metrics, "complaint"])
    for point in summary.points:
        values = [_cell(point.values[name]) for name in names]
        scores = (round(point.mean, 9), round(point.sd, 9)) if point.scores else ("", "")
        means = [point.metrics.get(name, "") for name in metrics]
        writer.writerow(
            [point.number, *values, *scores, len(point.scores), *means, point.complaint]
        )
    return text.getvalue()


def as_record(summary: Summary, test: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what came out as values that JSON has."""
    best = summary.best
    return {
        "experiment": summary.plan.experiment,
        "metric": summary.metric,
        "goal": summary.plan.goal,
        "points": len(summary.points),
        "failed": {str(p.number): p.complaint for p in summary.points if not p.scores},
        "best": None
        if best is None
        else {"point": best.number, "values": best.values, "mean": best.mean, "sd": best.sd},
        "finalists": [{"point": p.number, "mean": p.mean, "sd": p.sd} for p in summary.finalists],
        "effects": {
            name: [
                {"value": one.label, "mean": one.mean, "sd": one.sd, "points": one.points}
                for one in found
            ]
            for name, found in summary.effects.items()
        },
        "test": test,
    }


def points_table(summary: Summary, points: Sequence[Point]) -> Table:
    """Make a table of the best of some points for a terminal."""
    table = open_table()
    table.add_column("point", justify="right")
    for dimension in summary.plan.dimensions:
        table.add_column(dimension.name, justify="right", overflow="fold")
    table.add_column(summary.metric, justify="right", overflow="fold")
    ordered = in_order(summary.plan, succeeded(points))
    for number, point in enumerate(ordered[:_ROWS]):
        values = [shown(point.values[d.name]) for d in summary.plan.dimensions]
        style = "bold" if number == 0 else None
        table.add_row(str(point.number), *values, _mean(point.mean, point.sd), style=style)
    return table


def effects_table(summary: Summary) -> Table:
    """Make a table of the main effects for a terminal."""
    table = open_table()
    table.add_column("setting", overflow="fold")
    table.add_column("value", justify="right")
    table.add_column("mean", justify="right")
    table.add_column("points", justify="right")
    for name, found in summary.effects.items():
        for number, level in enumerate(found):
            label = name if number == 0 else ""
            table.add_row(label, level.label, _mean(level.mean, level.sd), str(level.points))
    return table


def _same(one: object, other: object) -> bool:
    return json.dumps(one) == json.dumps(other)


def _cell(value: object) -> Any:
    return value if isinstance(value, str | int | float) else json.dumps(value)


def _mean(mean: float, sd: float) -> str:
    if math.isnan(mean):
        return "-"
    return f"{mean:.4f} ± {sd:.4f}" if sd else f"{mean:.4f}"
