"""Synaptic intelligence: weights that lowered the loss of earlier tasks are held by springs."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from loihi_sleep.training.sgd import Weights

DAMPING = 0.1


class SynapticIntelligence:
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
        """Note where a task begins; the springs are at rest here."""
        self._start = [torch.from_numpy(w).float() for w in weights]
        self._last = [w.clone() for w in self._start]
        self._path = [torch.zeros_like(w) for w in self._start]
        if not self._importance:
            self._importance = [torch.zeros_like(w) for w in self._start]

    def finish_task(self, weights: Weights) -> None:
        """Add what the path of each weight was worth to its importance."""
        for total, path, start, values in zip(
            self._importance, self._path, self._start, weights, strict=True
        ):
            change = torch.from_numpy(values).float() - start
            total += torch.clamp(path, min=0) / (change**2 + DAMPING)

    def add_gradient(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Keep the gradient of the loss, then add the penalty's."""
        self._loss_gradient = []
        for parameter, total, rest in zip(parameters, self._importance, self._start, strict=True):
            assert parameter.grad is not None
            self._loss_gradient.append(parameter.grad.clone())
            parameter.grad += 2 * self._strength * total * (parameter.detach() - rest)

    def after_step(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Add up what the step was worth."""
        for path, gradient, last, parameter in zip(
            self._path, self._loss_gradient, self._last, parameters, strict=True
        ):
            path -= gradient * (parameter.detach() - last)
            last.copy_(parameter.detach())
