"""Rehearsal with nothing stored: noise, and what the network itself answers to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch.nn import functional

from loihi_sleep.sleep.forward import Weights, output_of, outputs


class DreamsConfig(BaseModel):
    """How much a network holds to its own answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    strength: float = Field(0.25, ge=0, description="of each earlier task, that of the day being 1")
    temperature: float = Field(2.0, gt=0, description="by which outputs are divided")
    patterns: int = Field(5000, ge=1, description="of noise that are answered each morning")


class Dreams:
    """Rehearses, with every batch, what a network answered to noise before it learned on.

    A penalty in the sense of :class:`loihi_sleep.sleep.wake.Penalty`: its gradient is that of
    ``strength * T**2 * sum over heads of KL(softmax(z / T) || softmax(y / T))``, mean over the
    noise, where z and y are the outputs of that network and of the one that learns, within a head.

    Parameters
    ----------
    morning : list of ndarray, one a layer
        The network whose answers are rehearsed. It answers at once and is not kept; the noise and
        the answers are, as long as this is.
    rates : ndarray, shape (inputs,)
        Each pixel of the noise is 1 with this chance, else 0: the mean image of the past.
    heads : sequence of sequence of int
        Classes of each task that is rehearsed.
    config : DreamsConfig
    batch_size : int
        Patterns of noise with every batch, drawn from those that were answered.
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
        self._generator = torch.Generator().manual_seed(seed)
        chances = torch.from_numpy(rates).float().expand(config.patterns, -1)
        self._noise = torch.bernoulli(chances, generator=self._generator)
        self._answers = torch.from_numpy(outputs(morning, self._noise.numpy()))
        self._heads = [list(head) for head in heads]
        self._config = config
        self._batch_size = batch_size

    def add_gradient(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Add the gradient of holding to the answers to some of the noise."""
        if not self._config.strength:
            return
        chosen = torch.randint(len(self._noise), (self._batch_size,), generator=self._generator)
        noise, answers = (
            part[chosen].to(parameters[0].device) for part in (self._noise, self._answers)
        )
        output = output_of(parameters, noise, lambda activity: activity)
        self._departure(output, answers).backward()  # type: ignore[no-untyped-call]

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
