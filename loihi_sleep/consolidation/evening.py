"""A network about to sleep, made of a trained one and of what is remembered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.sleep.drives import Drive
from loihi_sleep.sleep.night import Night

if TYPE_CHECKING:
    from loihi_sleep.networks import GatedNetwork, LayeredNetwork


def check_window(window: int, plane: tuple[int, int]) -> None:
    """Refuse a moving window that is larger than the inputs.

    Raises
    ------
    ValueError
    """
    if window > min(plane):
        raise ValueError(
            f"window is {window}; it must be at most {min(plane)}, as inputs have "
            f"{plane[0]} x {plane[1]} values"
        )


@dataclass(frozen=True)
class Evening:
    """A sleeping network and the night before it.

    Parameters
    ----------
    network : LayeredNetwork or GatedNetwork
        Its weights in weight units.
    drive : Drive
        What will be replayed.
    steps : int
        Time steps of the night.
    unit : tuple of float
        Real weight of one weight unit, by layer.
    """

    network: LayeredNetwork | GatedNetwork
    drive: Drive
    steps: int
    unit: tuple[float, ...]

    def night(self, seed: int) -> Night:
        """Return the night, with a seed for its drive and its rounding."""
        return Night(steps=self.steps, drive=self.drive, seed=seed)

    def real(self, units: tuple[NDArray[np.float64], ...]) -> list[NDArray[np.float64]]:
        """Return real weights for weights in weight units, layer by layer."""
        return [matrix * unit for matrix, unit in zip(units, self.unit, strict=True)]
