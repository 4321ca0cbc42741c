"""Many small pictures in one axes: matplotlib takes long for an axes each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def lay_out(pictures: ArrayLike, columns: int, gap: int = 1) -> NDArray[np.float64]:
    """Lay pictures side by side, row below row.

    Parameters
    ----------
    pictures : array_like, shape (pictures, height, width)
    columns : int
        Pictures in a row.
    gap : int
        Pixels between pictures.

    Returns
    -------
    ndarray, shape (rows * (height + gap) - gap, columns * (width + gap) - gap)
        NaN between pictures and where there is none, which matplotlib leaves free.
    """
    made = np.asarray(pictures, dtype=float)
    count, height, width = made.shape
    rows = -(-count // columns)
    cells = np.full((rows * columns, height + gap, width + gap), np.nan)
    cells[:count, :height, :width] = made
    grid = cells.reshape(rows, columns, height + gap, width + gap).swapaxes(1, 2)
    return grid.reshape(rows * (height + gap), -1)[: -gap or None, : -gap or None]


def draw_mosaic(
    axes: Axes, pictures: ArrayLike, columns: int, *, gap: int = 1, frame: str = "", **look: Any
) -> NDArray[np.float64]:
    """Draw pictures side by side, row below row, in axes that lose their ticks and spines.

    Parameters
    ----------
    axes : Axes
    pictures : array_like, shape (pictures, height, width)
        One that is all NaN leaves its place free.
    columns : int
        Pictures in a row.
    gap : int
        Pixels between pictures.
    frame : str, optional
        Color of a line around each picture.
    **look
        As of matplotlib's ``imshow``.

    Returns
    -------
    ndarray, shape (2, pictures)
        Across and down, the middles of the pictures in the data of the axes.
    """
    made = np.asarray(pictures, dtype=float)
    height, width = made.shape[1:]
    axes.imshow(lay_out(made, columns, gap), **look)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    down, across = np.divmod(np.arange(len(made)), columns)
    left, top = across * (width + gap) - 0.5, down * (height + gap) - 0.5
    if frame:
        _draw_frames(axes, left, top, (width, height), ~np.isnan(made).all(axis=(1, 2)), frame)
    return np.stack((left + width / 2, top + height / 2))


def _draw_frames(
    axes: Axes,
    left: NDArray[np.float64],
    top: NDArray[np.float64],
    size: tuple[int, int],
    there: NDArray[np.bool_],
    color: str,
) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    corners = zip(left[there], top[there], strict=True)
    frames = [Rectangle(corner, *size) for corner in corners]
    axes.add_collection(
        PatchCollection(frames, facecolor="none", edgecolor=color, linewidth=0.5, clip_on=False),
        autolim=False,
    )
