"""The forward pass of the bias-free ReLU network; the rank of a weight says what layer it is.

A weight of shape (post, pre) connects all neurons of two layers. One of shape (out, in, rows,
columns) is a convolution that keeps the size of its planes; after every second one maxima of 2 x 2
neighbors halve it. Convolutions come first. An input is flat: its square planes in turn, row by
row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isqrt
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

Weights = list[NDArray[np.float64]]

_KERNEL = 3
# Images at a time where nothing is learned: activations of convolutions are large.
_BATCH = 250


def as_tensors(weights: Sequence[NDArray[np.floating[Any]]]) -> list[torch.Tensor]:
    """Return weights as torch learns with them: float32 on the CPU."""
    return [torch.from_numpy(matrix).float() for matrix in weights]


def weight_shapes(
    image: tuple[int, int, int], channels: Sequence[int], neurons: Sequence[int]
) -> list[tuple[int, ...]]:
    """Shapes of the weights of a network: convolutions of 3 x 3, then fully connected layers.

    Parameters
    ----------
    image : tuple of int
        (planes, rows, columns) of an input; as many rows as columns where there are convolutions.
    channels : sequence of int
        Planes that each convolution makes; may be empty.
    neurons : sequence of int
        Neurons of each layer behind them, the output last.

    Raises
    ------
    ValueError
        More convolutions than leave a neuron of the image.
    """
    planes, rows, columns = image
    halved = len(channels) // 2
    if not min(rows, columns) >> halved:
        raise ValueError(
            f"channels has {len(channels)} convolutions, which halve the image {halved} times; "
            f"one of {rows} x {columns} allows {min(rows, columns).bit_length() * 2 - 1}"
        )
    before = [planes, *channels]
    kernels = [(out, into, _KERNEL, _KERNEL) for into, out in zip(before, channels, strict=False)]
    sizes = [before[-1] * (rows >> halved) * (columns >> halved), *neurons]
    return [*kernels, *((post, pre) for pre, post in zip(sizes, neurons, strict=False))]


def output_of(
    weights: Sequence[torch.Tensor],
    x: torch.Tensor,
    after_hidden: Callable[[torch.Tensor], torch.Tensor],
) -> torch.Tensor:
    """Output of the network, through which gradients flow.

    Parameters
    ----------
    weights : sequence of Tensor, shape (post, pre) or (out, in, rows, columns) each
    x : Tensor, shape (samples, inputs)
    after_hidden : callable
        What becomes of the activations of each hidden layer: dropout, or a factor.

    Returns
    -------
    Tensor, shape (samples, outputs)

    Raises
    ------
    ValueError
        Inputs that are not square planes for a convolution.
    """
    made = _convolved([weight for weight in weights if weight.ndim == 4], x, after_hidden)
    activity = made[-1].flatten(1) if made else x
    for layer, matrix in enumerate(weights[len(made) :], len(made)):
        activity = activity @ matrix.T
        if layer < len(weights) - 1:
            activity = after_hidden(torch.relu(activity))
    return activity


def activations(
    weights: Weights, x: NDArray[np.floating[Any]], hidden_scale: float = 1.0
) -> list[NDArray[np.floating[Any]]]:
    """Activations of every layer: ReLU in hidden layers, linear in the output.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) or (out, in, rows, columns) each
    x : ndarray, shape (samples, inputs)
    hidden_scale : float
        Factor of hidden activations.

    Returns
    -------
    list of ndarray, shape (samples, neurons) each
        In the type of x.
    """
    layers: list[NDArray[np.floating[Any]]] = []
    kernels = [torch.from_numpy(w.astype(x.dtype)) for w in weights if w.ndim == 4]
    if kernels:
        with torch.no_grad():
            made = _convolved(kernels, torch.from_numpy(x), lambda planes: planes * hidden_scale)
        layers = [planes.flatten(1).numpy() for planes in made]
    activity = layers[-1] if layers else x
    for layer, matrix in enumerate(weights[len(layers) :], len(layers)):
        activity = activity @ matrix.T.astype(x.dtype)
        if layer < len(weights) - 1:
            activity = np.maximum(activity, 0) * x.dtype.type(hidden_scale)
        layers.append(activity)
    return layers


def outputs(
    weights: Weights, x: NDArray[np.floating[Any]], hidden_scale: float = 1.0
) -> NDArray[np.floating[Any]]:
    """Activations of the output layer; parameters as of :func:`activations`.

    Returns
    -------
    ndarray, shape (samples, outputs)
        In the type of x.
    """
    if weights[0].ndim == 2:
        return activations(weights, x, hidden_scale)[-1]
    parts = (x[first : first + _BATCH] for first in range(0, max(1, len(x)), _BATCH))
    return np.concatenate([activations(weights, part, hidden_scale)[-1] for part in parts])


def _convolved(
    kernels: Sequence[torch.Tensor],
    x: torch.Tensor,
    after_hidden: Callable[[torch.Tensor], torch.Tensor],
) -> list[torch.Tensor]:
    """Planes that each convolution makes, all of which are hidden layers."""
    if not kernels:
        return []
    made = [_planes(x, kernels[0].shape[1])]
    for layer, kernel in enumerate(kernels):
        activity = functional.conv2d(made[-1], kernel, padding=kernel.shape[-1] // 2)
        if layer % 2:
            # Before ReLU, which comes to the same: there is less to rectify.
            activity = functional.max_pool2d(activity, 2)
        made.append(after_hidden(torch.relu(activity)))
    return made[1:]


def _planes(x: torch.Tensor, count: int) -> torch.Tensor:
    """Shape flat inputs as square planes, in the memory order in which convolutions are fast."""
    side = isqrt(x.shape[1] // count)
    if count * side * side != x.shape[1]:
        raise ValueError(
            f"inputs are {x.shape[1]}; the first convolution takes {count} square planes"
        )
    return x.reshape(-1, count, side, side).contiguous(memory_format=torch.channels_last)
