"""What a hippocampus remembers: some prototypes a class, of one byte a synapse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.processes import checks
from loihi_sleep.processes.kernels.integers import STATE_MAX, TRACE_MAX, WEIGHT_MAX

# Weight of an input that spiked in every step, see `loihi_sleep.rules.competitive_hebb`.
FULL_WEIGHT = 2 * TRACE_MAX


@dataclass(frozen=True)
class Prototypes:
    """The neurons of a hippocampus and what they have learned.

    Parameters
    ----------
    weights : ndarray, shape (neurons, inputs)
        Integers, 0 .. 255; 254 stands for an input of 1.
    labels : ndarray of int, shape (neurons,)
        Class of each neuron, which a teacher gives it.
    wins : ndarray of int, shape (neurons,)
        How many inputs each has won; 0: it has learned nothing and is not replayed.
    norm, theta : ndarray of int, shape (neurons,)
        Mean input with which each wins, and the rise of its threshold, see
        :class:`loihi_sleep.processes.competing_lif.process.CompetingLIF`.
    mean_drive : float
        What an input brings to a neuron whose weights it is, weight units a step; 0: not known.

    Raises
    ------
    ValueError
        Arrays that do not fit each other, or values out of range.
    """

    weights: NDArray[np.int64]
    labels: NDArray[np.int64]
    wins: NDArray[np.int64]
    norm: NDArray[np.int64]
    theta: NDArray[np.int64]
    mean_drive: float = 0.0

    def __post_init__(self) -> None:
        weights = checks.matrix("weights", self.weights, "neurons, inputs", 0, WEIGHT_MAX)
        object.__setattr__(self, "weights", weights.astype(np.int64))
        for field, low in (("labels", 0), ("wins", 0), ("norm", -STATE_MAX), ("theta", -STATE_MAX)):
            values = checks.array(field, getattr(self, field), (len(weights),), low, STATE_MAX)
            object.__setattr__(self, field, values.astype(np.int64))
        checks.number("mean_drive", self.mean_drive, 0)

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(self.labels.max()) + 1

    @property
    def bytes_kept(self) -> int:
        """Bytes of the weights of the neurons that have learned something, a byte each."""
        return int((self.wins > 0).sum()) * self.weights.shape[1]

    @property
    def least_wins(self) -> int:
        """Least number of inputs that any prototype in use is made of; 0 where none is in use."""
        used = self.wins[self.wins > 0]
        return int(used.min()) if used.size else 0

    def in_use(self) -> Prototypes:
        """Return those that have learned something.

        Returns
        -------
        Prototypes

        Raises
        ------
        ValueError
            There are none.
        """
        if not self.wins.any():
            raise ValueError(
                "wins holds 0 only; no prototype has learned anything: show some samples"
            )
        return self.chosen(np.flatnonzero(self.wins > 0))

    def chosen(self, neurons: NDArray[np.int64]) -> Prototypes:
        """Return some of the neurons.

        Parameters
        ----------
        neurons : ndarray of int
            Their numbers, from 0.

        Returns
        -------
        Prototypes
        """
        arrays = ("weights", "labels", "wins", "norm", "theta")
        return replace(self, **{name: getattr(self, name)[neurons] for name in arrays})

    def classify(self, x: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
        """Return the class of the nearest prototype (Euclidean) of each input.

        Parameters
        ----------
        x : ndarray, shape (samples, inputs)
            0 .. 1.

        Returns
        -------
        ndarray of int64, shape (samples,)
            -1 where no prototype has learned anything.
        """
        if not self.wins.any():
            return np.full(len(x), -1)
        used = self.in_use()
        centers = used.weights / FULL_WEIGHT
        nearness = x @ centers.T - (centers**2).sum(axis=1) / 2
        return used.labels[nearness.argmax(axis=1)]


def new_prototypes(
    classes: int, per_class: int, inputs: int, *, spread: int, seed: int
) -> Prototypes:
    """Return neurons that have learned nothing, with small random weights.

    Parameters
    ----------
    classes, per_class, inputs : int
        From 1.
    spread : int
        Weights are uniform in 0 .. spread - 1.
    seed : int
    """
    shape = classes * per_class, inputs
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, max(1, spread), shape)
    labels = np.repeat(np.arange(classes), per_class)
    zeros = np.zeros(len(labels), dtype=np.int64)
    norm = (weights**2).sum(axis=1) // FULL_WEIGHT
    return Prototypes(weights, labels, zeros, norm, zeros)
