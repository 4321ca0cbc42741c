"""Stochastic gradient descent on the present task, off chip, with torch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice, pairwise
from typing import Annotated, Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import AfterValidator, Field
from torch import nn

from loihi_sleep.datasets.stream import Samples
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.settings import Settings
from loihi_sleep.training.augmentation import VariedConfig, vary
from loihi_sleep.training.forward import Weights, activations, output_of, outputs

__all__ = [
    "DenseWakeConfig",
    "Penalty",
    "WakeConfig",
    "Weights",
    "activations",
    "device_of",
    "initial_weights",
    "predict",
    "predict_within",
    "random_weights",
    "train",
]


# One switch for all threads; what it was when each began to train.
_training, _deterministic = threading.Lock(), list[bool]()


class WakeConfig(Settings):
    """How the bias-free ReLU network is trained while awake."""

    epochs: int = Field(3, ge=1, le=10_000, description="passes over the samples of a task")
    learning_rate: float = Field(0.012, gt=0, le=10, description="of gradient descent")
    momentum: float = Field(0.9, ge=0, lt=1, description="of gradient descent")
    batch_size: int = Field(10, ge=1, le=100_000, description="samples between two changes")
    dropout: float = Field(0.0, ge=0, lt=1, description="share of hidden units dropped")
    dropout_inverted: bool = Field(
        True,
        description="scale what is kept up while training; else what there is down afterwards",
    )
    loss: Literal["squared_error", "cross_entropy"] = Field(
        "squared_error", description="what gradient descent makes small"
    )
    init_gain: float = Field(
        1.2,
        gt=0,
        le=1000,
        description="weights start uniform within gain / sqrt(inputs of the layer)",
    )
    init_range: float | None = Field(
        None, gt=0, le=1000, description="weights start uniform within this instead, in all layers"
    )
    device: Literal["cpu", "cuda", "auto"] = Field(
        "cpu", description="where torch learns; auto: on a GPU where it finds one"
    )
    varied: VariedConfig = Field(
        VariedConfig(), description="images varied anew in every batch, of convolutions only"
    )

    @property
    def hidden_scale(self) -> float:
        """Factor of hidden activations outside of training."""
        return 1.0 if self.dropout_inverted else 1.0 - self.dropout


def _unvaried(config: WakeConfig) -> WakeConfig:
    if config.varied.active:
        raise ValueError(
            f"varied is {config.varied.model_dump()}; images are varied for networks that begin "
            "with a convolution, and this one has none: leave it out"
        )
    return config


# Of a network without convolutions.
DenseWakeConfig = Annotated[WakeConfig, AfterValidator(_unvaried)]


class Penalty(Protocol):
    """What the loss knows nothing of, such as weights that matter for earlier tasks.

    Either method may be left out by a class that derives from this one.
    """

    def add_gradient(self, parameters: Sequence[nn.Parameter]) -> None:
        """Add the penalty's gradient to that of the loss, before a step."""
        return

    def after_step(self, parameters: Sequence[torch.Tensor]) -> None:
        """Take in the parameters after a step, or change them in place."""
        return


def initial_weights(sizes: Sequence[int], config: WakeConfig, seed: int) -> Weights:
    """Draw weights within the configuration's bounds, one (post, pre) matrix a layer."""
    return random_weights([(post, pre) for pre, post in pairwise(sizes)], config, seed)


def random_weights(shapes: Sequence[tuple[int, ...]], config: WakeConfig, seed: int) -> Weights:
    """Draw weights within the configuration's bounds.

    Parameters
    ----------
    shapes : sequence of tuple of int
        (post, pre) or (out, in, rows, columns) of each layer; all but the first number are the
        inputs of one of its neurons.
    config : WakeConfig
    seed : int
    """
    rng = np.random.default_rng(seed)
    return [
        rng.uniform(-1, 1, shape)
        * (config.init_range or config.init_gain / np.sqrt(np.prod(shape[1:])))
        for shape in shapes
    ]


def device_of(config: WakeConfig) -> str:
    """Return where torch learns: ``cpu`` or ``cuda``.

    Raises
    ------
    ValueError
        A GPU is asked for, and torch finds none.
    """
    found = torch.cuda.is_available()
    if config.device == "cuda" and not found:
        raise ValueError("device is 'cuda', and torch finds no GPU; it must be 'cpu' or 'auto'")
    return "cuda" if found and config.device != "cpu" else "cpu"


