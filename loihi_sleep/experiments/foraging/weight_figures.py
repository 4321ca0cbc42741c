"""Figures of what the synapses of `foraging` become."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.experiments.foraging.analyses import strongest
from loihi_sleep.results.figures import ASLEEP, AWAKE, JOINT, NEUTRAL, drawing
from loihi_sleep.results.mosaics import draw_mosaic

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN_FEATURES = 40
# Share of the weights that count as made strong by a task.
RELEVANT = 0.1


def features(path: Path, fields: NDArray[np.float64]) -> Path:
    """Draw the input weights of the first hidden neurons.

    Parameters
    ----------
    path : Path
    fields : ndarray, shape (hidden, 7, 7)
        In the plane of what the agent sees.
    """
    shown = fields[:_SHOWN_FEATURES]
    columns = 10
    rows = -(-len(shown) // columns)
    with drawing(path, size=(7.5, 0.7 * rows + 0.4)) as (_, axes):
        _draw_fields(axes[0, 0], shown, columns, fields.max())
        axes[0, 0].set_title("input weights; +: the agent", fontsize=9, color=NEUTRAL)
    return path


def output_fields(path: Path, fields: dict[str, NDArray[np.float64]]) -> Path:
    """Draw what each output answers to, each output where it leads, for several conditions.

    Parameters
    ----------
    path : Path
    fields : dict of str to ndarray, shape (8, 7, 7)
        By what to call the condition.
    """
    highest = max(field.max() for field in fields.values())
    with drawing(path, 1, len(fields), size=(3.1 * len(fields), 3.3)) as (figure, axes):
        for ax, (name, of_outputs) in zip(axes[0], fields.items(), strict=True):
            # Directions row by row around the middle, which has no output.
            _draw_fields(ax, np.insert(of_outputs, 4, np.nan, axis=0), 3, highest)
            ax.set_title(name, fontsize=9.5)
        figure.suptitle("pixels that drive each direction; +: the agent", fontsize=9, color=NEUTRAL)
    return path


def distance_to_both(path: Path, metrics: Metrics, names: dict[str, str]) -> Path:
    """Draw how far the weights are from states that serve both tasks; see :func:`conditions`."""
    with drawing(path, size=(8.0, 3.6)) as (_, axes):
        ax = axes[0, 0]
        colors = (NEUTRAL, JOINT, ASLEEP, AWAKE)
        for k, (name, text) in enumerate(names.items()):
            far = np.array(metrics[f"distance_to_both_{name}"]["mean"])
            style = ("-", "--", ":")[k // len(colors) % 3]
            times = np.arange(1, len(far) + 1) / len(far)
            # States that are themselves among those that serve both tasks are left out.
            far = np.where(far > 0, far, np.nan)
            ax.plot(times, far, style, color=colors[k % len(colors)], label=text)
        ax.set_xlabel("time in the phase (share)")
        ax.set_ylabel("distance (weight units)")
        ax.set_ylim(bottom=0)
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8.5)
    return path


def task_weights(path: Path, phases: dict[str, NDArray[np.float32]], before: str) -> Path:
    """Draw what becomes of the output weights that the first task has made strong.

    Above: the strongest tenth after the first task, through each later phase. Below: all weights,
    after the first task and after the phase.

    Parameters
    ----------
    path : Path
    phases : dict of str to ndarray, shape (samples, 8, hidden)
        Output weights through each phase, by what to call it.
    before : str
        Which of them is the first task.
    """
    first = phases[before][-1]
    marked = strongest(first, RELEVANT)
    later = {name: samples for name, samples in phases.items() if name != before}
    highest = max(float(samples.max()) for samples in phases.values())
    bins = np.linspace(0, highest, 26)
    with drawing(path, 2, len(later), size=(2.6 * len(later) + 0.8, 5.2), sharey=True) as (
        figure,
        axes,
    ):
        for (above, below), (name, samples) in zip(axes.T, later.items(), strict=True):
            times = np.arange(1, len(samples) + 1) / len(samples)
            low, middle, high = np.percentile(samples[:, marked], (25, 50, 75), axis=1)
            above.fill_between(times, low, high, color=AWAKE, alpha=0.3, linewidth=0)
            above.plot(times, middle, color=AWAKE)
            above.set_title(name, fontsize=8.5)
            above.set_xlabel("time in the phase (share)")
            *_, picture = below.hist2d(
                first.ravel(), samples[-1].ravel(), bins=[bins, bins], cmap="Blues", cmin=1, vmax=50
            )
            below.plot([0, highest], [0, highest], ":", color=NEUTRAL, linewidth=0.8)
            below.set_xlabel("weight after task 1")
        axes[0, 0].set_ylabel("weights strong\nafter task 1")
        axes[1, 0].set_ylabel("weight after the phase")
        figure.colorbar(picture, ax=axes[1, :], label="synapses", extend="max")
    return path


def weight_paths(path: Path, paths: dict[str, NDArray[np.float64]]) -> Path:
    """Draw how the output weights move through each phase, in two principal components.

    Parameters
    ----------
    path : Path
    paths : dict of str to ndarray, shape (samples, 2)
        By what to call the phase.
    """
    colors = (AWAKE, NEUTRAL, JOINT, ASLEEP, "#7a4fa3")
    with drawing(path, size=(7.0, 4.2)) as (_, axes):
        ax = axes[0, 0]
        for (name, points), color in zip(paths.items(), colors, strict=False):
            ax.plot(*points.T, color=color, linewidth=1, alpha=0.6)
            ax.plot(*points.T, ".", color=color, markersize=4, label=name)
            ax.plot(*points[-1], "o", color=color, markersize=8)
        ax.set_xlabel("first principal component of the output weights")
        ax.set_ylabel("second component")
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8.5)
    return path


def _draw_fields(
    ax: Axes, fields: NDArray[np.float64], columns: int, highest: np.floating[Any]
) -> None:
    """Draw weights in planes of what the agent sees, each with a frame and the agent."""
    middles = draw_mosaic(
        ax, fields, columns, frame=NEUTRAL, cmap="Blues", vmin=0, vmax=float(highest)
    )
    there = ~np.isnan(fields).all(axis=(1, 2))
    across, down = middles[:, there]
    ax.scatter(across, down, s=16, marker="+", color=AWAKE, linewidths=1)
