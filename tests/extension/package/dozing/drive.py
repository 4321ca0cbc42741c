"""A drive: all inputs spike together, every few steps."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from lava.proc.io.source import RingBuffer
from numpy.typing import NDArray


@dataclass(frozen=True)
class Bursts:
    """Bursts of spikes.

    Parameters
    ----------
    period : int
        Steps from one burst to the next.
    share : float
        Inputs that take part in a burst, drawn anew for each, 0 .. 1.
    """

    period: int = 5
    share: float = 0.5

    graded: ClassVar[bool] = False

    def raster(self, inputs: int, steps: int, seed: int) -> NDArray[np.bool_]:
        """Draw in advance what the Process emits."""
        spikes = np.random.default_rng(seed).random((steps, inputs)) < self.share
        spikes[np.arange(steps) % self.period != 0] = False
        return spikes

    def build(self, inputs: int, steps: int, seed: int) -> RingBuffer:
        """Build a Process that emits them."""
        return RingBuffer(data=self.raster(inputs, steps, seed).T.astype(np.int32))
