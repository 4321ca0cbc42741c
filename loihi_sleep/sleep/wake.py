"""The wake phase: gradient descent on the present task, off chip, with torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import nn

from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.tasks.stream import Samples

Weights = list[NDArray[np.float64]]


class WakeConfig(BaseModel):
    """How the bias-free ReLU network is trained while awake."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(3, ge=1, description="passes over the samples of a task")
    learning_rate: float = Field(0.012, gt=0, le=10, description="of gradient descent")
    momentum: float = Field(0.9, ge=0, lt=1)
    batch_size: int = Field(10, ge=1)
    dropout: float = Field(0.0, ge=0, lt=1, description="share of hidden units dropped")
    loss: Literal["squared_error", "cross_entropy"] = "squared_error"
    init_gain: float = Field(
        1.2, gt=0, description="weights start uniform within gain / sqrt(inputs of the layer)"
    )


def initial_weights(sizes: Sequence[int], gain: float, seed: int) -> Weights:
    """Draw weights uniform within ``gain / sqrt(pre)``, one (post, pre) matrix a layer."""
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, (post, pre)) * gain / np.sqrt(pre) for pre, post in pairwise(sizes)]


def train(weights: Weights, samples: Samples, config: WakeConfig, seed: int) -> Weights:
    """Train a bias-free ReLU network on some samples, from the given weights on.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) each
        Where training begins; they are not changed.
    samples : Samples
        Of the present task alone.
    config : WakeConfig
    seed : int
        Of batches and dropout.

    Returns
    -------
    list of ndarray
        The trained weights.
    """
    order_seed, dropout_seed = spawn_seeds(seed, 2)
    order = torch.Generator().manual_seed(order_seed)
    dropout = torch.Generator().manual_seed(dropout_seed)
    x = torch.from_numpy(samples.x).float()
    y = torch.from_numpy(samples.y)
    parameters = [nn.Parameter(torch.from_numpy(w).float()) for w in weights]
    optimizer = torch.optim.SGD(parameters, config.learning_rate, config.momentum)
    keep = 1 - config.dropout
    with _one_thread():
        for _ in range(config.epochs):
            for batch in torch.split(torch.randperm(len(x), generator=order), config.batch_size):
                activity = x[batch]
                for layer, matrix in enumerate(parameters):
                    activity = activity @ matrix.T
                    if layer < len(parameters) - 1:
                        activity = torch.relu(activity)
                        if config.dropout:
                            mask = torch.rand(activity.shape, generator=dropout) < keep
                            activity = activity * mask / keep
                optimizer.zero_grad()
                _loss(activity, y[batch], config.loss).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
    return [p.detach().double().numpy() for p in parameters]


def predict(weights: Weights, x: NDArray[np.float64]) -> NDArray[np.int64]:
    """Class of the largest output for each input, among all classes.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) each
    x : ndarray, shape (samples, inputs)

    Returns
    -------
    ndarray of int64, shape (samples,)
    """
    return activations(weights, x)[-1].argmax(axis=1)


def activations(weights: Weights, x: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Activations of every layer: ReLU in hidden layers, linear in the output.

    Returns
    -------
    list of ndarray, shape (samples, neurons) each
    """
    layers = []
    activity = x
    for layer, matrix in enumerate(weights):
        activity = activity @ matrix.T
        if layer < len(weights) - 1:
            activity = np.maximum(activity, 0)
        layers.append(activity)
    return layers


def _loss(output: torch.Tensor, classes: torch.Tensor, kind: str) -> torch.Tensor:
    if kind == "cross_entropy":
        return nn.functional.cross_entropy(output, classes)
    # The output is a ReLU whose derivative is taken as 1, as in the released code of Sleep Replay
    # Consolidation: the gradient with respect to the output is the error itself.
    target = nn.functional.one_hot(classes, output.shape[1]).float()
    error = (torch.relu(output) - target).detach()
    return (output * error).sum(dim=1).mean()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums in a fixed order: the result must not depend on the number of cores."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
