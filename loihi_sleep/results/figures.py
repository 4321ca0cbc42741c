"""Figures that more than one system draws."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from loihi_sleep.files.atomic import replacing
from loihi_sleep.results import svg
from loihi_sleep.results.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ASLEEP, AWAKE, NEUTRAL, JOINT = "#2b5fa5", "#d98b2b", "#8a93a3", "#4c9a6a"
# Seen on a white page and on a dark one.
_DOTS = "#4a7fc8"
STYLE: dict[str, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "legend.frameon": False,
}
# Of PNG files, and of the pictures in SVG.
_DPI = 150
# What gives axes their places, in matplotlib's words.
_LAYOUT: Literal["constrained"] | None = "constrained"

# Dots in axes above which they are drawn as a picture.
_CROWD = 800
# Axes side by side: more are pictures.
_PLOTS = 6
# Of a narrow figure: points of small letters, their lines' distance by their size, and inches
# above and below axes.
_SMALL, _LINE_SPACING, _AROUND_AXES = 8, 1.3, 0.7
# Letters of a name on a vertical axis of a narrow figure.
_LONG_NAME = 20
# Inches of a letter.
_LETTER = 0.08
# Inches that a phone has for a figure.
_NARROW = 4.4


@dataclass
class Drawn:
    """What :func:`drawing` makes for a page, beside the file.

    Parameters
    ----------
    narrow : bool
        Whether figures are to be drawn narrow, for a phone, and no file is to be written.
    svg : list of str
        Of each figure.
    numbers : list of Table
        What they show.
    """

    narrow: bool = False
    svg: list[str] = field(default_factory=list)
    numbers: list[Table] = field(default_factory=list)


_for_page: ContextVar[Drawn | None] = ContextVar("_for_page", default=None)


@contextmanager
def drawn_for_page(*, narrow: bool = False) -> Iterator[Drawn]:
    """Collect what :func:`drawing` draws within, as a page can show it."""
    drawn = Drawn(narrow)
    token = _for_page.set(drawn)
    try:
        yield drawn
    finally:
        _for_page.reset(token)


@contextmanager
def drawing(
    path: Path, rows: int = 1, columns: int = 1, size: tuple[float, float] = (8.0, 4.0), **grid: Any
) -> Iterator[tuple[Figure, NDArray[Any]]]:
    """Draw a figure and save it as PNG; within :func:`drawn_for_page` as SVG too.

    Yields
    ------
    Figure, ndarray of Axes, shape (rows, columns)
        Drawn without a display and without touching matplotlib's global state. Where a narrow
        figure is asked for, axes of one row may lie below each other.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as MplFigure

    drawn = _for_page.get()
    shape = (rows, columns)
    if drawn is not None and drawn.narrow:
        shape, size = _narrow_layout(shape, size)
        if shape != (rows, columns):
            grid = {name: value for name, value in grid.items() if not name.endswith("_ratios")}
    with mpl.rc_context({**STYLE, "svg.hashsalt": path.stem}):
        figure = MplFigure(figsize=size, dpi=_DPI, layout=_LAYOUT)
        canvas = FigureCanvasAgg(figure)
        made = figure.subplots(*shape, squeeze=False, **grid).ravel()
        for surplus in made[rows * columns :]:
            surplus.remove()
        yield figure, made[: rows * columns].reshape(rows, columns)
        if drawn is None or not drawn.narrow:
            # `savefig` would lay the figure out and draw it twice.
            with replacing(path) as partial:
                canvas.print_png(partial)  # type: ignore[no-untyped-call]
            figure.set_layout_engine("none")
        if drawn is not None and drawn.narrow:
            if rows > 1 and columns > 2 and any(each.get_xlabel() for each in figure.axes):
                # Plots in a grid are moved sideways rather than drawn until nobody can read them.
                drawn.svg.append("")
                return
            _fit_phone(figure)
        if drawn is not None:
            from loihi_sleep.results.figure_numbers import numbers_of

            drawn.svg.append(_as_svg(figure))
            drawn.numbers += numbers_of(figure)


