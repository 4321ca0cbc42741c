"""Our networks as NeuroBench measures them (extra ``neurobench``)."""

from __future__ import annotations

from typing import Any

import torch
from neurobench.models import NeuroBenchModel

from loihi_sleep.exchange.torch_module import IntegerLIF, SpikingModule
from loihi_sleep.networks import CubaNetwork


class SleepingModel(NeuroBenchModel):  # type: ignore[misc, unused-ignore]
    """A network for NeuroBench's harness: footprint, sparsity and synaptic operations.

    Its answers are the spikes of :class:`loihi_sleep.exchange.torch_module.SpikingModule`, equal to
    the engine's in ``fixed`` numerics. What was learned in a night is no metric of NeuroBench's:
    measure a network before and after it.

    Parameters
    ----------
    network : CubaNetwork
        In weight units.

    Examples
    --------
    >>> benchmark = Benchmark(SleepingModel(slept), loader, [], [most_spikes], metrics)
    """

    def __init__(self, network: CubaNetwork) -> None:
        super().__init__()
        self.net = SpikingModule(network)
        self.add_activation_module(IntegerLIF)

    def __call__(self, batch: torch.Tensor) -> torch.Tensor:
        """Return output spikes, (batch, steps, outputs), for input spikes."""
        with torch.no_grad():
            return self.net(batch)

    def __net__(self) -> Any:
        """Return the torch module."""
        return self.net


def most_spikes(spikes: torch.Tensor) -> torch.Tensor:
    """Return the output that spikes most, shape (batch,): a post-processor.

    Parameters
    ----------
    spikes : Tensor, shape (batch, steps, outputs)
    """
    return spikes.sum(dim=1).argmax(dim=1)
