"""The numbers that a figure shows, as tables, for those who cannot see it or want to know them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.results.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

# Of a long curve some points, at equal distances.
_POINTS = 12
# Of more dots only the number is told.
_DOTS = 100
# Images of more cells are pictures, of which no table is made.
_CELLS = 144
# Curves without a name, as of single seeds, when there are no others.
_UNNAMED = 4


@dataclass(frozen=True)
class _Series:
    name: str
    places: Sequence[str]
    values: Sequence[str]


def numbers_of(figure: Figure) -> tuple[Table, ...]:
    """Read the numbers from bars, curves, error bars, steps and matrices of a figure.

    Parameters
    ----------
    figure : Figure
        As it is drawn.

    Returns
    -------
    tuple of Table
        One or more for each axes that has numbers: rows are places on its horizontal axis, columns
        what is drawn there. Of long curves some points; of pictures nothing. Dots of single seeds
        beside bars and curves that have names are left out.
    """
    tables: list[Table] = []
    for number, axes in enumerate(figure.axes, 1):
        if hasattr(axes, "_colorbar"):
            continue
        title = next((axes.get_title(loc) for loc in ("left", "center") if axes.get_title(loc)), "")
        if not title and len(figure.axes) > 1:
            title = f"part {number}"
        tables += _tables_of_axes(axes, title)
    return tuple(tables)


def _tables_of_axes(axes: Axes, title: str) -> Iterator[Table]:
    for image in axes.images:
        values = np.asarray(image.get_array())
        if values.ndim == 2 and values.size <= _CELLS:
            yield _table_of_matrix(axes, title, values, _colorbar_of(image, axes))
    series = [*_bars(axes), *_error_bars(axes), *_lines(axes), *_steps(axes)]
    figure = axes.get_figure()
    across = axes.get_xlabel() or (figure.get_supxlabel() if figure else "")
    horizontal = any(getattr(c, "orientation", "") == "horizontal" for c in axes.containers)
    what = axes.get_xlabel() if horizontal else axes.get_ylabel()
    heading = ": ".join(part for part in (title, what) if part)
    groups: dict[tuple[str, ...], list[_Series]] = {}
    for one in series:
        groups.setdefault(tuple(one.places), []).append(one)
    for places, group in groups.items():
        head = ("" if horizontal else across, *(one.name for one in group))
        rows = [(p, *(one.values[i] for one in group)) for i, p in enumerate(places)]
        yield Table(heading, head, list(dict.fromkeys(rows)))


def _table_of_matrix(axes: Axes, title: str, values: NDArray[Any], bar: Colorbar | None) -> Table:
    rows, columns = values.shape
    head = ("", *(_place(axes.xaxis, column) for column in range(columns)))
    as_text = _text if bar is None else partial(_value, bar.ax.yaxis)
    named = [
        (_place(axes.yaxis, row), *(as_text(float(value)) for value in values[row]))
        for row in range(rows)
    ]
    axis_names = f"{axes.get_ylabel()} by {axes.get_xlabel()}" if axes.get_ylabel() else ""
    return Table(": ".join(part for part in (title, axis_names) if part), head, named)


def _colorbar_of(image: AxesImage, axes: Axes) -> Colorbar | None:
    """Return the color bar of an image, or that of another one which has the same colors."""
    figure = axes.get_figure()
    all_images = [other for each in (figure.axes if figure else ()) for other in each.images]
    alike = (other for other in all_images if other.get_clim() == image.get_clim())
    return next((other.colorbar for other in alike if other.colorbar is not None), None)


def _bars(axes: Axes) -> Iterator[_Series]:
    from matplotlib.container import BarContainer

    for container in axes.containers:
        if not isinstance(container, BarContainer):
            continue
        horizontal = container.orientation == "horizontal"
        along, of_value = (axes.yaxis, axes.xaxis) if horizontal else (axes.xaxis, axes.yaxis)
        places, values = [], []
        for bar in container.patches:
            middle = (
                bar.get_y() + bar.get_height() / 2
                if horizontal
                else bar.get_x() + bar.get_width() / 2
            )
            places.append(_place(along, middle))
            value = bar.get_width() if horizontal else bar.get_height()
            values.append(_value(of_value, value))
        yield _Series(_name(container) or "", places, values)


def _error_bars(axes: Axes) -> Iterator[_Series]:
    from matplotlib.container import ErrorbarContainer

    for container in axes.containers:
        if not isinstance(container, ErrorbarContainer) or container[0] is None:
            continue
        x, y = container[0].get_data()
        values = [_value(axes.yaxis, value) for value in np.asarray(y, dtype=float)]
        if container.has_yerr and container[2]:
            ends = [np.asarray(ends) for ends in container[2][-1].get_segments()]
            spreads = [(abs(end[1, 1] - end[0, 1]) / 2) if len(end) == 2 else 0.0 for end in ends]
            if len(spreads) == len(values):
                values = [
                    f"{value} ± {_value(axes.yaxis, spread)}" if spread else value
                    for value, spread in zip(values, spreads, strict=True)
                ]
        kept = _some(len(values))
        places = [_place(axes.xaxis, float(x[i])) for i in kept]
        yield _Series(_name(container) or "", places, [values[i] for i in kept])


def _lines(axes: Axes) -> Iterator[_Series]:
    from matplotlib.container import ErrorbarContainer

    of_errors = [
        line
        for container in axes.containers
        if isinstance(container, ErrorbarContainer)
        for line in (container[0], *container[1])
    ]
    free = [line for line in axes.lines if line not in of_errors]
    # Lines across the axes mark a value, such as chance.
    curves = [line for line in free if line.get_transform() == axes.transData]
    named = [line for line in curves if _name(line)]
    # Dots without a name are single seeds, or spikes.
    joined = [line for line in curves if line.get_linestyle() != "None"]
    chosen = named or ([] if axes.containers else joined[:_UNNAMED])
    for line in chosen:
        x, y = (np.asarray(values, dtype=float) for values in line.get_data())
        if line.get_linestyle() == "None" and len(x) > _DOTS:
            yield _Series(_name(line) or "", ["dots"], [str(len(x))])
            continue
        kept = _some(len(x))
        places = [_place(axes.xaxis, float(x[i])) for i in kept]
        yield _Series(_name(line) or "", places, [_value(axes.yaxis, y[i]) for i in kept])
    for line in free:
        if line not in curves and _name(line):
            level = np.asarray(line.get_ydata(), dtype=float)
            if len(level) and (level == level[0]).all():
                yield _Series(_name(line) or "", ["everywhere"], [_value(axes.yaxis, level[0])])


def _steps(axes: Axes) -> Iterator[_Series]:
    from matplotlib.patches import StepPatch

    for patch in axes.patches:
        if isinstance(patch, StepPatch):
            values, edges, _ = patch.get_data()
            kept = _some(len(values))
            places = [f"{_text(edges[i])} to {_text(edges[i + 1])}" for i in kept]
            yield _Series(_name(patch) or "", places, [_text(values[i]) for i in kept])


def _some(count: int) -> list[int]:
    """Return all places, or some at equal distances, the first and the last among them."""
    if count <= 2 * _POINTS:
        return list(range(count))
    return sorted(set(np.linspace(0, count - 1, _POINTS).round().astype(int).tolist()))


def _name(artist: Any) -> str | None:
    label = str(artist.get_label() or "")
    return None if label.startswith("_") else label


def named_places(axis: Axis) -> dict[float, str]:
    """Return the names of ticks that were set one by one, by their places."""
    from matplotlib.ticker import FixedLocator

    locator = axis.get_major_locator()
    if not isinstance(locator, FixedLocator):
        return {}
    places = [float(place) for place in locator()]
    names = axis.get_major_formatter().format_ticks(places)
    named = zip(places, names, strict=True)
    return {place: name.replace("\n", " ") for place, name in named if name}


def _place(axis: Axis, at: float) -> str:
    """Name a place on an axis: by a tick, and where ticks count 0, 1, 2 .. by the nearest."""
    names = named_places(axis)
    places = np.array(list(names))
    if len(places):
        distances = np.abs(places - at)
        count = len(places) > 1 and bool((np.diff(places) == 1).all())
        if distances.min() < (0.5 if count else 1e-9):
            return names[float(places[distances.argmin()])]
    return _value(axis, at)


def _value(axis: Axis, value: float) -> str:
    from matplotlib.ticker import PercentFormatter

    formatter = axis.get_major_formatter()
    if isinstance(formatter, PercentFormatter):
        return f"{_text(100 * float(value) / formatter.xmax)} %"
    return _text(float(value))


def _text(value: float) -> str:
    return f"{value:.4g}" if np.isfinite(value) else "none"
