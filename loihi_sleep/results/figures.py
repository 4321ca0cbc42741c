"""Figures that more than one system draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.files.atomic import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ASLEEP, AWAKE, NEUTRAL, JOINT = "#2b5fa5", "#d98b2b", "#8a93a3", "#4c9a6a"
STYLE: dict[str, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "savefig.dpi": 150,
}


@contextmanager
def drawing(
    path: Path, rows: int = 1, columns: int = 1, size: tuple[float, float] = (8.0, 4.0), **grid: Any
) -> Iterator[tuple[Figure, NDArray[Any]]]:
    """Draw a figure and save it as PNG.

    Yields
    ------
    Figure, ndarray of Axes, shape (rows, columns)
        Drawn without a display and without touching matplotlib's global state.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as MplFigure

    with mpl.rc_context(STYLE):
        figure = MplFigure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(rows, columns, squeeze=False, **grid)
        yield figure, axes
        with replacing(path) as partial:
            figure.savefig(partial, format="png")


def draw_means(
    axes: Axes, places: ArrayLike, entries: Sequence[Mapping[str, Any]], **look: Any
) -> list[float]:
    """Draw means over seeds with their standard deviations, and return the means.

    Parameters
    ----------
    axes : Axes
    places : array_like, shape (entries,)
        On the horizontal axis.
    entries : sequence of mapping
        From :func:`loihi_sleep.results.metrics.summarize`.
    **look
        As of matplotlib's ``errorbar``.
    """
    means, deviations = ([entry[key] for entry in entries] for key in ("mean", "sd"))
    axes.errorbar(places, means, deviations, capsize=3, **look)
    return means


def draw_raster(
    axes: Axes,
    rasters: Sequence[NDArray[np.bool_]],
    names: Sequence[str],
    time: str = "time in the night (steps)",
) -> None:
    """Draw spikes as dots, layer above layer, the first at the bottom.

    Parameters
    ----------
    axes : Axes
    rasters : sequence of ndarray of bool, shape (steps, neurons) each
    names : sequence of str
        Names of the layers.
    time : str
        Label of the time axis.
    """
    offset = 0
    ticks = []
    for raster, name in zip(rasters, names, strict=True):
        steps, neurons = np.nonzero(raster)
        axes.plot(steps + 1, neurons + offset, ".", markersize=1.8, color=ASLEEP, alpha=0.75)
        ticks.append((offset + raster.shape[1] / 2, f"{name} ({raster.shape[1]})"))
        offset += raster.shape[1]
        axes.axhline(offset - 0.5, color="#dfe3e8", linewidth=0.8)
    axes.set_yticks([place for place, _ in ticks], [name for _, name in ticks])
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.5, offset - 0.5)
    axes.set_xlim(0, rasters[0].shape[0] + 1)
    axes.set_xlabel(time)


def draw_weight_histograms(
    axes: Axes,
    bins: NDArray[np.float64],
    evening: NDArray[np.int64],
    morning: NDArray[np.int64],
    unit: str,
) -> None:
    """Draw how a layer's weights are distributed before and after a night.

    Parameters
    ----------
    axes : Axes
    bins : ndarray, shape (bins + 1,)
        Edges.
    evening, morning : ndarray, shape (bins,)
        Synapses in each bin.
    unit : str
        Unit of the weights.
    """
    axes.stairs(evening, bins, fill=True, color=AWAKE, alpha=0.55, label="before the night")
    axes.stairs(morning, bins, color=ASLEEP, linewidth=1.4, label="after the night")
    axes.set_yscale("log")
    axes.set_xlabel(f"weight ({unit})")
    axes.set_ylabel("synapses")


def draw_matrix(
    axes: Axes,
    values: NDArray[np.float64],
    form: Callable[[float], str],
    lowest: float,
    highest: float,
) -> Any:
    """Draw a matrix as colored cells with their values; returns the image for a color bar."""
    shown = axes.imshow(values, vmin=lowest, vmax=highest, cmap="cividis")
    middle = (lowest + highest) / 2
    for (row, column), value in np.ndenumerate(values):
        axes.text(
            column,
            row,
            form(float(value)),
            ha="center",
            va="center",
            fontsize=8.5,
            color="white" if value < middle else "black",
        )
    axes.tick_params(length=0)
    return shown
