"""A night of pruning: in every cycle the weakest weights are removed and the others learn on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from loihi_sleep.datasets.stream import Samples
from loihi_sleep.pruning.masks import Mask
from loihi_sleep.pruning.ranking import Ranking
from loihi_sleep.pruning.schedule import counts_by_cycle, steps_by_cycle
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.training.sgd import Penalty, WakeConfig, Weights, train


class Watch(Protocol):
    """Is called after each pruning, and after the training that follows it."""

    def __call__(self, steps: int, weights: Weights, /) -> None:
        """Take in the steps of the night that are done, and the weights then."""


@dataclass(frozen=True)
class Pruned:
    """A network after a night.

    Parameters
    ----------
    weights : list of ndarray, one a layer
        0 where there is no synapse.
    masks : list of ndarray of bool, one a layer
        True where there is one that is not frozen.
    """

    weights: Weights
    masks: list[Mask]

    @property
    def kept(self) -> list[int]:
        """Synapses of each layer that are not frozen."""
        return [int(mask.sum()) for mask in self.masks]


class FixedWeights(Penalty):
    """Sets weights back after every step of the optimizer: pruned ones to 0, frozen ones as well.

    The gradient of a pruned weight is not 0 and momentum carries on what it was, so that without
    this it would grow anew.

    Parameters
    ----------
    plastic : sequence of ndarray of bool, one a layer
        False where a weight is fixed.
    values : sequence of ndarray, one a layer
        The value of each fixed weight.
    """

    def __init__(self, plastic: Sequence[Mask], values: Weights) -> None:
        self._plastic = [torch.from_numpy(mask).float() for mask in plastic]
        self._values = [
            torch.from_numpy(np.where(mask, 0.0, matrix)).float()
            for mask, matrix in zip(plastic, values, strict=True)
        ]

    def after_step(self, parameters: Sequence[torch.Tensor]) -> None:
        """Set fixed weights back."""
        device = parameters[0].device
        if self._plastic[0].device != device:
            # Once, not in every step.
            self._plastic = [mask.to(device) for mask in self._plastic]
            self._values = [matrix.to(device) for matrix in self._values]
        with torch.no_grad():
            for parameter, plastic, values in zip(
                parameters, self._plastic, self._values, strict=True
            ):
                parameter.mul_(plastic).add_(values)


class PenaltySum(Penalty):
    """Several penalties as one.

    Parameters
    ----------
    *penalties : Penalty
        In their order.
    """

    def __init__(self, *penalties: Penalty) -> None:
        self._penalties = penalties

    def add_gradient(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Add the gradient of each."""
        for penalty in self._penalties:
            penalty.add_gradient(parameters)

    def after_step(self, parameters: Sequence[torch.Tensor]) -> None:
        """Let each take in the parameters, in order."""
        for penalty in self._penalties:
            penalty.after_step(parameters)


class Retrain(Protocol):
    """Trains a network for some steps of the optimizer, while some weights stay."""

    def __call__(self, weights: Weights, seed: int, *, fixed: FixedWeights, steps: int) -> Weights:
        """Return the weights after so many steps."""


def prune_and_retrain(
    weights: Weights,
    samples: Samples,
    config: WakeConfig,
    *,
    kept: Sequence[int],
    cycles: int,
    steps: int,
    seed: int,
    ranking: Ranking | None = None,
    watch: Watch | None = None,
    frozen: Sequence[Mask] | None = None,
    stored: Samples | None = None,
    penalty: Penalty | None = None,
    heads: Sequence[Sequence[int]] | None = None,
) -> Pruned:
    """Prune a trained network in cycles within a fixed number of optimizer steps.

    Parameters
    ----------
    weights : list of ndarray, one a layer
        Weights of the trained network; they are not changed.
    samples : Samples
        To learn from between prunings.
    config : WakeConfig
        How it learns; its number of passes is not used. Every cycle begins with momentum 0.
    kept : sequence of int
        Weights that each layer has after the night, frozen ones beside them.
    cycles : int
        Cycles of pruning and learning, 1 .. steps.
    steps : int
        Steps of the optimizer, all cycles together; the remainder goes to the last.
    seed : int
        Seed of batches and dropout.
    ranking : Ranking, optional
        How weights compete; of layers that do only the sum of `kept` counts. Each layer by itself
        if left out.
    watch : callable, optional
        Called after each pruning, and after the steps that follow it, with the steps of the night
        that are done and the weights.
    frozen : sequence of ndarray of bool, one a layer, optional
        True where a weight is neither removed nor changed.
    stored, penalty, heads
        As of :func:`loihi_sleep.training.sgd.train`.

    Returns
    -------
    Pruned

    Raises
    ------
    ValueError
        Numbers that do not fit the network, or more cycles than steps.
    """

    def retrain(weights: Weights, seed: int, *, fixed: FixedWeights, steps: int) -> Weights:
        return train(
            weights,
            samples,
            config,
            seed,
            stored=stored,
            penalty=fixed if penalty is None else PenaltySum(penalty, fixed),
            steps=steps,
            heads=heads,
        )

    return prune_in_cycles(
        weights,
        retrain,
        kept=kept,
        cycles=cycles,
        steps=steps,
        seed=seed,
        ranking=ranking,
        watch=watch,
        frozen=frozen,
    )


def prune_in_cycles(
    weights: Weights,
    retrain: Retrain,
    *,
    kept: Sequence[int],
    cycles: int,
    steps: int,
    seed: int,
    ranking: Ranking | None = None,
    watch: Watch | None = None,
    frozen: Sequence[Mask] | None = None,
) -> Pruned:
    """Prune a network of any kind in cycles, as :func:`prune_and_retrain` says.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) each
    retrain : Retrain
        How it learns between prunings.
    kept, cycles, steps, seed, ranking, watch, frozen
        As of :func:`prune_and_retrain`.

    Returns
    -------
    Pruned
    """
    if len(kept) != len(weights):
        raise ValueError(f"kept has {len(kept)} numbers; the network has {len(weights)} layers")
    if frozen is None:
        frozen = [np.zeros(matrix.shape, dtype=bool) for matrix in weights]
    masks = [~still for still in frozen]
    ranking = ranking or Ranking.by_layer(len(weights))
    first, final = ranking.totals([int(mask.sum()) for mask in masks]), ranking.totals(kept)
    plans = [counts_by_cycle(*counts, cycles) for counts in zip(first, final, strict=True)]
    done = 0
    for cycle, part in enumerate(steps_by_cycle(steps, cycles)):
        masks = ranking.strongest(weights, masks, [plan[cycle] for plan in plans])
        weights = [
            matrix * (mask | still)
            for matrix, mask, still in zip(weights, masks, frozen, strict=True)
        ]
        if watch is not None:
            watch(done, weights)
        weights = retrain(
            weights, *spawn_seeds(seed, 1, cycle), fixed=FixedWeights(masks, weights), steps=part
        )
        done += part
        if watch is not None:
            watch(done, weights)
    return Pruned(weights, masks)