def _narrow_layout(
    shape: tuple[int, int], size: tuple[float, float]
) -> tuple[tuple[int, int], tuple[float, float]]:
    """Return grid and size with which a figure fits a phone: what is beside goes below."""
    (rows, columns), (width, height) = shape, size
    if width <= _NARROW:
        return shape, size
    if rows > 1 or columns == 1 or columns > _PLOTS:
        # A table of pictures stays one.
        least = min(height, 3.2) if columns == 1 else 0.0
        return shape, (_NARROW, max(least, height * _NARROW / width))
    beside = max(1, int(_NARROW * columns / width))
    down = -(-columns // beside)
    return (down, beside), (_NARROW, down * min(height, 2.6))


def _fit_phone(figure: Figure) -> None:
    """Break or turn long names at axes, and put legends that are beside axes below all."""
    from loihi_sleep.results.figure_numbers import named_places

    for axes in figure.axes:
        spec = axes.get_subplotspec()
        width = (_NARROW - 1) / (1 if spec is None else spec.get_gridspec().ncols)
        if axes.images:
            width *= 0.7
        names = list(named_places(axes.yaxis).values())
        if any(len(name) > _LONG_NAME for name in names):
            wrapped = ["\n".join(textwrap.wrap(name, _LONG_NAME)) for name in names]
            axes.set_yticks(list(named_places(axes.yaxis)), wrapped, fontsize=_SMALL)
            lines = len(wrapped) * max(name.count("\n") + 1 for name in wrapped)
            if len(figure.axes) == 1:
                least = lines * _SMALL * _LINE_SPACING / 72 + _AROUND_AXES
                figure.set_figheight(max(figure.get_figheight(), least))
        if sum(len(name) + 1 for name in named_places(axes.xaxis).values()) * _LETTER > width:
            for label in axes.get_xticklabels():
                label.set(rotation=40, ha="right", rotation_mode="anchor")
        rows = 1 if spec is None else spec.get_gridspec().nrows
        height = (figure.get_figheight() - _AROUND_AXES) / rows
        axes.set_xlabel("\n".join(textwrap.wrap(axes.get_xlabel(), int(width / _LETTER))))
        axes.set_ylabel("\n".join(textwrap.wrap(axes.get_ylabel(), max(12, int(height / _LETTER)))))
        legend = axes.get_legend()
        if legend is not None and legend.get_bbox_to_anchor().bounds != axes.bbox.bounds:
            handles, labels = axes.get_legend_handles_labels()
            legend.remove()
            columns = 2 if max(map(len, labels)) <= _LONG_NAME else 1
            figure.legend(handles, labels, loc="outside lower center", ncols=columns, fontsize=8.5)


def _as_svg(figure: Figure) -> str:
    """Return a figure as SVG, its crowds of dots as a picture in it."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    figure.patch.set_gid(svg.PAPER)
    for number, axes in enumerate(figure.axes):
        axes.patch.set_gid(f"{svg.PAPER}_{number}")
        for text in axes.texts if axes.images else ():
            text.set_gid(f"{svg.ON_COLOR}_{number}")
        dots = [line for line in axes.lines if line.get_linestyle() == "None"]
        if sum(np.size(line.get_xdata()) for line in dots) > _CROWD:
            for line in dots:
                line.set_rasterized(True)
    made = io.StringIO()
    FigureCanvasSVG(figure).print_svg(made)  # type: ignore[no-untyped-call]
    return svg.for_page(made.getvalue())


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
        axes.plot(
            steps + 1,
            neurons + offset,
            ".",
            markersize=1.8,
            color=_DOTS,
            alpha=0.9,
            label=f"spikes of {name}",
        )
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
    from matplotlib.ticker import NullLocator

    axes.stairs(evening, bins, fill=True, color=AWAKE, alpha=0.55, label="before the night")
    axes.stairs(morning, bins, color=ASLEEP, linewidth=1.4, label="after the night")
    axes.set_yscale("log")
    # Powers of ten are enough, and ticks are what takes matplotlib longest.
    axes.yaxis.set_minor_locator(NullLocator())
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
