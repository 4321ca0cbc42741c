"""Which weights compete to be kept, and by which score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from loihi_sleep.pruning.masks import Mask, strongest_together

Matrix = NDArray[np.floating[Any]]
Score = Callable[[Matrix, Mask], Matrix]
Item = TypeVar("Item")


def magnitude(weights: Matrix, mask: Mask) -> Matrix:
    """Score a weight by how far it is from 0, whatever else is in its layer.

    Parameters
    ----------
    weights : ndarray
        Weights of one layer.
    mask : ndarray of bool, of the same shape
        True where a weight is still there.

    Returns
    -------
    ndarray, of the same shape
    """
    return np.abs(weights)


def lamp(weights: Matrix, mask: Mask) -> Matrix:
    """Score a weight by its share of its layer's squares once all weaker weights are removed.

    The square of the weight over the sum of the squares of the weights that are at least as
    strong. The strongest of every layer has the score 1, so that layers that compete never lose
    all their weights, however small these are; within a layer the order is that of magnitudes.

    Parameters
    ----------
    weights, mask
        As of :func:`magnitude`.

    Returns
    -------
    ndarray, of the same shape
        From 0 to 1; 0 where no weight is left. Of equal weights the first has the higher score.

    Notes
    -----
    Lee, Park, Mo, Ahn and Shin, "Layer-adaptive sparsity for the magnitude-based pruning", ICLR
    2021, equation 1.
    """
    there = np.flatnonzero(mask)
    squares = np.square(weights.ravel()[there], dtype=float)
    order = np.argsort(-squares, kind="stable")
    left = np.cumsum(squares[order])
    scores = np.zeros(mask.size)
    scores[there[order]] = np.divide(squares[order], left, out=np.zeros_like(left), where=left > 0)
    return scores.reshape(mask.shape)


@dataclass(frozen=True)
class Ranking:
    """How the weights of a network compete to be kept.

    Parameters
    ----------
    groups : tuple of tuple of int
        Layers that compete with each other; each layer is in one group.
    score : callable
        By which weights of one group are compared: :func:`magnitude` or :func:`lamp`.

    Raises
    ------
    ValueError
        A layer that is in no group, or in two.
    """

    groups: tuple[tuple[int, ...], ...]
    score: Score = magnitude

    def __post_init__(self) -> None:
        layers = sorted(layer for group in self.groups for layer in group)
        if layers != list(range(len(layers))):
            raise ValueError(f"groups is {self.groups}; each layer from 0 on must be in it once")

    @classmethod
    def by_layer(cls, layers: int) -> Ranking:
        """Let each layer keep its own share, so that none competes with another."""
        return cls(tuple((layer,) for layer in range(layers)))

    def totals(self, counts: Sequence[int]) -> list[int]:
        """Sum a count of each layer over the layers of each group.

        Raises
        ------
        ValueError
            Another number of layers.
        """
        return [sum(group) for group in self._grouped(counts)]

    def strongest(
        self, weights: Sequence[Matrix], masks: Sequence[Mask], counts: Sequence[int]
    ) -> list[Mask]:
        """Keep the weights of highest score among those that are still there.

        Parameters
        ----------
        weights, masks : sequence of ndarray, one a layer
            See :func:`loihi_sleep.pruning.masks.strongest`.
        counts : sequence of int, one a group
            Weights to keep of the layers of a group together.

        Returns
        -------
        list of ndarray of bool, one a layer

        Raises
        ------
        ValueError
            Another number of layers.
        """
        left = list(masks)
        for group, own, there, count in zip(
            self.groups, self._grouped(weights), self._grouped(masks), counts, strict=True
        ):
            scores = [self.score(layer, mask) for layer, mask in zip(own, there, strict=True)]
            for layer, mask in zip(group, strongest_together(scores, there, count), strict=True):
                left[layer] = mask
        return left

    def _grouped(self, values: Sequence[Item]) -> list[list[Item]]:
        """Values of each layer, by group."""
        layers = sum(len(group) for group in self.groups)
        if layers != len(values):
            raise ValueError(f"groups has {layers} layers; the network has {len(values)}")
        return [[values[layer] for layer in group] for group in self.groups]
