"""A night as a notebook shows it: a table, and a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.html_table import html_table
from loihi_sleep.results.figures import STYLE, draw_raster, draw_weight_histograms

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BINS = 60


def layer_names(layers: int) -> list[str]:
    """Name the layers of a network, the input first."""
    return ["input", *(f"layer {layer}" for layer in range(1, layers))]


def night_html(
    weights: Sequence[NDArray[np.float64]],
    rates: NDArray[np.float64],
    spikes: Sequence[NDArray[np.int64]],
) -> str:
    """Tabulate a night by layer."""
    mean_rates = rates.mean(axis=0) if len(rates) else np.zeros(len(weights) + 1)
    rows = [
        (
            name,
            f"{matrix.shape[1]:,} to {matrix.shape[0]:,}",
            f"{matrix.min():g} .. {matrix.max():g}" if matrix.size else "",
            int(counts.sum()),
            float(rate),
        )
        for name, matrix, counts, rate in zip(
            layer_names(len(weights) + 1)[1:], weights, spikes, mean_rates[1:], strict=False
        )
    ]
    head = ("layer", "synapses", "weights after it", "spikes", "spikes a neuron and step")
    return html_table("A night", head, rows, f"input: {mean_rates[0]:.3g} spikes a neuron and step")


def plot_night(
    weights: Sequence[NDArray[np.float64]],
    rates: NDArray[np.float64],
    chunk_steps: int,
    rasters: Sequence[NDArray[np.bool_]],
    before: Sequence[Any] | None,
) -> NDArray[Any]:
    """Draw firing rates, weights and, where they were kept, the spikes of a night."""
    import matplotlib as mpl
    from matplotlib import pyplot as plt

    matrices = [np.asarray(matrix, dtype=float) for matrix in before or ()]
    if before is not None and [m.shape for m in matrices] != [m.shape for m in weights]:
        raise ValueError(
            f"before has shapes {[m.shape for m in matrices]}; it must have those of the weights, "
            f"{[m.shape for m in weights]}"
        )
    names = layer_names(len(weights) + 1)
    shown = bool(rasters) and rasters[0].shape[0] > 0
    with mpl.rc_context(STYLE):
        columns = max(2, len(weights))
        size = (3.4 * columns, 6.4 if shown else 3.2)
        figure = plt.figure(figsize=size, layout="constrained")
        grid = figure.add_gridspec(2 if shown else 1, 2 * columns)
        axes = []
        if shown:
            top = figure.add_subplot(grid[0, columns:])
            left = figure.add_subplot(grid[0, :columns])
            draw_raster(left, rasters, names)
            left.set_title("spikes at the beginning of the night")
            _draw_rates(top, rates, chunk_steps, names)
            axes += [left, top]
        last = grid[1 if shown else 0, :]
        below = last.subgridspec(1, len(weights) + (0 if shown else 1))
        if not shown:
            axes.append(figure.add_subplot(below[0, 0]))
            _draw_rates(axes[-1], rates, chunk_steps, names)
        for layer, matrix in enumerate(weights):
            axes.append(figure.add_subplot(below[0, layer + (0 if shown else 1)]))
            _draw_weights(axes[-1], matrix, matrices[layer] if matrices else None)
            axes[-1].set_title(f"weights of layer {layer + 1}")
        if matrices:
            axes[-1].set_ylim(top=10 * axes[-1].get_ylim()[1])
            axes[-1].legend(loc="upper left", fontsize="small")
    return np.array(axes)


def _draw_rates(
    axes: Axes, rates: NDArray[np.float64], chunk_steps: int, names: Sequence[str]
) -> None:
    """Draw how much each layer fired, chunk by chunk."""
    middles = chunk_steps * (np.arange(len(rates)) + 0.5)
    for layer, name in enumerate(names):
        axes.plot(middles, rates[:, layer], marker=".", label=name)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("time in the night (steps)")
    axes.set_ylabel("spikes a neuron and step")
    axes.set_title("firing")
    axes.legend()


def _draw_weights(
    axes: Axes, after: NDArray[np.float64], before: NDArray[np.float64] | None
) -> None:
    """Draw how the weights of a layer are distributed, and were."""
    both = [after] if before is None else [after, before]
    low, high = min(m.min() for m in both), max(m.max() for m in both)
    bins = np.linspace(low - 0.5, high + 0.5, BINS + 1)
    counts = [np.histogram(matrix, bins)[0] for matrix in both]
    draw_weight_histograms(axes, bins, counts[-1], counts[0], "weight units")
    if before is None:
        axes.patches[0].remove()
