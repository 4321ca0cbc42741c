"""What is remembered of past tasks: no sample, a mean input and a number a layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes import checks
from loihi_sleep.sleep.drives import Poisson
from loihi_sleep.sleep.night import Night

SIZE_MAX = 2**31 - 1
IMAGES_MAX = 2**53  # whose product with a mean is not rounded


@dataclass(frozen=True)
class Memory:
    """All that a night uses of past tasks.

    Parameters
    ----------
    mean_image : ndarray, shape (inputs,)
        Running mean of the inputs so far.
    images : int
        How many they were.
    maxima : ndarray, shape (layers,)
        Running maximum of each layer's activations.

    Raises
    ------
    ValueError
        Values that are not finite, maxima below 0, arrays without values or of more than one axis,
        or images out of range.
    """

    mean_image: NDArray[np.float64]
    images: int
    maxima: NDArray[np.float64]

    def __post_init__(self) -> None:
        for field, lowest in (("mean_image", -np.inf), ("maxima", 0)):
            values = checks.array(field, getattr(self, field), None, lowest)
            if values.ndim != 1 or not values.size:
                raise ValueError(f"{field} has shape {values.shape}; it must have one axis")
            object.__setattr__(self, field, values)
        checks.integer("images", self.images, 0, IMAGES_MAX)

    @classmethod
    def empty(cls, inputs: int, layers: int) -> Memory:
        """Return the memory of a network that has seen nothing.

        Parameters
        ----------
        inputs : int
            Of the network, from 1.
        layers : int
            Whose maxima are kept, from 1.

        Returns
        -------
        Memory

        Raises
        ------
        ValueError
            A size out of range.
        """
        sizes = (
            checks.integer(field, size, 1, SIZE_MAX)
            for field, size in (("inputs", inputs), ("layers", layers))
        )
        mean_image, maxima = map(np.zeros, sizes)
        return cls(mean_image, 0, maxima)

    def replayable_mean(self) -> NDArray[np.float64]:
        """Return the mean image, of which rates can be made.

        Returns
        -------
        ndarray, shape (inputs,)

        Raises
        ------
        ValueError
            It is 0 everywhere, or negative somewhere.
        """
        if self.mean_image.min() < 0:
            raise ValueError(
                f"the memory's mean image is negative ({self.mean_image.min():g}), and no spike "
                "rate can be made of it: learn from inputs of 0 .. 1 instead of standardized ones, "
                "or take those into the memory"
            )
        if not self.mean_image.max() > 0:
            raise ValueError(
                "the memory's mean image is 0 everywhere; there is nothing to replay: take in "
                "samples before the night"
            )
        return self.mean_image

    def rates(self, max_rate: float) -> NDArray[np.float64]:
        """Rates in the shape of the mean image.

        Parameters
        ----------
        max_rate : float
            Rate of the brightest input, spikes a step, 0 .. 1.

        Returns
        -------
        ndarray, shape (inputs,)

        Raises
        ------
        ValueError
            The mean image is 0 everywhere, or negative somewhere; a rate out of range.
        """
        max_rate = checks.number("max_rate", max_rate, 0, 1)
        mean_image = self.replayable_mean()
        return max_rate * mean_image / float(mean_image.max())

    def night(self, steps: int, max_rate: float, seed: int) -> Night:
        """Return a night that replays noise in the shape of the mean image; see :meth:`rates`.

        Parameters
        ----------
        steps : int
            Time steps of the night, from 1.
        max_rate : float
            Rate of the brightest input, spikes a step, 0 .. 1.
        seed : int
            Seed of the night, 0 .. 2**63 - 1.

        Returns
        -------
        Night
        """
        return Night(steps=steps, drive=Poisson(self.rates(max_rate)), seed=seed)

    def after(
        self, x: NDArray[np.floating[Any]], activations: Sequence[NDArray[np.floating[Any]]]
    ) -> Memory:
        """Return the memory after one more task.

        Parameters
        ----------
        x : ndarray, shape (samples, inputs)
            From 0.
        activations : sequence of ndarray, shape (samples, neurons) each
            Activations of every layer for these samples, by the present weights.

        Returns
        -------
        Memory

        Raises
        ------
        ValueError
            Samples or activations of another shape, or that are not finite.
        """
        inputs = self.mean_image.size
        # Not converted: this may be large.
        checks.instance("x", x, np.ndarray, "an array of numbers")
        if x.dtype.kind not in "biuf":
            raise ValueError(f"x is an array of {x.dtype}; it must be an array of numbers")
        if x.ndim != 2 or x.shape[1] != inputs or not len(x):
            raise ValueError(f"x has shape {x.shape}; it must have shape (samples, {inputs})")
        activations = checks.sequence("activations", activations, self.maxima.size, "layers")
        for layer, values in enumerate(activations):
            checks.matrix(f"activations[{layer}]", values, "samples, neurons")
        images = self.images + len(x)
        total = self.mean_image * self.images + x.sum(axis=0, dtype=np.float64)
        if not np.isfinite(total).all():
            raise ValueError("x holds values that are not finite, or too large to be summed")
        largest = np.array([float(np.max(a)) for a in activations])
        return Memory(total / images, images, np.maximum(self.maxima, largest))
