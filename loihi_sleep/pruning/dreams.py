"""Rehearsal with nothing stored: noise, and what the network itself answers to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch.nn import functional

from loihi_sleep.sleep.forward import Weights, output_of


class DreamsConfig(BaseModel):
    """How much a network holds to its own answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    strength: float = Field(0.25, ge=0, description="of each earlier task, that of the day being 1")
    temperature: float = Field(2.0, gt=0, description="by which outputs are divided")


class Dreams:
    """Rehearses, with every batch, what a network answered to noise before it learned on.

    A penalty in the sense of :class:`loihi_sleep.sleep.wake.Penalty`: its gradient is that of
    ``strength * T**2 * sum over heads of KL(softmax(z / T) || softmax(y / T))``, mean over the
    noise, where z and y are the outputs of that network and of the one that learns, within a head.

    Parameters
    ----------
    morning : list of ndarray, one a layer
        The network whose answers are rehearsed. It is kept as long as this is, beside the one that
        learns, and no longer.
    rates : ndarray, shape (inputs,)
        Each pixel of the noise is 1 with this chance, else 0: the mean image of the past.
    heads : sequence of sequence of int
        Classes of each task that is rehearsed.
    config : DreamsConfig
    batch_size : int
        Patterns of noise with every batch.
    seed : int

    Notes
    -----
    Noise with own answers: Robins, "Catastrophic forgetting, rehearsal and pseudorehearsal",
    Connection Science 7 (1995). The loss: Hinton, Vinyals and Dean, arXiv:1503.02531; for heads of
    earlier tasks, on images of the present one: Li and Hoiem, "Learning without forgetting", ECCV
    2016. The noise is that of a night of Sleep Replay Consolidation.
    """

    def __init__(
        self,
        morning: Weights,
        rates: NDArray[np.float64],
        heads: Sequence[Sequence[int]],
        config: DreamsConfig,
        batch_size: int,
        seed: int,
    ) -> None:
        self._morning = [torch.from_numpy(weight).float() for weight in morning]
        self._chances = torch.from_numpy(rates).float().expand(batch_size, -1)
        self._heads = [list(head) for head in heads]
        self._config = config
        self._generator = torch.Generator().manual_seed(seed)

    def add_gradient(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Add the gradient of holding to the answers to new noise."""
        if not self._config.strength:
            return
        noise = torch.bernoulli(self._chances, generator=self._generator)
        with torch.no_grad():
            answers = output_of(self._morning, noise, _as_it_is)
        noise, answers = (part.to(parameters[0].device) for part in (noise, answers))
        self._departure(output_of(parameters, noise, _as_it_is), answers).backward()  # type: ignore[no-untyped-call]

    def after_step(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Leave the parameters as they are."""

    def _departure(self, output: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
        """How far the outputs are from the answers, all heads together."""
        temperature = self._config.temperature
        apart = [
            functional.kl_div(
                functional.log_softmax(output[:, head] / temperature, dim=1),
                functional.softmax(answers[:, head] / temperature, dim=1),
                reduction="batchmean",
            )
            for head in self._heads
        ]
        return self._config.strength * temperature**2 * torch.stack(apart).sum()


def _as_it_is(activity: torch.Tensor) -> torch.Tensor:
    return activity
