"""What a night consists of, how far it is, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes import checks
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep.drives import Drive, is_drive

STEPS_MAX = 2**31 - 1


@dataclass(frozen=True)
class Night:
    """What a night consists of.

    Parameters
    ----------
    steps : int
        Time steps asleep, 1 .. 2**31 - 1.
    drive : Drive
        What is replayed.
    seed : int
        Seed of the drive and of the rounding of weights, 0 .. 2**63 - 1.

    Raises
    ------
    ValueError
        A parameter out of its range, or a drive that is none.
    """

    steps: int
    drive: Drive
    seed: int

    def __post_init__(self) -> None:
        checks.integer("steps", self.steps, 1, STEPS_MAX)
        if not is_drive(self.drive):
            raise ValueError(
                f"drive is {checks.shown(self.drive)}; it must be a drive of loihi_sleep.sleep, "
                "such as Poisson(rates=0.1), or one of yours with graded, build and raster"
            )
        checks.seed("seed", self.seed)

    @property
    def drive_seed(self) -> int:
        """Seed of the drive alone."""
        return spawn_seeds(self.seed, 2)[0]

    @property
    def rounding_seed(self) -> int:
        """Seed of the network alone: the rounding of its weights."""
        return spawn_seeds(self.seed, 2)[1]


@dataclass(frozen=True)
class NightProgress:
    """How far a night is.

    Parameters
    ----------
    steps : int
        Steps done.
    total : int
        Steps of the night.
    rates : tuple of float
        Spikes per neuron and step in the last chunk, by layer without the input.
    """

    steps: int
    total: int
    rates: tuple[float, ...]


@dataclass(frozen=True)
class NightRecord:
    """What a night left behind.

    Parameters
    ----------
    weights : tuple of ndarray, shape (post, pre) each
        Weights after the night, weight units.
    rates : ndarray of float64, shape (chunks, layers)
        Spikes per neuron and step, the input first; of a graded drive the share of inputs that are
        not 0.
    chunk_steps : int
        Steps of a chunk (the last may be shorter).
    rasters : tuple of ndarray of bool, shape (raster_steps, neurons) each
        Spikes of the first steps, the input first.
    spikes : tuple of ndarray of int64, shape (neurons,) each
        How often each neuron spiked in the night, by layer without the input.
    """

    weights: tuple[NDArray[np.float64], ...]
    rates: NDArray[np.float64]
    chunk_steps: int
    rasters: tuple[NDArray[np.bool_], ...]
    spikes: tuple[NDArray[np.int64], ...]

    def plot(self, before: Sequence[Any] | None = None) -> NDArray[Any]:
        """Draw the night: spikes (where they were kept), firing, and weights.

        Parameters
        ----------
        before : sequence of array_like, shape (post, pre) each, optional
            Weights before the night, such as `network.weights`, drawn beside those after it.

        Returns
        -------
        ndarray of Axes
            Of a figure of matplotlib's.

        Raises
        ------
        ValueError
            Weights before the night have other shapes than those after it.
        """
        from loihi_sleep.sleep.night_display import plot_night

        return plot_night(self.weights, self.rates, self.chunk_steps, self.rasters, before)

    def _repr_html_(self) -> str:
        """Show it in a notebook as a table by layer."""
        from loihi_sleep.sleep.night_display import night_html

        return night_html(self.weights, self.rates, self.spikes)