def train(
    weights: Weights,
    samples: Samples,
    config: WakeConfig,
    seed: int,
    *,
    stored: Samples | None = None,
    stored_share: float = 1.0,
    penalty: Penalty | None = None,
    steps: int | None = None,
    heads: Sequence[Sequence[int]] | None = None,
) -> Weights:
    """Train a bias-free ReLU network on some samples, from the given weights on.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) or (out, in, rows, columns) each
        Where training begins; they are not changed. See :mod:`loihi_sleep.training.forward`.
    samples : Samples
        Samples of the present task alone.
    config : WakeConfig
    seed : int
        Seed of batches, dropout, stored samples and varied images.
    stored : Samples, optional
        Stored samples of earlier tasks, rehearsed with each batch: drawn with replacement.
    stored_share : float
        How many are rehearsed for each sample of the present task.
    penalty : Penalty, optional
        On changes of weights.
    steps : int, optional
        Batches to learn from, instead of the configuration's passes.
    heads : sequence of sequence of int, optional
        Classes of each task. A sample is then classified among those of its own task only, with
        cross-entropy: the outputs of other tasks learn nothing from it.

    Returns
    -------
    list of ndarray
        The trained weights.

    Raises
    ------
    ValueError
        Heads with another loss, a GPU that is not there, or images to vary for a network that
        does not begin with a convolution.
    """
    order_seed, dropout_seed, stored_seed, varied_seed = spawn_seeds(seed, 4)
    # All random numbers are the CPU's: batches are the same wherever torch learns.
    order = torch.Generator().manual_seed(order_seed)
    drop = _dropout(config, torch.Generator().manual_seed(dropout_seed))
    device = device_of(config)
    x = torch.from_numpy(samples.x).float()
    y = torch.from_numpy(samples.y)
    parameters = [nn.Parameter(torch.from_numpy(w).float().to(device)) for w in weights]
    optimizer = torch.optim.SGD(parameters, config.learning_rate, config.momentum)
    if heads is not None and config.loss != "cross_entropy":
        raise ValueError(f"loss is {config.loss!r}; with heads it must be 'cross_entropy'")
    others = None if heads is None else _other_tasks(heads).to(device)
    draw_stored = _rehearsal(stored, stored_share, torch.Generator().manual_seed(stored_seed))
    augment = _augmentation(config.varied, weights, torch.Generator().manual_seed(varied_seed))
    with one_thread():
        passes = config.epochs if steps is None else None
        for batch in islice(batches(len(x), config.batch_size, order, passes), steps):
            inputs, classes = (part.to(device) for part in draw_stored(x[batch], y[batch]))
            output = output_of(parameters, augment(inputs), drop)
            if others is not None:
                output = output.masked_fill(others[classes], -torch.inf)
            optimizer.zero_grad()
            _loss(output, classes, config.loss).backward()  # type: ignore[no-untyped-call]
            if penalty is not None:
                penalty.add_gradient(parameters)
            optimizer.step()
            if penalty is not None:
                penalty.after_step(parameters)
    return [p.detach().cpu().double().numpy() for p in parameters]


def batches(
    samples: int, size: int, order: torch.Generator, passes: int | None
) -> Iterator[torch.Tensor]:
    """Yield the indices of each batch; each sample comes once a pass; without end for None."""
    for _ in count() if passes is None else range(passes):
        yield from torch.split(torch.randperm(samples, generator=order), size)


def _other_tasks(heads: Sequence[Sequence[int]]) -> torch.Tensor:
    """Return which outputs belong to other tasks than a class, shape (classes, classes)."""
    count = sum(len(task) for task in heads)
    others = torch.ones(count, count, dtype=torch.bool)
    for task in heads:
        others[np.ix_(task, task)] = False
    return others


def _dropout(
    config: WakeConfig, generator: torch.Generator
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return what drops hidden units in training."""
    keep = 1 - config.dropout
    if not config.dropout:
        return lambda activity: activity

    def drop(activity: torch.Tensor) -> torch.Tensor:
        mask = (torch.rand(activity.shape, generator=generator) < keep).to(activity.device)
        return activity * mask / (keep if config.dropout_inverted else 1.0)

    return drop


def _rehearsal(
    stored: Samples | None, share: float, generator: torch.Generator
) -> Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]:
    """Return what adds stored samples to a batch."""
    if stored is None or not len(stored):
        return lambda x, y: (x, y)
    x_stored, y_stored = torch.from_numpy(stored.x).float(), torch.from_numpy(stored.y)

    def draw(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        chosen = torch.randint(len(y_stored), (round(share * len(y)),), generator=generator)
        return torch.cat([x, x_stored[chosen]]), torch.cat([y, y_stored[chosen]])

    return draw


def _augmentation(
    config: VariedConfig, weights: Weights, generator: torch.Generator
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return what varies the images of a batch, rehearsed ones among them."""
    if not config.active:
        return lambda x: x
    if weights[0].ndim != 4:
        raise ValueError(
            f"varied is {config.model_dump()}, and the network does not begin with a convolution, "
            "which tells the planes of an image; leave it out"
        )
    planes = weights[0].shape[1]
    return lambda x: vary(x, planes, config, generator)


def predict_within(
    weights: Weights, x: NDArray[np.floating[Any]], task: Sequence[int]
) -> NDArray[np.int64]:
    """Class of the largest output for each input, among the classes of a task that is known.

    Returns
    -------
    ndarray of int64, shape (samples,)
    """
    classes = np.asarray(task)
    return np.asarray(classes[outputs(weights, x)[:, classes].argmax(axis=1)])


def predict(
    weights: Weights, x: NDArray[np.floating[Any]], hidden_scale: float = 1.0
) -> NDArray[np.int64]:
    """Class of the largest output for each input, among all classes.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) or (out, in, rows, columns) each
    x : ndarray, shape (samples, inputs)
    hidden_scale : float
        Factor of hidden activations.

    Returns
    -------
    ndarray of int64, shape (samples,)
    """
    return outputs(weights, x, hidden_scale).argmax(axis=1)


def _loss(output: torch.Tensor, classes: torch.Tensor, kind: str) -> torch.Tensor:
    if kind == "cross_entropy":
        return nn.functional.cross_entropy(output, classes)
    # The output is a ReLU whose derivative is taken as 1, as in the released code of Sleep Replay
    # Consolidation: the gradient with respect to the output is the error itself.
    target = nn.functional.one_hot(classes, output.shape[1]).float()
    error = (torch.relu(output) - target).detach()
    return (output * error).sum(dim=1).mean()


@contextmanager
def one_thread() -> Iterator[None]:
    """Sum in a fixed order: the result must not depend on the number of cores, nor on a GPU's.

    Torch's settings are as before when the last of several threads that train is done.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with _training:
        _deterministic.append(torch.backends.cudnn.deterministic)
        torch.backends.cudnn.deterministic = True
    try:
        yield
    finally:
        with _training:
            # The first one put there is what it was before any of them.
            before = _deterministic.pop()
            if not _deterministic:
                torch.backends.cudnn.deterministic = before
        torch.set_num_threads(threads)
