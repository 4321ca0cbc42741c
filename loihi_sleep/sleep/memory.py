"""What is kept of the past: no sample, a mean input and a number a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.sleep.night import Night, Poisson


@dataclass(frozen=True)
class Memory:
    """All that a night knows of past tasks.

    Parameters
    ----------
    mean_image : ndarray, shape (inputs,)
        Running mean of the inputs so far.
    images : int
        How many they were.
    maxima : ndarray, shape (layers,)
        Running maximum of each layer's activations.
    """

    mean_image: NDArray[np.float64]
    images: int
    maxima: NDArray[np.float64]

    @classmethod
    def empty(cls, inputs: int, layers: int) -> Memory:
        """Return the memory of a network that has seen nothing."""
        return cls(np.zeros(inputs), 0, np.zeros(layers))

    def rates(self, max_rate: float) -> NDArray[np.float64]:
        """Rates in the shape of the mean image.

        Parameters
        ----------
        max_rate : float
            Of the brightest input, spikes a step.

        Returns
        -------
        ndarray, shape (inputs,)

        Raises
        ------
        ValueError
            The mean image is 0 everywhere.
        """
        brightest = float(self.mean_image.max(initial=0.0))
        if not brightest > 0:
            raise ValueError(
                "the memory's mean image is 0 everywhere; there is nothing to replay: take in "
                "samples before the night"
            )
        return max_rate * self.mean_image / brightest

    def night(self, steps: int, max_rate: float, seed: int) -> Night:
        """Return a night that replays noise in the shape of the mean image; see :meth:`rates`."""
        return Night(steps=steps, drive=Poisson(self.rates(max_rate)), seed=seed)

    def after(
        self, x: NDArray[np.floating[Any]], activations: Sequence[NDArray[np.floating[Any]]]
    ) -> Memory:
        """Take in the samples of one more task.

        Parameters
        ----------
        x : ndarray, shape (samples, inputs)
            From 0.
        activations : sequence of ndarray, shape (samples, neurons) each
            Of every layer for these samples, by the present weights.

        Returns
        -------
        Memory
        """
        images = self.images + len(x)
        total = self.mean_image * self.images + x.sum(axis=0, dtype=np.float64)
        largest = np.array([float(a.max()) for a in activations])
        return Memory(total / images, images, np.maximum(self.maxima, largest))
