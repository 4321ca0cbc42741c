"""Elastic weight consolidation: changing weights that mattered for earlier tasks is penalized."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from loihi_sleep.datasets.stream import Samples
from loihi_sleep.training.forward import Weights, activations, as_tensors
from loihi_sleep.training.sgd import Penalty


class ElasticWeights(Penalty):
    """Penalty ``strength / 2 * sum_k F_k (w_k - w*_k)^2`` for each earlier task.

    Parameters
    ----------
    strength : float
        From 0.

    Notes
    -----
    Kirkpatrick et al., "Overcoming catastrophic forgetting in neural networks", PNAS 114 (2017).
    F is the diagonal of the empirical Fisher information for the squared error: the mean square of
    each sample's own gradient. Penalties of several tasks are quadratic, so that their sum is kept
    as one: the summed F, and the weights weighted by it.
    """

    def __init__(self, strength: float) -> None:
        self._strength = strength
        self._importance: list[torch.Tensor] = []
        self._pull: list[torch.Tensor] = []

    def finish_task(self, weights: Weights, samples: Samples, hidden_scale: float = 1.0) -> None:
        """Add the importance of each weight for a task that has been learned."""
        fisher = as_tensors(squared_gradients(weights, samples, hidden_scale))
        if not self._importance:
            self._importance = [torch.zeros_like(f) for f in fisher]
            self._pull = [torch.zeros_like(f) for f in fisher]
        for total, pull, f, w in zip(
            self._importance, self._pull, fisher, as_tensors(weights), strict=True
        ):
            total += f
            pull += f * w

    def add_gradient(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Add the penalty's gradient to that of the loss."""
        for parameter, total, pull in zip(parameters, self._importance, self._pull, strict=False):
            assert parameter.grad is not None
            parameter.grad += self._strength * (total * parameter.detach() - pull)


def squared_gradients(
    weights: Weights, samples: Samples, hidden_scale: float = 1.0
) -> list[NDArray[np.floating[Any]]]:
    """Mean square of each sample's gradient of the squared error.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) each
    samples : Samples
    hidden_scale : float
        Factor of hidden activations.

    Returns
    -------
    list of ndarray, shape (post, pre) each
        A sample's gradient is an outer product, delta_i * a_j, whose square is that of the squares.
    """
    layers = activations(weights, samples.x, hidden_scale)
    inputs = [samples.x, *layers[:-1]]
    target = np.eye(layers[-1].shape[1], dtype=samples.x.dtype)[samples.y]
    delta = np.maximum(layers[-1], 0) - target
    squares = []
    for layer in reversed(range(len(weights))):
        squares.append((delta**2).T @ (inputs[layer] ** 2) / len(samples))
        if layer:
            delta = delta @ weights[layer].astype(delta.dtype) * (inputs[layer] > 0) * hidden_scale
    return squares[::-1]
