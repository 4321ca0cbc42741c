"""A chain of Linear and BatchNorm layers as weights and biases of a ReLU network, and back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from loihi_sleep.consolidation.torch_chain import Link

Array = NDArray[np.float64]


class FoldedLink:
    r"""A Linear with the BatchNorms around it as one matrix and one bias.

    A BatchNorm is :math:`n(x) = g x + h` with :math:`g = \gamma / \sqrt{\sigma^2 + \epsilon}` and
    :math:`h = \beta - g \mu`, of its running statistics. With :math:`(p, q)` of those before the
    Linear and :math:`(s, t)` of those after it,

    .. math:: s (W (p x + q) + b) + t = (s W p) x + (s (W q + b) + t)

    Parameters
    ----------
    link : Link
    inputs : tuple of ndarray, shape (pre,) and float, optional
        Lowest value of each input, and by how much the largest is above it: inputs of the ReLU
        network are then from 0 to 1.
    """

    def __init__(self, link: Link, inputs: tuple[Array, float] | None = None) -> None:
        self._linear, self._after = link.linear, [norm for _, norm in link.after]
        post, pre = link.linear.weight.shape
        self._p, self._q = composed([norm for _, norm in link.before], pre)
        if inputs is not None:
            lowest, span = inputs
            self._p, self._q = self._p * span, self._q + self._p * lowest
        self._s, self._t = composed(self._after, post)
        self._bias = _numbers_or(link.linear.bias, np.zeros(post))
        self._plain = not link.before and not link.after and inputs is None
        self.weights: Array = _numbers(link.linear.weight)
        self.biases: Array = self._bias
        if not self._plain:
            self.biases = self._biases_with(self.weights)
            self.weights = self._s[:, None] * self.weights * self._p

    @property
    def has_bias(self) -> bool:
        """Whether there is something to write a bias to."""
        return self._linear.bias is not None or bool(self._after)

    @property
    def bias_owner(self) -> nn.Module:
        """What a change of the bias is written to."""
        affine = [norm for norm in self._after if norm.affine]
        return affine[-1] if affine else self._linear

    def write(self, weights: Array, biases: Array | None) -> None:
        """Write weights and biases of the ReLU network into the layers.

        Parameters
        ----------
        weights : ndarray, shape (post, pre)
            A row or a column that a BatchNorm multiplies by 0 keeps its weights.
        biases : ndarray, shape (post,), optional
            Without them the parameters that make the bias keep their values.
        """
        if not self._plain:
            factor = self._s[:, None] * self._p
            own = _numbers(self._linear.weight)
            weights = np.where(factor == 0, own, weights / np.where(factor == 0, 1.0, factor))
        with torch.no_grad():
            self._linear.weight.copy_(torch.from_numpy(weights))
        if biases is not None:
            self._shift(biases - (self._biases_with(weights) if not self._plain else self._bias))

    def _biases_with(self, weights: Array) -> Array:
        return self._s * (weights @ self._q + self._bias) + self._t

    def _shift(self, by: Array) -> None:
        """Add to the bias of the ReLU network."""
        if not by.any():
            return
        owner = self.bias_owner
        values = owner.bias
        if owner is self._linear:
            by = np.divide(by, self._s, out=np.zeros_like(by), where=self._s != 0)
        if values is None:
            # Neither layer has a bias: a lower mean that is subtracted does the same.
            norm = self._after[-1]
            values = norm.running_mean
            assert values is not None
            gain, _ = composed(self._after, len(by))
            last, _ = composed([norm], len(by))
            by = -np.divide(by * gain, last, out=np.zeros_like(by), where=last != 0)
        with torch.no_grad():
            values.copy_(torch.from_numpy(_numbers(values) + by))


def fold(links: Sequence[Link], inputs: tuple[Array, float] | None = None) -> list[FoldedLink]:
    """Fold the BatchNorms of a chain into its Linear layers; the layers stay as they are.

    Parameters
    ----------
    links : sequence of Link
    inputs : tuple of ndarray and float, optional
        Of the first link, see :class:`FoldedLink`.
    """
    return [FoldedLink(link, None if place else inputs) for place, link in enumerate(links)]


def composed(norms: Sequence[_BatchNorm], size: int) -> tuple[Array, Array]:
    """Return factor and shift of BatchNorms that are applied one after another."""
    factor, shift = np.ones(size), np.zeros(size)
    for norm in norms:
        assert norm.running_mean is not None
        assert norm.running_var is not None
        gain = 1 / np.sqrt(_numbers(norm.running_var) + norm.eps)
        gain = gain * _numbers_or(norm.weight, np.ones(size))
        own_shift = _numbers_or(norm.bias, np.zeros(size)) - gain * _numbers(norm.running_mean)
        factor, shift = factor * gain, gain * shift + own_shift
    return factor, shift


def _numbers(values: torch.Tensor) -> Array:
    numbers: Array = values.detach().cpu().double().numpy()
    return numbers


def _numbers_or(values: torch.Tensor | None, otherwise: Array) -> Array:
    return otherwise if values is None else _numbers(values)
