"""A night of pruning: in every cycle the weakest weights go and the others learn on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from loihi_sleep.pruning.masks import Mask, strongest
from loihi_sleep.pruning.schedule import counts_by_cycle, steps_by_cycle
from loihi_sleep.seeds import spawn_seeds
from loihi_sleep.sleep.wake import WakeConfig, Weights, train
from loihi_sleep.tasks.stream import Samples

OnCycle = Callable[[int, int], None]


@dataclass(frozen=True)
class Pruned:
    """A network after a night.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) each
        0 where there is no synapse.
    masks : list of ndarray of bool, shape (post, pre) each
        True where there is one.
    """

    weights: Weights
    masks: list[Mask]

    @property
    def kept(self) -> list[int]:
        """Synapses of each layer."""
        return [int(mask.sum()) for mask in self.masks]


class HeldAtZero:
    """Sets pruned weights back to 0 after every step of the optimizer.

    Their gradient is not 0 and momentum carries on what it was, so that without this they would
    grow anew. A penalty in the sense of :class:`loihi_sleep.sleep.wake.Penalty`.

    Parameters
    ----------
    masks : sequence of ndarray of bool, shape (post, pre) each
        False where a weight is held.
    """

    def __init__(self, masks: Sequence[Mask]) -> None:
        self._masks = [torch.from_numpy(mask).float() for mask in masks]

    def add_gradient(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Leave the gradient as it is."""

    def after_step(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Set what is pruned to 0."""
        with torch.no_grad():
            for parameter, mask in zip(parameters, self._masks, strict=True):
                parameter.mul_(mask)


def prune_and_retrain(
    weights: Weights,
    samples: Samples,
    config: WakeConfig,
    *,
    kept: Sequence[int],
    cycles: int,
    steps: int,
    seed: int,
    on_cycle: OnCycle | None = None,
) -> Pruned:
    """Prune a trained network in cycles within a fixed number of optimizer steps.

    Parameters
    ----------
    weights : list of ndarray, shape (post, pre) each
        In the evening; they are not changed.
    samples : Samples
        To learn from between prunings.
    config : WakeConfig
        How it learns; its number of passes is not used. Every cycle begins with momentum 0.
    kept : sequence of int
        Weights that each layer has in the morning.
    cycles : int
        Of pruning and learning, 1 .. steps.
    steps : int
        Of the optimizer, all cycles together; the remainder goes to the last.
    seed : int
        Of batches and dropout.
    on_cycle : callable, optional
        Called with the cycle, from 0, and its steps, before its weights learn.

    Returns
    -------
    Pruned

    Raises
    ------
    ValueError
        Numbers that do not fit the network, or more cycles than steps.
    """
    if len(kept) != len(weights):
        raise ValueError(f"kept has {len(kept)} numbers; the network has {len(weights)} layers")
    plans = [
        counts_by_cycle(matrix.size, final, cycles)
        for matrix, final in zip(weights, kept, strict=True)
    ]
    parts = steps_by_cycle(steps, cycles)
    masks = [np.ones(matrix.shape, dtype=bool) for matrix in weights]
    for cycle, part in enumerate(parts):
        masks = [
            strongest(matrix, mask, plan[cycle])
            for matrix, mask, plan in zip(weights, masks, plans, strict=True)
        ]
        if on_cycle is not None:
            on_cycle(cycle, part)
        weights = train(
            [matrix * mask for matrix, mask in zip(weights, masks, strict=True)],
            samples,
            config,
            *spawn_seeds(seed, 1, cycle),
            penalty=HeldAtZero(masks),
            steps=part,
        )
    return Pruned(weights, masks)
