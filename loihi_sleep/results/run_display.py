"""A run as a notebook shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from loihi_sleep.html_table import html_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def _numbers(record: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """Metrics of one number."""
    metrics = (record or {}).get("metrics", {})
    return {
        name: entry for name, entry in metrics.items() if isinstance(entry.get("mean"), int | float)
    }


def run_html(title: str, state: str, record: Mapping[str, Any] | None, complaint: str) -> str:
    """Tabulate the metrics of a run that are one number, with their spread over seeds."""
    rows = [
        (name, float(entry["mean"]), float(entry["sd"]), len(entry["values"]), entry["unit"])
        for name, entry in _numbers(record).items()
    ]
    head = ("metric", "mean", "standard deviation", "seeds", "unit")
    return html_table(f"{title}: {state}", head, rows, complaint)


def plot_run(
    record: Mapping[str, Any] | None, names: Sequence[str] | None, axes: Axes | None
) -> Axes:
    """Draw metrics of a run as bars with their standard deviations over seeds."""
    from matplotlib import pyplot as plt

    metrics = _numbers(record)
    if not metrics:
        raise ValueError("the run has no metrics yet; 'loihi-sleep resume' finishes it")
    if names is None:
        names = [name for name in metrics if name.startswith("accuracy")] or list(metrics)
    for name in names:
        if name not in metrics:
            raise ValueError(f"the run has no metric {name!r}; it has {', '.join(metrics)}")
    if axes is None:
        size = (7, 1 + 0.35 * len(names))
        axes = plt.subplots(figsize=size, layout="constrained")[1]
    means, spread = ([float(metrics[name][key]) for name in names] for key in ("mean", "sd"))
    axes.barh(list(names), means, xerr=spread, capsize=3, color="#2b5fa5", alpha=0.8)
    axes.invert_yaxis()
    units = {metrics[name]["unit"] for name in names}
    axes.set_xlabel(units.pop() if len(units) == 1 else "value")
    return axes
