"""Figures of what the agents of `foraging` do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.experiments.case_results import Metrics
from loihi_sleep.files.atomic import replacing
from loihi_sleep.results.figures import ASLEEP, AWAKE, JOINT, NEUTRAL, drawing
from loihi_sleep.worlds.foraging import ForagingTask, draw

# Colors of what is eaten.
_REWARDED, _PUNISHED = JOINT, "#c2452d"
_TASK_COLORS = {1: AWAKE, 2: ASLEEP, 3: JOINT, 4: "#8a5aa5"}
_FRAME_SCALE, _FRAME_MS = 6, 90


def conditions(path: Path, metrics: Metrics, names: dict[str, str]) -> Path:
    """Draw performance on both tasks under each condition.

    Parameters
    ----------
    path : Path
    metrics : dict
        Metrics of a record.
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


def four_tasks(path: Path, metrics: Metrics) -> Path:
    """Draw performance on each task after each one more that was trained."""
    sequences = {
        "without sleep": ("task1", "sequential", "sequential_3", "sequential_4"),
        "with sleep": ("task1", "sleep", "sleep_3", "sleep_4"),
    }
    with drawing(path, 1, 2, size=(8.4, 3.4), sharey=True) as (_, axes):
        for ax, (title, names) in zip(axes[0], sequences.items(), strict=True):
            for number, color in _TASK_COLORS.items():
                known = {
                    place: metrics[f"t{number}_{name}"]["values"]
                    for place, name in enumerate(names, start=1)
                    if f"t{number}_{name}" in metrics
                }
                if not known:
                    continue
                values = np.array(list(known.values()))
                places = list(known)
                ax.plot(places, values, color=color, linewidth=0.5, alpha=0.3)
                ax.plot(places, values.mean(axis=1), "o-", color=color, label=f"task {number}")
            ax.axhline(0.5, color=NEUTRAL, linestyle=":", linewidth=1)
            ax.set_xticks(range(1, len(names) + 1))
            ax.set_xlabel("tasks trained")
            ax.set_title(title)
        axes[0, 0].set_ylabel("performance (share)")
        axes[0, 0].legend(ncols=2)
    return path


def pruned(path: Path, metrics: Metrics, names: dict[str, str], shares: tuple[float, ...]) -> Path:
    """Draw how performance falls as hidden neurons are removed; see :func:`conditions`."""
    with drawing(path, 1, len(names), size=(4.2 * len(names), 3.2), sharey=True) as (_, axes):
        for ax, (name, text) in zip(axes[0], names.items(), strict=True):
            for number, color in ((1, AWAKE), (2, ASLEEP)):
                values = np.array(metrics[f"t{number}_pruned_{name}"]["values"])
                ax.plot(shares, values.T, color=color, linewidth=0.5, alpha=0.4)
                ax.plot(shares, values.mean(axis=0), "o-", color=color, label=f"task {number}")
            ax.axhline(0.5, color=NEUTRAL, linestyle=":", linewidth=1)
            ax.set_xlabel("hidden neurons removed (share)")
            ax.set_title(text)
        axes[0, 0].set_ylabel("performance (share)")
        axes[0, 0].legend()
    return path


def trajectories(
    path: Path, films: dict[str, tuple[ForagingTask, dict[str, NDArray[Any]]]], size: int
) -> Path:
    """Draw the way of agents through the world, and what they eat.

    Parameters
    ----------
    path : Path
    films : dict of str to (ForagingTask, dict of str to ndarray)
        Task and recording, see :func:`..recordings.film`, by what to call the agent.
    size : int
        Side of the world in squares.
    """
    with drawing(path, 1, len(films), size=(3.1 * len(films), 3.7)) as (_, axes):
        for ax, (name, (task, film)) in zip(axes[0], films.items(), strict=True):
            places = film["places"].astype(float)
            row, column = places.T
            # Over the edge of the torus no line is drawn.
            jumps = np.flatnonzero(np.abs(np.diff(places, axis=0)).max(axis=1) > 1) + 1
            ax.plot(
                np.insert(column, jumps, np.nan), np.insert(row, jumps, np.nan),
                color=NEUTRAL, linewidth=0.8,
            )  # fmt: skip
            eaten = np.diff(film["eaten"], axis=0)
            total = film["eaten"][-1]
            for kind, color in ((task.rewarded, _REWARDED), (task.punished, _PUNISHED)):
                meals = np.flatnonzero(eaten[:, kind]) + 1
                ax.plot(column[meals], row[meals], "o", color=color, markersize=4)
            ax.set_title(
                f"{name}\n{total[task.rewarded]} rewarded, {total[task.punished]} punished",
                fontsize=8.5,
            )
            ax.set_xlim(-0.5, size - 0.5)
            ax.set_ylim(size - 0.5, -0.5)
            ax.set_aspect("equal")
            ax.set_xlabel("column (squares)")
        axes[0, 0].set_ylabel("row (squares)")
    return path


def animation(path: Path, film: dict[str, NDArray[Any]], size: int) -> Path:
    """Draw a recording as an animated GIF: particles colored by orientation, the agent black."""
    from PIL import Image

    frames = []
    for particles, place in zip(film["particles"], film["places"], strict=True):
        pixels = draw(particles, place, size, _FRAME_SCALE)
        frames.append(Image.fromarray(pixels).convert("P", palette=Image.Palette.ADAPTIVE))
    with replacing(path) as partial:
        frames[0].save(
            partial, format="GIF", save_all=True, append_images=frames[1:], duration=_FRAME_MS,
            loop=0,
        )  # fmt: skip
    return path
