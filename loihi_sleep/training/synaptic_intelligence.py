"""Synaptic intelligence: changing weights that lowered the loss of earlier tasks is penalized."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from loihi_sleep.training.forward import Weights, as_tensors
from loihi_sleep.training.sgd import Penalty

DAMPING = 0.1


class SynapticIntelligence(Penalty):
    """Penalty ``strength * sum_k Omega_k (w_k - w*_k)^2``.

    Parameters
    ----------
    strength : float
        From 0.

    Notes
    -----
    Zenke, Poole and Ganguli, "Continual learning through synaptic intelligence", ICML 2017. While a
    task is learned each weight adds up ``-gradient * change``; divided by the square of its whole
    change, plus 0.1, that is added to Omega when the task ends.
    """

    def __init__(self, strength: float) -> None:
        self._strength = strength
        self._importance: list[torch.Tensor] = []
        self._path: list[torch.Tensor] = []
        self._loss_gradient: list[torch.Tensor] = []
        self._last: list[torch.Tensor] = []
        self._start: list[torch.Tensor] = []

    def begin_task(self, weights: Weights) -> None:
        """Take the weights before a task, from which changes are penalized."""
        self._start = as_tensors(weights)
        self._last = [w.clone() for w in self._start]
        self._path = [torch.zeros_like(w) for w in self._start]
        if not self._importance:
            self._importance = [torch.zeros_like(w) for w in self._start]

    def finish_task(self, weights: Weights) -> None:
        """Add to each weight's importance how much it lowered the loss for its change."""
        for total, path, start, learned in zip(
            self._importance, self._path, self._start, as_tensors(weights), strict=True
        ):
            total += torch.clamp(path, min=0) / ((learned - start) ** 2 + DAMPING)

    def add_gradient(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Keep the gradient of the loss, then add the penalty's."""
        self._loss_gradient = []
        for parameter, total, start in zip(parameters, self._importance, self._start, strict=True):
            assert parameter.grad is not None
            self._loss_gradient.append(parameter.grad.clone())
            parameter.grad += 2 * self._strength * total * (parameter.detach() - start)

    def after_step(self, parameters: Sequence[torch.Tensor]) -> None:
        """Add how much the step of each weight lowered the loss."""
        for path, gradient, last, parameter in zip(
            self._path, self._loss_gradient, self._last, parameters, strict=True
        ):
            path -= gradient * (parameter.detach() - last)
            last.copy_(parameter.detach())
