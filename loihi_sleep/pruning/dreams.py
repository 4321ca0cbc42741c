"""Rehearsal without stored samples: a network's own answers to noise and to the present task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field, model_validator
from torch.nn import functional

from loihi_sleep.settings import Settings
from loihi_sleep.training.forward import Weights, output_of, outputs
from loihi_sleep.training.sgd import Penalty


class DreamsConfig(Settings):
    """How strongly a network rehearses its own answers."""

    strength: float = Field(
        0.1, ge=0, le=1e6, description="of each earlier task, that of the present one being 1"
    )
    temperature: float = Field(2.0, gt=0, le=1000, description="by which outputs are divided")
    patterns: int = Field(
        5000,
        ge=0,
        le=100_000,
        description="of noise that are answered before each task; 0: no noise",
    )
    present: bool = Field(
        True, description="images of the present task are answered as well as noise"
    )

    @model_validator(mode="after")
    def _something_is_rehearsed(self) -> DreamsConfig:
        if not self.patterns and not self.present:
            raise ValueError(
                "patterns is 0 and present is false; without noise and without images of the "
                "present task nothing is answered: strength 0 is no dreams"
            )
        return self


class Dreams(Penalty):
    """Rehearses, with every batch, what a network answered before it learned on.

    Its gradient is that of
    ``strength * T**2 * sum over heads of KL(softmax(z / T) || softmax(y / T))``, where z and y are
    the outputs of that network and of the one that learns, within a head; mean over the inputs.

    Parameters
    ----------
    teacher : list of ndarray, one a layer
        The network before it learns on. Its answers are computed here, once, and kept.
    rates : ndarray, shape (inputs,)
        Each pixel of the noise is 1 with this chance, else 0: the mean image of the past.
    present : ndarray, shape (images, inputs)
        Samples of the present task, whose labels are not used.
    heads : sequence of sequence of int
        Classes of each task that is rehearsed.
    config : DreamsConfig
    batch_size : int
        Answers to noise that are rehearsed with every batch, and as many to present images.
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
        teacher: Weights,
        rates: NDArray[np.float64],
        present: NDArray[np.floating[Any]],
        heads: Sequence[Sequence[int]],
        config: DreamsConfig,
        batch_size: int,
        seed: int,
    ) -> None:
        self._generator = torch.Generator().manual_seed(seed)
        inputs = []
        if config.patterns:
            chances = torch.from_numpy(rates).float().expand(config.patterns, -1)
            inputs.append(torch.bernoulli(chances, generator=self._generator))
        if config.present:
            inputs.append(torch.from_numpy(present).float())
        self._inputs = inputs
        self._answers = [torch.from_numpy(outputs(teacher, part.numpy())) for part in inputs]
        self._heads = [list(head) for head in heads]
        self._config = config
        self._batch_size = batch_size

    def add_gradient(self, parameters: Sequence[torch.nn.Parameter]) -> None:
        """Add the gradient for some of the answers, drawn at random."""
        if not self._config.strength:
            return
        chosen = [
            torch.randint(len(part), (self._batch_size,), generator=self._generator)
            for part in self._inputs
        ]
        inputs, answers = (
            torch.cat([part[places] for part, places in zip(parts, chosen, strict=True)]).to(
                parameters[0].device
            )
            for parts in (self._inputs, self._answers)
        )
        output = output_of(parameters, inputs, lambda activity: activity)
        self._divergence(output, answers).backward()  # type: ignore[no-untyped-call]

    def _divergence(self, output: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
        """Divergence of the outputs from the answers, all heads together."""
        temperature = self._config.temperature
        by_head = [
            functional.kl_div(
                functional.log_softmax(output[:, head] / temperature, dim=1),
                functional.softmax(answers[:, head] / temperature, dim=1),
                reduction="batchmean",
            )
            for head in self._heads
        ]
        return self._config.strength * temperature**2 * torch.stack(by_head).sum()
