"""Figures of `foraging`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.results.figures import ASLEEP, AWAKE, JOINT, NEUTRAL, drawing
from processes.kernels.foraging_world import VIEW_SIDE

Metrics = dict[str, Any]
_SHOWN_FEATURES = 40


def conditions(path: Path, metrics: Metrics, names: dict[str, str]) -> Path:
    """Draw performance on both tasks under each condition.

    Parameters
    ----------
    path : Path
    metrics : dict
        Of a record.
    names : dict of str to str
        What to call each condition.
    """
    with drawing(path, size=(8.5, 0.9 + 0.52 * len(names))) as (_, axes):
        ax = axes[0, 0]
        places = np.arange(len(names))
        for shift, number, color in ((-0.2, 1, AWAKE), (0.2, 2, ASLEEP)):
            values = np.array([metrics[f"t{number}_{name}"]["values"] for name in names])
            ax.barh(places + shift, values.mean(axis=1), 0.38, color=color, label=f"task {number}")
            for place, seeds in zip(places + shift, values, strict=True):
                ax.plot(seeds, np.full(len(seeds), place), ".", color="black", markersize=3.5)
        ax.axvline(0.5, color=NEUTRAL, linestyle=":", linewidth=1)
        ax.set_yticks(places, list(names.values()))
        ax.invert_yaxis()
        ax.set_xlim(0.3, 1.0)
        ax.set_xlabel("rewarded particles among those eaten (share; dotted: chance)")
        ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0.0, 1.0))
    return path


def performance(path: Path, metrics: Metrics, names: dict[str, str], cycles: int) -> Path:
    """Draw performance over the training of each condition; see :func:`conditions`."""
    columns = 3
    rows = -(-len(names) // columns)
    with drawing(path, rows, columns, size=(9.0, 2.1 * rows), sharex=True, sharey=True) as (
        _,
        axes,
    ):
        for ax, (name, text) in zip(axes.flat, names.items(), strict=False):
            values = np.array(metrics[f"performance_{name}"]["values"])
            times = np.arange(1, values.shape[1] + 1) * cycles / values.shape[1] / 1000
            for seed_values in values:
                ax.plot(times, seed_values, color=NEUTRAL, linewidth=0.6, alpha=0.6)
            ax.plot(times, values.mean(axis=0), color=ASLEEP, linewidth=1.6)
            ax.axhline(0.5, color=NEUTRAL, linestyle=":", linewidth=1)
            ax.set_title(text, fontsize=9)
            ax.set_ylim(0.2, 1.0)
        for ax in list(axes.flat)[len(names) :]:
            ax.set_visible(False)
        # The lowest panel of each column.
        for ax in list(axes.flat)[max(0, len(names) - columns) : len(names)]:
            ax.tick_params(labelbottom=True)
            ax.set_xlabel("1,000 movement cycles awake")
        for ax in axes[:, 0]:
            ax.set_ylabel("performance (share)")
    return path


def features(path: Path, fields: NDArray[np.float64]) -> Path:
    """Draw the input weights of the first hidden neurons.

    Parameters
    ----------
    path : Path
    fields : ndarray, shape (hidden, 7, 7)
        In the plane of what the agent sees.
    """
    shown = min(_SHOWN_FEATURES, len(fields))
    columns = 10
    rows = -(-shown // columns)
    with drawing(path, rows, columns, size=(7.5, 0.85 * rows)) as (figure, axes):
        for place, ax in enumerate(axes.flat):
            ax.set_axis_off()
            if place < shown:
                _draw_field(ax, fields[place], fields.max())
        figure.suptitle("input weights; +: the agent", fontsize=9, color=NEUTRAL)
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
    # Directions row by row around the middle, which has no output.
    places = [0, 1, 2, 3, 5, 6, 7, 8]
    with drawing(path, 3, 3 * len(fields), size=(3.1 * len(fields), 3.3)) as (figure, axes):
        for ax in axes.flat:
            ax.set_axis_off()
        for block, (name, of_outputs) in enumerate(fields.items()):
            for place, field in zip(places, of_outputs, strict=True):
                ax = axes[place // 3, 3 * block + place % 3]
                _draw_field(ax, field, highest)
            axes[0, 3 * block].set_title(name, fontsize=9.5)
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


def _draw_field(ax: Any, field: NDArray[np.float64], highest: float) -> None:
    """Draw weights in the plane of what the agent sees, with a frame and the agent."""
    from matplotlib.patches import Rectangle

    ax.imshow(field, cmap="Blues", vmin=0, vmax=highest)
    ax.plot(VIEW_SIDE // 2, VIEW_SIDE // 2, "+", color=AWAKE, markersize=4)
    frame = Rectangle((-0.5, -0.5), VIEW_SIDE, VIEW_SIDE, fill=False, edgecolor=NEUTRAL)
    ax.add_patch(frame)
    frame.set_linewidth(0.5)
